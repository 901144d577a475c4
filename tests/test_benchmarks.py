"""The comparisons with peers: of single outcomes (split, measures, the workspace it writes), and of curves on past weeks."""

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from benchmarks import forecast_peers
from benchmarks.curve_peers import PEERS as CURVE_PEERS
from benchmarks.curve_peers import stage_table
from benchmarks.data_sets import DataSet, read_set
from benchmarks.forecast_load import Load
from benchmarks.forecast_measures import SaidOfWeek, figures
from benchmarks.forecast_page import Comparison
from benchmarks.forecast_page import in_words as curves_in_words
from benchmarks.forecast_speed import Speed
from benchmarks.forecast_speed import in_words as speed_in_words
from benchmarks.forecast_totals import Totals
from benchmarks.measures import auc, calibration_error, intervals, log_loss, mean_ranks
from benchmarks.page import SetResult, in_words
from benchmarks.past_weeks import Looks, PastWeek, past_days
from benchmarks.peers import PEERS, odoo_bayes
from benchmarks.product import NAME, OUTCOME, toml, write_workspace
from benchmarks.rivals import Answer, fingerprint, peer_answer
from leadcast.contract import Contract, Feature
from leadcast.endings import LOST, WON, Endings
from leadcast.simulate import simulate
from leadcast.workspace.load import read_workspace


@pytest.fixture
def ten(tmp_path: Path) -> DataSet:
    folder = tmp_path / "ten-leads"
    folder.mkdir()
    pd.DataFrame({
        "Id": [f"L{n}" for n in range(10)], "No": range(10), "Came": [f"2024-01-{n + 1:02d}" for n in range(10)],
        "First seen": ["2024-01-01"] * 10, "City / Town": list("abababcbab"), "Visits": [1.0, 5, None, 4, 1, 6, 2, 5, 1, 7],
        "Tags": list("nynynynyny"), "Bought": list("nynynynyny"),
    }).to_csv(folder / "data.csv", index=False)
    (folder / "meta.json").write_text(json.dumps({"id": "Id", "created_at": "Came", "target": "Bought", "positive": "y",
                                                  "leaks": ["Tags", "No"], "times": ["First seen"], "source": "made up"}))
    return read_set(folder)


def test_the_newest_three_of_ten_rows_are_the_test(ten: DataSet) -> None:
    assert ten.first_test_row == 7
    assert ten.test_outcome.tolist() == [1.0, 0.0, 1.0]


def test_peers_see_neither_ids_leaks_outcome_nor_what_never_varies(ten: DataSet) -> None:
    assert list(ten.inputs()) == ["First seen", "City / Town", "Visits", "created_weekday"]
    assert ten.inputs()["First seen"].tolist()[:3] == [0.0, 1.0, 2.0]  # days before the row came in


def test_leadcast_gets_new_rows_without_the_outcome_and_no_leak_anywhere(ten: DataSet, tmp_path: Path) -> None:
    write_workspace(ten, tmp_path / "w")
    past, new = pd.read_csv(tmp_path / "w" / "leads.csv"), pd.read_csv(tmp_path / "w" / "new.csv")
    assert past[OUTCOME].tolist() == ["lost", "won"] * 3 + ["lost"]
    assert list(new) == ["Id", "Came", "First seen", "City / Town", "Visits"]
    assert not {"Tags", "Bought"} & set(past)


def test_the_workspace_written_is_one_that_leadcast_reads(ten: DataSet, tmp_path: Path) -> None:
    write_workspace(ten, tmp_path / "w")
    assert read_workspace(tmp_path / "w").workspace.name == "ten-leads"
    assert tomllib.loads(toml(ten))["leads"]["attributes"] == {
        "first_seen": {"column": "First seen", "type": "time"}, "city_town": {"column": "City / Town", "type": "category"},
        "visits": {"column": "Visits", "type": "number"}}


def test_measures_have_the_values_one_can_work_out_by_hand() -> None:
    outcome = np.array([1.0, 0.0, 1.0, 0.0])
    assert auc(outcome, np.array([0.9, 0.1, 0.4, 0.4])) == pytest.approx(3.5 / 4)
    assert log_loss(outcome, np.array([0.5, 0.5, 0.5, 0.5])) == pytest.approx(np.log(2))
    assert log_loss(np.array([1.0]), np.array([0.0])) == pytest.approx(-np.log(1e-6))
    assert calibration_error(np.tile([1.0, 0.0, 0.0, 0.0], 10), np.full(40, 0.35)) == pytest.approx(0.10)


