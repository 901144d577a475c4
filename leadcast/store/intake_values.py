"""One value of an item as the store keeps it, read as the mapping reads a file's: the same text gives the same number."""

import math
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from leadcast.mapping.canonical import canonical_texts
from leadcast.mapping.numbers import parse_flags, parse_numbers
from leadcast.mapping.raw import text_of
from leadcast.moment import EARLIEST, LATEST
from leadcast.table import TIME

Cell = str | float | int | None
DAY = 86_400_000_000
MOST_MONEY = 1e15
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WANTED = {"number": "not a number", "flag": "neither yes nor no: write true or false",
           "time": "not a time: write it as 2026-03-01T08:00:00Z or with an offset"}


class Refused(Exception):
    """What is wrong with an item; ``path`` leads to the field within it."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path, self.message = path, message


def micro_of(moment: datetime) -> int:
    """A moment with an offset as the store keeps it."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def time_of(micro: int) -> datetime:
    """A moment of the store."""
    return _EPOCH + timedelta(microseconds=micro)


def iso_of(micro: int) -> str:
    """A moment as field history and attributes keep it: ISO, UTC, without an offset."""
    return str(np.int64(micro).view(TIME))


def typed_value(kind: str, value: Any, path: str) -> Cell:
    """A value as its kind says: a text, a number, a flag as 1.0 or 0.0, a time in microseconds; None where it is empty.

    Parameters
    ----------
    kind : category, number, flag or time
    value : a text, a number, true, false, None, or a datetime with an offset

    Raises
    ------
    Refused : it is not of that kind

    Examples
    --------
    >>> typed_value("number", " 1,234.5 ", ""), typed_value("flag", "Yes", ""), typed_value("category", 7, "")
    (1234.5, 1.0, '7')
    """
    if isinstance(value, str):
        value = value.strip() or None
    if value is None:
        return None
    if kind == "category":
        text = text_of(value)
        return None if text is None else text.strip() or None
    found = _time(value) if kind == "time" else _number(value) if kind == "number" else _flag(str(text_of(value)))
    if found is None:
        raise Refused(path, _WANTED[kind])
    return found


def written(kind: str, cell: Cell) -> str | None:
    """A cell as field history keeps it."""
    if kind == "time" and isinstance(cell, int):
        return iso_of(cell)
    return canonical_texts(np.array([cell], float))[0] if isinstance(cell, int | float) else cell


def read_back(kind: str, text: str | None, column: bool) -> Cell:
    """What field history keeps as a cell again: of a column, or as the JSON of attributes has it."""
    if text is None or kind == "category":
        return text
    if kind == "time":
        return int(np.datetime64(text, "us").astype(np.int64)) if column else text
    return float(text)


def in_json(kind: str, cell: Cell) -> str | float | None:
    """A cell as a record's attributes keep it."""
    return iso_of(cell) if kind == "time" and isinstance(cell, int) else cell


def check_moment(micro: int | None, now: int, path: str) -> None:
    """Refuse what is more than a day ahead: a clock may be wrong by hours, not by more.

    Raises
    ------
    Refused : it is
    """
    if micro is not None and micro > now + DAY:
        raise Refused(path, "lies more than a day in the future")


def check_money(amount: Cell, path: str) -> None:
    """Refuse what is no amount of money: one such deal, and the sums of all others could not be told any more.

    Raises
    ------
    Refused : it is beyond :data:`MOST_MONEY` either way
    """
    if isinstance(amount, int | float) and not abs(amount) <= MOST_MONEY:
        raise Refused(path, f"is no amount of money: it is beyond {MOST_MONEY:,.0f} in the reporting currency")


def recorded(given: int | None, happened: int, now: int, path: str = "recorded_at", after: str = "occurred_at") -> int:
    """When something was recorded: as given, else now.

    Raises
    ------
    Refused : it is given and lies in the future, or before what it recorded
    """
    if given is None:
        return now
    if given > now:
        raise Refused(path, "lies in the future; leave it out for what is recorded now")
    if given < happened:
        raise Refused(path, f"lies before {after}: nothing is recorded before it happens")
    return given


def _time(value: Any) -> int | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime) or value.tzinfo is None or not EARLIEST <= value < LATEST:
        return None
    return micro_of(value)


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return _read_number(value)
    try:
        number = float(value)
    except (OverflowError, TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


@lru_cache(4096)
def _read_number(text: str) -> float | None:
    number = float(parse_numbers(pd.Series([text], dtype="str"))[0][0])
    return None if math.isnan(number) else number


@lru_cache(4096)
def _flag(text: str) -> float | None:
    flag = float(parse_flags(pd.Series([text], dtype="str"))[0][0])
    return None if math.isnan(flag) else flag
