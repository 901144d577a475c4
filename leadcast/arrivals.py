"""How many leads or deals will come: their recent pace, what pace has told best so far, and how far it was off."""

from dataclasses import dataclass
from typing import Any

import numpy as np

WINDOWS = (14, 28, 56, 91, 182, 365)
USUAL_WINDOW = 28
YEAR = 364
"""Fifty-two weeks: the same weekdays."""
LAST_YEARS_WINDOW = 91
MOST_TRIES, FEWEST_TRIES = 40, 4
USUAL_CV, USUAL_COUNTS = 0.2, 2.0
WEEKDAY_WEEKS = 12
_DAY = np.timedelta64(86_400_000_000, "us")


@dataclass(frozen=True)
class Arrivals:
    """The pace of what is to come.

    Attributes
    ----------
    per_day : how many come on an average day
    weekday : each weekday's share of a week times 7, Monday first (UTC), shape (7,)
    cv : how far the number of a stretch this long is off beyond chance, as a share of it: coefficient of variation
    how : what the pace is taken from, in words
    """

    per_day: float
    weekday: tuple[float, ...]
    cv: float
    how: str

    def by_day(self, start: np.datetime64, end: np.datetime64) -> tuple[np.ndarray, np.ndarray]:
        """(middle of each piece of a day between two moments, how many come in it), UTC, each of shape (pieces,)."""
        if not start < end:
            return np.empty(0, "datetime64[us]"), np.empty(0)
        inner = np.arange(start.astype("datetime64[D]") + 1, end.astype("datetime64[D]") + 1).astype("datetime64[us]")
        edges = np.unique(np.concatenate([[start], inner[inner < end], [end]]).astype("datetime64[us]"))
        length = np.diff(edges) / _DAY
        weekday = (edges[:-1].astype("datetime64[D]").astype(np.int64) + 3) % 7  # 1 January 1970 was a Thursday
        return edges[:-1] + np.diff(edges) // 2, self.per_day * np.array(self.weekday)[weekday] * length

    def to_json(self) -> dict[str, Any]:
        return {"per_day": self.per_day, "weekday": list(self.weekday), "cv": self.cv, "how": self.how}


def learn_arrivals(created: np.ndarray, as_of: np.datetime64, ahead_days: float) -> Arrivals:
    """The pace that would have told the next ``ahead_days`` best, on every past day on which it could be tried.

    Tried are the means of the last 14 to 365 days, and the same stretch a year before times this year's growth. The one with
    the least mean square of the log ratio of what came to what was said is taken; 28 days where fewer than four days can be
    tried. What it was off by beyond chance (its mean square less a Poisson's) is the spread, drawn towards 0.2 as if seen in
    two stretches.

    Parameters
    ----------
    created : when each was created, UTC, shape (n,), any order; later than ``as_of`` and NaT are left out
    """
    known = np.sort(created[~np.isnat(created) & (created <= as_of)])
    if not len(known):
        return Arrivals(0.0, (1.0,) * 7, USUAL_CV, "nobody has come yet")
    past = (known - as_of) / _DAY  # days, not above 0
    span, ahead = max(-float(past[0]), 1.0), max(float(ahead_days), 1.0)
    tries = {window: _tries(past, span, window, ahead) for window in (*WINDOWS, YEAR + LAST_YEARS_WINDOW)}
    tried = {window: found for window, found in tries.items() if len(found) >= FEWEST_TRIES}
    window = min(tried, key=lambda window: _off(tried[window]), default=USUAL_WINDOW)
    per_day = _said(past, span, window, ahead, 0.0) / ahead
    return Arrivals(per_day, _weekdays(known, as_of), _cv(tried.get(window), ahead, span), _how(window, span))


def _said(past: np.ndarray, span: float, window: int, ahead: float, now: float) -> float:
    """How many would have been expected in the ``ahead`` days after ``now`` (days, 0 or below)."""
    if window <= WINDOWS[-1]:
        length = min(float(window), span + now) or 1.0
        return _count(past, now - length, now) / length * ahead
    before = _count(past, now - LAST_YEARS_WINDOW - YEAR, now - YEAR)
    growth = _count(past, now - LAST_YEARS_WINDOW, now) / before if before else 1.0
    return _count(past, now - YEAR, now - YEAR + ahead) * growth


def _tries(past: np.ndarray, span: float, window: int, ahead: float) -> np.ndarray:
    """(said, came) on past days, shape (tries, 2)."""
    if window > WINDOWS[-1] and ahead > YEAR:
        return np.empty((0, 2))  # a year before, its end has not come yet
    needed = window if window <= WINDOWS[-1] else YEAR + LAST_YEARS_WINDOW
    last, first = -ahead, needed - span
    if first > last:
        return np.empty((0, 2))
    days = np.arange(last, first - 1e-9, -max(ahead / 4, (last - first) / MOST_TRIES, 0.25))
    return np.array([(_said(past, span, window, ahead, day), _count(past, day, day + ahead)) for day in days])


def _off(tried: np.ndarray) -> float:
    said, came = tried.T
    return float((np.log((came + 0.5) / (said + 0.5)) ** 2).mean())


def _count(past: np.ndarray, low: float, high: float) -> float:
    """How many came in ``(low, high]``."""
    return float(np.searchsorted(past, high, "right") - np.searchsorted(past, low, "right"))


def _cv(tried: np.ndarray | None, ahead: float, span: float) -> float:
    if tried is None:
        return USUAL_CV
    said = np.maximum(tried[:, 0], 0.5)
    seen = max(float(np.mean(((tried[:, 1] - said) / said) ** 2 - 1.0 / said)), 0.0)
    stretches = max(min(len(tried), span / ahead - 1.0), 1.0)
    return float(np.sqrt((stretches * seen + USUAL_COUNTS * USUAL_CV**2) / (stretches + USUAL_COUNTS)))


def _weekdays(known: np.ndarray, as_of: np.datetime64) -> tuple[float, ...]:
    """The profile of the week over the last twelve whole weeks, each day drawn towards 1 as if 7 had come on it."""
    weeks = min(WEEKDAY_WEEKS, int((as_of - known[0]) / _DAY // 7))
    if weeks < 2:
        return (1.0,) * 7
    recent = known[known > as_of - np.timedelta64(7 * weeks, "D")]
    counts = np.bincount((recent.astype("datetime64[D]").astype(np.int64) + 3) % 7, minlength=7) + 7.0
    return tuple(float(x) for x in counts / counts.mean())


def _how(window: int, span: float) -> str:
    if window > WINDOWS[-1]:
        return f"the same days a year before, times the growth of the last {LAST_YEARS_WINDOW} days"
    return f"the mean of the last {min(window, int(max(span, 1)))} days"
