"""Columns of a request that are nearly, but not quite, those that leadcast.toml maps: in silence they would be ignored."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from leadcast.mapping.clean import columns_of
from leadcast.workspace.model import DirectionColumn, EventSource, StagesFromDates, StagesFromEvents, StagesFromSilence, Workspace

_ALIKE = 0.8
_MOST = 100
"""Unknown columns that are compared, and letters of each: a request must not make us busy."""


def mistyped(tables: dict[str, list[dict[str, Any]]], asked: Mapping[str, frozenset[str]]) -> list[str]:
    """One note for each mapped column that rows lack while they have an unknown one of nearly the same name.

    Parameters
    ----------
    tables : the rows of one record by table
    asked : the columns of each table that the workspace uses, from :func:`asked_columns`
    """
    notes: dict[str, None] = {}
    for name, rows in tables.items():
        for sent in list(dict.fromkeys(frozenset(row) for row in rows))[:_MOST]:
            for column, meant in _nearly(asked[name] - sent, sent - asked[name]):
                notes[f"{name}: no column {column}; did you mean it with {meant}?"] = None
    return list(notes)


def absent_columns(workspace: Workspace, sent: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """The columns of each sent table that leadcast.toml uses to describe leads and deals, and that were not sent.

    Those of stages and outcomes may well be absent: who asks for a score does not know them yet.

    Parameters
    ----------
    sent : the columns that came, by table
    """
    told = {column for source in workspace.stages if not isinstance(source, StagesFromEvents | StagesFromSilence)
            for column in (*source.columns.model_dump().values(), *_of_kind(source))}
    ids = {column for role in (workspace.leads, workspace.opportunities) for source in role
           for column in (*source.columns.model_dump().values(), *(a.column or n for n, a in source.attributes.items()
                                                                   if a.known != "outcome"))}
    asked = asked_columns(workspace)
    return {name: (asked[name] - (told - ids)) - columns for name, columns in sent.items()}


def _nearly(absent: frozenset[str], unknown: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Pairs of a mapped column and the sent one that is like it; the same but for capitals goes before alike."""
    folded = {name.casefold(): name for name in sorted(unknown)[:_MOST] if len(name) <= _MOST}
    for column in sorted(absent) if folded else ():
        same = folded.get(column.casefold())
        close = [same] if same else [folded[f] for f in get_close_matches(column.casefold(), folded, 1, _ALIKE)]
        yield from ((column, meant) for meant in close)


def asked_columns(workspace: Workspace) -> defaultdict[str, frozenset[str]]:
    """The columns that leadcast.toml uses of each table, without those it makes itself (composed, joined)."""
    found: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    made = {name: frozenset(table.compose) | {new for join in table.joins for new in join.columns}
            for name, table in workspace.tables.items()}
    for table, columns in [*_by_roles(workspace), *_by_tables(workspace)]:
        name: str | None = table
        while name is not None:
            columns = columns - made[name]
            found[name] |= columns
            name = workspace.tables[name].of
    return found


def _by_roles(workspace: Workspace) -> Iterator[tuple[str, frozenset[str]]]:
    for role in (workspace.leads, workspace.opportunities, workspace.events, workspace.stages, workspace.field_history):
        for source in role:
            table = getattr(source, "table", None)
            if table is not None:
                attributes = {a.column or name for name, a in getattr(source, "attributes", {}).items()}
                mapped = {column for column in source.columns.model_dump().values() if column is not None}  # type: ignore[union-attr]
                yield table, frozenset(mapped | attributes | set(source.where) | _of_kind(source))


def _of_kind(source: object) -> set[str]:
    """Columns that only this kind of source names."""
    if isinstance(source, EventSource):
        told = {source.direction.column} if isinstance(source.direction, DirectionColumn) else set()
        return {*columns_of(source.type), *told}
    return set(source.dates) if isinstance(source, StagesFromDates) else set()


def _by_tables(workspace: Workspace) -> Iterator[tuple[str, frozenset[str]]]:
    for name, table in workspace.tables.items():
        composed = {column for template in table.compose.values() for column in columns_of(template)}
        first = {table.first_of.by, *table.first_of.order} if table.first_of else set()
        yield name, frozenset(composed | first | set(table.where) | {ours for join in table.joins for ours in join.on})
        for join in table.joins:
            theirs = join.columns.values() if isinstance(join.columns, dict) else join.columns
            yield join.table, frozenset({*join.on.values(), *theirs, *join.where, *([join.prefer] if join.prefer else [])})
