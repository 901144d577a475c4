"""Leases: of several processes one does a chore, and where it dies another may go on once its time is over.

The holders' own clocks count, so machines that share a store should agree on the time to within a fraction of a lease.
"""

import numpy as np
from sqlalchemy import delete, or_, update

from leadcast.moment import days
from leadcast.store import tables
from leadcast.store.columns import micro
from leadcast.store.engine import Store
from leadcast.store.upsert import keep_known

_SECONDS_OF_A_DAY = 86_400


def take(store: Store, name: str, holder: str, now: np.datetime64, seconds: float) -> bool:
    """Take a lease that is free, over, or one's own; False where another holds it.

    Parameters
    ----------
    name : of what only one may do at a time
    holder : who takes it; no two processes may call themselves the same
    now : the present moment, UTC
    seconds : how long it holds without :func:`renew`
    """
    until = _until(now, seconds)
    row = tables.leases.c
    free = or_(row.until <= micro(now), row.holder == holder)
    with store.writing(survive_power_cut=False) as connection:
        again = update(tables.leases).where(row.name == name, free).values(holder=holder, until=until)
        if connection.execute(again).rowcount:
            return True
        first = keep_known(connection, tables.leases).returning(row.name)  # PostgreSQL's driver counts no rows here
        return connection.execute(first, {"name": name, "holder": holder, "until": until}).one_or_none() is not None


def renew(store: Store, name: str, holder: str, now: np.datetime64, seconds: float) -> bool:
    """Hold a lease for longer; False where it was lost to another meanwhile."""
    row = tables.leases.c
    with store.writing(survive_power_cut=False) as connection:
        longer = update(tables.leases).where(row.name == name, row.holder == holder).values(until=_until(now, seconds))
        return bool(connection.execute(longer).rowcount)


def release(store: Store, name: str, holder: str) -> None:
    """Give a lease back; one that is another's by now stays."""
    row = tables.leases.c
    with store.writing(survive_power_cut=False) as connection:
        connection.execute(delete(tables.leases).where(row.name == name, row.holder == holder))


def _until(now: np.datetime64, seconds: float) -> int:
    return micro(now + days(seconds / _SECONDS_OF_A_DAY))
