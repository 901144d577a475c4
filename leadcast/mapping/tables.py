"""The tables of a workspace, each read, cleaned, joined and filtered once."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from leadcast.errors import SourceError
from leadcast.mapping.clean import cleaned, columns_of, compose, renamed
from leadcast.mapping.joins import joined
from leadcast.mapping.numbers import parse_numbers
from leadcast.mapping.raw import RawTable
from leadcast.mapping.sources import from_frame, read_source
from leadcast.mapping.times import parse_times
from leadcast.mapping.where import filtered
from leadcast.quality import Finding
from leadcast.workspace.model import FirstOf, StagesFromEvents, StagesFromSilence, TableSource, Workspace


class ReferenceTables:
    """The lookup tables that requests do not carry, read from their files once and kept."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.names = reference_names(workspace)
        self._tables = Tables(workspace)

    def __getitem__(self, name: str) -> RawTable:
        return self._tables[name]


class Tables:
    """Raw tables by their name under [tables]; each is made when first asked for.

    Parameters
    ----------
    given : tables of a request; then no file is read, a table that is not given is empty
    references : where a request's lookup tables come from
    """

    def __init__(self, workspace: Workspace, given: Mapping[str, pd.DataFrame] | None = None,
                 references: ReferenceTables | None = None) -> None:
        unknown = [name for name in given or () if name not in workspace.tables]
        if unknown:
            raise SourceError(f"There is no table {', '.join(unknown)} under [tables] in leadcast.toml; "
                              f"there is {', '.join(workspace.tables)}.")
        self._workspace, self._given, self._references = workspace, given, references
        self._made: dict[str, RawTable] = {}
        self.findings: list[Finding] = []

    def __getitem__(self, name: str) -> RawTable:
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: str) -> RawTable:
        source = self._workspace.tables[name]
        if self._references is not None and name in self._references.names and name not in (self._given or ()):
            return self._references[name]
        raw = cleaned(self._base(name, source), source)
        before = [c for c, template in source.compose.items() if all(part in raw.frame.columns for part in columns_of(template))]
        raw = self._composed(raw, source, before)
        for number in range(1, len(source.joins) + 1):
            raw = self._joined(raw, source, number)
        raw = self._composed(raw, source, [c for c in source.compose if c not in before])
        raw.need([(c, f"tables.{name}.{kind}") for kind in ("values", "times") for c in getattr(source, kind)])
        whole, raw = raw, filtered(raw, source.where, f"tables.{name}")
        if len(whole) and not len(raw) and not whole.lenient:
            self.findings.append(Finding(name, "no row fits where", len(whole), f"tables.{name}.where", False))
        return first_of(raw, source.first_of, self._workspace.workspace.timezone) if source.first_of else raw

    def _base(self, name: str, source: TableSource) -> RawTable:
        if self._given is not None and name in self._given:
            return from_frame(name, self._given[name], "the request", lenient=True, comma=source.decimal == ",")
        if source.of is not None:
            of = self[source.of]
            return RawTable(name, of.frame, f"from {source.of}", of.times, of.decimals, of.lenient)
        if self._given is not None:
            return from_frame(name, pd.DataFrame(), "the request", lenient=True)
        return read_source(name, source, self._workspace.folder / self._workspace.workspace.data)

    def _composed(self, raw: RawTable, source: TableSource, names: list[str]) -> RawTable:
        for name in names:
            column = compose(raw, source.compose[name], f"tables.{raw.name}.compose.{name}")
            raw = renamed(raw.with_frame(raw.frame.assign(**{name: column})), source, [name])
        return raw

    def _joined(self, raw: RawTable, source: TableSource, number: int) -> RawTable:
        join, key = source.joins[number - 1], f"tables.{raw.name}.joins[{number}]"
        other = filtered(self[join.table], join.where, key)
        had = set(raw.frame.columns)
        raw, lost = joined(raw, other, join, key)
        if lost.any() and not other.lenient:
            ours = next(iter(join.on))
            example = f'{ours} = "{raw.frame[ours][lost].iloc[0]}"'
            self.findings.append(Finding(raw.name, f"no match in {join.table}", int(lost.sum()), example, False))
        return renamed(raw, source, [c for c in raw.frame.columns if c not in had])


def reference_names(workspace: Workspace) -> frozenset[str]:
    """Tables that a request need not carry: those marked so, and those that only owners, quotas and rates use."""
    aside = {r.table for r in workspace.owners} | {r.table for r in workspace.quotas} | {r.table for r in workspace.rates}
    histories = {r.table for r in workspace.leads} | {r.table for r in workspace.opportunities}
    histories |= {r.table for r in workspace.events} | {r.table for r in workspace.field_history}
    histories |= {s.table for s in workspace.stages if not isinstance(s, StagesFromEvents | StagesFromSilence)}
    return frozenset({name for name, source in workspace.tables.items() if source.reference} | (aside - histories))


def first_of(raw: RawTable, rule: FirstOf, zone: str | None) -> RawTable:
    """One row per case: the first in the given order; rows without a case are left out."""
    key = f"tables.{raw.name}.first_of"
    raw.need([(rule.by, f"{key}.by"), *((c, f"{key}.order") for c in rule.order)])
    order = np.arange(len(raw))
    if rule.order and len(raw):
        order = np.lexsort([_sortable(raw, column, zone, key) for column in reversed(rule.order)])
    cases = raw.column(rule.by, key).iloc[order]
    first = order[(cases.notna() & ~cases.duplicated()).to_numpy()]
    return raw.take(np.sort(first))


def _sortable(raw: RawTable, column: str, zone: str | None, key: str) -> np.ndarray:
    """Numbers by size, times by time, texts by alphabet; missing ones last."""
    texts = raw.column(column, key)
    numbers, bad = parse_numbers(texts, column in raw.decimals)
    if not bad.any() and column not in raw.times:
        return numbers
    times = parse_times(texts, raw.times.get(column, "iso"), zone, key)
    if not times.bad.any():
        return np.where(np.isnat(times.utc), np.iinfo(np.int64).max, times.utc.astype(np.int64))
    codes = pd.factorize(texts, sort=True)[0]
    return np.where(codes < 0, len(codes), codes)
