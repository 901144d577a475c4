"""How far each lead or deal has come through its stages, and how long it stayed in each: what funnels are counted from."""

from dataclasses import dataclass

import numpy as np

from leadcast.errors import LeadcastError
from leadcast.funnel.visits import ELSEWHERE, LOST, Visits, first_reached
from leadcast.grouping import group_values
from leadcast.history import History
from leadcast.moment import days_between
from leadcast.table import NOT_A_TIME, TIME
from leadcast.vocabulary import Entity, Pipeline


class FunnelError(LeadcastError):
    """A funnel of something that is not there.

    Attributes
    ----------
    field : what was asked wrongly: path, pipeline, by, ...
    said : what is wrong with it, without the value that was asked
    """

    def __init__(self, field: str, said: str, found: str = "") -> None:
        super().__init__(f"{field}{f' {found}' if found else ''}: {said}")
        self.field, self.said = field, said


@dataclass(frozen=True)
class Step:
    """A stage of a path; the won stages of a pipeline are its last step together."""

    entity: Entity
    stage: str


@dataclass(frozen=True, eq=False)
class Paths:
    """One row per lead or deal, as known at one moment.

    Attributes
    ----------
    entity : what the rows are: of a path from leads to deals, leads
    rows : where each stands in its table, shape (n,)
    furthest : the last step it has reached, shape (n,); stages that were left out on the way count as passed
    current : the step in which it stands now, -1 = lost, -2 = in a stage that is not of the path; shape (n,)
    won : closed as won; shape (n,)
    days : in each step, all stays together; NaN where it never was there or nobody knows how long; shape (n, steps)
    left : whether that stay is over, shape (n, steps)
    cycle : days from creation to the win, NaN where it is not won; shape (n,)
    amount : of the deal, NaN where there is none; shape (n,)
    reached_at : when it first came as far as each step or further, UTC; NaT where it did not, or nobody knows when;
        shape (n, steps)
    ended_at : when it was closed as lost, NaT where it is not; shape (n,)
    """

    entity: Entity
    steps: tuple[Step, ...]
    rows: np.ndarray
    furthest: np.ndarray
    current: np.ndarray
    won: np.ndarray
    days: np.ndarray
    left: np.ndarray
    cycle: np.ndarray
    amount: np.ndarray
    reached_at: np.ndarray
    ended_at: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def lost(self) -> np.ndarray:
        """Closed as lost, shape (n,)."""
        return self.current == LOST

    def take(self, mask: np.ndarray) -> "Paths":
        """Some of the rows, by a mask or by places."""
        return Paths(self.entity, self.steps, *(getattr(self, name)[mask] for name in _EACH))


_EACH = ("rows", "furthest", "current", "won", "days", "left", "cycle", "amount", "reached_at", "ended_at")


def steps_of(pipeline: Pipeline) -> tuple[Step, ...]:
    """The stages that lead to the win, in order, and the win.

    Examples
    --------
    >>> [step.stage for step in steps_of(Pipeline("lead", "p", ("new", "lost", "sql", "won"), ("won",), ("lost",)))]
    ['new', 'sql', 'won']
    """
    on_the_way = [stage for stage in pipeline.stages if stage not in pipeline.closed]
    return tuple(Step(pipeline.entity, stage) for stage in [*on_the_way, *([" / ".join(pipeline.won)] if pipeline.won else [])])


def paths_of(
    history: History, pipeline: Pipeline, as_of: np.datetime64, until: np.ndarray | None = None
) -> Paths:
    """The paths of everyone in a pipeline who had begun, as known at ``as_of``.

    Each begins in the first stage at its creation, unless the record says that it began in another. Coming back to a stage makes
    its stay longer; a stay that the record does not date has no length. What was won and opened again has passed every stage but
    the win.

    Parameters
    ----------
    until : by row of the table, when what comes after the path took over, UTC, NaT: never; stays end then at the latest

    Raises
    ------
    FunnelError : the pipeline has no stage but those that end it
    """
    entity, steps, rows = pipeline.entity, steps_of(pipeline), _members(history, pipeline, as_of)
    won_steps = 1 if pipeline.won else 0
    if len(steps) == won_steps:
        raise FunnelError("pipeline", f"{pipeline.name} has no stage before its end, so that there is no way to count.")
    code = _codes(history, pipeline, len(steps))
    entries, when = history.stage_entries(entity), np.full(len(rows), as_of, TIME)
    asked, position = entries.known_pairs(rows, when)
    furthest = np.zeros(len(rows), np.int64)
    np.maximum.at(furthest, asked, code[entries.source[position]])
    visits = Visits.of(history, entity, rows, as_of, code, None if until is None else until[rows])
    current = visits.current(len(rows))
    won = (current == len(steps) - 1) & bool(won_steps)
    on_the_way = len(steps) - won_steps
    furthest = np.where(won, len(steps) - 1, np.minimum(furthest, on_the_way - 1))
    days, left = visits.stays(len(rows), len(steps), on_the_way)
    created, last_at = history.entities(entity)["created_at"][rows], visits.last_at(len(rows))
    cycle = np.maximum(np.where(won, days_between(created, last_at), np.nan), 0.0)
    first = first_reached(created, asked, code[entries.source[position]], history.stages["entered_at"][entries.source[position]],
                          furthest, len(steps))
    ended_at = np.where(current == LOST, last_at, NOT_A_TIME)
    return Paths(entity, steps, rows, furthest, current, won, days, left, cycle, _amounts(history, entity, rows, as_of), first,
                 ended_at)


