"""Judging without registering: what ``leadcast evaluate`` and the MLproject's entry ``evaluate`` call."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from leadcast.history import History
from leadcast.leaks import Leak, leaks_json
from leadcast.workspace.model import Workspace
from training.page import model_page
from training.plots import draw_figures
from training.run import Progress, Trained, train


def judge_targets(
    workspace: Workspace, history: History, targets: Sequence[str] | None = None, as_of: np.datetime64 | None = None,
    seed: int = 0, progress: Progress | None = None, left_out: dict[str, str] | None = None, leaks: list[Leak] | None = None,
) -> list[Trained]:
    """Fit on the older rows and judge on the newest slice; nothing is registered and nothing is written.

    The same steps as training, so that what is judged is what would go into service; parameters as of
    :func:`training.run.train`.
    """
    return train(workspace, history, targets, as_of, seed, progress, register=False, left_out=left_out, leaks=leaks)


def write_pages(workspace: Workspace, judged: Sequence[Trained], file: Path, leaks: Sequence[Leak] = ()) -> list[Path]:
    """The model report of each target: into ``file`` where it is one, else into ``file`` with the target's name added."""
    company, written = workspace.workspace.name, []
    for model in judged:
        place = file if len(judged) == 1 else file.with_name(f"{file.stem}-{model.target.name}{file.suffix}")
        figures = draw_figures(f"{company} {model.target.name}", model.evaluation, model.bundle)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(model_page(company, model.bundle, figures, leaks_json(leaks)), encoding="utf-8")
        written.append(place)
    return written
