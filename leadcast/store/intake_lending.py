"""Attributes that contacts and accounts lend to their leads and deals."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, select

from leadcast.store import tables
from leadcast.store.intake_terms import Terms
from leadcast.store.intake_values import Refused, in_json, typed_value
from leadcast.vocabulary import Entity

Attributes = Mapping[str, Any]


@dataclass(frozen=True)
class Lending:
    """What some contacts and accounts know.

    Attributes
    ----------
    accounts_of : the account of each contact
    """

    contacts: Mapping[str, Attributes]
    accounts: Mapping[str, Attributes]
    accounts_of: Mapping[str, str | None]

    def offered(self, terms: Terms, entity: Entity, contact: str | None, account: str | None) -> dict[str, str | float]:
        """What a lead or deal is lent, by the attributes that it may have; its contact's go before its account's.

        A lead or deal that names no account is lent by its contact's.
        """
        account = account or self.accounts_of.get(contact or "")
        given = {**self.accounts.get(account or "", {}), **self.contacts.get(contact or "", {})}
        found: dict[str, str | float] = {}
        for name, kind in terms.attributes[entity].items():
            value = _as(kind, given.get(name))
            if value is not None:
                found[name] = value
        return found


def lending_of(connection: Connection, contacts: Collection[str], accounts: Collection[str]) -> Lending:
    """The attributes of some contacts and accounts and of the contacts' accounts, held still until the transaction ends."""
    known = _held(connection, tables.contacts, contacts)
    accounts_of = {row.contact_id: row.account_id for row in known}
    theirs = _held(connection, tables.accounts, {*accounts, *(one for one in accounts_of.values() if one is not None)})
    return Lending({row.contact_id: json.loads(row.attributes) for row in known},
                   {row.account_id: json.loads(row.attributes) for row in theirs}, accounts_of)


def _held(connection: Connection, table: Table, ids: Collection[str]) -> list[Any]:
    if not ids:
        return []
    key = next(iter(table.primary_key.columns))
    return list(connection.execute(select(table).where(key.in_(sorted(ids))).order_by(key).with_for_update(read=True)))


def _as(kind: str, value: Any) -> str | float | None:
    """A lent value as the attribute's kind; nothing where it is not of that kind (leads and deals may differ in it)."""
    if kind == "time":
        return value if isinstance(value, str) else None
    try:
        return in_json(kind, typed_value(kind, value, ""))
    except Refused:
        return None
