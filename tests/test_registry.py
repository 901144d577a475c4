"""The registry, for real: a run with its figures, the bundle under its alias, opened again by MLflow itself."""

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from leadcast.bundle_files import read_bundle
from leadcast.errors import BundleError, RegistryError
from leadcast.places import ALIAS, CHALLENGER, tracking_uri
from leadcast.simulate import true_history
from leadcast.workspace.model import General, TableSource, Workspace
from serving.pyfunc import Scorer
from training.plots import draw_figures
from training.registry import register
from training.run import Trained, train

ROOT = Path(__file__).resolve().parent.parent
TABLES = {"leads": TableSource(file="leads.csv")}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(workspace=General(name="acme"), tables=TABLES, folder=tmp_path_factory.mktemp("workspace"))


@pytest.fixture(scope="module", autouse=True)
def own_store() -> Iterator[None]:
    """Neither a store of the developer's nor the network."""
    before = os.environ.pop("MLFLOW_TRACKING_URI", None)
    yield
    if before is not None:
        os.environ["MLFLOW_TRACKING_URI"] = before


@pytest.fixture(scope="module")
def trained(workspace: Workspace) -> Trained:
    model, = train(workspace, true_history(900, 5), ["win"])
    return model


@pytest.fixture(scope="module")
def client(workspace: Workspace, trained: Trained) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri(workspace), tracking_uri(workspace))


def test_the_first_version_is_the_champion(trained: Trained, client: Any) -> None:
    assert trained.registered is not None
    assert (trained.registered.name, trained.registered.version, trained.registered.champion) == ("acme-win", 1, True)
    assert int(client.get_model_version_by_alias("acme-win", ALIAS).version) == 1


def test_the_run_holds_parameters_metrics_figures_and_card(trained: Trained, client: Any) -> None:
    assert trained.registered is not None
    run = client.get_run(trained.registered.run_id)
    report = trained.report
    assert run.data.params["data_fingerprint"] == trained.bundle.facts.data_fingerprint
    assert run.data.params["horizon_days"] == str(trained.target.horizon_days) and run.data.params["seed"] == "0"
    assert run.data.metrics["auc"] == report["metrics"]["model"]["auc"]
    assert run.data.metrics["base_rate.log_loss"] == report["metrics"]["base_rate"]["log_loss"]
    assert {f.path for f in client.list_artifacts(run.info.run_id)} == {
        "card.md", "judged", "plots", "report.html", "report.json"}
    assert {f.path for f in client.list_artifacts(run.info.run_id, "plots")} >= {
        "plots/auc_by_age.svg", "plots/gain.svg", "plots/reliability.svg"}


def test_mlflow_opens_the_bundle_and_gives_the_same_probabilities(trained: Trained, client: Any) -> None:
    bundle = trained.bundle
    rows = pd.DataFrame(bundle.golden.values, columns=bundle.contract.names)
    code = (
        "import json, sys, mlflow, pandas as pd\n"
        f"mlflow.set_tracking_uri({client.tracking_uri!r})\n"
        "rows = pd.read_json(sys.stdin, orient='split', dtype=float)\n"
        f"print(json.dumps(mlflow.pyfunc.load_model('models:/acme-win@{ALIAS}').predict(rows[rows.columns[::-1]]).tolist()))"
    )
    given = rows.to_json(orient="split", double_precision=15)
    ran = subprocess.run([sys.executable, "-c", code], input=given, capture_output=True, text=True, cwd=ROOT)
    assert ran.returncode == 0, ran.stderr
    np.testing.assert_allclose(json.loads(ran.stdout.splitlines()[-1]), bundle.score(bundle.golden.values).probability, rtol=1e-9)


def test_what_is_registered_is_the_bundle_and_no_pickle(trained: Trained, workspace: Workspace) -> None:
    models = workspace.folder / ".leadcast" / "artifacts" / "models"
    files = [path for path in models.rglob("*") if path.is_file()]
    assert not [path for path in files if path.suffix in (".pkl", ".pickle", ".cloudpickle", ".joblib")]
    folder = next(path.parent for path in files if path.name == "manifest.json")
    assert read_bundle(folder).golden.log_odds.tolist() == trained.bundle.golden.log_odds.tolist()


