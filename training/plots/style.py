"""The house style of figures: few lines, quiet colours, the words beside the thing they speak of."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, ACCENT, PALE, WARM, GRID, PAPER = "#1f2933", "#7b8794", "#2563a8", "#d6e4f2", "#c2571a", "#eceff2", "#ffffff"
DASHED = (0, (4, 3))
DPI = 96
POINTS = 200


def panels(
    count: int = 1, heights: tuple[float, ...] | None = None, size: tuple[float, float] = (6.4, 4.2), left: float = 0.11,
    columns: int = 1, gap: float = 0.3,
) -> "tuple[Figure, list[Axes]]":
    """A figure with ``count`` panels, margins set by hand: a layout engine would draw everything twice."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, dpi=DPI, facecolor=PAPER)
    FigureCanvasAgg(figure)
    rows = -(-count // columns)
    below, above = 0.52 / size[1], 1 - 0.42 / size[1]
    figure.subplots_adjust(left=left, right=0.97, bottom=below, top=above, hspace=gap, wspace=0.28)
    made = list(np.atleast_1d(figure.subplots(rows, columns, height_ratios=heights or (1,) * rows)).ravel())
    for axes in made[count:]:
        axes.set_visible(False)
    for axes in made[:count]:
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(MUTED)
        axes.tick_params(colors=INK, labelsize=8.5)
        axes.xaxis.label.set_color(INK)
        axes.yaxis.label.set_color(INK)
        axes.grid(axis="y", color=GRID, lw=0.8)
        axes.set_axisbelow(True)
        axes.set_facecolor("none")
    return figure, made[:count]


def title(axes: "Axes", text: str) -> None:
    axes.set_title(text, loc="left", color=INK, fontsize=10.5, pad=8)


def percent(axes: "Axes", which: str) -> None:
    from matplotlib.ticker import PercentFormatter

    for axis in which:
        getattr(axes, f"{axis}axis").set_major_formatter(PercentFormatter(1.0, decimals=None))


def thinned(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A curve by at most so many points as one can see; the first tenth keeps half of them."""
    if len(x) <= POINTS:
        return x, y
    half, tenth = POINTS // 2, x[0] + (x[-1] - x[0]) / 10
    at = np.unique(np.concatenate([np.linspace(x[0], tenth, half), np.linspace(x[0], x[-1], half)]))
    return at, np.interp(at, x, y)


def in_words(name: str) -> str:
    """A feature's name for people.

    Examples
    --------
    >>> in_words("email_clicks_count_30d")
    'email clicks count 30d'
    """
    return name.replace("_", " ")


def shortened(text: str, most: int = 34) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
