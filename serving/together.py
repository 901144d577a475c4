"""Many records of a request read in one pass; each is read as if it were alone."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from leadcast.errors import RequestError, SourceError
from leadcast.history import History
from leadcast.mapping.apart import RECORD, SideBySide, record_of, unkeyed
from leadcast.vocabulary import Entity
from leadcast.workspace.model import Workspace
from serving.messages import ID_BYTES, ID_LENGTH
from serving.records import Path, Row, marked, notes_of, raw_tables, read_record, refuse_bad_rows

if TYPE_CHECKING:
    from leadcast.mapping import ReferenceTables


@dataclass(frozen=True)
class Group:
    """Records with one history: a single one as it was sent, or several side by side.

    Attributes
    ----------
    numbers : the places of those to score in the request; others may stand in the history too
    """

    history: History
    numbers: frozenset[int]

    def whose(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(the number of the record that each id of a lead or deal belongs to, the id as it was sent), each of shape (n,)."""
        if isinstance(self.history, SideBySide):
            return record_of(ids), unkeyed(ids)
        return np.full(len(ids), next(iter(self.numbers)), np.int64), ids

    def ids(self, entity: Entity) -> list[str]:
        """The leads or deals to score, as the history names them."""
        ids = self.history.ids(entity)
        return [one for one, number in zip(ids, self.whose(ids)[0].tolist(), strict=True) if number in self.numbers]

    def without_long_ids(self, entity: Entity) -> "Group":
        """Only the records whose lead or deal has an id that the ledger can hold."""
        ids = np.array(self.ids(entity), object)
        long = {number for number, one in zip(*self.whose(ids), strict=True) if not _is_short(one)}
        return replace(self, numbers=self.numbers - long)


def _is_short(one: str) -> bool:
    return len(one) <= ID_LENGTH and len(one.encode()) <= ID_BYTES


@dataclass
class ReadRecords:
    """What a request's records hold, by their places in it."""

    groups: list[Group] = field(default_factory=list)
    notes: dict[int, list[str]] = field(default_factory=dict)
    refused: dict[int, RequestError] = field(default_factory=dict)

    def refuse_long_ids(self, entity: Entity, path: Path) -> None:
        """Refuse the records whose lead or deal has an id that no path and no store could hold."""
        kept = [group.without_long_ids(entity) for group in self.groups]
        for before, after in zip(self.groups, kept, strict=True):
            for number in before.numbers - after.numbers:
                self.refused[number] = RequestError(f"an id is longer than {ID_LENGTH:,} letters or {ID_BYTES:,} bytes",
                                                    (*path, number))
        self.groups = [group for group in kept if group.numbers]


def read_records(
    workspace: Workspace, records: Sequence[Row], as_of: np.datetime64, references: "ReferenceTables", path: Path = (),
    skip_bad_rows: bool = False,
) -> ReadRecords:
    """The histories of many records as of a moment; for each the same rows, notes and refusal as of :func:`read_record`.

    Parameters
    ----------
    references : the workspace's lookup tables, which records do not carry
    path : where the list of records stands in the request
    skip_bad_rows : leave rows out that cannot be read, as a batch does, instead of refusing their record
    """
    return _Reader(workspace, records, as_of, references, path, skip_bad_rows).read()


class _Reader:
    def __init__(self, workspace: Workspace, records: Sequence[Row], as_of: np.datetime64, references: "ReferenceTables",
                 path: Path, skip_bad_rows: bool) -> None:
        self.workspace, self.records, self.as_of, self.references = workspace, records, as_of, references
        self.path, self.skip_bad_rows, self.found = path, skip_bad_rows, ReadRecords()

    @cached_property
    def tables(self) -> dict[int, dict[str, list[Row]]]:
        """The rows of every record of the right shape."""
        tables: dict[int, dict[str, list[Row]]] = {}
        for number, record in enumerate(self.records):
            try:
                tables[number] = raw_tables(self.workspace, record, (*self.path, number))
            except RequestError as mistake:
                self.found.refused[number] = mistake
        return tables

    def read(self) -> ReadRecords:
        from leadcast.mapping import can_stand_side_by_side

        own = set(self.tables)
        if can_stand_side_by_side(self.workspace, self.references):
            own = {number for number, tables in self.tables.items() if self.references.names.intersection(tables)}
        for number in own:
            self.alone(number)
        self.together([number for number in self.tables if number not in own])
        return self.found

    def alone(self, number: int) -> None:
        try:
            history, notes = read_record(self.workspace, self.records[number], self.as_of, self.references,
                                         (*self.path, number), self.skip_bad_rows)
        except RequestError as mistake:
            self.found.refused[number] = mistake
            return
        self.found.notes[number] = notes
        self.found.groups.append(Group(history, frozenset([number])))

    def together(self, numbers: Sequence[int]) -> None:
        """Records in one pass; where one of them stops the reading, it is looked for by halves."""
        if len(numbers) < 2:
            for number in numbers:
                self.alone(number)
            return
        try:
            history = self._side_by_side(numbers)
        except SourceError:
            self.together(numbers[:len(numbers) // 2])
            self.together(numbers[len(numbers) // 2:])
            return
        good = frozenset(number for number in numbers if self._is_good(number, history))
        undated = good & history.undated_records()
        self.found.groups += [Group(history.alone(number), frozenset([number])) for number in sorted(undated)]
        self.found.groups += [Group(history, good - undated)] if good - undated else []

    def _side_by_side(self, numbers: Sequence[int]) -> SideBySide:
        from leadcast.mapping import read_side_by_side

        rows: defaultdict[str, list[Row]] = defaultdict(list)
        for number in numbers:
            for name, own in marked(self.tables[number], **{RECORD: str(number)}).items():
                rows[name] += own
        return read_side_by_side(self.workspace, rows, self.references, self.as_of, numbers)

    def _is_good(self, number: int, history: SideBySide) -> bool:
        quality = history.parts[number]
        try:
            if not self.skip_bad_rows:
                refuse_bad_rows(self.workspace, self.records[number], quality, (*self.path, number))
        except RequestError as mistake:
            self.found.refused[number] = mistake
            return False
        self.found.notes[number] = notes_of(self.workspace, self.tables[number], quality, self.references)
        return True
