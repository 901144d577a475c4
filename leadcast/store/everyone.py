"""All leads and deals out of the store without their events, and then the events of those whose events are needed.

Events are most of a store. A forecast looks at those of open deals and a funnel at none, so that reading all of them, and again
after every write, would be most of its time.
"""

from collections.abc import Collection

import numpy as np
from sqlalchemy import Connection, Row, Select, Table, bindparam, select

from leadcast import schema
from leadcast.history import History
from leadcast.schema import TableSchema
from leadcast.store import tables
from leadcast.store.changes import version_of
from leadcast.store.columns import canonical, with_attributes
from leadcast.store.engine import Store
from leadcast.store.parts import in_parts
from leadcast.table import Table as Canonical
from leadcast.vocabulary import Entity, Vocabulary


def version_now(store: Store) -> int:
    """The number that moves with every write of records."""
    with store.reading() as connection:
        return version_of(connection)


def everyone(store: Store, vocabulary: Vocabulary, end: np.datetime64) -> tuple[int, History]:
    """(the version that was read, everything the store holds but the events), as one state of it.

    Parameters
    ----------
    end : when the data end, UTC; usually now

    Raises
    ------
    StoreUnavailable : the database does not answer
    """
    with store.reading() as connection:
        version = version_of(connection)
        read = {name: _all(connection, table, of, order) for name, (table, of, order) in _RECORDS.items()}
    made = {name: canonical(of, read[name]) for name, (_, of, _) in _RECORDS.items()}
    leads = with_attributes(made["leads"], read["leads"], vocabulary.attributes_of("lead"))
    deals = with_attributes(made["opportunities"], read["opportunities"], vocabulary.attributes_of("opportunity"))
    return version, History(vocabulary, leads, deals, schema.EVENTS.empty(), made["stages"], made["fields"], made["owners"],
                            made["quotas"], end, costs=made["costs"])


def events_reaching(store: Store, history: History, entity: Entity, ids: Collection[str]) -> Canonical:
    """The events that may reach some leads or deals, or the leads of these deals, each once.

    Parameters
    ----------
    history : as :func:`everyone` gives it
    ids : of leads or deals that are in the history

    Raises
    ------
    StoreUnavailable : the database does not answer
    """
    with store.reading() as connection:
        found: dict[str, Row] = {}
        for link, keys in _keys(history, entity, ids).items():
            for some in in_parts(keys):
                found.update((row[0], row) for row in connection.execute(_EVENTS[link], {"keys": some}).fetchall())
    return canonical(schema.EVENTS, [found[key] for key in sorted(found)])


_RECORDS: dict[str, tuple[Table, TableSchema, str]] = {
    "leads": (tables.leads, schema.LEADS, "lead_id"),
    "opportunities": (tables.opportunities, schema.OPPORTUNITIES, "opportunity_id"),
    "stages": (tables.stages, schema.STAGES, "place"), "fields": (tables.fields, schema.FIELDS, "place"),
    "owners": (tables.owners, schema.OWNERS, "owner_key"), "quotas": (tables.quotas, schema.QUOTAS, "quota_key"),
    "costs": (tables.costs, schema.COSTS, "cost_key"),
}


def _all(connection: Connection, table: Table, of: TableSchema, order: str) -> list[Row]:
    names = [*of.columns, *(["attributes"] if "attributes" in table.c else [])]
    return list(connection.execute(select(*(table.c[name] for name in names)).order_by(table.c[order])).fetchall())


def _asking(link: str) -> Select:
    columns = [tables.events.c[name] for name in ("event_key", *schema.EVENTS.columns)]
    return select(*columns).where(tables.events.c[f"{link}_id"].in_(bindparam("keys", expanding=True)))


_EVENTS = {link: _asking(link) for link in ("lead", "opportunity", "contact", "account")}


def _keys(history: History, entity: Entity, ids: Collection[str]) -> dict[str, set[str]]:
    """By link, the ids that an event may name in order to reach any of these."""
    rows = history.rows(entity, ids)
    found = _links(history, entity, rows)
    if entity == "opportunity":
        lead = history.lead_rows[rows]
        for link, keys in _links(history, "lead", np.unique(lead[lead >= 0])).items():
            found[link] = found.get(link, set()) | keys
    return found


def _links(history: History, entity: Entity, rows: np.ndarray) -> dict[str, set[str]]:
    table = history.entities(entity)
    return {link: set(table[f"{link}_id"][rows]) - {None} for link in history.vocabulary.links(entity)}
