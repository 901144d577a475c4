"""The days of the feed: moments to days of the workspace's calendar, and the table of all of them."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa

from leadcast.period import Period
from serving.feed.arrow import arrow_table
from serving.feed.dimensions import DATES

DAY = np.dtype("datetime64[D]")
Days = tuple[np.datetime64, np.datetime64]
"""The first and the last day of a period."""


def days_of(moments: np.ndarray, timezone: str | None) -> np.ndarray:
    """The day on which each moment (UTC) falls in a time zone, NaT where there is none; ``datetime64[D]``, shape (n,).

    Examples
    --------
    >>> days_of(np.array(["2026-06-30T16:00", "NaT"], "datetime64[us]"), "Asia/Singapore").astype(str).tolist()
    ['2026-07-01', 'NaT']
    """
    local = pd.DatetimeIndex(moments.astype("datetime64[us]")).tz_localize("UTC").tz_convert(timezone or "UTC")
    return np.asarray(local.tz_localize(None).to_numpy(), "datetime64[us]").astype(DAY)


def period_days(period: Period, timezone: str | None) -> Days:
    """The first and the last day of a period."""
    first, after = days_of(np.array([period.start, period.end]), timezone)
    return first, after - np.timedelta64(1, "D")


def date_table(used: Iterable[np.ndarray], period: Days | None, fiscal_start_month: int) -> pa.Table:
    """dim_date: every day from the first to the last that is used or of the period.

    Parameters
    ----------
    used : days, ``datetime64[D]``; NaT is none
    period : None where there is no forecast
    fiscal_start_month : 1 to 12
    """
    ends = [np.array(period, DAY)] if period is not None else []
    known = np.concatenate([np.empty(0, DAY), *ends, *used])
    known = known[~np.isnat(known)]
    if not len(known):
        return arrow_table(DATES, _columns(np.empty(0, DAY), period, fiscal_start_month))
    every = np.arange(known.min(), known.max() + np.timedelta64(1, "D"), dtype=DAY)
    return arrow_table(DATES, _columns(every, period, fiscal_start_month))


def _columns(date: np.ndarray, period: Days | None, fiscal_start_month: int) -> dict[str, np.ndarray]:
    calendar = pd.DatetimeIndex(date.astype("datetime64[us]"))
    year, month, iso = calendar.year.to_numpy(), calendar.month.to_numpy(), calendar.isocalendar()
    after_start = (month - fiscal_start_month) % 12
    in_period = np.zeros(len(date), bool) if period is None else (date >= period[0]) & (date <= period[1])
    whole = {
        "year": year, "quarter": (month + 2) // 3, "month": month, "iso_year": iso["year"].to_numpy(),
        "iso_week": iso["week"].to_numpy(), "weekday": iso["day"].to_numpy(),
        "fiscal_year": year + ((month >= fiscal_start_month) if fiscal_start_month > 1 else 0),
        "fiscal_quarter": after_start // 3 + 1,
    }
    return {"date": date, **{name: np.asarray(values, np.int64) for name, values in whole.items()}, "is_period": in_period}
