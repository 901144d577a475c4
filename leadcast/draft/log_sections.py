"""The sections of a log: its cases as leads, the deals that one of its activities opens, its events."""

from typing import Any

import pandas as pd

from leadcast.draft.attributes import write_attributes
from leadcast.draft.events import COME_WITH_THE_OUTCOME, event_columns, written_with
from leadcast.draft.log import Log
from leadcast.draft.plan import ENTITIES, EVENTS, Plan, TablePlan
from leadcast.draft.staging import without_blanks

MAY_CHANGE = 0.5
"""The share of cases in which what belongs to the case may be written in two ways; the first row is known at the start."""


def write_log(plan: Plan, log: Log) -> None:
    """Leads from a log alone; its deals; its events."""
    table = plan.of(log.profile)
    if log.alone:
        plan.derived["cases"] = ("a lead is the first event of its case", {
            "of": log.profile.name, "first_of": {"by": log.case, "order": _order(log)}})
        _leads(plan, log, table)
    if log.opening:
        _deals(plan, log)
    _events(plan, log)


def _order(log: Log) -> list[str]:
    """A number that counts a case's events, else their time."""
    return [log.profile.find("sequence", "number", but=(log.case,)) or log.time]


def amount_of(plan: Plan, log: Log) -> str | None:
    """What a deal is worth: a number filled where deals open and seldom elsewhere, or one of the case."""
    cases = plan.facts.one("leads")
    if log.opening is None or not log.alone:
        return cases.find("amount", "number") if cases and log.opening else None
    frame, usual = log.profile.frame, log.profile.find("amount", "number")
    mine = frame[frame[log.activity] == log.opening]
    full = [c.name for c in log.profile.of_kind("number") if mine[c.name].notna().mean() > 0.5]
    return next((n for n in full if n == usual or (n not in _order(log) and frame[n].notna().mean() < 0.3)), None)


def _leads(plan: Plan, log: Log, table: TablePlan) -> None:
    profile = log.profile
    columns = {"lead_id": log.case, "created_at": log.time, "source": profile.find("source", "category")}
    section = plan.sheet.section(ENTITIES, "[leads]")
    section.set("table", "cases")
    section.set("columns", without_blanks(columns))
    of_events = (log.activity, *(event_columns(profile, {}) or {}).values(), *_of_events(log))
    write_attributes(plan, section, "log", table, columns, of_events)


def _of_events(log: Log) -> list[str]:
    """Columns that belong to events: they change within a case, or stand on few of its rows."""
    profile = log.profile
    frame = profile.frame.mask(profile.frame.isin([word for c in profile.columns for word in c.missing_words]))
    cases = frame.groupby(log.case)
    several, filled = cases.nunique().gt(1).mean(), cases.count()
    rows = cases.size()
    return [c for c in several.index if several[c] > MAY_CHANGE or filled[c].sum() < 0.5 * rows[filled[c] > 0].sum()]


def _deals(plan: Plan, log: Log) -> None:
    """From the row of the activity that opens a deal; from the case where that has a table of its own."""
    section = plan.sheet.section(ENTITIES, "[opportunities]")
    profile, opening, amount = log.profile, str(log.opening), amount_of(plan, log)
    cases = plan.facts.one("leads")
    section.ask(f'does a deal begin with "{opening}"?')
    if cases is not None:
        key = plan.facts.key(cases)
        section.set("table", cases.name)
        section.set("created_by_event", [opening])
        columns = {"opportunity_id": key, "lead_id": key, "amount": amount, "owner": cases.find("owner")}
    else:
        keys: dict[str, Any] = {"of": profile.name, "where": {log.activity: opening}}
        if profile.frame[log.case][profile.frame[log.activity] == opening].duplicated().any():
            keys["first_of"] = {"by": log.case, "order": _order(log)}
        plan.derived["openings"] = ("a deal begins with its own activity", keys)
        section.set("table", "openings")
        columns = {"opportunity_id": log.case, "lead_id": log.case, "created_at": log.time, "amount": amount,
                   "owner": profile.find("actor", but=(log.case,))}
    section.set("columns", without_blanks(columns))


def _events(plan: Plan, log: Log) -> None:
    """All activities; those with several steps of a life cycle name the step too."""
    profile = log.profile
    columns = event_columns(profile, {"lead_id": log.case})
    cycle = profile.find("lifecycle", "category", but=(log.activity,))
    steps = profile.frame.groupby(log.activity)[cycle].nunique() if cycle else pd.Series(dtype=int)
    several = sorted(steps.index[steps > 1])
    plain = f"{{{log.activity}}}"
    sections: list[tuple[Any, str]] = [({log.activity: {"not_in": several}} if several else None, plain)]
    if several:
        sections.append(({log.activity: {"in": several}}, f"{plain}_{{{cycle}}}"))
    for where, kind in sections:
        section = plan.sheet.section(EVENTS, "[[events]]")
        section.set("table", profile.name)
        section.set("where", where)
        section.set("type", kind)
        if kind == plain:
            section.set("never_inputs", _never(log, several), ask=COME_WITH_THE_OUTCOME)
        section.set("columns", columns)
    plan.facts.roles[profile.name] = "log"


def _never(log: Log, several: list[str]) -> list[str]:
    """What ends a case, and what is written in the same second; but what opens a deal does not end it."""
    events = pd.DataFrame({"id": log.profile.frame[log.case], "at": log.profile.moments(log.time),
                           "type": log.profile.frame[log.activity]}).dropna()
    found = dict.fromkeys([*log.ends, *written_with(events, log.closings)])
    return [name for name in found if name != log.opening and name not in several]
