"""Figures of a model: what a person looks at before trusting it. Drawn without a display."""

import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from leadcast.bundle import Bundle
from training.evaluate import Evaluation
from training.plots.calibration import reliability_figure, scores_figure
from training.plots.curve import curve_figure
from training.plots.groups import age_figure, segments_figure
from training.plots.over_time import cohorts_figure, drift_figure, learning_figure
from training.plots.ranking import gain_figure, lift_figure, precision_recall_figure
from training.plots.reasons import Explained, dependence_figure, reasons_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_figures", "svg_texts"]

Drawings = Mapping[str, "Callable[[], Figure | None]"]


def draw_figures(title: str, evaluation: Evaluation, bundle: Bundle | None = None) -> dict[str, str]:
    """Figures as SVG by file name, each drawn once; those that the outcomes cannot fill are left out, and reasons where no
    bundle is given."""
    if not len(evaluation.said):
        return {}
    figures, plain = evaluation.figures, evaluation.figures["metrics"]["base_rate"]["log_loss"]
    drawn: dict[str, Callable[[], Figure | None]] = {
        "reliability.svg": lambda: reliability_figure(title, figures["reliability"]),
        "gain.svg": lambda: gain_figure(title, evaluation),
        "lift.svg": lambda: lift_figure(title, evaluation),
        "precision_recall.svg": lambda: precision_recall_figure(title, evaluation),
        "scores.svg": lambda: scores_figure(title, evaluation.said, evaluation.outcome, evaluation.weight),
        "drift.svg": lambda: drift_figure(title, figures["drift"]),
        "cohorts.svg": lambda: cohorts_figure(title, figures["drift"]),
        "segments.svg": lambda: segments_figure(title, figures["segments"]),
        "auc_by_age.svg": lambda: age_figure(title, figures["auc_by_age"]),
        "curve.svg": lambda: curve_figure(title, figures.get("curve") or {}),
        "learning_curve.svg": lambda: learning_figure(title, figures["learning_curve"], plain),
    }
    if bundle is not None:
        explained = Explained.of(bundle, evaluation.sample)
        drawn["reasons.svg"] = lambda: reasons_figure(title, explained)
        drawn["dependence.svg"] = lambda: dependence_figure(title, explained)
    return svg_texts(drawn)


def svg_texts(drawn: Drawings) -> dict[str, str]:
    """Figures as SVG by file name, each drawn once; without those that have nothing to show."""
    from matplotlib import rc_context

    # Words stay words, in the reader's own font, and the same figure is the same text.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "leadcast", "font.size": 9}):
        return {name: _svg(figure) for name, draw in drawn.items() if (figure := draw()) is not None}


def _svg(figure: "Figure") -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return buffer.getvalue()
