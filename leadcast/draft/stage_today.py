"""Stages where no table holds their history: dates beside each lead or deal, today's stage, an outcome, a list of those won."""

from typing import Any

import pandas as pd

from leadcast.draft.order import by_habit, meaning_of
from leadcast.draft.plan import Plan
from leadcast.draft.profile import TableProfile
from leadcast.draft.roles import win_dates
from leadcast.draft.staging import MOST_STAGES, Stages, note_closings, without_blanks
from leadcast.draft.words import COLUMN_WORDS, says, slug, stage_meaning

YES, NO = ("1", "true", "yes", "y", "t", "1.0"), ("0", "false", "no", "n", "f", "0.0")
TODAY = "Only the stage of today is known, not the way there."


def _dates(profile: TableProfile) -> dict[str, str]:
    """Date columns that say when a stage was entered, such as "Became a customer date"."""
    return {c.name: meaning for c in profile.of_kind("time")
            if (meaning := stage_meaning(profile.short(c.name))) and not says("last|next", c.name)}


def from_dates(plan: Plan, role: str, profile: TableProfile) -> Stages | None:
    """Where there are dates of several stages, or no stage of today beside."""
    dates = _dates(profile)
    inner = [m for m in dates.values() if m in ("mql", "sql")]
    if not dates or (stage_columns(profile) and not inner):
        return None
    key, frame = plan.facts.key(profile), profile.frame
    for column, stage in dates.items():
        note_closings(plan, role, frame[key], frame[column].notna().map({True: stage, False: None}))
    order = ["new", *sorted(set(dates.values()), key=["mql", "sql", "won", "lost"].index)]
    source = {"from": "dates", "table": profile.name, "dates": dates, "columns": {"id": key},
              "ask": "do these dates say when a stage was entered?"}
    return Stages(role, [source], order, dated=order, ask=None)


def stage_columns(profile: TableProfile) -> list[str]:
    """Columns named like a stage whose values sound like stages ("state" may be a part of a country), the best first."""
    found = []
    for pattern in COLUMN_WORDS["stage"]:
        for column in profile.of_kind("category"):
            values = profile.values(column.name, MOST_STAGES + 1)
            sounds = "stage" in slug(column.name) or "phase" in slug(column.name) or any(map(stage_meaning, values))
            if profile.fits(pattern, column.name) and 2 <= len(values) <= MOST_STAGES and sounds and column.name not in found:
                found.append(column.name)
    return found


def from_current(plan: Plan, role: str, profile: TableProfile) -> Stages | None:
    """Today's stage; where another column or dates tell won and lost, they do it."""
    columns = stage_columns(profile)
    if not columns:
        return None
    stage, *others = columns
    key, where = plan.facts.key(profile), dict(_kinds(plan, role))
    entered = next((e for word in ("stage_date", "actual_close", "close_date") if (e := profile.find(word, "time"))), None)
    order = by_habit(profile.values(stage, MOST_STAGES))
    source: dict[str, Any] = {"from": "current", "table": profile.name, "where": where, "say": TODAY,
                              "columns": without_blanks({"id": key, "stage": stage, "entered_at": entered})}
    found = Stages(role, [source], order, entries=pd.DataFrame({"id": profile.frame[key], "stage": profile.frame[stage]}))
    note_closings(plan, role, profile.frame[key], profile.frame[stage])
    ends = next((c for c in others if meaning_of(profile.values(c), "won")), None)
    dates = {c: m for c, m in _dates(profile).items() if m in ("won", "lost") and c != entered}
    if "won" in dates.values():
        _dated_by(plan, found, profile, dates)
    elif ends and not meaning_of(order, "won"):
        _ended_by(plan, found, profile, ends, entered)
    _ended_by_archive(found, profile, entered)
    if role == "leads" and not entered and len(found.sources) == 1:
        _dated_by_deals(plan, found)
    return found


