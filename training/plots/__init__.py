"""Figures of a model: what a person looks at before trusting it. Drawn without a display."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from leadcast.bundle import Bundle
from training.evaluate import Evaluation
from training.plots.calibration import reliability_figure, scores_figure
from training.plots.groups import age_figure, segments_figure
from training.plots.over_time import cohorts_figure, drift_figure, learning_figure
from training.plots.ranking import gain_figure, lift_figure, precision_recall_figure
from training.plots.reasons import Explained, dependence_figure, reasons_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_figures"]


def draw_figures(title: str, evaluation: Evaluation, bundle: Bundle | None = None) -> "dict[str, Figure]":
    """Figures by file name; those that the outcomes cannot fill are left out, and reasons where no bundle is given."""
    from matplotlib import rc_context

    if not len(evaluation.said):
        return {}
    figures, plain = evaluation.figures, evaluation.figures["metrics"]["base_rate"]["log_loss"]
    drawn: dict[str, Callable[[], Figure | None]] = {
        "reliability.png": lambda: reliability_figure(title, figures["reliability"]),
        "gain.png": lambda: gain_figure(title, evaluation),
        "lift.png": lambda: lift_figure(title, evaluation),
        "precision_recall.png": lambda: precision_recall_figure(title, evaluation),
        "scores.png": lambda: scores_figure(title, evaluation.said, evaluation.outcome, evaluation.weight),
        "drift.png": lambda: drift_figure(title, figures["drift"]),
        "cohorts.png": lambda: cohorts_figure(title, figures["drift"]),
        "segments.png": lambda: segments_figure(title, figures["segments"]),
        "auc_by_age.png": lambda: age_figure(title, figures["auc_by_age"]),
        "learning_curve.png": lambda: learning_figure(title, figures["learning_curve"], plain),
    }
    if bundle is not None:
        explained = Explained.of(bundle, evaluation.sample)
        drawn["reasons.png"] = lambda: reasons_figure(title, explained)
        drawn["dependence.png"] = lambda: dependence_figure(title, explained)
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "leadcast", "font.size": 9}):
        made = {name: draw() for name, draw in drawn.items()}
    return {name: figure for name, figure in made.items() if figure is not None}
