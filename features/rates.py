"""How often the entities that share an owner, a source or an account reached a target, as known at each moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import Any

import numpy as np

from leadcast.table import TIME

PRIOR_ROWS = 20.0
"""A rate counts as much as the overall rate once so many outcomes are known."""


@dataclass(frozen=True, eq=False)
class Steps:
    """Per key, when something came to be known, so that it can be counted as of any moment.

    Attributes
    ----------
    counts : shape (keys,); all of them
    times : UTC, shape (sum of counts,); sorted within each key, keys in order; None once only the totals are kept
    """

    counts: np.ndarray
    times: np.ndarray | None

    @classmethod
    def group(cls, key: np.ndarray, times: np.ndarray, keys: int) -> "Steps":
        """From one row per happening; missing keys (-1) and times (NaT) are left out."""
        use = (key >= 0) & ~np.isnat(times)
        key, times = key[use], times[use]
        return cls(np.bincount(key, minlength=keys), times[np.lexsort((times, key))])

    @cached_property
    def _index(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Distinct times, one sorted number per step (key first, then time) and each key's first position."""
        distinct, rank = np.unique(np.empty(0, TIME) if self.times is None else self.times, return_inverse=True)
        key = np.repeat(np.arange(len(self.counts)), self.counts)
        return distinct, key * np.int64(len(distinct) + 1) + rank, np.cumsum(self.counts) - self.counts

    def count(self, key: np.ndarray, as_of: np.ndarray) -> np.ndarray:
        """How many were known at ``as_of`` (exactly then counts); a key below 0 has none. Float, shape (n,)."""
        if not len(self.counts):
            return np.zeros(len(key))
        asked, key = key, np.maximum(key, 0)
        if self.times is None:
            return np.where(asked >= 0, self.counts[key], 0.0)
        distinct, places, first = self._index
        known = np.searchsorted(distinct, as_of, "right")
        found = np.searchsorted(places, key * np.int64(len(distinct) + 1) + known, "left") - first[key]
        return np.where(asked >= 0, found, 0.0)

    def latest(self, as_of: np.datetime64 | None = None) -> "Steps":
        """Only the totals, of everything or of what was known at ``as_of``."""
        if as_of is None:
            return Steps(self.counts, None)
        keys = np.arange(len(self.counts))
        return Steps(self.count(keys, np.full(len(keys), as_of, TIME)).astype(np.int64), None)


@dataclass(frozen=True, eq=False)
class Rates:
    """One column's keys, and per target how many of each key's entities were resolved and reached it.

    Resolved: the target was reached, or the entity was closed, or the target's horizon passed since its creation.
    """

    keys: tuple[str, ...]
    resolved: dict[str, Steps]
    reached: dict[str, Steps]

    @cached_property
    def _places(self) -> dict[str | None, int]:
        return {None: -2, **{key: place for place, key in enumerate(self.keys)}}

    def codes(self, values: np.ndarray) -> np.ndarray:
        """Each value's place among the keys; -2 where missing, -1 where never seen."""
        return np.fromiter(map(self._places.get, values, repeat(-1)), np.int64, len(values))

    def counts(self, target: str, codes: np.ndarray, as_of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(resolved, reached) as known at ``as_of``, each of shape (n,)."""
        return self.resolved[target].count(codes, as_of), self.reached[target].count(codes, as_of)

    def tallies(self, targets: Sequence[str], codes: np.ndarray, as_of: np.ndarray) -> np.ndarray:
        """The :meth:`counts` of several targets at once, shape (2, targets, n)."""
        totals = self._totals
        if totals is None:
            return np.stack([self.counts(target, codes, as_of) for target in targets], axis=1)
        places = [list(self.resolved).index(target) for target in targets]
        return totals[:, places][:, :, np.maximum(codes, -1)]

    @cached_property
    def _totals(self) -> np.ndarray | None:
        """Resolved and reached of each target and key, shape (2, targets, keys + 1), the last for a key never seen: nothing. None
        while there are timelines."""
        steps = [[part[target] for target in self.resolved] for part in (self.resolved, self.reached)]
        if any(step.times is not None for row in steps for step in row):
            return None
        return np.array([[np.append(step.counts, 0.0) for step in row] for row in steps]).reshape(2, len(self.resolved), -1)

    def latest(self, as_of: np.datetime64 | None = None) -> "Rates":
        """Totals in place of timelines: of everything, or of what was known at ``as_of``."""
        return Rates(self.keys, *({t: s.latest(as_of) for t, s in part.items()} for part in (self.resolved, self.reached)))

    def to_json(self) -> dict[str, Any]:
        return {"keys": list(self.keys), **{name: {target: _steps_to_json(steps) for target, steps in sorted(part.items())}
                                            for name, part in (("resolved", self.resolved), ("reached", self.reached))}}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Rates":
        return cls(tuple(data["keys"]), *({target: _steps_from_json(steps) for target, steps in data[name].items()}
                                          for name in ("resolved", "reached")))


def learn_rates(keys: dict[str, np.ndarray], resolved: dict[str, np.ndarray], reached: dict[str, np.ndarray]) -> Rates:
    """From one row per entity: per target its key and when it was known to be resolved and reached.

    A key none of whose entities was resolved is left out: it stands at the overall rate, like one never seen.

    Parameters
    ----------
    keys : target -> object, shape (entities,); the entity's key when it was resolved, None = missing
    resolved, reached : target -> UTC, shape (entities,); NaT = not so far
    """
    names = tuple(sorted({k for target, column in keys.items() for k in column[~np.isnat(resolved[target])] if k is not None}))
    rates = Rates(names, {}, {})
    for target, column in keys.items():
        codes = rates.codes(column)
        rates.resolved[target] = Steps.group(codes, resolved[target], len(names))
        rates.reached[target] = Steps.group(codes, reached[target], len(names))
    return rates


def lift(resolved: np.ndarray, reached: np.ndarray, base: np.ndarray) -> np.ndarray:
    """A key's rate, drawn towards the overall rate, divided by the overall rate; NaN while that is unknown or 0.

    Examples
    --------
    >>> lift(np.array([20.0, 0.0]), np.array([12.0, 0.0]), np.array([0.3, 0.3])).round(2).tolist()
    [1.5, 1.0]
    """
    usable = np.where(base > 0, base, np.nan)
    return (reached + PRIOR_ROWS * usable) / (resolved + PRIOR_ROWS) / usable


def _steps_to_json(steps: Steps) -> dict[str, Any]:
    times: Sequence[int] | None = None if steps.times is None else steps.times.astype(np.int64).tolist()
    return {"counts": steps.counts.tolist(), "times": times}


def _steps_from_json(data: dict[str, Any]) -> Steps:
    times = None if data["times"] is None else np.array(data["times"], np.int64).view(TIME)
    return Steps(np.array(data["counts"], np.int64), times)
