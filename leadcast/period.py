"""A span of the calendar that a forecast is about: its first moment belongs to it, its end does not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from zoneinfo import ZoneInfo

import numpy as np

from leadcast.errors import LeadcastError

WORDS = ("week", "month", "quarter", "year")
FORMS = "month, quarter, week, year, 2026, 2026-Q1, 2026-03, 2026-W07, FY2026, FY2026-Q1 or 2026-03-01..2026-03-31"
_DAY_AHEAD = np.timedelta64(1, "D")


class PeriodError(LeadcastError):
    """A period that cannot be read."""


@dataclass(frozen=True)
class Period:
    """``start <= moment < end``, UTC."""

    name: str
    start: np.datetime64
    end: np.datetime64


def read_period(
    text: str | None, as_of: np.datetime64, timezone: str | None = None, fiscal_start_month: int = 1
) -> Period:
    """The period that a text means as of a moment.

    ``month``, ``quarter``, ``week`` (from Monday) and ``year`` are those that hold the day **after** ``as_of``: at a
    month's last evening people ask about the next one. The default is ``month``. Where the fiscal year does not begin in
    January, ``quarter`` and ``year`` are the fiscal ones; ``2026`` and ``2026-Q1`` stay the calendar's.

    Parameters
    ----------
    text : one of the four words, ``2026``, ``2026-Q1``, ``2026-03``, ``2026-W07`` (ISO week), ``FY2026``, ``FY2026-Q1``
        (fiscal, named by the calendar year in which the fiscal year ends) or ``FROM..TO``, two dates, both included, which
        also serves calendars such as 4-4-5
    timezone : where the calendar's days begin, such as Europe/Berlin; default UTC
    fiscal_start_month : the month in which the fiscal year begins, 1 to 12; with 1, ``FY2026`` is ``2026``

    Raises
    ------
    PeriodError : the text is none of these, or ends before it begins; the month is not 1 to 12

    Examples
    --------
    >>> read_period("month", np.datetime64("2026-01-31T22:00")).name
    '2026-02'
    >>> str(read_period("2026-Q1", np.datetime64("2026-01-31")).end)
    '2026-04-01T00:00:00.000000'
    >>> fiscal = read_period("quarter", np.datetime64("2026-01-15"), fiscal_start_month=2)
    >>> fiscal.name, str(fiscal.start)[:10], str(fiscal.end)[:10]
    ('FY2026-Q4', '2025-11-01', '2026-02-01')
    """
    text = (text or "month").strip()
    if text not in WORDS:
        return named_period(text, timezone, fiscal_start_month)
    zone = _zone(timezone)
    return next(_from_day_on(text, _local(as_of + _DAY_AHEAD, zone), zone, _month(fiscal_start_month)))


def named_period(text: str, timezone: str | None = None, fiscal_start_month: int = 1) -> Period:
    """The period that a text names whatever the day is: every form of :func:`read_period` but the four words.

    Raises
    ------
    PeriodError : as :func:`read_period`

    Examples
    --------
    >>> named_period("FY2026", fiscal_start_month=4).start.item().date().isoformat()
    '2025-04-01'
    """
    zone = _zone(timezone)
    try:
        name, start, end = _span(text, _month(fiscal_start_month))
        period = Period(name, _utc(start, zone), _utc(end, zone))
    except (ValueError, OverflowError):  # the year 0 or 10000, or next to them elsewhere in the world
        raise _unreadable(text) from None
    if end <= start:
        raise PeriodError(f"The period {text} ends before it begins.")
    return period


def next_periods(
    form: str, as_of: np.datetime64, count: int, timezone: str | None = None, fiscal_start_month: int = 1
) -> list[Period]:
    """So many periods in a row: the one that the word means as of a moment, and those after it.

    Parameters
    ----------
    form : week, month, quarter or year

    Raises
    ------
    PeriodError : another form

    Examples
    --------
    >>> [p.name for p in next_periods("month", np.datetime64("2025-11-30"), 3)]
    ['2025-12', '2026-01', '2026-02']
    """
    zone = _zone(timezone)
    series = _from_day_on(_word(form), _local(as_of + _DAY_AHEAD, zone), zone, _month(fiscal_start_month))
    return list(islice(series, count))


def _from_day_on(form: str, day: datetime, zone: tzinfo, first: int) -> Iterator[Period]:
    """The period of a form that holds a local day, and all after it."""
    while True:
        name, start, day = _span(_holding(form, day, first), first)
        yield Period(name, _utc(start, zone), _utc(day, zone))


def _holding(form: str, day: datetime, first: int) -> str:
    """The name of the week, month, (fiscal) quarter or year that holds a day."""
    if form == "week":
        return f"{day:%G-W%V}"
    if form == "month":
        return f"{day:%Y-%m}"
    year = f"{day:%Y}" if first == 1 else f"FY{day.year + (day.month >= first):04d}"
    return year if form == "year" else f"{year}-Q{(day.month - first) % 12 // 3 + 1}"


def _span(text: str, first: int) -> tuple[str, datetime, datetime]:
    """Name, first day and the day after the last one, in local time."""
    if found := re.fullmatch(r"(FY)?(\d{4})(?:-Q([1-4]))?", text):
        fiscal, year, quarter = found[1] is not None and first > 1, int(found[2]), found[3]
        months = 3 if quarter else 12
        begins = _day(year - fiscal, (first if fiscal else 1) + (3 * int(quarter) - 3 if quarter else 0))
        return text if fiscal else text.removeprefix("FY"), begins, _day(begins.year, begins.month + months)
    if found := re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", text):
        return text, _day(int(found[1]), int(found[2])), _day(int(found[1]), int(found[2]) + 1)
    if found := re.fullmatch(r"(\d{4})-W(\d{2})", text):
        monday = datetime.fromisocalendar(int(found[1]), int(found[2]), 1)
        return text, monday, monday + timedelta(days=7)
    if found := re.fullmatch(r"(\S+?)\.\.(\S+)", text):
        return text, _date(found[1], text), _date(found[2], text) + timedelta(days=1)
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


def _word(form: str) -> str:
    if form not in WORDS:
        raise PeriodError(f"A series of periods goes by {', '.join(WORDS[:-1])} or {WORDS[-1]}, not by {form!r}.")
    return form


def _month(first: int) -> int:
    if first not in range(1, 13):
        raise PeriodError(f"The fiscal year begins in a month from 1 to 12, not in {first!r}.")
    return first


def _zone(timezone: str | None) -> tzinfo:
    return ZoneInfo(timezone) if timezone else UTC


def _local(moment: np.datetime64, zone: tzinfo) -> datetime:
    when: datetime = moment.astype("datetime64[us]").item().replace(tzinfo=UTC)
    return when.astimezone(zone)


def _utc(day: datetime, zone: tzinfo) -> np.datetime64:
    return np.datetime64(day.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None), "us")
