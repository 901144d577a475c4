"""One reading of a workspace: its tables, and the book that is kept of everything odd."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from leadcast.mapping.apart import RECORD, without_keys
from leadcast.mapping.raw import RawTable
from leadcast.mapping.tables import Made, ReferenceTables, Tables
from leadcast.quality import Finding, Quality
from leadcast.table import Table
from leadcast.workspace.model import Workspace


@dataclass
class Reading:
    """What every module of the mapping needs: the workspace, its raw tables, the quality book.

    Attributes
    ----------
    references : a request's lookup tables, with what is kept beside them
    parts : a book for each record, by its number, where several records of a request are read at once
    """

    workspace: Workspace
    tables: Tables
    quality: Quality
    references: ReferenceTables | None = None
    parts: dict[int, Quality] = field(default_factory=dict)

    @property
    def zone(self) -> str | None:
        return self.workspace.workspace.timezone

    def once(self, what: str, make: Callable[[], Made]) -> Made:
        """What depends on the workspace alone: for requests it is worked out once."""
        return make() if self.references is None else self.references.once(what, make)

    def aside(self, what: str, tables: list[str], read: "Callable[[Reading], Made]") -> Made:
        """What is read from lookup tables alone: for requests only once, and what was odd about it is told each time."""
        if self.references is None or not self.tables.are_references(tables):
            return read(self)
        references = self.references

        def made() -> tuple[Made, Quality]:
            reading = Reading(self.workspace, self.tables, Quality(), references)
            return read(reading), reading.quality

        found, book = references.once(what, made)
        for role, rows in book.read.items():
            self.count(role, rows, book.kept[role])
        for finding in book.findings:
            self.note(finding.table, finding.problem, finding.rows, finding.example, finding.rejected)
        for name, frame in book.rejected.items():
            for quality in (self.quality, *self.parts.values()):
                _keep(quality, name, frame)
        return found

    def as_sent(self, table: Table) -> Table:
        """A canonical table with the ids as they were sent, for conditions that speak of them."""
        return without_keys(table) if self.parts else table

    def count(self, role: str, read: int, kept: int) -> None:
        self.quality.read[role] = self.quality.read.get(role, 0) + read
        self.quality.kept[role] = self.quality.kept.get(role, 0) + kept

    def note(self, role: str, problem: str, rows: int, example: str, rejected: bool = False,
             records: np.ndarray | None = None) -> None:
        """Book one kind of trouble; the same kind twice adds up.

        Parameters
        ----------
        records : the record of each of the rows; None: they are nobody's own, so every record hears of them
        """
        _book(self.quality, Finding(role, problem, rows, example, rejected))
        for part, count in self._shares(rows, records):
            _book(part, Finding(role, problem, count, example, rejected))

    def note_of_tables(self) -> None:
        """Book what was odd about the raw tables."""
        for finding, records in self.tables.findings:
            self.quality.findings.append(finding)
            for part, count in self._shares(finding.rows, records):
                part.findings.append(Finding(finding.table, finding.problem, count, finding.example, finding.rejected))

    def _shares(self, rows: int, records: np.ndarray | None) -> Iterable[tuple[Quality, int]]:
        """The book of each record, and how many of the rows are its own."""
        if not self.parts or records is None:
            return [(part, rows) for part in self.parts.values()]
        numbers, counts = np.unique(records.astype(np.int64), return_counts=True)
        return [(self.parts[number], count) for number, count in zip(numbers.tolist(), counts.tolist(), strict=True)]

    def keep_rejected(self, role: str, raw: RawTable, rejected: np.ndarray, reason: np.ndarray) -> None:
        """Keep rejected raw rows with their reason."""
        name = role if role == raw.name else f"{role}.{raw.name}"
        rows = raw.take(rejected).frame.assign(reason=reason[rejected])
        _keep(self.quality, name, rows)
        if RECORD in rows:
            for record, own in rows.groupby(RECORD, sort=False):
                _keep(self.parts[int(str(record))], name, own.drop(columns=RECORD).reset_index(drop=True))
        else:
            for part in self.parts.values():
                _keep(part, name, rows)


def _book(quality: Quality, finding: Finding) -> None:
    for place, known in enumerate(quality.findings):
        if (known.table, known.problem, known.rejected) == (finding.table, finding.problem, finding.rejected):
            rows = known.rows + finding.rows
            quality.findings[place] = Finding(known.table, known.problem, rows, known.example, known.rejected)
            return
    quality.findings.append(finding)


def _keep(quality: Quality, name: str, rows: pd.DataFrame) -> None:
    earlier = quality.rejected.get(name)
    quality.rejected[name] = rows if earlier is None else pd.concat([earlier, rows], ignore_index=True)
