"""Records into the store: one transaction for a batch, with all that follows from it.

An acknowledged write is durable: records, field history, derived stage entries, the mark of who has news and the stored answer of
an idempotent request are kept together or not at all.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from leadcast.store import tables
from leadcast.store.changes import bump, mark_waiting, reached
from leadcast.store.engine import Store
from leadcast.store.erased import naming_erased
from leadcast.store.intake_terms import Terms
from leadcast.store.parts import in_parts
from leadcast.vocabulary import ENTITIES

Item = Mapping[str, Any]
"""An item's keys as they were sent and only those; times are datetimes with an offset, a key with None clears the value."""
Status = Literal["created", "updated", "unchanged", "rejected"]
ERASED = "was erased; it does not come back"
LINKS = ("lead", "opportunity", "contact", "account")
TRIES = 4
_TURN = 1_279_607_624
"""What ingest writes on PostgreSQL stand in line for: any number that nothing else locks in this database."""
_COLLISIONS = {"40001", "40P01"}
"""PostgreSQL's states of a serialization failure and of a deadlock: the same again will do."""


class Raced(Exception):
    """Somebody else wrote the same new record at the same time; it is known now."""


@dataclass(frozen=True)
class Receipt:
    """When a batch came in, from whom, and under which request.

    Attributes
    ----------
    now : microseconds since 1970
    owners : whose records the sender may write; None: everybody's
    """

    now: int
    owners: frozenset[str] | None = None
    request_id: str = ""

    def may_write(self, owner: str | None) -> bool:
        return self.owners is None or owner in self.owners


@dataclass
class Outcome:
    """What became of one item; ``errors`` are pairs of (path within the item, message)."""

    index: int
    id: str
    status: Status
    errors: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Taken:
    """What a batch did.

    Attributes
    ----------
    news : ids by link, such as {"lead": {"L1"}, "contact": {"C7"}}: everyone they reach has news
    """

    outcomes: list[Outcome]
    news: dict[str, set[str]] = field(default_factory=lambda: {link: set() for link in LINKS})

    def add_news(self, other: "Taken") -> None:
        for link, ids in other.news.items():
            self.news[link] |= ids


Put = Callable[[Connection, Terms, Sequence[Item], Receipt], Taken]
Seal = Callable[[Connection, list[Outcome]], None]


def take_in(store: Store, terms: Terms, resource: str, items: Sequence[Item], receipt: Receipt, put: Put,
            seal: Seal | None = None) -> list[Outcome]:
    """Write a batch in one transaction; items that cannot be used are kept among the rejected ones, unless they name the erased.

    Two writers of the same record wait for one another, and neither's change is lost.

    Parameters
    ----------
    resource : what the items are, such as leads
    put : writes them
    seal : called at the end, within the transaction: keeps the answer of an idempotent request

    Returns
    -------
    one outcome per item, in their order

    Raises
    ------
    StoreUnavailable, StoreFull : nothing was written
    """
    for left in reversed(range(TRIES)):
        try:
            with store.writing() as connection:
                _wait_for_turn(store, connection)
                taken = put(connection, terms, items, receipt)
                _finish(connection, terms, resource, items, receipt, taken)
                if seal is not None:
                    seal(connection, taken.outcomes)
                if any(outcome.status in ("created", "updated") for outcome in taken.outcomes):
                    bump(connection)  # last: whoever writes records waits here for whoever wrote before
                return taken.outcomes
        except Exception as refused:
            if not left or not _collided(refused):
                raise
    raise AssertionError("the last try either returns or raises")


def _wait_for_turn(store: Store, connection: Connection) -> None:
    """One ingest write after the other, as SQLite has it anyway; before anything is read.

    Row locks hold known rows alone: a new lead and its new contact or event, written at once, would never find each other.
    """
    if not store.is_sqlite:
        connection.execute(select(func.pg_advisory_xact_lock(_TURN)))


def _finish(connection: Connection, terms: Terms, resource: str, items: Sequence[Item], receipt: Receipt, taken: Taken) -> None:
    rejected = [outcome for outcome in taken.outcomes if outcome.status == "rejected"]
    of_erased = naming_erased(connection, [items[outcome.index] for outcome in rejected])
    for outcome, gone in zip(rejected, of_erased, strict=True):
        outcome.id = "" if gone else outcome.id  # not even in the answer that is kept for the same request again
    rejected = [outcome for outcome, gone in zip(rejected, of_erased, strict=True) if not gone]
    if rejected:
        connection.execute(tables.rejected.insert(), [
            {"at": receipt.now, "request_id": receipt.request_id, "resource": resource, "place": outcome.index,
             "item": json.dumps(items[outcome.index], ensure_ascii=False, default=_as_json),
             "errors": json.dumps([{"path": path, "message": message} for path, message in outcome.errors], ensure_ascii=False)}
            for outcome in rejected])
    if any(taken.news.values()):
        found = reached(connection, terms.vocabulary, taken.news)
        found["opportunity"] |= taken.news["opportunity"] | _deals_of(connection, taken.news["lead"])
        found["lead"] |= taken.news["lead"]
        present = {entity: _present(connection, entity, found[entity]) for entity in ENTITIES}
        mark_waiting(connection, present, receipt.now)


def _deals_of(connection: Connection, leads: set[str]) -> set[str]:
    """A deal is told by its lead's columns, too, whatever its links are."""
    deals = tables.opportunities.c
    return {deal for some in in_parts(leads)
            for deal in connection.execute(select(deals.opportunity_id).where(deals.lead_id.in_(some))).scalars()}


def _present(connection: Connection, entity: str, ids: set[str]) -> set[str]:
    """Nobody waits for a lead or deal that is not known yet."""
    key = (tables.leads.c.lead_id if entity == "lead" else tables.opportunities.c.opportunity_id)
    return {one for some in in_parts(ids) for one in connection.execute(select(key).where(key.in_(some))).scalars()}


def _as_json(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _collided(refused: BaseException | None) -> bool:
    """Did two writers get into one another's way, so that trying again is right?"""
    while refused is not None:
        if isinstance(refused, Raced):
            return True
        if isinstance(refused, DBAPIError):
            return getattr(refused.orig, "sqlstate", None) in _COLLISIONS
        refused = refused.__cause__
    return False
