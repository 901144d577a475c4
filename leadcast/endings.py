"""When and how each look at a lead or deal ended: won, lost, or open still when the data end."""

from dataclasses import dataclass

import numpy as np

from leadcast.history import History
from leadcast.moment import days_between
from leadcast.observations import Observations
from leadcast.vocabulary import Target

OPEN, WON, LOST = 0, 1, 2


@dataclass(frozen=True)
class Endings:
    """What came after each look, as known at the end of the data.

    Attributes
    ----------
    days : from the look to its end, or to the end of the data where it is open; float, shape (n,)
    event : 0 = still open, 1 = won (the target was reached), 2 = lost; shape (n,)
    follow : from the look to the end of the data, days, shape (n,): how long an ending could have been seen
    """

    days: np.ndarray
    event: np.ndarray
    follow: np.ndarray

    def __len__(self) -> int:
        return len(self.days)

    def take(self, rows: np.ndarray) -> "Endings":
        return Endings(self.days[rows], self.event[rows], self.follow[rows])

    def until(self, follow: np.ndarray) -> "Endings":
        """The same as known earlier: what ends after ``follow`` days, shape (n,), is open then."""
        open_then = self.days > follow
        days, event = np.where(open_then, follow, self.days), np.where(open_then, OPEN, self.event)
        return Endings(days, event, np.minimum(follow, self.follow))

    def won_within(self, days: float) -> np.ndarray:
        """1 = won within so many days, 0 = not, NaN = that time is not over; shape (n,)."""
        won = (self.event == WON) & (self.days <= days)
        return np.where(self.follow >= days, won.astype(float), np.nan)


def endings_of(history: History, target: Target, observations: Observations) -> Endings:
    """How each look ended: the first entry into the target's stages after it, or the first closing, whichever came first.

    Both count from when they were known. A look at a deal that is reopened later ends with its first closing.
    """
    rows, as_of = history.rows(target.entity, observations.entity_id), observations.as_of
    won = history.entered(target.entity, target.stages).next_known(rows, as_of)
    closed = history.closings(target.entity).next_known(rows, as_of)
    end = np.fmin(won, closed)
    follow = np.maximum(days_between(as_of, history.end), 0.0)
    event = np.where(np.isnat(end), OPEN, np.where(won == end, WON, LOST))
    return Endings(np.where(np.isnat(end), follow, days_between(as_of, end)), event, follow)