def test_a_model_compared_with_a_better_one_has_a_difference_above_zero() -> None:
    outcome = np.tile([1.0, 0.0], 100)
    found = intervals(outcome, {NAME: np.where(outcome == 1, 0.8, 0.2), "peer": np.full(200, 0.5)}, NAME)
    low, high = found["peer"]["log_loss"]["difference"]
    assert low == pytest.approx(np.log(2) + np.log(0.8)) and high == pytest.approx(low)
    assert found[NAME]["log_loss"]["difference"] is None


def test_ranks_are_shared_where_models_are_equal() -> None:
    one = {"a": {"auc": 0.9, "log_loss": 0.3, "ece": 0.1}, "b": {"auc": 0.8, "log_loss": 0.3, "ece": 0.2}}
    assert mean_ranks([one, one], ["a", "b"]) == {"a": {"auc": 1.0, "log_loss": 1.5, "ece": 1.0},
                                                 "b": {"auc": 2.0, "log_loss": 1.5, "ece": 2.0}}


def test_odoos_bayes_counts_won_and_lost_per_value() -> None:
    rows = pd.DataFrame({"source": ["web", "web", "fair", "fair"]})
    predict = odoo_bayes(rows, np.array([1.0, 1.0, 0.0, 1.0]))
    odds = 3 / 1 * (2.1 / 3.2) / (0.1 / 1.2)
    assert predict(pd.DataFrame({"source": ["web", "new", None]})) == pytest.approx([odds / (1 + odds), 0.75, 0.75])


@pytest.mark.parametrize("model", ["base rate", "Odoo's Bayes", "logistic", "LightGBM"])
def test_every_peer_of_this_environment_answers_with_probabilities(model: str) -> None:
    draw = np.random.default_rng(0)
    rows = pd.DataFrame({"city": draw.choice(["a", "b", None], 300), "visits": draw.normal(size=300)})
    outcome = (rows["visits"] + draw.normal(size=300) > 0).to_numpy(dtype=float)
    answer = PEERS[model](rows, outcome)(pd.DataFrame({"city": ["a", "unseen", None], "visits": [2.0, None, -2.0]}))
    assert answer.shape == (3,) and (answer > 0).all() and (answer < 1).all()
    assert model == "base rate" or answer[0] > answer[2]


def test_a_kept_answer_is_not_asked_for_again(ten: DataSet, tmp_path: Path) -> None:
    kept = tmp_path / f"{ten.name}-{fingerprint(ten)}"
    kept.mkdir()
    (kept / "base rate.json").write_text('{"probability": [0.1, 0.2, 0.3], "seconds": 1.5, "row_milliseconds": null}')
    answer = peer_answer(ten, "base rate", "an interpreter that is not there", tmp_path)
    assert answer.probability.tolist() == [0.1, 0.2, 0.3] and answer.seconds == 1.5


def test_the_tables_say_every_model_and_the_means(ten: DataSet) -> None:
    measured = {NAME: {"auc": 0.8, "log_loss": 0.5, "ece": 0.05}, "logistic": {"auc": 0.7, "log_loss": 0.6, "ece": 0.10}}
    ahead = {NAME: None, "logistic": (0.02, 0.18)}
    bands = {model: {name: {"interval": (value - 0.1, value + 0.1), "difference": ahead[model]} for name, value in values.items()}
             for model, values in measured.items()}
    answers = {m: Answer(np.array([0.5, 0.5, 0.5]), 12.0, None) for m in measured}
    said = in_words([SetResult(ten, answers, measured, bands)])
    assert "ten-leads" in said and "Base rate 0.429 before, 0.667 in the test." in said
    assert "| logistic | 0.700 (0.600 to 0.800) | 0.600 (0.500 to 0.700) | 0.100 (0.000 to 0.200) | +0.0200 to +0.1800" in said
    assert "| **Leadcast** | 1.00 | 1.00 | 1.00 | 0.800 | 1.000 | 0.050 | 12.0 |" in said


