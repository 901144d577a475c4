"""A person's records out of the store: what is theirs is deleted, what stays loses its link to them."""

import json
from collections import Counter
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, or_, select, update

from leadcast.mentions import Mentions
from leadcast.store import tables
from leadcast.store.changes import bump, mark_waiting
from leadcast.store.erased import bury, mark_erasure, wait_for_writers
from leadcast.store.feed_erasure import erase_from_feed
from leadcast.store.jobs import UNFINISHED
from leadcast.store.subject import ABOUT, Subject, stands_in

_NEEDLES_AT_ONCE = 200
"""A database refuses an expression of a thousand ORs."""


def erase_records(connection: Connection, subject: Subject, at: int, models: Collection[str] = ()) -> Counter[str]:
    """Delete everything of a subject in this transaction, and set tombstones so that it does not come back.

    A deal that stays keeps its amounts, stages and events; its link to the lead and the contact is cleared, and with it
    whatever text of theirs stands in its attributes. It is marked as one with news: its score changes.

    Parameters
    ----------
    at : when, microseconds since 1970
    models : the registered versions that had seen them, kept with the tombstone

    Returns
    -------
    how many rows of each table were deleted, and under ``TABLE (changed)`` how many stayed without what named them
    """
    done = Counter[str]()
    wait_for_writers(connection)
    _delete_records(connection, subject, done)
    _unlink(connection, subject, done)
    done.update(erase_from_feed(connection, subject))
    mentions = subject.mentions
    _delete_naming(connection, tables.rejected, "item", mentions, done)
    _delete_naming(connection, tables.idempotency, "answer", mentions, done)
    _leave_out_of_jobs(connection, mentions, done)
    if subject.is_known or subject.was_erased or done.total():
        for entity, ids in (("lead", subject.leads), ("opportunity", subject.deals), ("contact", subject.contacts)):
            bury(connection, entity, ids, at, models)  # type: ignore[arg-type]
        bump(connection)
        done.update(forget_prepared(connection))
        mark_waiting(connection, {"opportunity": subject.unlinked}, at)
    return +done


def _delete_records(connection: Connection, subject: Subject, done: Counter[str]) -> None:
    owned: list[tuple[Table, str, Collection[str]]] = [
        (tables.events, "lead_id", subject.leads), (tables.events, "opportunity_id", subject.deals),
        (tables.leads, "lead_id", subject.leads), (tables.opportunities, "opportunity_id", subject.deals),
        (tables.contacts, "contact_id", subject.contacts),
    ]
    for table, column, ids in owned:
        if ids:
            done[table.name] += connection.execute(delete(table).where(table.c[column].in_(sorted(ids)))).rowcount
    done.update(erase_rows_about(connection, subject))
    event = tables.events.c
    if subject.contacts:
        theirs = delete(tables.events).where(event.contact_id.in_(sorted(subject.contacts)), event.opportunity_id.is_(None))
        done["events"] += connection.execute(theirs).rowcount


def erase_rows_about(connection: Connection, subject: Subject) -> Counter[str]:
    """Delete what was made of them: also of an answer that was being worked out while they were erased."""
    done = Counter[str]()
    for table in ABOUT:
        for entity, ids in (("lead", subject.leads), ("opportunity", subject.deals)):
            if ids:
                theirs = delete(table).where(table.c.entity == entity, table.c.entity_id.in_(sorted(ids)))
                done[table.name] += connection.execute(theirs).rowcount
    return +done


def forget_prepared(connection: Connection) -> Counter[str]:
    """Delete every answer that is kept ready: any may name them, and all are made again. What is being made is not kept."""
    mark_erasure(connection)
    return +Counter({tables.prepared.name: connection.execute(delete(tables.prepared)).rowcount})


