"""How long it took from one stage to a later one."""

from dataclasses import dataclass

import numpy as np

from leadcast.funnel.counts import quartiles
from leadcast.funnel.paths import Paths
from leadcast.funnel.reaching import course
from leadcast.metrics.incidence import WON


@dataclass(frozen=True)
class Between:
    """Days from one stage to a later one.

    Lost and open ones count for as long as they might have come there (Kaplan and Meier 1958): the quartiles are of the pace, not
    of how many come at all; that is ``arrived`` of ``started``.

    Attributes
    ----------
    started : how many came into the first of the two stages, and are known to have
    skipped : how many passed it without having been there: they have no time between the two
    """

    name: str | None
    started: int
    arrived: int
    q25_days: float | None
    median_days: float | None
    q75_days: float | None
    skipped: int = 0


def between(paths: Paths, start: int, end: int, as_of: np.datetime64, name: str | None = None) -> Between:
    """From the first time in one step to the first time in a later one."""
    passed = (paths.furthest >= start) & ~np.isnat(paths.reached_at[:, start])
    was_there = passed & ~np.isnan(paths.days[:, start])
    way = course(paths, np.where(was_there, paths.reached_at[:, start], np.datetime64("NaT", "us")), end, as_of, since=start)
    arrived = way.event == WON
    quarter, half, more = quartiles(way.days, arrived) if len(way) else (None, None, None)
    return Between(name, len(way), int(arrived.sum()), quarter, half, more, int((passed & ~was_there).sum()))
