"""Figures by segment, period and cohort, capacity, steadiness: small tables, expected values written out."""

from collections.abc import Callable

import numpy as np
import pytest

from leadcast.contract import Contract, Feature
from leadcast.history import History
from leadcast.metrics import Draws
from leadcast.observations import Observations
from leadcast.vocabulary import Pipeline, Vocabulary
from leadcast.workspace.model import Team
from training.capacity import capacity_of
from training.groups import Newest, segment_names, segments, worst
from training.periods import in_order, periods, said_and_came, start_of, unit_of
from training.steadiness import between_looks


def newest(said: list[float], came: list[float], entity: list[str] | None = None) -> Newest:
    names = entity if entity is not None else [f"e{i}" for i in range(len(said))]
    return Newest(np.array(said), np.array(came), np.ones(len(said)), np.array(names, object))


def moments(*days: str) -> np.ndarray:
    return np.array(days, "datetime64[us]")


def looks(entity: list[str], *days: str) -> Observations:
    return Observations("lead", np.array(entity, object), moments(*days), np.ones(len(entity)))


def test_a_line_says_what_was_said_and_what_came_and_counts_entities() -> None:
    line = newest([0.2, 0.4, 0.6], [0, 1, 1], ["a", "a", "b"]).line(np.arange(3))
    assert (line["said"], line["came"]) == pytest.approx((0.4, 2 / 3))
    assert (line["rows"], line["entities"], line["positives"]) == (3, 2, 2)
    assert line["small"] and line["auc"] is None
    assert line["log_loss"] == pytest.approx(-(np.log(0.8) + np.log(0.4) + np.log(0.6)) / 3)


def test_a_line_is_large_from_30_entities_and_10_of_either_outcome_on() -> None:
    came = [1.0] * 10 + [0.0] * 20
    assert not newest([0.3] * 30, came).line(np.arange(30))["small"]
    assert newest([0.3] * 30, came).line(np.arange(29))["small"]
    assert newest([0.3] * 30, [1.0] * 9 + [0.0] * 21).line(np.arange(30))["small"]


def test_the_worst_is_the_large_segment_that_is_furthest_off() -> None:
    good, bad, few = ["good"] * 40, ["bad"] * 40, ["few"] * 5
    came = [1.0] * 12 + [0.0] * 28 + [1.0] * 12 + [0.0] * 28 + [1.0] * 5
    slice_ = newest([0.3] * 40 + [0.7] * 40 + [0.0] * 5, came)
    tables = segments(slice_, {"source": np.array(good + bad + few, object)})
    assert [(line["value"], line["small"]) for line in tables[0]["values"]] == [("bad", False), ("good", False), ("few", True)]
    found = worst(tables)
    assert found is not None and (found["segment"], found["value"], found["outside"]) == ("source", "bad", True)
    assert (found["outside_in_all"], found["of"]) == (1, 2)


def test_nothing_is_worst_where_nothing_is_large() -> None:
    assert worst(segments(newest([0.3, 0.3], [0, 1]), {"source": np.array(["a", "b"], object)})) is None


def test_rare_values_are_taken_together_and_equal_segments_told_once() -> None:
    value = np.array([f"v{i}" for i in range(10) for _ in range(10 - i)], object)
    slice_ = newest(np.linspace(0.1, 0.9, len(value)).tolist(), (np.arange(len(value)) % 2).tolist())
    tables = segments(slice_, {"owner": value, "lead_owner": value.copy()})
    assert [table["segment"] for table in tables] == ["owner"]
    assert [line["value"] for line in tables[0]["values"]][-1] == "(all others)" and len(tables[0]["values"]) == 9
    assert sum(line["rows"] for line in tables[0]["values"]) == len(value)


def test_segments_are_categories_regions_and_thirds_of_the_amount(written: Callable[..., History]) -> None:
    vocabulary = Vocabulary(pipelines=(Pipeline("lead", "default", ("new", "won"), ("won",)),))
    history = written(
        vocabulary,
        leads="lead_id created_at owner\n1 2026-01-01 ann\n2 2026-01-01 ben\n3 2026-01-01 -",
        owners="owner region valid_from\nann North -\nann South 2026-02-01\nben West -",
    )
    contract = Contract((Feature("source", "category", "", "fit", ("fair", "(other)")), Feature("amount", "EUR", "", "deal")))
    values = np.array([[0, 10.0], [1, 20.0], [np.nan, 30.0], [-1, np.nan]])
    seen = looks(["1", "1", "2", "3"], "2026-01-15", "2026-03-01", "2026-03-01", "2026-03-01")
    found = segment_names(history, contract, values, seen)
    assert list(found) == ["amount", "source", "region"]
    assert found["source"].tolist() == ["fair", "(all others)", "(missing)", "(all others)"]
    assert found["region"].tolist() == ["North", "South", "West", "(missing)"]
    assert found["amount"].tolist() == [
        "lower third (to 17)", "middle third (to 23)", "upper third (above 23)", "(missing)"]


