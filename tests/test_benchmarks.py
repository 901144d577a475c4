"""The comparison with peers: its split, its measures, its peers, and the workspace it writes for Leadcast."""

import json
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.data_sets import DataSet, read_set
from benchmarks.measures import auc, calibration_error, intervals, log_loss, mean_ranks
from benchmarks.page import SetResult, in_words
from benchmarks.peers import PEERS, odoo_bayes
from benchmarks.product import NAME, OUTCOME, toml, write_workspace
from benchmarks.rivals import Answer, fingerprint, peer_answer
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
