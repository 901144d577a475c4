"""Events into the store: facts, of which the first stands, and what they say of leads and deals."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from leadcast.schema import EVENTS
from leadcast.store import tables
from leadcast.store.intake import LINKS, Item, Outcome, Raced, Receipt, Taken
from leadcast.store.intake_derived import begin_deals, derive_stages
from leadcast.store.intake_entities import erased_in, refuse_erased
from leadcast.store.intake_limits import NOT_YOURS, not_allowed
from leadcast.store.intake_terms import Terms
from leadcast.store.intake_values import Refused, check_moment, micro_of, recorded, typed_value
from leadcast.store.keys import event_key
from leadcast.store.upsert import keep_known

CONTENT = ("occurred_at", "direction", "actor", "sequence", "value")
"""What an event with an id may not say otherwise the second time."""
Known = dict[str, Mapping[str, Any]]


def put_events(connection: Connection, terms: Terms, items: Sequence[Item], receipt: Receipt) -> Taken:
    """Events as they happened. One that is known is unchanged, however often it comes; the order does not matter.

    With an ``event_id`` it is that event, for each whom it concerns and each type; without, its content is. The same event with
    other content is rejected. ``recorded_at`` is now unless it is given (a backfill), so that an event that comes late changes
    nothing that a past day saw, but for a deal that begins with an event: that begins when the first of them happened, even if
    it came late. An event about nobody who is known is kept: they may come later. Where the workspace derives stage entries or
    deals from events, they are derived at once.
    """
    gone, not_theirs = erased_in(connection, items), not_allowed(connection, items, receipt)
    rows: dict[int, dict[str, Any]] = {}
    taken = Taken([])
    for index, item in enumerate(items):
        try:
            refuse_erased(gone, item)
            if index in not_theirs:
                raise Refused("lead_id", NOT_YOURS)
            rows[index] = _row(item, receipt)
        except Refused as refused:
            taken.outcomes.append(_rejected(index, item, refused))
    known = _known(connection, [row["event_key"] for row in rows.values()])
    new: list[dict[str, Any]] = []
    for index, row in rows.items():
        taken.outcomes.append(_outcome(index, items[index], row, known))
        if taken.outcomes[-1].status == "created":
            known[row["event_key"]] = row
            new.append(row)
    taken.outcomes.sort(key=lambda outcome: outcome.index)
    if new:
        _write(connection, new)
        _follow(connection, terms, new, receipt, taken)
    return taken


def _row(item: Item, receipt: Receipt) -> dict[str, Any]:
    """One event as the store keeps it.

    Raises
    ------
    Refused : it cannot be used
    """
    links = tuple(item.get(f"{link}_id") for link in LINKS)
    if not any(links):
        raise Refused("lead_id", "an event needs at least one of lead_id, opportunity_id, contact_id and account_id")
    happened, given = micro_of(item["occurred_at"]), item.get("recorded_at")
    check_moment(happened, receipt.now, "occurred_at")
    row: dict[str, Any] = {name: typed_value("number", item.get(name), name) if name in EVENTS.numbers else item.get(name)
                           for name in EVENTS.columns}
    row |= {"occurred_at": happened, "received_at": receipt.now,
            "recorded_at": recorded(None if given is None else micro_of(given), happened, receipt.now)}
    key = event_key(links, row["type"], happened, row["event_id"], row["sequence"], row["direction"], row["actor"], row["value"])
    return {**row, "event_key": key}


def _outcome(index: int, item: Item, row: Mapping[str, Any], known: Known) -> Outcome:
    before = known.get(row["event_key"])
    if before is not None and any(before[name] != row[name] for name in CONTENT):
        return _rejected(index, item, Refused("event_id", "is known with another content, and events do not change; a new event "
                                              "needs a new id"))
    return Outcome(index, item.get("event_id") or row["event_key"], "created" if before is None else "unchanged")


def _rejected(index: int, item: Item, refused: Refused) -> Outcome:
    return Outcome(index, item.get("event_id") or "", "rejected", [(refused.path, refused.message)])


def _known(connection: Connection, keys: Collection[str]) -> Known:
    columns = tables.events.c
    asked = select(columns.event_key, *(columns[name] for name in CONTENT)).where(columns.event_key.in_(sorted(keys)))
    return {row["event_key"]: dict(row) for row in connection.execute(asked).mappings()} if keys else {}


def _write(connection: Connection, rows: list[dict[str, Any]]) -> None:
    made = connection.execute(keep_known(connection, tables.events), sorted(rows, key=lambda row: str(row["event_key"])),
                              execution_options={"preserve_rowcount": True})
    if made.rowcount != len(rows):
        raise Raced


def _follow(connection: Connection, terms: Terms, rows: Sequence[Mapping[str, Any]], receipt: Receipt, taken: Taken) -> None:
    """Who has news, and which stages and deals the events make."""
    for link in LINKS:
        taken.news[link] |= {row[f"{link}_id"] for row in rows} - {None}
    made = begin_deals(connection, terms, _named(rows, "lead_id", {t for begun in terms.begun for t in begun.types}), receipt)
    taken.news["opportunity"] |= made
    telling = {name for source in terms.from_events for name in source.events}
    leads, deals = (_named(rows, key, telling) for key in ("lead_id", "opportunity_id"))
    if leads or deals or made:
        derive_stages(connection, terms, leads, deals | made, receipt)


def _named(rows: Sequence[Mapping[str, Any]], key: str, types: Collection[str]) -> set[str]:
    """Whom events of some types name."""
    return {row[key] for row in rows if row["type"] in types} - {None}
