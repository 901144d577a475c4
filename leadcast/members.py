"""The members of a blend: each turns rows into log-odds and into parts that add up to them.

Every number is the same whether a row is scored alone or in a batch, and on any number of threads: only
elementwise arithmetic and sums in a fixed order are used (a matrix product may round differently by batch size).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from leadcast.errors import BundleError, BundleMismatch
from leadcast.rules import Rules
from leadcast.sums import FEW_ROWS, sum_in_order, sums_by_group
from leadcast.tree_paths import LeafSums, leaf_sums

if TYPE_CHECKING:
    import lightgbm

FILL = "fill="
TOLERANCE = 1e-9
Split = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, float]]
"""Of rows: log-odds as the member gives them, shape (n,), sums by group of features, shape (groups, n), and a base; sums and base
are the log-odds within 1e-9."""


class Member(Protocol):
    """One model of a blend, over the p features of a contract."""

    @property
    def kind(self) -> str: ...

    def log_odds(self, values: np.ndarray) -> np.ndarray:
        """Log-odds, shape (n,), of rows of shape (n, p)."""

    def contributions(self, values: np.ndarray) -> tuple[np.ndarray, float]:
        """Parts by feature, shape (n, p), and a base; together they are the log-odds within 1e-9."""

    def by_group(self, group: np.ndarray, groups: int) -> Split:
        """What each group of features adds, without the reasons of single ones; ``group`` is each feature's, shape (p,)."""

    def to_text(self) -> str:
        """What a bundle stores."""