@pytest.mark.parametrize(("last", "unit"), [("2026-01-04", "day"), ("2026-02-20", "week"), ("2026-08-01", "month"),
                                            ("2027-12-01", "quarter"), ("2032-01-01", "year")])
def test_the_unit_cuts_the_time_into_at_least_five(last: str, unit: str) -> None:
    assert unit_of(moments("2026-01-01", last)) == unit


def test_periods_begin_where_a_calendar_says() -> None:
    when = moments("2026-05-17T10:00", "2026-01-01")  # a Sunday and a Thursday
    assert start_of(when, "week").astype(str).tolist() == ["2026-05-11", "2025-12-29"]
    assert start_of(when, "month").astype(str).tolist() == ["2026-05-01", "2026-01-01"]
    assert start_of(when, "quarter").astype(str).tolist() == ["2026-04-01", "2026-01-01"]
    assert start_of(when, "year").astype(str).tolist() == ["2026-01-01", "2026-01-01"]
    assert start_of(when, "day").astype(str).tolist() == ["2026-05-17", "2026-01-01"]


def test_what_was_said_and_came_by_period() -> None:
    slice_ = newest([0.1, 0.3, 0.5, 0.7], [0, 1, 0, 1])
    when = moments("2026-01-01", "2026-01-02", "2026-02-01", "NaT")
    lines = said_and_came(slice_, when, "month")
    assert [(line["period"], line["rows"]) for line in lines] == [("2026-01-01", 2), ("2026-02-01", 1)]
    assert (lines[0]["said"], lines[0]["came"]) == pytest.approx((0.2, 0.5))


def test_older_rows_by_period_have_only_what_came() -> None:
    lines = periods(moments("2026-01-01", "2026-01-08"), np.array([1.0, 0.0]), np.ones(2), np.array(["a", "b"], object), "week")
    assert [(line["period"], line["came"]) for line in lines] == [("2025-12-29", 1.0), ("2026-01-05", 0.0)]
    assert [line["entities"] for line in lines] == [1, 1]


def test_without_dates_the_order_is_cut_into_eight() -> None:
    lines = in_order(newest([0.5] * 16, [0, 1] * 8))
    assert [line["period"] for line in lines] == [f"part {i}" for i in range(1, 9)] and {line["rows"] for line in lines} == {2}


def test_capacity_is_a_tenth_unless_the_workspace_says() -> None:
    seen = looks([str(i) for i in range(100)], *["2026-01-01"] * 50, *["2026-01-11"] * 50)
    assert capacity_of(Team(), "lead", seen, False)["share"] == 0.1
    assert "does not say how many" in capacity_of(Team(), "lead", seen, False)["reason"]
    found = capacity_of(Team(leads_per_day=4), "lead", seen, False)
    assert found["share"] == pytest.approx(0.4) and found["set"]
    assert found["reason"] == "4 leads a day ([team]) make 40 of the 100 leads that were open in the 10 days of the newest slice"
    assert capacity_of(Team(leads_per_week=14), "lead", seen, False)["share"] == pytest.approx(0.2)
    assert capacity_of(Team(leads_per_day=400), "lead", seen, False)["share"] == 1.0
    assert not capacity_of(Team(leads_per_day=4), "lead", seen, True)["set"]


def test_moves_are_between_consecutive_looks_at_the_same_lead() -> None:
    seen = looks(["a", "b", "a", "a"], "2026-01-03", "2026-01-01", "2026-01-01", "2026-01-02")
    found = between_looks(np.array([0.9, 0.1, 0.2, 0.25]), seen)  # a: 0.2, 0.25, 0.9
    assert found is not None
    assert (found["pairs"], found["above_10_points"]) == (2, 0.5)
    assert found["median"] == pytest.approx((0.05 + 0.65) / 2)
    assert between_looks(np.array([0.1]), seen.take(np.array([1]))) is None


def test_draws_of_entities_are_the_same_for_the_same_seed() -> None:
    draws = Draws(np.array(["a", "b", "b"], object), np.ones(3), 1, 5)
    first, again = (draws.each(lambda weights: weights.sum(1)) for _ in range(2))
    assert (first == again).all() and set(first) <= {2.0, 3.0, 4.0}
