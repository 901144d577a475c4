"""The signs of everyone who is open, beside the current scores: read and written in bulk."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, delete, select

from leadcast.store import tables
from leadcast.store.columns import micro
from leadcast.store.parts import in_parts
from leadcast.store.upsert import replace_known
from leadcast.vocabulary import Entity


def signs_kept(connection: Connection, entity: Entity, ids: Collection[str]) -> dict[str, Row]:
    """The signs of some leads or deals, by id; those without are left out."""
    row = tables.signs.c
    return {kept.entity_id: kept for some in in_parts(ids)
            for kept in connection.execute(select(tables.signs).where(row.entity == entity, row.entity_id.in_(some)))}


def replace_signs(
    connection: Connection, entity: Entity, ids: Collection[str], at: np.datetime64, rows: Sequence[dict[str, Any]]
) -> None:
    """Bring the signs of some leads or deals to what is given; who got no row has none any more. Later ones stay as they are.

    Parameters
    ----------
    ids : everyone who was looked at
    at : the moment of the look, UTC
    rows : the columns of table ``signs``, for some of them
    """
    sign = tables.signs.c
    if rows:
        connection.execute(replace_known(connection, tables.signs, unless_later="as_of"), list(rows))
    for some in in_parts(set(ids) - {row["entity_id"] for row in rows}):
        gone = delete(tables.signs).where(sign.entity == entity, sign.entity_id.in_(some), sign.as_of <= micro(at))
        connection.execute(gone)
