"""What events say of leads and deals: stages that they enter, and deals that begin."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, bindparam, delete, func, or_, select, update

from leadcast.mapping.canonical import as_raw
from leadcast.mapping.where import matching
from leadcast.schema import EVENTS
from leadcast.store import tables
from leadcast.store.columns import canonical
from leadcast.store.intake import Receipt
from leadcast.store.intake_sheet import Change, Sheet
from leadcast.store.intake_terms import Begun, Terms
from leadcast.store.keys import stage_key
from leadcast.store.upsert import keep_known
from leadcast.vocabulary import ENTITIES, Entity
from leadcast.workspace.model import StagesFromEvents

MADE_FROM = "events"
Entry = tuple[str, int, int | None]
"""Stage, when it was entered, when that was recorded."""


def derive_stages(connection: Connection, terms: Terms, leads: Collection[str], deals: Collection[str], receipt: Receipt) -> None:
    """Bring the entries that events make to what all events of these leads, their deals, and these deals say.

    As :mod:`leadcast.mapping.stage_events`: with ``occurrence = "first"`` a stage is entered at the first of its events. One that
    is recorded late, although it happened before those known by then, makes an entry of its own: every past day still sees what
    it saw, and the order in which events come does not matter.
    """
    for entity in ENTITIES:  # all sources of one together: they may share a stage
        sources = [source for source in terms.from_events if source.entity == entity]
        found = [_of_leads(connection, source, leads) if entity == "lead" else _of_deals(connection, source, leads, deals)
                 for source in sources]
        ids = sorted(set().union(*found))
        if ids:
            _bring(connection, entity, ids, sources, _wanted(zip(sources, found, strict=True)), receipt)


def begin_deals(connection: Connection, terms: Terms, leads: Collection[str], receipt: Receipt) -> set[str]:
    """Make the deals that begin with an event of these leads, or bring them up to date; returns the ids of those that changed.

    Such a deal has its lead's id and takes from its lead what the workspace's table says of both. It begins at the first of the
    events that happened, even if that one came late: it lets a known deal begin earlier.
    """
    made: set[str] = set()
    for begun in terms.begun if leads else ():
        first = _first_events(connection, begun, leads)
        known = Sheet(connection, terms, "lead", set(first), receipt)
        sheet = Sheet(connection, terms, "opportunity", set(known.records), receipt)
        for lead_id, lead in sorted(known.records.items()):
            earlier = sheet.begin_earlier(lead_id, first[lead_id])
            told = {**lead.attributes, **{name: lead.cells[name] for name in terms.columns["lead"]}}
            if sheet.apply(_copied(begun, lead_id, first[lead_id], told)) or earlier:
                made.add(lead_id)
        sheet.write()
    return made


# ---- stages -------------------------------------------------------------------------------------------------------


def _of_leads(connection: Connection, source: StagesFromEvents, leads: Collection[str]) -> dict[str, list[Row]]:
    known = tables.leads.c.lead_id
    connection.execute(select(known).where(known.in_(sorted(leads))).order_by(known).with_for_update())
    events = _by(_events(connection, source, "lead_id", leads), "lead_id")
    return {lead: events[lead] for lead in sorted(leads)}


def _of_deals(
    connection: Connection, source: StagesFromEvents, leads: Collection[str], deals: Collection[str]
) -> dict[str, list[Row]]:
    """A lead's event counts for its deals from their creation on; one that names a deal counts for that alone."""
    known = tables.opportunities.c
    asked = select(known.opportunity_id, known.lead_id, known.created_at).where(
        or_(known.opportunity_id.in_(sorted(deals)), known.lead_id.in_(sorted(leads)))).order_by(known.opportunity_id)
    rows = {row.opportunity_id: row for row in connection.execute(asked.with_for_update())}
    own = _by(_events(connection, source, "opportunity_id", {*deals, *rows}), "opportunity_id")
    of_leads = _by(_events(connection, source, "lead_id", {row.lead_id for row in rows.values()} - {None}), "lead_id")
    found = {deal: own[deal] for deal in sorted({*deals, *rows})}
    for deal, row in rows.items():
        found[deal] = [*own[deal], *(event for event in of_leads[row.lead_id] if event.opportunity_id is None
                                     and row.created_at is not None and event.occurred_at >= row.created_at)]
    return found


