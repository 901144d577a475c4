"""Columns of NumPy to a table of exact types, each column with its meaning."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from serving.feed.columns import TYPES, Column, Shape


def arrow_table(shape: Shape, columns: Mapping[str, np.ndarray], more: Sequence[Column] = ()) -> pa.Table:
    """A table of a shape; a missing value is NULL, whatever stands for it in NumPy.

    Parameters
    ----------
    columns : exactly those of the shape and of ``more``, each of shape (n,)
    more : columns that the workspace adds

    Raises
    ------
    KeyError, ValueError : a column is missing, or one is too many
    """
    wanted = [*shape.columns, *more]
    if extra := set(columns) - {column.name for column in wanted}:
        raise ValueError(f"{shape.name} has no columns {', '.join(sorted(extra))}")
    arrays = [_array(column, columns[column.name]) for column in wanted]
    return pa.Table.from_arrays(arrays, schema=arrow_schema(shape, more))


def arrow_schema(shape: Shape, more: Sequence[Column] = ()) -> pa.Schema:
    """The types of a shape; the meaning and the key of a column are its metadata."""
    fields = [pa.field(c.name, TYPES[c.kind], metadata={"description": c.meaning, "key": c.key}) for c in (*shape.columns, *more)]
    return pa.schema(fields, metadata={"description": shape.meaning})


def no_rows(shape: Shape) -> pa.Table:
    return arrow_schema(shape).empty_table()


def _array(column: Column, values: np.ndarray) -> pa.Array:
    if column.kind == "text":
        return pa.array([_text(value) for value in values], pa.string())
    if column.kind == "flag" and values.dtype.kind == "f":
        return pa.array(values != 0, pa.bool_(), mask=np.isnan(values))
    if column.kind == "time":
        return pa.array(values.astype("datetime64[us]"), pa.timestamp("us"), from_pandas=True).cast(TYPES["time"])
    if column.kind == "number":
        return pa.array(values.astype(float), pa.float64(), mask=~np.isfinite(values.astype(float)))
    return pa.array(values, TYPES[column.kind], from_pandas=True)


def _text(value: object) -> str | None:
    """Letters that any file and any database holds: no zero byte, and no half of a surrogate pair."""
    if value is None:
        return None
    return str(value).replace("\0", "").encode("utf-8", "replace").decode("utf-8")
