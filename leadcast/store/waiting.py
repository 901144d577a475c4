"""Who waits for a new score, and who is there to be scored at all."""

from collections.abc import Collection, Sequence

import numpy as np
from sqlalchemy import Connection, Row, and_, bindparam, case, delete, func, select

from leadcast.store import tables
from leadcast.store.columns import NO_TIME_INSIDE, micro
from leadcast.vocabulary import Entity, Vocabulary

_TABLES = {"lead": tables.leads, "opportunity": tables.opportunities}


def oldest_marks(connection: Connection, at: np.datetime64, most: int) -> Sequence[Row]:
    """The marks of those whose newest news came first: entity, entity_id, since (when it came), events.

    Parameters
    ----------
    at : UTC; marks with later news wait on, as a score of that moment does not see them
    """
    row = tables.waiting.c
    oldest = select(tables.waiting).where(row.since <= micro(at)).order_by(row.since, row.entity, row.entity_id)
    return connection.execute(oldest.limit(most)).fetchall()


def marks_of(connection: Connection, entity: Entity, ids: Collection[str], at: np.datetime64) -> Sequence[Row]:
    """The marks of some leads or deals, those with news later than a moment left out; at most a few thousand ids."""
    row = tables.waiting.c
    mine = select(tables.waiting).where(row.entity == entity, row.entity_id.in_(sorted(ids)), row.since <= micro(at))
    return connection.execute(mine).fetchall()


def remove_marks(connection: Connection, marks: Sequence[Row]) -> None:
    """Take marks away as they were read; one that got more news meanwhile stays."""
    read = [{f"the_{name}": cell for name, cell in mark._mapping.items()} for mark in marks]
    if read:
        same = and_(*(column == bindparam(f"the_{column.name}") for column in tables.waiting.columns))
        # in the order of who sets them, else two transactions may wait for each other
        connection.execute(delete(tables.waiting).where(same), sorted(read, key=lambda m: (m["the_entity"], m["the_entity_id"])))


def ids_after(connection: Connection, entity: Entity, after: str | None, most: int) -> list[str]:
    """The next ids that the store holds, in the database's own order."""
    key = _TABLES[entity].c[f"{entity}_id"]
    later = select(key).order_by(key).limit(most)
    return list(connection.execute(later if after is None else later.where(key > after)).scalars())


def how_many(connection: Connection, entity: Entity) -> int:
    return connection.execute(select(func.count()).select_from(_TABLES[entity])).scalar_one()


def still_there(connection: Connection, entity: Entity, ids: Collection[str]) -> set[str]:
    """Those that the store still holds, held fast until the transaction ends, so that nobody is erased while scored."""
    key = _TABLES[entity].c[f"{entity}_id"]
    held = select(key).where(key.in_(sorted(ids))).order_by(key).with_for_update(read=True, key_share=True)
    return set(connection.execute(held).scalars())


def surely_closed(
    connection: Connection, vocabulary: Vocabulary, entity: Entity, ids: Collection[str], at: np.datetime64
) -> set[str]:
    """Those whose newest stage entry has closed them; told without reading their histories.

    Leaves out whoever is in doubt, such as one with an entry that becomes known only later.
    """
    row, closed = tables.stages.c, sorted(vocabulary.closed(entity))
    entered = func.coalesce(row.entered_at, row.recorded_at)
    last = {is_closed: func.max(case((row.stage.in_(closed) == is_closed, entered))) for is_closed in (True, False)}
    no_later = [func.coalesce(func.max(time), NO_TIME_INSIDE) <= micro(at) for time in (row.entered_at, row.recorded_at)]
    ended = select(row.entity_id).where(row.entity == entity, row.entity_id.in_(sorted(ids))).group_by(row.entity_id)
    ended = ended.having(last[True] > func.coalesce(last[False], NO_TIME_INSIDE), *no_later)
    return set(connection.execute(ended).scalars()) if closed else set()