SEVEN = np.array([7.0])


def said_of_week(name: str, ids: str, came: str, **said: list[float]) -> SaidOfWeek:
    chances = {method: np.array(chance)[:, None] for method, chance in {NAME: said.pop("ours"), **said}.items()}
    outcomes = np.array([[float(c)] for c in came])
    return SaidOfWeek(np.datetime64(name, "us"), np.array(list(ids), object), outcomes, chances, dict.fromkeys(chances, 1.0))


@pytest.fixture
def two_weeks() -> list[SaidOfWeek]:
    """One of two is won, then both of two."""
    return [said_of_week("2026-01-05", "ab", "10", ours=[0.5, 0.5], table=[1.0, 1.0]),
            said_of_week("2026-01-12", "cd", "11", ours=[0.5, 0.5], table=[0.5, 1.0])]


def test_errors_of_past_weeks_are_means_of_shares_and_bias_is_of_the_sums(two_weeks: list[SaidOfWeek]) -> None:
    ours, table = figures(two_weeks, NAME, 0), figures(two_weeks, "table", 0)
    assert (ours.error, ours.bias) == (pytest.approx((0.0 + 0.5) / 2), pytest.approx((2.0 - 3.0) / 3))
    assert (table.error, table.bias) == (pytest.approx((1.0 + 0.25) / 2), pytest.approx((3.5 - 3.0) / 3))
    assert ours.to_chance == pytest.approx(0.25 / 0.5)  # two at one half: chance alone is off by a half of one
    assert (ours.brier, table.brier) == (pytest.approx(0.25), pytest.approx((0.5 + 0.125) / 2))
    assert ours.auc == pytest.approx(0.5)  # the week in which both were won has none


def test_a_peer_is_behind_by_its_brier_score_less_ours_every_week_the_same_weight(two_weeks: list[SaidOfWeek]) -> None:
    behind = figures(two_weeks, "table", 0).behind
    assert behind is not None and behind[0] == pytest.approx((0.5 + 0.125) / 2 - 0.25)
    assert figures(two_weeks, NAME, 0).behind is None


def test_past_days_are_a_week_apart_and_their_time_ahead_is_over() -> None:
    history = SimpleNamespace(end=np.datetime64("2026-03-01", "us"))
    assert [str(day)[:10] for day in past_days(history, 28.0, 2)] == ["2026-01-25", "2026-02-01"]
    later = past_days(history, 7.0, 3, np.datetime64("2026-02-25", "us"))
    assert [str(day)[:10] for day in later] == ["2026-02-11", "2026-02-18"]


@pytest.fixture
def past_week() -> PastWeek:
    """600 looks of which those with a high first feature are won soon, others lost late; the newest are open."""
    draw = np.random.default_rng(0)
    good = draw.random(600) < 0.5
    values = np.column_stack([good + draw.normal(0, 0.3, 600), draw.integers(0, 3, 600).astype(float), np.full(600, np.nan)])
    ends, follow = np.where(good, draw.uniform(0, 10, 600), draw.uniform(5, 40, 600)), draw.uniform(1, 60, 600)
    endings = Endings(ends, np.where(good, WON, LOST), np.full(600, np.inf)).until(follow)
    as_of = np.datetime64("2026-03-01", "us") - np.round(follow * 86_400).astype("timedelta64[s]")
    known = Looks(np.array([f"d{n}" for n in range(600)], object), as_of, values, np.where(good, "late", "early"), endings)
    open_now = np.array([[1.0, 0.0, np.nan], [0.0, -1.0, np.nan], [np.nan, np.nan, 1.0]])
    now = replace(known.take(np.array([0, 1, 2])), values=open_now, stage=np.array(["late", "early", "unseen"]))
    contract = Contract((Feature("interest", "x", "", "fit"), Feature("kind", "", "", "fit", ("a", "b", "c")),
                         Feature("new", "x", "", "fit")))
    unasked = SimpleNamespace()  # the peers here need no history and no model
    return PastWeek(as_of.max(), unasked, unasked, contract, known, np.full(600, True), now, unasked)  # type: ignore[arg-type]


LEARNERS = ["win rate by stage and horizon", "logistic per horizon", "LightGBM per horizon", "hazard LightGBM, 7-day steps",
            "LightGBM, one class model"]


