"""The only place that writes to MLflow: a run per model, and the bundle registered under its alias."""

import fcntl
import logging
import os
import re
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from leadcast.bundle import Bundle
from leadcast.bundle_files import LIBRARIES, write_bundle
from leadcast.errors import RegistryError
from leadcast.places import ALIAS, model_name, state_folder, tracking_uri
from leadcast.workspace.model import Workspace

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from mlflow import MlflowClient

LOADER = "serving.pyfunc"
ADDRESS = "MLFLOW_TRACKING_URI"


@dataclass(frozen=True)
class Registered:
    """Where a model went."""

    name: str
    version: int
    run_id: str


def register(workspace: Workspace, bundle: Bundle, figures: "dict[str, Figure]") -> Registered:
    """Log parameters, figures, card and bundle as one run; the bundle becomes the newest version and its champion.

    Raises
    ------
    RegistryError : the tracking server or database does not answer
    """
    with _mlflow(workspace) as (mlflow, client):
        experiment = _experiment(client, workspace)
        name = model_name(workspace.workspace.name, bundle.target.name)
        with mlflow.start_run(experiment_id=experiment, run_name=name) as run, tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "bundle"
            checksum = write_bundle(bundle, folder)
            mlflow.log_params(_parameters(bundle))
            mlflow.log_metrics(_metrics(bundle))
            mlflow.set_tags({"leadcast.bundle": checksum, "leadcast.data": bundle.facts.data_fingerprint})
            for file, figure in figures.items():
                mlflow.log_figure(figure, f"plots/{file}")
            mlflow.log_text(bundle.card, "card.md")
            mlflow.log_dict(bundle.report, "report.json")
            model = mlflow.pyfunc.log_model(
                name="bundle", loader_module=LOADER, data_path=str(folder), signature=_signature(bundle),
                pip_requirements=_requirements(), registered_model_name=name,
            )
        client.set_registered_model_alias(name, ALIAS, str(model.registered_model_version))
        return Registered(name, int(model.registered_model_version), run.info.run_id)


@contextmanager
def _mlflow(workspace: Workspace) -> "Iterator[tuple[Any, MlflowClient]]":
    """MLflow pointed at the workspace's store, its database made first, its chatter held back; all put back afterwards."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")  # by default a dead server is tried for minutes
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    import mlflow
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    uri, given = tracking_uri(workspace), os.environ.get(ADDRESS)
    try:
        with _quiet():
            _prepare(uri)
            mlflow.set_tracking_uri(uri)
            yield mlflow, mlflow.MlflowClient(uri)
    except (MlflowException, SQLAlchemyError, OSError) as trouble:
        raise RegistryError(
            f"The model registry at {_shown(uri)} does not take the model: {str(trouble).splitlines()[0]} "
            "Check MLFLOW_TRACKING_URI and that its folder can be written."
        ) from trouble
    finally:
        mlflow.set_tracking_uri(cast(Any, None))  # MLflow writes what is set into the environment, for children
        if given is not None:
            os.environ[ADDRESS] = given


@contextmanager
def _quiet() -> Iterator[None]:
    """What MLflow says of every step is held back; what goes wrong comes as an exception."""
    import mlflow.pyfunc  # noqa: F401  (its first import switches the chatter on again)
    from mlflow.utils.logging_utils import disable_logging, enable_logging

    alembic = logging.getLogger("alembic")
    level = alembic.level
    alembic.setLevel(logging.ERROR)
    disable_logging()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*input example was not provided")  # it would be a customer's row
            yield
    finally:
        enable_logging()
        alembic.setLevel(level)


def _prepare(uri: str) -> None:
    """Make or upgrade an SQLite store under a lock: several processes that do so at once break it."""
    if not uri.startswith("sqlite:///"):
        return
    import mlflow.db

    path = Path(uri.removeprefix("sqlite:///"))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        mlflow.db.upgrade.main([uri], standalone_mode=False)


def _experiment(client: "MlflowClient", workspace: Workspace) -> str:
    """The workspace's own experiment; artifacts lie beside the workspace unless a tracking server keeps them itself."""
    name = workspace.workspace.name
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    served = client.tracking_uri.startswith(("http://", "https://", "databricks"))
    place = None if served else (state_folder(workspace) / "artifacts").resolve().as_uri()
    return str(client.create_experiment(name, artifact_location=place))


def _parameters(bundle: Bundle) -> dict[str, Any]:
    facts, report = bundle.facts, bundle.report
    return {
        "target": facts.target.name, "stages": ",".join(facts.target.stages), "horizon_days": facts.horizon_days,
        "horizon_reason": report["horizon"]["reason"], "trained_as_of": str(facts.trained_as_of), "seed": facts.seed,
        "data_fingerprint": facts.data_fingerprint, "rows": facts.rows, "entities": facts.entities, "positives": facts.positives,
        "features": len(bundle.contract.features), "contract_fingerprint": bundle.contract.fingerprint,
        "members": ", ".join(f"{m['kind']} {m['weight']:g}" for m in report["members"]), "folds": report["split"]["folds"],
        **{name: report["recipe"][name] for name in ("strength", "rounds")},
    }


def _metrics(bundle: Bundle) -> dict[str, float]:
    """Every figure on the newest slice; the model's own without a prefix, baselines under their names."""
    found: dict[str, float] = {}
    for who, figures in bundle.report["metrics"].items():
        prefix = "" if who == "model" else f"{who}."
        found |= {f"{prefix}{name}": value for name, value in figures.items() if value is not None}
    return found


def _signature(bundle: Bundle) -> Any:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    columns: list[Any] = [ColSpec(DataType.double, name) for name in bundle.contract.names]
    return ModelSignature(Schema(columns), Schema([ColSpec(DataType.double, "probability")]))


def _requirements() -> list[str]:
    """What scoring needs from outside; Leadcast itself is installed where its models are served."""
    return [f"{name}=={version(name)}" for name in (*LIBRARIES, "pandas")]


def _shown(uri: str) -> str:
    """The address without a password, and without the folders of this machine."""
    if uri.startswith("sqlite:///"):
        return Path(uri).name
    return re.sub(r"//[^/@]*@", "//", uri)
