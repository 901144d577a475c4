"""How soon leads heard from us, and how many of them went on: an association, not a cause."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from leadcast.funnel.counts import quartiles, share_of
from leadcast.funnel.milestones import horizon_of, milestone, step_json, step_named
from leadcast.funnel.paths import FunnelError, Paths, Step
from leadcast.funnel.reaching import Course
from leadcast.funnel.waits import Between, between
from leadcast.funnel.wanted import Chosen, Wanted, chosen
from leadcast.funnel.words import share_said
from leadcast.history import History
from leadcast.metrics.calibration import wilson
from leadcast.metrics.incidence import CENSORED, WON, kaplan_meier
from leadcast.moment import days, days_between
from leadcast.table import NOT_A_TIME, TIME
from leadcast.vocabulary import Vocabulary

HOURS = 24.0
USUAL_HORIZON_DAYS = 60.0
LEAST_IN_BAND = 20
Name = Literal["5m", "1h", "4h", "1d", "3d", "1w", "later", "never"]
BANDS: tuple[tuple[Name, str, float], ...] = (
    ("5m", "within 5 minutes", 5 / 1440), ("1h", "within an hour", 1 / 24), ("4h", "within 4 hours", 4 / 24),
    ("1d", "within a day", 1.0), ("3d", "within 3 days", 3.0), ("1w", "within a week", 7.0),
    ("later", "later", np.inf), ("never", "not before that", np.nan))
"""By name and words, up to how many days; each begins where the one before ends."""
NO_DIRECTION = ("First responses are not told: no event says that it came from us. Map direction under [[events.columns]] in "
                "leadcast.toml.")
AN_ASSOCIATION = "This is an association: who looks promising may be answered sooner."
OF_LEADS = "First responses are those to leads: ask for the path leads or leads_to_deals."


@dataclass(frozen=True)
class FirstResponse:
    """How long leads wait for the first event from us, those who wait still counted too (Kaplan and Meier 1958).

    Who is lost waits no longer.

    Attributes
    ----------
    q25_hours, median_hours, q75_hours : so many were answered by then; None where so many were not yet
    within_hour, within_day : share answered by then, None where nobody is as old
    """

    leads: int
    answered: int
    q25_hours: float | None
    median_hours: float | None
    q75_hours: float | None
    within_hour: float | None
    within_day: float | None


@dataclass(frozen=True)
class Band:
    """Leads that were first answered within a span of time: how many of them reached the stage, with a 95 % interval."""

    name: Name
    label: str
    leads: int
    reached: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Responses:
    """First response against conversion, and the time from MQL to SQL."""

    pipelines: tuple[str, ...]
    step: Step
    horizon_days: float
    response: FirstResponse | None
    bands: tuple[Band, ...]
    left_out: int
    sentence: str
    by: str | None
    start: Step | None
    end: Step | None
    mql_to_sql: tuple[Between, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        waits = None
        if self.start is not None and self.end is not None and self.mql_to_sql:
            whole, *groups = [dict(vars(line)) for line in self.mql_to_sql]
            waits = {"start": step_json(self.start), "end": step_json(self.end), "whole": whole, "groups": groups}
        return {"pipelines": list(self.pipelines), "stage": step_json(self.step), "horizon_days": self.horizon_days,
                "response": None if self.response is None else dict(vars(self.response)),
                "bands": [dict(vars(band)) for band in self.bands], "left_out": self.left_out, "sentence": self.sentence,
                "by": self.by, "mql_to_sql": waits, "notes": list(self.notes)}


def responses_of(
    history: History, wanted: Wanted, as_of: np.datetime64, stage: str | None = None, horizon_days: float | None = None,
    answered_at: np.ndarray | None = None,
) -> Responses:
    """First response against conversion, as known at ``as_of``.

    Leads that are younger than the horizon are left out, and so are those that stood in the stage from the beginning. One that
    reached it before anybody answered counts as not answered before that.

    Parameters
    ----------
    history : with events, unless ``answered_at`` is given
    stage : what they are to reach; None: SQL where there is such a stage, else the last step, the win
    horizon_days : within how long; None: the target's for that stage, else 60
    answered_at : when each lead of the history was first answered, UTC, NaT: not yet; shape (leads,)

    Raises
    ------
    FunnelError : there is no such path, pipeline, column or stage
    """
    those = chosen(history, wanted, as_of)
    goal = goal_of(those.paths, history.vocabulary, stage)
    horizon = horizon_days or horizon_of(history.vocabulary, those.paths.steps[goal]) or USUAL_HORIZON_DAYS
    answered = answers_to(those, answered_at)
    bands: tuple[Band, ...] = ()
    left_out = 0
    if answered is not None:
        bands, left_out = bands_of(those.paths, those.created, answered, goal, horizon, as_of)
    start, end, waits = _mql_to_sql(those)
    return Responses(those.pipelines, those.paths.steps[goal], horizon,
                     None if answered is None else first_response(first_wait(those, answered)), bands, left_out,
                     sentence(bands, those.paths.steps[goal].stage, horizon), wanted.by, start, end, waits,
                     (*those.notes, *_notes(those, answered)))


def goal_of(paths: Paths, vocabulary: Vocabulary, stage: str | None) -> int:
    """The step of a stage; None: SQL where the path has it, else the last.

    Raises
    ------
    FunnelError : the path has no such stage
    """
    sql = milestone(paths.steps, vocabulary, "sql")
    goal = sql if stage is None and sql is not None else step_named(paths, stage)
    if goal == 0:
        raise FunnelError("stage", "that is where everybody begins; name a later one.", paths.steps[0].stage)
    return goal


def first_answers(history: History, as_of: np.datetime64) -> np.ndarray | None:
    """When each lead first heard from us after its creation, as known at ``as_of``; UTC, NaT: not yet; shape (leads,).

    None where no event says that it came from us.
    """
    ours = history.events["direction"] == "from_us"
    if not ours.any():
        return None
    entries = history.linked_events("lead")
    entries = entries.keep(ours[entries.source])
    rows = np.arange(history.leads.rows)
    lead, position = entries.known_pairs(rows, np.full(len(rows), as_of, TIME))
    at = entries.at[position]
    since = at >= history.leads["created_at"][lead]
    found = np.full(len(rows), NOT_A_TIME, TIME)
    np.fmin.at(found, lead[since], at[since])
    return found


def answers_to(those: Chosen, answered_at: np.ndarray | None) -> np.ndarray | None:
    """When each lead of the paths was first answered, shape (n,); None where that cannot be told."""
    if those.entity != "lead":
        return None
    found = first_answers(those.history, those.as_of) if answered_at is None else answered_at
    return None if found is None or np.isnat(found).all() else found[those.paths.rows]


def first_wait(those: Chosen, answered: np.ndarray) -> Course:
    """From the creation of each to the first response; who had none waits until lost, or until now.

    Parameters
    ----------
    answered : UTC, NaT: not yet; shape (n,)
    """
    end = np.fmin(those.paths.ended_at, those.as_of)
    came = answered <= end  # of whoever is lost nobody knows how long the wait would have been
    places = np.flatnonzero(~np.isnat(those.created))
    waited = np.maximum(days_between(those.created, np.where(came, answered, end))[places], 0.0)
    return Course(places, those.created[places], waited, np.where(came, WON, CENSORED)[places])


def first_response(way: Course) -> FirstResponse | None:
    """How long they wait; None where nobody has a date.

    Parameters
    ----------
    way : from creation to the first response

    Examples
    --------
    Of four, two were answered after 1 and 5 hours; two wait since 2 and 30.

    >>> created = np.full(4, np.datetime64("2026-03-01", "us"))
    >>> found = first_response(Course(np.arange(4), created, np.array([1, 5, 2, 30]) / 24, np.array([1, 1, 0, 0])))
    >>> found.answered, found.q25_hours, found.median_hours, found.within_hour, found.within_day
    (2, 1.0, 5.0, 0.25, 0.625)
    """
    if not len(way):
        return None
    waited, came = way.days, way.event == WON
    still = kaplan_meier(waited, came)
    q25, median, q75 = (None if day is None else day * HOURS for day in quartiles(waited, came))
    within = [float(1 - still.at(np.array([day]))[0]) if (waited[~came] >= day).any() or came.all() or still.days[-1] >= day
              else None for day in (1 / HOURS, 1.0)]
    return FirstResponse(len(way), int(came.sum()), q25, median, q75, *within)


def bands_of(
    paths: Paths, created: np.ndarray, answered: np.ndarray, goal: int, horizon: float, as_of: np.datetime64
) -> tuple[tuple[Band, ...], int]:
    """(by how soon they were answered, how many reached the step within the horizon; how many cannot be judged).

    Parameters
    ----------
    created, answered : UTC, shape (n,); answered NaT: not yet
    """
    waited, took = days_between(created, answered), days_between(created, paths.reached_at[:, goal])
    waited[took < waited] = np.nan
    judged = (created + days(horizon) <= as_of) & ~((paths.furthest >= goal) & ~(took > 0))
    reached, found, begins = took <= horizon, [], -np.inf
    for name, label, ends in BANDS:
        inside = judged & (np.isnan(waited) if name == "never" else (waited > begins) & (waited <= ends))
        count, came = int(inside.sum()), int((inside & reached).sum())
        low, high = wilson(came / count, count) if count else (None, None)
        found.append(Band(name, label, count, came, share_of(came, count), low, high))
        begins = ends
    return tuple(found), int((~judged).sum())


def _mql_to_sql(those: Chosen) -> tuple[Step | None, Step | None, tuple[Between, ...]]:
    steps, words = those.paths.steps, those.history.vocabulary
    start, end = milestone(steps, words, "mql"), milestone(steps, words, "sql")
    if start is None or end is None or start >= end:
        return None, None, ()
    lines = [between(those.paths, start, end, those.as_of),
             *(between(those.paths.take(mask), start, end, those.as_of, name) for name, mask in those.groups())]
    return steps[start], steps[end], tuple(lines)


def sentence(bands: Sequence[Band], stage: str, horizon: float) -> str:
    """The quickest and the slowest of the bands that hold enough, for a person to read.

    Examples
    --------
    >>> print(sentence([Band("1h", "within an hour", 50, 20, 0.4, 0.28, 0.54), Band("later", "later", 99, 10, 0.1, 0.05, 0.2)],
    ...                "sql", 60.0))
    Of those answered within an hour, 40 % reached sql within 60 days; of those answered later, 10 %. This is an association: \
who looks promising may be answered sooner.
    """
    enough = [band for band in bands if band.name != "never" and band.leads >= LEAST_IN_BAND and band.share is not None]
    if len(enough) < 2:
        return ""
    first, last = enough[0], enough[-1]
    return (f"Of those answered {first.label}, {share_said(first.share or 0.0)} reached {stage} within {horizon:g} days; "
            f"of those answered {last.label}, {share_said(last.share or 0.0)}. {AN_ASSOCIATION}")


def _notes(those: Chosen, answered: np.ndarray | None) -> list[str]:
    if those.entity != "lead":
        return [OF_LEADS]
    return [NO_DIRECTION] if answered is None else []
