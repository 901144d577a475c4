"""Tables to files: CSV, Parquet or JSON by the file's ending."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from leadcast.errors import OutputError

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table; its folder is made if need be.

    In CSV a text that a spreadsheet would run as a formula gets an apostrophe in front; lists are JSON in one cell, in
    Parquet too, so that a file has one kind of value per column.

    Raises
    ------
    OutputError : the ending is none of .csv, .parquet and .json, or the place cannot be written
    """
    writers = {".csv": _write_csv, ".parquet": _write_parquet, ".json": _write_json}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise OutputError(f"{path.name}: its ending says no known format; known are {', '.join(writers)}.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        writer(table, path)
    except OSError as refused:
        raise OutputError(f"{path} cannot be written: {refused.strerror}.") from None


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON holds them: times as ISO UTC, a missing value as None."""
    columns = {str(name): [_plain(value) for value in table[name]] for name in table.columns}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def table_json(table: pd.DataFrame) -> str:
    return json.dumps(plain_rows(table), ensure_ascii=False, indent=2, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, list | dict):
        return value
    if isinstance(value, pd.Timestamp):
        return value.isoformat().replace("+00:00", "Z")
    if value is None or value is pd.NaT or (isinstance(value, float | np.floating) and not np.isfinite(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value


def _write_json(table: pd.DataFrame, path: Path) -> None:
    path.write_text(table_json(table) + "\n", encoding="utf-8")


def _write_parquet(table: pd.DataFrame, path: Path) -> None:
    _lists_as_json(table).to_parquet(path, index=False)


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    texts = _lists_as_json(table)
    for name in texts.columns:
        column = texts[name]
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            texts[name] = _times(column)
        elif column.dtype == object:
            texts[name] = [harmless(value) for value in column]
        elif pd.api.types.is_string_dtype(column):
            texts[name] = column.mask(column.str.startswith(_FORMULA, na=False), "'" + column)
    texts.rename(columns=harmless).to_csv(path, index=False)


def _lists_as_json(table: pd.DataFrame) -> pd.DataFrame:
    objects = [name for name in table.columns if table[name].dtype == object]
    lists = [name for name in objects if any(isinstance(value, list | dict) for value in table[name])]
    write = json.JSONEncoder(ensure_ascii=False).encode
    return table.assign(**{name: [write(value) for value in table[name]] for name in lists})


def _times(column: pd.Series) -> np.ndarray:
    """Times as ISO UTC, each written once; None where missing."""
    code, times = pd.factorize(column)
    return np.array([*(_plain(time) for time in times), None], object)[code]


def harmless(value: Any) -> Any:
    """An apostrophe before what a spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
