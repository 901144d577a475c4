"""Changes of fields into the store: facts, and what each field holds by the newest of them."""

from collections.abc import Sequence

from sqlalchemy import Connection

from leadcast.store.intake import Item, Outcome, Receipt, Taken
from leadcast.store.intake_entities import MONEY, erased_in
from leadcast.store.intake_limits import NOT_YOURS, not_allowed
from leadcast.store.intake_sheet import Sheet
from leadcast.store.intake_stages import named, refuse_named
from leadcast.store.intake_terms import Terms
from leadcast.store.intake_values import Refused, check_moment, check_money, micro_of, recorded, typed_value, written
from leadcast.vocabulary import ENTITIES
from leadcast.workspace.messages import did_you_mean


def put_fields(connection: Connection, terms: Terms, items: Sequence[Item], receipt: Receipt) -> Taken:
    """Changes of columns and attributes of leads and deals. One that is known is unchanged, however often it comes.

    The newest change of a field is what the lead or deal holds; an older one is remembered as what it held then. Without
    ``old_value`` the changes before and after tell it. Amounts are in the reporting currency. ``recorded_at`` is now unless it is
    given. A change of a lead or deal that is not known is kept: it may come later.
    """
    links = [named(item) for item in items]
    gone, not_theirs = erased_in(connection, links), not_allowed(connection, links, receipt)
    taken = Taken([])
    for entity in ENTITIES:
        mine = [(index, item) for index, item in enumerate(items) if item["entity"] == entity]
        sheet = Sheet(connection, terms, entity, {item["entity_id"] for _, item in mine}, receipt) if mine else None
        for index, item in mine:
            assert sheet is not None
            outcome = Outcome(index, item["entity_id"], "unchanged")
            try:
                refuse_named(gone, not_theirs, index, links[index])
                if _put(sheet, item, receipt):
                    outcome.status = "created"
                    taken.news[entity].add(item["entity_id"])
            except Refused as refused:
                outcome.status, outcome.errors = "rejected", [(refused.path, refused.message)]
            taken.outcomes.append(outcome)
        if sheet is not None:
            sheet.write()
    taken.outcomes.sort(key=lambda outcome: outcome.index)
    return taken


def _put(sheet: Sheet, item: Item, receipt: Receipt) -> bool:
    """Note one change; whether it says anything new.

    Raises
    ------
    Refused : it cannot be used
    """
    name, fields = item["field"], sheet.kinds
    if name not in fields:
        raise Refused("field", f"no field with a history{did_you_mean(name, fields)} Known here: {', '.join(sorted(fields))}")
    kind, changed = fields[name], micro_of(item["changed_at"])
    check_moment(changed, receipt.now, "changed_at")
    given = None if item.get("recorded_at") is None else micro_of(item["recorded_at"])
    at = recorded(given, changed, receipt.now, after="changed_at")
    cell = typed_value(kind, item["value"], "value")
    if name in MONEY:
        check_money(cell, "value")
    value = written(kind, cell)
    if name == "owner" and not receipt.may_write(value):
        raise Refused("value", NOT_YOURS)
    old = (written(kind, typed_value(kind, item["old_value"], "old_value")),) if "old_value" in item else None
    return sheet.state(item["entity_id"], name, changed, value, old, at)
