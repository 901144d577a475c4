"""Reading ``leadcast.toml``."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from leadcast.errors import WorkspaceError
from leadcast.workspace.contradictions import contradictions
from leadcast.workspace.messages import explained
from leadcast.workspace.model import Workspace

NAME = "leadcast.toml"


def read_workspace(folder: Path, data: Path | None = None) -> Workspace:
    """The workspace in a folder (or of a given leadcast.toml), checked.

    Parameters
    ----------
    data : the folder of the files, in place of the one that the file names

    Raises
    ------
    WorkspaceError : the file is absent, is no TOML, or says something impossible; every mistake is one line of the message
    """
    path = folder / NAME if folder.is_dir() else folder
    workspace = parse_workspace(_parsed(path), path.name)
    general = workspace.workspace if data is None else workspace.workspace.model_copy(update={"data": str(data.resolve())})
    return workspace.model_copy(update={"folder": path.parent, "workspace": general})


def _parsed(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise WorkspaceError(f"There is no {path}. A workspace is a folder with a leadcast.toml; "
                             f"leadcast init FILES... writes a first one for your tables, docs/workspace.md explains its keys.")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise WorkspaceError(f"{path.name}: the file is not UTF-8 text; save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise WorkspaceError(f"{path.name}: this is not TOML: {error}. Texts stand in quotes, a section begins with [name], "
                             f"a list of sections with [[name]].") from None


def parse_workspace(parsed: dict[str, Any], name: str = NAME) -> Workspace:
    """A workspace from parsed TOML; all mistakes are told at once.

    Raises
    ------
    WorkspaceError : one line per mistake
    """
    mistakes: list[str] = []
    parts: list[str] = []
    try:
        workspace: Workspace | None = Workspace.model_validate(parsed)
    except ValidationError as error:
        mistakes, parts, trimmed = explained(error, parsed)
        workspace = _validated(trimmed)
    if workspace is not None:
        mistakes += [line for line in contradictions(workspace) if not _follows(line, parts)]
    if mistakes or workspace is None:
        raise WorkspaceError("\n".join(f"{name}: {mistake}" for mistake in mistakes))
    return workspace


def _validated(parsed: dict[str, Any]) -> Workspace | None:
    try:
        return Workspace.model_validate(parsed)
    except ValidationError:
        return None


def _follows(line: str, parts: list[str]) -> bool:
    """Does a contradiction only repeat that a key of this part is misspelt?"""
    return any(line.startswith((f"{part}.", f"{part}:")) for part in parts)
