"""Drift: quiet where the world stands still, loud where it moved, and clear about whether that matters."""

from typing import Any

import numpy as np
import pytest
from fixtures_trained import TrainedWorkspace

from leadcast.calibration import probability
from leadcast.commands.drift import look
from leadcast.contract import Contract, Feature
from leadcast.drift import Drift, compare_inputs, compare_outcomes
from leadcast.history import History
from leadcast.moment import days
from leadcast.profile import bin_codes, profile_rows

CONTRACT = Contract((
    Feature("source", "category", "where they come from", "fit", ("ads", "fair", "web", "call")),
    Feature("visits_count_7d", "count", "visits in a week", "engagement"),
    Feature("budget", "EUR", "what they can spend", "fit"),
    Feature("owner_mql_lift", "x", "how often their leads got there", "fit"),
))
PARTS = np.array([0.5, 0.3, 0.15, 0.05])
START = np.datetime64("2026-01-01", "us")


def world(entities: int, seed: int, ads: float = 0.15, rate: float = 0.3, missing: float = 0.1) -> dict[str, np.ndarray]:
    """Two looks at each lead; what it is stays, what it does changes a little."""
    rng = np.random.default_rng(seed)
    source = rng.choice(4, entities, p=[ads, (1 - ads) * 0.5, (1 - ads) * 0.3, (1 - ads) * 0.2]).astype(float)
    budget = rng.lognormal(9, 1, entities)
    budget[rng.random(entities) < missing] = np.nan
    twice = np.repeat(np.arange(entities), 2)
    visits = rng.poisson(rng.gamma(2.0, 1.0, entities)[twice]).astype(float)
    values = np.column_stack([source[twice], visits, budget[twice], rng.normal(1, 0.1, 2 * entities)])
    log_odds = np.log(rate / (1 - rate)) + 0.4 * (visits - 2)
    outcome = (rng.random(entities) < rate)[twice].astype(float)
    as_of = np.sort(START + (rng.random(entities) * 200 * 86_400e6).astype("timedelta64[us]"))[twice]
    return {"values": values, "log_odds": log_odds, "outcome": outcome, "as_of": as_of, "entity": twice}


def profile_of(rows: dict[str, np.ndarray]) -> dict[str, Any]:
    parts = np.tile(PARTS, (len(rows["values"]), 1))
    return profile_rows(CONTRACT, rows["values"], parts, rows["log_odds"], rows["outcome"], rows["as_of"], rows["entity"])


@pytest.fixture(scope="module")
def profile() -> dict[str, Any]:
    return profile_of(world(1500, 0))


def inputs(profile: dict[str, Any], now: dict[str, np.ndarray]) -> Drift:
    return Drift(compare_inputs(profile, now["values"], now["log_odds"], len(set(now["entity"]))), None)


def outcomes(profile: dict[str, Any], now: dict[str, np.ndarray], said: float) -> Drift:
    told = np.full(len(now["outcome"]), said)
    return Drift(compare_inputs(profile, now["values"], now["log_odds"], 300),
                 compare_outcomes(profile, told, now["outcome"], now["as_of"], now["entity"]))


def test_a_world_that_stands_still_raises_fewer_than_one_alarm_in_twenty_looks() -> None:
    alarms = 0
    for seed in range(200):
        now = world(250, 10_000 + seed)
        drift = outcomes(profile_of(world(1000, seed)), now, 0.3)
        alarms += bool(drift.moved or drift.score.moved or drift.reasons)
    assert alarms < 10


def test_a_doubled_share_of_a_source_is_found_and_matters(profile: dict[str, Any]) -> None:
    drift = inputs(profile, world(300, 1, ads=0.30))
    assert [m.name for m in drift.moved] == ["source"] and drift.moved[0].shift == pytest.approx(0.15, abs=0.05)
    assert drift.words == "retrain: features that make 50% of what the model says have moved"


