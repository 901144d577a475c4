"""Whoever was erased is in none of the tables ``bi_*`` either."""

from collections import Counter
from collections.abc import Collection, Mapping

from sqlalchemy import Connection, MetaData, Table, Text, and_, delete, inspect, select, update

from leadcast.store import tables as ours
from leadcast.store.erased import Erasable, is_any_erased, is_erased
from leadcast.store.subject import Subject

PREFIX = "bi_"
MANIFEST = f"{PREFIX}schema"
"""The table that says that the others are an export's."""
_KEYS: dict[Erasable, tuple[str, str, str]] = {
    "lead": ("lead_key", f"{PREFIX}dim_lead", "lead_id"), "opportunity": ("deal_key", f"{PREFIX}dim_deal", "opportunity_id")}
"""Of each entity its key, the table whose rows it numbers, and the column of its id there."""


def erase_from_feed(connection: Connection, subject: Subject) -> Counter[str]:
    """Delete a subject's rows in every table of an export, in this transaction; sums by owner stay.

    A deal that stays loses its link to them, their contact, and the texts that only they had.

    Returns
    -------
    how many rows of each table were deleted, and under ``TABLE (changed)`` how many stayed without what named them
    """
    found = _tables(connection)
    done = _delete(connection, found, "lead", subject.leads) + _delete(connection, found, "opportunity", subject.deals)
    return done + _forget(connection, found, subject)


def let_erasures_wait(connection: Connection) -> None:
    """Whoever erases waits until this transaction is over, and then finds what it wrote: for who exports."""
    if inspect(connection).has_table(ours.tombstones.name):
        is_any_erased(connection)


def leave_out_erased(connection: Connection, found: Mapping[str, Table]) -> None:
    """Delete the rows of whoever was erased before; in a database that is no store there are no tombstones to know them by."""
    if not inspect(connection).has_table(ours.tombstones.name) or not is_any_erased(connection):
        return
    for entity, (_, home, id_column) in _KEYS.items():
        if home in found:
            _delete(connection, found, entity, is_erased(connection, entity, _texts_of(connection, found[home], id_column)))
            contacts = is_erased(connection, "contact", _texts_of(connection, found[home], "contact_id"))
            _clear(connection, found[home], "contact_id", contacts)


def _texts_of(connection: Connection, table: Table, column: str) -> set[str]:
    return {one for one in connection.execute(select(table.c[column]).distinct()).scalars() if one is not None}


def _tables(connection: Connection) -> dict[str, Table]:
    """The tables of an export as they are in the database; none where nobody has exported into it."""
    names = inspect(connection).get_table_names()
    if MANIFEST not in names:
        return {}
    metadata = MetaData()
    metadata.reflect(connection, only=[name for name in names if name.startswith(PREFIX)])
    return {table.name: table for table in metadata.sorted_tables}


def _delete(connection: Connection, found: Mapping[str, Table], entity: Erasable, ids: Collection[str]) -> Counter[str]:
    key, home, id_column = _KEYS[entity]
    done = Counter[str]()
    if home not in found or not ids:
        return done
    mine = select(found[home].c[key]).where(found[home].c[id_column].in_(sorted(ids)))
    keys = list(connection.execute(mine).scalars())
    for name, table in found.items():
        if "entity_id" in table.c:  # of a saved forecast, which may be older than the dimension: then both keys are 0
            unknown = and_(table.c.entity_id.in_(sorted(ids)), table.c.lead_key == 0, table.c.deal_key == 0)
            done[name] += connection.execute(delete(table).where(unknown)).rowcount
        if key in table.c and name.startswith(f"{PREFIX}dim_") and name != home:
            unlinked = update(table).where(table.c[key].in_(keys)).values({key: 0})
            done[f"{name} (changed)"] += connection.execute(unlinked).rowcount
        elif key in table.c:
            done[name] += connection.execute(delete(table).where(table.c[key].in_(keys))).rowcount
    return +done


def _forget(connection: Connection, found: Mapping[str, Table], subject: Subject) -> Counter[str]:
    """Out of rows that stay: the contact that is gone, and texts that only they had."""
    done = Counter[str]()
    for name in (home for _, home, _ in _KEYS.values() if home in found):
        for column in found[name].columns:
            gone = subject.contacts if column.name == "contact_id" else subject.texts
            if isinstance(column.type, Text):
                done[f"{name} (changed)"] += _clear(connection, found[name], column.name, gone)
    return +done


def _clear(connection: Connection, table: Table, column: str, values: Collection[str]) -> int:
    """Make these values of a column missing, and say of how many rows."""
    if not values:
        return 0
    cleared = update(table).where(table.c[column].in_(sorted(values))).values({column: None})
    return int(connection.execute(cleared).rowcount)