def _events(connection: Connection, source: StagesFromEvents, link: str, ids: Collection[str]) -> Sequence[Row]:
    if not ids:
        return []
    asked = select(*(tables.events.c[name] for name in EVENTS.columns)).where(
        tables.events.c[link].in_(sorted(ids)), tables.events.c.type.in_(sorted(source.events)))
    rows = connection.execute(asked).fetchall()
    if not source.where or not rows:
        return rows
    raw = replace(as_raw("events", canonical(EVENTS, rows)), lenient=True)
    return [rows[place] for place in np.flatnonzero(matching(raw, source.where, "stages")).tolist()]


def _by(events: Sequence[Row], link: str) -> defaultdict[str | None, list[Row]]:
    found: defaultdict[str | None, list[Row]] = defaultdict(list)
    for event in events:
        found[getattr(event, link)].append(event)
    return found


def _entries(source: StagesFromEvents, events: Sequence[Row]) -> Iterator[Entry]:
    first: dict[str, tuple[int, float]] = {}
    for event in sorted(events, key=lambda e: (max(e.occurred_at, e.recorded_at or e.occurred_at), *_when(e))):
        stage = source.values.get(source.events[event.type], source.events[event.type])
        if source.occurrence == "every" or stage not in first or _when(event) < first[stage]:
            yield stage, event.occurred_at, event.recorded_at
            first[stage] = _when(event)


def _when(event: Row) -> tuple[int, float]:
    return event.occurred_at, np.inf if event.sequence is None else event.sequence


def _wanted(found: Iterable[tuple[StagesFromEvents, Mapping[str, Sequence[Row]]]]) -> dict[str, dict[str, Any]]:
    """The entries that events make now, by key; of two sources that make the same one, that counts which told it first."""
    wanted: dict[str, dict[str, Any]] = {}
    for source, events in found:
        for entity_id, some in events.items():
            for stage, at, recorded in _entries(source, some):
                row = {"entity": source.entity, "entity_id": entity_id, "stage": stage, "entered_at": at, "recorded_at": recorded}
                known = wanted.setdefault(stage_key(source.entity, entity_id, stage, at), row)
                if max(at, recorded or at) < max(at, known["recorded_at"] or at):
                    known["recorded_at"] = recorded
    return wanted


def _bring(connection: Connection, entity: Entity, ids: Sequence[str], sources: Sequence[StagesFromEvents],
           wanted: Mapping[str, Mapping[str, Any]], receipt: Receipt) -> None:
    """The entries that events have made of these leads or deals, to those that they make now."""
    stages, named = tables.stages, {source.values.get(name, name) for source in sources for name in source.events.values()}
    asked = select(stages.c.stage_key, stages.c.recorded_at).where(
        stages.c.entity == entity, stages.c.entity_id.in_(ids), stages.c.made_from == MADE_FROM,
        stages.c.stage.in_(sorted(named)))
    known = {row.stage_key: row.recorded_at for row in connection.execute(asked)}
    if gone := sorted(known.keys() - wanted.keys()):
        connection.execute(delete(stages).where(stages.c.stage_key.in_(gone)))
    if moved := [{"this": key, "known_since": row["recorded_at"]} for key, row in wanted.items()
                 if key in known and known[key] != row["recorded_at"]]:
        connection.execute(update(stages).where(stages.c.stage_key == bindparam("this")).values(
            recorded_at=bindparam("known_since")), moved)
    rows = [{**row, "stage_key": key, "received_at": receipt.now, "place": receipt.now + place, "made_from": MADE_FROM}
            for place, (key, row) in enumerate(wanted.items()) if key not in known]
    if rows:
        connection.execute(keep_known(connection, stages), rows)


# ---- deals --------------------------------------------------------------------------------------------------------


def _first_events(connection: Connection, begun: Begun, leads: Collection[str]) -> dict[str, int]:
    events = tables.events.c
    asked = select(events.lead_id, func.min(events.occurred_at)).where(
        events.lead_id.in_(sorted(leads)), events.type.in_(sorted(begun.types))).group_by(events.lead_id)
    return {row[0]: row[1] for row in connection.execute(asked)}


def _copied(begun: Begun, lead_id: str, created: int, lead: Mapping[str, Any]) -> Change:
    """A deal as its lead tells it."""
    cells = {deal: lead.get(theirs) for deal, theirs in begun.columns.items()}
    attributes = {deal: lead.get(theirs) for deal, theirs in begun.attributes.items()}
    return Change(lead_id, {"lead_id": lead_id, "created_at": created, **cells}, attributes)
