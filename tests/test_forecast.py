"""What stands around the forecast's arithmetic: periods, grades, whoever has a quota, calls and scenarios beside it."""

import io

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from leadcast.called import beside
from leadcast.calls import Call
from leadcast.forecast import Spread, period_forecast
from leadcast.overrides import overrides_from_texts
from leadcast.period import PeriodError, named_period, read_period
from leadcast.policy import grade, grades
from leadcast.scenario import ScenarioError
from leadcast.show_forecast import forecast_shown, said_of
from leadcast.snapshots import About, Snapshot
from leadcast.what_if import what_if

QUARTER, AS_OF = named_period("2026-Q1"), np.datetime64("2026-02-01", "us")
ROWS = pd.DataFrame({
    "entity_id": ["w", "a", "b", "new:0"], "kind": ["won", "open", "open", "new"], "expected": [1.0, 0.5, 0.25, 2.0],
    "amount": [100.0, 200.0, 80.0, 10.0], "owner": ["ann", "ann", "bob", None],
})


def call(owner: str | None = None, amount: float | None = None, count: float | None = None, currency: str = "EUR") -> Call:
    return Call(QUARTER, owner, amount, count, currency, "", "Mia", AS_OF)


# ---- periods --------------------------------------------------------------------------------------------------


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


# ---- grades ---------------------------------------------------------------------------------------------------


def test_grades_have_fixed_cuts() -> None:
    assert grades([100, 90, 89.99, 70, 69.9, 40, 39.9, 0]).tolist() == ["A", "A", "B", "B", "C", "C", "D", "D"]
    assert grade(float("nan")) is None


# ---- quotas ---------------------------------------------------------------------------------------------------


def test_whoever_has_a_quota_is_a_part_without_any_deal() -> None:
    parts = period_forecast(ROWS, Spread(), by="owner", quotas={"ann": 300.0, "eve": 50.0}).parts
    assert set(parts) == {"ann", "bob", "(none)", "eve"}
    eve = parts["eve"]
    assert (eve.count.total, eve.amount.total, eve.open_deals) == (0.0, 0.0, 0)
    assert eve.goal is not None and (eve.goal.reach, eve.goal.gap) == (0.0, 50.0)


@pytest.mark.parametrize(("quota", "said"), [
    (300.0, "Quota 300 EUR: reached with a chance of 50 %, 80 EUR below it on average."),
    (90.0, "Quota 90 EUR: reached with a chance of 100 %, 130 EUR above it on average."),
])
def test_what_a_quota_means_is_said(quota: float, said: str) -> None:
    total = period_forecast(ROWS[ROWS["kind"] != "new"], Spread(), quota).total
    assert said_of(total, "EUR", "deals")[0] == said


def test_what_is_won_already_has_nothing_still_to_win() -> None:
    said = said_of(period_forecast(ROWS, Spread(), quota=90.0).total, "EUR", "deals")
    assert not [line for line in said if line.startswith("Still to win")]


# ---- what is printed ------------------------------------------------------------------------------------------


def shown(rows: pd.DataFrame, by: str | None = None, most: int | None = None) -> str:
    screen = Console(width=120, file=io.StringIO(), highlight=False)
    forecast_shown(screen, "Forecast", period_forecast(rows, Spread(), by=by), "EUR", "deals", most)
    text = screen.file.getvalue()  # type: ignore[attr-defined]  # the StringIO above
    return "\n".join(" ".join(line.split()) for line in text.splitlines())


def test_the_whole_stands_in_counts_and_money() -> None:
    said = shown(ROWS)
    assert "deals 1 0.8 2.0 3.8" in said and "revenue EUR 100 120 20 240" in said


def test_without_amounts_only_counts_are_shown() -> None:
    said = shown(ROWS.assign(amount=np.nan), "owner")
    assert "EUR" not in said and "By owner, number of deals" in said and "ann 1.0 0.5 0.0 1.5 1–2" in said


def test_smaller_parts_are_one_row_whose_range_nobody_adds_up() -> None:
    rows = pd.concat([ROWS, ROWS.assign(entity_id=ROWS["entity_id"] + "2", owner="cid", amount=1.0)], ignore_index=True)
    said = shown(rows, "owner", most=1)
    assert "ann 1.5 100 100 0 200 100–300" in said and "3 others 6.0 1 21 22 44" in said.splitlines()


# ---- calls ----------------------------------------------------------------------------------------------------


def test_a_call_stands_beside_the_deals_of_its_owner() -> None:
    [team, ann, eve] = beside([call(amount=300.0), call("ann", amount=300.0), call("eve", amount=1.0)], ROWS, Spread(), "EUR")
    assert team.part is not None and team.part.amount.total == 240.0
    assert ann.part is not None and ann.part.amount.total == 200.0 and ann.reach == pytest.approx(0.5, abs=0.02)
    assert (eve.part, eve.measure, eve.reach) == (None, None, None)


def test_a_call_of_a_count_is_judged_by_the_count() -> None:
    [called] = beside([call("ann", count=2)], ROWS, Spread(), "EUR")
    assert called.reach == 0.5 and called.to_json()["range"] == {"p10": 1.0, "p90": 2.0}


def test_money_of_another_currency_is_not_compared() -> None:
    [called] = beside([call("ann", amount=300.0, currency="USD")], ROWS, Spread(), "EUR")
    assert (called.measure, called.reach) == (None, None)
    assert called.to_json()["model"] == {"amount": 200.0, "count": 1.5}


def test_rows_without_owners_have_only_the_teams_call() -> None:
    [team, ann] = beside([call(amount=1.0), call("ann", amount=1.0)], ROWS.drop(columns="owner"), Spread(), "EUR")
    assert team.part is not None and ann.part is None


# ---- what if --------------------------------------------------------------------------------------------------


def base(quota: float | None = 300.0) -> Snapshot:
    total = period_forecast(ROWS, Spread(), quota).total
    about = About(AS_OF, QUARTER, "opportunity", "EUR", "acme-win/1", "ab" * 32, Spread().to_json(), total.to_json(), quota)
    return Snapshot(about, ROWS)


def test_a_scenario_differs_from_its_base_by_its_changes() -> None:
    found = what_if(base(), overrides_from_texts(["amount:a=300", "rate:owner=bob*2"]), note="hope")
    assert (found.before.amount.open, found.after.amount.open) == (120.0, 190.0)
    assert found.after.goal is not None and found.after.goal.quota == 300.0
    assert found.scenario.about.base == found.base.id and found.scenario.about.note == "hope"
    assert found.to_json()["changes"] == ["Win rate of owner bob × 2: 1 open deals and 0 sources of new business.",
                                          "a: amount 300 instead of 200."]
    assert found.scenario.about.total == found.after.to_json()


def test_what_is_not_in_the_base_is_named() -> None:
    with pytest.raises(ScenarioError, match="No deal 'zz' is in the forecast"):
        what_if(base(), overrides_from_texts(["drop:zz"]))
