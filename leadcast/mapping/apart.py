"""Records of one request side by side: read in one pass, yet none sees another."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields

import numpy as np
import pandas as pd

from leadcast.entries import Entries
from leadcast.history import History
from leadcast.mapping.texts import is_missing, objects_of
from leadcast.quality import Quality
from leadcast.table import Table
from leadcast.vocabulary import ENTITIES, Entity

RECORD = "leadcast record"
"""A column of our own in every table of several records: the number of the row's record."""
_SEP = "\x1f"
_IDS = ("entity_id", "opportunity_id", "lead_id", "contact_id", "account_id")
_ONLY_LINKS = ("contact_id", "account_id")
_OWN_TABLES = ("leads", "opportunities", "events", "stages", "fields")


def keyed(ids: np.ndarray, records: np.ndarray | None) -> np.ndarray:
    """Ids that only rows of the same record share; where there is one record, as they are."""
    if records is None:
        return ids
    return objects_of([None if i is None else f"{r}{_SEP}{i}" for r, i in zip(records.tolist(), ids.tolist(), strict=True)])


def record_of(ids: np.ndarray) -> np.ndarray:
    """The number of the record to which each keyed id belongs, shape (n,)."""
    return np.array([int(i.partition(_SEP)[0]) for i in ids], np.int64)


def unkeyed(ids: np.ndarray) -> np.ndarray:
    """The ids as they were sent."""
    return objects_of([None if i is None else i.partition(_SEP)[2] for i in ids])


def without_keys(table: Table) -> Table:
    """A canonical table of several records with the ids as they were sent."""
    return table.with_columns(**{name: unkeyed(table[name]) for name in _IDS if name in table})


def parts_of(records: np.ndarray | None, rows: int) -> Iterator[np.ndarray]:
    """The rows of each record; all of them where there is one record."""
    if records is None:
        yield np.arange(rows)
        return
    codes, distinct = pd.factorize(records)
    order = np.argsort(codes, kind="stable")
    yield from np.split(order, np.cumsum(np.bincount(codes, minlength=len(distinct)))[:-1])


def records_of(table: Table) -> np.ndarray | None:
    """The number of each row's record, shape (rows,); None for a table that no record holds."""
    names = [name for name in _IDS if name in table]
    if not names:
        return None
    key = table[names[0]].copy()
    for name in names[1:]:
        absent = is_missing(key)
        key[absent] = table[name][absent]
    return record_of(key)


@dataclass(frozen=True)
class SideBySide(History):
    """The histories of several records in one, each lead's and deal's id keyed by its record.

    Accounts and contacts are as they were sent, since models know some of them by name; so it is ``keyed``, where they are
    keyed too, that tells which event reaches whom.

    Attributes
    ----------
    keyed : the same tables, row by row, with all ids keyed
    parts : the data-quality report of each record, by its number
    """

    keyed: History = field(kw_only=True)
    parts: dict[int, Quality] = field(kw_only=True, compare=False)

    @classmethod
    def of(cls, history: History, parts: dict[int, Quality]) -> "SideBySide":
        """Of a history whose ids are all keyed."""
        told = {f.name: getattr(history, f.name) for f in fields(History)}
        for name in ("leads", "opportunities", "events"):
            told[name] = told[name].with_columns(**{key: unkeyed(told[name][key]) for key in _ONLY_LINKS})
        return cls(**told, keyed=history, parts=parts)

    def linked_events(self, entity: Entity) -> Entries:
        return self.keyed.linked_events(entity)

    def alone(self, record: int) -> History:
        """The history of one record as if it had been read alone."""
        told = {f.name: getattr(self.keyed, f.name) for f in fields(History)}
        for name in _OWN_TABLES:
            told[name] = without_keys(told[name].take(np.flatnonzero(records_of(told[name]) == record)))
        return History(**{**told, "quality": self.parts[record]})

    def undated_records(self) -> set[int]:
        """Records of which no lead, or no deal, has a date of creation: they are looked at in another way than dated ones."""
        found: set[int] = set()
        for entity in ENTITIES:
            undated = np.isnat(self.entities(entity)["created_at"])
            records = record_of(self.ids(entity))
            found |= set(records[undated].tolist()) - set(records[~undated].tolist())
        return found
