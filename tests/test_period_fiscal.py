"""Fiscal years, periods in a row, and the spans that quotas are written for."""

from itertools import pairwise

import numpy as np
import pytest

from leadcast.period import PeriodError, named_period, next_periods, read_period
from leadcast.quota_periods import Span, chosen, fill, spans_of


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "us")


@pytest.mark.parametrize(("text", "first", "as_of", "name", "start", "end"), [
    ("quarter", 2, "2026-01-15", "FY2026-Q4", "2025-11-01", "2026-02-01"),
    ("quarter", 2, "2026-01-31", "FY2027-Q1", "2026-02-01", "2026-05-01"),
    ("year", 2, "2026-01-15", "FY2026", "2025-02-01", "2026-02-01"),
    ("year", 10, "2026-09-29", "FY2026", "2025-10-01", "2026-10-01"),
    ("year", 10, "2026-09-30", "FY2027", "2026-10-01", "2027-10-01"),
    ("quarter", 12, "2026-12-15", "FY2027-Q1", "2026-12-01", "2027-03-01"),
    ("FY2026-Q1", 4, "2030-01-01", "FY2026-Q1", "2025-04-01", "2025-07-01"),
    ("FY2026-Q4", 4, "2030-01-01", "FY2026-Q4", "2026-01-01", "2026-04-01"),
    ("month", 4, "2026-01-15", "2026-01", "2026-01-01", "2026-02-01"),
    ("week", 4, "2026-01-01", "2026-W01", "2025-12-29", "2026-01-05"),
    ("quarter", 1, "2026-01-15", "2026-Q1", "2026-01-01", "2026-04-01"),
])
def test_words_follow_the_fiscal_year(text: str, first: int, as_of: str, name: str, start: str, end: str) -> None:
    period = read_period(text, day(as_of), fiscal_start_month=first)
    assert (period.name, period.start, period.end) == (name, day(start), day(end))


def test_calendar_names_stay_the_calendars() -> None:
    quarter = read_period("2026-Q1", day("2026-01-15"), fiscal_start_month=4)
    assert (quarter.name, quarter.start, quarter.end) == ("2026-Q1", day("2026-01-01"), day("2026-04-01"))


@pytest.mark.parametrize("text", ["2026", "2026-Q3"])
def test_a_fiscal_year_from_january_is_the_calendars(text: str) -> None:
    assert named_period(f"FY{text}") == named_period(text)


def test_a_fiscal_year_begins_at_midnight_of_its_timezone() -> None:
    assert str(named_period("FY2026", "Europe/Berlin", 7).start) == "2025-06-30T22:00:00.000000"


@pytest.mark.parametrize("text", ["FY2026-Q5", "FY26", "FY2026-03", "FY0000", "FY9999-Q4"])
def test_an_unreadable_fiscal_period_says_what_to_write(text: str) -> None:
    with pytest.raises(PeriodError, match=r"is not one: write month, .*FY2026, FY2026-Q1 or"):
        named_period(text, fiscal_start_month=1)


def test_a_word_names_no_period_by_itself() -> None:
    with pytest.raises(PeriodError, match="The period 'quarter' is not one"):
        named_period("quarter")


@pytest.mark.parametrize("month", [0, 13])
def test_the_fiscal_month_is_one_of_twelve(month: int) -> None:
    with pytest.raises(PeriodError, match=f"begins in a month from 1 to 12, not in {month}"):
        read_period("year", day("2026-01-15"), fiscal_start_month=month)


# ---- periods in a row -----------------------------------------------------------------------------------------


def test_the_next_weeks_begin_with_the_one_that_the_word_means() -> None:
    as_of = day("2026-03-01T08:00")  # a Sunday: the day after is in the next week
    weeks = next_periods("week", as_of, 3)
    assert [week.name for week in weeks] == ["2026-W10", "2026-W11", "2026-W12"]
    assert weeks[0] == read_period("week", as_of)
    assert all(one.end == other.start for one, other in pairwise(weeks))


def test_weeks_follow_one_another_through_the_change_of_clocks() -> None:
    weeks = next_periods("week", day("2026-03-20"), 3, "Europe/Berlin")
    assert [str(week.start)[:16] for week in weeks] == ["2026-03-15T23:00", "2026-03-22T23:00", "2026-03-29T22:00"]


def test_fiscal_quarters_in_a_row() -> None:
    names = [q.name for q in next_periods("quarter", day("2026-01-15"), 3, fiscal_start_month=2)]
    assert names == ["FY2026-Q4", "FY2027-Q1", "FY2027-Q2"]


def test_another_form_of_series_is_refused() -> None:
    with pytest.raises(PeriodError, match="goes by week, month, quarter or year, not by 'day'"):
        next_periods("day", day("2026-01-01"), 3)


# ---- what quotas call a period --------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "asked", "same"), [
    ("2026-Q1", "2026-Q1", True), ("2026-Q1", "2026", False), ("2026-03", "2026-03", True), ("2026", "2026", True),
    ("2026-03-01", "2026-03", True), ("2026-03-02", "2026-03", False), ("FY2027-Q1", "2026-Q2", True), ("FY2027", "2026", False),
])
def test_a_quotas_period_is_or_is_not_this_one(text: str, asked: str, same: bool) -> None:
    assert spans_of([text], fiscal_start_month=4)[text].is_(named_period(asked)) is same


@pytest.mark.parametrize(("days", "end"), [
    (["2026-01-05", "2026-01-12"], "2026-01-12"), (["2026-01-01", "2026-02-01", "2026-04-01"], "2026-02-01"),
    (["2026-01-01", "2026-04-01"], "2026-04-01"), (["2026-01-01", "2027-01-01"], "2027-01-01"),
])
def test_first_days_last_as_long_as_they_lie_apart(days: list[str], end: str) -> None:
    assert spans_of(days)[days[0]] == Span(day(days[0]), day(end))


def test_a_first_day_alone_is_whatever_begins_on_it() -> None:
    lone = spans_of(["2026-01-01"])["2026-01-01"]
    assert lone.end is None
    assert lone.is_(named_period("2026-Q1")) and lone.is_(named_period("2026-01")) and not lone.is_(named_period("2026-Q2"))


@pytest.mark.parametrize(("text", "message"), [
    ("2026-02-30", "'2026-02-30' of a quota is no day: write the first day of the period"), ("soon", "'soon' is not one"),
])
def test_an_unreadable_period_of_a_quota(text: str, message: str) -> None:
    with pytest.raises(PeriodError, match=message):
        spans_of([text])


@pytest.mark.parametrize(("texts", "taken"), [
    (["2026", "2026-Q1", "2026-01"], ["2026"]),
    (["2026-Q1", "2026-01", "2026-04", "2026-05"], ["2026-Q1", "2026-04", "2026-05"]),
    (["2025-12", "2027-01"], []),
])
def test_longer_periods_go_first_and_none_counts_twice(texts: list[str], taken: list[str]) -> None:
    spans = spans_of(texts)
    assert chosen(spans.values(), named_period("2026")) == {spans[text] for text in taken}


@pytest.mark.parametrize(("texts", "whole"), [
    (["2026-01", "2026-02", "2026-03"], True), (["2026-01", "2026-03"], False), (["2026-02", "2026-03"], False), ([], False),
    (["2026-01-01"], True),
])
def test_a_missing_month_leaves_the_quarter_open(texts: list[str], whole: bool) -> None:
    assert fill(spans_of(texts).values(), named_period("2026-Q1")) is whole
