"""The order of leads or deals that have no date: from a column that rises with time, or from the file."""

import re
from typing import Any

import numpy as np

from leadcast.mapping.apart import parts_of, records_of
from leadcast.mapping.numbers import parse_numbers
from leadcast.mapping.rows import Rows
from leadcast.mapping.texts import is_missing
from leadcast.mapping.times import parse_times
from leadcast.table import Table
from leadcast.workspace.model import LeadSource, OpportunitySource

ODD_SHARE = 0.05
_DIGITS = re.compile(r"(\d+)")


def read_order(rows: Rows, source: LeadSource | OpportunitySource, earlier: list[Table]) -> np.ndarray:
    """Numbers that rise with time, NaN where there is no order; shape (rows,).

    A column of numbers (or times) keeps its values; other texts stand as people sort them: "L-9" before "L-10".

    Parameters
    ----------
    earlier : the tables of the sources before; a source in the order of its file follows them
    """
    if source.order == "file":
        order, records = np.empty(len(rows)), rows.raw.records
        for part in parts_of(records, len(rows)):
            last = _last(earlier, None if records is None or not len(part) else int(records[part[0]]))
            order[part] = last + 1.0 + np.arange(len(part))
        return order
    column = source.columns.order
    order, odd = np.full(len(rows), np.nan), np.zeros(len(rows), bool)
    if column is None:
        return order
    for part in parts_of(rows.raw.records, len(rows)):
        order[part], odd[part] = _sorted_out(rows, rows.texts(column)[part], column)
    rows.note(odd, "order is unlike the others; taken as the newest", column)
    if not rows.raw.lenient:
        rows.note(np.isnan(order) & ~odd, "order is missing; taken as the newest", column)
    return order


def _last(earlier: list[Table], record: int | None) -> float:
    """The highest place so far, of one record where there are several; -1 where there is none."""
    places = [t["order"] if record is None else t["order"][records_of(t) == record] for t in earlier]
    return max((float(np.nanmax(p)) for p in places if np.isfinite(p).any()), default=-1.0)


def _sorted_out(rows: Rows, texts: np.ndarray, column: str) -> tuple[np.ndarray, np.ndarray]:
    """(the order, which filled values do not fit in)."""
    most = ODD_SHARE * max(int(~is_missing(texts).sum()), 1)
    numbers, bad = parse_numbers(texts, column in rows.raw.decimals)
    if bad.sum() <= most and column not in rows.raw.times:
        return numbers, bad
    zone = rows.reading.zone or "UTC"
    times = parse_times(texts, rows.raw.times.get(column, "iso"), zone, f"{rows.key}.columns.order")
    if times.bad.sum() <= most:
        return np.where(np.isnat(times.utc), np.nan, times.utc.astype(np.int64).astype(float)), times.bad
    return _as_people_sort(texts), np.zeros(len(texts), bool)


def _as_people_sort(texts: np.ndarray) -> np.ndarray:
    """The rank of each text, digits within it taken as numbers; NaN where missing."""
    known = sorted(dict.fromkeys(text for text in texts.tolist() if text is not None), key=_key)
    places = {text: float(place) for place, text in enumerate(known)}
    return np.array([places.get(text, np.nan) for text in texts.tolist()])


def _key(text: str) -> list[Any]:
    return [(0, int(part), "") if part.isdigit() else (1, 0, part.casefold()) for part in _DIGITS.split(text) if part]
