"""Mistakes between the keys of ``leadcast.toml``."""

from leadcast.workspace.model import Workspace


def contradictions(workspace: Workspace) -> list[str]:
    """One line per mistake."""
    return []
