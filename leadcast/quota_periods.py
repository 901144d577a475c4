"""The periods that quotas are written for, and how those of shorter ones make up a longer one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np

from leadcast.period import Period, PeriodError, named_period

DAY_FORM = "the first day of the period, such as 2026-03-01"
_LONGEST_GAP_DAYS = {"week": 14, "month": 60, "quarter": 200, "year": 800}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Span:
    """``start <= moment < end``, UTC; an end of None: a first day that stands alone, so that nothing says how long it lasts."""

    start: np.datetime64
    end: np.datetime64 | None

    def is_(self, period: Period) -> bool:
        """Is it this period? A first day that stands alone is the period that begins on it."""
        return bool(self.start == period.start and (self.end is None or self.end == period.end))

    def lies_in(self, period: Period) -> bool:
        return self.is_(period) or bool(self.end is not None and self.start >= period.start and self.end <= period.end)


def spans_of(texts: Iterable[str], timezone: str | None = None, fiscal_start_month: int = 1) -> dict[str, Span]:
    """The span of each period text. First days last as long as they lie apart: weeks, months, quarters or years.

    Raises
    ------
    PeriodError : a text is no period

    Examples
    --------
    >>> spans = spans_of(["2026-01-01", "2026-04-01", "2026-07-01"])
    >>> str(spans["2026-01-01"].end)[:10]
    '2026-04-01'
    """
    asked = sorted(set(texts))
    days = {text: day for text in asked if (day := _first_day(text)) is not None}
    form = _form(sorted(days.values()))
    spans = {}
    for text in asked:
        if text not in days:
            period = named_period(text, timezone, fiscal_start_month)
            spans[text] = Span(period.start, period.end)
        else:
            spans[text] = _from_first_day(days[text], form, timezone)
    return spans


def chosen(spans: Iterable[Span], period: Period) -> frozenset[Span]:
    """The spans to add up for a period: itself where it is there, else those within it, the longest first, none twice.

    A quarter is made up of its months; a year of its quarters, and of the months of a quarter that has none of its own.
    """
    inside = {span for span in spans if span.lies_in(period)}
    if whole := {span for span in inside if span.is_(period)}:
        return frozenset(whole)
    ended = [(span.start, span.end, span) for span in inside if span.end is not None]
    taken: list[tuple[np.datetime64, np.datetime64, Span]] = []
    for start, end, span in sorted(ended, key=lambda s: (s[0] - s[1], s[0])):
        if not any(start < until and since < end for since, until, _ in taken):
            taken.append((start, end, span))
    return frozenset(span for _, _, span in taken)


def fill(spans: Iterable[Span], period: Period) -> bool:
    """Do these spans leave no moment of the period out?"""
    reached = period.start
    for span in sorted(spans, key=lambda s: s.start):
        if span.start > reached:
            return False
        reached = max(reached, period.end if span.end is None else span.end)
    return bool(reached >= period.end)


def _first_day(text: str) -> datetime | None:
    if len(text) != len("2026-03-01") or text.count("-") != 2:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d")
    except ValueError:
        raise PeriodError(f"The period {text!r} of a quota is no day: write {DAY_FORM}.") from None


def _form(days: list[datetime]) -> str | None:
    """What lies between the nearest two first days; None where there is only one."""
    gaps = [(later - day).days for day, later in pairwise(days)]
    return next((form for form, longest in _LONGEST_GAP_DAYS.items() if gaps and min(gaps) < longest), None)


def _from_first_day(day: datetime, form: str | None, timezone: str | None) -> Span:
    starts = named_period(f"{day:%Y-%m-%d}..{day:%Y-%m-%d}", timezone)
    if form is None:
        return Span(starts.start, None)
    if form == "week":
        last = np.datetime64(day, "D") + 6
    else:
        month = np.datetime64(day, "M") + _MONTHS[form]
        last = month.astype("datetime64[D]") + day.day - 2
    return Span(starts.start, named_period(f"{day:%Y-%m-%d}..{last}", timezone).end)
