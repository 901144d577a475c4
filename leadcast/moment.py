"""A moment as people write it."""

from datetime import UTC, datetime

import numpy as np

from leadcast.errors import LeadcastError

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


def days(count: float) -> np.timedelta64:
    """So many days, whole or not, to the microsecond."""
    return np.timedelta64(round(count * 86_400_000_000), "us")


def minute(moment: np.datetime64) -> str:
    """A moment as people read it.

    Examples
    --------
    >>> minute(np.datetime64("2026-03-01T08:00:59"))
    '2026-03-01 08:00 UTC'
    """
    return str(moment.astype("datetime64[m]")).replace("T", " ") + " UTC"
