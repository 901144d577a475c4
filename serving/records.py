"""A request's records to histories, through the same mapping as the files: the CRM's own tables, columns and values."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

import pandas as pd

from leadcast.errors import RequestError
from leadcast.history import History
from leadcast.workspace.model import Workspace

Row = dict[str, Any]


def sendable_tables(workspace: Workspace) -> list[str]:
    """The tables that a record may hold: those read from a source, without lookup tables."""
    return [name for name, table in workspace.tables.items() if table.of is None and not table.reference]


def raw_tables(workspace: Workspace, record: Row, path: tuple[str | int, ...] = ()) -> dict[str, list[Row]]:
    """The rows of one record by table, checked for shape only.

    Parameters
    ----------
    record : table name = one row or a list of rows; a row is column = text, number, true, false or null
    path : where the record stands in the request; it begins every error's path

    Raises
    ------
    RequestError : an unknown table, a row that is no object, a value that is no plain value
    """
    if not record:
        raise RequestError(f"holds no table; it may hold {', '.join(sendable_tables(workspace))}", path)
    return {name: list(_rows(workspace, name, value, (*path, name))) for name, value in record.items()}


def _rows(workspace: Workspace, name: str, value: Any, path: tuple[str | int, ...]) -> Iterator[Row]:
    known = sendable_tables(workspace)
    if name not in known:
        raise RequestError(_unknown(workspace, name, known), path)
    many = isinstance(value, list)
    for place, row in enumerate(value if many else [value]):
        where = (*path, place) if many else path
        if not isinstance(row, dict):
            raise RequestError("not a row: write an object of column = value", where)
        for column, cell in row.items():
            _check_cell(cell, (*where, column))
        yield row


def _unknown(workspace: Workspace, name: str, known: list[str]) -> str:
    if name in workspace.tables:
        return f"read from the workspace itself, not from requests; leave it out. Known here: {', '.join(known)}"
    close = get_close_matches(name, known, 1)
    return f"unknown table{f'; did you mean {close[0]}?' if close else ''} Known here: {', '.join(known)}"


def _check_cell(cell: Any, path: tuple[str | int, ...]) -> None:
    if isinstance(cell, str):
        try:
            cell.encode()
        except UnicodeEncodeError:
            raise RequestError("not a text: it holds half of a surrogate pair", path) from None
    elif not (cell is None or isinstance(cell, int | float)):
        raise RequestError("not a plain value: write a text, a number, true, false or null", path)


def frames(tables: dict[str, list[Row]]) -> dict[str, pd.DataFrame]:
    """Each table's rows as they are, nothing guessed about their kinds."""
    return {name: pd.DataFrame(rows, dtype=object) for name, rows in tables.items() if rows}


def read_record(workspace: Workspace, record: Row, path: tuple[str | int, ...] = ()) -> History:
    """One record's history.

    Raises
    ------
    RequestError : the record has another shape, or a row of it was rejected; ``path`` leads to the row or the field
    """
    from leadcast.mapping import read_history

    return read_history(workspace, frames(raw_tables(workspace, record, path)))
