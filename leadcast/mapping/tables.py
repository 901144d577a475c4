"""The tables of a workspace, each read, cleaned, joined and filtered once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from leadcast.errors import SourceError
from leadcast.mapping.apart import parts_of
from leadcast.mapping.clean import cleaned, columns_of, compose, renamed
from leadcast.mapping.joins import joined
from leadcast.mapping.numbers import parse_numbers
from leadcast.mapping.raw import RawTable, from_frame, from_rows
from leadcast.mapping.sources import read_source
from leadcast.mapping.times import parse_times
from leadcast.mapping.where import filtered
from leadcast.quality import Finding
from leadcast.workspace.model import FirstOf, StagesFromEvents, StagesFromSilence, TableSource, Workspace

Given = Mapping[str, pd.DataFrame | Sequence[Mapping[str, Any]]]
"""The raw tables of a request by their name under [tables]: data frames, or rows of column = JSON value."""
Made = TypeVar("Made")


class ReferenceTables:
    """The lookup tables that requests do not carry, read from their files once and kept.

    With them is kept what else depends on the workspace alone, so that no request works it out again.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.names = reference_names(workspace)
        self._tables = Tables(workspace)
        self._empty = Tables(workspace, {}, self)
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> RawTable:
        return self._tables[name]

    def empty(self, name: str) -> RawTable:
        """A table that a request does not hold: no row, but how its times and numbers would be written."""
        return self._empty[name]

    def once(self, what: str, make: Callable[[], Made]) -> Made:
        """What depends on the workspace alone, made when first asked for."""
        if what not in self._made:
            self._made[what] = make()
        made: Made = self._made[what]
        return made


class Tables:
    """Raw tables by their name under [tables]; each is made when first asked for.

    Parameters
    ----------
    given : tables of a request; then no file is read, a table that is not given is empty
    references : where a request's lookup tables come from
    """

    def __init__(self, workspace: Workspace, given: Given | None = None, references: ReferenceTables | None = None) -> None:
        unknown = [name for name in given or () if name not in workspace.tables]
        if unknown:
            raise SourceError(f"There is no table {', '.join(unknown)} under [tables] in leadcast.toml; "
                              f"there is {', '.join(workspace.tables)}.")
        self._workspace, self._given, self._references = workspace, given, references
        self._made: dict[str, RawTable] = {}
        self.findings: list[tuple[Finding, np.ndarray | None]] = []
        """What was odd, and the record of each odd row, where there are several records."""

    def __getitem__(self, name: str) -> RawTable:
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def are_references(self, names: Sequence[str]) -> bool:
        """Are these tables the lookup tables' own, the same for every request?"""
        references = self._references
        return references is not None and all(name in references.names and name not in (self._given or ()) for name in names)

    def _make(self, name: str) -> RawTable:
        source = self._workspace.tables[name]
        if self._references is not None and self.are_references([name]):
            return self._references[name]
        if self._references is not None and self._given and not self._is_given(name):
            return self._references.empty(name)
        raw = cleaned(self._base(name, source), source)
        before = _composed_before_joins(raw, source)
        raw = self._composed(raw, source, before)
        for number in range(1, len(source.joins) + 1):
            raw = self._joined(raw, source, number)
        raw = self._composed(raw, source, [c for c in source.compose if c not in before])
        raw.need([(c, f"tables.{name}.{kind}") for kind in ("values", "times") for c in getattr(source, kind)])
        whole, raw = raw, filtered(raw, source.where, f"tables.{name}")
        if len(whole) and not len(raw) and not whole.lenient:
            self.findings.append((Finding(name, "no row fits where", len(whole), f"tables.{name}.where", False), None))
        return first_of(raw, source.first_of, self._workspace.workspace.timezone) if source.first_of else raw

    def _is_given(self, name: str) -> bool:
        """Does the request hold the table, or the one that it is made of?"""
        of = self._workspace.tables[name].of
        return name in (self._given or ()) or (of is not None and (self._is_given(of) or self.are_references([of])))

    def _base(self, name: str, source: TableSource) -> RawTable:
        given = self._given.get(name) if self._given is not None else None
        if given is not None:
            comma = source.decimal == ","
            return (from_frame(name, given, "the request", lenient=True, comma=comma) if isinstance(given, pd.DataFrame)
                    else from_rows(name, given, comma))
        if source.of is not None:
            return replace(self[source.of], name=name, origin=f"from {source.of}")
        if self._given is not None:
            return RawTable(name, {}, 0, "the request", lenient=True)
        return read_source(name, source, self._workspace.folder / self._workspace.workspace.data)

    def _composed(self, raw: RawTable, source: TableSource, names: list[str]) -> RawTable:
        for name in names:
            column = compose(raw, source.compose[name], f"tables.{raw.name}.compose.{name}")
            raw = renamed(raw.with_columns({name: column}), source, [name])
        return raw

    def _joined(self, raw: RawTable, source: TableSource, number: int) -> RawTable:
        join, key = source.joins[number - 1], f"tables.{raw.name}.joins[{number}]"
        other = filtered(self[join.table], join.where, key)
        had = raw.columns
        raw, lost = joined(raw, other, join, key)
        if lost.any() and not other.lenient:
            ours = next(iter(join.on))
            example = f'{ours} = "{raw.columns[ours][lost][0]}"'
            records = None if raw.records is None else raw.records[lost]
            self.findings.append((Finding(raw.name, f"no match in {join.table}", int(lost.sum()), example, False), records))
        return renamed(raw, source, [c for c in raw.columns if c not in had])


