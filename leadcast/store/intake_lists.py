"""Lists of what the store knows of contacts, accounts, owners, quotas, costs and changes of fields, a page at a time."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, false, or_, select, tuple_

from leadcast.store import tables
from leadcast.store.engine import Store


@dataclass(frozen=True)
class Listed:
    """How one kind of record is listed.

    Attributes
    ----------
    order : the columns that it stands in order of; no two rows are equal in all of them
    shown : the columns of an item
    """

    table: Table
    order: tuple[str, ...]
    shown: tuple[str, ...]


LISTS: dict[str, Listed] = {
    "contacts": Listed(tables.contacts, ("contact_id",), ("contact_id", "account_id", "attributes", "changed_at")),
    "accounts": Listed(tables.accounts, ("account_id",), ("account_id", "attributes", "changed_at")),
    "owners": Listed(tables.owners, ("owner", "owner_key"), ("owner", "name", "manager", "region", "valid_from")),
    "quotas": Listed(tables.quotas, ("period", "quota_key"), ("owner", "region", "period", "amount", "currency")),
    "costs": Listed(tables.costs, ("period", "cost_key"), ("source", "campaign", "period", "amount", "currency")),
    "field-history": Listed(tables.fields, ("changed_at", "field_key"), (
        "entity", "entity_id", "field", "value", "old_value", "changed_at", "recorded_at")),
}
Place = tuple[str | int, ...]


def list_page(store: Store, resource: str, filters: Mapping[str, str | None], limit: int, after: Place | None = None,
              owners: Collection[str] | None = None) -> tuple[list[dict[str, Any]], Place | None]:
    """Some rows in a stable order, and where the next ones begin; None where there are no more.

    A row that is added meanwhile stands in its place of the order: pages read one after the other show every row once that was
    there from the beginning.

    Parameters
    ----------
    filters : column = value; None: any
    after : where the page before ended
    owners : whose records may be seen; None: everybody's

    Returns
    -------
    rows with times in microseconds
    """
    listed = LISTS[resource]
    columns = listed.table.c
    order = [columns[name] for name in listed.order]
    asked = select(listed.table).order_by(*order).limit(limit + 1)
    for name, value in filters.items():
        if value is not None:
            asked = asked.where(columns[name] == value)
    if after is not None:
        asked = asked.where(tuple_(*order) > tuple_(*after))
    if owners is not None:
        asked = asked.where(_theirs(resource, listed.table, sorted(owners)))
    with store.reading() as connection:
        rows = _rows(connection, asked)
    page = rows[:limit]
    place = tuple(page[-1][name] for name in listed.order) if len(rows) > limit else None
    return [{name: row[name] for name in listed.shown} for row in page], place


def _rows(connection: Connection, asked: Any) -> list[dict[str, Any]]:
    rows = [dict(row) for row in connection.execute(asked).mappings()]
    return [{**row, "attributes": json.loads(row["attributes"])} if "attributes" in row else row for row in rows]


def _theirs(resource: str, table: Table, owners: list[str]) -> ColumnElement[bool]:
    """Rows that speak of these owners: by themselves, or by a lead or deal of theirs."""
    if "owner" in table.c:
        return table.c.owner.in_(owners)
    if resource == "costs":
        return false()  # the company's, nobody's own
    key = {"contacts": "contact_id", "accounts": "account_id"}.get(resource)
    if key is not None:
        return or_(*(table.c[key].in_(select(of.c[key]).where(of.c.owner.in_(owners)))
                     for of in (tables.leads, tables.opportunities)))
    return or_(*((table.c.entity == entity) & table.c.entity_id.in_(select(of.c[f"{entity}_id"]).where(of.c.owner.in_(owners)))
                 for entity, of in (("lead", tables.leads), ("opportunity", tables.opportunities))))
