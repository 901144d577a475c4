"""The forecast of a period: sums by hand, parts that add up, and a range that holds in worlds that are made as it says."""

import json

import numpy as np
import pandas as pd
import pytest

from leadcast.forecast import RowsError, Spread, forecast_categories, period_forecast

ROWS = pd.DataFrame({
    "kind": ["won", "open", "open", "open", "won", "new", "new"],
    "expected": [1.0, 0.5, 0.25, 0.1, 1.0, 2.0, 0.5],
    "amount": [100.0, 200.0, 80.0, np.nan, 10.0, 30.0, np.nan],
    "margin": [40.0, 100.0, np.nan, 5.0, 1.0, 10.0, 2.0],
    "slips": [np.nan, 0.3, 0.5, 0.2, np.nan, np.nan, 0.9],
    "owner": ["ann", "ann", "bob", "bob", None, "bob", None],
    "category": ["Commit", "Commit", "BestCase", "best_case", "Closed", None, None],
})
WIDE = Spread(open_sd=0.3, new_cv=0.4, ratios=(0.5, 1.0), seed=4)


def world(seed: int, n: int = 700) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    kind = np.repeat(["won", "open", "new"], [20, n - 50, 30])
    expected = np.where(kind == "won", 1.0, np.where(kind == "new", 0.5, rng.beta(1.0, 3.0, n)))
    return pd.DataFrame({"kind": kind, "expected": expected, "amount": np.exp(rng.normal(8.0, 1.0, n)).round(),
                         "region": rng.choice(["north", "south", "west"], n)})


def test_count_and_money_by_hand() -> None:
    total = period_forecast(ROWS, Spread()).total
    count, amount, margin = total.count, total.amount, total.margin
    assert (count.won, count.open, count.new, count.total) == (2.0, pytest.approx(0.85), 2.5, pytest.approx(5.35))
    assert (amount.won, amount.open, amount.new, amount.total) == (110.0, 120.0, 60.0, 290.0)
    assert margin is not None and (margin.won, margin.open, margin.new) == (41.0, 50.5, 21.0)
    assert (total.open_deals, total.pipeline, total.without_amount) == (3, 280.0, 1)


def test_the_ratio_touches_what_is_not_won_yet() -> None:
    amount = period_forecast(ROWS, WIDE).total.amount
    assert (amount.won, amount.open, amount.new) == (110.0, 90.0, 45.0)


def test_slippage_is_of_open_deals() -> None:
    total = period_forecast(ROWS, Spread()).total
    assert (total.slips, total.slipped) == (1.0, pytest.approx(0.3 * 200 + 0.5 * 80))


@pytest.mark.parametrize(("quota", "gap", "coverage"), [(390.0, 100.0, 1.0), (250.0, -40.0, 2.0),
                                                       (110.0, -180.0, None), (50.0, -240.0, None)])
def test_a_quota_has_a_gap_and_a_coverage(quota: float, gap: float, coverage: float | None) -> None:
    goal = period_forecast(ROWS, Spread(), quota).total.goal
    assert goal is not None
    assert (goal.gap, goal.coverage) == (gap, coverage)


def test_what_is_won_is_reached() -> None:
    assert [period_forecast(ROWS, WIDE, quota).total.goal.reach for quota in (0.0, 110.0)] == [1.0, 1.0]


def test_a_higher_quota_is_never_likelier() -> None:
    whole = period_forecast(world(1), WIDE).total.amount.whole
    reached = [whole.reach(quota) for quota in np.linspace(0, 3 * whole.mean, 200)]
    assert np.diff(reached).max() <= 0


