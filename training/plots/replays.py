"""Figures of a backtest: forecast fans against what came, how often ranges held, errors beside those of simpler ways."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from leadcast.replay import Replay, Told
from leadcast.replay.words import WAYS
from training.plots import svg_texts
from training.plots.style import ACCENT, DASHED, INK, MUTED, PALE, WARM, panels, percent, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TARGET = 0.75, 0.85
MOST_LABELS = 6
SHADES = {"run_rate": "#5f6b77", "stage_weighted": "#8a95a1", "stage_table": "#aab3bd", "model_last_new": "#a9c3e0",
          "commit": "#c9a27f", "call": "#e0c4a8", "probability_amount": "#cfd6dd"}


def draw_replays(name: str, replays: Sequence[Replay], summary: dict[str, Any]) -> dict[str, str]:
    """SVG by file name; nothing where no day could be replayed."""
    stretches = summary["stretches"]
    if not stretches:
        return {}
    drawn: dict[str, Callable[[], Figure | None]] = {
        "forecast_fan.svg": lambda: fan_figure(name, replays, [part["stretch"] for part in stretches]),
        "coverage.svg": lambda: coverage_figure(name, stretches),
        "errors.svg": lambda: errors_figure(name, stretches),
    }
    return svg_texts(drawn)


def fan_figure(name: str, replays: Sequence[Replay], stretches: Sequence[str]) -> "Figure":
    """P10 to P90 and the median of the total wins of each past day, and what came; one panel for each stretch."""
    figure, panels_ = panels(len(stretches), size=(6.4, 0.9 + 1.9 * len(stretches)), gap=0.55)
    for axes, stretch in zip(panels_, stretches, strict=True):
        pairs = [(replay.as_of, told) for replay in replays if (told := replay.of(stretch))]
        x = np.arange(len(pairs))
        _fan(axes, x, [told for _, told in pairs])
        every = max(1, -(-len(x) // MOST_LABELS))
        axes.set_xticks(x[::every], [str(pairs[k][0])[:10] for k in x[::every]], fontsize=8)
        axes.set_ylabel("wins")
        title(axes, f"{stretch} ahead")
    _legend(panels_[0], 3)
    panels_[-1].set_xlabel("day of the forecast")
    return _headed(figure, f"{name}: what was said, and what came")


def coverage_figure(name: str, stretches: Sequence[dict[str, Any]]) -> "Figure":
    """How often what came lay between P10 and P90, with its 95 % band; in the shaded band it is as promised."""
    figure, (axes,) = panels(size=(6.4, 3.6))
    axes.axhspan(*TARGET, color="#e4f1e7", lw=0)
    axes.axhline(0.8, color=MUTED, lw=1, ls=DASHED)
    for offset, measure, colour, label in ((-0.08, "count", ACCENT, "wins"), (0.08, "amount", WARM, "money")):
        for place, part in enumerate(stretches):
            held = part["total"][measure]["model"]["coverage"]
            axes.plot([place + offset] * 2, [held["low"], held["high"]], color=colour, alpha=0.25, lw=6, solid_capstyle="butt")
            axes.plot([place + offset], [held["share"]], "o", color=colour, ms=5.5, label=label if not place else None)
            right = offset > 0
            axes.annotate(f"{held['share']:.0%}", (place + offset, held["share"]), (7 if right else -7, 0),
                          textcoords="offset points", fontsize=8.5, color=INK, va="center", ha="left" if right else "right")
    axes.set(ylim=(0, 1.03), xlim=(-0.6, len(stretches) - 0.4), ylabel="share held")
    axes.set_xticks(range(len(stretches)), [f"{part['stretch']}\n{part['replays']} replays" for part in stretches], fontsize=8)
    percent(axes, "y")
    _legend(axes, 2)
    title(axes, f"{name}: how often P10 to P90 held")
    return figure


def errors_figure(name: str, stretches: Sequence[dict[str, Any]]) -> "Figure":
    """Absolute errors over what came, of the whole and of what was open, beside simpler ways; the mark is chance alone."""
    figure, (upper, lower) = panels(2, size=(6.4, 5.6), gap=0.62)
    for axes, scope, text in ((upper, "total", "all wins ahead"), (lower, "open", "wins of what was open")):
        parts = [part[scope]["count"] for part in stretches]
        ways = [way for way in WAYS if any(way in part["baselines"] for part in parts)]
        _bars(axes, parts, ways)
        if scope == "open":
            for place, part in enumerate(parts):
                chance = part["model"]["chance"]
                axes.plot([place - 0.4, place + 0.4], [chance, chance], color=INK, lw=1.2, ls=DASHED,
                          label="chance alone" if not place else None)
        axes.set_xticks(range(len(stretches)), [part["stretch"] for part in stretches], fontsize=8.5)
        axes.set_ylabel("error")
        percent(axes, "y")
        axes.legend(frameon=False, labelcolor=INK, fontsize=7.5, loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=6,
                    handlelength=1.2, columnspacing=1.0, handletextpad=0.4)
        title(axes, text)
    return _headed(figure, f"{name}: errors beside simpler ways")


def _fan(axes: "Axes", x: np.ndarray, told: Sequence[Told]) -> None:
    low, middle, high = (np.array([float(one.count.quantile(level)) for one in told]) for level in (0.1, 0.5, 0.9))
    came = np.array([one.total.count for one in told])
    if len(x) == 1:
        axes.vlines(x, low, high, color=PALE, lw=14, label="P10 to P90")
    else:
        axes.fill_between(x, low, high, color=PALE, lw=0, label="P10 to P90")
    axes.plot(x, middle, color=ACCENT, lw=1.8, marker="D", ms=3.5, label="median")
    inside = (low <= came) & (came <= high)
    axes.plot(x, came, color=INK, lw=0.9, ls=DASHED)
    axes.plot(x[inside], came[inside], "o", color=INK, ms=4.5, label="came")
    axes.plot(x[~inside], came[~inside], "o", color=WARM, ms=5)
    axes.set_ylim(0, 1.12 * max(high.max(), came.max(), 1.0))
    axes.set_xlim(-0.4, len(x) - 0.6)


def _bars(axes: "Axes", parts: Sequence[dict[str, Any]], ways: Sequence[str]) -> None:
    """Bars of each stretch; one that would dwarf the others is cut off, its number beside."""
    width, x = 0.8 / (len(ways) + 1), np.arange(len(parts))
    lines = [("the model", ACCENT, [part["model"]["wape"] for part in parts])]
    lines += [(WAYS[way], SHADES[way], [part["baselines"].get(way, {}).get("wape", np.nan) for part in parts]) for way in ways]
    highest, ours = (float(np.nanmax([0.1, *np.ravel(values)])) for values in ([line[2] for line in lines], lines[0][2]))
    top = min(highest, max(0.5, 2.5 * ours))
    for place, (label, colour, values) in enumerate(lines):
        at = x - 0.4 + width * (place + 0.5)
        axes.bar(at, np.minimum(values, top), width=width * 0.92, color=colour, label=label)
        for left, value in zip(at, values, strict=True):
            if value == value:
                axes.annotate(f"{value:.0%}" + (" ↑" if value > top else ""), (left, min(value, top)), (0, 2),
                              textcoords="offset points", ha="center", fontsize=7, color=INK)
    axes.set(xlim=(-0.55, len(parts) - 0.45), ylim=(0, 1.14 * top))


def _legend(axes: "Axes", columns: int) -> None:
    axes.legend(frameon=False, labelcolor=INK, fontsize=8, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=columns,
                handletextpad=0.4)


def _headed(figure: "Figure", text: str) -> "Figure":
    figure.suptitle(text, x=0.02, y=0.995, ha="left", va="top", color=INK, fontsize=10.5)
    figure.subplots_adjust(top=1 - 0.78 / figure.get_figheight())
    return figure
