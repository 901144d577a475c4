"""Who belongs to whom, as the store knows it at a moment."""

from collections.abc import Collection
from typing import Literal

import numpy as np
from sqlalchemy import select

from leadcast import schema
from leadcast.owners import of_owners
from leadcast.store import tables
from leadcast.store.columns import canonical
from leadcast.store.engine import Store


def members(store: Store, by: Literal["manager", "region"], of: Collection[str], as_of: np.datetime64) -> frozenset[str]:
    """The owners who have one of these managers, or sit in one of these regions, as of a moment.

    Raises
    ------
    StoreUnavailable : the database does not answer
    """
    columns = [tables.owners.c[name] for name in schema.OWNERS.columns]
    with store.reading() as connection:
        rows = connection.execute(select(*columns).order_by(tables.owners.c.owner_key)).fetchall()
    belongs = of_owners(canonical(schema.OWNERS, rows), by, as_of)
    return frozenset(owner for owner, found in belongs.items() if found in of)
