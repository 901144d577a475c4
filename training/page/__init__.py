"""The model report: one self-contained HTML page that opens offline, for managers first and data scientists after."""

from pathlib import Path

from leadcast.places import state_folder
from leadcast.workspace.model import Workspace
from training.page.page import model_page

__all__ = ["keep_page", "model_page"]


def keep_page(workspace: Workspace, target: str, page: str) -> Path:
    """Write the page beside the workspace, as ``.leadcast/reports/<target>.html``; the newest replaces the one before."""
    file = state_folder(workspace) / "reports" / f"{target}.html"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page, encoding="utf-8")
    return file
