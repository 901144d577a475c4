"""The order of leads or deals that have no date: from a column that rises with time, or from the file."""

import re
from typing import Any

import numpy as np
import pandas as pd

from leadcast.mapping.numbers import parse_numbers
from leadcast.mapping.rows import Rows
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
        last = max((float(np.nanmax(t["order"])) for t in earlier if np.isfinite(t["order"]).any()), default=-1.0)
        return last + 1.0 + np.arange(len(rows))
    column = source.columns.order
    if column is None:
        return np.full(len(rows), np.nan)
    order, odd = _sorted_out(rows, column)
    rows.note(odd, "order is unlike the others; taken as the newest", column)
    if not rows.raw.lenient:
        rows.note(np.isnan(order) & ~odd, "order is missing; taken as the newest", column)
    return order


def _sorted_out(rows: Rows, column: str) -> tuple[np.ndarray, np.ndarray]:
    """(the order, which filled values do not fit in)."""
    texts = rows.series(column)
    most = ODD_SHARE * max(int(texts.notna().sum()), 1)
    numbers, bad = parse_numbers(texts, column in rows.raw.decimals)
    if bad.sum() <= most and column not in rows.raw.times:
        return numbers, bad
    zone = rows.reading.zone or "UTC"
    times = parse_times(texts, rows.raw.times.get(column, "iso"), zone, f"{rows.key}.columns.order")
    if times.bad.sum() <= most:
        return np.where(np.isnat(times.utc), np.nan, times.utc.astype(np.int64).astype(float)), times.bad
    return _as_people_sort(texts), np.zeros(len(rows), bool)


def _as_people_sort(texts: pd.Series) -> np.ndarray:
    """The rank of each text, digits within it taken as numbers; NaN where missing."""
    known = sorted(texts.dropna().unique(), key=_key)
    places = {text: float(place) for place, text in enumerate(known)}
    return texts.map(places).to_numpy(dtype=float, na_value=np.nan)


def _key(text: str) -> list[Any]:
    return [(0, int(part), "") if part.isdigit() else (1, 0, part.casefold()) for part in _DIGITS.split(text) if part]
