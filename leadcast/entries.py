"""Things that happened to entities, grouped by entity and looked up as of any moment."""

from dataclasses import dataclass

import numpy as np

from leadcast.table import TIME


@dataclass(frozen=True)
class Entries:
    """Entries grouped by entity row; within a group, sorted by when they could be known.

    Attributes
    ----------
    offsets : shape (entities + 1,); entity i owns positions ``offsets[i]:offsets[i + 1]``
    known : shape (entries,), UTC; the later of when it happened and when it was recorded
    at : shape (entries,), UTC; when it happened
    source : shape (entries,); its row in the table it comes from
    """

    offsets: np.ndarray
    known: np.ndarray
    at: np.ndarray
    source: np.ndarray

    @classmethod
    def group(cls, owner: np.ndarray, entities: int, known: np.ndarray, at: np.ndarray, source: np.ndarray) -> "Entries":
        """Group entries by owner (an entity row, 0 <= owner < entities); entries of equal time keep their order."""
        order = np.lexsort((at, known, owner))
        offsets = np.zeros(entities + 1, np.int64)
        np.cumsum(np.bincount(owner, minlength=entities), out=offsets[1:])
        return cls(offsets, known[order], at[order], source[order])

    @property
    def owner(self) -> np.ndarray:
        """The entity row of each entry, shape (entries,)."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    def keep(self, mask: np.ndarray) -> "Entries":
        """Only the entries of a mask, the groups unchanged."""
        kept = np.concatenate(([0], np.cumsum(mask)))
        return Entries(kept[self.offsets], self.known[mask], self.at[mask], self.source[mask])

    def standing(self) -> "Entries":
        """Without entries that were overtaken before they were known (recorded late, and older than what was known by then)."""
        if not len(self.at):
            return self
        rank = np.empty(len(self.at), np.int64)
        _, rank[:] = np.unique(self.at, return_inverse=True)
        rank += self.owner * (len(self.at) + 1)
        return self.keep(rank >= np.maximum.accumulate(rank))

    def count_known(self, rows: np.ndarray, as_of: np.ndarray) -> np.ndarray:
        """How many entries of each entity were known at ``as_of``; rows and as_of of shape (n,)."""
        low, high = self.offsets[rows], self.offsets[rows + 1]
        start = low
        while (open_ := low < high).any():
            middle = (low + high) // 2
            earlier = open_ & (self.known[np.minimum(middle, len(self.known) - 1)] <= as_of)
            low, high = np.where(earlier, middle + 1, low), np.where(open_ & ~earlier, middle, high)
        return low - start

    def last_known(self, rows: np.ndarray, as_of: np.ndarray) -> np.ndarray:
        """The position of each entity's last entry known at ``as_of``, -1 where there is none."""
        count = self.count_known(rows, as_of)
        return np.where(count > 0, self.offsets[rows] + count - 1, -1)

    def next_known(self, rows: np.ndarray, as_of: np.ndarray) -> np.ndarray:
        """When each entity's first entry after ``as_of`` was known, NaT where it has none; UTC, shape (n,)."""
        place = self.offsets[rows] + self.count_known(rows, as_of)
        later = place < self.offsets[rows + 1]
        found = np.full(len(rows), np.datetime64("NaT"), TIME)
        found[later] = self.known[place[later]]
        return found

    def first_known(self) -> np.ndarray:
        """When each entity's first entry was known, NaT where it has none; shape (entities,)."""
        first = np.full(len(self.offsets) - 1, np.datetime64("NaT"), TIME)
        has = np.diff(self.offsets) > 0
        first[has] = self.known[self.offsets[:-1][has]]
        return first

    def pairs(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Every entry of every asked entity: (index into ``rows``, position), each of shape (sum of group sizes,)."""
        return self.first_pairs(rows, self.offsets[rows + 1] - self.offsets[rows])

    def known_pairs(self, rows: np.ndarray, as_of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The pairs of :meth:`pairs` whose entry was known at ``as_of``, shape (n,)."""
        return self.first_pairs(rows, self.count_known(rows, as_of))

    def first_pairs(self, rows: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The first so many entries of every asked entity; rows and sizes of shape (n,)."""
        asked = np.repeat(np.arange(len(rows)), sizes)
        skipped = self.offsets[rows] - np.cumsum(sizes) + sizes
        return asked, np.arange(len(asked)) + np.repeat(skipped, sizes)


def later_of(happened: np.ndarray, recorded: np.ndarray) -> np.ndarray:
    """When something could be known: the later of the two, ignoring a missing one (NaT where both are)."""
    return np.fmax(happened, recorded)
