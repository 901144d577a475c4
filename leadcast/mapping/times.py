"""Texts to times: ISO with and without offset, epochs, strptime formats; all become UTC."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from leadcast.errors import SourceError
from leadcast.mapping.plain_times import plain_times
from leadcast.mapping.raw import TEXT, plain
from leadcast.mapping.texts import is_missing
from leadcast.table import NOT_A_TIME, TIME

_CLOCK_AND_OFFSET = r"[T ]\d{1,2}(?::?\d{2}){0,2}(?:[.,]\d+)?\s*(?:[Zz]|[+-]\d{2}(?::?\d{2})?)$"
_EARLIEST, _LATEST = np.datetime64("1800-01-01", "us"), np.datetime64("2300-01-01", "us")
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+|\d{4,},\d+)(?:[eE][+-]?\d+)?"
"""Also with a decimal comma, as tables with ``decimal = ","`` have it; after four digits it sets off no thousands."""
_PER_SECOND = {"epoch_s": 1, "epoch_ms": 1000}


@dataclass(frozen=True)
class Times:
    """Parsed times in UTC (NaT where missing or unparsable), shape (n,), and the rows that were odd.

    Attributes
    ----------
    bad : a text that is no time
    ambiguous : a local time that the end of summer time gives twice; taken as the first
    skipped : a local time that the start of summer time leaves out; taken as the first that exists
    """

    utc: np.ndarray
    bad: np.ndarray
    ambiguous: np.ndarray
    skipped: np.ndarray


def parse_times(texts: np.ndarray | pd.Series, style: str, zone: str | None, key: str) -> Times:
    """Read a column of times.

    Parameters
    ----------
    texts : trimmed texts, None (in a pandas series NaN) = missing
    style : "iso", "epoch_s", "epoch_ms" (texts that are no number are ISO there) or a strptime format
    zone : the workspace's timezone, for times written without an offset
    key : the place in leadcast.toml that maps this column, for messages

    Raises
    ------
    SourceError : a time has no offset and no timezone is declared

    Examples
    --------
    >>> parse_times(pd.Series(["2024-07-01 12:00", "2024-07-01T12:00:00Z", "soon"], dtype="str"), "iso", "Europe/Berlin", "k").utc
    array(['2024-07-01T10:00:00.000000', '2024-07-01T12:00:00.000000',
                                  'NaT'], dtype='datetime64[us]')
    """
    rows = plain(texts)
    quick = plain_times(rows.tolist(), _PER_SECOND.get(style), zone) if style == "iso" or style in _PER_SECOND else None
    none = np.zeros(len(rows), bool)
    found = _parsed(pd.Series(rows, dtype=TEXT), style, zone, key) if quick is None else Times(quick, none, none, none)
    utc = np.where((found.utc >= _EARLIEST) & (found.utc < _LATEST), found.utc, NOT_A_TIME)
    return Times(utc, ~is_missing(rows) & np.isnat(utc), found.ambiguous, found.skipped)


def _parsed(texts: pd.Series, style: str, zone: str | None, key: str) -> Times:
    utc = np.full(len(texts), NOT_A_TIME, TIME)
    ambiguous, skipped = np.zeros(len(texts), bool), np.zeros(len(texts), bool)
    filled = texts.notna().to_numpy()
    if style in _PER_SECOND:
        epochs = filled & texts.str.fullmatch(_NUMBER, na=False).to_numpy(dtype=bool)
        utc[epochs] = _from_epoch(texts[epochs], _PER_SECOND[style])
        filled, style = filled & ~epochs, "iso"
    if filled.any():
        aware = filled & (np.full(len(texts), "%z" in style) if style != "iso" else _has_offset(texts))
        if aware.any():
            utc[aware] = _utc(texts[aware], style)
        local = filled & ~aware
        if local.any():
            utc[local], ambiguous[local], skipped[local] = _from_local(texts[local], style, zone, key)
    return Times(utc, filled, ambiguous, skipped)


def _has_offset(texts: pd.Series) -> np.ndarray:
    return texts.str.contains(_CLOCK_AND_OFFSET, regex=True, na=False).to_numpy(dtype=bool)


def _format(style: str) -> str:
    return "ISO8601" if style == "iso" else style


def _utc(texts: pd.Series, style: str) -> np.ndarray:
    texts = texts.str.replace("z", "Z") if style == "iso" else texts
    parsed = pd.to_datetime(texts, format=_format(style), utc=True, errors="coerce")
    return parsed.dt.tz_localize(None).to_numpy().astype(TIME)


def _from_local(texts: pd.Series, style: str, zone: str | None, key: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Local times to UTC, and which of them the change of the clocks makes doubtful."""
    local = pd.DatetimeIndex(pd.to_datetime(texts, format=_format(style), errors="coerce"))
    if zone is None and local.notna().any():
        example = texts[local.notna()].iloc[0]
        raise SourceError(f'{key}: "{example}" does not say how far it is from UTC. Say where the clock hangs: '
                          'timezone = "Europe/Berlin" (or "UTC") under [workspace].')
    place = ZoneInfo(zone or "UTC")
    strict = local.tz_localize(place, ambiguous="NaT", nonexistent="NaT")
    odd = np.asarray(strict.isna()) & np.asarray(local.notna())
    if not odd.any():
        return _naive_utc(strict), np.zeros(len(local), bool), np.zeros(len(local), bool)
    resolved = local.tz_localize(place, ambiguous=np.ones(len(local), bool), nonexistent="shift_forward")
    skipped = odd & np.asarray(local.tz_localize(place, ambiguous=np.ones(len(local), bool), nonexistent="NaT").isna())
    return _naive_utc(resolved), odd & ~skipped, skipped


def _naive_utc(index: pd.DatetimeIndex) -> np.ndarray:
    return index.tz_convert("UTC").tz_localize(None).to_numpy().astype(TIME)


def _from_epoch(texts: pd.Series, per_second: int) -> np.ndarray:
    """Exact for whole numbers; fractions are rounded to microseconds."""
    micro = 1_000_000 // per_second
    numbers = pd.to_numeric(texts.str.replace(",", "."), errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    sane = np.isfinite(numbers) & (np.abs(numbers) * micro < 2**62)
    utc = np.full(len(texts), NOT_A_TIME, TIME)
    utc[sane] = np.round(numbers[sane] * micro).astype(np.int64).astype(TIME)
    return utc
