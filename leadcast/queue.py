"""Whom to work on now: in which order, and grades that do not flicker."""

from collections.abc import Iterable

import numpy as np

from leadcast.history import History
from leadcast.policy import CUTS
from leadcast.table import TIME
from leadcast.vocabulary import Entity

SLACK = 2.0
"""So many points a score has to fall below a cut before the grade falls, too."""


def steady_grade(score: float, before: str | None = None) -> str:
    """The grade of a score, knowing the grade before: it rises at the cut and falls two points below it.

    Examples
    --------
    >>> steady_grade(89.0), steady_grade(89.0, "A"), steady_grade(87.9, "A"), steady_grade(69.0, "A"), steady_grade(69.9, "C")
    ('B', 'A', 'B', 'B', 'C')
    """
    names = [name for name, _ in CUTS]
    held = names.index(before) if before in names else len(names)
    for place, (name, lowest) in enumerate(CUTS):
        if score >= lowest - (SLACK if place >= held else 0.0):
            return name
    return names[-1]


def grade_after(scores: Iterable[float]) -> str | None:
    """The steady grade after all of these scores, the oldest first; None where there are none.

    Examples
    --------
    >>> grade_after([91, 89, 88.5]), grade_after([91, 87, 89]), grade_after([])
    ('A', 'B', None)
    """
    grade: str | None = None
    for score in scores:
        grade = steady_grade(score, grade)
    return grade


def expected_amounts(probability: np.ndarray, amount: np.ndarray) -> np.ndarray:
    """What each is worth: its chance times its amount, NaN where there is no amount; shape (n,)."""
    return probability * amount


def queue_order(probability: np.ndarray, amount: np.ndarray, waiting_days: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """In which order to work on them; places, shape (n,).

    First those with an amount, by chance times amount, the largest first; then those without, by their chance. Among equals who
    has waited longest for a touch from us comes first, one of whom nobody knows how long comes last; then the smaller id.

    Parameters
    ----------
    probability : shape (n,)
    amount : NaN where there is none, as with all leads; shape (n,)
    waiting_days : NaN where it is not known; shape (n,)
    ids : texts, shape (n,)
    """
    lacks = np.isnan(amount)
    worth = np.where(lacks, probability, expected_amounts(probability, np.where(lacks, 0.0, amount)))
    waited = np.where(np.isnan(waiting_days), -np.inf, waiting_days)
    rank = np.argsort(np.argsort(ids.astype(str), kind="stable"), kind="stable")
    return np.lexsort((rank, -waited, -worth, lacks))


def last_events(
    history: History, entity: Entity, rows: np.ndarray, now: np.datetime64
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """When each last had an event of any kind, one from us, one from them, as known now.

    Returns
    -------
    three times moments of shape (n,), NaT where there was none
    """
    entries = history.linked_events(entity)
    asked, position = entries.known_pairs(rows, np.full(len(rows), now, TIME))
    at, (codes, names) = entries.at[position].astype(TIME).view(np.int64), history.events.coded("direction")
    side = codes[entries.source[position]]
    sides = [side == names.index(name) if name in names else np.zeros(len(side), bool) for name in ("from_us", "from_them")]
    from_us, from_them = (_latest(asked[some], at[some], len(rows)) for some in sides)
    return _latest(asked, at, len(rows)), from_us, from_them


def _latest(asked: np.ndarray, at: np.ndarray, n: int) -> np.ndarray:
    last = np.full(n, np.iinfo(np.int64).min)
    np.maximum.at(last, asked, at)
    return last.view(TIME)
