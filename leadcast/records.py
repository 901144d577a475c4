"""From when on outcomes are on record: deals that began earlier are seen only if they were slow, or not at all."""

from itertools import pairwise

import numpy as np

from leadcast.history import History
from leadcast.moment import days_between, read_moment
from leadcast.observations import stages_reached
from leadcast.vocabulary import Target

FEWEST_EXPECTED = 10.0
MOST_SEEN = 0.1
EARLIEST_SHARE = 0.02
STRAYS = 0.05


def records_from(history: History, target: Target) -> np.datetime64 | None:
    """The moment from which on endings (the target, won, lost) are on record, where that is later than the first creation.

    As the workspace says (``[forecast] records_from``), or found: had the endings before a day been on record, as many would
    be there as later leads (or deals) of the same age had; fewer than a tenth of at least ten expected means they are not.
    Looks before that day would only know those that waited long enough to be seen, and take waiting for a virtue (left
    truncation).

    Returns
    -------
    UTC, or None where the records reach back to the beginning
    """
    if history.vocabulary.records_from:
        return read_moment(history.vocabulary.records_from)
    created = history.entities(target.entity)["created_at"]
    ended = np.fmin(history.entered(target.entity, stages_reached(history, target)).first_known(),
                    history.closings(target.entity).first_known())
    dated = ~np.isnat(created)
    created, ended = created[dated], ended[dated]
    ends = np.sort(ended[~np.isnat(ended)])
    found, most = None, 0.0
    for seen in _candidates(len(ends)):
        expected = _expected_before(created, ended, ends[seen], history.end)
        # Log-likelihood of "next to nothing was on record until then" against "all was": a few strays may lie before it.
        gain = expected * (1.0 - STRAYS) + seen * np.log(STRAYS)
        if expected >= FEWEST_EXPECTED and seen < MOST_SEEN * expected and gain > most:
            found, most = ends[seen], gain
    return found


def _candidates(count: int) -> list[int]:
    """Places among the sorted endings: the first, and later ones up to the first fiftieth; a few strays may come before."""
    return sorted({round(x) for x in np.linspace(0, count * EARLIEST_SHARE, 12)} & set(range(count)))


def _expected_before(created: np.ndarray, ended: np.ndarray, day: np.datetime64, end: np.datetime64) -> float:
    """How many of those created before the day would have ended before it, by how those created later ended."""
    early, late = created < day, created >= day
    ages = days_between(created[early], day)
    follow = days_between(created[late], end)
    took = days_between(created[late], ended[late])
    if not early.any() or not late.any():
        return 0.0
    edges = np.linspace(0.0, ages.max() + 1e-9, 61)
    time = np.where(np.isnan(took), np.inf, took)
    still, by = 1.0, [0.0]
    for low, high in pairwise(edges):
        at_risk = ((time > low) & (follow >= high)).sum()
        went = ((time > low) & (time <= high) & (follow >= high)).sum()
        still *= 1.0 - went / at_risk if at_risk else 1.0
        by.append(1.0 - still)
    return float(np.interp(ages, edges, by).sum())
