"""Versions that answered once: from the copies on this machine, else from the registry."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from leadcast.bundle_files import read_bundle
from leadcast.errors import BundleError
from leadcast.places import model_name
from leadcast.workspace.model import Workspace
from serving.copies import MODELS, number_of, serving_folder
from serving.desk import Desk
from serving.registry import Champion, download
from serving.scores import Scorer


def scorer_of(desk: Desk, target: str, model: str) -> Scorer:
    """The scorer of the version that a score names, such as ``acme-mql/3-1f0c9a2b``.

    Raises
    ------
    RegistryError : the registry does not answer, or has no such version
    BundleError : its files are gone, changed, or of another format
    """
    served = desk.scorers.get(target)
    if served is not None and served.model == model:
        return served
    name, _, version = model.partition("/")
    if name != model_name(desk.workspace.workspace.name, target):
        raise BundleError(f"The model {name} is not of this workspace's target {target}.")
    return _brought(desk.workspace, target, name, version)


def _brought(workspace: Workspace, target: str, name: str, version: str) -> Scorer:
    copy = serving_folder(workspace) / MODELS / target / version
    if copy.is_dir():
        return _checked(copy, version)
    with TemporaryDirectory() as folder:
        return _checked(download(workspace, Champion(target, name, number_of(version), ""), Path(folder)), version)


def _checked(folder: Path, version: str) -> Scorer:
    bundle = read_bundle(folder)
    if bundle.version[:8] != version.partition("-")[2]:
        raise BundleError(f"The files of version {version} are not the bundle that answered: somebody put others in their place.")
    return Scorer(replace(bundle, version=version))
