"""The drafted sections for events and field history."""

import re

from leadcast.draft.entities import case_column
from leadcast.draft.profile import TableProfile
from leadcast.draft.roles import Guess, Reference, find, slug, stage_meaning
from leadcast.draft.toml_text import Draft

OWNERS_OF_EVENTS = {"leads": "lead_id", "opportunities": "opportunity_id", "contacts": "contact_id", "accounts": "account_id"}


def write_events(draft: Draft, table: TableProfile, guess: Guess, log: TableProfile | None) -> None:
    """One ``[[events]]`` section: who it belongs to, when, of which type, from whom."""
    keys = {ours: r.column for r in guess.references[table.name] if (ours := OWNERS_OF_EVENTS.get(guess.roles[r.table]))}
    if log is table:
        keys = {"lead_id": case_column(table)}
    if not keys:
        return
    used = tuple(keys.values())
    occurred = find(table, "occurred_at", "time") or next((c.name for c in table.of_kind("time")), None)
    recorded = find(table, "recorded_at", "time", but=(occurred,))
    if recorded == occurred:
        recorded = None
    columns = {
        **keys,
        "occurred_at": occurred,
        "recorded_at": recorded,
        "event_id": guess.keys.get(table.name) or _nearly_unique(table, used),
        "sequence": find(table, "sequence", "number", but=used),
        "actor": find(table, "actor", but=used),
        "value": None,
    }
    draft.section("[[events]]", f"what happened: {table.name}")
    draft.set("table", table.name)
    kind, direction = find(table, "type", "category", "text", but=used), find(table, "direction", "category")
    draft.set(
        "type",
        f"{{{kind}}}" if kind else re.sub(r"s$", "", table.name),
        ask=None if kind else "one type for the whole table; is there a column that tells kinds apart?",
    )
    if direction:
        us, them = _sides(table, direction)
        draft.set(
            "direction",
            {"column": direction, "from_us": us, "from_them": them},
            ask="which values mean from us, which from them?",
        )
    if log is table:
        ends = [a for a in _values(table, kind) if stage_meaning(a) in ("won", "lost")]
        draft.set("never_inputs", ends, ask="types written together with the outcome must never be inputs; are these all?")
    draft.section("[events.columns]")
    for ours, theirs in columns.items():
        draft.set(ours, theirs)


def write_field_history(draft: Draft, table: TableProfile, guess: Guess) -> None:
    """One ``[[field_history]]`` section for rows of field, old and new value."""
    owner = entity_of(table, guess)
    field, new, changed = find(table, "field"), find(table, "new"), find(table, "changed_at", "time")
    if owner is None or new is None or changed is None:
        return
    entity, column = owner
    draft.section("[[field_history]]", f"changed fields: {table.name}")
    draft.set("entity", entity)
    draft.set("table", table.name)
    close = {name: _field_of(name) for name in _values(table, field) if _field_of(name)}
    draft.set("fields", close, ask="which of these fields is which of our columns or attributes? Others are left out.")
    draft.section("[field_history.columns]")
    for ours, theirs in (
        ("id", column),
        ("field", field),
        ("value", new),
        ("old_value", find(table, "old")),
        ("changed_at", changed),
        ("recorded_at", find(table, "recorded_at", "time", but=(changed,))),
    ):
        draft.set(ours, theirs)


def entity_of(table: TableProfile, guess: Guess) -> tuple[str, str] | None:
    """Whether rows belong to leads or deals, and by which column."""
    names = {"leads": "lead", "opportunities": "opportunity"}
    pointers: list[Reference] = [r for r in guess.references[table.name] if guess.roles[r.table] in names]
    return (names[guess.roles[pointers[0].table]], pointers[0].column) if pointers else None


def _field_of(name: str) -> str | None:
    """Our column for a changed field's name."""
    plain = slug(name)
    if re.search(r"close", plain):
        return "expected_close"
    return next((ours for ours in ("amount", "margin", "owner") if ours in plain.split("_")), None)


def _values(table: TableProfile, column: str | None) -> list[str]:
    profile = table.column(column)
    if profile is None:
        return []
    found = table.frame[profile.name].value_counts()
    return [v for v in found.index[:60] if v]


def _nearly_unique(table: TableProfile, but: tuple[str, ...]) -> str | None:
    return find(table, "event_id", but=but)


def _sides(table: TableProfile, column: str) -> tuple[list[str], list[str]]:
    values = _values(table, column)
    us = [v for v in values if re.search(r"out|us|sent|agent|rep", slug(v))]
    return us, [v for v in values if v not in us]
