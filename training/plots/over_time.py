"""Does the world drift away from the model, and what would more history bring."""

from typing import TYPE_CHECKING, Any

import numpy as np

from training.plots.style import ACCENT, DASHED, INK, MUTED, PALE, panels, percent, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_LABELS = 9


def drift_figure(name: str, drift: dict[str, Any]) -> "Figure | None":
    """The share that came, period by period: before, and on the newest slice beside what was said."""
    before, lines = drift["before"], drift["periods"]
    if len(lines) < 2:
        return None
    figure, (axes,) = panels(size=(6.4, 3.9))
    start = len(before)
    _band(axes, np.arange(start), before, MUTED)
    _said_and_came(axes, np.arange(start, start + len(lines)), lines)
    if before:
        axes.axvline(start - 0.5, color=MUTED, lw=0.8)
        for side, text in (("right", "learned from"), ("left", "judged on")):
            axes.annotate(text, (start - 0.5, 0.98), (-5 if side == "right" else 5, 0), xycoords=("data", "axes fraction"),
                          textcoords="offset points", ha=side, va="top", color=MUTED, fontsize=8)
    _dates(axes, [line["period"] for line in (*before, *lines)])
    unit = drift["unit"] or "order"
    axes.set_xlabel(f"time of the look, by {unit}" if drift["unit"] else "in order, the oldest first")
    title(axes, f"{name}: said and came over time")
    return figure


def cohorts_figure(name: str, drift: dict[str, Any]) -> "Figure | None":
    """Said and came of the newest slice by when the lead or deal was created."""
    if len(drift["cohorts"]) < 2:
        return None
    figure, (axes,) = panels(size=(6.4, 3.9))
    _said_and_came(axes, np.arange(len(drift["cohorts"])), drift["cohorts"])
    _dates(axes, [line["period"] for line in drift["cohorts"]])
    axes.set_xlabel(f"created, by {drift['unit']}")
    title(axes, f"{name}: said and came by cohort")
    return figure


def learning_figure(name: str, curve: list[dict[str, Any]], base: float) -> "Figure | None":
    """Log loss on the newest slice against how much history was learned from."""
    if len(curve) < 2:
        return None
    figure, (axes,) = panels(size=(6.4, 3.8))
    x, y, low, high = (np.array([point[key] for point in curve]) for key in ("rows", "log_loss", "low", "high"))
    axes.fill_between(x, low, high, color=PALE, lw=0)
    axes.plot(x, y, "o-", color=ACCENT, lw=1.8, ms=5)
    for count, loss, share in zip(x, y, (point["share"] for point in curve), strict=True):
        axes.annotate(f"{loss:.3f}", (count, loss), (0, 7), textcoords="offset points", ha="center", fontsize=8.5, color=INK)
        axes.annotate(f"the newest {share:.0%}" if share < 1 else "all", (count, low.min()), (0, -3), textcoords="offset points",
                      ha="center", va="top", fontsize=8, color=MUTED)
    axes.axhline(base, color=MUTED, lw=1, ls=DASHED)
    axes.annotate("base rate", (x[0], base), (0, 3), textcoords="offset points", color=MUTED, fontsize=8, ha="left")
    span = max(high.max(), base) - low.min()
    axes.set(xscale="log", xlim=(x[0] * 0.75, x[-1] * 1.35), ylim=(low.min() - 0.12 * span, max(high.max(), base) + 0.08 * span),
             xlabel="observations learned from", ylabel="log loss (less is better)")
    axes.set_xticks(x, [f"{count:,}" for count in x])
    axes.minorticks_off()
    title(axes, f"{name}: what more history brings")
    return figure


def _said_and_came(axes: "Axes", x: np.ndarray, lines: list[dict[str, Any]]) -> None:
    came, low, high, said = (np.array([line[key] for line in lines]) for key in ("came", "low", "high", "said"))
    yerr = np.clip([came - low, high - came], 0, None)
    axes.errorbar(x, came, yerr=yerr, fmt="o", ms=4.5, color=INK, ecolor=PALE, elinewidth=4, label="came (95 % band)")
    axes.plot(x, said, color=ACCENT, lw=2, marker="D", ms=3.5, label="said")
    axes.set_ylim(0, min(1.0, 1.15 * max(axes.get_ylim()[1], float(high.max()), float(said.max()))))
    axes.set_ylabel("share")
    percent(axes, "y")
    axes.legend(frameon=False, labelcolor=INK, fontsize=8.5, loc="lower left", ncols=2)


def _band(axes: "Axes", x: np.ndarray, lines: list[dict[str, Any]], colour: str) -> None:
    if lines:
        came, low, high = (np.array([line[key] for line in lines]) for key in ("came", "low", "high"))
        axes.fill_between(x, low, high, color=colour, alpha=0.15, lw=0)
        axes.plot(x, came, color=colour, lw=1.4)


def _dates(axes: "Axes", names: list[str]) -> None:
    every = max(1, -(-len(names) // MOST_LABELS))
    at = np.arange(0, len(names), every)
    axes.set_xticks(at, [_short(names[i], names[i - every] if i else "") for i in at], fontsize=8)


def _short(name: str, before: str) -> str:
    """A day without the year that the label before it has already."""
    return name[5:] if name[:4] == before[:4] and name[4:5] == "-" else name
