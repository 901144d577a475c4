"""The known changes of one field of a lead or deal, and what a further one does to it."""

from bisect import insort
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Connection, select

from leadcast.store import tables
from leadcast.store.parts import in_parts
from leadcast.vocabulary import Entity


class Change(NamedTuple):
    """One change; in the order in which they count."""

    changed_at: int
    place: int
    value: str | None
    old_value: str | None


@dataclass
class Past:
    """The changes of a field by time; values are texts as field history keeps them."""

    changes: list[Change] = field(default_factory=list)

    @property
    def newest(self) -> int | None:
        return self.changes[-1].changed_at if self.changes else None

    def is_newest(self, at: int) -> bool:
        """Would a change at this moment be the last word?"""
        return self.newest is None or at >= self.newest

    def add(
        self, at: int, value: str | None, current: str | None, place: int, old: tuple[str | None] | None = None
    ) -> Change | None:
        """Note a change; None where it says nothing new: the field had this value then, or the change is known.

        Parameters
        ----------
        current : what the field holds now
        place : tells the order of changes of one moment
        old : what it held before, where the sender says so; otherwise the changes before and after tell
        """
        before = current if self.is_newest(at) else self._before(at)
        if any(known.changed_at == at and known.value == value for known in self.changes):
            return None
        if old is None and before == value:
            return None
        change = Change(at, place, value, before if old is None else old[0])
        insort(self.changes, change, key=lambda known: known[:2])
        return change

    def _before(self, at: int) -> str | None:
        earlier = [change for change in self.changes if change.changed_at <= at]
        return earlier[-1].value if earlier else self.changes[0].old_value


def pasts_of(connection: Connection, entity: Entity, ids: Collection[str]) -> dict[tuple[str, str], Past]:
    """The known changes by id and field; an empty one where none are known."""
    found: dict[tuple[str, str], Past] = defaultdict(Past)
    fields = tables.fields.c
    columns = (fields.entity_id, fields.field, fields.changed_at, fields.place, fields.value, fields.old_value)
    for some in in_parts(ids):
        asked = select(*columns).where(fields.entity == entity, fields.entity_id.in_(some))
        for entity_id, name, *change in connection.execute(asked.order_by(fields.changed_at, fields.place)):
            found[entity_id, name].changes.append(Change(*change))
    return found
