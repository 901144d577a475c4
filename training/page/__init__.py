"""The model report: one self-contained HTML page that opens offline, for managers first and data scientists after."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from leadcast.errors import OutputError
from leadcast.leaks import Leak, leaks_json
from leadcast.places import state_folder
from leadcast.workspace.model import Workspace
from training.page.page import model_page
from training.plots import draw_figures

if TYPE_CHECKING:
    from training.run import Trained

__all__ = ["keep_page", "model_page", "write_pages"]


def keep_page(workspace: Workspace, target: str, page: str) -> Path:
    """Write the page beside the workspace, as ``.leadcast/reports/<target>.html``; the newest replaces the one before."""
    file = state_folder(workspace) / "reports" / f"{target}.html"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page, encoding="utf-8")
    return file


def write_pages(workspace: Workspace, judged: "Sequence[Trained]", file: Path, leaks: Sequence[Leak] = ()) -> list[Path]:
    """The model report of each target: into ``file`` where it is one, else into ``file`` with the target's name added.

    Raises
    ------
    OutputError : the place cannot be written
    """
    company, written = workspace.workspace.name, []
    for model in judged:
        place = file if len(judged) == 1 else file.with_name(f"{file.stem}-{model.target.name}{file.suffix}")
        figures = draw_figures(f"{company} {model.target.name}", model.evaluation, model.bundle)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(model_page(company, model.bundle, figures, leaks_json(leaks)), encoding="utf-8")
        except OSError as refused:
            raise OutputError(f"{place} cannot be written: {refused.strerror}.") from None
        written.append(place)
    return written