@pytest.mark.parametrize("by", ["owner", "category"])
def test_means_of_parts_add_up_to_the_whole(by: str) -> None:
    forecast = period_forecast(ROWS, WIDE, by=by)
    for name in ("count", "amount", "margin"):
        for piece in ("won", "open", "new", "total"):
            parts = [getattr(getattr(part, name), piece) for part in forecast.parts.values()]
            assert sum(parts) == pytest.approx(getattr(getattr(forecast.total, name), piece), rel=1e-12)
    for name in ("open_deals", "pipeline", "without_amount", "slips", "slipped"):
        assert sum(getattr(part, name) for part in forecast.parts.values()) == pytest.approx(getattr(forecast.total, name))


def test_parts_come_with_the_largest_first_and_no_one_named() -> None:
    forecast = period_forecast(ROWS, Spread(), by="owner", quotas={"ann": 300.0})
    assert {name: part.amount.total for name, part in forecast.parts.items()} == {"ann": 200.0, "bob": 80.0, "(none)": 10.0}
    assert forecast.parts["ann"].goal is not None and forecast.parts["ann"].goal.gap == 100.0
    assert forecast.parts["bob"].goal is None


def test_ranges_of_parts_lie_wider_than_the_whole() -> None:
    forecast = period_forecast(world(2), Spread(open_sd=0.1), by="region")
    parts, whole = [part.amount.whole for part in forecast.parts.values()], forecast.total.amount.whole
    assert sum(part.p10 for part in parts) < whole.p10 < whole.mean < whole.p90 < sum(part.p90 for part in parts)


def test_certain_deals_give_the_booked_amount_exactly() -> None:
    certain = ROWS.assign(expected=1.0, kind="open")
    total = period_forecast(certain, Spread(open_sd=0.5), quota=420.0).total
    assert total.amount.total == total.amount.whole.p10 == total.amount.whole.p90 == 420.0
    assert total.count.whole.p10 == total.count.whole.p90 == 7.0
    assert total.goal is not None and total.goal.reach == 1.0


def test_spread_moves_the_range_and_not_the_mean() -> None:
    rows = world(3)
    still, shaken = (period_forecast(rows, spread).total for spread in (Spread(), Spread(open_sd=0.4, new_cv=0.5)))
    for name in ("count", "amount"):
        before, after = getattr(still, name), getattr(shaken, name)
        assert before.total == after.total == after.whole.mean
        assert after.whole.p90 - after.whole.p10 > 1.2 * (before.whole.p90 - before.whole.p10)


def test_no_rows_forecast_nothing() -> None:
    forecast = period_forecast(ROWS.iloc[:0], WIDE, quota=100.0, by="owner")
    total = forecast.total
    assert forecast.parts == {}
    assert (total.count.total, total.amount.total, total.amount.whole.p90, total.count.whole.p90) == (0.0, 0.0, 0.0, 0.0)
    assert total.goal is not None and total.goal.to_json() == {"quota": 100.0, "reach": 0.0, "gap": 100.0, "coverage": 0.0}


def test_without_a_margin_there_is_none() -> None:
    assert period_forecast(ROWS.drop(columns="margin"), Spread()).total.margin is None


def test_the_order_of_rows_does_not_matter_to_counts_and_means() -> None:
    first, turned = (period_forecast(rows, WIDE).total for rows in (ROWS, ROWS.iloc[::-1]))
    assert first.count.whole.function()[1].tolist() == turned.count.whole.function()[1].tolist()
    assert first.amount.total == pytest.approx(turned.amount.total)


def test_the_same_seed_gives_the_same_forecast() -> None:
    first, again = (json.dumps(period_forecast(world(4), WIDE, 1e6, "region").to_json()) for _ in range(2))
    assert first == again


