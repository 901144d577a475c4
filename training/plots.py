"""Figures of a model: reliability, gain, and AUC by time since creation."""

from typing import TYPE_CHECKING, Any

import numpy as np

from leadcast.metrics import gain
from training.evaluate import Evaluation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, ACCENT, PALE = "#1f2933", "#7b8794", "#2563a8", "#d6e4f2"


def draw_figures(title: str, evaluation: Evaluation) -> "dict[str, Figure]":
    """Figures by file name, drawn without a display."""
    figures = evaluation.figures
    return {
        "reliability.png": reliability_figure(title, figures["reliability"]),
        "gain.png": gain_figure(title, *gain(evaluation.said, evaluation.outcome, evaluation.weight)),
        "auc_by_age.png": age_figure(title, figures["auc_by_age"]),
    }


def reliability_figure(title: str, table: list[dict[str, Any]]) -> "Figure":
    """What was said against what came, with 95 % bands; below, how many entities stand behind each point."""
    figure, (upper, lower) = _panels(2, heights=(3.2, 1))
    said, came, low, high = (np.array([line[key] for line in table]) for key in ("said", "came", "low", "high"))
    top = min(1.0, 1.08 * max(said.max(), high.max()))
    upper.plot([0, top], [0, top], color=MUTED, lw=1, ls=(0, (4, 3)))
    upper.annotate("as said", (top * 0.93, top * 0.93), color=MUTED, fontsize=8, ha="right", va="bottom")
    upper.errorbar(said, came, yerr=np.clip([came - low, high - came], 0, None), fmt="o", ms=5, color=ACCENT, ecolor=PALE,
                   elinewidth=4, capsize=0)
    upper.set(xlim=(0, top), ylim=(0, top), ylabel="share that came")
    lower.bar(said, [line["entities"] for line in table], width=top / 60, color=ACCENT, edgecolor="white", lw=0.5)
    lower.set(xlim=(0, top), xlabel="probability that was said", ylabel="entities")
    _percent(upper, "xy")
    _percent(lower, "x")
    upper.set_title(f"{title}: reliability on the newest outcomes", loc="left", color=INK, fontsize=11)
    return figure


def gain_figure(title: str, worked: np.ndarray, found: np.ndarray) -> "Figure":
    """Share of positives found when the best are worked first; the lift at 10 % is written in."""
    figure, (axes,) = _panels(1)
    axes.plot([0, 1], [0, 1], color=MUTED, lw=1, ls=(0, (4, 3)))
    axes.annotate("by chance", (0.78, 0.74), color=MUTED, fontsize=8)
    axes.plot(worked, found, color=ACCENT, lw=2)
    tenth = float(np.interp(0.1, worked, found))
    axes.plot([0.1], [tenth], "o", color=ACCENT)
    axes.annotate(f"the best 10 % hold {tenth:.0%}\n(lift {tenth / 0.1:.1f})", (0.1, tenth), (0.2, min(tenth, 0.9) - 0.02),
                  color=INK, fontsize=9, va="top", arrowprops={"arrowstyle": "-", "color": MUTED})
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="share worked, best first", ylabel="share of positives found")
    _percent(axes, "xy")
    axes.set_title(f"{title}: gain on the newest outcomes", loc="left", color=INK, fontsize=11)
    return figure


def age_figure(title: str, table: list[dict[str, Any]]) -> "Figure":
    """AUC by time since creation with 95 % intervals; buckets with too few outcomes are named, without a point."""
    figure, (axes,) = _panels(1)
    names = [f"{line['age']}\n{line['positives']:,} of {line['rows']:,}" for line in table]
    for place, line in enumerate(table):
        if line["auc"] is None:
            axes.annotate("too few", (place, 0.5), color=MUTED, fontsize=8, ha="center", va="bottom")
            continue
        axes.plot([place, place], [line["low"], line["high"]], color=PALE, lw=5, solid_capstyle="butt")
        axes.plot([place], [line["auc"]], "o", color=ACCENT)
        axes.annotate(f"{line['auc']:.2f}", (place, line["auc"]), (7, 0), textcoords="offset points", color=INK, fontsize=9,
                      va="center")
    axes.axhline(0.5, color=MUTED, lw=1, ls=(0, (4, 3)))
    lows = [line["low"] for line in table if line["low"] is not None]
    axes.set(ylim=(min([0.45, *lows]) - 0.02, 1.02), xlim=(-0.6, len(table) - 0.2), ylabel="AUC",
             xlabel="looked at (positives of observations)")
    axes.set_xticks(range(len(names)), names, fontsize=8)
    axes.set_title(f"{title}: AUC by time since creation", loc="left", color=INK, fontsize=11)
    return figure


def _panels(count: int, heights: tuple[float, ...] = (1,)) -> "tuple[Figure, tuple[Axes, ...]]":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 5.6 if count > 1 else 4.6), dpi=130, layout="constrained")
    FigureCanvasAgg(figure)
    panels = tuple(np.atleast_1d(figure.subplots(count, 1, height_ratios=heights)))
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(MUTED)
        axes.tick_params(colors=INK, labelsize=9)
        axes.grid(axis="y", color="#eceff2", lw=0.8)
        axes.set_axisbelow(True)
    return figure, panels


def _percent(axes: "Axes", which: str) -> None:
    from matplotlib.ticker import PercentFormatter

    for axis in which:
        getattr(axes, f"{axis}axis").set_major_formatter(PercentFormatter(1.0, decimals=None))
