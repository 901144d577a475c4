"""The values of a category that a model knows by name."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import Any

import numpy as np

OTHER = "(other)"
MOST_KEPT = 30
MOST_POOLED = 1000
FEWEST_ROWS = 5
MANY_ROWS = 100


@dataclass(frozen=True)
class Levels:
    """Values kept by name, and rare ones that share the name ``(other)``.

    A value that is neither was never seen when the context was built: -1 in a feature, counted as unseen. Rare
    values beyond the thousand most frequent are not carried along, and count as never seen.
    """

    kept: tuple[str, ...]
    pooled: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.kept, OTHER) if self.pooled else self.kept

    @cached_property
    def _positions(self) -> dict[str | None, float]:
        positions: dict[str | None, float] = {None: np.nan, **dict.fromkeys(self.pooled, float(len(self.kept)))}
        return positions | {value: float(place) for place, value in enumerate(self.kept)}

    def codes(self, values: np.ndarray) -> np.ndarray:
        """Positions in ``names``, NaN where missing, -1 where never seen; float, shape (n,).

        Examples
        --------
        >>> Levels(("web", "fair"), ("fax",)).codes(np.array(["fair", "fax", None, "pigeon"], dtype=object)).tolist()
        [1.0, 2.0, nan, -1.0]
        """
        return np.fromiter(map(self._positions.get, values, repeat(-1.0)), np.float64, len(values))

    def to_json(self) -> dict[str, list[str]]:
        return {"kept": list(self.kept), "pooled": list(self.pooled)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Levels":
        return cls(tuple(data["kept"]), tuple(data["pooled"]))


def learn_levels(counted: Counter[str], most: int = MOST_KEPT) -> Levels:
    """The most frequent values by name, the rest pooled; ties go by name.

    Values in fewer than 5 rows are pooled too, unless fewer than 100 rows are filled in all.
    """
    fewest = FEWEST_ROWS if counted.total() >= MANY_ROWS else 1
    ranked = sorted(counted, key=lambda v: (-counted[v], v))
    kept = [v for v in ranked if counted[v] >= fewest and v != OTHER][:most]
    pooled = [v for v in ranked if v not in set(kept)][:MOST_POOLED]
    return Levels(tuple(kept), tuple(pooled))


def names_individuals(counted: Counter[str]) -> bool:
    """Is it a name, an address or a number of each one's own: more than half of at least 100 values met differ?

    Such a column says nothing about the next lead, and what it holds should not travel with a model.
    """
    return counted.total() >= MANY_ROWS and len(counted) * 2 > counted.total()
