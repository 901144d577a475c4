"""Owners, quotas and costs into the store."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Table, select

from leadcast.period import PeriodError
from leadcast.quota_periods import spans_of
from leadcast.store import tables
from leadcast.store.intake import Item, Outcome, Raced, Receipt, Status, Taken
from leadcast.store.intake_limits import NOT_YOURS
from leadcast.store.intake_terms import Terms
from leadcast.store.intake_values import Refused, check_money, micro_of
from leadcast.store.keys import cost_key, owner_key, quota_key
from leadcast.store.upsert import keep_known, replace_known

Read = Callable[[Item], dict[str, Any]]


def put_owners(connection: Connection, terms: Terms, items: Sequence[Item], receipt: Receipt) -> Taken:
    """Who belongs to whom, by owner and ``valid_from``; a key that an item does not hold leaves the stored value, null clears it.

    A sender who is limited to some owners may not write them: they decide whose records it sees.
    """
    def read(item: Item) -> dict[str, Any]:
        if receipt.owners is not None:
            raise Refused("owner", "a key that is limited to some owners may not say who belongs to whom")
        since = None if item.get("valid_from") is None else micro_of(item["valid_from"])
        return {**item, "valid_from": since, "owner_key": owner_key(item["owner"], since)}

    return _put(connection, tables.owners, items, receipt, read, lambda row: str(row["owner"]))


def put_quotas(connection: Connection, terms: Terms, items: Sequence[Item], receipt: Receipt) -> Taken:
    """What an owner or a region is to win in a period, by the three of them, in the reporting currency."""
    def read(item: Item) -> dict[str, Any]:
        owner, region = item.get("owner"), item.get("region")
        if owner is None and region is None:
            raise Refused("owner", "a quota is an owner's or a region's: one of the two is needed")
        if not receipt.may_write(owner):
            raise Refused("owner", NOT_YOURS)
        amount = _in_reporting(terms, item["amount"], item.get("currency"), _begins(terms, item["period"]))
        return {"owner": owner, "region": region, "period": item["period"], "amount": amount,
                "currency": terms.vocabulary.currency, "quota_key": quota_key(owner, region, item["period"])}

    return _put(connection, tables.quotas, items, receipt, read, lambda row: str(row.get("owner") or row.get("region") or ""))


def put_costs(connection: Connection, terms: Terms, items: Sequence[Item], receipt: Receipt) -> Taken:
    """What a source or a campaign of it cost in a period, by the three of them, in the reporting currency.

    A sender who is limited to some owners may not write them: they are the company's.
    """
    def read(item: Item) -> dict[str, Any]:
        source, campaign = item.get("source"), item.get("campaign")
        if source is None and campaign is None:
            raise Refused("source", "a cost is a source's or a campaign's: one of the two is needed")
        if receipt.owners is not None:
            raise Refused("source", "a key that is limited to some owners may not write the company's costs")
        amount = _in_reporting(terms, item["amount"], item.get("currency"), _begins(terms, item["period"]))
        return {"source": source, "campaign": campaign, "period": item["period"], "amount": amount,
                "currency": terms.vocabulary.currency, "cost_key": cost_key(source, campaign, item["period"])}

    return _put(connection, tables.costs, items, receipt, read, lambda row: str(row.get("source") or row.get("campaign") or ""))


def _begins(terms: Terms, period: str) -> int:
    """The first moment of a period, in microseconds since 1970."""
    calendar = terms.workspace.workspace.timezone, terms.workspace.forecast.fiscal_year_starts
    try:
        return int(spans_of([period], *calendar)[period].start.astype("datetime64[us]").astype(int))
    except PeriodError:
        raise Refused("period", "not a period: write 2026, 2026-Q1, 2026-03, FY2026-Q1 or its first day") from None


def _in_reporting(terms: Terms, amount: float, currency: str | None, at: int) -> float:
    rate = 1.0 if currency is None else terms.rate(currency, at)
    if rate is None:
        raise Refused("currency", f"there is no exchange rate into {terms.vocabulary.currency} for it on the first day of the "
                      f"period; send the amount in {terms.vocabulary.currency}")
    check_money(amount * rate, "amount")
    return amount * rate


def _put(connection: Connection, table: Table, items: Sequence[Item], receipt: Receipt, read: Read,
         named: Callable[[Item], str]) -> Taken:
    """Rows by their natural key, the later of one batch on top of the earlier."""
    key = next(iter(table.primary_key.columns))
    taken, rows = Taken([]), {}
    for index, item in enumerate(items):
        try:
            rows[index] = read(item)
        except Refused as refused:
            taken.outcomes.append(Outcome(index, named(item), "rejected", [(refused.path, refused.message)]))
    asked = select(table).where(key.in_(sorted(row[key.name] for row in rows.values()))).order_by(key).with_for_update()
    known = {row[key.name]: dict(row) for row in connection.execute(asked).mappings()} if rows else {}
    new: set[str] = set()
    changed: set[str] = set()
    for index, row in rows.items():
        before = known.get(row[key.name])
        after = {**dict.fromkeys(table.c.keys()), **(before or {"received_at": receipt.now}), **row}
        status: Status = "created" if before is None else "unchanged" if after == before else "updated"
        known[row[key.name]] = after
        (new if before is None else changed).add(row[key.name]) if status != "unchanged" else None
        taken.outcomes.append(Outcome(index, named(row), status))
    taken.outcomes.sort(key=lambda outcome: outcome.index)
    _write(connection, table, [known[one] for one in sorted(new)], [known[one] for one in sorted(changed - new)])
    return taken


def _write(connection: Connection, table: Table, new: list[dict[str, Any]], changed: list[dict[str, Any]]) -> None:
    if new:
        made = connection.execute(keep_known(connection, table), new, execution_options={"preserve_rowcount": True})
        if made.rowcount != len(new):
            raise Raced
    if changed:
        connection.execute(replace_known(connection, table), changed)
