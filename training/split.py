"""Splits by time, always with a gap of the label window between what is learned from and what it is tried on."""

from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from leadcast.errors import TooLittleData
from leadcast.moment import minute

TEST_SHARE = 0.22
FOLDS = (4, 3, 2, 1)
FIRST_SHARES = (0.4, 0.55, 0.7)
FEWEST = 10


@dataclass(frozen=True)
class Fold:
    """Rows to learn from and later rows to predict; ``train`` label windows are over when ``valid`` begins."""

    train: np.ndarray
    valid: np.ndarray


@dataclass(frozen=True)
class Split:
    """Time-forward folds within the older rows, and the newest slice that no choice has seen."""

    train: np.ndarray
    test: np.ndarray
    test_start: np.datetime64
    folds: tuple[Fold, ...]


def split_by_time(name: str, as_of: np.ndarray, outcome: np.ndarray, gap: np.timedelta64) -> Split:
    """The newest 22 % of matured rows for the test, older ones whose label window was over by then for training.

    Parameters
    ----------
    name : of the target, for messages
    as_of, outcome : shape (n,), every outcome 0 or 1

    Raises
    ------
    TooLittleData : the slices would hold fewer than 10 positives or negatives
    """
    _enough(name, "matured observations", outcome)
    start = np.sort(as_of)[int(len(as_of) * (1 - TEST_SHARE))]
    test, train = np.flatnonzero(as_of >= start), np.flatnonzero(as_of + gap <= start)
    _enough(name, f"newest slice (from {_day(start)})", outcome[test])
    _enough(name, f"training slice (label windows over by {_day(start)})", outcome[train])
    return Split(train, test, start, make_folds(name, as_of, outcome, train, gap))


def make_folds(name: str, as_of: np.ndarray, outcome: np.ndarray, rows: np.ndarray, gap: np.timedelta64) -> tuple[Fold, ...]:
    """Up to four folds forward in time; fewer where the span is short or outcomes are few.

    Raises
    ------
    TooLittleData : not even one fold holds enough of both outcomes on both sides of its gap
    """
    ordered = np.sort(as_of[rows])
    for count, first in product(FOLDS, FIRST_SHARES):
        shares = np.linspace(first, 1.0, count + 1)[:-1]
        starts = [*ordered[(shares * len(ordered)).astype(int)], ordered[-1] + np.timedelta64(1, "us")]
        folds = tuple(
            Fold(rows[as_of[rows] + gap <= start], rows[(as_of[rows] >= start) & (as_of[rows] < end)])
            for start, end in pairwise(starts)
        )
        if all(_both(outcome[side]) >= FEWEST for fold in folds for side in (fold.train, fold.valid)):
            return folds
    train, valid = folds[0].train, folds[0].valid
    raise TooLittleData(
        f"{name}: a fold forward in time leaves {int(outcome[train].sum())} positives of {len(train)} rows to learn from and "
        f"{int(outcome[valid].sum())} of {len(valid)} to check on; at least {FEWEST} of both outcomes are needed on each side. "
        f"Load a longer history or set a shorter horizon_days for the target."
    )


def _both(outcome: np.ndarray) -> int:
    """How many there are of the rarer outcome."""
    positives = int(outcome.sum())
    return min(positives, len(outcome) - positives)


def _enough(name: str, what: str, outcome: np.ndarray) -> None:
    positives = int(outcome.sum())
    if _both(outcome) < FEWEST:
        raise TooLittleData(
            f"{name}: the {what} hold {positives} positives and {len(outcome) - positives} negatives; at least {FEWEST} of each "
            f"are needed. Load a longer history or set another horizon_days for the target."
        )


def _day(moment: np.datetime64) -> str:
    return minute(moment)
