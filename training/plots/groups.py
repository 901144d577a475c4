"""Where it is good and where it is not: by segment and by age."""

from typing import TYPE_CHECKING, Any

from training.plots.style import ACCENT, DASHED, INK, MUTED, PALE, WARM, panels, percent, shortened, title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_LINES = 22


def segments_figure(name: str, tables: list[dict[str, Any]]) -> "Figure | None":
    """Said and came of each segment large enough; those where the band does not hold what was said stand out."""
    lines = [(table["segment"], line) for table in tables for line in table["values"] if not line["small"]][:MOST_LINES]
    if not lines:
        return None
    figure, (axes,) = panels(size=(6.4, 1.3 + 0.24 * len(lines)), left=0.36)
    axes.grid(axis="y", visible=False)
    axes.grid(axis="x", color="#eceff2", lw=0.8)
    for place, (_, line) in enumerate(lines):
        outside = not line["low"] <= line["said"] <= line["high"]
        axes.plot([line["low"], line["high"]], [place, place], color=PALE, lw=6, solid_capstyle="butt")
        axes.plot([line["came"]], [place], "o", ms=4.5, color=INK)
        axes.plot([line["said"]], [place], "D", ms=5, color=WARM if outside else ACCENT)
    labels = [f"{shortened(segment.replace('_', ' '), 18)}: {shortened(line['value'], 22)}" for segment, line in lines]
    axes.set_yticks(range(len(lines)), labels, fontsize=8)
    axes.set(ylim=(len(lines) - 0.4, -0.6), xlabel="share")
    axes.set_xlim(left=0)
    percent(axes, "x")
    for marker, colour, label in (("o", INK, "came (95 % band)"), ("D", ACCENT, "said"), ("D", WARM, "said, outside the band")):
        axes.plot([], [], marker, ms=5, color=colour, label=label)
    axes.legend(frameon=False, labelcolor=INK, fontsize=8, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3,
                handletextpad=0.2, columnspacing=1.0)
    figure.suptitle(f"{name}: segments", x=0.02, y=0.995, ha="left", va="top", color=INK, fontsize=10.5)
    figure.subplots_adjust(top=1 - 0.62 / figure.get_figheight())
    return figure


def age_figure(name: str, table: list[dict[str, Any]]) -> "Figure | None":
    """AUC by time since creation with 95 % intervals; buckets with too few outcomes are named, without a point."""
    if not table:
        return None
    figure, (axes,) = panels(size=(6.4, 3.8))
    names = [f"{line['age']}\n{line['positives']:,} of {line['rows']:,}" for line in table]
    for place, line in enumerate(table):
        if line["auc"] is None:
            axes.annotate("too few", (place, 0.5), color=MUTED, fontsize=8, ha="center", va="bottom")
            continue
        axes.plot([place, place], [line["low"], line["high"]], color=PALE, lw=5, solid_capstyle="butt")
        axes.plot([place], [line["auc"]], "o", color=ACCENT)
        axes.annotate(f"{line['auc']:.2f}", (place, line["auc"]), (7, 0), textcoords="offset points", color=INK, fontsize=9,
                      va="center")
    axes.axhline(0.5, color=MUTED, lw=1, ls=DASHED)
    lows = [line["low"] for line in table if line["low"] is not None]
    axes.set(ylim=(min([0.45, *lows]) - 0.02, 1.02), xlim=(-0.6, len(table) - 0.2), ylabel="AUC")
    axes.set_xticks(range(len(names)), names, fontsize=8)
    title(axes, f"{name}: AUC by time since creation (positives of looks)")
    return figure
