"""The members of a blend: each turns rows into log-odds and into parts that add up to them.

Every number is the same whether a row is scored alone or in a batch, and on any number of threads: only
elementwise arithmetic and sums in a fixed order are used (a matrix product may round differently by batch size).
"""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from leadcast.errors import BundleError, BundleMismatch
from leadcast.rules import Rules

if TYPE_CHECKING:
    import lightgbm

FEW_ROWS = 64
TOLERANCE = 1e-9


class Member(Protocol):
    """One model of a blend, over the p features of a contract."""

    @property
    def kind(self) -> str: ...

    def log_odds(self, values: np.ndarray) -> np.ndarray:
        """Log-odds, shape (n,), of rows of shape (n, p)."""

    def contributions(self, values: np.ndarray) -> tuple[np.ndarray, float]:
        """Parts by feature, shape (n, p), and a base; together they are the log-odds within 1e-9."""

    def to_text(self) -> str:
        """What a bundle stores."""


def sum_in_order(parts: np.ndarray) -> np.ndarray:
    """Row sums of shape (n,), column after column, so that the batch size cannot change the rounding.

    Examples
    --------
    >>> sum_in_order(np.array([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [3.0, 7.0]
    """
    total = np.zeros(len(parts))
    for column in parts.T:
        total += column
    return total


@dataclass(frozen=True)
class BaseRate:
    """The same log-odds for everyone: what is left when nothing else helps."""

    base: float
    kind: str = "base_rate"

    def log_odds(self, values: np.ndarray) -> np.ndarray:
        return np.full(len(values), self.base)

    def contributions(self, values: np.ndarray) -> tuple[np.ndarray, float]:
        return np.zeros(values.shape), self.base

    def to_text(self) -> str:
        return _dump({"base": self.base})

    @classmethod
    def from_text(cls, text: str) -> "BaseRate":
        return cls(float(json.loads(text)["base"]))


@dataclass(frozen=True)
class Curve:
    """What one feature adds to the log-odds: straight between its knots, flat outside them.

    For a category the knots are -1 (never seen), 0, 1, … (its levels), so the heights are the levels' own parts.
    Heights are centred: 0 is an average row of the training data.
    """

    knots: tuple[float, ...] = (0.0,)
    heights: tuple[float, ...] = (0.0,)
    missing: float = 0.0


@dataclass(frozen=True)
class Logistic:
    """A logistic regression, written as one curve per feature; its base is an average row's log-odds."""

    base: float
    curves: tuple[Curve, ...]
    kind: str = "logistic"

    def log_odds(self, values: np.ndarray) -> np.ndarray:
        parts, base = self.contributions(values)
        return sum_in_order(parts) + base

    def contributions(self, values: np.ndarray) -> tuple[np.ndarray, float]:
        knots, heights, missing, last = self._tables
        absent = np.isnan(values)
        inside = np.clip(np.where(absent, knots[:, 0], values), knots[:, 0], knots[np.arange(len(last)), last])
        left = np.minimum(self._interval(inside), np.maximum(last - 1, 0))
        right, feature = np.minimum(left + 1, last), np.arange(len(last))
        x0, y0 = knots[feature, left], heights[feature, left]
        width = np.where(right > left, knots[feature, right] - x0, 1.0)
        parts = y0 + (inside - x0) / width * (heights[feature, right] - y0)
        parts = np.where(inside == knots[feature, right], heights[feature, right], parts)
        return np.where(absent, missing, parts), self.base

    def _interval(self, values: np.ndarray) -> np.ndarray:
        """The last knot at or below each value, shape (n, p); both ways give the same whole numbers."""
        knots = self._tables[0]
        if len(values) <= FEW_ROWS:
            return (values[:, :, None] >= knots[None]).sum(2) - 1
        columns = [np.searchsorted(k, v, side="right") for k, v in zip(knots, values.T, strict=True)]
        return np.stack(columns, axis=1) - 1

    @cached_property
    def _tables(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Knots (padded with infinity) and heights, shape (p, k); parts of a missing value and last knots, shape (p,)."""
        width = max(len(c.knots) for c in self.curves)
        knots, heights = np.full((len(self.curves), width), np.inf), np.zeros((len(self.curves), width))
        for row, curve in enumerate(self.curves):
            knots[row, : len(curve.knots)], heights[row, : len(curve.knots)] = curve.knots, curve.heights
        last = np.array([len(c.knots) - 1 for c in self.curves])
        return knots, heights, np.array([c.missing for c in self.curves]), last

    def to_text(self) -> str:
        return _dump({"base": self.base, "curves": [[c.knots, c.heights, c.missing] for c in self.curves]})

    @classmethod
    def from_text(cls, text: str) -> "Logistic":
        data = json.loads(text)
        return cls(float(data["base"]), tuple(Curve(tuple(k), tuple(h), float(m)) for k, h, m in data["curves"]))


@dataclass(frozen=True)
class Bayes(Logistic):
    """A smoothed naive Bayes, tempered: each feature speaks on its own, so its parts are curves as well."""

    kind: str = "bayes"


@dataclass(frozen=True)
class Trees:
    """Boosted trees as LightGBM's own text."""

    text: str
    kind: str = "trees"

    def log_odds(self, values: np.ndarray) -> np.ndarray:
        raw = self._booster.predict(np.ascontiguousarray(values), raw_score=True, num_threads=_threads(values))
        return np.asarray(raw, float)

    def contributions(self, values: np.ndarray) -> tuple[np.ndarray, float]:
        if not len(values):
            return np.zeros(values.shape), 0.0
        parts = np.asarray(self._booster.predict(np.ascontiguousarray(values), pred_contrib=True, num_threads=_threads(values)))
        base = float(parts[0, -1])
        gap = np.abs(sum_in_order(parts[:, :-1]) + base - self.log_odds(values)).max()
        if gap > TOLERANCE:
            raise BundleError(f"The trees' reasons miss their log-odds by {gap:.1e} (allowed: {TOLERANCE:.0e}). Retrain.")
        return parts[:, :-1], base

    @cached_property
    def _booster(self) -> "lightgbm.Booster":
        import lightgbm

        return lightgbm.Booster(model_str=self.text)

    def to_text(self) -> str:
        return self.text

    @classmethod
    def from_text(cls, text: str) -> "Trees":
        return cls(text)


KINDS: dict[str, type[Rules] | type[BaseRate] | type[Bayes] | type[Logistic] | type[Trees]] = {
    "rules": Rules, "base_rate": BaseRate, "bayes": Bayes, "logistic": Logistic, "trees": Trees}


def read_member(kind: str, text: str) -> Member:
    """A member from what a bundle stores.

    Raises
    ------
    BundleMismatch : the kind is unknown to this version
    """
    if kind not in KINDS:
        raise BundleMismatch(f"The bundle has a member of kind {kind!r}; known here: {', '.join(KINDS)}. "
                             "Retrain with this version (leadcast train --promote).")
    return KINDS[kind].from_text(text)


def _threads(values: np.ndarray) -> int:
    """Starting threads for a few rows costs sixty times the prediction; 0 means all cores."""
    return 1 if len(values) <= FEW_ROWS else 0


def _dump(data: dict[str, Any]) -> str:
    return json.dumps(data, allow_nan=False, separators=(",", ":")) + "\n"