def test_eighty_percent_ranges_hold_in_four_times_of_five() -> None:
    rows, spread = world(5, 900), Spread(open_sd=0.25, new_cv=0.5, ratios=(0.6, 0.9, 1.0, 1.2))
    total = period_forecast(rows, spread).total
    rng = np.random.default_rng(8)
    shape, held = (1 / 0.25**2 - 1) / 2, np.zeros(2)
    is_open, is_new = (rows["kind"] == "open").to_numpy(), (rows["kind"] == "new").to_numpy()
    p, amount = rows["expected"].to_numpy(), rows["amount"].to_numpy()
    for _ in range(400):
        shock = 2 * rng.beta(shape, shape) - 1
        wins = np.where(is_open, rng.random(len(p)) < p + p * (1 - p) * shock, 1)
        wins = np.where(is_new, rng.poisson(p * rng.gamma(4.0, 0.25)), wins)
        sold = [(amount[i] * (rng.choice(spread.ratios, wins[i]) if is_open[i] or is_new[i] else np.ones(1))).sum()
                for i in np.flatnonzero(wins)]
        held += [total.count.whole.p10 <= wins.sum() <= total.count.whole.p90,
                 total.amount.whole.p10 <= sum(sold) <= total.amount.whole.p90]
    assert (held / 400 >= 0.75).all() and (held / 400 <= 0.85).all()


@pytest.mark.parametrize(("change", "said"), [
    ({"kind": "lost"}, r"A forecast row's kind is won, open or new; found lost\."),
    ({"kind": "open", "expected": 1.2}, r"Row 0 of a forecast is open and expects 1\.2 wins; won is 1, open a probability"),
    ({"kind": "new", "expected": -1.0}, r"Row 0 of a forecast is new and expects -1\.0 wins"),
    ({"kind": "open", "expected": np.nan}, r"expects nan wins"),
    ({"kind": "won", "expected": 0.5}, r"Row 0 of a forecast is won and expects 0\.5 wins"),
    ({"margin": np.inf}, r"A forecast row's margin is infinite\. Leave it empty where it is not known\."),
])
def test_rows_that_cannot_be_are_refused(change: dict, said: str) -> None:
    with pytest.raises(RowsError, match=said):
        period_forecast(ROWS.assign(**change), Spread())


def test_a_missing_column_is_named() -> None:
    said = (r"^Forecast rows are missing expected; they have kind, amount, margin, slips, owner, category\. "
            r"Each row is one deal: kind, expected, amount\.$")
    with pytest.raises(RowsError, match=said):
        period_forecast(ROWS.drop(columns="expected"), Spread())
    with pytest.raises(RowsError, match=r"Forecast rows have no column team; they have kind, "):
        period_forecast(ROWS, Spread(), by="team")


def test_categories_stand_beside_the_model() -> None:
    table = forecast_categories(ROWS, Spread())
    assert table.index.tolist() == ["closed", "commit", "best case"]
    assert table["deals"].tolist() == [2, 1, 2]
    assert table["amount"].tolist() == [110.0, 200.0, 80.0]
    assert table["expected_count"].tolist() == [2.0, 0.5, 0.35]
    assert table["expected_amount"].tolist() == [110.0, 100.0, 20.0]


def test_commit_is_not_a_hundred_percent() -> None:
    table = forecast_categories(ROWS, Spread())
    assert table["model_share"].tolist() == [1.0, 0.5, 0.25]
    assert table["rolled_up"].tolist() == [110.0, 310.0, 390.0]
    assert table["rolled_up_expected"].tolist() == [110.0, 210.0, 230.0]


def test_omitted_and_own_categories_are_shown_and_not_rolled_up() -> None:
    rows = ROWS.assign(category=["Won", "Upside", "Omitted", None, "Closed", None, None])
    table = forecast_categories(rows, Spread())
    assert table.index.tolist() == ["closed", "omitted", "upside", "(none)"]
    assert table["rolled_up"].isna().tolist() == [False, True, True, True]
    assert np.isnan(table.loc["(none)", "model_share"])


def test_categories_must_be_there() -> None:
    with pytest.raises(RowsError, match=r"no column category\. Map it in leadcast\.toml under \[opportunities\.columns\]\."):
        forecast_categories(ROWS.drop(columns="category"), Spread())
