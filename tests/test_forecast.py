"""The forecast is arithmetic: every number here can be checked by eye."""

import numpy as np
import pandas as pd
import pytest

from leadcast.forecast import PARTS, TimeToWin, weighted_forecast, win_probability
from leadcast.period import Period, PeriodError, read_period
from leadcast.policy import grade, grades
from serving.outlook import Outlook

TIMES = TimeToWin((0.0, 10.0, 20.0, 40.0, 80.0))
DEALS = pd.DataFrame({
    "owner": ["ann", "ann", "bob", "bob", None],
    "won": [True, False, False, False, True],
    "probability": [1.0, 0.5, 0.25, 0.1, 1.0],
    "amount": [100.0, 200.0, 80.0, np.nan, 10.0],
})


def test_total_is_won_plus_open_times_probability() -> None:
    total = weighted_forecast(DEALS).loc["total"]
    assert total.to_dict() == {
        "won_count": 2, "won_amount": 110.0, "open_count": 3, "open_amount": 280.0,
        "expected_count": pytest.approx(0.85), "expected_amount": 120.0,
        "total_count": pytest.approx(2.85), "total_amount": 230.0, "without_amount": 1,
    }


def test_parts_add_up_to_the_whole() -> None:
    parts = weighted_forecast(DEALS, "owner")
    assert parts.index.tolist() == ["ann", "bob", "(none)"]
    assert parts["total_amount"].tolist() == [200.0, 20.0, 10.0]
    pd.testing.assert_series_equal(parts.sum(), weighted_forecast(DEALS).loc["total"], check_names=False, check_dtype=False)


@pytest.mark.parametrize(("entity", "end", "note"), [
    ("opportunity", "2026-04-01", "Deals that are not there yet are not in it. 1 deals have no amount: they are in the counts, "
                                  "not in the money."),
    ("lead", "2026-04-01", "Leads that are not there yet are not in it. 1 leads have no amount: they are in the counts, "
                           "not in the money."),
    ("lead", "2026-03-15", "1 leads have no amount: they are in the counts, not in the money."),
])
def test_the_note_speaks_of_what_is_won_and_of_no_one_to_come_once_it_is_over(entity, end, note) -> None:
    march = Period("2026-03", np.datetime64("2026-03-01", "us"), np.datetime64(end, "us"))
    total, parts = weighted_forecast(DEALS), weighted_forecast(DEALS, "owner")
    assert Outlook(entity, march, np.datetime64("2026-03-15", "us"), "EUR", "owner", DEALS, total, parts).note == note


def test_certain_deals_give_the_booked_amount() -> None:
    certain = DEALS.assign(won=False, probability=1.0)
    assert weighted_forecast(certain)["total_amount"].tolist() == [DEALS["amount"].sum()]


def test_no_deals_give_zero() -> None:
    total = weighted_forecast(DEALS.iloc[:0])
    assert total.loc["total", PARTS].tolist() == [0] * len(PARTS)


@pytest.mark.parametrize(("until", "expected"), [(20.0, 0.4), (10.0, 0.2), (0.0, 0.0), (-3.0, 0.0), (80.0, 0.8), (1e9, 0.8)])
def test_probability_moves_with_the_pace_of_wins(until: float, expected: float) -> None:
    assert win_probability(np.array([0.4]), 20.0, TIMES, until) == pytest.approx([expected])


def test_probability_never_passes_one() -> None:
    assert win_probability(np.array([0.9]), 20.0, TIMES, 80.0).tolist() == [1.0]


def test_a_final_outcome_has_the_whole_curve() -> None:
    assert win_probability(np.array([0.4]), None, TIMES, 20.0) == pytest.approx([0.2])


def test_a_later_period_leaves_out_the_time_before_it() -> None:
    now_to_end, later = (win_probability(np.array([0.4]), None, TIMES, 40.0, start) for start in (-5.0, 20.0))
    assert now_to_end - later == pytest.approx(win_probability(np.array([0.4]), None, TIMES, 20.0))


def test_median_of_the_wins_within_the_horizon() -> None:
    assert (TIMES.median_within(20.0), TIMES.median_within(None)) == (10.0, 20.0)


@pytest.mark.parametrize(("text", "as_of", "name", "start", "end"), [
    (None, "2026-03-10", "2026-03", "2026-03-01", "2026-04-01"),
    ("month", "2026-01-31T23:00", "2026-02", "2026-02-01", "2026-03-01"),
    ("month", "2025-12-31T00:00", "2026-01", "2026-01-01", "2026-02-01"),
    ("quarter", "2026-05-31", "2026-Q2", "2026-04-01", "2026-07-01"),
    ("2026-Q4", "2026-05-31", "2026-Q4", "2026-10-01", "2027-01-01"),
    ("year", "2026-05-31", "2026", "2026-01-01", "2027-01-01"),
    ("week", "2026-01-01", "2026-W01", "2025-12-29", "2026-01-05"),
    ("2026-W01", "2026-05-31", "2026-W01", "2025-12-29", "2026-01-05"),
    ("2026-W53", "2026-05-31", "2026-W53", "2026-12-28", "2027-01-04"),
    ("2024-02", "2026-05-31", "2024-02", "2024-02-01", "2024-03-01"),
    ("2026-03-01..2026-03-31", "2026-05-31", "2026-03-01..2026-03-31", "2026-03-01", "2026-04-01"),
])
def test_periods(text: str | None, as_of: str, name: str, start: str, end: str) -> None:
    period = read_period(text, np.datetime64(as_of))
    assert (period.name, period.start, period.end) == (name, np.datetime64(start), np.datetime64(end))


def test_days_begin_in_the_workspace_timezone() -> None:
    period = read_period("2026-03", np.datetime64("2026-03-10"), "Europe/Berlin")
    assert (str(period.start), str(period.end)) == ("2026-02-28T23:00:00.000000", "2026-03-31T22:00:00.000000")


@pytest.mark.parametrize("text", ["soon", "2026-13", "2026-Q5", "2026-02-30..2026-03-01", "..", "0000", "9999", "2025-W53",
                                  "2026-W00"])
def test_an_unreadable_period_says_what_to_write(text: str) -> None:
    with pytest.raises(PeriodError, match=r"is not one: write month, quarter, week"):
        read_period(text, np.datetime64("2026-03-10"))


def test_a_period_cannot_end_before_it_begins() -> None:
    with pytest.raises(PeriodError, match="ends before it begins"):
        read_period("2026-03-02..2026-02-01", np.datetime64("2026-03-10"))


def test_grades_have_fixed_cuts() -> None:
    assert grades([100, 90, 89.99, 70, 69.9, 40, 39.9, 0]).tolist() == ["A", "A", "B", "B", "C", "C", "D", "D"]
    assert grade(float("nan")) is None
