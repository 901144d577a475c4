"""The rows of a forecast: what they must hold, and how they are written down so that nothing is lost."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from leadcast.errors import SchemaError
from leadcast.forecast.rows import KINDS

NEEDED = ("entity_id", "kind", "expected", "amount")
NUMBERS = ("expected", "amount", "margin", "ever", "slips")
TIMES = ("expected_close", "created_at")
CLOSED = ("lost", "won")
"""What became of a deal that is neither won in the period nor open: lost, or won at another time."""
SHOWN = 3
_ROUNDED = 1e-9  # a curve may round below 0 or above 1 by so much


def checked_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of a forecast with plain columns: float64, bool, ``datetime64[us]`` (naive UTC), object (None = missing).

    Parameters
    ----------
    rows : one per deal: ``entity_id``; ``kind``: won (in the period), open, or new (a template of deals not yet created);
        ``expected``: won 1, open P(won in the period), new an expected number of wins; ``amount`` (NaN = missing); and as far
        as there are: ``margin``, ``ever`` (open: P(won in the end)), ``slips``, ``expected_close`` (the rep's date),
        ``created_at``, and any others to group by

    Raises
    ------
    SchemaError : a column is missing, an id stands twice, or a value cannot be

    Examples
    --------
    >>> rows = checked_rows(pd.DataFrame({"entity_id": ["a"], "kind": ["open"], "expected": [1], "amount": [None]}))
    >>> rows["expected"].dtype.name, rows["amount"].tolist()
    ('float64', [nan])
    """
    absent = [name for name in NEEDED if name not in rows]
    if absent:
        found = ", ".join(map(str, rows.columns)) or "none"
        raise SchemaError(f"The rows of a forecast lack {', '.join(absent)}; they have {found}.")
    columns = {str(name): _plain(str(name), rows[name], rows["entity_id"]) for name in rows.columns}
    columns |= {name: _numbers(name, columns[name]) for name in NUMBERS if name in columns}
    columns |= {name: _times(name, columns[name]) for name in TIMES if name in columns}
    plain = _frame(columns)
    for wrong, rule in (
        (~plain["kind"].isin(KINDS), f"kind is none of {', '.join(KINDS)}"),
        (plain["entity_id"].isna(), "entity_id is missing"),
        (plain["entity_id"].duplicated(), "entity_id stands twice"),
        (~(plain["expected"] >= -_ROUNDED), "expected is missing or below 0"),
        ((plain["kind"] == "won") & (plain["expected"] != 1), "a won deal's expected is not 1"),
        ((plain["kind"] == "open") & (plain["expected"] > 1 + _ROUNDED), "an open deal's expected is above 1"),
    ):
        if wrong.any():
            found = ", ".join(str(i) for i in plain["entity_id"][wrong].head(SHOWN))
            raise SchemaError(f"The rows of a forecast: {rule} in {int(wrong.sum())} of them, such as {found}.")
    return plain.assign(expected=plain["expected"].clip(0.0, np.where(plain["kind"] == "new", np.inf, 1.0)))


def rows_to_json(rows: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Checked rows by column: its kind, and its values with null for what is missing; floats to the last digit."""
    return {str(name): _column_to_json(rows[name]) for name in rows.columns}


def rows_from_json(data: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """The rows that :func:`rows_to_json` wrote, equal to the last bit."""
    columns = {name: _READ[column["kind"]](column["values"]) for name, column in data.items()}
    return _frame(columns)


def _frame(columns: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Each column in its own kind: pandas would turn texts into another one, and None into NaN."""
    return pd.DataFrame({name: pd.Series(column, dtype=column.dtype) for name, column in columns.items()})


def _plain(name: str, column: pd.Series, ids: pd.Series) -> np.ndarray:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    if column.dtype.kind == "M":
        return np.asarray(column.to_numpy(), "datetime64[us]")
    if column.dtype.kind == "b":
        return column.to_numpy(bool)
    if column.dtype.kind in "iuf":
        numbers = column.to_numpy(float, na_value=np.nan)
        if np.isinf(numbers).any():
            raise SchemaError(f"The rows of a forecast: {name} is infinite in {ids.iloc[int(np.isinf(numbers).argmax())]}.")
        return numbers
    values = column.astype(object).to_numpy(object, copy=True)
    values[pd.isna(values)] = None
    strange = [v for v in values if not (v is None or isinstance(v, str | bool | int | float)) or v in (np.inf, -np.inf)]
    if strange:
        raise SchemaError(f"The rows of a forecast: {name} holds {strange[0]!r}; only texts and finite numbers can be kept.")
    return values


def _numbers(name: str, column: np.ndarray) -> np.ndarray:
    """A column of numbers, where one without any value has come as texts."""
    if column.dtype.kind == "O" and any(isinstance(value, str) for value in column):
        raise SchemaError(f"The rows of a forecast: {name} holds texts, and numbers are needed.")
    if column.dtype.kind == "M":
        raise SchemaError(f"The rows of a forecast: {name} holds times, and numbers are needed.")
    return column.astype(float)


def _times(name: str, column: np.ndarray) -> np.ndarray:
    """A column of times, where one without any value has come as texts or numbers."""
    if column.dtype.kind != "M" and not pd.isna(column).all():
        raise SchemaError(f"The rows of a forecast: {name} holds {column[~pd.isna(column)][0]!r}, and times are needed.")
    return column if column.dtype.kind == "M" else np.full(len(column), np.datetime64("NaT"), "datetime64[us]")


def _column_to_json(column: pd.Series) -> dict[str, Any]:
    values = column.to_numpy()
    if values.dtype.kind == "f":
        missing = np.isnan(values)
        listed = values.tolist()
        for place in np.flatnonzero(missing):
            listed[place] = None
        return {"kind": "number", "values": listed}
    if values.dtype.kind == "M":
        texts = np.datetime_as_string(values, unit="us").tolist()
        return {"kind": "time", "values": [None if text == "NaT" else text for text in texts]}
    return {"kind": "flag" if values.dtype.kind == "b" else "text", "values": values.tolist()}


def _texts(values: list[Any]) -> np.ndarray:
    texts = np.empty(len(values), object)
    texts[:] = values
    return texts


_READ: dict[str, Callable[[list[Any]], np.ndarray]] = {
    "number": lambda values: np.array(values, float),
    "time": lambda values: np.array(["NaT" if text is None else text for text in values], "datetime64[us]"),
    "flag": lambda values: np.array(values, bool),
    "text": _texts,
}
