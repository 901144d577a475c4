"""Leads and deals into the store: what is new, what has changed, and since when."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from leadcast.store.erased import is_erased
from leadcast.store.intake import ERASED, Item, Outcome, Receipt, Taken
from leadcast.store.intake_derived import begin_deals, derive_stages
from leadcast.store.intake_limits import LINKED, NOT_YOURS, not_to_link
from leadcast.store.intake_sheet import Change, Record, Sheet
from leadcast.store.intake_terms import Terms
from leadcast.store.intake_values import Refused, check_moment, check_money, in_json, micro_of, typed_value
from leadcast.vocabulary import Entity
from leadcast.workspace.messages import did_you_mean

MONEY = ("amount", "margin")


def put_leads(connection: Connection, terms: Terms, items: Sequence[Item], receipt: Receipt) -> Taken:
    """Leads as they are now, by ``lead_id``.

    A key that an item does not hold leaves the stored value, null clears it. What changed of a known lead goes into its field
    history, at the item's ``changed_at`` or now, and is recorded now, so that every past day can be rebuilt; of a new lead all
    counts as known when it was created, unless changes of the same field came before it. A change older than the newest one
    known of its field is remembered but does not change the current value. Ids, pipeline and order have no history: they count
    as they are. ``created_at`` (default: now) does not change any more. An attribute that the lead does not give itself is its
    contact's, else its account's.
    """
    return _put(connection, terms, "lead", items, receipt)


def put_opportunities(connection: Connection, terms: Terms, items: Sequence[Item], receipt: Receipt) -> Taken:
    """Deals as they are now, by ``opportunity_id``; as :func:`put_leads`.

    Amount and margin are kept in the reporting currency, at the rate of the day on which the deal was created; without
    ``currency`` they are in the reporting currency.
    """
    return _put(connection, terms, "opportunity", items, receipt)


def _put(connection: Connection, terms: Terms, entity: Entity, items: Sequence[Item], receipt: Receipt) -> Taken:
    ids = [item[f"{entity}_id"] for item in items]
    gone, others = erased_in(connection, items), not_to_link(connection, items, receipt)
    named = {name: {item[name] for item in items if item.get(name)} for name in ("contact_id", "account_id")}
    sheet = Sheet(connection, terms, entity, set(ids), receipt, named["contact_id"], named["account_id"])
    taken, new, moved = Taken([]), set(), set()
    for index, (item, entity_id) in enumerate(zip(items, ids, strict=True)):
        try:
            record = sheet.records.get(entity_id)
            refuse_erased(gone, item)
            _check_links(others, item, record, f"{entity}_id")
            change = _change(terms, entity, item, record, receipt)
            before = None if record is None else record.cells.get("lead_id")
            changed = sheet.apply(change)
        except Refused as refused:
            taken.outcomes.append(Outcome(index, entity_id, "rejected", [(refused.path, refused.message)]))
            continue
        status = "created" if record is None else "updated" if changed else "unchanged"
        taken.outcomes.append(Outcome(index, entity_id, status))  # type: ignore[arg-type]
        if changed:
            taken.news[entity].add(entity_id)
            new |= {entity_id} if record is None else set()
            moved |= {entity_id} if record is None or sheet.records[entity_id].cells.get("lead_id") != before else set()
    sheet.write()
    _follow(connection, terms, entity, receipt, taken, new, moved)
    return taken


def _follow(connection: Connection, terms: Terms, entity: Entity, receipt: Receipt, taken: Taken, new: set[str],
            moved: set[str]) -> None:
    """What events that came before say of new leads and deals."""
    if entity == "lead":
        taken.news["opportunity"] |= begin_deals(connection, terms, taken.news["lead"], receipt)
        derive_stages(connection, terms, new, taken.news["opportunity"], receipt)
    else:
        derive_stages(connection, terms, set(), moved, receipt)


def _change(terms: Terms, entity: Entity, item: Item, record: Record | None, receipt: Receipt) -> Change:
    """One item, checked.

    Raises
    ------
    Refused : it cannot be used
    """
    entity_id = item[f"{entity}_id"]
    _check_owners(item, record, receipt, f"{entity}_id")
    times = {name: None if item[name] is None else micro_of(item[name])
             for name in ("created_at", "changed_at", "expected_close") if name in item}
    for name in ("created_at", "changed_at"):
        check_moment(times.get(name), receipt.now, name)
    _check_creation(times, record)
    changed_at = times.pop("changed_at", None)
    known = terms.columns[entity]
    cells = {name: typed_value(known[name], value, name) for name, value in item.items()
             if name in known and known[name] != "time" and name not in (f"{entity}_id", "currency")}
    if entity == "opportunity":
        cells |= _converted(terms, item, times.get("created_at"), record, receipt)
    attributes = read_attributes({entity: terms.attributes[entity]}, item.get("attributes") or {})
    return Change(entity_id, {**cells, **times}, attributes, changed_at)


def _check_owners(item: Item, record: Record | None, receipt: Receipt, key: str) -> None:
    """A sender who is limited to some owners writes neither others' records nor gives records away."""
    if record is not None and not receipt.may_write(record.cells["owner"]):
        raise Refused(key, NOT_YOURS)
    if (record is None or "owner" in item) and not receipt.may_write(item.get("owner")):
        raise Refused("owner", NOT_YOURS)


