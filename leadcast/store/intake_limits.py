"""Whose records a sender may write who is limited to some owners."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, select

from leadcast.store import tables
from leadcast.store.intake import Item, Receipt

NOT_YOURS = "not among the records that this key may write"
Owners = defaultdict[tuple[str, str], set[str | None]]


def not_allowed(connection: Connection, items: Sequence[Item], receipt: Receipt) -> frozenset[int]:
    """The places of items that speak of what the sender may not write.

    Every lead and deal that an item names must be known and belong to the sender's owners; where it names none, all those of its
    contact and account must.

    Parameters
    ----------
    items : with some of lead_id, opportunity_id, contact_id and account_id
    """
    if receipt.owners is None:
        return frozenset()
    owners = _owners(connection, {link: {item[f"{link}_id"] for item in items if item.get(f"{link}_id")}
                                  for link in ("lead", "opportunity", "contact", "account")})
    return frozenset(place for place, item in enumerate(items) if not _may(item, owners, receipt.owners))


def _may(item: Item, owners: Owners, allowed: frozenset[str]) -> bool:
    named, beside = ([owners[link, item[f"{link}_id"]] for link in links if item.get(f"{link}_id")]
                     for links in (("lead", "opportunity"), ("contact", "account")))
    if named:
        return all(some and some <= allowed for some in named) and all(not some or some & allowed for some in beside)
    return bool(beside) and all(some and some <= allowed for some in beside)


def _owners(connection: Connection, ids: dict[str, Collection[str]]) -> Owners:
    """The owners behind each id: of the lead or deal itself, or of all those of a contact or account."""
    found: Owners = defaultdict(set)
    for entity, table in (("lead", tables.leads), ("opportunity", tables.opportunities)):
        for link in (entity, "contact", "account"):
            column = table.c[f"{link}_id"]
            if ids[link]:
                for one, owner in connection.execute(select(column, table.c.owner).where(column.in_(sorted(ids[link])))):
                    found[link, one].add(owner)
    return found
