"""The reference population: whom a score of 0-100 compares with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from leadcast.contract import Contract

PARTS = ("fit", "engagement", "deal")
MOST = 2000


@dataclass(frozen=True)
class Reference:
    """Sorted log-odds of the population and of its fit, engagement and deal parts; ``about`` says who they are.

    ``typical`` is each feature's median, or a category's most common level, in the contract's order, shape (p,); NaN
    where most have none. Reasons compare with it. Empty where no values were given.
    """

    about: str
    log_odds: np.ndarray
    parts: dict[str, np.ndarray]
    typical: np.ndarray = field(default_factory=lambda: np.empty(0))

    @classmethod
    def of(
        cls, about: str, log_odds: np.ndarray, sums: Mapping[str, np.ndarray], contract: Contract,
        values: np.ndarray | None = None,
    ) -> "Reference":
        """From the population's log-odds and their sums by part, as ``Bundle.score`` gives them; each of shape (n,)."""
        typical = np.empty(0) if values is None else typical_values(values, contract)
        return cls(about, _thin(log_odds), {name: _thin(of_part) for name, of_part in sums.items()}, typical)

    def score(self, log_odds: np.ndarray) -> np.ndarray:
        """Percentile 0-100 in the population, shape (n,); equals count half."""
        return percentile(self.log_odds, log_odds)

    def part_score(self, part: str, sums: np.ndarray) -> np.ndarray:
        """Percentile 0-100 of one part of the sum ("fit", "engagement", "deal"), shape (n,)."""
        return percentile(self.parts[part], sums)

    def to_json(self) -> dict[str, Any]:
        typical = [None if np.isnan(x) else x for x in self.typical.tolist()]
        parts = {k: v.tolist() for k, v in self.parts.items()}
        return {"about": self.about, "log_odds": self.log_odds.tolist(), "parts": parts, "typical": typical}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Reference":
        parts = {k: np.array(v, float) for k, v in data["parts"].items()}
        return cls(data["about"], np.array(data["log_odds"], float), parts, np.array(data.get("typical", ()), float))


def groups_of(contract: Contract) -> np.ndarray:
    """Which of ``PARTS`` each feature speaks of, by its place there; shape (p,)."""
    return np.array([PARTS.index(feature.about) for feature in contract.features], np.int64)


def typical_values(values: np.ndarray, contract: Contract) -> np.ndarray:
    """Each column's median, or its most common level where it is a category, shape (p,); NaN where most have no value."""
    typical = np.full(values.shape[1], np.nan)
    for place, feature in enumerate(contract.features):
        known = values[~np.isnan(values[:, place]), place]
        if 2 * len(known) < len(values) or not len(known):
            continue
        if feature.is_category:
            levels, counts = np.unique(known, return_counts=True)
            typical[place] = levels[counts.argmax()]
        else:
            typical[place] = np.median(known)
    return typical


def percentile(population: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Share of the sorted population below each value, in percent; equals count half, an empty population gives 50.

    Examples
    --------
    >>> percentile(np.array([1.0, 2.0, 2.0, 3.0]), np.array([0.0, 2.0, 9.0])).tolist()
    [0.0, 50.0, 100.0]
    """
    if not len(population):
        return np.full(len(values), 50.0)
    below, upto = (np.searchsorted(population, values, side) for side in ("left", "right"))
    return 50.0 * (below + upto) / len(population)


def _thin(values: np.ndarray) -> np.ndarray:
    """Sorted, at most MOST of them, evenly spread."""
    ordered = np.sort(values)
    if len(ordered) <= MOST:
        return ordered
    return ordered[np.linspace(0, len(ordered) - 1, MOST).round().astype(int)]
