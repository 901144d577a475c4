"""The drafted stages: where entries come from, in which order they stand, and what they mean."""

import re

import pandas as pd

from leadcast.draft.entities import case_column
from leadcast.draft.happenings import entity_of
from leadcast.draft.profile import TableProfile
from leadcast.draft.roles import Guess, find, slug, stage_meaning, win_dates
from leadcast.draft.toml_text import Draft

ROLE = {"lead": "leads", "opportunity": "opportunities"}


def write_stages(draft: Draft, by_role: dict[str, list[TableProfile]], guess: Guess, log: TableProfile | None) -> None:
    """All ``[[stages]]``, ``[[pipelines]]`` and ``[targets]``."""
    order: dict[str, list[str]] = {}
    if log is not None:
        order["lead"] = _from_log(draft, log)
    for entity, role in ROLE.items():
        if entity in order:
            continue
        histories = [t for t in by_role.get("stages", []) if (owner := entity_of(t, guess)) and owner[0] == entity]
        for table in histories[:1]:
            order[entity] = _from_history(draft, table, entity, guess)
        for table in by_role.get(role, [])[:1] if not histories else []:
            wins = [date for won in by_role.get("wins", []) for date in win_dates(won)] if entity == "lead" else []
            order[entity] = _from_columns(draft, table, entity, guess, wins)
    if not order.get("lead") and "opportunity" not in order and by_role.get("events"):
        order["lead"] = _from_log(draft, max(by_role["events"], key=lambda t: t.rows))
    for entity, stages in order.items():
        _pipeline(draft, entity, stages)
    for entity, stages in order.items():
        _targets(draft, entity, stages)


def _from_log(draft: Draft, log: TableProfile) -> list[str]:
    kind = find(log, "type", "category", "text", but=(case_column(log),))
    names = list(log.frame[kind].value_counts().index[:60]) if kind else []
    derived = {name: meaning for name in names if (meaning := stage_meaning(name))}
    if not names:
        return []
    draft.section("[[stages]]")
    draft.set("entity", "lead")
    draft.set("from", "events")
    draft.set("events", derived or {names[0]: "new"}, ask="which types of event mean that a stage was entered?")
    reached = set(derived.values())
    return ["new", *(s for s in ("mql", "sql", "won", "lost") if s in reached)]


def _from_history(draft: Draft, table: TableProfile, entity: str, guess: Guess) -> list[str]:
    """Rows with a new value (perhaps an old one), or with the stage itself."""
    owner = entity_of(table, guess)
    time = (
        find(table, "changed_at", "time")
        or find(table, "created_at", "time")
        or next((c.name for c in table.of_kind("time")), None)
    )
    stage = find(table, "new", "category") or find(table, "stage", "category")
    if owner is None or time is None or stage is None:
        return []
    old = find(table, "old", "category")
    draft.section("[[stages]]", f"stage entries: {table.name}")
    draft.set("entity", entity)
    draft.set("from", "rows")
    draft.set("table", table.name)
    draft.section("[stages.columns]")
    for ours, theirs in (
        ("id", owner[1]),
        ("stage", stage),
        ("old_stage", old),
        ("entered_at", time),
        ("recorded_at", find(table, "recorded_at", "time", but=(time,))),
    ):
        draft.set(ours, theirs)
    rows = table.frame[table.frame[stage] != ""]
    place = rows.assign(_at=pd.to_datetime(rows[time], errors="coerce", utc=True, format="mixed")).sort_values("_at")
    mean = place.groupby(owner[1]).cumcount().groupby(place[stage]).mean().sort_values()
    first = [v for v in table.frame[old].unique() if v and v not in mean.index] if old else []
    return [*first, *mean.index]


def _from_columns(draft: Draft, table: TableProfile, entity: str, guess: Guess, wins: list[str]) -> list[str]:
    """A current stage, a plain outcome, or date columns, whichever the table has."""
    key, stage, outcome = guess.keys[table.name], find(table, "stage", "category"), find(table, "outcome", "flag", "category")
    dates = {c.name: meaning for c in table.of_kind("time") if (meaning := stage_meaning(c.name))} | dict.fromkeys(wins, "won")
    closed = find(table, "close_date", "time")
    if stage:
        return _current(draft, table, entity, key, stage, closed)
    if outcome:
        won = [v for v in _distinct(table, outcome) if v.lower() in ("1", "true", "yes", "y", "t") or stage_meaning(v) == "won"]
        draft.section("[[stages]]")
        draft.set("entity", entity)
        draft.set("from", "outcome")
        draft.set("table", table.name)
        draft.set("won", won, ask="which values mean won, which lost? A blank means open.")
        draft.set("lost", [v for v in _distinct(table, outcome) if v not in won])
        draft.section("[stages.columns]")
        draft.set("id", key)
        draft.set("stage", outcome)
        return ["new", "won", "lost"]
    if dates:
        draft.section("[[stages]]")
        draft.set("entity", entity)
        draft.set("from", "dates")
        draft.set("table", table.name)
        draft.set("dates", dates, ask="do these dates mean that the stage was entered?")
        draft.section("[stages.columns]")
        draft.set("id", key)
        return ["new", *dict.fromkeys(dates.values())]
    return []


def _current(draft: Draft, table: TableProfile, entity: str, key: str, stage: str, closed: str | None) -> list[str]:
    draft.section("[[stages]]", "only today's stage is known; the date of a closing stage is the closing date")
    draft.set("entity", entity)
    draft.set("from", "current")
    draft.set("table", table.name)
    draft.section("[stages.columns]")
    draft.set("id", key)
    draft.set("stage", stage)
    draft.set("entered_at", closed)
    values = _distinct(table, stage)
    rank = {"mql": 1, "sql": 2, "won": 3, "lost": 4}
    return sorted(values, key=lambda v: rank.get(stage_meaning(v) or "", 0))


def _distinct(table: TableProfile, column: str) -> list[str]:
    missing = set(profile.missing_words) if (profile := table.column(column)) else set()
    return [v for v in table.frame[column].str.strip().unique() if v and v not in missing]


def _pipeline(draft: Draft, entity: str, stages: list[str]) -> None:
    ends = {meaning: [s for s in stages if stage_meaning(s) == meaning] for meaning in ("won", "lost")}
    inner = [s for s in stages if s not in ends["won"] + ends["lost"]] or ["new"]
    draft.section("[[pipelines]]")
    draft.set("entity", entity)
    draft.set("stages", inner, ask="is this their order?")
    draft.set("won", ends["won"], ask=None if ends["won"] or entity == "lead" else "which stage means won?")
    draft.set("lost", ends["lost"])


def _targets(draft: Draft, entity: str, stages: list[str]) -> None:
    for name in ("mql", "sql") if entity == "lead" else ():
        reached = [s for s in stages if stage_meaning(s) == name]
        if reached:
            draft.section(f"[targets.{name}]")
            draft.set("entity", entity)
            draft.set("stages", reached, ask=f"does this mean {name.upper()}?" if [slug(s) for s in reached] != [name] else None)
    if any(re.search("won", stage_meaning(s) or "") for s in stages):
        draft.section("[targets.win]" if entity == "opportunity" else "[targets.lead_win]")
        draft.set("entity", entity)
