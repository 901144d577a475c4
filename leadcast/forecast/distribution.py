"""A distribution of a count or of money: its mean, its quantiles, and how likely a target is."""

from dataclasses import dataclass
from typing import Any

import numpy as np

LEVELS = np.arange(1, 100) / 100
_STORED_LEVELS = np.concatenate([[0.001, 0.005], LEVELS, [0.995, 0.999]])
_STORED_VALUES = 201  # so many values or fewer are stored as they are


@dataclass(frozen=True, eq=False)
class Distribution:
    """What a period may bring of one thing.

    Attributes
    ----------
    mean : by exact arithmetic, never from draws, so the means of parts add up to the mean of the whole
    values : rising, shape (k,)
    cumulative : P(X <= value), rising, shape (k,)
    steps : True, X takes these values and no other (counts, draws); False, they are points of a curve between which one
        reads along straight lines (a distribution of many values, once stored)

    Examples
    --------
    >>> wins = Distribution.of_counts(0, np.array([0.25, 0.5, 0.25]), 1.0)
    >>> wins.p50, wins.reach(1), wins.reach(2), wins.reach(3)
    (1.0, 0.75, 0.25, 0.0)
    """

    mean: float
    values: np.ndarray
    cumulative: np.ndarray
    steps: bool = True

    @classmethod
    def of_counts(cls, first: int, pmf: np.ndarray, mean: float) -> "Distribution":
        """From the probabilities of the counts ``first``, ``first`` + 1, ...; what has no probability is left out."""
        possible = np.flatnonzero(pmf > 1e-15)
        kept = slice(possible[0], possible[-1] + 1)
        cumulative = np.minimum(np.cumsum(pmf[kept]), 1.0)
        cumulative[-1] = 1.0
        return cls(float(mean), np.arange(first, first + len(pmf), dtype=float)[kept], cumulative)

    @classmethod
    def of_draws(cls, draws: np.ndarray, mean: float) -> "Distribution":
        """From equally likely draws, in any order; those that differ by rounding only are one value."""
        step = 1e-12 * max(float(np.abs(draws).max()), 1e-300)
        ordered = np.sort(draws)
        last = np.append(np.diff(ordered) > step, True)
        return cls(float(mean), ordered[last], (np.flatnonzero(last) + 1) / len(ordered))

    def quantile(self, q: float | np.ndarray) -> np.ndarray:
        """The least value that X stays at or below with probability ``q``, shape of ``q``."""
        if not self.steps:
            return np.interp(q, self.cumulative, self.values)
        place = np.searchsorted(self.cumulative, np.asarray(q) - 1e-12)
        return self.values[np.minimum(place, len(self.values) - 1)]

    @property
    def p10(self) -> float:
        return float(self.quantile(0.1))

    @property
    def p50(self) -> float:
        return float(self.quantile(0.5))

    @property
    def p90(self) -> float:
        return float(self.quantile(0.9))

    def reach(self, target: float) -> float:
        """P(X >= target); a sum that misses the target by rounding alone (1e-9 of it) reaches it."""
        target = target - 1e-9 * max(1.0, abs(target))
        place = int(np.searchsorted(self.values, target))
        if place == 0:
            return 1.0
        if place == len(self.values):
            return 0.0
        below, above = self.cumulative[place - 1], self.cumulative[place]
        if self.steps:
            return float(1 - below)
        along = (target - self.values[place - 1]) / (self.values[place] - self.values[place - 1])
        return float(1 - below - along * (above - below))

    def function(self) -> tuple[np.ndarray, np.ndarray]:
        """The quantile function: levels 1 % to 99 % and the value at each, both of shape (99,)."""
        return LEVELS, self.quantile(LEVELS)

    def to_json(self) -> dict[str, Any]:
        """Plain data. Up to 201 values are stored whole; of more, 103 quantiles from 0.1 % to 99.9 %."""
        if len(self.values) <= _STORED_VALUES:
            levels, values, steps = self.cumulative, self.values, self.steps
        else:
            levels, values, steps = _STORED_LEVELS, self.quantile(_STORED_LEVELS), False
        return {"mean": self.mean, "steps": steps, "levels": levels.tolist(), "values": values.tolist()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Distribution":
        return cls(float(data["mean"]), np.array(data["values"], float), np.array(data["levels"], float), bool(data["steps"]))
