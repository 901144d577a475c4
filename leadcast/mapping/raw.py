"""A raw table: the user's own columns as text, with what is needed to read them as times and numbers."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from leadcast.errors import SourceError
from leadcast.workspace.messages import did_you_mean

TEXT = pd.StringDtype(storage="pyarrow", na_value=np.nan)
"""pandas' own text type; a missing value is NaN."""


@dataclass(frozen=True)
class RawTable:
    """Columns of trimmed text (NaN = missing), whether they came from a file, a database or a request.

    Attributes
    ----------
    origin : where it came from, for messages ("leads.csv")
    times : per column, how its times are written; the rest is ISO
    decimals : columns whose numbers are written with a decimal comma
    lenient : a request may leave columns out; they are missing. A file may not
    """

    name: str
    frame: pd.DataFrame
    origin: str = ""
    times: Mapping[str, str] = field(default_factory=dict)
    decimals: frozenset[str] = frozenset()
    lenient: bool = False

    def __len__(self) -> int:
        return len(self.frame)

    def column(self, name: str, key: str) -> pd.Series:
        """One column; ``key`` is the place in leadcast.toml that asks for it.

        Raises
        ------
        SourceError : the table has no such column; the message says which it has
        """
        self.need([(name, key)])
        return self.frame[name] if name in self.frame.columns else missing_texts(self.frame.index)

    def need(self, asked: Sequence[tuple[str, str]]) -> None:
        """Check columns before they are used, all at once: pairs of (column, key that asks for it)."""
        has = [str(c) for c in self.frame.columns]
        absent = [(name, key) for name, key in asked if name not in self.frame.columns]
        if absent and not self.lenient:
            table = f'table "{self.name}"' + (f" ({self.origin})" if self.origin else "")
            raise SourceError("\n".join(f'{key}: {table} has no column "{name}"{did_you_mean(name, has)} '
                                        f"It has: {', '.join(has) or 'no columns'}." for name, key in absent))

    def take(self, rows: np.ndarray) -> "RawTable":
        """The rows of a mask or of positions."""
        return self.with_frame((self.frame[rows] if rows.dtype == bool else self.frame.iloc[rows]).reset_index(drop=True))

    def with_frame(self, frame: pd.DataFrame) -> "RawTable":
        return RawTable(self.name, frame, self.origin, self.times, self.decimals, self.lenient)


def missing_texts(index: pd.Index) -> pd.Series:
    """A text column without a single value."""
    return pd.Series(np.nan, index=index, dtype=TEXT)


def objects(texts: pd.Series) -> np.ndarray:
    """A text column as canonical tables hold it: Python texts, None where missing, shape (n,)."""
    values: np.ndarray = texts.to_numpy(dtype=object, copy=True)
    values[texts.isna().to_numpy()] = None
    return values


# ---- any column to text ---------------------------------------------------------------------------------------


def as_text(column: pd.Series, comma: bool = False) -> pd.Series:
    """Any column as the trimmed text that a CSV would hold; an empty text is missing.

    Whole numbers lose their ".0", flags become true and false, times ISO text. So a JSON record, a database row and
    a CSV line of the same thing become the same text. ``comma``: such a CSV has its decimals after a comma.

    Examples
    --------
    >>> as_text(pd.Series([7, 1.5, True, None, " x ", " "], dtype=object)).tolist()
    ['7', '1.5', 'true', nan, 'x', nan]
    """
    if isinstance(column.dtype, pd.StringDtype):
        texts = column.astype(TEXT).str.strip()
        empty = (texts == "").to_numpy(dtype=bool)
        return texts.mask(empty) if empty.any() else texts
    values = (text_of(value, comma) for value in column.astype(object))
    return pd.Series([None if value is None else value.strip() or None for value in values], index=column.index, dtype=TEXT)


def text_of(value: Any, comma: bool = False) -> str | None:
    """One value as a CSV would hold it; None where there is none. ``comma``: decimals stand after a comma there."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating | Decimal):
        if math.isnan(value):
            return None
        text = str(value) if isinstance(value, Decimal) else _number_text(float(value))
        return text.replace(".", ",") if comma else text
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return json.dumps(value, sort_keys=True, default=str) if isinstance(value, dict | list | tuple) else str(value)


def _number_text(number: float) -> str:
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)
