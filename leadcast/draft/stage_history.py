"""Stages from rows that say when one was entered: a table of its own, or one of the changes of all fields."""

from dataclasses import replace

import pandas as pd

from leadcast.draft.changes import Rows, rows_about
from leadcast.draft.order import by_precedence
from leadcast.draft.plan import Plan
from leadcast.draft.profile import TableProfile
from leadcast.draft.staging import MOST_STAGES, Stages, note_closings, without_blanks
from leadcast.draft.words import says

STAGE_FIELDS = r"\w*stage\w*|status|lead_?status|stage_?name|phase"


def from_history(plan: Plan, role: str, profile: TableProfile) -> Stages | None:
    """The first table that has a stage and a time for each of its rows about these leads or deals."""
    for table in (*plan.facts.of("stages"), *plan.facts.of("field_history")):
        rows = rows_about(plan, table, role)
        time = table.find("changed_at", "time") or next((c.name for c in table.of_kind("time")), None)
        stage = table.find("new") or table.find("stage", "category")
        if rows and plan.facts.roles[table.name] == "field_history":
            rows = _only_stages(rows, table, stage)
        if rows and stage and time:
            plan.of(table)
            return _stages(plan, role, table, rows, stage, time)
    return None


def _only_stages(rows: Rows, table: TableProfile, stage: str | None) -> Rows | None:
    """Of the changes of all fields those of the stage: the field with the most of them."""
    field = table.find("field", "category")
    if field is None or stage is None:
        return None
    names = [name for name in rows.frame[field].value_counts().index
             if says(STAGE_FIELDS, name) and 1 <= rows.frame[stage][rows.frame[field] == name].nunique() <= MOST_STAGES]
    if not names:
        return None
    best = sorted(names, key=lambda name: not says(r"\w*stage\w*", name))[0]
    return replace(rows, where={**rows.where, field: best}, frame=rows.frame[rows.frame[field] == best])


def _stages(plan: Plan, role: str, table: TableProfile, rows: Rows, stage: str, time: str) -> Stages:
    old = table.find("old", but=(stage, time))
    columns = {"id": rows.column, "stage": stage, "old_stage": old, "entered_at": time,
               "recorded_at": table.find("recorded_at", "time", but=(time,)),
               "reason": table.find("reason", "category", but=(stage,))}
    source = {"from": "rows", "table": table.name, "where": rows.where, "columns": without_blanks(columns)}
    at = table.moments(time)[rows.frame.index]
    order = _order(rows.frame, rows.column, stage, old, at)
    note_closings(plan, role, rows.frame[rows.column], rows.frame[stage], at)
    entries = pd.DataFrame({"id": rows.frame[rows.column], "stage": rows.frame[stage]})
    return Stages(role, [source], order, dated=order, entries=entries)


def _order(frame: pd.DataFrame, key: str, stage: str, old: str | None, at: pd.Series) -> list[str]:
    """By who comes before whom; the first old value of each comes before its first new one."""
    entries = pd.DataFrame({"id": frame[key], "stage": frame[stage], "at": at.rank()})
    if old:
        first = entries.assign(stage=frame[old]).sort_values("at").drop_duplicates("id").assign(at=0.0)
        entries = pd.concat([first, entries])
    entries = entries.dropna()
    return by_precedence(entries["id"], entries["stage"], entries["at"])
