"""The leads, or the deals, that a transaction works on: locked, changed one item after the other, written once."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, bindparam, select, update

from leadcast.store import tables
from leadcast.store.intake import Raced, Receipt
from leadcast.store.intake_lending import Lending, lending_of
from leadcast.store.intake_past import pasts_of
from leadcast.store.intake_terms import Terms
from leadcast.store.intake_values import read_back, written
from leadcast.store.keys import field_key
from leadcast.store.upsert import keep_known
from leadcast.vocabulary import Entity

TABLES: dict[Entity, Table] = {"lead": tables.leads, "opportunity": tables.opportunities}
_APART = ("attributes", "lent")


@dataclass
class Record:
    """One lead or deal.

    Attributes
    ----------
    cells : its columns as the store keeps them
    attributes : by name, as its JSON keeps them
    lent : the attributes that are its contact's or account's, not its own
    """

    cells: dict[str, Any]
    attributes: dict[str, Any] = field(default_factory=dict)
    lent: set[str] = field(default_factory=set)
    new: bool = False
    touched: bool = False


@dataclass(frozen=True)
class Change:
    """What an item says of a lead or deal: cells by column, attributes as their JSON keeps them, and since when it is so."""

    id: str
    cells: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    changed_at: int | None = None


class Sheet:
    """Some leads or deals, locked in the order of their ids, with their histories and what they are lent.

    Parameters
    ----------
    ids : whom it is about; those that are not known yet are added when a change speaks of them
    contacts, accounts : further ones that they may come to belong to
    """

    def __init__(self, connection: Connection, terms: Terms, entity: Entity, ids: Collection[str], receipt: Receipt,
                 contacts: Iterable[str] = (), accounts: Iterable[str] = ()) -> None:
        self.connection, self.terms, self.entity, self.receipt = connection, terms, entity, receipt
        self.key, self.table = f"{entity}_id", TABLES[entity]
        self.kinds, self.columns = terms.changing[entity], terms.columns[entity]
        self.lending = self._lending(ids, {*contacts}, {*accounts})
        self.records = {row[self.key]: Record(row, json.loads(row.pop("attributes")), set(json.loads(row.pop("lent") or "[]")))
                        for row in self._locked(ids)}
        self.pasts = pasts_of(connection, entity, ids)
        self._noted: list[dict[str, Any]] = []

    def _lending(self, ids: Collection[str], contacts: set[str], accounts: set[str]) -> Lending:
        """Contacts and accounts are locked before leads and deals, always in this order."""
        if not self.terms.attributes[self.entity]:
            return Lending({}, {}, {})
        columns = self.table.c
        asked = select(columns.contact_id, columns.account_id).where(columns[self.key].in_(sorted(ids)))
        for contact, account in self.connection.execute(asked):
            contacts.add(contact)
            accounts.add(account)
        return lending_of(self.connection, contacts - {None}, accounts - {None})

    def _locked(self, ids: Collection[str]) -> Iterator[dict[str, Any]]:
        column = self.table.c[self.key]
        asked = select(self.table).where(column.in_(sorted(ids))).order_by(column).with_for_update()
        yield from (dict(row._mapping) for row in self.connection.execute(asked))

    # ---- one item after the other -------------------------------------------------------------------------------

    def apply(self, change: Change) -> bool:
        """Bring a lead or deal to what an item says; a key that it does not hold is left. Returns whether anything changed.

        A changed column or attribute of a known one goes into its field history; of a new one it counts as known at creation,
        unless changes of this field came before it: then it is a change like theirs.
        What changed before the newest change known of a field is remembered there alone: the newest stands.
        """
        record = self.records.get(change.id) or self._added(change)
        before, record.touched = (record.touched, len(self._noted)), record.new and record.touched
        for name, cell in change.cells.items():
            if name in self.kinds:
                self._changed(record, change.id, name, cell, change.changed_at)
            elif record.cells[name] != cell and (name != "created_at" or record.cells[name] is None):
                record.cells[name], record.touched = cell, True
        self._lend(record, change)
        changed = record.touched or len(self._noted) > before[1]
        record.touched |= before[0]
        return changed

    def settle(self, entity_id: str) -> bool:
        """Bring one to what its contact and account lend it now; whether anything changed."""
        return self.apply(Change(entity_id))

    def begin_earlier(self, entity_id: str, created_at: int) -> bool:
        """Let one that is known begin at a moment, if that is earlier than what is known; whether it does."""
        record = self.records.get(entity_id)
        if record is None or (record.cells["created_at"] or created_at) <= created_at:
            return False
        record.cells["created_at"], record.touched = created_at, True
        return True

    def _added(self, change: Change) -> Record:
        """A new one; where changes of its fields came before itself, the newest of each stands."""
        now, begun = self.receipt.now, change.cells.get("created_at")
        cells: dict[str, Any] = {column.name: None for column in self.table.columns if column.name not in _APART}
        cells |= {self.key: change.id, "created_at": now if begun is None else begun, "received_at": now}
        if self.entity == "opportunity":
            cells["currency"] = self.terms.vocabulary.currency
        record = self.records[change.id] = Record(cells, new=True, touched=True)
        for name, kind in self.kinds.items():
            past = self.pasts.get((change.id, name))
            if past is not None and past.changes:
                self._hold(record, name, read_back(kind, past.changes[-1].value, name in self.columns))
        return record

    def _lend(self, record: Record, change: Change) -> None:
        """What the item gives is its own from now on; null hands an attribute back to contact and account."""
        offered = self.lending.offered(self.terms, self.entity, record.cells["contact_id"], record.cells["account_id"])
        for name in self.terms.attributes[self.entity]:
            given, at = change.attributes.get(name), change.changed_at
            if name not in change.attributes:
                if name in record.attributes and name not in record.lent:
                    continue
                at = None
            value = offered.get(name) if given is None else given
            if self._changed(record, change.id, name, value, at):
                lent = record.lent - {name} if given is not None or value is None else record.lent | {name}
                record.touched |= lent != record.lent
                record.lent = lent

    def _changed(self, record: Record, entity_id: str, name: str, value: Any, at: int | None) -> bool:
        """Put a value down, in the field history as well; whether it is the newest word of this field."""
        past, current = self.pasts[entity_id, name], self._held(record, name)
        if at is None:
            if value == current:
                return True
            at = self.receipt.now if past.newest is None else max(self.receipt.now, past.newest + 1)
        if record.new and not past.changes:
            self._hold(record, name, value)
            return True
        newest, kind = past.is_newest(at), self.kinds[name]
        noted = self._note(entity_id, name, at, written(kind, value), written(kind, current))
        if newest and noted:
            self._hold(record, name, value)
        return newest

    def state(self, entity_id: str, name: str, at: int, value: str | None, old: tuple[str | None] | None,
              recorded_at: int) -> bool:
        """A change of a field that somebody states, in the texts of field history; whether it says anything new.

        Parameters
        ----------
        old : what was before, where the sender says so
        """
        record, past, kind = self.records.get(entity_id), self.pasts[entity_id, name], self.kinds[name]
        newest = past.is_newest(at)
        current = None if record is None else written(kind, self._held(record, name))
        if not self._note(entity_id, name, at, value, current, old, recorded_at):
            return False
        if record is not None and newest:
            self._hold(record, name, read_back(kind, value, name in self.columns))
            record.lent -= {name}
        return True

    def _note(self, entity_id: str, name: str, at: int, value: str | None, current: str | None,
              old: tuple[str | None] | None = None, recorded_at: int | None = None) -> bool:
        """A change into the field history; whether it says anything new."""
        place = self.receipt.now + len(self._noted)
        change = self.pasts[entity_id, name].add(at, value, current, place, old)
        if change is None:
            return False
        self._noted.append({
            "field_key": field_key(self.entity, entity_id, name, at, value), "entity": self.entity, "entity_id": entity_id,
            "field": name, "value": value, "old_value": change.old_value, "changed_at": at, "place": place,
            "recorded_at": self.receipt.now if recorded_at is None else recorded_at, "received_at": self.receipt.now})
        return True

    def _held(self, record: Record, name: str) -> Any:
        return record.cells[name] if name in self.columns else record.attributes.get(name)

    def _hold(self, record: Record, name: str, value: Any) -> None:
        record.touched |= value != self._held(record, name)
        if name in self.columns:
            record.cells[name] = value
        elif value is None:
            record.attributes.pop(name, None)
        else:
            record.attributes[name] = value

    # ---- the end ------------------------------------------------------------------------------------------------

    def write(self) -> None:
        """Everything that was changed, in the order of the ids.

        Raises
        ------
        Raced : somebody else made one of the new ones at the same time
        """
        touched = [record for _, record in sorted(self.records.items()) if record.touched]
        new, known = ([self._row(record) for record in touched if record.new == is_new] for is_new in (True, False))
        if new:
            made = self.connection.execute(keep_known(self.connection, self.table), new,
                                           execution_options={"preserve_rowcount": True})
            if made.rowcount != len(new):
                raise Raced
        if known:
            columns: dict[str, Any] = {name: bindparam(f"new_{name}") for name in known[0] if name != self.key}
            statement = update(self.table).where(self.table.c[self.key] == bindparam("this")).values(columns)
            self.connection.execute(statement, [{"this": row[self.key], **{f"new_{name}": row[name] for name in columns}}
                                                for row in known])
        if self._noted:
            self.connection.execute(keep_known(self.connection, tables.fields), self._noted)

    def _row(self, record: Record) -> dict[str, Any]:
        return {**record.cells, "attributes": json.dumps(record.attributes, ensure_ascii=False, sort_keys=True),
                "lent": json.dumps(sorted(record.lent)) if record.lent else None, "changed_at": self.receipt.now}
