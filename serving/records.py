"""A request's records to histories, through the same mapping as the files: the CRM's own tables, columns and values."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np

from leadcast.errors import RequestError, SourceError
from leadcast.history import History
from leadcast.mapping.raw import MARK
from leadcast.quality import Quality
from leadcast.workspace.model import TableSource, Workspace
from serving.columns import asked_columns, mistyped
from serving.messages import plain_text

if TYPE_CHECKING:
    from leadcast.mapping import ReferenceTables

Row = dict[str, Any]
Path = tuple[str | int, ...]
UNREADABLE = ("is not a time", "is not a number", "is missing")
"""How the reasons end that are a fault of the sender's; a repeated row, say, is none."""
DEEPEST = 50
"""Levels of an object within a row of JSON lines."""


def sendable_tables(workspace: Workspace) -> list[str]:
    """The tables that a record may hold: those read from a source, without lookup tables."""
    return [name for name, table in workspace.tables.items() if table.of is None and not table.reference]


def raw_tables(workspace: Workspace, record: Row, path: Path = ()) -> dict[str, list[Row]]:
    """The rows of one record by table, checked for shape only.

    Parameters
    ----------
    record : table name = one row or a list of rows; a row is column = text, number, true, false or null (an object or a
        list too, where the table's file is one of JSON lines or Parquet)
    path : where the record stands in the request; it begins every error's path

    Raises
    ------
    RequestError : an unknown table, a row that is no object, a value that is no plain value
    """
    if not record:
        raise RequestError(f"holds no table; it may hold {', '.join(sendable_tables(workspace))}", path)
    return {name: list(_rows(workspace, name, value, (*path, name))) for name, value in record.items()}


def _rows(workspace: Workspace, name: str, value: Any, path: Path) -> Iterator[Row]:
    known = sendable_tables(workspace)
    if name not in known:
        raise RequestError(_unknown(workspace, name, known), path)
    many, holds_json = isinstance(value, list), _holds_json(workspace.tables[name])
    for place, row in enumerate(value if many else [value]):
        where = (*path, place) if many else path
        if not isinstance(row, dict):
            raise RequestError("not a row: write an object of column = value", where)
        for column, cell in row.items():
            _check_text(column, where)
            if holds_json and isinstance(cell, dict | list):
                _check_depth(cell, (*where, column))
            else:
                _check_cell(cell, (*where, column))
        yield row


def _holds_json(table: TableSource) -> bool:
    """Do the table's own rows hold objects and lists, as JSON lines do? They are text to the mapping, as in the batch."""
    files = [table.file] if isinstance(table.file, str) else table.file or ()
    return any(file.endswith((".jsonl", ".parquet")) for file in files)


def _unknown(workspace: Workspace, name: str, known: list[str]) -> str:
    if name in workspace.tables:
        return f"read from the workspace itself, not from requests; leave it out. Known here: {', '.join(known)}"
    close = get_close_matches(name, known, 1)
    return f"unknown table{f'; did you mean {close[0]}?' if close else '.'} Known here: {', '.join(known)}"


def _check_text(text: str, path: Path) -> None:
    """Texts that every database can hold: the ledger keeps ids, and answers name columns."""
    try:
        plain_text(text)
    except ValueError as refused:
        raise RequestError(str(refused), path) from None


def _check_cell(cell: Any, path: Path) -> None:
    if isinstance(cell, str):
        _check_text(cell, path)
    elif not (cell is None or isinstance(cell, int | float)):
        raise RequestError("not a plain value: write a text, a number, true, false or null", path)


def _check_depth(cell: Any, path: Path) -> None:
    level = [cell]
    for _ in range(DEEPEST):
        level = [part for value in level if isinstance(value, dict | list)
                 for part in (value.values() if isinstance(value, dict) else value)]
        if not level:
            return
    raise RequestError(f"nested deeper than {DEEPEST} levels", path)


def marked(tables: dict[str, list[Row]], **more: str) -> dict[str, list[Row]]:
    """Each table's rows as they are, each marked with its place, and with ``more`` of our own columns."""
    return {name: [{**row, MARK: str(place), **more} for place, row in enumerate(rows)] for name, rows in tables.items() if rows}


def read_record(
    workspace: Workspace, record: Row, as_of: np.datetime64, references: "ReferenceTables", path: Path = (),
    skip_bad_rows: bool = False,
) -> tuple[History, list[str]]:
    """One record's history as of a moment, and what was odd about it.

    Parameters
    ----------
    references : the workspace's lookup tables, which records do not carry
    skip_bad_rows : leave rows out that cannot be read, as a batch does, instead of refusing the record

    Raises
    ------
    RequestError : the record has another shape, or a row of it cannot be read; ``path`` leads to the row or the field
    """
    from leadcast.mapping import read_history

    tables = raw_tables(workspace, record, path)
    try:
        history = read_history(workspace, marked(tables), references, as_of)
    except SourceError as trouble:
        raise RequestError(_without_values(str(trouble)), path) from None
    if not skip_bad_rows:
        refuse_bad_rows(workspace, record, history.quality, path)
    return history, notes_of(workspace, tables, history.quality, references)


def refuse_bad_rows(workspace: Workspace, record: Row, quality: Quality, path: Path) -> None:
    """Point at the first row of a record that cannot be read.

    Raises
    ------
    RequestError : there is one; ``path`` leads to the row or the field
    """
    for role, rows in quality.rejected.items():
        bad = [place for place, reason in enumerate(rows["reason"]) if reason.endswith(UNREADABLE)]
        if bad and MARK in rows:  # a lookup table's own rows are no fault of the sender's
            row = {str(column): rows[column].iloc[bad[0]] for column in (MARK, "reason")}
            name, _, fault = row["reason"].partition(" is ")
            raise RequestError(f"{fault} (it is read as {name})", (*path, *_field(workspace, record, role, row)))


def notes_of(
    workspace: Workspace, tables: dict[str, list[Row]], quality: Quality, references: "ReferenceTables"
) -> list[str]:
    """What was odd about a record but not wrong."""
    notes = [f"{finding.table}: {finding.rows} x {_without_values(finding.problem)}" for finding in quality.findings]
    asked = references.once("asked columns", lambda: asked_columns(workspace))
    return [*notes, *mistyped(tables, asked)]


def _field(workspace: Workspace, record: Row, role: str, row: Row) -> Path:
    """Where a rejected row's value stands in its record: table, place if there are several, column."""
    kind, _, table = role.partition(".")
    table = table or kind
    root = table
    while (of := workspace.tables[root].of) is not None:
        root = of
    place = (int(row[MARK]),) if isinstance(record.get(root), list) else ()
    column = _column(workspace, kind, table, row["reason"].split(" ")[0])
    return (root, *place, column) if column else (root, *place)


def _column(workspace: Workspace, role: str, table: str, name: str) -> str | None:
    """The user's column behind a canonical name."""
    sources = [source for source in getattr(workspace, role, ()) if getattr(source, "table", None) == table]
    found = (getattr(source.columns, name, None) or getattr(source.columns, name.removesuffix("_id"), None) for source in sources)
    return next((column for column in found if column), None)


def _without_values(message: str) -> str:
    """A message about files, without the value it shows as an example: the first quoted text, wherever it stands again."""
    plain = message.split(", such as ")[0]
    value = re.search(r'"[^"]*"', plain)
    return plain if value is None else plain.replace(value[0], "a value")
