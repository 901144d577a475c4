"""Do probabilities mean what they say: reliability, and the probabilities of those who came and those who did not."""

from typing import TYPE_CHECKING, Any

import numpy as np

from training.plots.style import ACCENT, DASHED, INK, MUTED, PALE, WARM, panels, percent, title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BARS = 25


def reliability_figure(name: str, table: list[dict[str, Any]]) -> "Figure":
    """What was said against what came, with 95 % bands; below, how many entities stand behind each point."""
    figure, (upper, lower) = panels(2, heights=(3.4, 1), size=(6.4, 5.2), gap=0.16)
    said, came, low, high = (np.array([line[key] for line in table]) for key in ("said", "came", "low", "high"))
    top = min(1.0, 1.08 * max(said.max(), high.max()))
    upper.plot([0, top], [0, top], color=MUTED, lw=1, ls=DASHED)
    upper.annotate("as said", (top * 0.93, top * 0.95), color=MUTED, fontsize=8, ha="right", va="bottom")
    upper.errorbar(said, came, yerr=np.clip([came - low, high - came], 0, None), fmt="o", ms=5, color=ACCENT, ecolor=PALE,
                   elinewidth=4, capsize=0)
    upper.set(xlim=(0, top), ylim=(0, top), ylabel="share that came")
    upper.tick_params(labelbottom=False)
    entities = [line["entities"] for line in table]
    lower.bar(said, entities, width=top / 60, color=ACCENT)
    apart = np.diff(said, prepend=-1.0) > 0.045 * top
    for x, count in ((x, count) for x, count, room in zip(said, entities, apart, strict=True) if room):
        lower.annotate(f"{count:,}", (x, count), (0, 2), textcoords="offset points", ha="center", fontsize=6.5, color=MUTED)
    lower.set(xlim=(0, top), ylim=(0, 1.25 * max(entities)), xlabel="probability that was said", ylabel="entities")
    percent(upper, "xy")
    percent(lower, "x")
    title(upper, f"{name}: reliability on the newest outcomes")
    return figure


def scores_figure(name: str, said: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> "Figure | None":
    """How probabilities lie among those who came and those who did not: the less they overlap, the better."""
    if len(np.unique(outcome)) < 2:
        return None
    figure, (axes,) = panels(size=(6.4, 3.8))
    edges = np.linspace(0, max(0.05, float(np.quantile(said, 0.998))), BARS + 1)
    for came, colour, label in ((0.0, MUTED, "did not come"), (1.0, ACCENT, "came")):
        rows = outcome == came
        share = np.histogram(np.clip(said[rows], 0, edges[-1]), edges, weights=weight[rows])[0] / weight[rows].sum()
        axes.stairs(share, edges, color=colour, fill=True, alpha=0.28)
        axes.stairs(share, edges, color=colour, lw=1.6, label=f"{label} ({rows.sum():,} looks)")
        middle = float(np.average(said[rows], weights=weight[rows]))
        axes.axvline(middle, color=colour, lw=1, ls=DASHED)
    base = float(np.average(outcome, weights=weight))
    axes.plot([base], [0], marker="^", ms=7, color=WARM, clip_on=False, ls="none", label=f"base rate {base:.0%}")
    axes.set(xlim=(0, edges[-1]), xlabel="probability that was said (dashed: its mean)", ylabel="share of the group")
    axes.set_ylim(bottom=0)
    percent(axes, "xy")
    axes.legend(frameon=False, labelcolor=INK, fontsize=8, loc="lower right", bbox_to_anchor=(1.0, 0.99), ncols=3,
                columnspacing=1.0, handletextpad=0.4)
    title(axes, f"{name}: probabilities by outcome\n")
    return figure
