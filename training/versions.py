"""What the registry knows of a model's versions, and opening them again, each file checked."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadcast.bundle import Bundle
from leadcast.bundle_files import MANIFEST, read_bundle
from leadcast.errors import BundleError
from leadcast.places import ALIAS, CHALLENGER
from leadcast.workspace.model import Workspace
from training.tracking import opened

if TYPE_CHECKING:
    from mlflow import MlflowClient

BUNDLE, DATA_END, RUNG, VERDICT, COMPARISON = (
    f"leadcast.{name}" for name in ("bundle", "data_end", "rung", "verdict", "comparison"))
CHAMPION_NOTE = "leadcast.champion."
JUDGED = "judged"
MEND = "Restore it, or let another version answer (leadcast promote --target TARGET --to VERSION)."


@dataclass(frozen=True)
class Version:
    """One registered version, as the registry tells it.

    Attributes
    ----------
    data_end : when the data it has seen ended, UTC, ISO; metrics : its figures on its own newest slice
    checksum : of the bundle that was registered
    """

    name: str
    version: int
    run_id: str
    aliases: tuple[str, ...]
    data_end: str
    rung: str
    checksum: str
    verdict: str
    comparison: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)

    @property
    def is_champion(self) -> bool:
        return ALIAS in self.aliases

    @property
    def is_challenger(self) -> bool:
        return CHALLENGER in self.aliases

    @property
    def label(self) -> str:
        """As scores name it: the number and the first of the checksum."""
        return f"{self.version}-{self.checksum[:8]}"


@dataclass(frozen=True)
class Model:
    """A registered model: its versions, newest first, and who was champion, oldest first."""

    name: str
    versions: tuple[Version, ...] = ()
    champions: tuple[dict[str, Any], ...] = ()

    def find(self, number: int) -> Version | None:
        return next((v for v in self.versions if v.version == number), None)

    @property
    def champion(self) -> Version | None:
        return next((v for v in self.versions if v.is_champion), None)

    @property
    def challenger(self) -> Version | None:
        return next((v for v in self.versions if v.is_challenger), None)

    @property
    def previous(self) -> int | None:
        """The version that was champion before the one that is."""
        return self.champions[-1].get("before") if self.champions else None


def read_model(workspace: Workspace, name: str, metrics: bool = False) -> Model:
    """Everything registered under a name; without versions where there is nothing.

    Raises
    ------
    RegistryError : the registry does not answer
    """
    with opened(workspace) as (_, client):
        found = _registered_model(client, name)
        if found is None:
            return Model(name)
        aliases: dict[int, list[str]] = {}
        for alias, number in sorted(found.aliases.items()):
            aliases.setdefault(int(number), []).append(alias)
        known = sorted(client.search_model_versions(f"name='{name}'"), key=lambda v: -int(v.version))
        versions = tuple(_version(v, tuple(aliases.get(int(v.version), ()))) for v in known)
        if metrics:
            versions = tuple(replace(v, metrics=dict(client.get_run(v.run_id).data.metrics)) for v in versions)
        notes = sorted((key, text) for key, text in found.tags.items() if key.startswith(CHAMPION_NOTE))
        return Model(name, versions, tuple(json.loads(text) for _, text in notes))


def champion_of(client: "MlflowClient", name: str) -> int | None:
    """The number of the version that answers, None where there is none."""
    found = _registered_model(client, name)
    number = None if found is None else found.aliases.get(ALIAS)
    return None if number is None else int(number)


def open_version(workspace: Workspace, version: Version) -> tuple[Bundle, Bundle | None]:
    """The served bundle of a version, and the judged one where it has one; each the very files that were registered.

    Raises
    ------
    BundleError : files are missing or changed, or are not the ones that were registered
    BundleMismatch : the running code reads another format
    """
    with opened(workspace) as (mlflow, client), tempfile.TemporaryDirectory() as scratch:
        place = client.get_model_version_download_uri(version.name, str(version.version))
        served = read_bundle(_downloaded(mlflow, scratch, artifact_uri=place))
        if served.version != version.checksum:
            raise BundleError(f"The files of {version.name} version {version.version} are a bundle, but not the one that was "
                              f"registered: somebody put another in its place. {MEND}")
        if not served.judged:
            return served, None
        judged = read_bundle(_downloaded(mlflow, scratch, run_id=version.run_id, artifact_path=JUDGED))
        if judged.version != served.judged:
            raise BundleError(f"The judged model of {version.name} version {version.version} is not the one it was registered "
                              f"with: somebody put another in its place. {MEND}")
        return served, judged


def _downloaded(mlflow: Any, scratch: str, **where: str) -> Path:
    folder = Path(mlflow.artifacts.download_artifacts(dst_path=scratch, tracking_uri=mlflow.get_tracking_uri(), **where))
    return next((found.parent for found in sorted(folder.rglob(MANIFEST))), folder)


def _registered_model(client: "MlflowClient", name: str) -> Any:
    found = client.search_registered_models(f"name='{name}'")
    return found[0] if found else None


def _version(found: Any, aliases: tuple[str, ...]) -> Version:
    tags: Mapping[str, str] = found.tags
    return Version(
        found.name, int(found.version), found.run_id, aliases, tags.get(DATA_END, ""), tags.get(RUNG, ""), tags.get(BUNDLE, ""),
        tags.get(VERDICT, ""), json.loads(tags.get(COMPARISON, "{}")),
    )
