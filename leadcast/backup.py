"""A backup of a workspace while it is being used: its databases as of one moment each, and the files beside them."""

import hashlib
import json
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import leadcast
from leadcast.errors import LeadcastError
from leadcast.places import state_folder
from leadcast.store.engine import store_url
from leadcast.workspace.model import Workspace

LEFT_OUT = ("bentoml", "metrics", "serving", "mlflow.lock", "erasing.lock")
"""What is made again by itself: the copies of the models that answer come from the registry."""
ENDINGS_LEFT_OUT = (".db-wal", ".db-shm", ".log", ".part")
LIST = "backup.json"
TARS = {".tar": "w", ".gz": "w:gz", ".tgz": "w:gz"}


class BackupError(LeadcastError):
    """A backup that cannot be made."""


@dataclass(frozen=True)
class Backup:
    """What a backup holds.

    Attributes
    ----------
    files : how many
    size : bytes before they are packed
    databases : the names of those that were copied
    """

    place: Path
    files: int
    size: int
    databases: list[str]


def make_backup(workspace: Workspace, place: Path, at: str) -> Backup:
    """Copy databases and files into a new folder, or into a tar archive by the ending (.tar, .tar.gz, .tgz).

    The service may go on writing: SQLite gives each database as of one moment. MLflow's is copied before its files, so every
    version that it names has its files. ``backup.json`` lists every file with its SHA-256.

    Parameters
    ----------
    place : where to; must not be there yet
    at : when, for the list

    Raises
    ------
    BackupError : it is there already, cannot be written, or a database cannot be read
    """
    if place.exists():
        raise BackupError(f"{place} is there already: name another place, so that no backup is lost.")
    place = place.absolute()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=place.parent, prefix=".backup-") as scratch:
            made = _filled(workspace, Path(scratch) / "backup", at)
            if place.suffix in TARS:
                packed = Path(scratch) / place.name
                with tarfile.open(packed, TARS[place.suffix]) as tar:  # type: ignore[call-overload]
                    tar.add(made.place, arcname=workspace.folder.resolve().name)
                packed.chmod(0o600)
                packed.replace(place)
            else:
                made.place.replace(place)
    except OSError as refused:
        raise BackupError(f"The backup {place.name} cannot be written: {refused.strerror}.") from None
    except sqlite3.Error as refused:
        raise BackupError(f"A database cannot be copied: {refused}. Try again when it is less busy, or check it.") from None
    return Backup(place, made.files, made.size, made.databases)


def copy_database(source: Path, target: Path) -> None:
    """An SQLite database as of one moment, whole and compact, while others write to it.

    Raises
    ------
    sqlite3.Error : it is no database, or damaged
    """
    with sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True, timeout=30) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))
    connection.close()
    target.chmod(0o600)


def _filled(workspace: Workspace, folder: Path, at: str) -> Backup:
    folder.mkdir(mode=0o700)
    state, there = state_folder(workspace), folder / ".leadcast"
    there.mkdir()
    databases = {file.name: file for file in sorted(state.glob("*.db"))} | _store(workspace)
    for name, database in databases.items():
        copy_database(database, there / name)
    for file in _files(state):
        to = there / file.relative_to(state)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, to)
    _whole_lines(there / "calls.jsonl")
    shutil.copy2(workspace.folder / "leadcast.toml", folder / "leadcast.toml")
    listed = {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
              for path in sorted(folder.rglob("*")) if path.is_file()}
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    about = {"leadcast": leadcast.__version__, "at": at, "folder": str(workspace.folder.resolve().name), "files": listed}
    (folder / LIST).write_text(json.dumps(about, indent=1), encoding="utf-8")
    return Backup(folder, len(listed), size, list(databases))


def _store(workspace: Workspace) -> dict[str, Path]:
    """The store, where it is an SQLite file, wherever that lies."""
    scheme, _, file = store_url(workspace).partition(":///")
    return {"store.db": Path(file)} if scheme.startswith("sqlite") and Path(file).exists() else {}


def _files(state: Path) -> Iterator[Path]:
    for file in sorted(state.rglob("*")) if state.is_dir() else []:
        top = file.relative_to(state).parts[0]
        hidden = file.name.startswith(".")
        if file.is_file() and top not in LEFT_OUT and not hidden and not file.name.endswith((".db", *ENDINGS_LEFT_OUT)):
            yield file


def _whole_lines(file: Path) -> None:
    """A line that was being written when it was copied is left out."""
    if file.exists() and not (content := file.read_bytes()).endswith(b"\n"):
        file.write_bytes(content[:content.rfind(b"\n") + 1])
