"""The everyday ways to write a time, read by Python itself: for the few rows of a request, where pandas' parser costs more.

Whatever is not of these ways, or is odd in any way, is left to :mod:`leadcast.mapping.times`; the two give the same times.
"""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from leadcast.mapping.raw import FEW
from leadcast.table import TIME

_ISO = re.compile(r"(\d{4})-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(Z|[+-]\d\d(?::?\d\d)?)?)?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,13}", re.ASCII)
_MICRO = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1)
_AWARE_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MISSING, _FAR = int(np.iinfo(np.int64).min), 2**62
_FIRST, _LAST = 1971, 2037
"""Years in which the clocks of every zone are on record."""


def plain_times(texts: list[str | None], per_second: int | None, zone: str | None) -> np.ndarray | None:
    """The times in UTC, NaT where missing, shape (n,); None where there are many, or one is written in another way.

    Parameters
    ----------
    per_second : of whole numbers, which are epochs; None: numbers are no times
    zone : of times without an offset
    """
    if len(texts) > FEW:
        return None
    place = None if zone is None else ZoneInfo(zone)
    found = [_micros(text, per_second, place) for text in texts]
    return None if None in found else np.array(found, np.int64).view(TIME)


def _micros(text: str | None, per_second: int | None, place: ZoneInfo | None) -> int | None:
    """Microseconds since 1970; None where the text is none of ours."""
    if text is None:
        return _MISSING
    if per_second is not None and _WHOLE.fullmatch(text):
        micros = int(text) * (1_000_000 // per_second)
        return micros if abs(micros) < _FAR else None
    match = _ISO.fullmatch(text)
    if match is None or not _FIRST <= int(match[1]) <= _LAST:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is not None:
        return (moment - _AWARE_EPOCH) // _MICRO
    return None if place is None else _from_local(moment, place)


def _from_local(moment: datetime, place: ZoneInfo) -> int | None:
    """None where the change of the clocks makes it doubtful."""
    offset = moment.replace(tzinfo=place).utcoffset()
    if offset is None or offset != moment.replace(tzinfo=place, fold=1).utcoffset():
        return None
    return (moment - offset - _EPOCH) // _MICRO
