"""What is not kept for ever: old answers, old scores, answers to keys of requests, rejected items, answers nobody asks for."""

import numpy as np
from sqlalchemy import ColumnElement, Table, delete, select

from leadcast.moment import days
from leadcast.store import tables
from leadcast.store.columns import micro
from leadcast.store.engine import Store

KEY_DAYS = 1
"""So long a request may be repeated under its Idempotency-Key."""
REJECTED_DAYS = 30
"""So long a rejected item can be looked at."""
UNASKED_DAYS = 7
"""So long an answer is kept ready that nobody asks for."""
_AT_ONCE = 10_000


def forget_old(store: Store, now: np.datetime64, ledger_days: float, history_days: float) -> dict[str, int]:
    """Delete what is older than it is kept, a bounded number of rows per transaction.

    Returns
    -------
    how many rows went, by table; those where none did are left out
    """
    ages: list[tuple[Table, ColumnElement, float]] = [
        (tables.ledger, tables.ledger.c.id, ledger_days), (tables.score_history, tables.score_history.c.id, history_days),
        (tables.rejected, tables.rejected.c.id, REJECTED_DAYS)]
    gone = {table.name: _forget(store, table, key, micro(now - days(age))) for table, key, age in ages}
    with store.writing() as connection:
        old = delete(tables.idempotency).where(tables.idempotency.c.at < micro(now - days(KEY_DAYS)))
        gone[tables.idempotency.name] = connection.execute(old).rowcount
        unasked = delete(tables.prepared).where(tables.prepared.c.asked_at < micro(now - days(UNASKED_DAYS)))
        gone[tables.prepared.name] = connection.execute(unasked).rowcount
    return {name: count for name, count in gone.items() if count}


def _forget(store: Store, table: Table, key: ColumnElement, before: int) -> int:
    """Some at a time, so that nobody waits for long."""
    gone = 0
    while True:
        with store.writing() as connection:
            some = select(key).where(table.c.at < before).limit(_AT_ONCE)
            count = connection.execute(delete(table).where(key.in_(some))).rowcount
        gone += count
        if count < _AT_ONCE:
            return gone
