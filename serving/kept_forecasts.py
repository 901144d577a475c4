"""Saved forecasts as the service finds and keeps them: files in the workspace, the same that the commands use."""

from pathlib import Path

from leadcast.places import state_folder
from leadcast.snapshots import (
    FOLDER,
    About,
    NoSnapshot,
    NotKept,
    Snapshot,
    SnapshotError,
    list_snapshots,
    read_snapshot,
    write_snapshot,
)
from leadcast.workspace.model import Workspace
from serving.cursors import read_cursor, written_cursor
from serving.problems import NotFound, Refused

NONE = "There is no saved forecast of this name, or more than one begins with it; GET /v1/forecasts lists them."


def saved_forecast(workspace: Workspace, which: str) -> Snapshot:
    """A saved forecast by its id, the beginning of it, or ``latest``.

    Raises
    ------
    NotFound : there is none, or more than one
    Refused : 409, its file was changed
    """
    try:
        return read_snapshot(_folder(workspace), which)
    except NoSnapshot:
        raise NotFound(NONE) from None
    except SnapshotError as damaged:
        raise Refused(409, "conflict", str(damaged)) from None


def keep(workspace: Workspace, snapshot: Snapshot) -> str:
    """Save a forecast and return its id; two workers may do it at once.

    Raises
    ------
    Refused : 507, it cannot be written; 409, it is there and was changed
    """
    try:
        return write_snapshot(_folder(workspace), snapshot)
    except NotKept:
        raise Refused(507, "store_full", "The forecast cannot be kept: there is no room on the disk, or no right to write in the "
                      "workspace's folder. Nothing was written.") from None
    except SnapshotError as damaged:
        raise Refused(409, "conflict", str(damaged)) from None


def saved_page(workspace: Workspace, limit: int, cursor: str | None) -> tuple[list[About], str | None]:
    """(saved forecasts and scenarios, the newest first, without their rows; the cursor of the next page).

    Raises
    ------
    RequestError : no cursor of this list
    Refused : 409, a file cannot be read as a saved forecast
    """
    after = None if cursor is None else read_cursor(cursor, str, int, str, str)
    try:
        known = list_snapshots(_folder(workspace))
    except SnapshotError as damaged:
        raise Refused(409, "conflict", str(damaged)) from None
    rest = [about for about in reversed(known) if after is None or _key(about) < after]
    return rest[:limit], written_cursor(*_key(rest[limit - 1])) if len(rest) > limit else None


def _key(about: About) -> tuple[str, int, str, str]:
    """As :func:`list_snapshots` sorts them."""
    return str(about.as_of), int(about.base is not None), str(about.period.end), about.id


def _folder(workspace: Workspace) -> Path:
    return state_folder(workspace) / FOLDER
