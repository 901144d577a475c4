"""Where a page of a sorted list ended, bound to the question that was asked."""

import json
import math
from hashlib import blake2b
from typing import Any

from leadcast.errors import RequestError
from serving.cursors import read_cursor, written_cursor

Place = tuple[float | int | str | None, str]
"""What the last item is sorted by, None where it has no such value, and its id."""
MOST_LETTERS = 8_000
_BIGGEST = 2**63


def write_place(place: Place | None, question: str) -> str | None:
    """The cursor of a place; None at the end.

    Parameters
    ----------
    question : everything that was asked but the page, so that a cursor is not taken for another list's
    """
    return None if place is None else written_cursor(_mark(question), json.dumps(place[0]), place[1])


def read_place(text: str | None, question: str, is_text: bool = False) -> Place | None:
    """The place that a cursor stands for.

    Parameters
    ----------
    is_text : the list is sorted by a text; else by a number

    Raises
    ------
    RequestError : it is no cursor, or another question's

    Examples
    --------
    >>> read_place(write_place((0.25, "L7"), "open"), "open")
    (0.25, 'L7')
    """
    if text is None:
        return None
    mark, told, one = read_cursor(text, str, str, str)
    if mark != _mark(question):
        raise RequestError("a cursor of another question; ask for its other pages as for the first", ("cursor",))
    return _value(told, is_text), one


def _value(told: str, is_text: bool) -> float | int | str | None:
    try:
        value = json.loads(told)
    except (ValueError, RecursionError):
        value = False
    if value is None or (_is_plain_text(value) if is_text else _is_plain_number(value)):
        found: float | int | str | None = value
        return found
    raise RequestError("no cursor of this list: send back the next of an earlier page", ("cursor",))


def _is_plain_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and abs(value) < _BIGGEST


def _is_plain_text(value: Any) -> bool:
    """A text that every database can hold."""
    return isinstance(value, str) and "\x00" not in value and value.encode(errors="ignore").decode() == value


def _mark(question: str) -> str:
    return blake2b(question.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