def test_a_column_gone_missing_is_named(profile: dict[str, Any]) -> None:
    drift = inputs(profile, world(300, 2, missing=1.0))
    assert [m.name for m in drift.moved] == ["budget"] and drift.moved[0].words == "missing in 100% of rows, was 10%"
    assert drift.reasons[0] == "budget went missing: look at the source first"


def test_a_value_never_seen_is_named(profile: dict[str, Any]) -> None:
    now = world(300, 3)
    now["values"][now["values"][:, 0] == 1, 0] = -1
    moved = inputs(profile, now).moved
    assert moved[0].name == "source" and "hold a value never seen in training" in moved[0].words


def test_what_hardly_counts_does_not_matter() -> None:
    rows = world(1500, 4)
    slight = profile_rows(CONTRACT, rows["values"], np.tile([0.9, 0.09, 0.01, 0.0], (3000, 1)), rows["log_odds"], rows["outcome"],
                          rows["as_of"], rows["entity"])
    drift = inputs(slight, world(300, 5, missing=1.0))
    assert drift.words == "1 feature moved, but it makes only 1% of what it says: no need to retrain" and not drift.reasons


def test_a_base_rate_that_moved_is_found(profile: dict[str, Any]) -> None:
    drift = outcomes(profile, world(400, 6, rate=0.45), 0.3)
    assert drift.outcomes is not None and drift.outcomes.rate_moved and drift.outcomes.off
    assert any(reason.startswith("the base rate went from 3") for reason in drift.reasons)
    assert drift.reasons[0].startswith("it says 1") and "too little" in drift.reasons[0]
    assert [c.came > c.said for c in drift.outcomes.cohorts] == [True] * 4


def test_too_few_outcomes_say_nothing(profile: dict[str, Any]) -> None:
    assert outcomes(profile, world(20, 7, rate=0.9), 0.1).outcomes is None


def test_rates_learned_from_outcomes_are_not_inputs(profile: dict[str, Any]) -> None:
    assert [m.name for m in inputs(profile, world(300, 8)).movements] == [
        "source", "visits_count_7d", "budget", "the score itself"]


def test_bins_of_numbers_and_levels() -> None:
    number = {"levels": None, "edges": [1.0, 2.0]}
    assert bin_codes(number, np.array([0.0, 1.0, 1.5, 9.0, np.nan])).tolist() == [0, 1, 1, 2, 3]
    level = {"levels": [0, 2], "edges": []}
    assert bin_codes(level, np.array([0.0, 1.0, 2.0, -1.0, np.nan])).tolist() == [0, 2, 1, 3, 4]


def test_a_history_that_goes_on_as_before_is_quiet(trained: TrainedWorkspace) -> None:
    for bundle in trained.bundles.values():
        _, drift = look(trained.history, bundle, trained.history.end - days(60))
        assert not drift.reasons, drift.words
        assert drift.outcomes is None  # nothing has matured since the end of the data


def test_leads_of_another_kind_are_noticed(trained: TrainedWorkspace) -> None:
    history, start = trained.history, trained.history.end - days(60)
    drift = look(all_from_one_source(history, start), trained.bundles["mql"], start)[1]
    assert any(m.name == "source" for m in drift.moved)


def all_from_one_source(history: History, start: np.datetime64) -> History:
    """From ``start`` on everybody comes by telephone."""
    from dataclasses import replace

    source = history.leads["source"].copy()
    source[history.leads["created_at"] >= start] = "telephone"
    return replace(history, leads=history.leads.with_columns(source=source))


def test_probabilities_of_the_profile_are_those_of_training(trained: TrainedWorkspace) -> None:
    profile = trained.bundles["mql"].profile
    assert sum(f["part"] for f in profile["features"]) == pytest.approx(1.0, abs=1e-3)
    assert profile["rows"] == trained.bundles["mql"].facts.rows and len(profile["base_rate"]) == 8
    middle = probability(np.array(profile["score"]["edges"]))
    assert middle.min() < trained.bundles["mql"].facts.positives / profile["rows"] < middle.max()
