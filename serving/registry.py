"""The champions of a workspace, read from the MLflow registry by their alias."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from leadcast.bundle import Bundle
from leadcast.bundle_files import MANIFEST, read_bundle
from leadcast.errors import BundleError, RegistryError
from leadcast.places import ALIAS, model_name, tracking_uri
from leadcast.vocabulary import Target
from leadcast.workspace.model import Workspace

if TYPE_CHECKING:
    from mlflow import MlflowClient

SQLITE = "sqlite:///"
CHECKSUM = "leadcast.bundle"


def load_champions(workspace: Workspace, targets: tuple[Target, ...] = ()) -> dict[str, Bundle]:
    """The bundle behind the alias of every target that has one.

    Each bundle's ``version`` is the registry's number and the first of its checksum, such as ``3-1f0c9a2b``.

    Parameters
    ----------
    targets : default: the workspace's own

    Raises
    ------
    RegistryError : the registry does not answer, or nothing is trained yet
    BundleError : a bundle is incomplete, changed or of another format
    """
    from leadcast.mapping import vocabulary_of

    wanted = targets or vocabulary_of(workspace).targets
    uri = tracking_uri(workspace)
    name = workspace.workspace.name
    if uri.startswith(SQLITE) and not Path(uri.removeprefix(SQLITE)).exists():
        raise _nothing_trained(name)
    with _client(uri) as client:
        found = {target.name: _champion(client, uri, model_name(name, target.name)) for target in wanted}
    champions = {target: bundle for target, bundle in found.items() if bundle is not None}
    if not champions:
        raise _nothing_trained(name)
    return champions


def _nothing_trained(name: str) -> RegistryError:
    return RegistryError(f"No model of the workspace {name} is registered as {ALIAS} yet. Run leadcast train.")


@contextmanager
def _client(uri: str) -> Iterator["MlflowClient"]:
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")  # by default a dead server is tried for minutes
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")  # a bundle is a few small files
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield MlflowClient(tracking_uri=uri, registry_uri=uri)
    except (MlflowException, SQLAlchemyError, OSError) as refused:
        first = str(refused).splitlines()[0] if str(refused) else type(refused).__name__
        raise RegistryError(f"The model registry {_without_password(uri)} does not answer: {first}") from None


def _champion(client: "MlflowClient", uri: str, name: str) -> Bundle | None:
    from mlflow.exceptions import MlflowException

    try:
        version = client.get_model_version_by_alias(name, ALIAS)
    except MlflowException as missing:
        if missing.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise
    bundle = _read(client, uri, name, str(version.version))
    if version.tags.get(CHECKSUM, bundle.version) != bundle.version:
        raise BundleError(f"The files of {name} version {version.version} are not the bundle that was registered: somebody put "
                          "another in its place. Restore it, or retrain (leadcast train --promote).")
    return replace(bundle, version=f"{version.version}-{bundle.version[:8]}")


def _read(client: "MlflowClient", uri: str, name: str, version: str) -> Bundle:
    from mlflow.artifacts import download_artifacts

    with TemporaryDirectory() as folder:
        place = client.get_model_version_download_uri(name, version)
        model = Path(download_artifacts(artifact_uri=place, dst_path=folder, tracking_uri=uri))
        return read_bundle(next((found.parent for found in sorted(model.rglob(MANIFEST))), model))


def _without_password(uri: str) -> str:
    scheme, _, rest = uri.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
