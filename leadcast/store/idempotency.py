"""Requests that may be sent again: what was answered the first time, kept for a day."""

from dataclasses import dataclass

from sqlalchemy import Connection, and_, delete, or_, select, update

from leadcast.errors import LeadcastError
from leadcast.store import tables
from leadcast.store.engine import Store
from leadcast.store.upsert import keep_known

KEPT = 24 * 3_600 * 1_000_000
STALE = 60 * 1_000_000
"""Microseconds after which a request without an answer counts as lost, with the process that was at it."""
RUNNING = "The first request with this Idempotency-Key is still running; try again in a moment."


class KeyReused(LeadcastError):
    """The key came with another request before."""


class InProgress(LeadcastError):
    """The first request with this key is still running."""


@dataclass(frozen=True)
class Stored:
    """What was answered."""

    status: int
    answer: str


def claim(store: Store, caller: str, key: str, request_hash: str, now: int) -> Stored | None:
    """The answer that is kept for a key, or None: then the request is the caller's to do, and to seal or to release.

    Parameters
    ----------
    caller : the public part of the caller's key; each caller has keys of its own
    request_hash : of method, path and body
    now : microseconds since 1970

    Raises
    ------
    KeyReused : the key came with another request within a day
    InProgress : the first request is not answered yet; one without an answer for a minute is taken over
    """
    asked = tables.idempotency
    mine = and_(asked.c.caller == caller, asked.c.key == key)
    with store.writing(survive_power_cut=False) as connection:  # a claim that a power cut takes away is none
        over = or_(asked.c.at <= now - KEPT, and_(asked.c.status.is_(None), asked.c.at <= now - STALE))
        connection.execute(delete(asked).where(mine, over))
        made = connection.execute(keep_known(connection, asked), {"caller": caller, "key": key, "request_hash": request_hash,
                                                                  "at": now}, execution_options={"preserve_rowcount": True})
        if made.rowcount:
            return None
        known = connection.execute(select(asked).where(mine)).one_or_none()
    if known is None:  # the first one gave it up just now
        raise InProgress(RUNNING)
    if known.request_hash != request_hash:
        raise KeyReused("This Idempotency-Key came with another request before; take a new one for each request.")
    if known.status is None:
        raise InProgress(RUNNING)
    return Stored(known.status, known.answer)


def seal(connection: Connection, caller: str, key: str, request_hash: str, status: int, answer: str, now: int) -> None:
    """Keep the answer of a claimed request, in the transaction that writes what it asked for."""
    row = {"caller": caller, "key": key, "request_hash": request_hash, "status": status, "answer": answer, "at": now}
    asked = tables.idempotency
    mine = and_(asked.c.caller == caller, asked.c.key == key, asked.c.request_hash == request_hash)
    if not connection.execute(update(asked).where(mine, asked.c.status.is_(None)).values(row)).rowcount:
        connection.execute(keep_known(connection, asked), row)


def release(store: Store, caller: str, key: str, request_hash: str) -> None:
    """Give up a claim without an answer, so that the request can be sent again at once."""
    asked = tables.idempotency
    with store.writing(survive_power_cut=False) as connection:
        connection.execute(delete(asked).where(asked.c.caller == caller, asked.c.key == key,
                                               asked.c.request_hash == request_hash, asked.c.status.is_(None)))


def forget_old(store: Store, before: int) -> int:
    """Forget what was answered before a moment (microseconds); how many answers that were."""
    with store.writing() as connection:
        return int(connection.execute(delete(tables.idempotency).where(tables.idempotency.c.at < before)).rowcount)
