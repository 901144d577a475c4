"""Which past days are replayed, and which stretches of time are forecast from each of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from leadcast.errors import LeadcastError
from leadcast.moment import days as length_of
from leadcast.period import Period, read_period

WORDS = ("week", "month", "quarter", "year")
WEEK = 7.0
MOST_DAYS = 3_660.0
FORMS = "days (7,14,28) or the words week, month, quarter, year"
_TICK = np.timedelta64(1, "us")
_DAY = np.timedelta64(86_400_000_000, "us")


class StretchError(LeadcastError):
    """A stretch of time that cannot be read, or past days that the data do not have."""


@dataclass(frozen=True)
class Stretch:
    """So many days from the day of the forecast, or the period of the calendar that holds the day after it.

    Attributes
    ----------
    days : None for a period of the calendar
    word : week, month, quarter, year; empty for days
    """

    days: float | None
    word: str = ""

    @property
    def name(self) -> str:
        """How tables call it.

        Examples
        --------
        >>> Stretch(7.0).name, Stretch(None, "month").name
        ('7 days', 'month')
        """
        return self.word or f"{self.days:g} days"

    def period(self, as_of: np.datetime64, timezone: str | None = None, fiscal_start_month: int = 1) -> Period:
        """What it means on a day.

        Days are ``(as_of, as_of + days]``, as label windows are; a period of the calendar begins before ``as_of`` as a rule.

        Examples
        --------
        >>> span = Stretch(7.0).period(np.datetime64("2026-01-01", "us"))
        >>> str(span.start), str(span.end)
        ('2026-01-01T00:00:00.000001', '2026-01-08T00:00:00.000001')
        """
        if self.days is None:
            return read_period(self.word, as_of, timezone, fiscal_start_month)
        end = as_of + length_of(self.days)
        return Period(f"the {self.days:g} days to {str(end)[:10]}", as_of + _TICK, end + _TICK)

    def over(self, period: Period, end: np.datetime64) -> bool:
        """Do the data reach to its end? Into its last day is enough for a period of the calendar: few work until midnight."""
        return bool(period.end <= end + (_TICK if self.days is not None else _DAY))


def read_stretches(text: str) -> tuple[Stretch, ...]:
    """The stretches that a text means, in its order, none twice.

    Raises
    ------
    StretchError : one is neither a number of days nor a word

    Examples
    --------
    >>> [stretch.name for stretch in read_stretches("7, 14,month")]
    ['7 days', '14 days', 'month']
    """
    parts = [part.strip().lower() for part in text.split(",") if part.strip()]
    if not parts:
        raise StretchError(f"--ahead says nothing: write {FORMS}.")
    return tuple(dict.fromkeys(Stretch(None, part) if part in WORDS else Stretch(_days(part, "--ahead")) for part in parts))


def read_every(text: str) -> float | None:
    """How many days lie between replays; None: the first of each month.

    Raises
    ------
    StretchError : it is neither a number of days nor week or month

    Examples
    --------
    >>> read_every("week"), read_every("10"), read_every("month")
    (7.0, 10.0, None)
    """
    plain = text.strip().lower()
    if plain == "month":
        return None
    return WEEK if plain == "week" else _days(plain, "--every")


def usual_stretches(every: float | None) -> tuple[Stretch, ...]:
    """Once, twice and four times as far as the replays are apart; the month and the quarter where they are a month apart.

    Examples
    --------
    >>> [stretch.name for stretch in usual_stretches(7.0)]
    ['7 days', '14 days', '28 days']
    """
    if every is None:
        return Stretch(None, "month"), Stretch(None, "quarter")
    return tuple(Stretch(every * times) for times in (1, 2, 4))


def past_days(
    every: float | None, stretches: Sequence[Stretch], begin: np.datetime64, end: np.datetime64, timezone: str | None = None,
    fiscal_start_month: int = 1,
) -> Iterator[np.datetime64]:
    """The days of which at least one stretch is over at the end of the data, the newest first.

    They lie ``every`` days apart, back from the end of the data, or at the beginning of each month; none before the data
    begin.
    """
    for day in _days_back(every, end, timezone):
        if day <= begin:
            return
        if any(s.over(s.period(day, timezone, fiscal_start_month), end) for s in stretches):
            yield day


def fit_days(days: Iterator[np.datetime64], count: int, refit: int) -> list[tuple[np.datetime64, np.datetime64]]:
    """(day, when its model was fitted) of the newest ``count`` days, oldest first.

    Counted from the newest day, ``refit`` of them in a row share the model of the oldest of them, so that more days asked for
    later do not change those that are there already.

    Examples
    --------
    >>> days = [np.datetime64(f"2026-01-0{k}") for k in (5, 4, 3, 2, 1)]
    >>> [(str(day)[-1], str(fitted)[-1]) for day, fitted in fit_days(iter(days), 3, 2)]
    [('3', '2'), ('4', '4'), ('5', '4')]
    """
    newest = list(islice(days, -(-count // refit) * refit))
    fitted = [newest[min((k // refit + 1) * refit, len(newest)) - 1] for k in range(len(newest))]
    return list(zip(newest, fitted, strict=True))[:count][::-1]


def _days_back(every: float | None, end: np.datetime64, timezone: str | None) -> Iterator[np.datetime64]:
    if every is not None:
        day = end
        while True:
            day = day - length_of(every)
            yield day
    month = read_period("month", end - _DAY, timezone)
    while True:
        yield month.start
        month = read_period("month", month.start - 2 * _DAY, timezone)


def _days(text: str, option: str) -> float:
    try:
        days = float(text.removesuffix("d"))
    except ValueError:
        days = np.nan
    if not 1 <= days <= MOST_DAYS:
        known = FORMS if option == "--ahead" else "a number of days, week or month"
        raise StretchError(f"{option} {text}: write {known}; a number is 1 to {MOST_DAYS:,.0f}.")
    return days
