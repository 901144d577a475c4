"""Which source is served worst: it waits longer for us than the others and converts less, both beyond what chance makes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leadcast.funnel.counts import quartiles
from leadcast.funnel.reaching import Course, share_by
from leadcast.metrics.calibration import wilson
from leadcast.metrics.incidence import WON

LEAST = 30
"""Of how many leads a source's service and conversion can be told."""


@dataclass(frozen=True)
class Served:
    """How one source was served.

    Attributes
    ----------
    rank : 1 waits longest for a first response; None: it is not looked at
    mask : which leads are its own, shape (n,)
    reached, judged : how many reached the goal within the horizon, of those that can be judged
    """

    rank: int | None
    mask: np.ndarray
    reached: int
    judged: int


def worst_of(sources: Sequence[Served], way: Course) -> int | None:
    """The place of the source that waits longest, of those that wait longer and convert less than all others together.

    It waits longer if, by the time by which half of all leads had heard from us, fewer of its own had: the 95 % intervals of the
    two shares do not overlap, and neither do those of the conversions (Wilson's). Medians without an interval would always name
    somebody: of equal sources, too, one waits longest.

    Parameters
    ----------
    way : of every lead from its creation to the first response

    Examples
    --------
    Of 40 leads each, those of the first source waited ten hours and 4 went on; those of the other waited one and 30 went on.

    >>> first = np.arange(80) < 40
    >>> way = Course(np.arange(80), np.full(80, np.datetime64("2026-01-01", "us")), np.where(first, 10.0, 1.0), np.full(80, 1))
    >>> worst_of([Served(1, first, 4, 40), Served(2, ~first, 30, 40)], way)
    0
    >>> worst_of([Served(1, first, 28, 40), Served(2, ~first, 30, 40)], way) is None
    True
    """
    looked_at = [place for place, source in enumerate(sources) if source.rank is not None and source.judged >= LEAST]
    for place in sorted(looked_at, key=lambda number: sources[number].rank or 0):
        if _converts_less(sources, place) and _waits_longer(way, sources[place].mask):
            return place
    return None


def _converts_less(sources: Sequence[Served], place: int) -> bool:
    mine, others = sources[place], [source for number, source in enumerate(sources) if number != place]
    reached, judged = sum(source.reached for source in others), sum(source.judged for source in others)
    if not judged:
        return False
    return wilson(mine.reached / mine.judged, mine.judged)[1] < wilson(reached / judged, judged)[0]


def _waits_longer(way: Course, mask: np.ndarray) -> bool:
    answered = way.days[way.event == WON]
    if not len(answered):
        return False
    mine = mask[way.places]
    day = _half_by(way, float(np.median(answered)))
    own, others = share_by(way.take(mine), day), share_by(way.take(~mine), day)
    return own is not None and others is not None and own.high < others.low


def _half_by(way: Course, otherwise: float) -> float:
    """By when half have heard from us, those who still wait counted too; where not half have: half of those who have."""
    half = quartiles(way.days, way.event == WON)[1]
    return otherwise if half is None else half
