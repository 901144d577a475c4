"""A moment as people write it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from leadcast.errors import LeadcastError

NO_TIME = np.datetime64("1970-01-01", "us")
"""Where a static export has no time at all, everything counts as recorded here; nobody is shown this moment."""
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class MomentError(LeadcastError):
    """A text that is not a time, or a time nobody means."""


def read_moment(text: str) -> np.datetime64:
    """A date or an ISO time as UTC; one without an offset is taken as UTC.

    Raises
    ------
    MomentError : the text is neither, or not between 1970 and 2200

    Examples
    --------
    >>> str(read_moment("2026-03-01T10:00+02:00")), str(read_moment("2026-03-01"))
    ('2026-03-01T08:00:00.000000', '2026-03-01T00:00:00.000000')
    """
    try:
        written = datetime.fromisoformat(text.strip())
    except ValueError:
        raise MomentError(f"{text!r} is not a time: write 2026-03-01 or 2026-03-01T08:00:00+01:00.") from None
    if not EARLIEST.year <= written.year < LATEST.year:
        raise MomentError(f"{text!r} is not between {EARLIEST:%Y} and {LATEST:%Y}.")
    return as_utc(written)


def as_utc(written: datetime) -> np.datetime64:
    aware = written if written.tzinfo else written.replace(tzinfo=UTC)
    return np.datetime64(aware.astimezone(UTC).replace(tzinfo=None), "us")


def as_datetime(moment: np.datetime64) -> datetime:
    """A moment as Python has it, in UTC; it may not be NaT.

    Examples
    --------
    >>> as_datetime(np.datetime64("2026-03-01T08:00", "us")).isoformat()
    '2026-03-01T08:00:00+00:00'
    """
    written: datetime = moment.astype("datetime64[us]").item()
    return written.replace(tzinfo=UTC)


def days(count: float) -> np.timedelta64:
    """So many days, whole or not, to the microsecond."""
    return np.timedelta64(round(count * 86_400_000_000), "us")


def days_between(start: np.ndarray | np.datetime64, end: np.ndarray | np.datetime64) -> np.ndarray:
    """Days from one moment to another, NaN where either is missing; shape as the two together.

    Examples
    --------
    >>> days_between(np.array(["2026-03-01", "NaT"], "datetime64[us]"), np.datetime64("2026-03-02T12:00")).tolist()
    [1.5, nan]
    """
    return np.asarray((np.asarray(end, "datetime64[us]") - np.asarray(start, "datetime64[us]")) / np.timedelta64(1, "D"), float)


def local_days(moments: np.ndarray | np.datetime64, timezone: str | None = None) -> np.ndarray:
    """The day of the calendar on which each moment lies, datetime64[D]; NaT stays; shape of ``moments``.

    Parameters
    ----------
    moments : UTC
    timezone : where the days begin, such as Europe/Berlin; None: UTC

    Examples
    --------
    >>> str(local_days(np.datetime64("2026-06-25T16:00", "us"), "Asia/Singapore"))
    '2026-06-26'
    """
    given = np.asarray(moments, "datetime64[us]")
    if timezone is None:
        return given.astype("datetime64[D]")
    different, place = np.unique(given, return_inverse=True)
    zone = ZoneInfo(timezone)
    found = [None if np.isnat(moment) else as_datetime(moment).astimezone(zone).date() for moment in different]
    return np.array(found, "datetime64[D]")[place].reshape(given.shape)


def ahead(as_of: np.ndarray | np.datetime64, days: np.ndarray) -> np.ndarray:
    """Moments so many days after ``as_of``, to the second, NaT where there is no number; UTC, shape of ``days``.

    Examples
    --------
    >>> ahead(np.datetime64("2026-03-01", "us"), np.array([1.5, np.nan])).astype("datetime64[h]").tolist()[1] is None
    True
    """
    seconds = np.round(np.where(np.isnan(days), 0.0, days) * 86_400.0).astype("timedelta64[s]")
    return np.where(np.isnan(days), np.datetime64("NaT", "us"), (as_of + seconds).astype("datetime64[us]"))


def is_shown(moment: np.datetime64) -> bool:
    """Is it a moment of the world, and not of the clock that we lend to tables without dates?"""
    return bool(moment > NO_TIME)


def iso(moment: np.datetime64) -> str | None:
    """A moment as programs read it; None where the data have none.

    Examples
    --------
    >>> iso(np.datetime64("2026-03-01T08:00:59", "us")), iso(NO_TIME)
    ('2026-03-01T08:00:59.000000Z', None)
    """
    return f"{moment}Z" if is_shown(moment) else None


def minute(moment: np.datetime64) -> str:
    """A moment as people read it; "(no date)" where the data have none.

    Examples
    --------
    >>> minute(np.datetime64("2026-03-01T08:00:59")), minute(NO_TIME)
    ('2026-03-01 08:00 UTC', '(no date)')
    """
    if not is_shown(moment):
        return "(no date)"
    return str(moment.astype("datetime64[m]")).replace("T", " ") + " UTC"


def within(horizon_days: float | None) -> str:
    """A horizon as people read it; None: the final outcome, whenever it comes.

    Examples
    --------
    >>> within(30.0), within(None)
    ('within 30 days', 'in the end')
    """
    return "in the end" if horizon_days is None else f"within {horizon_days:g} days"