@dataclass(frozen=True)
class BaseRate:
    """The same log-odds for everyone: what is left when nothing else helps."""

    base: float
    kind: str = "base_rate"

    def log_odds(self, values: np.ndarray) -> np.ndarray:
        return np.full(len(values), self.base)

    def contributions(self, values: np.ndarray) -> tuple[np.ndarray, float]:
        return np.zeros(values.shape), self.base

    def by_group(self, group: np.ndarray, groups: int) -> Split:
        return partial(self._split, groups)

    def _split(self, groups: int, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        return self.log_odds(values), np.zeros((groups, len(values))), self.base

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
        few = len(values) <= FEW_ROWS
        return (self._row_by_row(values) if few else self._column_by_column(values)), self.base

    def by_group(self, group: np.ndarray, groups: int) -> Split:
        return partial(self._split, group, groups)

    def _split(self, group: np.ndarray, groups: int, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        total, sums = sums_by_group(self.contributions(values)[0], group, groups)
        return total + self.base, sums, self.base

    def _row_by_row(self, values: np.ndarray) -> np.ndarray:
        """All features at once: quick for a few rows; the same arithmetic as column by column."""
        knots, heights, widths, rises, missing, last = self._tables
        feature, absent = np.arange(len(last)), np.isnan(values)
        inside = np.clip(np.where(absent, knots[:, 0], values), knots[:, 0], knots[feature, last])
        left = (inside[:, :, None] >= knots[None]).sum(2) - 1
        x, y, width, rise = (table[feature, left] for table in (knots, heights, widths, rises))
        return np.where(absent, missing, y + (inside - x) / width * rise)

    def _column_by_column(self, values: np.ndarray) -> np.ndarray:
        """One feature after the other: quick for many rows; those that say nothing stay 0."""
        parts = np.zeros(values.shape[::-1])
        for place, x, y, width, rise, missing in self._speaking:
            column = values[:, place]
            absent = np.isnan(column)
            inside = np.minimum(np.maximum(np.where(absent, x[0], column), x[0]), x[-1])
            left = x.searchsorted(inside, side="right") - 1
            parts[place] = np.where(absent, missing, y[left] + (inside - x[left]) / width[left] * rise[left])
        return parts.T

    @cached_property
    def _speaking(self) -> list[tuple[Any, ...]]:
        """Of each feature that says anything: its place, knots, heights, widths, rises and the part of a missing value."""
        return [(place, *(table[place, : len(curve.knots)] for table in self._tables[:4]), curve.missing)
                for place, curve in enumerate(self.curves) if any(curve.heights) or curve.missing]

    @cached_property
    def _tables(self) -> tuple[np.ndarray, ...]:
        """Knots (padded with infinity), heights, and from each knot to the next the width and the rise, shape (p, k); parts of
        a missing value and last knots, shape (p,). From the last knot on, nothing rises."""
        most = max(len(c.knots) for c in self.curves)
        knots, heights = np.full((len(self.curves), most), np.inf), np.zeros((len(self.curves), most))
        widths, rises = np.ones(knots.shape), np.zeros(knots.shape)
        for row, curve in enumerate(self.curves):
            count = len(curve.knots)
            knots[row, :count], heights[row, :count] = curve.knots, curve.heights
            widths[row, : count - 1], rises[row, : count - 1] = np.diff(curve.knots), np.diff(curve.heights)
        last = np.array([len(c.knots) - 1 for c in self.curves])
        return knots, heights, widths, rises, np.array([c.missing for c in self.curves]), last

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
    """Boosted trees as LightGBM's own text.

    Attributes
    ----------
    fill : per feature what stands for a missing value where training never lacked one (LightGBM would read it as 0); NaN where
        the trees have learned what a missing value means
    """

    text: str
    fill: tuple[float, ...] = ()
    kind: str = "trees"

    def log_odds(self, values: np.ndarray) -> np.ndarray:
        return self.raw(self.filled(values))

    def raw(self, filled: np.ndarray) -> np.ndarray:
        """Log-odds, shape (n,), of rows in which nothing is missing that training never lacked."""
        return np.asarray(self._booster.predict(filled, raw_score=True, num_threads=_threads(filled)), float)

    def contributions(self, values: np.ndarray) -> tuple[np.ndarray, float]:
        if not len(values):
            return np.zeros(values.shape), 0.0
        parts = np.asarray(self._booster.predict(self.filled(values), pred_contrib=True, num_threads=_threads(values)))
        return parts[:, :-1], float(parts[0, -1])

    def by_group(self, group: np.ndarray, groups: int) -> Split:
        """By the way of each row down each tree, looked up by the leaf where it ends: the cost of a second prediction."""
        return partial(self._split, leaf_sums(self._booster.dump_model()["tree_info"], group, groups))

    def _split(self, table: LeafSums, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        if not len(values):
            return np.zeros(0), np.zeros((table.sums.shape[1], 0)), table.base
        filled = self.filled(values)
        leaves = np.asarray(self._booster.predict(filled, pred_leaf=True, num_threads=_threads(values)))
        return self.raw(filled), table.of(leaves.reshape(len(values), -1)), table.base

    def filled(self, values: np.ndarray, first: int = 0) -> np.ndarray:
        """The same rows, from the ``first`` column on, with what stands for missing values where training never lacked one."""
        if not self.fill:
            return np.ascontiguousarray(values)
        fill = np.array(self.fill[first:first + values.shape[-1]])
        return np.ascontiguousarray(np.where(np.isnan(values), fill, values))

    @cached_property
    def _booster(self) -> "lightgbm.Booster":
        import lightgbm

        return lightgbm.Booster(model_str=self.text)

    def to_text(self) -> str:
        fill = [None if np.isnan(value) else value for value in self.fill]
        return f"{FILL}{json.dumps(fill, allow_nan=False)}\n{self.text}"

    @classmethod
    def from_text(cls, text: str) -> "Trees":
        first, _, rest = text.partition("\n")
        if not first.startswith(FILL):
            raise BundleError(f"Trees begin with a line {FILL}..., found {first[:20]!r}. Retrain with this version.")
        return cls(rest, tuple(np.nan if value is None else float(value) for value in json.loads(first.removeprefix(FILL))))


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
