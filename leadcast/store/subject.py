"""Who is to be erased: a lead or a deal, with the records and the texts that are theirs alone."""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, func, literal, or_, select

from leadcast.mentions import Mentions
from leadcast.store import tables
from leadcast.store.erased import Erasable, is_erased

SHORTEST_TEXT = 6
"""A shorter text says nothing about one person alone."""
ABOUT: tuple[Table, ...] = (
    tables.stages, tables.fields, tables.scores, tables.signs, tables.score_history, tables.ledger, tables.waiting)
"""Tables whose rows are about a lead or a deal, by ``entity`` and ``entity_id``."""


@dataclass(frozen=True)
class Subject:
    """Whose data are to go.

    Attributes
    ----------
    leads, deals, contacts : what is erased
    unlinked : deals that stay and lose their link to the lead and its contact
    shared : contacts that stay, because other leads or deals have them
    texts : values of theirs that no other record has
    created_at : the earliest creation of a record erased, microseconds; None where none is known
    is_known : the store holds the lead or deal itself
    was_erased : it has a tombstone already
    """

    entity: Erasable
    entity_id: str
    leads: frozenset[str]
    deals: frozenset[str]
    contacts: frozenset[str]
    unlinked: frozenset[str]
    shared: frozenset[str]
    texts: frozenset[str]
    created_at: int | None
    is_known: bool
    was_erased: bool

    @property
    def mentions(self) -> Mentions:
        return Mentions(self.leads | self.deals | self.contacts, self.texts)


def subject_of(
    connection: Connection, entity: Erasable, entity_id: str, with_opportunities: bool = False,
    owners: Collection[str] | None = None,
) -> Subject | None:
    """A lead or a deal (or a contact of nobody's) with all that is theirs; one the store has never heard of is a subject, too.

    Parameters
    ----------
    with_opportunities : a lead's deals are erased with it
    owners : whose records the caller may touch; None: everybody's

    Returns
    -------
    None where the record belongs to an owner who is not among ``owners``, or nobody knows whose it is
    """
    leads, deals, unlinked = _found(connection, entity, entity_id, with_opportunities, owners)
    row = next((r for r in (leads if entity == "lead" else deals)), None)
    if owners is not None and (row is None or row.owner not in owners):
        return None
    gone_leads = frozenset({entity_id} if entity == "lead" else ())
    gone_deals = frozenset({d.opportunity_id for d in deals} | ({entity_id} if entity == "opportunity" else set()))
    kept = frozenset(d.opportunity_id for d in unlinked)
    contacts = {entity_id} if entity == "contact" else {r.contact_id for r in [*leads, *deals] if r.contact_id is not None}
    shared = _also_of_others(connection, contacts, gone_leads, gone_deals | kept)
    alone = frozenset(contacts - shared)
    texts = frozenset(_own_texts(connection, gone_leads, gone_deals, alone, kept))
    created = [r.created_at for r in [*leads, *deals] if r.created_at is not None]
    return Subject(entity, entity_id, gone_leads, gone_deals, alone, kept, frozenset(shared), texts, min(created, default=None),
                   row is not None or entity == "contact", bool(is_erased(connection, entity, [entity_id])))


def _found(
    connection: Connection, entity: Erasable, entity_id: str, with_opportunities: bool, owners: Collection[str] | None
) -> tuple[list[Any], list[Any], list[Any]]:
    """(leads to go, deals to go, deals to unlink), as rows."""
    deals = tables.opportunities
    if entity == "contact":
        return [], [], []
    if entity == "opportunity":
        return [], list(connection.execute(select(deals).where(deals.c.opportunity_id == entity_id))), []
    leads = list(connection.execute(select(tables.leads).where(tables.leads.c.lead_id == entity_id)))
    theirs = list(connection.execute(select(deals).where(deals.c.lead_id == entity_id).order_by(deals.c.opportunity_id)))
    gone = [deal for deal in theirs if with_opportunities and (owners is None or deal.owner in owners)]
    return leads, gone, [deal for deal in theirs if deal not in gone]