def test_no_file_names_the_user_s_code(trained: Trained, workspace: Workspace) -> None:
    texts = [path for path in (workspace.folder / ".leadcast" / "artifacts").rglob("*") if path.suffix]
    assert texts and not [path.name for path in texts if str(ROOT) in path.read_text()]
    model_file = next((workspace.folder / ".leadcast" / "artifacts").rglob("MLmodel")).read_text()
    assert str(ROOT) not in model_file and "code: null" in model_file and "loader_module: serving.pyfunc" in model_file


def test_the_signature_is_the_contract(trained: Trained, client: Any) -> None:
    import mlflow
    from mlflow.models import get_model_info

    mlflow.set_tracking_uri(client.tracking_uri)
    try:
        inputs = get_model_info(f"models:/acme-win@{ALIAS}").signature.inputs
    finally:
        mlflow.set_tracking_uri(None)
    assert inputs.input_names() == trained.bundle.contract.names


def test_a_second_training_becomes_the_challenger_and_leaves_the_environment(
    trained: Trained, workspace: Workspace, client: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    before = dict(os.environ)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        again = register(workspace, trained.bundle, {})
    assert again.version == int(client.get_model_version_by_alias("acme-win", CHALLENGER).version) == 2
    assert int(client.get_model_version_by_alias("acme-win", ALIAS).version) == 1 and not again.champion
    assert {k: v for k, v in os.environ.items() if k != "MLFLOW_DISABLE_TELEMETRY"} == {
        k: v for k, v in before.items() if k != "MLFLOW_DISABLE_TELEMETRY"}
    assert capfd.readouterr() == ("", "")


def test_an_address_in_the_environment_is_followed(
    trained: Trained, tmp_path: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'elsewhere.db'}")
    other = replace_folder(workspace, tmp_path / "other")
    assert register(other, trained.bundle, draw_figures("acme win", trained.evaluation)).version == 1
    assert (tmp_path / "elsewhere.db").is_file() and not (tmp_path / "other" / ".leadcast" / "mlflow.db").exists()
    assert os.environ["MLFLOW_TRACKING_URI"].endswith("elsewhere.db")


def replace_folder(workspace: Workspace, folder: Path) -> Workspace:
    return workspace.model_copy(update={"folder": folder})


def test_a_store_that_cannot_be_written_is_named_without_its_folder(
    trained: Trained, workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / ".leadcast").write_text("a file where a folder should be")
    with pytest.raises(RegistryError, match=r"The model registry at mlflow\.db does not answer: .*Check MLFLOW"):
        register(replace_folder(workspace, tmp_path), trained.bundle, {})


def test_a_store_that_is_no_database_is_named(trained: Trained, workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / ".leadcast").mkdir()
    (tmp_path / ".leadcast" / "mlflow.db").write_text("no database\n" * 1000)
    with pytest.raises(RegistryError, match=r"mlflow\.db does not answer: .*file is not a database"):
        register(replace_folder(workspace, tmp_path), trained.bundle, {})


def test_the_loader_checks_the_columns(trained: Trained) -> None:
    scorer = Scorer(trained.bundle)
    rows = pd.DataFrame(trained.bundle.golden.values, columns=trained.bundle.contract.names)
    assert (scorer.predict(rows[rows.columns[::-1]]) == scorer.predict(rows)).all()
    first = trained.bundle.contract.names[0]
    with pytest.raises(BundleError, match=rf"columns: missing {first}; unknown x\. Compute it with features\.feature_table"):
        scorer.predict(rows.rename(columns={first: "x"}))


def test_two_processes_may_start_on_a_fresh_store_at_once(tmp_path: Path) -> None:
    """MLflow's own first start breaks when several do it together."""
    code = f"from training.tracking import _prepare; _prepare('sqlite:///{tmp_path / 'mlflow.db'}')"
    both = [subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate()[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said


def test_a_bundle_of_another_workspace_is_another_model(trained: Trained, workspace: Workspace, client: Any) -> None:
    named = replace(trained.bundle, facts=replace(trained.bundle.facts, target=replace(trained.target, name="won-fast")))
    assert register(workspace, named, {}).name == "acme-won-fast"
    assert {m.name for m in client.search_registered_models()} == {"acme-win", "acme-won-fast"}
