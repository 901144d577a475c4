"""Whose records a sender may write who is limited to some owners."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, select

from leadcast.store import tables
from leadcast.store.intake import Item, Receipt

NOT_YOURS = "not among the records that this key may write"
LINKED = ("lead_id", "contact_id", "account_id")
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


def not_to_link(connection: Connection, items: Sequence[Item], receipt: Receipt) -> dict[str, set[str]]:
    """The ids, by key, to which the sender may not link a lead or deal: somebody else's lead or deal carries them already.

    Through a link one reads what belongs to it. What nobody carries yet is free.

    Parameters
    ----------
    items : leads or deals, with some of lead_id, contact_id and account_id
    """
    found: dict[str, set[str]] = defaultdict(set)
    for key in LINKED if receipt.owners is not None else ():
        ids = sorted({item[key] for item in items if item.get(key)})
        for table in (tables.leads, tables.opportunities) if ids else ():
            carried = connection.execute(select(table.c[key], table.c.owner).where(table.c[key].in_(ids)))
            found[key] |= {one for one, owner in carried if not receipt.may_write(owner)}
    return found


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
