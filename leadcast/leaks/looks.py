"""A column beside a question: what the tests look at, counted once."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from leadcast.leaks.course import Course, Question
from leadcast.leaks.measures import Counts, auc_error, strata_of
from leadcast.leaks.values import Values

MOST_STRATA = 10
ROWS_PER_STRATUM = 12
MOST_BY_AGE, ROWS_BY_AGE = 40, 3
SLICES = 10
OLDER_SLICES = 6


@dataclass(frozen=True)
class Look:
    """One column and one question, rows in neither group left out.

    Attributes
    ----------
    values : shape (n,)
    outcome : 0 or 1, shape (n,)
    order : shape (n,)
    """

    question: Question
    values: Values
    outcome: np.ndarray
    order: np.ndarray

    @cached_property
    def ones(self) -> int:
        return int(self.outcome.sum())

    @cached_property
    def zeros(self) -> int:
        return len(self.outcome) - self.ones

    @cached_property
    def strata(self) -> np.ndarray:
        """Slices of time so that like is compared with like; fewer where outcomes are few.

        The open are nearly all new: their own times set the slices, or what is new would seem to belong to them.
        """
        rarer = 1.0 if self.ones < self.zeros else 0.0
        few, rows = (MOST_BY_AGE, ROWS_BY_AGE) if self.question.closing else (MOST_STRATA, ROWS_PER_STRATUM)
        slices = int(np.clip(min(self.ones, self.zeros) // rows, 1, few))
        if not self.question.closing:
            return strata_of(self.order, slices)
        edges = np.quantile(self.order[self.outcome == rarer], np.linspace(0, 1, slices + 1)[:-1])
        return np.searchsorted(edges, self.order, "right")

    @cached_property
    def levels(self) -> tuple[np.ndarray, list[str]]:
        return self.values.levels

    @cached_property
    def counts(self) -> Counts:
        return Counts.of(self.levels[0], len(self.levels[1]), self.strata, self.outcome)

    @cached_property
    def by_level(self) -> np.ndarray:
        """Rows of each level by outcome, shape (levels, 2)."""
        found: np.ndarray = self.counts.table.sum(axis=1)
        return found

    @cached_property
    def gaps(self) -> tuple[np.ndarray, np.ndarray]:
        return self.counts.gaps()

    @cached_property
    def fill(self) -> tuple[float, float, float, float]:
        """(gap of the filled shares, its error, share filled of the ones, of the zeros)."""
        counts = Counts.of(self.values.filled.astype(np.int64), 2, self.strata, self.outcome)
        gap, error = counts.gaps()
        ones, zeros = (counts.table[1, :, y].sum() / max(n, 1) for y, n in ((1, self.ones), (0, self.zeros)))
        return float(gap[1]), float(error[1]), float(ones), float(zeros)

    def auc(self, codes: np.ndarray, levels: int) -> tuple[float, float]:
        """(AUC, its error) of levels, learned in the other slices of time."""
        slices = strata_of(self.order, int(np.clip(min(self.ones, self.zeros) // 5, 2, SLICES)))
        found = Counts.of(codes, levels, slices, self.outcome).out_of_fold()
        return found, auc_error(found, self.ones, self.zeros)

    @cached_property
    def separation(self) -> tuple[float, float]:
        return self.auc(self.levels[0], len(self.levels[1]))

    def forward(self, order: np.ndarray | None = None) -> float:
        """AUC of what the older 60 % teach, on the newer 40 %; with another order, shuffled."""
        slices = strata_of(self.order if order is None else order, SLICES)
        return Counts.of(self.levels[0], len(self.levels[1]), slices, self.outcome).forward(OLDER_SLICES)


def looks_of(values: Values, course: Course) -> Iterator[Look]:
    """The column beside each question of the course."""
    for question in course.questions:
        rows = np.flatnonzero(~np.isnan(question.outcome))
        yield Look(question, values.take(rows), question.outcome[rows], course.order[rows])
