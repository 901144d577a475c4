"""What moves the probability: exact contributions from the bundle itself, as a beeswarm and one by one."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from leadcast.bundle import Bundle
from leadcast.contract import Feature
from training.plots.style import ACCENT, INK, MUTED, WARM, in_words, panels, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_FEATURES, MOST_PANELS, MOST_LEVELS = 12, 4, 7
LANES = 60
WINDOWS = re.compile(r"^lead_|_(count|decayed|last|first|trend|sum|changes|returns|share)(_.*)?$")


@dataclass(frozen=True)
class Explained:
    """Rows with the log-odds that each feature adds; the features that add most, first."""

    features: tuple[Feature, ...]
    values: np.ndarray
    parts: np.ndarray

    @classmethod
    def of(cls, bundle: Bundle, values: np.ndarray) -> "Explained":
        parts = bundle.score(values).contributions
        size = np.abs(parts).mean(0)
        order = [column for column in np.argsort(-size, kind="stable")[:MOST_FEATURES] if size[column] > 0]
        return cls(tuple(bundle.contract.features[column] for column in order), values[:, order], parts[:, order])


def reasons_figure(name: str, explained: Explained) -> "Figure | None":
    """Every dot is a lead or deal: how far right, so far the feature raises its chance; warm = high value, blue = low."""
    count = len(explained.features)
    if not count:
        return None
    figure, (axes,) = panels(size=(6.4, 1.25 + 0.29 * count), left=0.37)
    axes.grid(axis="y", visible=False)
    axes.axvline(0, color=MUTED, lw=0.8)
    for place, feature in enumerate(explained.features):
        x, value = explained.parts[:, place], explained.values[:, place]
        axes.scatter(x, place + _swarm(x, explained.parts), c=_colours(value, feature), s=5, lw=0, alpha=0.8, rasterized=True)
    labels = [shortened(in_words(feature.name), 32) for feature in explained.features]
    axes.set_yticks(range(count), labels, fontsize=8)
    axes.set(ylim=(count - 0.4, -0.6), xlabel="adds to the log-odds of the probability")
    for colour, label in ((ACCENT, "low value"), (WARM, "high value"), (MUTED, "category or missing")):
        axes.plot([], [], "o", ms=4, color=colour, label=label)
    axes.legend(frameon=False, labelcolor=INK, fontsize=8, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3,
                handletextpad=0.1, columnspacing=1.0)
    figure.suptitle(f"{name}: what moves it", x=0.02, y=0.995, ha="left", va="top", color=INK, fontsize=10.5)
    figure.subplots_adjust(top=1 - 0.62 / figure.get_figheight())
    return figure


def dependence_figure(name: str, explained: Explained) -> "Figure | None":
    """How the four strongest features move the log-odds along their values."""
    places = _distinct(explained.features)
    if not places:
        return None
    figure, made = panels(len(places), size=(6.4, 2.4 * -(-len(places) // 2) + 0.6), columns=2, gap=0.5)
    for number, (place, axes) in enumerate(zip(places, made, strict=True)):
        feature = explained.features[place]
        axes.axhline(0, color=MUTED, lw=0.8)
        (_by_level if feature.is_category else _by_value)(axes, feature, explained.values[:, place], explained.parts[:, place])
        axes.set_title(shortened(in_words(feature.name), 36), loc="left", fontsize=9, color=INK)
        if number % 2 == 0:
            axes.set_ylabel("log-odds", fontsize=8.5)
    figure.suptitle(f"{name}: what the strongest features add along their values", x=0.02, y=0.995, ha="left", va="top",
                    color=INK, fontsize=10.5)
    figure.subplots_adjust(top=1 - 0.68 / figure.get_figheight())
    return figure


def _distinct(features: tuple[Feature, ...]) -> list[int]:
    """The first of each signal, at most four: the same over another window would tell the same again."""
    first: dict[str, int] = {}
    for place, feature in enumerate(features):
        first.setdefault(WINDOWS.sub("", feature.name), place)
    return list(first.values())[:MOST_PANELS]


def _by_value(axes: "Axes", feature: Feature, value: np.ndarray, part: np.ndarray) -> None:
    known = ~np.isnan(value)
    axes.scatter(value[known], part[known], s=7, lw=0, alpha=0.55, color=ACCENT, rasterized=True)
    positive = value[known & (value > 0)]
    if len(np.unique(positive)) > 10 and value[known].min() >= 0 and np.quantile(positive, 0.99) > 50 * np.median(positive):
        axes.set_xscale("symlog", linthresh=float(np.quantile(positive, 0.1)))
        axes.minorticks_off()
    axes.set_xlabel(feature.unit, fontsize=8, labelpad=1)
    if (~known).any():
        axes.annotate(f"missing: {part[~known].mean():+.2f} on average", (0.98, 0.02), xycoords="axes fraction", ha="right",
                      fontsize=7.5, color=MUTED)


def _by_level(axes: "Axes", feature: Feature, value: np.ndarray, part: np.ndarray) -> None:
    """A category: the part of each frequent level, missing and never seen values last."""
    names = {float(code): level for code, level in enumerate(feature.levels or ())} | {-1.0: "(never seen)"}
    codes, count = np.unique(np.where(np.isnan(value), np.inf, value), return_counts=True)
    shown = codes[np.argsort(-count, kind="stable")][:MOST_LEVELS]
    for place, code in enumerate(shown):
        mine = part[np.isnan(value)] if np.isinf(code) else part[value == code]
        beside = place + np.linspace(-0.25, 0.25, len(mine))
        axes.plot(beside, np.sort(mine), ".", ms=3, color=ACCENT, alpha=0.55, rasterized=True)
    labels = [shortened("(missing)" if np.isinf(code) else names[float(code)], 11) for code in shown]
    axes.set_xticks(range(len(shown)), labels, fontsize=7, rotation=25, ha="right", rotation_mode="anchor")


def _swarm(x: np.ndarray, all_parts: np.ndarray) -> np.ndarray:
    """Dots that fall on the same place stand beside each other, the widest place filling most of its row."""
    low, high = all_parts.min(), all_parts.max()
    lane = np.floor((x - low) / max(high - low, 1e-12) * LANES).astype(int)
    order = np.argsort(lane, kind="stable")
    starts = np.searchsorted(lane[order], lane[order], "left")
    rank, size = np.arange(len(x)) - starts, np.bincount(lane)[lane[order]]
    offset = np.empty(len(x))
    offset[order] = (rank - (size - 1) / 2) / max(12, size.max()) * 0.8
    return offset


def _colours(value: np.ndarray, feature: Feature) -> np.ndarray:
    """From blue to warm by the known values, outliers cut off; grey where there is no order."""
    from matplotlib.colors import LinearSegmentedColormap, to_rgba

    colours = np.tile(to_rgba(MUTED), (len(value), 1))
    known = ~np.isnan(value)
    if feature.is_category or not known.any():
        return colours
    low, high = np.quantile(value[known], [0.05, 0.95])
    low, high = (low, high) if high > low else (value[known].min(), value[known].max())
    place = np.clip((value[known] - low) / (high - low), 0, 1) if high > low else np.full(known.sum(), 0.5)
    colours[known] = LinearSegmentedColormap.from_list("value", [ACCENT, "#a86fae", WARM])(place)
    return colours
