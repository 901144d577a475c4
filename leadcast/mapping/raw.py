"""A raw table: the user's own columns as text, with what is needed to read them as times and numbers."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from leadcast.errors import SourceError
from leadcast.mapping.apart import RECORD
from leadcast.mapping.texts import missing_texts, objects_of
from leadcast.workspace.messages import did_you_mean

TEXT = pd.StringDtype(storage="pyarrow", na_value=np.nan)
"""pandas' own text type; a missing value is NaN."""
MARK = "leadcast row"
"""A column of our own in every table of a request: the row's place in its list, so that a complaint can point at it."""
FEW = 50
"""Up to so many rows Python itself is quicker than pandas, where both do the same."""
OURS = frozenset({MARK, RECORD})
"""Columns that no key of leadcast.toml speaks of."""


@dataclass(frozen=True)
class RawTable:
    """Columns of trimmed text, whether they came from a file, a database or a request.

    Plain arrays, not a data frame: a request has a handful of rows, and every step on a frame costs more than reading them.

    Attributes
    ----------
    columns : Python texts, None = missing; each an object array of shape (rows,) that nobody writes into
    origin : where it came from, for messages ("leads.csv")
    times : per column, how its times are written; the rest is ISO
    decimals : columns whose numbers are written with a decimal comma
    lenient : a request may leave columns out; they are missing. A file may not
    """

    name: str
    columns: Mapping[str, np.ndarray]
    rows: int
    origin: str = ""
    times: Mapping[str, str] = field(default_factory=dict)
    decimals: frozenset[str] = frozenset()
    lenient: bool = False

    def __len__(self) -> int:
        return self.rows

    def column(self, name: str, key: str) -> np.ndarray:
        """One column; ``key`` is the place in leadcast.toml that asks for it.

        Raises
        ------
        SourceError : the table has no such column; the message says which it has
        """
        self.need([(name, key)])
        found = self.columns.get(name)
        return missing_texts(self.rows) if found is None else found

    def need(self, asked: Sequence[tuple[str, str]]) -> None:
        """Check columns before they are used, all at once: pairs of (column, key that asks for it)."""
        if self.lenient:
            return
        absent = [(name, key) for name, key in asked if name not in self.columns]
        if absent:
            has = [str(c) for c in self.columns]
            table = f'table "{self.name}"' + (f" ({self.origin})" if self.origin else "")
            raise SourceError("\n".join(f'{key}: {table} has no column "{name}"{did_you_mean(name, has)} '
                                        f"It has: {', '.join(has) or 'no columns'}." for name, key in absent))

    def take(self, rows: np.ndarray) -> "RawTable":
        """The rows of a mask or of positions."""
        if rows.dtype == bool and rows.all():
            return self
        count = int(rows.sum()) if rows.dtype == bool else len(rows)
        return replace(self, columns={name: column[rows] for name, column in self.columns.items()}, rows=count)

    def with_columns(self, columns: Mapping[str, np.ndarray]) -> "RawTable":
        """The same table with columns added or replaced."""
        return replace(self, columns={**self.columns, **columns})

    @property
    def records(self) -> np.ndarray | None:
        """The record that each row belongs to, where the table is of several records of a request."""
        return self.columns.get(RECORD)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The columns as a data frame of pandas' own text type, NaN = missing."""
        columns = {name: pd.Series(column, dtype=TEXT) for name, column in self.columns.items()}
        return pd.DataFrame(columns, index=pd.RangeIndex(self.rows))

    @cached_property
    def lookups(self) -> dict[tuple[tuple[str, ...], str | None], dict[tuple[str | None, ...], int]]:
        """What joins look up here; kept, since a lookup table serves every request (:mod:`leadcast.mapping.joins`)."""
        return {}


def objects(texts: pd.Series) -> np.ndarray:
    """A pandas text column as Python texts, None where missing, shape (n,); equal texts are one and the same."""
    codes, distinct = pd.factorize(texts)
    found: np.ndarray = objects_of([*distinct, None])[codes]
    return found


def plain(texts: np.ndarray | pd.Series) -> np.ndarray:
    """A text column as :class:`RawTable` holds it, wherever it comes from."""
    return objects(texts) if isinstance(texts, pd.Series) else texts


# ---- any column to text ---------------------------------------------------------------------------------------


def as_text(column: pd.Series, comma: bool = False) -> np.ndarray:
    """Any column as the trimmed text that a CSV would hold; an empty text is missing.

    Whole numbers lose their ".0", flags become true and false, times ISO text. So a JSON record, a database row and
    a CSV line of the same thing become the same text. ``comma``: such a CSV has its decimals after a comma.

    Examples
    --------
    >>> as_text(pd.Series([7, 1.5, True, None, " x ", " "], dtype=object)).tolist()
    ['7', '1.5', 'true', None, 'x', None]
    """
    if isinstance(column.dtype, pd.StringDtype):
        texts = column.astype(TEXT).str.strip()
        empty = (texts == "").to_numpy(dtype=bool)
        return objects(texts.mask(empty) if empty.any() else texts)
    return objects_of([_trimmed(value, comma) for value in column.astype(object)])


def from_frame(name: str, frame: pd.DataFrame, origin: str = "", lenient: bool = False, comma: bool = False) -> RawTable:
    """A raw table of any data frame: all columns text, trimmed, the empty text missing.

    ``comma``: its texts have their decimals after a comma, so its numbers are written that way too.
    """
    columns = {str(label): as_text(frame[label], comma) for label in frame.columns}
    return RawTable(name, columns, len(frame), origin, lenient=lenient)


def from_rows(name: str, rows: Sequence[Mapping[str, Any]], comma: bool = False) -> RawTable:
    """The same of a request's rows, which may leave columns out."""
    names = dict.fromkeys(column for row in rows for column in row)
    columns = {column: objects_of([_trimmed(row.get(column), comma) for row in rows]) for column in names}
    return RawTable(name, columns, len(rows), "the request", lenient=True)


def _trimmed(value: Any, comma: bool) -> str | None:
    text = value if isinstance(value, str) else text_of(value, comma)
    return None if text is None else text.strip() or None


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
