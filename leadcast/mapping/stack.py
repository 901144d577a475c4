"""Several sources of one role become one canonical table."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

import numpy as np
import pandas as pd

from leadcast.mapping.raw import FEW
from leadcast.schema import TableSchema
from leadcast.table import NOT_A_TIME, TIME, Table
from leadcast.workspace.sections import column_kinds


def stacked(schema: TableSchema, tables: Sequence[Table], extras: Mapping[str, str] | None = None) -> Table:
    """The tables below one another, checked; columns that one of them lacks are missing there.

    Parameters
    ----------
    extras : columns besides the schema's, with their kind: category, number, flag or time
    """
    kinds = _kinds(schema) | dict(extras or {})
    columns = {name: np.concatenate([_empty(kind, 0), *(_column(t, name, kind) for t in tables)]) for name, kind in kinds.items()}
    return schema.check(Table(columns))


@lru_cache
def _kinds(schema: TableSchema) -> dict[str, str]:
    return column_kinds(schema)


def _column(table: Table, name: str, kind: str) -> np.ndarray:
    return table[name] if name in table else _empty(kind, table.rows)


def _empty(kind: str, rows: int) -> np.ndarray:
    """A column without values."""
    if kind == "time":
        return np.full(rows, NOT_A_TIME, TIME)
    return np.full(rows, None, object) if kind == "category" else np.full(rows, np.nan)


def repeated(ids: np.ndarray, kept: np.ndarray, seen: Collection[str]) -> np.ndarray:
    """The kept rows whose id stood in an earlier kept row or table, boolean."""
    again = np.zeros(len(ids), bool)
    again[kept] = duplicated([ids[kept]])
    if seen:
        again |= np.fromiter((i in seen for i in ids), bool, len(ids))
    return again & kept


def duplicated(columns: Sequence[np.ndarray]) -> np.ndarray:
    """The rows that are equal to an earlier one in every column, boolean; a missing value is equal to a missing one."""
    rows = len(columns[0])
    if rows > FEW:
        return pd.DataFrame(dict(enumerate(columns))).duplicated().to_numpy()
    keys = list(zip(*(_cells(column) for column in columns), strict=True))
    first = {key: row for row, key in reversed(list(enumerate(keys)))}
    return np.array([first[key] != row for row, key in enumerate(keys)], bool)


def _cells(column: np.ndarray) -> list[object]:
    """The values of a column, None where missing: only NaN is not itself."""
    cells: list[object] = column.tolist()
    return [None if cell != cell else cell for cell in cells]
