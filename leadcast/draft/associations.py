"""Events that name nobody themselves: a table between them and leads, deals, contacts or accounts says whose they are."""

from leadcast.draft.changes import Rows, rows_about
from leadcast.draft.events import event_columns, finish, type_of
from leadcast.draft.joins import join
from leadcast.draft.plan import EVENTS, ID, Plan
from leadcast.draft.profile import TableProfile
from leadcast.draft.relations import own_words
from leadcast.draft.words import EVENT_WORDS, says, singular, stems


def write_associated(plan: Plan) -> None:
    """``[[events]]``, one per kind of thing that a table of associations links an event to."""
    facts = plan.facts
    for events in facts.of("other"):
        if not says(EVENT_WORDS, events.name) or not events.of_kind("time") or events.name not in facts.relations.keys:
            continue
        for between in (*facts.of("other"), *facts.of("between")):
            link = next((r.column for r in facts.relations.references[between.name] if r.table == events.name), None)
            whose = {role: rows for role in ID if (rows := rows_about(plan, between, role)) and _meant(plan, role, rows, link)}
            if link and whose:
                _write(plan, events, between, link, whose)


def _meant(plan: Plan, role: str, rows: Rows, link: str | None) -> bool:
    """The kind of record, or the column's name, must say so too: numbers alone may be anything."""
    profile = plan.facts.one(role)
    words = stems(rows.column).union(*(stems(kind) for kind in rows.where.values()))
    return profile is not None and rows.column != link and bool(words & own_words(profile.name))


def _write(plan: Plan, events: TableProfile, between: TableProfile, link: str, whose: dict[str, Rows]) -> None:
    key = plan.facts.key(events)
    found = event_columns(events, {})
    if found is None:
        return
    table = plan.of(between)
    names = {c.name: table.free_name(c.name, events.name) for c in events.columns if c.name != key}
    join(plan, table, events, {link: key}, {new: old for old, new in names.items()})
    kind = type_of(events, tuple(found.values()))
    for role, rows in whose.items():
        section = plan.sheet.section(EVENTS, "[[events]]")
        section.set("table", between.name)
        section.set("where", rows.where)
        section.set("type", kind or singular(events.name))
        columns = {ID[role]: rows.column, **{ours: names.get(theirs, link) for ours, theirs in found.items()}}
        finish(plan, section, events, columns, kind)
