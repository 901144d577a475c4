"""Rows of the store as columns of the canonical tables, and back."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Row

from leadcast.schema import TableSchema
from leadcast.table import TIME, Table, typed
from leadcast.vocabulary import Attribute

NO_TIME_INSIDE = np.iinfo(np.int64).min
KINDS = {"category": np.dtype(object), "number": np.dtype(float), "flag": np.dtype(float), "time": TIME}


def canonical(schema: TableSchema, rows: Sequence[Row]) -> Table:
    """Rows that carry the schema's columns by name, as a canonical table."""
    if not rows:
        return schema.empty()
    places = {name: place for place, name in enumerate(rows[0]._fields)}
    columns = list(zip(*rows, strict=True))
    return Table({name: _column(columns[places[name]], name, schema) for name in schema.columns})


def _column(cells: Sequence[Any], name: str, schema: TableSchema) -> np.ndarray:
    if name in schema.times:
        return times(cells)
    if name in schema.numbers:
        return np.array(cells, float)  # None becomes NaN
    return _objects(cells)


def times(cells: Iterable[int | None]) -> np.ndarray:
    """Microseconds since 1970 as moments, None as NaT."""
    return np.array([NO_TIME_INSIDE if cell is None else cell for cell in cells], np.int64).view(TIME)


def micros(moments: np.ndarray) -> list[int | None]:
    """Moments as the store keeps them."""
    return [None if cell == NO_TIME_INSIDE else cell for cell in moments.astype(TIME).view(np.int64).tolist()]


def micro(moment: np.datetime64) -> int:
    """One moment as the store keeps it; it may not be NaT."""
    return int(moment.astype(TIME).astype(np.int64))


def with_attributes(table: Table, rows: Sequence[Row], attributes: Sequence[Attribute]) -> Table:
    """The table with a column for each of the workspace's attributes, out of the rows' JSON."""
    given = [json.loads(row.attributes) for row in rows]
    return table.with_columns(**{a.name: attribute_column(given, a) for a in attributes})


def attribute_column(given: Sequence[Mapping[str, Any]], attribute: Attribute) -> np.ndarray:
    """One attribute of all rows as its type says, missing where a row does not have it; shape (n,)."""
    dtype = KINDS[attribute.type]
    cells = [row.get(attribute.name) for row in given]
    if attribute.type == "time":
        return typed(_objects(cells), dtype)
    return _objects(cells) if attribute.type == "category" else np.array(cells, float)


def attributes_json(table: Table, attributes: Sequence[Attribute]) -> list[str]:
    """The attributes of each row as one JSON text; what is missing is left out."""
    columns = {a.name: _plain(table[a.name]) for a in attributes if a.name in table}
    names = list(columns)
    return [json.dumps({n: v for n, v in zip(names, row, strict=True) if v is not None}, ensure_ascii=False, sort_keys=True)
            for row in zip(*columns.values(), strict=True)] if names else ["{}"] * table.rows


def _plain(column: np.ndarray) -> list[Any]:
    if column.dtype.kind == "M":
        return [None if np.isnat(cell) else str(cell) for cell in column]
    if column.dtype.kind == "f":
        return [None if np.isnan(cell) else cell for cell in column.tolist()]
    return list(column)


def _objects(cells: Sequence[Any]) -> np.ndarray:
    column = np.empty(len(cells), object)
    column[:] = cells
    return column


