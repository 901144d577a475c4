"""Why two forecasts differ: each case by hand, and the pieces add up whatever the snapshots hold."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadcast.explanation import PIECES, Explanation, ExplanationError, explain
from leadcast.forecast import Spread, period_forecast
from leadcast.period import named_period
from leadcast.snapshots import About, Snapshot

EARLY, LATE = np.datetime64("2026-02-01", "us"), np.datetime64("2026-02-08", "us")
ABOUT = About(EARLY, named_period("2026-Q1"), "opportunity", "EUR", "acme-win/3", "ab" * 32)


def row(
    key: str, kind: str = "open", expected: float = 0.5, amount: float = 100.0, close: str = "NaT", created: str = "2025-12-01"
) -> dict[str, object]:
    return {"entity_id": key, "kind": kind, "expected": expected, "amount": amount, "expected_close": np.datetime64(close, "us"),
            "created_at": np.datetime64(created, "us")}


def snapshot(rows: list[dict[str, object]], as_of: np.datetime64, ratios: tuple[float, ...] = (1.0,), **closed: str) -> Snapshot:
    empty = pd.DataFrame([row("none")]).iloc[:0]
    return Snapshot(replace(ABOUT, as_of=as_of, spread={"ratios": list(ratios)}), pd.DataFrame(rows) if rows else empty, closed)


def between(before: list[dict[str, object]], after: list[dict[str, object]], **closed: str) -> Explanation:
    return explain(snapshot(before, EARLY), snapshot(after, LATE, **closed))


def nonzero(pieces: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in pieces.items() if value}


D, WON = row("d"), row("d", "won", 1.0)


@pytest.mark.parametrize(("before", "after", "closed", "money", "count"), [
    ([], [row("d", created="2026-02-03")], {}, {"new": 50.0}, {"new": 0.5}),
    ([], [row("d", "won", 1.0, created="2026-02-03")], {}, {"new": 100.0}, {"new": 1.0}),
    ([], [row("d", created="2026-02-01")], {}, {"added": 50.0}, {"added": 0.5}),
    ([], [row("d", created="NaT")], {}, {"added": 50.0}, {"added": 0.5}),
    ([D], [WON], {}, {"won": 50.0}, {"won": 0.5}),
    ([D], [row("d", "won", 1.0, 120.0)], {}, {"up": 10.0, "won": 60.0}, {"won": 0.5}),
    ([D], [], {"d": "lost"}, {"lost": -50.0}, {"lost": -0.5}),
    ([D], [], {"d": "won"}, {"won_elsewhere": -50.0}, {"won_elsewhere": -0.5}),
    ([D], [], {}, {"removed": -50.0}, {"removed": -0.5}),
    ([WON], [], {"d": "lost"}, {"lost": -100.0}, {"lost": -1.0}),
    ([WON], [row("d", expected=0.25)], {}, {"reopened": -75.0}, {"reopened": -0.75}),
    ([D], [row("d", amount=140.0)], {}, {"up": 20.0}, {}),
    ([D], [row("d", amount=60.0)], {}, {"down": -20.0}, {}),
    ([D], [row("d", amount=np.nan)], {}, {"down": -50.0}, {}),
    ([WON], [row("d", "won", 1.0, 110.0)], {}, {"up": 10.0}, {}),
    ([D], [row("d", expected=0.75)], {}, {"probability": 25.0}, {"probability": 0.25}),
    ([D], [row("d", expected=0.75, amount=200.0)], {}, {"up": 50.0, "probability": 50.0}, {"probability": 0.25}),
    ([row("d", close="2026-03-01")], [row("d", expected=0.25, close="2026-04-15")], {}, {"pushed": -25.0}, {"pushed": -0.25}),
    ([row("d", close="2026-04-15")], [row("d", expected=0.75, close="2026-03-01")], {}, {"pulled": 25.0}, {"pulled": 0.25}),
    ([D], [row("d", expected=0.75, close="2026-03-01")], {}, {"probability": 25.0}, {"probability": 0.25}),
    ([row("new:0", "new", 2.0)], [row("new:7", "new", 1.0, 150.0)], {}, {"new_business": -50.0}, {"new_business": -1.0}),
    ([D], [D], {}, {}, {}),
])
def test_each_change_has_its_piece(before, after, closed, money, count) -> None:
    found = between(before, after, **closed)
    assert (nonzero(dict(found.money)), nonzero(dict(found.count))) == (money, count)
    assert tuple(found.money) == tuple(found.count) == PIECES


def test_a_deal_known_as_closed_comes_back() -> None:
    found = explain(snapshot([], EARLY, d="lost"), snapshot([D], LATE))
    assert nonzero(dict(found.money)) == {"reopened": 50.0}


def test_open_deals_are_worth_what_amounts_come_to() -> None:
    rows = [D, row("new:0", "new", 1.0)]
    found = explain(snapshot(rows, EARLY, (1.0, 0.8)), snapshot(rows, LATE, (0.8,)))
    assert (found.money_before, found.money_after) == (45.0 + 90.0, 40.0 + 80.0)
    assert nonzero(dict(found.money)) == {"ratio": -5.0, "new_business": -10.0}


def test_a_won_deal_brings_what_had_not_been_counted_on() -> None:
    found = explain(snapshot([D], EARLY, (0.8,)), snapshot([WON], LATE, (0.8,)))
    assert nonzero(dict(found.money)) == {"won": 60.0}


def test_deals_are_listed_with_the_largest_effect_first() -> None:
    found = between([row("a"), row("b"), row("c"), row("same")],
                    [row("a", expected=0.6), row("c", "won", 1.0, 300.0), row("same")], b="lost")
    assert found.deals["entity_id"].tolist() == ["c", "b", "a"]
    first = found.deals.iloc[0]
    assert (first["money"], first["up"], first["won"], first["count"]) == (250.0, 100.0, 150.0, 0.5)
    assert (first["probability_before"], first["probability_after"], first["amount_before"], first["amount_after"]) == (
        0.5, 1.0, 100.0, 300.0)
    assert np.isnan(found.deals["amount_after"][1])


def test_changes_that_cancel_are_listed() -> None:
    deals = between([D], [row("d", expected=0.25, amount=200.0)]).deals
    assert deals[["money", "up", "probability", "count"]].iloc[0].tolist() == [0.0, 50.0, -50.0, -0.25]


def test_an_explanation_is_plain_data() -> None:
    found = between([D], [], d="lost").to_json()
    assert (found["money"]["lost"], found["money_before"], found["count_after"], found["currency"]) == (-50.0, 50.0, 0.0, "EUR")
    assert (found["deals"][0]["entity_id"], found["deals"][0]["amount_after"]) == ("d", None)


@pytest.mark.parametrize(("change", "message"), [
    ({"period": named_period("2026-Q2")}, "their period is 2026-Q1 and 2026-Q2. Choose two snapshots of one period"),
    ({"currency": "USD"}, "their currency is EUR and USD"), ({"entity": "lead"}, "their entity is opportunity and lead"),
    ({"as_of": np.datetime64("2026-01-01", "us")}, "is later than .*: give the earlier snapshot first"),
])
def test_only_two_of_one_kind_can_be_compared(change: dict[str, object], message: str) -> None:
    with pytest.raises(ExplanationError, match=message):
        explain(snapshot([D], EARLY), Snapshot(replace(ABOUT, **change), pd.DataFrame([D])))


def test_one_period_may_have_two_names() -> None:
    march = named_period("2026-03")
    named = Snapshot(replace(ABOUT, period=march), pd.DataFrame([D]))
    dated = Snapshot(replace(ABOUT, period=named_period("2026-03-01..2026-03-31")), pd.DataFrame([D]))
    assert nonzero(dict(explain(named, dated).money)) == {}


def test_amounts_beyond_reason_are_refused() -> None:
    with pytest.raises(ExplanationError, match=r"Amounts of 2.0e\+20 in all are too large"):
        between([row("d", amount=1e20)], [row("d", amount=1e20)])


def test_it_is_the_difference_of_the_forecasts() -> None:
    spread = Spread(ratios=(1.0, 0.8))
    before = snapshot([D, row("x", expected=0.25, amount=np.nan), row("new:0", "new", 1.5)], EARLY, spread.ratios)
    after = snapshot([WON, row("new:0", "new", 1.0), row("y", amount=70.0, created="2026-02-02")], LATE, spread.ratios)
    totals = [period_forecast(each.rows, spread).total for each in (before, after)]
    found = explain(before, after)
    assert [found.money_before, found.money_after] == pytest.approx([total.amount.total for total in totals])
    assert [found.count_before, found.count_after] == pytest.approx([total.count.total for total in totals])


def test_millions_of_tenths_add_up() -> None:
    deals = [row(f"{k}", expected=0.1, amount=0.1) for k in range(1000)]
    found = between(deals, [row(f"{k}", expected=0.3, amount=0.1) for k in range(1000)])
    assert (found.money_before, found.money_after, found.money["probability"]) == (10.0, 30.0, 20.0)


IDS = st.sampled_from([f"d{k}" for k in range(12)])
AMOUNT = st.one_of(st.just(float("nan")), st.floats(0, 1e9), st.floats(0, 10).map(lambda x: round(x, 2)))
DATE = st.sampled_from(["NaT", "2026-01-15", "2026-02-03", "2026-03-01", "2026-05-01"])


@st.composite
def some_rows(draw: st.DrawFn) -> list[dict[str, object]]:
    rows = []
    for key in draw(st.lists(IDS, unique=True)):
        kind = draw(st.sampled_from(["open", "won"]))
        expected = 1.0 if kind == "won" else draw(st.floats(0, 1))
        rows.append(row(key, kind, expected, draw(AMOUNT), draw(DATE), draw(DATE)))
    return [*rows, *(row(f"new:{k}", "new", draw(st.floats(0, 50)), draw(AMOUNT)) for k in range(draw(st.integers(0, 3))))]


@st.composite
def some_snapshots(draw: st.DrawFn, as_of: np.datetime64) -> Snapshot:
    rows = draw(some_rows())
    closed = draw(st.dictionaries(IDS, st.sampled_from(["lost", "won"])))
    ratios = tuple(draw(st.lists(st.floats(0.1, 3), min_size=1, max_size=3)))
    listed = {r["entity_id"] for r in rows}
    return snapshot(rows, as_of, ratios, **{key: what for key, what in closed.items() if key not in listed})


def worth(one: Snapshot) -> float:
    ratio = np.where(one.rows["kind"] == "won", 1.0, np.mean(one.about.spread["ratios"]))
    return float((one.rows["expected"] * one.rows["amount"].fillna(0.0) * ratio).sum())


@settings(max_examples=150, deadline=None)
@given(before=some_snapshots(EARLY), after=some_snapshots(LATE))
def test_the_pieces_add_up_to_the_difference(before: Snapshot, after: Snapshot) -> None:
    found = explain(before, after)
    # Units follow the largest amount, which may come and go within one deal's pieces and be no part of either sum.
    scale = max(worth(before), worth(after), *(float(one.rows["amount"].max(skipna=True) or 0.0) for one in (before, after)
                                               if one.rows["amount"].notna().any()), 1.0)
    ends = [worth(before), worth(after), before.rows["expected"].sum(), after.rows["expected"].sum()]
    told = [found.money_before, found.money_after, found.count_before, found.count_after]
    assert told == pytest.approx(ends, rel=1e-9, abs=1e-9 * scale)
    assert abs(sum(found.money.values()) - (worth(after) - worth(before))) <= 1e-6 * scale
    assert abs(sum(found.money.values()) - (found.money_after - found.money_before)) <= 1e-14 * scale
    assert abs(sum(found.count.values()) - (found.count_after - found.count_before)) <= 1e-12
    pieces = found.deals[list(PIECES[:-1])].sum(axis=1)
    assert np.allclose(pieces, found.deals["money"], rtol=0, atol=1e-14 * scale)
    assert sum(found.deals["money"]) + found.money["new_business"] == pytest.approx(sum(found.money.values()), abs=1e-13 * scale)