@pytest.mark.parametrize("name", LEARNERS)
def test_every_peer_of_a_curve_tells_the_good_from_the_bad_at_every_horizon(name: str, past_week: PastWeek) -> None:
    said = CURVE_PEERS[name](past_week, np.array([7.0, 14.0]))
    assert said.shape == (3, 2) and (said >= 0).all() and (said <= 1).all()
    assert said[0, 0] == pytest.approx(0.7, abs=0.25) and said[0, 1] > 0.8 and said[1].max() < 0.25


def test_the_table_of_stages_takes_everyone_for_a_stage_hardly_seen(past_week: PastWeek) -> None:
    everyone = replace(past_week, now=replace(past_week.now, stage=np.array(["x", "y", "z"])))
    assert len(set(stage_table(everyone, SEVEN)[:, 0])) == 1
    assert stage_table(past_week, SEVEN)[2, 0] == pytest.approx(stage_table(everyone, SEVEN)[0, 0])


def test_the_tables_of_curves_say_every_method_chance_and_totals(two_weeks: list[SaidOfWeek]) -> None:
    totals = [Totals(4.0, 1.0, 5.0, 1.5, 3.0, 6.0, 2.0, 4.0), Totals(5.0, 2.0, 5.0, 1.0, 5.5, 7.0, 10.0, 6.0)]
    said = curves_in_words(Comparison("acme", "win", "deal", SEVEN, two_weeks, 7.0, totals))
    assert "| **Leadcast** | 25.0 % | -33.3 % | 0.50 | 0.2500 | 0.500 |  |" in said
    assert "| chance alone | 50.0 % |  | 1.00 |  |  |  |" in said
    assert "Came (of which new): 4 (1), 5 (2). P10 to P90 held on 1 of 2 days." in said
    assert "| **Leadcast** | 12.5 % | +11.1 % |" in said and "| run rate | 75.0 % | +33.3 % |" in said


def test_past_weeks_of_a_small_workspace_are_compared_from_the_command_line(tmp_path: Path) -> None:
    simulate(tmp_path / "w", 500, 0)
    asked = ["--workspace", str(tmp_path / "w"), "--days", "7", "--days", "28", "--weeks", "1", "--json",
             "--without", "logistic per horizon", "--without", "hazardous SurvivalBoost", "--write", str(tmp_path / "page.md")]
    ran = CliRunner().invoke(forecast_peers.main, asked, catch_exceptions=False)
    found = json.loads(ran.stdout)
    assert [one["days"] for one in found["horizons"]] == [7.0, 28.0]
    assert list(found["horizons"][0]["methods"]) == [NAME, *(n for n in CURVE_PEERS if n not in asked)]
    assert 0 < found["horizons"][1]["methods"][NAME]["brier"] < 0.3
    assert found["totals"]["weeks"][0]["low"] <= found["totals"]["weeks"][0]["high"]
    assert "### Within 28 days" in (tmp_path / "page.md").read_text(encoding="utf-8")


def test_a_load_adds_won_deals_and_new_ones_to_the_open() -> None:
    none, amount, owner = SimpleNamespace(), np.array([1.0, 2.0, 3.0]), np.array(["x", "y", None])
    load = Load(none, none, none, np.zeros((3, 1)), amount, owner)  # type: ignore[arg-type]
    rows = load.forecast_rows(np.array([0.1, 0.2, 0.3]), 7.0)
    expected = rows.groupby("kind")["expected"].sum()
    assert expected.to_dict() == pytest.approx({"open": 0.6, "won": 2_000.0, "new": 35.0})
    assert rows["amount"].tolist()[:6] == [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]


def test_the_speed_of_a_forecast_is_said_beside_its_target() -> None:
    seconds = {"13 forecasts, arithmetic alone": 2.0, "all of it": 20.0}
    said = speed_in_words(Speed(100_000, 5_000, 400, 190, "trees", seconds, 0.0001, (500.0, 900.0)))
    assert "all of it: under 40 s: met (20.00 s)" in said and "under 1 s: missed (2.00 s, 2.0 times)" in said
    assert "features from the history: 10 s for as many different looks (100 µs each" in said
