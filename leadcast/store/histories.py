"""Histories out of the store: of some leads or deals with all that reaches them, or of everything."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache

import numpy as np
from sqlalchemy import ColumnElement, Connection, Row, Select, Table, bindparam, or_, select

from leadcast import schema
from leadcast.history import History
from leadcast.store import tables
from leadcast.store.columns import canonical, with_attributes
from leadcast.store.engine import Store
from leadcast.vocabulary import ENTITIES, Entity, Vocabulary

MOST_IDS = 5_000
"""How many ids one statement asks for."""
Rows = Sequence[Row]
_LINKS = ("lead", "opportunity", "contact", "account")


def whole_history(store: Store, vocabulary: Vocabulary, end: np.datetime64) -> History:
    """Everything the store holds, as one state of it.

    Parameters
    ----------
    end : when the data end, UTC; usually now
    """
    with store.reading() as connection:
        read = {name: connection.execute(_select(table).order_by(table.c[order])).fetchall()
                for name, (table, order) in _RECORDS.items()}
        return _history(vocabulary, end, read)


def history_of(store: Store, vocabulary: Vocabulary, entity: Entity, ids: Collection[str], end: np.datetime64) -> History:
    """The history of some leads or deals: their records and whatever may speak of them, so that they score as in the whole.

    Owners, quotas and costs, which no score looks at, are left out.

    Parameters
    ----------
    ids : those that the store does not know are left out
    end : when the data end, UTC; usually now
    """
    with store.reading() as connection:
        leads, deals = _entities(connection, vocabulary, entity, ids)
        keys = {"lead": _some(leads, "lead_id") | _some(deals, "lead_id"), "opportunity": _some(deals, "opportunity_id"),
                "contact": _some([*leads, *deals], "contact_id"), "account": _some([*leads, *deals], "account_id")}
        links = {*vocabulary.links(entity), *(vocabulary.links("lead") if leads else ())}
        return _history(vocabulary, end, {
            "leads": leads, "opportunities": deals, "events": _events(connection, links, keys),
            "stages": _of_entities(connection, tables.stages, keys), "fields": _of_entities(connection, tables.fields, keys)})


def _select(table: Table) -> Select:
    """What a history needs of a table."""
    return select(*(column for column in table.columns if column.name not in _ASIDE))


_ASIDE = {"received_at", "event_key", "stage_key", "field_key", "owner_key", "quota_key", "cost_key"}
_RECORDS = {"leads": (tables.leads, "lead_id"), "opportunities": (tables.opportunities, "opportunity_id"),
            "events": (tables.events, "event_key"), "stages": (tables.stages, "place"), "fields": (tables.fields, "place"),
            "owners": (tables.owners, "owner_key"), "quotas": (tables.quotas, "quota_key"),
            "costs": (tables.costs, "cost_key")}


def _asking(table: Table, links: Collection[str], *more: ColumnElement[bool]) -> Select:
    """A statement for the rows that any of these links names; its parameters are the lists of ids by link."""
    named = [table.c[f"{link}_id"].in_(bindparam(link, expanding=True)) for link in links]
    return _select(table).where(or_(*named), *more)


_ENTITIES = {("lead", "lead"): _asking(tables.leads, ["lead"]),
             **{("opportunity", link): _asking(tables.opportunities, [link]) for link in _LINKS}}
_ABOUT = {(table.name, entity): _select(table).where(table.c.entity == entity,
                                                     table.c.entity_id.in_(bindparam(entity, expanding=True)))
          for table in (tables.stages, tables.fields) for entity in ENTITIES}


def _entities(connection: Connection, vocabulary: Vocabulary, entity: Entity, ids: Collection[str]) -> tuple[Rows, Rows]:
    """(leads, deals): those asked for, the leads of deals, and where an event reaches only one deal, its rivals."""
    if entity == "lead":
        return _rows(connection, _ENTITIES["lead", "lead"], {"lead": ids}), []
    deals = _rows(connection, _ENTITIES["opportunity", "opportunity"], {"opportunity": ids})
    if vocabulary.shared != "all":
        rivals = [row for link in vocabulary.links(entity) if link != entity
                  for row in _rows(connection, _ENTITIES["opportunity", link], {link: _some(deals, f"{link}_id")})]
        deals = list({row.opportunity_id: row for row in [*deals, *rivals]}.values())
    return _rows(connection, _ENTITIES["lead", "lead"], {"lead": _some(deals, "lead_id")}), deals


@cache
def _asking_events(links: tuple[str, ...]) -> Select:
    return _asking(tables.events, links)


def _events(connection: Connection, links: Collection[str], keys: Mapping[str, Collection[str]]) -> Rows:
    """Each event once, whichever of the links names it: one statement, so long as the ids fit into one."""
    asked = {link: keys[link] for link in _LINKS if link in links and keys[link]}
    if sum(len(ids) for ids in asked.values()) <= MOST_IDS:
        return _rows(connection, _asking_events(tuple(asked)), asked) if asked else []
    found = [row for link, ids in asked.items() for row in _rows(connection, _asking_events((link,)), {link: ids})]
    return list(dict.fromkeys(found))


def _of_entities(connection: Connection, table: Table, keys: Mapping[str, Collection[str]]) -> Rows:
    """Rows about leads and deals by entity and entity_id, in the order in which they came."""
    rows = [row for entity in ENTITIES for row in _rows(connection, _ABOUT[table.name, entity], {entity: keys[entity]})]
    return sorted(rows, key=lambda row: row.place)


def _rows(connection: Connection, statement: Select, asked: Mapping[str, Collection[str]]) -> list[Row]:
    """The rows of a statement, asked in parts where one list of ids is too long."""
    ids = {name: sorted(some) for name, some in asked.items()}
    most = max(map(len, ids.values()))
    parts = range(0, most, MOST_IDS) if len(ids) == 1 else range(min(most, 1))
    found: list[Row] = []
    for start in parts:
        some = {name: each[start:start + MOST_IDS] for name, each in ids.items()}
        found += connection.execute(statement, some).fetchall()
    return found


def _some(rows: Rows, name: str) -> set[str]:
    return {value for row in rows if (value := getattr(row, name, None)) is not None}


def _history(vocabulary: Vocabulary, end: np.datetime64, read: Mapping[str, Rows]) -> History:
    made = {name: canonical(_SCHEMAS[name], read.get(name, ())) for name in _SCHEMAS}
    for name, entity in (("leads", "lead"), ("opportunities", "opportunity")):
        made[name] = with_attributes(made[name], read[name], [a for a in vocabulary.attributes if a.entity == entity])
    return History(vocabulary, made["leads"], made["opportunities"], made["events"], made["stages"], made["fields"],
                   made["owners"], made["quotas"], end, costs=made["costs"])


_SCHEMAS = {"leads": schema.LEADS, "opportunities": schema.OPPORTUNITIES, "events": schema.EVENTS, "stages": schema.STAGES,
            "fields": schema.FIELDS, "owners": schema.OWNERS, "quotas": schema.QUOTAS, "costs": schema.COSTS}
