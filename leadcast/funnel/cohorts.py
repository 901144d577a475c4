"""Cohorts: of those created in one week, month or quarter, what share had reached a stage after so many weeks."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from leadcast.funnel.milestones import step_json, step_named
from leadcast.funnel.paths import FunnelError, Step
from leadcast.funnel.reaching import Course, course, interval
from leadcast.funnel.wanted import Wanted, chosen
from leadcast.history import History
from leadcast.metrics.incidence import CENSORED, LOST, WON, aalen_johansen
from leadcast.moment import days_between, iso
from leadcast.period import Period, named_period

Unit = Literal["week", "month", "quarter"]
UNITS: tuple[Unit, ...] = get_args(Unit)
MOST_COHORTS, MOST_WEEKS = 60, 104
WEEK_DAYS = 7.0
Line = tuple[float | None, ...]


@dataclass(frozen=True)
class Cohort:
    """Those created in one period, or of one group.

    Attributes
    ----------
    share : by the end of each week since creation; None where that is not observed yet
    """

    name: str
    start: np.datetime64 | None
    end: np.datetime64 | None
    entered: int
    reached: int
    lost: int
    open: int
    share: Line

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {**vars(self), "start": None if self.start is None else iso(self.start),
                "end": None if self.end is None else iso(self.end), "share": list(self.share)}


@dataclass(frozen=True)
class Pooled:
    """All cohorts together, with a 95 % band: Wilson's, with as many cases as would leave the same doubt without censoring."""

    entered: int
    reached: int
    lost: int
    open: int
    share: Line
    low: Line
    high: Line

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in vars(self).items()}


@dataclass(frozen=True)
class Cohorts:
    """Conversion by weeks since creation, the newest cohort last."""

    pipelines: tuple[str, ...]
    unit: Unit
    step: Step
    weeks: tuple[int, ...]
    cohorts: tuple[Cohort, ...]
    pooled: Pooled
    by: str | None
    groups: tuple[Cohort, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"pipelines": list(self.pipelines), "unit": self.unit, "stage": step_json(self.step), "weeks": list(self.weeks),
                "cohorts": [cohort.to_json() for cohort in self.cohorts], "pooled": self.pooled.to_json(), "by": self.by,
                "groups": [group.to_json() for group in self.groups], "notes": list(self.notes)}


def cohorts_of(
    history: History, wanted: Wanted, as_of: np.datetime64, unit: Unit = "month", stage: str | None = None,
    timezone: str | None = None,
) -> Cohorts:
    """How each cohort comes to a stage, as known at ``as_of``.

    Lost competes and open is censored (Aalen and Johansen 1978), so that a young cohort is neither called bad nor good; its line
    ends where nobody of it has been watched longer.

    Parameters
    ----------
    history : needs no events
    stage : what they are to reach; None: the last step, the win
    timezone : where the calendar's days begin; None: UTC

    Raises
    ------
    FunnelError : there is no such path, pipeline, column, unit or stage
    """
    if unit not in UNITS:
        raise FunnelError("unit", f"there is {', '.join(UNITS)}.", unit)
    those = chosen(history, wanted, as_of)
    goal = step_named(those.paths, stage)
    way = course(those.paths, those.created, goal, as_of)
    weeks = _weeks(way, as_of)
    periods = _periods(way.start, unit, timezone)
    cohorts = [_cohort(period.name, way.take((way.start >= period.start) & (way.start < period.end)), weeks, as_of, period)
               for period in periods[-MOST_COHORTS:]]
    inside = np.zeros(len(those.paths), np.int64) - 1
    inside[way.places] = np.arange(len(way))
    groups = [_cohort(name, way.take(inside[mask & (inside >= 0)]), weeks, as_of) for name, mask in those.groups()]
    return Cohorts(those.pipelines, unit, those.paths.steps[goal], weeks, tuple(cohorts), _pooled(way, weeks, as_of), wanted.by,
                   tuple(group for group in groups if group.entered),
                   (*those.notes, *_notes(len(those.paths) - len(way), periods, unit)))


def _weeks(way: Course, as_of: np.datetime64) -> tuple[int, ...]:
    """0, 1, 2, ...: as far as the oldest was watched."""
    if not len(way):
        return (0,)
    return tuple(range(min(int(days_between(way.start.min(), as_of) // WEEK_DAYS), MOST_WEEKS) + 1))


def _cohort(name: str, way: Course, weeks: Sequence[int], as_of: np.datetime64, period: Period | None = None) -> Cohort:
    start, end = (None, None) if period is None else (period.start, period.end)
    return Cohort(name, start, end, *_counts(way), _line(way, weeks, as_of))


def _counts(way: Course) -> tuple[int, int, int, int]:
    return len(way), int((way.event == WON).sum()), int((way.event == LOST).sum()), int((way.event == CENSORED).sum())


def _line(way: Course, weeks: Sequence[int], as_of: np.datetime64) -> Line:
    """Shares by the end of each week; None beyond what was observed of any of them."""
    if not len(way):
        return (None,) * len(weeks)
    days = np.array(weeks, float) * WEEK_DAYS
    share = aalen_johansen(way.days, way.event).won_by(days)
    watched = float(days_between(way.start.min(), as_of))
    return tuple(None if np.isnan(value) or day > watched else float(value) for value, day in zip(share, days, strict=True))


def _pooled(way: Course, weeks: Sequence[int], as_of: np.datetime64) -> Pooled:
    share = _line(way, weeks, as_of)
    found = aalen_johansen(way.days, way.event) if len(way) else None
    bands = [(None, None) if value is None or found is None else interval(found, way, value, week * WEEK_DAYS)
             for value, week in zip(share, weeks, strict=True)]
    return Pooled(*_counts(way), share, tuple(low for low, _ in bands), tuple(high for _, high in bands))


def _periods(created: np.ndarray, unit: Unit, timezone: str | None) -> list[Period]:
    """Every period of the calendar from the first creation to the last, in order."""
    if not len(created):
        return []
    first, last = (moment.astype("datetime64[D]") for moment in (created.min(), created.max()))
    days = np.arange(first - 1, last + 2)  # a day at either end: elsewhere in the world it is another one
    names = dict.fromkeys(_name(day, unit) for day in days)
    found = [named_period(name, timezone) for name in names]
    return [period for period in found if period.end > created.min() and period.start <= created.max()]


def _name(day: np.datetime64, unit: Unit) -> str:
    """The period of a day.

    Examples
    --------
    >>> [_name(np.datetime64("2026-08-09"), unit) for unit in ("week", "month", "quarter")]
    ['2026-W32', '2026-08', '2026-Q3']
    """
    date: dt.date = day.astype("datetime64[D]").item()
    if unit == "week":
        year, week, _ = date.isocalendar()
        return f"{year}-W{week:02d}"
    return f"{date:%Y-%m}" if unit == "month" else f"{date.year}-Q{(date.month + 2) // 3}"


def _notes(undated: int, periods: Sequence[Period], unit: Unit) -> list[str]:
    notes = []
    if undated:
        notes.append(f"{undated:,} are left out: it is not known when they were created, or when they reached the stage.")
    if len(periods) > MOST_COHORTS:
        notes.append(f"The newest {MOST_COHORTS} {unit}s are shown; all together holds the earlier ones, too.")
    return notes
