"""Looks by the calendar: everyone who is open on a day, as a forecast made on that day would look at them."""

import numpy as np

from leadcast.history import History
from leadcast.observations import is_open
from leadcast.table import TIME
from leadcast.vocabulary import Target

MOST_LOOKS = 24_000
MOST_DAYS = 60
USUAL_SHARE = 6
SHORTEST_DAYS = 1.0
DAY = 86_400_000_000


def calendar_days(
    history: History, target: Target, taken: np.ndarray, since: np.datetime64 | None = None
) -> tuple[np.datetime64, ...]:
    """Up to 60 days, evenly apart, back from the end of the data, for a target that is to be won; UTC.

    The looks of a plan follow a deal's own life, where those that wait long are a few looks among many; on any given day they are
    most of what is open. Which days are looked at depends on the calendar alone, so nothing of the outcome is in the choice.
    They are a sixth of the usual time to an ending apart, and further where there would be more than 24,000 looks.

    Parameters
    ----------
    taken : days from creation to the ending of those that ended
    since : no day before it
    """
    if not history.vocabulary.is_win(target) or not len(taken):
        return ()
    apart = max(float(np.median(taken)) / USUAL_SHARE, SHORTEST_DAYS)
    first = np.fmin.reduce(history.entities(target.entity)["created_at"]) if since is None else since
    span = float((history.end - first).astype("int64") / DAY)
    apart = max(apart, span / (MOST_DAYS + 1))
    days = np.array([history.end - np.timedelta64(round(apart * k * DAY), "us") for k in range(1, int(span / apart) + 1)], TIME)
    if not len(days):
        return ()
    _, as_of = _open_on(history, target, days)
    thin = int(np.ceil(len(as_of) / MOST_LOOKS))
    return tuple(days[::thin]) if thin > 1 else tuple(days)


def with_calendar(
    history: History, target: Target, row: np.ndarray, as_of: np.ndarray, days: tuple[np.datetime64, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Looks with those of calendar days added, sorted by entity and time, no look twice."""
    if not days:
        return row, as_of
    more, when = _open_on(history, target, np.array(days, TIME))
    row, as_of = np.concatenate([row, more]), np.concatenate([as_of, when])
    order = np.lexsort((as_of, row))
    row, as_of = row[order], as_of[order]
    new = np.append(True, (np.diff(row) != 0) | (np.diff(as_of) != np.timedelta64(0, "us")))
    return row[new], as_of[new]


def _open_on(history: History, target: Target, days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(row, day) of everyone open on each of the days."""
    everyone = np.arange(len(history.ids(target.entity)))
    found = []
    for day in days:
        open_then = everyone[is_open(history, target, everyone, np.full(len(everyone), day, TIME))]
        found.append((open_then, np.full(len(open_then), day, TIME)))
    return np.concatenate([r for r, _ in found]), np.concatenate([d for _, d in found])
