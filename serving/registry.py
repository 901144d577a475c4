"""The champions of a workspace, read from the MLflow registry by their alias: who they are, their files, their bundles."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
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
MOST_VERSIONS = 10_000
CHECKSUM, DATA_END = "leadcast.bundle", "leadcast.data_end"


@dataclass(frozen=True)
class Champion:
    """Who answers for a target, as the registry tells it.

    Attributes
    ----------
    name : the registered model's
    checksum : of the bundle that was registered; empty where the version says none
    """

    target: str
    name: str
    number: int
    checksum: str


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
    champions = {champion.target: _load(workspace, champion) for champion in name_champions(workspace, targets)}
    if not champions:
        raise nothing_trained(workspace.workspace.name)
    return champions


def name_champions(workspace: Workspace, targets: tuple[Target, ...] = ()) -> list[Champion]:
    """The version behind the alias of every target that has one; a few milliseconds, without any file.

    Raises
    ------
    RegistryError : the registry does not answer, or there is none yet
    """
    from leadcast.mapping import vocabulary_of

    wanted = targets or vocabulary_of(workspace).targets
    uri = tracking_uri(workspace)
    name = workspace.workspace.name
    if uri.startswith(SQLITE) and not Path(uri.removeprefix(SQLITE)).exists():
        # MLflow would make a new, empty registry.
        raise RegistryError(f"There is no registry {Path(uri).name}: no model of the workspace {name} is registered. "
                            "Run leadcast train.")
    with _client(uri) as client:
        found = [_champion(client, target.name, model_name(name, target.name)) for target in wanted]
    return [champion for champion in found if champion is not None]


@dataclass(frozen=True)
class Version:
    """A registered version, whether or not it answers.

    Attributes
    ----------
    model : as scores name it, such as ``acme-mql/3-1f0c9a2b``
    data_end : where the data end that it has seen, UTC, ISO; empty where they have no dates
    """

    model: str
    data_end: str
    is_champion: bool


def name_versions(workspace: Workspace) -> list[Version]:
    """Every version of the workspace's targets, oldest first; none where nothing was ever trained.

    Raises
    ------
    RegistryError : the registry does not answer
    """
    from leadcast.mapping import vocabulary_of

    uri = tracking_uri(workspace)
    if uri.startswith(SQLITE) and not Path(uri.removeprefix(SQLITE)).exists():
        return []
    found = []
    with _client(uri) as client:
        for target in vocabulary_of(workspace).targets:
            name = model_name(workspace.workspace.name, target.name)
            champion = _champion(client, target.name, name)
            known = client.search_model_versions(f"name = '{name}'", max_results=MOST_VERSIONS, order_by=["version_number ASC"])
            for one in known:
                label = f"{name}/{one.version}-{one.tags.get(CHECKSUM, '')[:8]}"
                is_champion = champion is not None and champion.number == int(one.version)
                found.append(Version(label, one.tags.get(DATA_END, ""), is_champion))
    return found


def download(workspace: Workspace, champion: Champion, folder: Path) -> Path:
    """Bring a champion's files into a folder, not yet opened; returns where the bundle lies in it.

    Raises
    ------
    RegistryError : the registry or its store of files does not answer
    BundleError : the files say that they are another bundle than was registered, or of another target
    """
    uri = tracking_uri(workspace)
    with _client(uri) as client:
        from mlflow.artifacts import download_artifacts

        place = client.get_model_version_download_uri(champion.name, str(champion.number))
        model = Path(download_artifacts(artifact_uri=place, dst_path=str(folder), tracking_uri=uri))
    bundle = next((found.parent for found in sorted(model.rglob(MANIFEST))), model)
    _check_stated(champion, bundle)
    return bundle


def _load(workspace: Workspace, champion: Champion) -> Bundle:
    with TemporaryDirectory() as folder:
        bundle = read_bundle(download(workspace, champion, Path(folder)))
    return replace(bundle, version=f"{champion.number}-{bundle.version[:8]}")


def _check_stated(champion: Champion, bundle: Path) -> None:
    """What the manifest says of itself; that the files agree with it is for :func:`read_bundle`, which loads them."""
    try:
        manifest = json.loads((bundle / MANIFEST).read_bytes())
        checksum, target = manifest["checksum"], manifest["target"]["name"]
    except (OSError, ValueError, LookupError, TypeError):
        return  # whoever loads it says what is missing
    if champion.checksum and checksum != champion.checksum:
        raise BundleError(f"The files of {champion.name} version {champion.number} are not the bundle that was registered: "
                          "somebody put another in its place. Restore it, or retrain (leadcast train --promote).")
    if target != champion.target:
        raise BundleError(f"{champion.name} version {champion.number} is a model of {target}, not of {champion.target}. "
                          "Let another version answer (leadcast promote --target TARGET --to VERSION).")


def nothing_trained(name: str) -> RegistryError:
    """What is wrong where no target of a workspace has a champion."""
    return RegistryError(f"No model of the workspace {name} is registered as {ALIAS} yet. Run leadcast train.")


@contextmanager
def _client(uri: str) -> Iterator["MlflowClient"]:
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")  # by default a dead server is tried for minutes
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")  # a bundle is a few small files
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield MlflowClient(tracking_uri=uri, registry_uri=uri)
    except (MlflowException, SQLAlchemyError, OSError) as refused:
        first = str(refused).splitlines()[0] if str(refused) else type(refused).__name__
        raise RegistryError(_without_password(f"The model registry {uri} does not answer: {first}")) from None


def _champion(client: "MlflowClient", target: str, name: str) -> Champion | None:
    from mlflow.exceptions import MlflowException

    try:
        version = client.get_model_version_by_alias(name, ALIAS)
    except MlflowException as missing:
        if missing.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise
    return Champion(target, name, int(version.version), version.tags.get(CHECKSUM, ""))


def _without_password(text: str) -> str:
    """A text without the names and passwords in its addresses; MLflow's own messages repeat them."""
    return re.sub(r"://[^/@\s]*@", "://", text)