def _also_of_others(connection: Connection, contacts: set[str], leads: frozenset[str], deals: frozenset[str]) -> set[str]:
    found: set[str] = set()
    for table, key, ours in ((tables.leads, "lead_id", leads), (tables.opportunities, "opportunity_id", deals)):
        asked = select(table.c.contact_id).where(table.c.contact_id.in_(sorted(contacts)), table.c[key].not_in(sorted(ours)))
        found |= set(connection.execute(asked).scalars())
    return found


# ---- texts that nobody else has -----------------------------------------------------------------------------------


def _own_texts(
    connection: Connection, leads: frozenset[str], deals: frozenset[str], contacts: frozenset[str], unlinked: frozenset[str]
) -> Iterator[str]:
    """Values of their attributes, present and past, and actors of their events, that stand nowhere else."""
    ours = {"lead_id": leads, "opportunity_id": deals | unlinked, "contact_id": contacts}
    for text in sorted(set(_candidates(connection, leads, deals, contacts))):
        if len(text) >= SHORTEST_TEXT and not _stands_elsewhere(connection, text, ours):
            yield text


def _candidates(connection: Connection, leads: frozenset[str], deals: frozenset[str], contacts: frozenset[str]) -> Iterator[str]:
    for table, key, ids in ((tables.leads, "lead_id", leads), (tables.opportunities, "opportunity_id", deals),
                            (tables.contacts, "contact_id", contacts)):
        for written in connection.execute(select(table.c.attributes).where(table.c[key].in_(sorted(ids)))).scalars():
            yield from _texts_in(json.loads(written))
    for entity, ids in (("lead", leads), ("opportunity", deals)):
        changes = tables.fields.c
        asked = select(changes.value, changes.old_value).where(changes.entity == entity, changes.entity_id.in_(sorted(ids)))
        for row in connection.execute(asked):
            yield from (value for value in row if value is not None)
    actors = select(tables.events.c.actor).where(events_of(leads, deals, contacts)).distinct()
    yield from (actor for actor in connection.execute(actors).scalars() if actor is not None)


def _texts_in(data: Any) -> Iterator[str]:
    values: Iterable[Any] = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    for value in values:
        if isinstance(value, str):
            yield value
        else:
            yield from _texts_in(value)


def _stands_elsewhere(connection: Connection, text: str, ours: dict[str, frozenset[str]]) -> bool:
    event, owner = tables.events.c, tables.owners.c
    asked = [
        *(and_(stands_in(connection, table.c.attributes, _as_value(text)), table.c[key].not_in(sorted(ours.get(key, ()))))
          for table, key in ((tables.leads, "lead_id"), (tables.opportunities, "opportunity_id"),
                             (tables.contacts, "contact_id"), (tables.accounts, "account_id"))),
        *(tables.leads.c[name] == text for name in ("owner", "source", "pipeline", "account_id")),
        *(tables.opportunities.c[name] == text for name in ("owner", "category", "pipeline", "account_id")),
        or_(owner.owner == text, owner.name == text, owner.manager == text, owner.region == text),
        and_(event.actor == text, ~events_of(ours["lead_id"], ours["opportunity_id"], ours["contact_id"])),
        tables.stages.c.stage == text,
    ]
    return any(connection.execute(select(literal(1)).where(condition).limit(1)).first() for condition in asked)


def events_of(leads: Collection[str], deals: Collection[str], contacts: Collection[str]) -> ColumnElement[bool]:
    """Events of these leads, deals and contacts."""
    event = tables.events.c
    return or_(*(and_(column.is_not(None), column.in_(sorted(ids)))
                 for column, ids in ((event.lead_id, leads), (event.opportunity_id, deals), (event.contact_id, contacts))))


def stands_in(connection: Connection, column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Does a text stand in a column, letter by letter? LIKE would not tell l from L on SQLite."""
    place = func.instr if connection.dialect.name == "sqlite" else func.strpos
    return place(column, text) > 0


def _as_value(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
