"""Alarms: stages from which fewer go on, or in which they stay longer, than before."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from leadcast.funnel.milestones import step_json
from leadcast.funnel.paths import Paths, Step
from leadcast.funnel.reaching import Course, Share, course, share_by
from leadcast.funnel.wanted import Chosen
from leadcast.funnel.words import duration_said, share_said
from leadcast.metrics.incidence import CENSORED, WON
from leadcast.moment import days, iso

Kind = Literal["drop_off", "time_in_stage"]
GONE_BY: dict[Kind, float] = {"drop_off": 0.95, "time_in_stage": 0.75}
"""Shares are compared at the day by which so many of those who went on, or left, had done so: before, and for going on now,
too, so that those who only take longer are no drop-off."""


@dataclass(frozen=True)
class Thresholds:
    """From when on a change is an alarm.

    Attributes
    ----------
    points : how many percentage points below before
    least : how many must have come into the stage long enough ago, now and before
    days : how many of the newest days are now
    """

    points: float = 10.0
    least: int = 30
    days: float = 90.0


@dataclass(frozen=True)
class Alarm:
    """A stage that has become worse.

    Attributes
    ----------
    day : shares are of those who had gone on (drop_off) or left (time_in_stage) by this day after they came into the stage
    since : those who came into it since then are now, UTC
    """

    kind: Kind
    step: Step
    day: float
    since: np.datetime64
    before: Share
    now: Share

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        told: dict[str, Any] = {"kind": self.kind, **step_json(self.step), "day": self.day, "since": iso(self.since)}
        for name, share in (("before", self.before), ("now", self.now)):
            told |= {name: share.share, f"{name}_low": share.low, f"{name}_high": share.high, f"{name}_count": share.count}
        return {**told, "sentence": self.sentence}

    @property
    def sentence(self) -> str:
        """For a person to read."""
        did = "went on" if self.kind == "drop_off" else "left"
        now, before = ([share_said(part) for part in (one.share, one.low, one.high)] for one in (self.now, self.before))
        return (f"{self.step.stage}: {now[0]} {did} within {duration_said(self.day)}, before {before[0]} "
                f"({self.now.count:,} since {str(self.since)[:10]}, 95 % interval {now[1]} to {now[2]}; before "
                f"{self.before.count:,}, {before[1]} to {before[2]}).")


def alarms_of(those: Chosen, thresholds: Thresholds) -> tuple[Alarm, ...]:
    """Where the newest entries into a stage do worse than the earlier ones, the largest fall first.

    Those who came in too short ago count for as long as they were watched, so that young ones are not called lost (Aalen and
    Johansen 1978). Intervals that overlap raise no alarm.

    Parameters
    ----------
    those : of everyone who is meant
    """
    found = [alarm for place in range(len(those.paths.steps) - 1) for alarm in (
        _compared("drop_off", those, place, onward(those.paths, place, those.as_of), thresholds),
        _compared("time_in_stage", those, place, leaving(those.paths, place, those.as_of), thresholds)) if alarm is not None]
    return tuple(sorted(found, key=lambda alarm: alarm.now.share - alarm.before.share))


def onward(paths: Paths, place: int, as_of: np.datetime64) -> Course:
    """From a step to the next one: going on is the event, being lost rules it out."""
    start = np.where(paths.furthest >= place, paths.reached_at[:, place], np.datetime64("NaT", "us"))
    return course(paths, start, place + 1, as_of, since=place)


def leaving(paths: Paths, place: int, as_of: np.datetime64) -> Course:
    """From coming into a step until leaving it, by whatever door; all stays count together."""
    stayed = ~np.isnan(paths.days[:, place]) & ~np.isnat(paths.reached_at[:, place])
    rows = np.flatnonzero(stayed & (paths.reached_at[:, place] <= as_of))
    event = np.where(paths.left[rows, place], WON, CENSORED)
    return Course(rows, paths.reached_at[rows, place], paths.days[rows, place], event)


def _compared(kind: Kind, those: Chosen, place: int, way: Course, thresholds: Thresholds) -> Alarm | None:
    since = those.as_of - days(thresholds.days)
    now, before = way.take(way.start > since), way.take(way.start <= since)
    gone = [part.days[part.event == WON] for part in ([before, now] if kind == "drop_off" else [before])]
    if not len(gone[0]):
        return None
    day = min(max(float(np.quantile(some, GONE_BY[kind])) for some in gone if len(some)), thresholds.days / 2)
    if any(_judged(part, day, those.as_of) < thresholds.least for part in (now, before)):
        return None
    then, new = share_by(before, day), share_by(now, day)
    if then is None or new is None or new.high >= then.low or then.share - new.share < thresholds.points / 100:
        return None
    told = (replace(share, count=_judged(part, day, those.as_of)) for share, part in ((then, before), (new, now)))
    return Alarm(kind, those.paths.steps[place], day, since, *told)


def _judged(way: Course, day: float, as_of: np.datetime64) -> int:
    """How many came in long enough ago to be judged by that day."""
    return int((way.start <= as_of - days(day)).sum())