def _kinds(plan: Plan, role: str) -> list[tuple[str, str]]:
    """The condition that picks the deals of a table that holds leads too."""
    return [plan.facts.kind_of_record] if role == "opportunities" and plan.facts.kind_of_record else []


def _ended_by(plan: Plan, found: Stages, profile: TableProfile, status: str, entered: str | None) -> None:
    """One column for the stages on the way, another for open, won and lost."""
    source, key = found.sources[0], plan.facts.key(profile)
    ends = [*meaning_of(profile.values(status), "won"), *meaning_of(profile.values(status), "lost")]
    found.sources.append({**source, "where": {**source["where"], status: ends}, "say": None,
                          "columns": without_blanks({"id": key, "stage": status, "entered_at": entered})})
    found.sources[0] = {**source, "where": {**source["where"], status: {"not_in": ends}},
                        "columns": {"id": key, "stage": source["columns"]["stage"]}}
    found.order = [s for s in found.order if s not in ends] + ends
    found.won, found.lost = meaning_of(ends, "won"), meaning_of(ends, "lost")
    found.entries = pd.concat([found.entries, pd.DataFrame({"id": profile.frame[key], "stage": profile.frame[status]})])
    note_closings(plan, found.role, profile.frame[key], profile.frame[status])


def _ended_by_archive(found: Stages, profile: TableProfile, closed: str | None) -> None:
    """Odoo has no stage for lost: a lost deal is one that is no longer active."""
    active = profile.find("active", "flag")
    if active is None or closed is None or meaning_of(found.order, "lost"):
        return
    source = found.sources[0]
    found.sources[0] = {**source, "where": {**source["where"], active: True}}
    found.sources.append({"from": "dates", "table": profile.name, "where": {**source["where"], active: False},
                          "dates": {closed: "lost"}, "columns": {"id": source["columns"]["id"]},
                          "ask": f"is it lost when {active} is false?"})
    found.order.append("lost")


def _dated_by(plan: Plan, found: Stages, profile: TableProfile, dates: dict[str, str]) -> None:
    """Won, perhaps lost, have a date of their own; the stage column tells the others."""
    source = found.sources[0]
    named = {meaning: next(iter(meaning_of(found.order, meaning)), meaning) for meaning in dates.values()}
    found.sources[0] = {**source, "where": {**source["where"], **{column: {"present": False} for column in dates}}}
    found.sources.append({"from": "dates", "table": profile.name, "where": source["where"],
                          "dates": {c: named[m] for c, m in dates.items()}, "columns": {"id": source["columns"]["id"]}})
    found.order += [name for name in dict.fromkeys(named.values()) if name not in found.order]
    ids = profile.frame[source["columns"]["id"]]
    for column, meaning in dates.items():
        note_closings(plan, found.role, ids, profile.frame[column].notna().map({True: meaning, False: None}))


def _dated_by_deals(plan: Plan, found: Stages) -> None:
    """Undated stages say little; but a lead with a deal was SQL when its deal began."""
    deals, created = _deals_with_leads(plan)
    if deals is None or created is None:
        return
    stage = next((s for s in found.order if says(r"convert\w*|qualified|opportunity", s) and stage_meaning(s) != "lost"
                  and stage_meaning(s) != "mql"), "sql")
    if stage not in found.order:
        ends = [i for i, s in enumerate(found.order) if stage_meaning(s) in ("won", "lost")]
        found.order.insert(min(ends, default=len(found.order)), stage)
    source = found.sources[0]
    found.sources[0] = {**source, "where": {**source["where"], source["columns"]["stage"]: {"not_in": [stage]}}}
    if stage == "sql":
        found.sources[0] = source
    found.sources.append({"from": "dates", "table": deals.name, "dates": {created: stage},
                          "columns": {"id": plan.of(deals).links["leads"]}, "ask": f"is a lead {stage} when its deal is opened?"})
    found.dated = [stage]


