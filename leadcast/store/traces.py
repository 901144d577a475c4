"""What a database still holds of deleted rows, beside what it answers: overwritten, as far as each lets us."""

import time
from collections.abc import Collection
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from leadcast.mentions import Mentions
from leadcast.store.engine import Store

ATTEMPTS, PAUSE_SECONDS = 20, 0.1
PIECE = 4 << 20


def overwrite_deleted(store: Store, mentions: Mentions, touched: Collection[str]) -> list[str]:
    """Free what was deleted for good: checkpoint and, where a trace is left, rebuild SQLite's file; VACUUM on PostgreSQL.

    SQLite overwrites deleted rows by itself (``secure_delete``), but its log keeps older pages until it is emptied, and a page
    that was put together anew may hold a copy. So its file is searched afterwards.

    Parameters
    ----------
    touched : tables that rows were deleted from

    Returns
    -------
    what could not be freed now, in words; empty where all is well
    """
    if not store.is_sqlite:
        _vacuum(store, sorted(touched))
        return []
    file = Path(make_url(store.place).database or "")
    try:
        emptied = _empty_log(store)
        if emptied and file_mentions(file, mentions):
            _run(store, "VACUUM")
            emptied = _empty_log(store)
    except DBAPIError:  # somebody writes all the time, or there is no room for a second file
        return ["store.db: it could not be rebuilt now; a trace is left until leadcast erase --again"]
    if not emptied:
        return ["store.db-wal: somebody was reading all the time; it is emptied once they are done"]
    return ["store.db: a trace is left"] if file_mentions(file, mentions) else []


def file_mentions(file: Path, mentions: Mentions) -> bool:
    """Do the bytes of a file, however large, name somebody?"""
    overlap = 16 * max((len(text) for text in mentions.telling), default=1)
    with file.open("rb") as content:
        before = b""
        while piece := content.read(PIECE):
            if mentions.in_bytes(before + piece):
                return True
            before = piece[-overlap:]
    return False


def _empty_log(store: Store) -> bool:
    """Bring SQLite's log into its file and cut it to nothing; False where a reader holds on to it."""
    for _ in range(ATTEMPTS):
        with store.engine.connect() as connection:
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
        if not busy:
            return True
        time.sleep(PAUSE_SECONDS)
    return False


def _vacuum(store: Store, names: Collection[str]) -> None:
    if names:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"VACUUM {', '.join(names)}")


def _run(store: Store, statement: str) -> None:
    """Outside of any transaction: a connection to SQLite is, as long as nobody begins one."""
    with store.engine.connect() as connection:
        connection.exec_driver_sql(statement)
