"""Managers' calls as the service reads and records them: a file in the workspace, the same that the commands use."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leadcast.calls import NAME, CallError
from leadcast.history import History
from leadcast.places import state_folder
from leadcast.workspace.model import Workspace
from serving.problems import Refused


def calls_file(workspace: Workspace) -> Path:
    return state_folder(workspace) / NAME


@contextmanager
def readable() -> Iterator[None]:
    """A file of calls that cannot be read is told as 409, without its place on this machine."""
    try:
        yield
    except CallError:
        raise Refused(409, "conflict", f"The workspace's {NAME} cannot be read; leadcast calls says what is wrong.") from None


@contextmanager
def writable() -> Iterator[None]:
    """A file of calls that cannot be written is told as 507."""
    try:
        yield
    except CallError:
        raise Refused(507, "store_full", "The call cannot be kept: there is no room on the disk, or no right to write in the "
                      "workspace's folder. Nothing was written.") from None


def known_owners(history: History) -> set[str]:
    """Everyone whom the data know as somebody's owner: another one's call would stand beside nothing."""
    tables = (history.owners, history.quotas, history.leads, history.opportunities)
    return {name for table in tables if "owner" in table.names for name in table["owner"] if name is not None}
