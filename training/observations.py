"""When leads and deals are looked at for training: a plan that follows the data's own pace."""

from dataclasses import dataclass

import numpy as np

from leadcast.errors import TooLittleData, WorkspaceError
from leadcast.history import History
from leadcast.moment import minute
from leadcast.observations import Observations, is_open, stages_reached
from leadcast.records import records_from
from leadcast.settled import arrivals, final_outcomes, is_settled
from leadcast.table import TIME
from leadcast.vocabulary import Target
from training.calendar_looks import calendar_days, with_calendar

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
DOUBLINGS = (2.0, 4.0, 8.0)
USUAL_DAYS = (1.0, 3.0, 7.0, 14.0, 30.0)
MOST = 12
DAY = 86_400_000_000


@dataclass(frozen=True)
class Plan:
    """Looks at every lead or deal: on creation, on each stage entry, and these days after creation, while it is open.

    Whether a look is taken depends only on what was known by then (the first ``most`` of each entity are kept), and all
    looks weigh the same. Dividing by the number an entity ends up with would favour those that closed soon, and every
    probability would be wrong: how many looks there are is known only at the outcome. Outcomes without a date allow no look
    but the one on creation (``once``): nobody knows who was still open later.

    Attributes
    ----------
    days : days of the calendar on which everyone open is looked at as well, as a forecast would; UTC, shape (d,), may be empty
    since : looks before it are left out, since outcomes are not on record; None = none are
    """

    after_days: tuple[float, ...]
    most: int = MOST
    once: bool = False
    days: tuple[np.datetime64, ...] = ()
    since: np.datetime64 | None = None

    def describe(self, entity: str) -> str:
        if self.once:
            return f"once, as each {entity} came: the export tells how it ended, not when"
        times = ", ".join(_duration(days) for days in self.after_days)
        calendar = f", and on {len(self.days)} days of the calendar at everyone open" if self.days else ""
        since = "" if self.since is None else f"; none before {str(self.since)[:10]}, from when on outcomes are on record"
        return (f"on creation, on each stage entry and {times} after creation, while the {entity} is open; "
                f"at most {self.most} looks each{calendar}{since}")


def plan_looks(history: History, target: Target) -> Plan:
    """The plan of looks: quantiles of the time from creation to the target or the close, then doublings for those that wait.

    As long as nothing has ended: 1 to 30 days after creation, then doublings.

    Raises
    ------
    TooLittleData : there is nothing to look at, or no stage that the target could be reached by
    WorkspaceError : leads (or deals) without dates come with dated events, changes or stages
    """
    created = history.entities(target.entity)["created_at"]
    if not len(created):
        until = minute(history.end)
        raise TooLittleData(f"{target.name}: no {target.entity} is known by {until}. Load more, or train as of later.")
    _refuse_unmapped(history, target)
    _refuse_dated_pasts(history, target)
    if is_settled(history, target):
        _refuse_one_ending(history, target)
        return Plan((), most=1, once=True)
    ended = _first_end(history, target)
    taken = ended - created
    taken = taken[~np.isnat(taken) & (taken > np.timedelta64(0, "us"))].astype("int64") / DAY
    quantiles = np.quantile(taken, QUANTILES) if len(taken) else np.array(USUAL_DAYS)
    looks = np.concatenate([quantiles, quantiles[-1] * np.array(DOUBLINGS)])
    longest = (history.end - np.fmin.reduce(created)).astype("int64") / DAY
    after = tuple(float(d) for d in np.unique(looks) if 0 < d < longest)
    since = records_from(history, target)
    return Plan(after, days=calendar_days(history, target, taken, since), since=since)


