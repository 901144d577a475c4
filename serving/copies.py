"""The champions' copies on this machine: unpacked, checked and tried once, so that who answers needs no registry.

``.leadcast/serving/champions.json`` names the copies that answer, ``alarms.json`` what could not take over and why; both are
written beside and renamed, so that a reader finds the old one or the new one.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from leadcast.bundle import Bundle
from leadcast.bundle_files import MANIFEST, read_bundle
from leadcast.errors import BundleError, LeadcastError
from leadcast.places import state_folder
from leadcast.workspace.model import Workspace

REGISTRY = "registry"
"""The alarm that is of no target; a target of this name shares it."""
POINTER, ALARMS, MODELS = "champions.json", "alarms.json", "models"
KEPT = 3
"""How many copies of a target stay, for going back."""
NEW = ".new-"
LEFT_BEHIND = timedelta(hours=1)


@dataclass(frozen=True)
class Copy:
    """A champion's files on this machine.

    Attributes
    ----------
    version : as scores name it, such as ``3-1f0c9a2b``
    folder : within the serving folder, so that a workspace can be moved
    checksum : of the bundle that was registered
    """

    version: str
    folder: str
    checksum: str

    @property
    def number(self) -> int:
        """The registry's number."""
        return number_of(self.version)


@dataclass(frozen=True)
class Alarm:
    """Why something does not take over; times in ISO."""

    version: str
    reason: str
    since: str
    tried: str


def serving_folder(workspace: Workspace) -> Path:
    """Where copies, pointer and alarms lie; made by whoever writes first."""
    return state_folder(workspace) / "serving"


def number_of(version: str) -> int:
    """The registry's number of a version.

    Examples
    --------
    >>> number_of("3-1f0c9a2b")
    3
    """
    return int(version.partition("-")[0])


def read_pointer(folder: Path) -> dict[str, Copy] | None:
    """The copies that answer, by target; None where nobody has written which.

    Raises
    ------
    BundleError : the file is there and cannot be used
    """
    return _read(folder / POINTER, Copy)


def write_pointer(folder: Path, copies: Mapping[str, Copy]) -> None:
    _write(folder / POINTER, copies)


def read_alarms(folder: Path) -> dict[str, Alarm]:
    """What could not take over, by target; empty where all is well.

    Raises
    ------
    BundleError : the file is there and cannot be used
    """
    return _read(folder / ALARMS, Alarm) or {}


def write_alarms(folder: Path, alarms: Mapping[str, Alarm]) -> None:
    _write(folder / ALARMS, alarms)


def read_copy(folder: Path, copy: Copy) -> Bundle:
    """The bundle of a copy, every byte checked, under the version that scores name.

    Raises
    ------
    BundleError : files are missing or changed, or are another bundle's
    """
    place = folder / copy.folder
    if _stated(place) not in (None, copy.checksum):  # asked before LightGBM sees a byte of it
        raise BundleError(f"The files in {copy.folder} are not version {copy.version}: somebody put others in their place.")
    return replace(read_bundle(place), version=copy.version)


def _stated(bundle: Path) -> str | None:
    """The checksum that a bundle says it has, None where it says none."""
    try:
        return str(json.loads((bundle / MANIFEST).read_bytes())["checksum"])
    except (OSError, ValueError, LookupError, TypeError):
        return None


def copy_of(target: str, number: int, checksum: str) -> Copy:
    """Where the copy of a version lies, if there is one."""
    version = f"{number}-{checksum[:8]}"
    return Copy(version, f"{MODELS}/{target}/{version}", checksum)


def is_whole(folder: Path, copy: Copy) -> bool:
    """Are all its bytes there? They are those that were tried out, so that loading them is safe in any process."""
    try:
        read_copy(folder, copy)
    except LeadcastError:
        return False
    return True


def settle(folder: Path, target: str, number: int, bundle: Path) -> Copy:
    """Move a bundle that was tried out to where it stays."""
    copy = copy_of(target, number, str(_stated(bundle)))
    place = folder / copy.folder
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(place, ignore_errors=True)  # a damaged one
    bundle.replace(place)
    return copy


def tidy(folder: Path, pointer: Mapping[str, Copy], now: datetime) -> None:
    """Remove copies that nobody will go back to, and what a killed process left behind."""
    named = {folder / copy.folder for copy in pointer.values()}
    for target in (folder / MODELS).iterdir():
        if target.name.startswith(NEW):
            old = [target] if now.timestamp() - target.stat().st_mtime > LEFT_BEHIND.total_seconds() else []
        else:
            old = sorted(target.iterdir(), key=lambda copy: number_of(copy.name), reverse=True)[KEPT:]
        for gone in old:
            if gone not in named:
                shutil.rmtree(gone, ignore_errors=True)


def _read(file: Path, kind: type) -> Any:
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        return {name: kind(**fields) for name, fields in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError):
        raise BundleError(f"{file.name} beside the models cannot be read. Delete it; leadcast work writes it again.") from None


def _write(file: Path, entries: Mapping[str, Any]) -> None:
    """Write beside, then rename: a reader never sees half of it, nor does a machine that loses its power."""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({name: asdict(entry) for name, entry in entries.items()}, indent=1)
    number, beside = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    with os.fdopen(number, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    Path(beside).replace(file)
