"""Row filters: which rows of a table count."""

import numpy as np

from leadcast.mapping.numbers import parse_flags, parse_numbers
from leadcast.mapping.raw import RawTable
from leadcast.mapping.texts import is_missing
from leadcast.workspace.model import Condition, Where

Scalar = str | int | float | bool


def matching(raw: RawTable, where: Where, key: str) -> np.ndarray:
    """The rows for which every condition holds, boolean, shape (n,).

    A text is compared as written, a number as a number ("05" is 5), true and false as flags ("Yes" is true).
    A missing value equals nothing, and is none of anything.

    Raises
    ------
    SourceError : the table lacks a column
    """
    raw.need([(column, f"{key}.where") for column in where])
    kept = np.ones(len(raw), bool)
    for column, condition in where.items():
        kept &= _holds(raw.column(column, f"{key}.where"), condition)
    return kept


def filtered(raw: RawTable, where: Where, key: str) -> RawTable:
    """The table with only the matching rows."""
    return raw.take(matching(raw, where, key)) if where else raw


def _holds(texts: np.ndarray, condition: Scalar | list[Scalar] | Condition) -> np.ndarray:
    if isinstance(condition, list):
        return _any_of(texts, condition)
    if not isinstance(condition, Condition):
        return _any_of(texts, [condition])
    kept = np.ones(len(texts), bool)
    if condition.in_ is not None:
        kept &= _any_of(texts, condition.in_)
    if condition.not_in is not None:
        kept &= ~_any_of(texts, condition.not_in)
    if condition.present is not None:
        kept &= ~is_missing(texts) == condition.present
    if condition.at_least is not None:
        kept &= parse_numbers(texts)[0] >= condition.at_least
    if condition.at_most is not None:
        kept &= parse_numbers(texts)[0] <= condition.at_most
    if (begin := condition.starts_with) is not None:
        kept &= np.array([text is not None and text.startswith(begin) for text in texts.tolist()], bool)
    if (part := condition.contains) is not None:
        kept &= np.array([text is not None and part in text for text in texts.tolist()], bool)
    return kept


def _any_of(texts: np.ndarray, values: list[Scalar]) -> np.ndarray:
    named = {v for v in values if isinstance(v, str)}
    found = np.array([text in named for text in texts.tolist()], bool)
    flags = [float(v) for v in values if isinstance(v, bool)]
    numbers = [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if flags:
        found = found | np.isin(parse_flags(texts)[0], flags)
    if numbers:
        found = found | np.isin(parse_numbers(texts)[0], numbers)
    return found
