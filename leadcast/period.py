"""A span of the calendar that a forecast is about: its first moment belongs to it, its end does not."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from leadcast.errors import LeadcastError

FORMS = "month, quarter, week, year, 2026, 2026-Q1, 2026-03, 2026-W07 or 2026-03-01..2026-03-31"
_DAYS_AHEAD = timedelta(days=1)


class PeriodError(LeadcastError):
    """A period that cannot be read."""


@dataclass(frozen=True)
class Period:
    """``start <= moment < end``, UTC."""

    name: str
    start: np.datetime64
    end: np.datetime64


def read_period(text: str | None, as_of: np.datetime64, timezone: str | None = None) -> Period:
    """The period that a text means as of a moment.

    ``month``, ``quarter``, ``week`` (from Monday) and ``year`` are those that hold the day **after** ``as_of``: at a
    month's last evening people ask about the next one. The default is ``month``.

    Parameters
    ----------
    text : one of the four words, ``2026``, ``2026-Q1``, ``2026-03``, ``2026-W07`` (ISO week) or ``FROM..TO``, two dates,
        both included
    timezone : where the calendar's days begin, such as Europe/Berlin; default UTC

    Raises
    ------
    PeriodError : the text is none of these, or ends before it begins

    Examples
    --------
    >>> read_period("month", np.datetime64("2026-01-31T22:00")).name
    '2026-02'
    >>> str(read_period("2026-Q1", np.datetime64("2026-01-31")).end)
    '2026-04-01T00:00:00.000000'
    """
    zone = ZoneInfo(timezone) if timezone else UTC
    moment: datetime = as_of.astype("datetime64[us]").item().replace(tzinfo=UTC)
    text = (text or "month").strip()
    try:
        name, start, end = _span(text, (moment + _DAYS_AHEAD).astimezone(zone))
    except (ValueError, OverflowError):  # the year 0 or 10000
        raise _unreadable(text) from None
    if end <= start:
        raise PeriodError(f"The period {text} ends before it begins.")
    return Period(name, *(_utc(day, zone) for day in (start, end)))


def _span(text: str, now: datetime) -> tuple[str, datetime, datetime]:
    if text == "week":
        monday = _day(now.year, now.month, now.day) - timedelta(days=now.weekday())
        return f"{monday:%G-W%V}", monday, monday + timedelta(days=7)
    words = {"month": f"{now:%Y-%m}", "quarter": f"{now.year}-Q{(now.month + 2) // 3}", "year": str(now.year)}
    name = words.get(text, text)
    if found := re.fullmatch(r"(\d{4})", name):
        return name, _day(int(name), 1), _day(int(name) + 1, 1)
    if found := re.fullmatch(r"(\d{4})-Q([1-4])", name):
        year, first = int(found[1]), 3 * int(found[2]) - 2
        return name, _day(year, first), _day(year, first + 3)
    if found := re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", name):
        return name, _day(int(found[1]), int(found[2])), _day(int(found[1]), int(found[2]) + 1)
    if found := re.fullmatch(r"(\d{4})-W(\d{2})", name):
        monday = datetime.fromisocalendar(int(found[1]), int(found[2]), 1)
        return name, monday, monday + timedelta(days=7)
    if found := re.fullmatch(r"(\S+?)\.\.(\S+)", name):
        return name, _date(found[1], text), _date(found[2], text) + timedelta(days=1)
    raise _unreadable(text)


def _day(year: int, month: int, day: int = 1) -> datetime:
    """Month 13 is January of the next year."""
    return datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, day)


def _date(text: str, whole: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d")
    except ValueError:
        raise _unreadable(whole) from None


def _unreadable(text: str) -> PeriodError:
    return PeriodError(f"The period {text!r} is not one: write {FORMS}.")


def _utc(day: datetime, zone: ZoneInfo | object) -> np.datetime64:
    aware = day.replace(tzinfo=zone)  # type: ignore[arg-type]
    return np.datetime64(aware.astimezone(UTC).replace(tzinfo=None), "us")
