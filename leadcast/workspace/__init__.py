"""``leadcast.toml``: its keys (:mod:`model`), reading it and telling every mistake (:mod:`load`)."""

from leadcast.workspace.load import read_workspace
from leadcast.workspace.model import Workspace

__all__ = ["Workspace", "read_workspace"]
