"""A workspace of one's own on the session's trained models, and further versions of them: good ones and broken ones."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from fixtures_trained import TrainedWorkspace

from leadcast import bundle_files
from leadcast.bundle import Bundle
from leadcast.bundle_files import MANIFEST, about, checksum_of, dump, texts_of
from leadcast.places import model_name
from leadcast.workspace import read_workspace
from leadcast.workspace.model import Workspace

Texts = dict[str, str]


def workspace_copy(trained: TrainedWorkspace, folder: Path) -> Workspace:
    """Another workspace with the same champions, whose registry may be changed."""
    shutil.copytree(trained.folder, folder, ignore=shutil.ignore_patterns("serving", "bentoml", "artifacts", "*.log", "truth"))
    return read_workspace(folder)


def put(workspace: Workspace, bundle: Bundle, mark: str) -> str:
    """Register another version of a bundle, which scores the same, and make it champion; returns its name in scores."""
    from training.registry import make_champion, register

    other = replace(bundle, card=f"{bundle.card}\n{mark}\n")
    registered = register(workspace, other, {})
    make_champion(workspace, registered.name, registered.version, {"why": mark})
    return f"{registered.version}-{checksum_of(other)[:8]}"


def put_broken(workspace: Workspace, bundle: Bundle, mark: str, change: Callable[[Path], None]) -> str:
    """The same, with its files changed where the registry keeps them before it becomes champion."""
    from training.registry import make_champion, register

    other = replace(bundle, card=f"{bundle.card}\n{mark}\n")
    registered = register(workspace, other, {})
    change(files_of(workspace, registered.name, registered.version))
    make_champion(workspace, registered.name, registered.version, {"why": mark})
    return f"{registered.version}-{checksum_of(other)[:8]}"


def put_damaged_at_birth(workspace: Workspace, bundle: Bundle) -> str:
    """A version whose LightGBM model was cut short before anybody counted its bytes: every hash agrees."""
    from leadcast.places import ALIAS
    from training.registry import register
    from training.tracking import opened
    from training.versions import BUNDLE

    registered = register(workspace, replace(bundle, card=f"{bundle.card}\ncut short\n"), {})
    texts = texts_of(bundle)
    name = next(name for name in texts if name.endswith("-trees.txt"))
    texts[name] = texts[name][: len(texts[name]) // 2]
    manifest = bundle_files._manifest(texts, about(bundle))
    folder = files_of(workspace, registered.name, registered.version)
    for file, text in {**texts, MANIFEST: dump(manifest)}.items():
        (folder / file).write_text(text, encoding="utf-8")
    with opened(workspace) as (_, client):
        client.set_model_version_tag(registered.name, str(registered.version), BUNDLE, manifest["checksum"])
        client.set_registered_model_alias(registered.name, ALIAS, str(registered.version))
    return f"{registered.version}-{manifest['checksum'][:8]}"


def crown(workspace: Workspace, target: str, number: int | None) -> None:
    """Move the champion's alias, or take it away."""
    from leadcast.places import ALIAS
    from training.tracking import opened

    with opened(workspace) as (_, client):
        name = model_name(workspace.workspace.name, target)
        if number is None:
            client.delete_registered_model_alias(name, ALIAS)
        else:
            client.set_registered_model_alias(name, ALIAS, str(number))


def files_of(workspace: Workspace, name: str, number: int) -> Path:
    """Where the registry keeps a version's bundle."""
    from urllib.parse import urlparse

    from training.tracking import opened

    with opened(workspace) as (_, client):
        place = client.get_model_version_download_uri(name, str(number))
        if place.startswith("models:/"):
            place = client.get_logged_model(place.removeprefix("models:/")).artifact_location
    return next(Path(urlparse(place).path).rglob(MANIFEST)).parent
