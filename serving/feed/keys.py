"""Whole numbers in the place of ids: the same for the same data, and 0 for what is missing."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from leadcast.table import Table

NONE = "(none)"
"""What row 0 of a dimension is called."""


def numbered(names: Iterable[Any]) -> dict[Any, int]:
    """1, 2, ... for each name, in the order given; None has none.

    Examples
    --------
    >>> numbered(["web", None, "ads", "web"])
    {'web': 1, 'ads': 2}
    """
    return {name: place for place, name in enumerate(dict.fromkeys(n for n in names if n is not None), 1)}


def keys_of(names: Iterable[Any], numbers: Mapping[Any, int]) -> np.ndarray:
    """The number of each name, 0 where it has none; shape (n,)."""
    return np.fromiter((numbers.get(name, 0) for name in names), np.int64)


def by_creation(table: Table, id_column: str) -> np.ndarray:
    """The key of each row, from 1, by creation and then by id, so that what is created later does not move what is there.

    Returns
    -------
    int64, shape (n,)

    Examples
    --------
    >>> at = np.array(["2026-03-02", "NaT", "2026-03-01"], "datetime64[us]")
    >>> by_creation(Table({"created_at": at, "lead_id": np.array(["a", "b", "c"], object)}), "lead_id").tolist()
    [2, 3, 1]
    """
    _, rank = np.unique(table[id_column].astype(str), return_inverse=True)
    order = np.lexsort((rank, table["created_at"]))  # NaT sorts last
    key = np.empty(table.rows, np.int64)
    key[order] = np.arange(1, table.rows + 1)
    return key


def with_none(columns: Mapping[str, np.ndarray], key: str) -> dict[str, np.ndarray]:
    """The columns of a dimension with row 0 in front: "(none)" in its texts that name it, missing or 0 elsewhere."""
    return {name: np.concatenate([_first(column, name, key), column]) for name, column in columns.items()}


def _first(column: np.ndarray, name: str, key: str) -> np.ndarray:
    made: dict[str, Callable[[], np.ndarray]] = {
        "O": lambda: np.array([NONE if name in _NAMES.get(key, ()) else None], object),
        "f": lambda: np.array([np.nan]), "b": lambda: np.array([False]), "M": lambda: np.array(["NaT"], column.dtype),
    }
    return made.get(column.dtype.kind, lambda: np.array([0], column.dtype))()


_NAMES = {
    "owner_key": ("owner", "name", "manager", "region", "current_manager", "current_region"),
    "stage_key": ("entity", "pipeline", "stage"), "source_key": ("source",), "model_key": ("target", "name"),
    "lead_key": ("lead_id",), "deal_key": ("opportunity_id",),
}
