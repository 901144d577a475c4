"""Every entry point of ``mlflow run``: the same as the commands."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from leadcast.commands.project import forget_outer_run
from leadcast.places import ALIAS, CHALLENGER

ROOT = Path(__file__).resolve().parent.parent


def test_mlflow_s_own_run_and_default_store_are_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_RUN_ID", "1")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "0")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    forget_outer_run()
    assert not {"MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID", "MLFLOW_TRACKING_URI"} & set(os.environ)


def test_a_store_that_was_named_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_RUN_ID", "1")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://models.example:5000")
    forget_outer_run()
    assert os.environ["MLFLOW_TRACKING_URI"] == "http://models.example:5000" and "MLFLOW_RUN_ID" not in os.environ


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the MLproject file, and a small workspace, its path with blanks, beside."""
    from leadcast.simulate import simulate

    folder = tmp_path_factory.mktemp("mlflow")
    (folder / "project").mkdir()
    shutil.copyfile(ROOT / "MLproject", folder / "project" / "MLproject")
    simulate(folder / "a work space", 600, 5, "crm")
    return folder


def run_entry(project: Path, entry: str, *parameters: str) -> "subprocess.CompletedProcess[str]":
    """``mlflow run . -e ENTRY``, as a user would."""
    bin_folder = Path(sys.executable).parent
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MLFLOW_")}
    environment |= {"PATH": f"{bin_folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    said = (f"workspace={project / 'a work space'}", *parameters)
    command = [bin_folder / "mlflow", "run", ".", "-e", entry, "--env-manager", "local", *(x for p in said for x in ("-P", p))]
    ran = subprocess.run(command, cwd=project / "project", env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran


def test_mlflow_run_trains_registers_and_scores(project: Path) -> None:
    assert "-mql version 1" in run_entry(project, "train", "target=mql", "as_of=2026-06-01T00:00").stdout
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{project / 'a work space' / '.leadcast' / 'mlflow.db'}")
    model, = client.search_registered_models()
    assert model.name.endswith("-mql") and model.aliases == {ALIAS: 1, CHALLENGER: 1}
    run_entry(project, "score", f"out={project / 'scores.csv'}")
    lines = (project / "scores.csv").read_text().splitlines()
    assert lines[0].startswith("entity,entity_id,as_of,target,probability") and len(lines) > 10


@pytest.mark.long
@pytest.mark.parametrize(("entry", "parameters", "said"), [
    ("tune", ("target=mql", "trials=2"), "trials, "),
    ("evaluate", ("target=mql",), "AUC"),
    ("backtest", ("periods=1", "ahead=60"), "Wins: the whole, deals not created yet included"),
])
def test_the_other_entries_run(project: Path, entry: str, parameters: tuple[str, ...], said: str) -> None:
    assert said in run_entry(project, entry, *parameters).stdout


def test_every_parameter_of_an_entry_is_an_option_of_its_command() -> None:
    """MLflow would hand a misspelt one over, and the command would refuse it only when somebody runs it."""
    import yaml

    from leadcast.cli import main as leadcast

    for name, entry in yaml.safe_load((ROOT / "MLproject").read_text())["entry_points"].items():
        words = entry["command"].split()
        assert words[:4] == ["python", "-m", "leadcast.commands.project", name]
        known = {option for parameter in leadcast.commands[name].params for option in parameter.opts}
        assert set(words[4::2]) <= known and {f"{{{p}}}" for p in entry["parameters"]} == set(words[5::2]), name
