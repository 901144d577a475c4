"""Who belongs to whom, as the store knows it at a moment."""

from collections.abc import Collection
from typing import Literal

import numpy as np
from sqlalchemy import Connection, select

from leadcast import schema
from leadcast.owners import of_owners
from leadcast.store import tables
from leadcast.store.columns import canonical
from leadcast.store.engine import Store
from leadcast.table import Table

Level = Literal["region", "manager", "owner"]
UPPER: tuple[Literal["region", "manager"], ...] = ("region", "manager")


def members(store: Store, by: Literal["manager", "region"], of: Collection[str], as_of: np.datetime64) -> frozenset[str]:
    """The owners who have one of these managers, or sit in one of these regions, as of a moment.

    Raises
    ------
    StoreUnavailable : the database does not answer
    """
    with store.reading() as connection:
        belongs = of_owners(_owners(connection), by, as_of)
    return frozenset(owner for owner, found in belongs.items() if found in of)


def everyone_in(
    connection: Connection, as_of: np.datetime64, allowed: frozenset[str] | None = None
) -> dict[Level, list[tuple[str, str]]]:
    """Regions, managers and owners as of a moment, each as (name, how people call it), by what they are called.

    Owners are those of the owners' table and those who own a lead or deal.

    Parameters
    ----------
    allowed : only these owners, and the managers and regions they belong to; None: all
    """
    table = _owners(connection)
    known = {owner for some in (tables.leads, tables.opportunities)
             for owner in connection.execute(select(some.c.owner).distinct()).scalars() if owner is not None}
    names = of_owners(table, "name", as_of)
    seen = {owner for owner in known | set(names) if allowed is None or owner in allowed}
    found: dict[Level, dict[str, str]] = {"owner": {owner: names.get(owner) or owner for owner in seen}}
    for level in UPPER:
        belongs = of_owners(table, level, as_of)
        above = {belongs[owner] for owner in seen if belongs.get(owner) is not None}
        found[level] = {name: names.get(name) or name for name in above if name is not None}
    return {level: sorted(some.items(), key=lambda pair: (pair[1].casefold(), pair[0])) for level, some in found.items()}


def _owners(connection: Connection) -> Table:
    columns = [tables.owners.c[name] for name in schema.OWNERS.columns]
    return canonical(schema.OWNERS, connection.execute(select(*columns).order_by(tables.owners.c.owner_key)).fetchall())