def _deals_with_leads(plan: Plan) -> tuple[TableProfile | None, str | None]:
    deals, lead = plan.facts.one("opportunities"), plan.facts.one("leads")
    if deals is None or deals is lead or "leads" not in plan.of(deals).links:
        return None, None
    return deals, deals.find("created_at", "time")


def from_outcome(plan: Plan, role: str, profile: TableProfile) -> Stages | None:
    """A plain outcome: 1 and 0, yes and no, won and lost; blank means open."""
    outcome = profile.find("outcome", "flag", "category")
    values = profile.values(outcome)
    won = [v for v in values if v.lower() in YES or stage_meaning(v) == "won"]
    if outcome is None or not won or len(values) > 6:
        return None
    lost = [v for v in values if v not in won and (stage_meaning(v) == "lost" or v.lower() in NO)]
    key, blank = plan.facts.key(profile), profile.by_name[outcome].filled < profile.rows
    said = " or ".join(f'"{v}"' for v in lost)
    only_won = blank and not lost
    columns = {"id": key, "stage": outcome, "entered_at": profile.find("close_date", "time")}
    source = {"from": "outcome", "table": profile.name, "won": won, "lost": lost,
              "open": [v for v in values if v not in won + lost], "blank": "lost" if only_won else None,
              "columns": without_blanks(columns),
              "ask": f'no {outcome} means lost; does a blank one? Should it mean "not yet", say blank = "open": then there is '
              "nothing to learn from." if only_won else f"does a blank {outcome} mean open?" if blank else
              f'no {outcome} is blank: are all decided? If {said} may also mean "not yet", move it to open = [...].'}
    endings = {**dict.fromkeys(won, "won"), **dict.fromkeys(lost, "lost")}
    note_closings(plan, role, profile.frame[key], profile.frame[outcome].map(endings))
    return Stages(role, [source], ["new", "won", "lost"], ["won", "lost"], ["won"], ["lost"], ask=None)


def from_kind(plan: Plan, profile: TableProfile) -> Stages | None:
    """One table for leads and deals: a lead is SQL when it is made a deal, where a date says when."""
    day = next((c.name for c in profile.of_kind("time") if says(r"conver\w*|opportunity|assigned", profile.short(c.name))), None)
    if day is None:
        return None
    source = {"from": "dates", "table": profile.name, "dates": {day: "sql"}, "columns": {"id": plan.facts.key(profile)},
              "ask": f"is a lead SQL on {day}, when it is made a deal?"}
    return Stages("leads", [source], ["new", "sql"], ["sql"], ask=None)


def from_wins(plan: Plan, role: str, profile: TableProfile) -> Stages | None:
    """A list of those won, with the day; who is not on it is open."""
    wins = plan.facts.one("wins")
    if role != "leads" or wins is None:
        return None
    plan.of(wins)
    source = {"from": "dates", "table": wins.name, "dates": dict.fromkeys(win_dates(wins)[:1], "won"),
              "columns": {"id": plan.facts.references(wins, "leads")[0].column},
              "say": f"{wins.name} lists only those won: its other columns would give the answer away, so none is joined.",
              "ask": "nothing says who was lost; is there a list, or a number of days of silence after which a lead is lost?"}
    return Stages(role, [source], ["new", "won"], ["won"], ["won"], ask=None)


def from_deals(plan: Plan, role: str, profile: TableProfile) -> Stages | None:
    """Leads without any stage, but deals that name them: a lead is SQL when its deal begins."""
    deals, created = _deals_with_leads(plan)
    if role != "leads" or deals is None or created is None:
        return None
    source = {"from": "dates", "table": deals.name, "dates": {created: "sql"}, "columns": {"id": plan.of(deals).links["leads"]},
              "ask": "leads have no stages of their own; does a lead become SQL when its deal is opened?"}
    return Stages(role, [source], ["new", "sql"], ["sql"], ask=None)