def build_index(history: History, target: Target, plan: Plan) -> Observations:
    """Every look of the plan at an open lead or deal, sorted by entity and time, all of the same weight."""
    entity = target.entity
    if plan.once:
        came = arrivals(history, entity)
        row = np.flatnonzero(~np.isnat(came))
        return Observations(entity, history.ids(entity)[row], came[row], np.ones(len(row)))
    created = history.entities(entity)["created_at"]
    rows, times = [np.arange(len(created))], [created]
    for days in plan.after_days:
        rows.append(rows[0])
        times.append(created + np.timedelta64(round(days * DAY), "us"))
    entries = history.stage_entries(entity)
    row, as_of = np.concatenate([*rows, entries.owner]), np.concatenate([*times, entries.known]).astype(TIME)
    taken = ~np.isnat(as_of) & (as_of <= history.end)
    row, as_of = row[taken], as_of[taken]
    taken = is_open(history, target, row, as_of)
    row, as_of = _first_looks(row[taken], as_of[taken], plan.most)
    row, as_of = with_calendar(history, target, row, as_of, plan.days)
    if plan.since is not None:
        row, as_of = row[as_of >= plan.since], as_of[as_of >= plan.since]
    return Observations(entity, history.ids(entity)[row], as_of, np.full(len(row), 1.0 / plan.most))


def _refuse_one_ending(history: History, target: Target) -> None:
    """Final outcomes of one kind only teach nothing; mostly the mapping does not say what the other kind is."""
    outcome = final_outcomes(history, target)
    reached, missed, open_ = int((outcome == 1).sum()), int((outcome == 0).sum()), int(np.isnan(outcome).sum())
    if not reached or not missed:
        raise TooLittleData(
            f"{target.name}: of {len(outcome):,} {target.entity} rows {reached:,} ended in {' or '.join(target.stages)}, "
            f"{missed:,} otherwise, and {open_:,} count as open; there is nothing to tell apart. Say under [[stages]] in "
            f'leadcast.toml which values of the outcome mean won and which lost (lost = ["..."], or blank = "lost" where no '
            f"value means so)."
        )


def _refuse_unmapped(history: History, target: Target) -> None:
    known = {stage for p in history.vocabulary.pipelines_of(target.entity) for stage in p.stages + p.closed}
    if not known & set(target.stages):
        raise TooLittleData(
            f"{target.name}: no pipeline of the {target.entity} table has a stage {' or '.join(target.stages) or '(none)'}, "
            f"so nobody can reach it. Map it under [[pipelines]] and [stages] in leadcast.toml."
        )


def _refuse_dated_pasts(history: History, target: Target) -> None:
    """Without a date of creation nobody can say what of a dated past was known when a lead came."""
    entity = target.entity
    if not history.undated(entity):
        return
    stages = history.stages["entered_at"][history.stage_entries(entity).source]
    leads = history.lead_rows[history.lead_rows >= 0] if entity == "opportunity" else np.empty(0, np.int64)
    dated = {
        "events": len(history.linked_events(entity).source), "stage entries": int((~np.isnat(stages)).sum()),
        "changes of fields": int((history.fields["entity"] == entity).sum()),
        "leads": int((~np.isnat(history.leads["created_at"][leads])).sum()),
    }
    found = ", ".join(f"{count:,} {what}" for what, count in dated.items() if count)
    if found:
        table = "leads" if entity == "lead" else "opportunities"
        raise WorkspaceError(
            f"{target.name}: no row of {table} has a date of creation, but {found} of theirs have dates, and nobody can say "
            f"which of these were known when a row came. Map created_at under [{table}.columns] in leadcast.toml, or leave "
            f"them out to train on a static export."
        )


def _first_looks(row: np.ndarray, as_of: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Sorted by entity and time, no look twice, the first ``most`` of each entity."""
    order = np.lexsort((as_of, row))
    row, as_of = row[order], as_of[order]
    new = np.append(True, (np.diff(row) != 0) | (np.diff(as_of) != np.timedelta64(0, "us")))[: len(row)]
    row, as_of = row[new], as_of[new]
    within = np.arange(len(row)) - np.searchsorted(row, row, "left")
    return row[within < most], as_of[within < most]


def _first_end(history: History, target: Target) -> np.ndarray:
    """When each entity was first known to be past the target or closed, NaT where neither; shape (entities,)."""
    ends = stages_reached(history, target) | history.vocabulary.closed(target.entity)
    return history.entered(target.entity, ends).first_known()


def _duration(days: float) -> str:
    for size, unit in ((1.0, "d"), (1 / 24, "h"), (1 / 1440, "min")):
        if days >= size:
            return f"{days / size:.3g} {unit}"
    return f"{days * 86400:.2g} s"
