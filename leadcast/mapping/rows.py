"""The rows of one raw table on their way into a canonical one: columns by kind, and who is turned away."""

from collections.abc import Mapping

import numpy as np

from leadcast.mapping.apart import keyed
from leadcast.mapping.numbers import parse_flags, parse_numbers
from leadcast.mapping.raw import OURS
from leadcast.mapping.reading import Reading
from leadcast.mapping.texts import is_missing, missing_texts
from leadcast.mapping.times import parse_times
from leadcast.mapping.where import filtered
from leadcast.quality import SourceRows
from leadcast.table import NOT_A_TIME, TIME, Table
from leadcast.workspace.model import Attribute, Keys, Where


class Rows:
    """Rows that match ``where``. A column that is not mapped (None) is missing everywhere.

    Parameters
    ----------
    role : the canonical table they are for, such as "events"
    key : the mapping's place in leadcast.toml, for messages
    table : the raw table's name
    """

    def __init__(self, reading: Reading, role: str, key: str, table: str, where: Where) -> None:
        self.reading, self.role, self.key, self.name = reading, role, key, table
        whole = reading.tables[table]
        self.raw = filtered(whole, where, key)
        if len(whole) and not len(self.raw) and not whole.lenient:
            reading.note(role, "no row of its table fits where", len(whole), f"{key}.where, table {table}")
        self.reason = missing_texts(len(self.raw))
        self.kept = np.ones(len(self.raw), bool)
        """The rows neither turned away nor left out."""

    def __len__(self) -> int:
        return len(self.raw)

    def need(self, columns: Keys) -> None:
        """Name every absent column at once: ``columns`` holds our name = their column."""
        if not self.raw.lenient:
            named = columns.model_dump().items()
            self.raw.need([(column, f"{self.key}.columns.{ours}") for ours, column in named if column is not None])

    def texts(self, column: str | None) -> np.ndarray:
        return missing_texts(len(self)) if column is None or not len(self) else self.raw.column(column, self.key)

    def ids(self, column: str | None) -> np.ndarray:
        """Texts that name a lead, deal, contact or account, of this record alone where there are several."""
        return keyed(self.texts(column), None if column is None else self.raw.records)

    def required(self, name: str, column: str) -> np.ndarray:
        """Texts that must be filled; rows without are rejected."""
        texts = self.texts(column)
        self.reject(is_missing(texts), f"{name} is missing", column)
        return texts

    def required_ids(self, name: str, column: str) -> np.ndarray:
        """The same of ids."""
        return keyed(self.required(name, column), self.raw.records)

    def times(self, name: str, column: str | None, required: bool = False, blank_stays: bool = False) -> np.ndarray:
        """UTC times. Required: rows without a readable one are rejected (blank ones may stay); else missing, and counted."""
        if column is None or not len(self):
            return np.full(len(self), NOT_A_TIME, TIME)
        texts = self.texts(column)
        parsed = parse_times(texts, self.raw.times.get(column, "iso"), self.reading.zone, f"{self.key}.columns.{name}")
        self.note(parsed.ambiguous, f"{name} falls into the hour that the end of summer time repeats; taken as the first", column)
        self.note(parsed.skipped, f"{name} falls into the hour that summer time leaves out; moved to its end", column)
        if required:
            self.reject(parsed.bad, f"{name} is not a time", column, self._read_as(column))
            if not blank_stays:
                self.reject(is_missing(texts), f"{name} is missing", column)
        else:
            self.note(parsed.bad, f"{name} is not a time; taken as missing", column, self._read_as(column))
        return parsed.utc

    def _read_as(self, column: str) -> str:
        return f", read as {self.raw.times.get(column, f'iso; times under [tables.{self.name}] can say otherwise')}"

    def numbers(self, name: str, column: str | None, required: bool = False) -> np.ndarray:
        """Numbers, NaN where missing. Unreadable: rejected where required, else missing and counted."""
        if column is None or not len(self):
            return np.full(len(self), np.nan)
        values, bad = parse_numbers(self.texts(column), column in self.raw.decimals)
        if required:
            self.reject(bad, f"{name} is not a number", column)
            self.reject(np.isnan(values), f"{name} is missing", column)
        else:
            self.note(bad, f"{name} is not a number; taken as missing", column)
        return values

    def attributes(self, attributes: Mapping[str, Attribute]) -> dict[str, np.ndarray]:
        """Each attribute as its type says: category as text, number, flag 1.0 / 0.0, time."""
        self.raw.need([(a.column or name, f"{self.key}.attributes.{name}") for name, a in attributes.items()])
        return {name: self._attribute(name, attribute) for name, attribute in attributes.items()}

    def _attribute(self, name: str, attribute: Attribute) -> np.ndarray:
        column = attribute.column or name
        if attribute.type == "number":
            return self.numbers(name, column)
        if attribute.type == "time":
            return self.times(name, column)
        if attribute.type == "flag":
            values, bad = parse_flags(self.texts(column))
            self.note(bad, f"{name} is neither yes nor no; taken as missing", column)
            return values
        return self.texts(column)

    def reject(self, rows: np.ndarray, reason: str, column: str | None = None, more: str = "") -> None:
        """Turn rows away; the first reason of a row stands. ``more`` is said after the example."""
        new = rows & self.kept
        if new.any():
            self.reason[new] = reason
            self.kept = self.kept & ~new
            self._book(new, reason, column, more, rejected=True)

    def note(self, rows: np.ndarray, problem: str, column: str | None = None, more: str = "") -> None:
        """Count rows that are odd but stay; ``more`` is said after the example."""
        odd = rows & self.kept
        if odd.any():
            self._book(odd, problem, column, more, rejected=False)

    def _book(self, rows: np.ndarray, problem: str, column: str | None, more: str, rejected: bool) -> None:
        records = None if self.raw.records is None else self.raw.records[rows]
        self.reading.note(self.role, problem, int(rows.sum()), self._example(rows, column) + more, rejected, records)

    def _example(self, rows: np.ndarray, column: str | None) -> str:
        first = int(np.argmax(rows))
        row = {name: texts[first] for name, texts in self.raw.columns.items()}
        shown = [column] if column is not None and row.get(column) is not None else [name for name in row if name not in OURS][:4]
        return f"{self.name}: {', '.join(f'{name} = {_shown(row[name])}' for name in shown)}"

    def leave_out(self, rows: np.ndarray) -> None:
        """Rows that say nothing for this table (a blank date, a case that never became a deal): as if never read."""
        self.kept = self.kept & ~rows

    def finish(self, columns: Mapping[str, np.ndarray]) -> Table:
        """The canonical columns of the kept rows; those turned away go to the rejected ones."""
        kept, rejected = self.kept, ~is_missing(self.reason)
        self.reading.count(self.role, int(kept.sum() + rejected.sum()), int(kept.sum()))
        if rejected.any():
            self.reading.keep_rejected(self.role, self.raw, rejected, self.reason)
        if self.role in ("leads", "opportunities") and not self.raw.lenient:
            rows = SourceRows(self.key, self.name, self.raw.frame[kept])
            self.reading.quality.sources.setdefault(self.role, []).append(rows)
        return Table({name: column[kept] for name, column in columns.items()})


def _shown(value: str | None) -> str:
    return "nothing" if value is None else f'"{value[:60]}"'
