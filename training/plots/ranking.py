"""How well the best come first: gain, lift, precision and recall, beside simpler ways."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from leadcast.metrics import gain
from training.evaluate import Evaluation
from training.plots.style import ACCENT, DASHED, INK, MUTED, WARM, panels, percent, thinned, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Shape = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
BESIDE = {"logistic": ("logistic regression", MUTED), "odoo_bayes": ("naive Bayes as in Odoo", WARM)}
FIRST_SHARE = 0.01


def gain_figure(name: str, evaluation: Evaluation) -> "Figure":
    """Share of positives found when the best are worked first; the gain at 10 and 20 % is written in."""
    figure, (axes,) = panels()
    axes.plot([0, 1], [0, 1], color=MUTED, lw=1, ls=DASHED)
    axes.annotate("by chance", (0.78, 0.73), color=MUTED, fontsize=8)
    _beside(axes, evaluation, lambda worked, found: (worked, found))
    worked, found = gain(evaluation.said, evaluation.outcome, evaluation.weight)
    axes.plot(*thinned(worked, found), color=ACCENT, lw=2, label="this model")
    for share, height in ((0.2, 0.45), (0.1, 0.34)):
        here = float(np.interp(share, worked, found))
        axes.plot([share], [here], "o", ms=5, color=ACCENT)
        axes.annotate(f"the best {share:.0%} hold {here:.0%} (lift {here / share:.1f})", (share, here),
                      (0.52, height), color=INK, fontsize=8.5, va="center",
                      arrowprops={"arrowstyle": "-", "color": MUTED, "lw": 0.7, "relpos": (0, 0.5)})
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="share worked, best first", ylabel="share of positives found")
    percent(axes, "xy")
    axes.legend(frameon=False, labelcolor=INK, fontsize=8.5, loc="lower right")
    title(axes, f"{name}: gain on the newest outcomes")
    return figure


def lift_figure(name: str, evaluation: Evaluation) -> "Figure | None":
    """How many times more positives the worked part holds than chance would, from the best 1 % on."""
    if not evaluation.outcome.any():
        return None
    figure, (axes,) = panels(size=(6.4, 3.8))
    axes.axhline(1, color=MUTED, lw=1, ls=DASHED)
    axes.annotate("by chance", (0.01, 1), (0, -10), textcoords="offset points", color=MUTED, fontsize=8)
    _beside(axes, evaluation, _lift)
    x, y = _lift(*gain(evaluation.said, evaluation.outcome, evaluation.weight))
    axes.plot(x, y, color=ACCENT, lw=2, label="this model")
    axes.set(xlim=(0, 1), ylim=(0, 1.08 * max(float(np.max(np.asarray(line.get_ydata()))) for line in axes.lines[1:])),
             xlabel="share worked, best first", ylabel="times better than chance")
    percent(axes, "x")
    axes.legend(frameon=False, labelcolor=INK, fontsize=8.5)
    title(axes, f"{name}: lift on the newest outcomes")
    return figure


def precision_recall_figure(name: str, evaluation: Evaluation) -> "Figure | None":
    """Of those worked, how many come (precision), against how many of all that come are found (recall)."""
    if not evaluation.outcome.any():
        return None
    base = float(np.average(evaluation.outcome, weights=evaluation.weight))
    figure, (axes,) = panels()
    axes.axhline(base, color=MUTED, lw=1, ls=DASHED)
    axes.annotate(f"base rate {base:.0%}", (0.005, base), (0, -10), textcoords="offset points", color=MUTED, fontsize=8)

    def precision(worked: np.ndarray, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        start = int(np.searchsorted(worked, FIRST_SHARE))  # before that a single row makes it jump
        return thinned(found[start:], found[start:] / worked[start:] * base)

    _beside(axes, evaluation, precision)
    axes.plot(*precision(*gain(evaluation.said, evaluation.outcome, evaluation.weight)), color=ACCENT, lw=2, label="this model")
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="share of positives found (recall)", ylabel="share of those worked that came")
    percent(axes, "xy")
    axes.legend(frameon=False, labelcolor=INK, fontsize=8.5)
    title(axes, f"{name}: precision and recall on the newest outcomes")
    return figure


def _lift(worked: np.ndarray, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    at = np.concatenate([np.linspace(FIRST_SHARE, 0.2, 60), np.linspace(0.22, 1, 40)])
    return at, np.interp(at, worked, found) / at


def _beside(axes: "Axes", evaluation: Evaluation, shape: Shape) -> None:
    """The baselines' curves, thin and behind."""
    for key, (label, colour) in BESIDE.items():
        if key in evaluation.others:
            x, y = shape(*gain(evaluation.others[key], evaluation.outcome, evaluation.weight))
            axes.plot(*thinned(x, y), color=colour, lw=1.1, alpha=0.8, label=label)