def _check_links(others: Mapping[str, Collection[str]], item: Item, record: Record | None, key: str) -> None:
    """Nor does such a sender link a record to what is another's."""
    for name in LINKED:
        if name != key and item.get(name) in others.get(name, ()) and (record is None or record.cells[name] != item[name]):
            raise Refused(name, NOT_YOURS)


def _check_creation(times: Mapping[str, int | None], record: Record | None) -> None:
    known = None if record is None else record.cells["created_at"]
    if known is not None and times.get("created_at", known) != known:
        raise Refused("created_at", "differs from what is known: when a record was created does not change; leave it out")


def _converted(terms: Terms, item: Item, created: int | None, record: Record | None, receipt: Receipt) -> dict[str, Any]:
    """Amounts in the reporting currency, at the rate of the deal's first day."""
    code = item.get("currency")
    money = {name: item[name] for name in MONEY if name in item}
    if code is None or code.upper() == terms.vocabulary.currency:
        return _checked(money)
    if not money:
        raise Refused("currency", f"amounts are kept in {terms.vocabulary.currency}: send amount and margin along with it")
    at = created if record is None else record.cells["created_at"]
    rate = terms.rate(code, receipt.now if at is None else at)
    if rate is None:
        known = ", ".join(sorted(terms.rates.since)) if terms.rates else ""
        raise Refused("currency", f"there is no exchange rate into {terms.vocabulary.currency} for it on the day on which the "
                      f"deal was created; there are rates for: {known or 'none'}. Send the amount in {terms.vocabulary.currency}")
    return _checked({name: None if amount is None else amount * rate for name, amount in money.items()})


def _checked(money: dict[str, Any]) -> dict[str, Any]:
    for name, amount in money.items():
        check_money(amount, name)
    return money


# ---- shared with other kinds of items -----------------------------------------------------------------------------


def read_attributes(kinds: Mapping[Entity, Mapping[str, str]], given: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes as a record's JSON keeps them.

    Parameters
    ----------
    kinds : of the attributes, by whose they are; a value must be of every kind that its name has

    Raises
    ------
    Refused : an attribute is unknown, or its value of another kind
    """
    found: dict[str, Any] = {}
    for name, value in given.items():
        mine = [known[name] for known in kinds.values() if name in known]
        if not mine:
            names = sorted({each for known in kinds.values() for each in known})
            raise Refused(f"attributes.{name}", f"unknown attribute{did_you_mean(name, names)} "
                          f"Known here: {', '.join(names) or 'none'}")
        cells = [in_json(kind, typed_value(kind, value, f"attributes.{name}")) for kind in mine]
        found[name] = cells[0]
    return found


def erased_in(connection: Connection, items: Sequence[Item]) -> dict[str, set[str]]:
    """The erased ids that items name, by the key that names them."""
    named = {f"{entity}_id": (entity, {item[f"{entity}_id"] for item in items if item.get(f"{entity}_id")})
             for entity in ("lead", "opportunity", "contact")}
    return {key: is_erased(connection, entity, ids) for key, (entity, ids) in named.items() if ids}


def refuse_erased(gone: Mapping[str, Collection[str]], item: Item) -> None:
    """Refuse an item that names somebody who was erased.

    Raises
    ------
    Refused : it does
    """
    for key, ids in gone.items():
        if item.get(key) in ids:
            raise Refused(key, ERASED)
