"""Where leads come from: what each source brought, what it cost, and how soon it was served."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from leadcast.forecast import NO_ONE
from leadcast.funnel.costs import COLUMNS, costs_by
from leadcast.funnel.counts import share_of, velocity_notes, velocity_of
from leadcast.funnel.milestones import first_of_deals, horizon_of, milestone, step_json
from leadcast.funnel.paths import Step
from leadcast.funnel.reaching import Course
from leadcast.funnel.response import (
    HOURS,
    NO_DIRECTION,
    OF_LEADS,
    USUAL_HORIZON_DAYS,
    FirstResponse,
    answers_to,
    first_response,
    first_wait,
    goal_of,
)
from leadcast.funnel.served import LEAST, Served, worst_of
from leadcast.funnel.wanted import OTHERS, Chosen, Wanted, chosen
from leadcast.funnel.words import duration_said, share_said
from leadcast.grouping import SOURCE, group_columns
from leadcast.history import History
from leadcast.moment import days, days_between


@dataclass(frozen=True)
class Calendar:
    """Where the days and the fiscal year of the workspace begin."""

    timezone: str | None = None
    fiscal_start_month: int = 1


@dataclass(frozen=True)
class Source:
    """What came from one source; what cannot be told is None.

    Attributes
    ----------
    mql, sql, deals, won : how many came as far as that; None where the path has no such stage
    amount_won : of won deals; ``per_day`` is the velocity
    cost : of the campaigns, of the days asked for
    conversion, judged : share that reached the goal within the horizon, of those that are as old and did not begin there, and how
        many these are
    served_rank : 1 waits longest for a first response; None of too few leads, of those without a source and of the rest together
    """

    name: str | None
    entered: int
    leads: int | None
    mql: int | None
    sql: int | None
    deals: int | None
    won: int
    lost: int
    open: int
    win_rate: float | None
    amount_won: float | None
    average_amount: float | None
    cycle_days: float | None
    per_day: float | None
    response: FirstResponse | None
    conversion: float | None
    judged: int
    cost: float | None = None
    served_rank: int | None = None
    sentence: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        each = {"lead": self.leads, "mql": self.mql, "sql": self.sql, "win": self.won}
        costs = {f"cost_per_{name}": self.cost / count if self.cost is not None and count else None
                 for name, count in each.items()}
        brought = self.amount_won / self.cost if self.cost and self.amount_won is not None else None
        return {**vars(self), **costs, "return_on_cost": brought,
                "response": None if self.response is None else dict(vars(self.response))}


@dataclass(frozen=True)
class Sources:
    """By source, or another column, the largest first."""

    pipelines: tuple[str, ...]
    by: str
    step: Step
    horizon_days: float
    whole: Source
    sources: tuple[Source, ...]
    worst_served: Source | None
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"pipelines": list(self.pipelines), "by": self.by, "stage": step_json(self.step),
                "horizon_days": self.horizon_days, "whole": self.whole.to_json(),
                "sources": [source.to_json() for source in self.sources],
                "worst_served": None if self.worst_served is None else self.worst_served.to_json(), "notes": list(self.notes)}


def sources_of(
    history: History, wanted: Wanted, as_of: np.datetime64, answered_at: np.ndarray | None = None,
    calendar: Calendar | None = None,
) -> Sources:
    """What each source brought, as known at ``as_of``; ``wanted.by`` may name another column than the source.

    Where nobody's source is known, only the whole is told, with a note.

    Parameters
    ----------
    history : with events, unless ``answered_at`` is given
    answered_at : when each lead of the history was first answered, UTC, NaT: not yet; shape (leads,)

    Raises
    ------
    FunnelError : there is no such path, pipeline or column
    """
    those, by = chosen(history, wanted, as_of), wanted.by or SOURCE
    known = by in group_columns(history, those.entity)
    goal = goal_of(those.paths, history.vocabulary, None)
    horizon = horizon_of(history.vocabulary, those.paths.steps[goal]) or USUAL_HORIZON_DAYS
    answered = answers_to(those, answered_at)
    way = None if answered is None else first_wait(those, answered)
    groups = those.groups(by) if known else []
    counted = [_source(those, mask, way, goal, horizon, name) for name, mask in groups]
    costs, notes = _costs(those, by, calendar or Calendar(), [source.name for source in counted])
    whole = _source(those, np.ones(len(those.paths), bool), way, goal, horizon, None)
    if costs is not None:
        counted = [replace(source, cost=costs.get(source.name)) for source in counted]
        whole = replace(whole, cost=sum(costs.values()))
    stage = those.paths.steps[goal].stage
    ranked = _served(counted, stage, horizon)
    if all(source.name == NO_ONE for source in counted):
        notes.append(f"Nobody's {by} is known. Map it in leadcast.toml, or ask by another column: "
                     f"{', '.join(column for column in group_columns(history, those.entity) if column != by)}.")
    if way is None:
        notes.append(NO_DIRECTION if those.entity == "lead" else OF_LEADS)
    return Sources(those.pipelines, by, those.paths.steps[goal], horizon, whole, tuple(ranked),
                   worst_served(ranked, [mask for _, mask in groups], way), (*those.notes, *velocity_notes(those.paths), *notes))


def _source(
    those: Chosen, mask: np.ndarray, way: Course | None, goal: int, horizon: float, name: str | None
) -> Source:
    paths, created, words = those.paths.take(mask), those.created[mask], those.history.vocabulary
    won, lost = int(paths.won.sum()), int(paths.lost.sum())
    places = milestone(paths.steps, words, "mql"), milestone(paths.steps, words, "sql"), first_of_deals(paths.steps)
    mql, sql, deals = (None if place is None else int((paths.furthest >= place).sum()) for place in places)
    velocity, amounts = velocity_of(paths, won, lost), paths.amount[paths.won & ~np.isnan(paths.amount)]
    took = days_between(created, paths.reached_at[:, goal])
    old = (created + days(horizon) <= those.as_of) & ~((paths.furthest >= goal) & ~(took > 0))
    return Source(
        name, len(paths), len(paths) if paths.entity == "lead" else None, mql, sql, deals, won, lost, len(paths) - won - lost,
        velocity.win_rate, float(amounts.sum()) if not np.isnan(those.paths.amount).all() else None, velocity.average_amount,
        velocity.cycle_days, velocity.per_day,
        None if way is None else first_response(way.take(mask[way.places])),
        share_of(int((old & (took <= horizon)).sum()), int(old.sum())), int(old.sum()))


# ---- costs ----------------------------------------------------------------------------------------------------


def _costs(
    those: Chosen, by: str, calendar: Calendar, names: Sequence[str | None]
) -> tuple[Mapping[str | None, float] | None, list[str]]:
    """(cost by name, None where it cannot be told; what a reader should know)."""
    table, wanted = those.history.costs, those.wanted
    if not table.rows:
        return None, []
    if by not in COLUMNS or not wanted.only(*COLUMNS):
        return None, ["Costs are of all leads of a source or campaign: they are told by source or campaign, and not for a part "
                      "of its leads."]
    for _, column, value in wanted.values():
        table = table.take(table[column] == value)
    end = those.as_of if wanted.end is None else min(wanted.end, those.as_of)
    found = costs_by(table, by, wanted.start, end, calendar.timezone, calendar.fiscal_start_month)
    strange = sorted(str(name or "(none)") for name in found if name not in names)
    if not strange or OTHERS in names:
        return found, []
    return found, [f"There are costs of {', '.join(strange[:5])}{' and others' if len(strange) > 5 else ''}, from which nobody "
                   "came: only the whole holds them."]


# ---- who is served worst --------------------------------------------------------------------------------------


def _served(sources: Sequence[Source], stage: str, horizon: float) -> list[Source]:
    """The same, with their rank by how long they wait for a first response, and a sentence."""
    told = [place for place, source in enumerate(sources) if _can_tell(source)]
    order = sorted(told, key=lambda place: (-_waits(sources[place]), -sources[place].entered))
    rank = {place: number for number, place in enumerate(order, start=1)}
    return [replace(source, served_rank=rank.get(place), sentence=_sentence(source, _others(sources, place), stage, horizon))
            for place, source in enumerate(sources)]


def worst_served(sources: Sequence[Source], masks: Sequence[np.ndarray], way: Course | None) -> Source | None:
    """The source that waits longest, of those that wait longer and convert less than the others beyond chance; None: nobody.

    Parameters
    ----------
    masks : which leads are each source's own, each of shape (n,)
    way : of every lead from its creation to the first response
    """
    if way is None:
        return None
    served = [Served(source.served_rank, mask, round((source.conversion or 0.0) * source.judged), source.judged)
              for source, mask in zip(sources, masks, strict=True)]
    place = worst_of(served, way)
    return None if place is None else sources[place]


def _can_tell(source: Source) -> bool:
    return source.response is not None and source.response.leads >= LEAST and source.name not in (NO_ONE, OTHERS)


def _waits(source: Source) -> float:
    median = None if source.response is None else source.response.median_hours
    return np.inf if median is None else median


def _others(sources: Sequence[Source], place: int) -> float | None:
    """The conversion of all other sources together."""
    others = [source for number, source in enumerate(sources) if number != place and source.conversion is not None]
    judged = sum(source.judged for source in others)
    return sum((source.conversion or 0.0) * source.judged for source in others) / judged if judged else None


def _sentence(source: Source, others: float | None, stage: str, horizon: float) -> str:
    """For a person to read; empty where too little is known."""
    said = []
    if _can_tell(source) and source.response is not None:
        median, within = source.response.median_hours, source.response.within_day
        waits = "not half of them have had a first response yet" if median is None else (
            f"half wait {duration_said(median / HOURS)} or more for a first response")
        said.append(waits + ("" if within is None else f", {share_said(within)} hear within a day"))
    if source.conversion is not None and source.judged >= LEAST and others is not None:
        said.append(f"{share_said(source.conversion)} reach {stage} within {horizon:g} days, from elsewhere {share_said(others)}")
    return f"{source.name}: {'; '.join(said)}." if said else ""
