"""From one stage to a later one: how long it took, and what share had come there by a day, open ones censored."""

from dataclasses import dataclass

import numpy as np

from leadcast.funnel.paths import Paths
from leadcast.metrics.calibration import wilson
from leadcast.metrics.incidence import CENSORED, LOST, WON, Incidence, aalen_johansen
from leadcast.moment import days_between


@dataclass(frozen=True, eq=False)
class Course:
    """The way from a start to a goal, one row each.

    Attributes
    ----------
    places : into the paths; those without a date of start or goal are left out; shape (n,)
    start : when each set out, UTC, shape (n,)
    days : until the goal, the loss or the moment of looking, shape (n,), >= 0
    event : 0 still on the way, 1 came there, 2 lost before, shape (n,)
    """

    places: np.ndarray
    start: np.ndarray
    days: np.ndarray
    event: np.ndarray

    def __len__(self) -> int:
        return len(self.places)

    def take(self, mask: np.ndarray) -> "Course":
        """Some of the rows."""
        return Course(self.places[mask], self.start[mask], self.days[mask], self.event[mask])


@dataclass(frozen=True)
class Share:
    """A share with its 95 % interval, and of how many it is."""

    share: float
    low: float
    high: float
    count: int


def course(paths: Paths, start: np.ndarray, goal: int, as_of: np.datetime64, since: int = 0) -> Course:
    """From a moment of each until it reached the step ``goal``.

    Parameters
    ----------
    start : UTC, shape (paths,), NaT: it did not start, or nobody knows when
    since : only those who came as far as this step
    """
    came = paths.furthest >= goal
    reached = paths.reached_at[:, goal]
    lost = paths.lost & ~came
    end = np.where(came, reached, np.where(lost, paths.ended_at, as_of))
    places = np.flatnonzero(~np.isnat(start) & ~np.isnat(end) & (start <= as_of) & (paths.furthest >= since))
    days = np.maximum(days_between(start[places], end[places]), 0.0)
    event = np.where(came, WON, np.where(lost, LOST, CENSORED))[places]
    return Course(places, start[places], days, event)


def share_by(way: Course, day: float) -> Share | None:
    """The share that had come there by a day; None where nobody was watched so long.

    The interval is Wilson's, with as many cases as would leave the same doubt without censoring.

    Examples
    --------
    >>> way = Course(np.arange(4), np.full(4, np.datetime64("2026-01-01", "us")), np.array([1.0, 2.0, 3.0, 4.0]),
    ...              np.array([1, 0, 2, 1]))
    >>> share_by(way, 3.0).share
    0.25
    """
    if not len(way):
        return None
    found = aalen_johansen(way.days, way.event)
    share = float(found.won_by(np.array([day]))[0])
    return None if np.isnan(share) else Share(share, *interval(found, way, share, day), len(way))


def interval(found: Incidence, way: Course, share: float, day: float) -> tuple[float, float]:
    """The 95 % interval of a share by a day."""
    known = float(((way.event != CENSORED) | (way.days >= day)).sum())
    variance = found.won_variance(day)
    cases = min(float(len(way)), share * (1 - share) / variance) if variance > 0 else known
    return wilson(share, cases)