def _composed_before_joins(raw: RawTable, source: TableSource) -> list[str]:
    """The composed columns that need nothing of a join; a request may leave out a column that the file has."""
    later = {name for join in source.joins for name in join.columns} | set(source.compose) if raw.lenient else None
    return [name for name, template in source.compose.items()
            if all(part in raw.columns or (later is not None and part not in later) for part in columns_of(template))]


def reference_names(workspace: Workspace) -> frozenset[str]:
    """Tables that a request need not carry: those marked so, and those that only owners, quotas, costs and rates use."""
    aside = {r.table for role in (workspace.owners, workspace.quotas, workspace.costs, workspace.rates) for r in role}
    histories = {r.table for r in workspace.leads} | {r.table for r in workspace.opportunities}
    histories |= {r.table for r in workspace.events} | {r.table for r in workspace.field_history}
    histories |= {s.table for s in workspace.stages if not isinstance(s, StagesFromEvents | StagesFromSilence)}
    return frozenset({name for name, source in workspace.tables.items() if source.reference} | (aside - histories))


def first_of(raw: RawTable, rule: FirstOf, zone: str | None) -> RawTable:
    """One row per case: the first in the given order; rows without a case are left out."""
    key = f"tables.{raw.name}.first_of"
    raw.need([(rule.by, f"{key}.by"), *((c, f"{key}.order") for c in rule.order)])
    return raw.take(np.sort(np.concatenate([part[_first_rows(raw.take(part), rule, zone, key)]
                                            for part in parts_of(raw.records, len(raw))] or [np.empty(0, np.int64)])))


def _first_rows(raw: RawTable, rule: FirstOf, zone: str | None, key: str) -> np.ndarray:
    order = np.arange(len(raw))
    if rule.order and len(raw):
        order = np.lexsort([_sortable(raw, column, zone, key) for column in reversed(rule.order)])
    cases = raw.column(rule.by, key)[order].tolist()
    first = {case: row for case, row in zip(reversed(cases), order[::-1].tolist(), strict=True) if case is not None}
    return np.array(list(first.values()), np.int64)


def _sortable(raw: RawTable, column: str, zone: str | None, key: str) -> np.ndarray:
    """Numbers by size, times by time, texts by alphabet; missing ones last."""
    texts = raw.column(column, key)
    numbers, bad = parse_numbers(texts, column in raw.decimals)
    if not bad.any() and column not in raw.times:
        return numbers
    times = parse_times(texts, raw.times.get(column, "iso"), zone, key)
    if not times.bad.any():
        return np.where(np.isnat(times.utc), np.iinfo(np.int64).max, times.utc.astype(np.int64))
    places = {text: place for place, text in enumerate(sorted(set(texts.tolist()) - {None}))}
    return np.array([places.get(text, len(places)) for text in texts.tolist()], np.int64)
