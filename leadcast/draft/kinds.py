"""Of which kind a column's values are: times in their many spellings, numbers, flags, categories or free text."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leadcast.draft.words import slug
from leadcast.mapping.numbers import parse_flags, parse_numbers

NEARLY_ALL = 0.95
A_TIME_ALL_THE_SAME = 0.6
"""Of a column that is named like a time, so much must read as one; the rest is rejected, and shown, when it is read."""
FEW_VALUES = 50
_ISO = r"^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)?\s?(?:Z|z|[+-]\d{2}:?\d{2})?$"
_OFFSET = r"\d{2}:\d{2}.*(?:[Zz]|[+-]\d{2}:?\d{2})$"
_DAYS = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%b %d, %Y",
         "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%B %d, %Y", "%d %B %Y")
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", ", %H:%M", ", %I:%M %p", ", %H:%M:%S")
_FORMATS = (*(day + clock for day in _DAYS for clock in _CLOCKS), "%Y-%m-%d %I:%M %p", "%Y-%m-%d %H:%M:%S UTC",
            "%Y-%m-%d %H:%M UTC", "%a %b %d %H:%M:%S UTC %Y")
_TIME_NAME = r"(^|_)(date|time|timestamp|ts|at|on|when|since|day|started|created\w*|modified\w*|updated\w*|ms)(_|$)|(date|time)$"
_DATE_LIKE = r"^(\d{1,4}[-/. ]\w{1,9}[-/. ]\d|[A-Z][a-z]{2,8} (\d|[A-Z][a-z]{2} \d))"
_COMMA = r"^[€$£¥]?\s?[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+),\d{1,2}\s?[€$£¥]?$"
_PERIOD = ("epoch_ms", 1000.0), ("epoch_s", 1.0)
_EARLIEST, _LATEST = 631_152_000.0, 2_366_841_600.0
"""1990 and 2045, in seconds since 1970."""


@dataclass(frozen=True)
class Kind:
    """The kind, and how its times or numbers are written."""

    kind: str
    time_format: str | None = None
    has_offset: bool = True
    day_or_month: bool = False
    decimal_comma: bool = False


def kind_of(name: str, counts: pd.Series) -> Kind:
    """The kind of a column from its distinct values and how often each stands there.

    Examples
    --------
    >>> kind_of("opened", pd.Series(["13.02.2024 10:00", "01.03.2024 11:30"]).value_counts()).time_format
    '%d.%m.%Y %H:%M'
    >>> kind_of("amount", pd.Series(["1.234,50", "7,20"]).value_counts())
    Kind(kind='number', time_format=None, has_offset=True, day_or_month=False, decimal_comma=True)
    """
    if not len(counts):
        return Kind("category")
    sample = pd.Series(counts.index[:2000], dtype="str")
    weight = counts.to_numpy(float)[:2000]

    enough = NEARLY_ALL if re.search(_TIME_NAME, slug(name)) is None else A_TIME_ALL_THE_SAME

    def mostly(fits: np.ndarray | pd.Series) -> bool:
        return float(weight[np.asarray(fits, bool)].sum()) >= enough * weight.sum()

    if not parse_flags(sample)[1].any() and (len(sample) >= 2 or not sample.str.isdigit().all()):
        return Kind("flag")
    if mostly(sample.str.match(_ISO)):
        return Kind("time", "iso", bool(sample.str.contains(_OFFSET).mean() > NEARLY_ALL))
    coded = sample.str.match(r"^(\+|0\d)").mean() > 0.05  # telephone numbers, and ids such as 0042
    if mostly(~parse_numbers(sample)[1]) and not coded:
        return _number(name, sample)
    commas = sample.str.match(_COMMA)
    if commas.any() and not coded and mostly(commas | sample.str.isdigit()):
        return Kind("number", decimal_comma=True)
    written = [form for form in _FORMATS if mostly(_parsed(sample, form))] if mostly(sample.str.match(_DATE_LIKE)) else []
    if written:
        return Kind("time", written[0], "UTC" in written[0], _doubtful(written))
    return Kind("category" if len(counts) <= max(FEW_VALUES, 0.05 * counts.sum()) else "text")


def _parsed(sample: pd.Series, form: str) -> np.ndarray:
    if not pd.to_datetime(sample[:5], format=form, errors="coerce").notna().any():
        return np.zeros(len(sample), bool)
    return pd.to_datetime(sample, format=form, errors="coerce").notna().to_numpy()


def _doubtful(written: list[str]) -> bool:
    first = written[0]
    return first[:2] in ("%d", "%m") and any(form[:2] != first[:2] and form[3:5] == first[:2] for form in written[1:])


def _number(name: str, sample: pd.Series) -> Kind:
    """A number, unless it counts the time since 1970 or writes a day as 20240131."""
    values = parse_numbers(sample)[0]
    values = values[~np.isnan(values)]
    timely = re.search(_TIME_NAME, slug(name)) is not None
    for form, unit in _PERIOD:
        if timely and ((values >= _EARLIEST * unit) & (values <= _LATEST * unit)).mean() > 0.9:
            return Kind("time", form)
    days = pd.to_datetime(sample, format="%Y%m%d", errors="coerce") if timely and (sample.str.len() == 8).all() else None
    if days is not None and days.between("1990-01-01", "2045-01-01").all():
        return Kind("time", "%Y%m%d", has_offset=False)
    return Kind("number")
