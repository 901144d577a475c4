"""Business that is not there yet: recent deals stand for those to come, each with its curve from creation."""

from dataclasses import dataclass, replace

import numpy as np

from leadcast.arrivals import Arrivals, learn_arrivals
from leadcast.bundle import Bundle
from leadcast.curves import WinCurves
from leadcast.history import History
from leadcast.observations import Observations, is_open
from leadcast.period import Period
from serving.scores import Scorer

MOST_TEMPLATES = 300
RECENT_DAYS = 91.0
_DAY = np.timedelta64(86_400_000_000, "us")


@dataclass(frozen=True)
class Newcomers:
    """Recent deals (or leads) as they were created, and how many like them will come.

    Attributes
    ----------
    rows : which they are, shape (t,); each stands for an equal share of what is to come
    expected : wins in the period from those like it, shape (t,)
    curves : of each from its creation on; None where there is none
    """

    rows: np.ndarray
    expected: np.ndarray
    arrivals: Arrivals
    curves: WinCurves | None = None

    def take(self, mask: np.ndarray) -> "Newcomers":
        """Some of them, and as much of the pace as is theirs; mask of shape (t,)."""
        if not mask.any():
            return Newcomers(self.rows[:0], self.expected[:0], replace(self.arrivals, per_day=0.0))
        pace = replace(self.arrivals, per_day=self.arrivals.per_day * float(mask.mean()))
        curves = None if self.curves is None else self.curves.take(mask)
        return Newcomers(self.rows[mask], self.expected[mask], pace, curves)

    def wins_between(self, as_of: np.datetime64, start: np.datetime64, end: np.datetime64) -> np.ndarray:
        """Wins between two moments from those like each, created after ``as_of``; shape (t,)."""
        return np.zeros(len(self.rows)) if self.curves is None else _wins(self.arrivals, self.curves, as_of, start, end)


def newcomers(history: History, scorer: Scorer, as_of: np.datetime64, period: Period) -> Newcomers:
    """Wins that the period will see of deals (or leads) created after ``as_of``, by deals like those created recently.

    Each day to come brings as many as the pace says; each of them wins by the period's end as those like it do from their
    creation, by the model's own curve. Nothing where the period is over.
    """
    entity = scorer.bundle.entity
    created = history.entities(entity)["created_at"]
    ahead = float((period.end - as_of) / _DAY)
    arrivals = learn_arrivals(created, as_of, max(ahead, 1.0))
    templates = templates_of(history, scorer.bundle, as_of)
    if ahead <= 0 or not len(templates):
        return Newcomers(templates[:0], np.empty(0), arrivals)
    curves = _curves_from_creation(history, scorer, templates, created)
    return Newcomers(templates, _wins(arrivals, curves, as_of, period.start, period.end), arrivals, curves)


def _wins(
    arrivals: Arrivals, curves: WinCurves, as_of: np.datetime64, start: np.datetime64, end: np.datetime64
) -> np.ndarray:
    """What each template's like will win between two moments: of those created on each day, what their curve has won by then."""
    moments, counts = arrivals.by_day(as_of, end)
    expected = np.zeros(len(curves))
    for moment, count in zip(moments, counts, strict=True):
        since, until = ((edge - moment) / _DAY for edge in (start, end))
        expected += count / len(curves) * curves.between(max(float(since), 0.0), float(until))
    return expected


def templates_of(history: History, bundle: Bundle, as_of: np.datetime64) -> np.ndarray:
    """The newest 300 of the last 91 days, or the newest 30 whenever they came, that were open when they were created.

    Returns
    -------
    their rows, shape (t,)
    """
    created = history.entities(bundle.entity)["created_at"]
    known = np.flatnonzero(~np.isnat(created) & (created <= as_of))
    known = known[is_open(history, bundle.target, known, created[known])]
    newest = _newest(known, created, history.ids(bundle.entity))
    recent = newest[created[newest] > as_of - np.timedelta64(int(RECENT_DAYS), "D")]
    return recent if len(recent) >= 30 else newest[-30:]


def _newest(rows: np.ndarray, created: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """The newest 300 in the order of time; of those created at one moment by id, so that files and store choose the same."""
    if len(rows) > MOST_TEMPLATES:
        edge = np.partition(created[rows], -MOST_TEMPLATES)[-MOST_TEMPLATES]
        rows = rows[created[rows] >= edge]
    order: np.ndarray = np.lexsort((ids[rows].astype(str), created[rows]))
    return rows[order][-MOST_TEMPLATES:]


def _curves_from_creation(history: History, scorer: Scorer, rows: np.ndarray, created: np.ndarray) -> WinCurves:
    entity = scorer.bundle.entity
    looks = Observations(entity, history.ids(entity)[rows], created[rows], np.ones(len(rows)))
    values, _ = scorer.values(history, looks)
    return scorer.bundle.curves(values)
