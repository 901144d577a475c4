"""Contacts and accounts into the store, and what they lend to their leads and deals."""

import json
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, or_, select

from leadcast.store import tables
from leadcast.store.intake import Item, Outcome, Raced, Receipt, Taken
from leadcast.store.intake_entities import erased_in, read_attributes, refuse_erased
from leadcast.store.intake_limits import NOT_YOURS, not_allowed
from leadcast.store.intake_sheet import TABLES, Sheet
from leadcast.store.intake_terms import Terms
from leadcast.store.intake_values import Refused
from leadcast.store.upsert import keep_known, replace_known
from leadcast.vocabulary import ENTITIES, Entity

_AT_ONCE = 2_000


def put_contacts(connection: Connection, terms: Terms, items: Sequence[Item], receipt: Receipt) -> Taken:
    """Contacts as they are now, by ``contact_id``; a key that an item does not hold leaves the stored value, null clears it.

    Their attributes count for their leads and deals, as far as the workspace knows attributes of these names and the lead or deal
    gives none itself: they are written through now, into the field history as well.
    """
    return _put(connection, terms, tables.contacts, items, receipt)


def put_accounts(connection: Connection, terms: Terms, items: Sequence[Item], receipt: Receipt) -> Taken:
    """Accounts as they are now, by ``account_id``; as :func:`put_contacts`. A contact's attribute goes before its account's."""
    return _put(connection, terms, tables.accounts, items, receipt)


def _put(connection: Connection, terms: Terms, table: Table, items: Sequence[Item], receipt: Receipt) -> Taken:
    key = next(iter(table.primary_key.columns)).name
    gone = erased_in(connection, items)
    not_theirs = not_allowed(connection, [{key: item[key]} for item in items], receipt)
    rows = {row[key]: row for row in _locked(connection, table, {item[key] for item in items})}
    known, taken, changed = set(rows), Taken([]), set()
    for index, item in enumerate(items):
        try:
            refuse_erased(gone, item)
            if index in not_theirs:
                raise Refused(key, NOT_YOURS)
            given = read_attributes(terms.attributes, item.get("attributes") or {})
        except Refused as refused:
            taken.outcomes.append(Outcome(index, item[key], "rejected", [(refused.path, refused.message)]))
            continue
        new = item[key] not in rows
        differs = _merge(rows.setdefault(item[key], _empty(table, key, item[key], receipt)), item, given, receipt)
        changed |= {item[key]} if new or differs else set()
        taken.outcomes.append(Outcome(index, item[key], "created" if new else "updated" if differs else "unchanged"))
    _write(connection, table, [rows[one] for one in sorted(changed)], [one for one in changed if one not in known])
    for entity in ENTITIES:
        taken.news[entity] |= _written_through(connection, terms, entity, key, changed, receipt)
    return taken


def _locked(connection: Connection, table: Table, ids: Collection[str]) -> Iterator[dict[str, Any]]:
    key = next(iter(table.primary_key.columns))
    for row in connection.execute(select(table).where(key.in_(sorted(ids))).order_by(key).with_for_update()):
        yield {**row._mapping, "attributes": json.loads(row.attributes)}


def _empty(table: Table, key: str, one: str, receipt: Receipt) -> dict[str, Any]:
    return {**dict.fromkeys(table.c.keys()), key: one, "attributes": {}, "received_at": receipt.now, "changed_at": receipt.now}


def _merge(row: dict[str, Any], item: Item, given: dict[str, Any], receipt: Receipt) -> bool:
    """Whether anything differs."""
    attributes = {name: value for name, value in {**row["attributes"], **given}.items() if value is not None}
    account = item.get("account_id", row.get("account_id"))
    if attributes == row["attributes"] and account == row.get("account_id"):
        return False
    row.update(attributes=attributes, changed_at=receipt.now, **({"account_id": account} if "account_id" in row else {}))
    return True


def _write(connection: Connection, table: Table, rows: list[dict[str, Any]], new: Collection[str]) -> None:
    plain = [{**row, "attributes": json.dumps(row["attributes"], ensure_ascii=False, sort_keys=True)} for row in rows]
    key = next(iter(table.primary_key.columns)).name
    added = [row for row in plain if row[key] in new]
    if added:
        made = connection.execute(keep_known(connection, table), added, execution_options={"preserve_rowcount": True})
        if made.rowcount != len(added):
            raise Raced
    if len(plain) > len(added):
        connection.execute(replace_known(connection, table), [row for row in plain if row[key] not in new])


def _written_through(connection: Connection, terms: Terms, entity: Entity, key: str, ids: Collection[str],
                     receipt: Receipt) -> set[str]:
    """The leads or deals that hold something else now because of their contact or account."""
    changed: set[str] = set()
    rest = iter(_borrowers(connection, terms, entity, key, ids))
    while some := list(islice(rest, _AT_ONCE)):
        sheet = Sheet(connection, terms, entity, some, receipt)
        changed |= {one for one in some if one in sheet.records and sheet.settle(one)}
        sheet.write()
    return changed


def _borrowers(connection: Connection, terms: Terms, entity: Entity, key: str, ids: Collection[str]) -> list[str]:
    if not ids or not terms.attributes[entity]:
        return []
    table, contacts = TABLES[entity], tables.contacts.c
    mine: ColumnElement[bool] = table.c[key].in_(sorted(ids))
    if key == "account_id":
        theirs = select(contacts.contact_id).where(contacts.account_id.in_(sorted(ids)))
        mine = or_(mine, and_(table.c.account_id.is_(None), table.c.contact_id.in_(theirs)))
    return sorted(connection.execute(select(table.c[f"{entity}_id"]).where(mine)).scalars())
