"""MLflow opened for writing: pointed at the workspace's store, its database made first, its chatter held back."""

import fcntl
import logging
import os
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from leadcast.errors import RegistryError
from leadcast.places import state_folder, tracking_uri
from leadcast.workspace.model import Workspace

if TYPE_CHECKING:
    from mlflow import MlflowClient

ADDRESS = "MLFLOW_TRACKING_URI"
_READY: set[str] = set()
"""The stores that this process has brought up to date; to look again takes a third of a second."""


def answers(workspace: Workspace) -> None:
    """Make sure that the registry will take a model, before hours of work are spent on one.

    Raises
    ------
    RegistryError : the tracking server or database does not answer, or the database cannot be made
    """
    with opened(workspace) as (_, client):
        client.search_registered_models(max_results=1)


def log_run(
    workspace: Workspace, experiment: str, parameters: Mapping[str, Any], metrics: Mapping[str, float], files: Sequence[Path]
) -> str:
    """Keep what was measured, and files beside it, as a run that no model comes from; returns the run's id.

    Raises
    ------
    RegistryError : the tracking server or database does not answer
    """
    with opened(workspace) as (mlflow, client):
        place = experiment_of(client, workspace, experiment)
        with mlflow.start_run(experiment_id=place, run_name=experiment) as run:
            mlflow.log_params(dict(parameters))
            mlflow.log_metrics(dict(metrics))
            for file in files:
                mlflow.log_artifact(str(file))
            return str(run.info.run_id)


def experiment_of(client: "MlflowClient", workspace: Workspace, name: str) -> str:
    """The experiment of a name; artifacts lie beside the workspace unless a tracking server keeps them itself."""
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    served = client.tracking_uri.startswith(("http://", "https://", "databricks"))
    place = None if served else (state_folder(workspace) / "artifacts").resolve().as_uri()
    return str(client.create_experiment(name, artifact_location=place))


@contextmanager
def opened(workspace: Workspace) -> "Iterator[tuple[Any, MlflowClient]]":
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
            f"The model registry at {_shown(uri)} does not answer: {(str(trouble) or type(trouble).__name__).splitlines()[0]} "
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
    path = Path(uri.removeprefix("sqlite:///"))
    if not uri.startswith("sqlite:///") or (path.exists() and uri in _READY):
        return
    import mlflow.db

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        mlflow.db.upgrade.main([uri], standalone_mode=False)
    _READY.add(uri)


def _shown(uri: str) -> str:
    """The address without a password, and without the folders of this machine."""
    if uri.startswith("sqlite:///"):
        return Path(uri).name
    return re.sub(r"//[^/@]*@", "//", uri)