def joined_paths(
    history: History, leads: Pipeline, deals: Pipeline, as_of: np.datetime64, owners: frozenset[str] | None = None
) -> Paths:
    """The paths of leads, each followed on by its deal: of several, the one that came furthest, a won one first, then the oldest.

    A lead with a deal has passed every stage of leads, at the latest when the deal began: its stays there end then. One that was
    converted and has no deal stands in its last stage.

    Parameters
    ----------
    owners : only their deals are followed; None: everybody's

    Raises
    ------
    FunnelError : no deal names its lead
    """
    of_deals = paths_of(history, deals, as_of)
    if not (history.lead_rows[of_deals.rows] >= 0).any():
        raise FunnelError("path", "no deal names its lead, so that the two cannot be joined. Map lead_id under "
                          "[opportunities.columns].")
    if owners is not None:
        owner = group_values(history, "opportunity", "owner", of_deals.rows, as_of)
        of_deals = of_deals.take(np.array([name in owners for name in owner], bool))
    own = paths_of(history, leads, as_of, _deal_began(history, of_deals))
    place, deal = _deal_of_each(history, own, of_deals)
    return _followed(history, own, place, of_deals.take(deal))


def _followed(history: History, own: Paths, place: np.ndarray, more: Paths) -> Paths:
    """Leads, those at ``place`` each going on along the deal in the same place of ``more``."""
    first = len(own.steps)
    furthest, current, won, ended_at = own.furthest.copy(), own.current.copy(), np.zeros(len(own), bool), own.ended_at.copy()
    furthest[place], won[place], ended_at[place] = first + more.furthest, more.won, more.ended_at
    current[place] = np.where(more.current >= 0, first + more.current, more.current)
    days, left = (np.hstack([mine, _placed(theirs, place, len(own))]) for mine, theirs in (
        (own.days, more.days), (own.left.astype(float), more.left.astype(float))))
    cycle, amount = np.full(len(own), np.nan), np.full(len(own), np.nan)
    begun = history.opportunities["created_at"][more.rows]
    lag = days_between(history.leads["created_at"][own.rows[place]], begun)
    cycle[place], amount[place] = np.maximum(more.cycle + lag, 0.0), more.amount
    reached_at, theirs = own.reached_at.copy(), np.full((len(own), len(more.steps)), NOT_A_TIME, TIME)
    reached_at[place] = np.fmin(reached_at[place], begun[:, None])
    theirs[place] = more.reached_at
    return Paths("lead", own.steps + more.steps, own.rows, furthest, current, won, days, left == 1.0, cycle, amount,
                 np.hstack([reached_at, theirs]), ended_at)


# ---- who, and what is known of each ---------------------------------------------------------------------------


def _members(history: History, pipeline: Pipeline, as_of: np.datetime64) -> np.ndarray:
    """The rows of those in a pipeline; who names none, or one that is not declared, is in the first."""
    entity, table = pipeline.entity, history.entities(pipeline.entity)
    rows = np.arange(table.rows)
    begun = history.begun(entity, rows, np.full(table.rows, as_of, TIME))
    declared = history.vocabulary.pipelines_of(entity)
    named = {p.name for p in declared}
    is_first = declared[0].name == pipeline.name
    mine = np.array([name == pipeline.name or (is_first and name not in named) for name in table["pipeline"]], bool)
    return np.flatnonzero(begun & mine)


def _codes(history: History, pipeline: Pipeline, steps: int) -> np.ndarray:
    """The step of every row of the history's stages, ``LOST`` or ``ELSEWHERE``; shape (stages,)."""
    of = {step.stage: place for place, step in enumerate(steps_of(pipeline))}
    of |= dict.fromkeys(pipeline.won, steps - 1) | dict.fromkeys(pipeline.lost, LOST)
    codes, names = history.stages.coded("stage")
    return np.array([*(of.get(name, ELSEWHERE) for name in names), ELSEWHERE], np.int64)[codes]


def _amounts(history: History, entity: Entity, rows: np.ndarray, as_of: np.datetime64) -> np.ndarray:
    if "amount" not in history.entities(entity):
        return np.full(len(rows), np.nan)
    return history.value_at(entity, "amount", rows, np.full(len(rows), as_of, TIME)).astype(float)


def _deal_began(history: History, deals: Paths) -> np.ndarray:
    """When the first deal of each lead began, NaT where it has none; shape (leads,)."""
    found = np.full(history.leads.rows, NOT_A_TIME, TIME)
    lead = history.lead_rows[deals.rows]
    np.fmin.at(found, lead[lead >= 0], history.opportunities["created_at"][deals.rows[lead >= 0]])
    return found


def _deal_of_each(history: History, leads: Paths, deals: Paths) -> tuple[np.ndarray, np.ndarray]:
    """(places of leads that have a deal, the deal of each), into the two paths."""
    at = np.full(history.leads.rows + 1, -1, np.int64)
    at[leads.rows] = np.arange(len(leads))
    place = at[history.lead_rows[deals.rows]]
    created = history.opportunities["created_at"][deals.rows].astype(np.int64)
    order = np.lexsort((created, -deals.furthest, ~deals.won, place))
    order = order[place[order] >= 0]
    first = np.diff(place[order], prepend=-1) != 0
    return place[order[first]], order[first]


def _placed(values: np.ndarray, place: np.ndarray, rows: int) -> np.ndarray:
    found = np.full((rows, values.shape[1]), np.nan)
    found[place] = values
    return found
