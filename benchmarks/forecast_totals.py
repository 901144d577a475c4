"""The wins of the next weeks, deals not yet created included: Leadcast's forecast and the two naive ways to add them."""

from dataclasses import dataclass

import numpy as np

from benchmarks.past_weeks import PastWeek, wins_between
from leadcast.history import History
from leadcast.period import Period
from serving.outlook import outlook

MOST_STRETCHES = 4
_DAY = np.timedelta64(86_400_000_000, "us")


@dataclass(frozen=True)
class Totals:
    """What was said of all wins in the days ahead of a past day, and what came.

    Attributes
    ----------
    low, high : P10 and P90 of Leadcast's forecast
    run_rate : the mean of the last four stretches of this length, fewer where the history is shorter
    last_new : the curve's wins of open deals, and what the last stretch brought of deals that were created in it
    """

    came: float
    came_new: float
    said: float
    said_new: float
    low: float
    high: float
    run_rate: float
    last_new: float


def totals(week: PastWeek, history: History, days: float) -> Totals:
    """The totals of a past day; ``history`` is the whole one, for what came."""
    length = np.timedelta64(round(days * 86_400), "s")
    start, end, target = week.as_of, week.as_of + length, week.target
    came = wins_between(history, target, start, end)
    created = history.entities(target.entity)["created_at"]
    # A forecast counts wins before its period's end; so does it here but for the last microsecond.
    look = outlook(week.history, {target.name: week.bundle}, start, Period("ahead", start, end))
    count = look.forecast.total.count
    recent = wins_between(week.history, target, start - length, start)
    fresh = week.history.entities(target.entity)["created_at"][recent] > start - length
    return Totals(float(len(came)), float((created[came] > start).sum()), count.total, count.new, float(count.whole.p10),
                  float(count.whole.p90), _run_rate(week, length), count.open + float(fresh.sum()))


def _run_rate(week: PastWeek, length: np.timedelta64) -> float:
    created = week.history.entities(week.target.entity)["created_at"]
    span = week.as_of - np.fmin.reduce(created)
    stretches = int(np.clip(span / length, 1, MOST_STRETCHES))
    return len(wins_between(week.history, week.target, week.as_of - stretches * length, week.as_of)) / stretches
