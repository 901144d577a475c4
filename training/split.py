"""Splits by time, always with a gap of the label window between what is learned from and what it is tried on."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from leadcast.moment import is_shown, minute

TEST_SHARES = (0.22, 0.3, 0.4, 0.5)
FOLDS = (4, 3, 2, 1)
BLOCKS = (4, 3, 2)
FIRST_SHARES = (0.4, 0.55, 0.7)
FEWEST = (10, 5, 3)
"""Entities with each outcome that a slice or a side of a fold should hold; fewer where there is no other way."""


@dataclass(frozen=True)
class Fold:
    """Rows to learn from and later rows to predict; ``train`` label windows are over when ``valid`` begins.

    ``later`` is false for a fold over leads (or deals) instead of time: its rows to predict are of others, not of later ones.
    """

    train: np.ndarray
    valid: np.ndarray
    later: bool = True


@dataclass(frozen=True)
class Split:
    """Time-forward folds within the older rows, and the newest slice that no choice has seen.

    Attributes
    ----------
    folds : over leads (or deals) where time leaves no room; none where outcomes are too few to try anything on others
    why_not : why the newest slice cannot judge a model yet; empty where it can
    """

    train: np.ndarray
    test: np.ndarray
    test_start: np.datetime64
    folds: tuple[Fold, ...]
    why_not: str = ""


def split_by_time(as_of: np.ndarray, outcome: np.ndarray, gap: np.timedelta64, entity: np.ndarray | None = None) -> Split:
    """The newest rows for the test, older ones whose label window was over by then for training.

    The newest 22 % where both slices then hold 10 leads (or deals) of each outcome; else up to the newest half, then with
    at least 5, then 3 of each. Where nothing gives that, the newest 22 % are set aside all the same and judge nothing.

    Parameters
    ----------
    as_of, outcome : shape (n,), every outcome 0 or 1; n may be 0
    entity : whose row each is, shape (n,); default: each its own
    """
    owner = _numbers(entity, len(as_of))
    for fewest, share in product(FEWEST, TEST_SHARES):
        start, train, test = _parted(as_of, gap, share)
        if all(_rarer(outcome[side], owner[side]) >= fewest for side in (train, test)):
            return Split(train, test, start, make_folds(as_of, outcome, train, gap, owner))
    start, train, test = _parted(as_of, gap, TEST_SHARES[0])
    return Split(train, test, start, make_folds(as_of, outcome, train, gap, owner), _why_not(outcome, train, test, start))


def make_folds(
    as_of: np.ndarray, outcome: np.ndarray, rows: np.ndarray, gap: np.timedelta64, entity: np.ndarray | None = None
) -> tuple[Fold, ...]:
    """Up to four folds forward in time, each learning from all that was over before it; fewer and larger ones where the span
    is short or outcomes are few. Where not even one holds 3 leads (or deals) of each outcome on both sides of its gap, folds
    over leads (or deals), which are second best; none where outcomes are few altogether."""
    owner = _numbers(entity, len(as_of))
    for fewest in FEWEST:
        for folds in _possible(as_of, rows, gap):
            sides = [side for fold in folds for side in (fold.train, fold.valid)]
            if all(_rarer(outcome[side], owner[side]) >= fewest for side in sides):
                return folds
    return entity_folds(as_of, outcome, rows, owner)


def entity_folds(as_of: np.ndarray, outcome: np.ndarray, rows: np.ndarray, entity: np.ndarray) -> tuple[Fold, ...]:
    """Up to four folds over leads (or deals) in blocks by the time of their first look, each learning from all other blocks.

    Blocks and not lots: what is predicted was then at least mostly looked at in another season than what is learned from.
    None where not even two blocks hold 10 leads (or deals) of each outcome each.
    """
    ordered = rows[np.argsort(as_of[rows], kind="stable")]
    _, first = np.unique(entity[ordered], return_index=True)
    owners = entity[ordered][np.sort(first)]
    for count in BLOCKS:
        valid = [rows[np.isin(entity[rows], block)] for block in np.array_split(owners, count)]
        if all(_rarer(outcome[side], entity[side]) >= FEWEST[0] for side in valid):
            return tuple(Fold(np.setdiff1d(rows, side), side, later=False) for side in valid)
    return ()


def _possible(as_of: np.ndarray, rows: np.ndarray, gap: np.timedelta64) -> Iterator[tuple[Fold, ...]]:
    """Ways to cut these rows into folds, the finest first."""
    if not len(rows):
        return
    ordered = np.sort(as_of[rows])
    for count, first in product(FOLDS, FIRST_SHARES):
        shares = np.linspace(first, 1.0, count + 1)[:-1]
        starts = [*ordered[(shares * len(ordered)).astype(int)], ordered[-1] + np.timedelta64(1, "us")]
        yield tuple(
            Fold(rows[as_of[rows] + gap <= start], rows[(as_of[rows] >= start) & (as_of[rows] < end)])
            for start, end in pairwise(starts)
        )


def _parted(as_of: np.ndarray, gap: np.timedelta64, share: float) -> tuple[np.datetime64, np.ndarray, np.ndarray]:
    """When the newest share of rows begins, the rows to learn from, and the newest."""
    if not len(as_of):
        return np.datetime64("NaT", "us"), np.empty(0, int), np.empty(0, int)
    start = np.sort(as_of)[int(len(as_of) * (1 - share))]
    return start, np.flatnonzero(as_of + gap <= start), np.flatnonzero(as_of >= start)


def _numbers(entity: np.ndarray | None, count: int) -> np.ndarray:
    return np.arange(count) if entity is None else np.unique(entity.astype(str), return_inverse=True)[1]


def _rarer(outcome: np.ndarray, owner: np.ndarray) -> int:
    """How many entities have the rarer outcome; several looks at one are one."""
    return min(len(np.unique(owner[outcome == came])) for came in (0.0, 1.0))


def _why_not(outcome: np.ndarray, train: np.ndarray, test: np.ndarray, start: np.datetime64) -> str:
    if not len(outcome):
        return "no label window is over yet"
    since = f" (from {minute(start)})" if is_shown(start) else ""
    return (f"the newest slice{since} holds {_counted(outcome[test])} and the rows before it whose windows were "
            f"over {_counted(outcome[train])}; at least {FEWEST[-1]} leads or deals of each outcome are needed in both")


def _counted(outcome: np.ndarray) -> str:
    positives = int(outcome.sum())
    return f"{positives} positives and {len(outcome) - positives} negatives"