def _unlink(connection: Connection, subject: Subject, done: Counter[str]) -> None:
    """Clear what still points to them in rows that stay.

    An event keeps its key, so that the same event sent again is known and does not bring the link back.
    """
    event, deal, change = tables.events.c, tables.opportunities.c, tables.fields.c
    contacts, texts = sorted(subject.contacts | subject.shared), sorted(subject.texts)
    ids = sorted(subject.leads | subject.deals | subject.contacts)
    kept = deal.opportunity_id.in_(sorted(subject.unlinked))
    changes: list[tuple[Table, ColumnElement[bool], str]] = [
        (tables.opportunities, and_(kept, deal.contact_id.in_(contacts)), "contact_id"),
        (tables.opportunities, deal.lead_id.in_(sorted(subject.leads)), "lead_id"),
        (tables.opportunities, deal.contact_id.in_(sorted(subject.contacts)), "contact_id"),
        (tables.leads, tables.leads.c.contact_id.in_(sorted(subject.contacts)), "contact_id"),
        (tables.events, event.contact_id.in_(sorted(subject.contacts)), "contact_id"),
        (tables.events, event.actor.in_(texts), "actor"),
        (tables.fields, _points_to(change.value, ids, texts), "value"),
        (tables.fields, _points_to(change.old_value, ids, texts), "old_value"),
    ]
    for table, which, column in changes:
        done[f"{table.name} (changed)"] += connection.execute(update(table).where(which).values({column: None})).rowcount
    done["opportunities (changed)"] = len(subject.unlinked)
    _clear_attributes(connection, subject)


def _points_to(value: ColumnElement[str], ids: list[str], texts: list[str]) -> ColumnElement[bool]:
    return or_(and_(value.in_(ids), tables.fields.c.field.in_(["lead_id", "opportunity_id", "contact_id"])), value.in_(texts))


def _clear_attributes(connection: Connection, subject: Subject) -> None:
    deals = tables.opportunities
    for row in connection.execute(select(deals.c.opportunity_id, deals.c.attributes)
                                  .where(deals.c.opportunity_id.in_(sorted(subject.unlinked)))).fetchall():
        given = json.loads(row.attributes)
        kept = {name: value for name, value in given.items() if not (isinstance(value, str) and value in subject.texts)}
        if kept != given:
            text = json.dumps(kept, ensure_ascii=False, sort_keys=True)
            connection.execute(update(deals).where(deals.c.opportunity_id == row.opportunity_id).values(attributes=text))


def _delete_naming(connection: Connection, table: Table, column: str, mentions: Mentions, done: Counter[str]) -> None:
    """Delete rows whose JSON names them; the database looks for the letters, then each is looked at as JSON."""
    keys = list(table.primary_key.columns)
    needles = mentions.needles()
    named: dict[tuple[Any, ...], Any] = {}
    for start in range(0, len(needles), _NEEDLES_AT_ONCE):
        may = or_(*(stands_in(connection, table.c[column], needle) for needle in needles[start:start + _NEEDLES_AT_ONCE]))
        found = connection.execute(select(*keys, table.c[column]).where(may)).fetchall()
        named.update((tuple(row[:-1]), row) for row in found if mentions.in_json_text(row[-1]))
    for row in named.values():
        these = [key == value for key, value in zip(keys, row[:-1], strict=True)]
        done[table.name] += connection.execute(delete(table).where(*these)).rowcount


def _leave_out_of_jobs(connection: Connection, mentions: Mentions, done: Counter[str]) -> None:
    """Jobs that asked for some ids ask for the others only, and go on after one who stays; nobody is counted twice."""
    jobs = tables.jobs
    for row in connection.execute(select(jobs.c.job_id, jobs.c.request, jobs.c.status, jobs.c.after)).fetchall():
        request = json.loads(row.request)
        changed: dict[str, str | None] = {}
        ids = request.get("ids")
        left = None if ids is None else [one for one in ids if one not in mentions.ids]
        if left != ids:
            changed["request"] = json.dumps({**request, "ids": left}, ensure_ascii=False)
        if row.after in mentions.ids:
            before = _last_before(connection, request["entity"], left, row.after) if row.status in UNFINISHED else None
            changed["after"] = before
        if changed:
            connection.execute(update(jobs).where(jobs.c.job_id == row.job_id).values(**changed))
            done["jobs (changed)"] += 1


def _last_before(connection: Connection, entity: str, ids: list[str] | None, gone: str) -> str | None:
    """The last one who stays before one who goes, in the order in which a job takes them."""
    if ids is not None:
        return max((one for one in ids if one < gone), default=None)
    key = tables.leads.c.lead_id if entity == "lead" else tables.opportunities.c.opportunity_id
    return connection.execute(select(func.max(key)).where(key < gone)).scalar()
