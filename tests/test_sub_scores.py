"""What fit, engagement and deal add: one definition, with reasons and without, alone and in a batch, to the last bit."""

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from fixtures_trained import TrainedWorkspace

from leadcast.bundle import Bundle
from leadcast.calibration import Calibrator
from leadcast.contract import Contract, Feature
from leadcast.curves import _compete
from leadcast.errors import BundleError
from leadcast.hazards import Hazard, by_step_of, with_step
from leadcast.members import BaseRate, Member, Trees
from leadcast.observations import open_at
from leadcast.reference import PARTS, groups_of
from leadcast.rules import Rules, Term
from leadcast.scored import Explained
from leadcast.sums import FEW_ROWS, sum_in_order, sums_by_group
from leadcast.tree_paths import leaf_sums
from serving.scores import Scorer
from serving.write import plain_rows
from training.bayes import fit_bayes
from training.models import fit_logistic, fit_trees

CONTRACT = Contract((
    Feature("source", "category", "where they come from", "fit", ("ads", "fair", "web")),
    Feature("employees", "count", "how many work there", "fit"),
    Feature("visits_count_7d", "count", "visits in a week", "engagement"),
    Feature("age_days", "days", "Days since its creation", "deal"),
))
GROUP = groups_of(CONTRACT)


def made_rows(count: int = 600, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Rows in which every feature says something and every second lead lacks its size."""
    rng = np.random.default_rng(seed)
    source = rng.integers(-1, 3, count).astype(float)
    employees = np.where(rng.random(count) < 0.5, np.nan, rng.lognormal(3, 2, count))
    visits, age = rng.poisson(1.0, count).astype(float), rng.uniform(0, 40, count)
    true = -1.0 + 1.5 * (source == 2) + 0.6 * visits * (source != 0) - 0.5 * np.isnan(employees) - 0.03 * age
    return np.column_stack([source, employees, visits, age]), (rng.random(count) < 1 / (1 + np.exp(-true))).astype(float)


def fitted(kind: str) -> Member:
    values, outcome = made_rows()
    weight = np.ones(len(outcome))
    if kind == "bayes":
        return fit_bayes(values, CONTRACT, outcome, weight, [10.0], bins=8, temper=0.8)[0]
    if kind == "logistic":
        return fit_logistic(values, CONTRACT, outcome, weight, [0.1], bends=5)[0]
    if kind == "trees":
        return fit_trees(values, CONTRACT, outcome, weight, seed=0, rounds=40)
    if kind == "rules":
        terms = Term((2, 3), 0.7, "?", at_least=1.0), Term((0,), 0.3, "?", codes=(2, 1)), Term((1,), -0.2, "?", missing=True)
        return Rules(-1.0, terms)
    return BaseRate(-1.5)


@pytest.fixture(scope="module", params=["base_rate", "rules", "bayes", "logistic", "trees"])
def member(request: pytest.FixtureRequest) -> Member:
    return fitted(request.param)


# ---- members ------------------------------------------------------------------------------------------------------


def test_sums_and_base_are_the_log_odds_of_every_member(member: Member) -> None:
    values, _ = made_rows(300, seed=1)
    log_odds, sums, base = member.by_group(GROUP, 3)(values)
    assert sums.shape == (3, 300)
    np.testing.assert_allclose(sums.sum(0) + base, log_odds, rtol=0, atol=1e-9)
    assert log_odds.tolist() == member.log_odds(values).tolist(), "to the last bit what the member says without sums"


def test_sums_of_a_row_alone_and_in_a_batch_agree_to_the_last_bit(member: Member) -> None:
    values, _ = made_rows(FEW_ROWS + 200, seed=2)
    split = member.by_group(GROUP, 3)
    together = split(values)[1]
    assert [split(row[None])[1][:, 0].tolist() for row in values] == together.T.tolist()
    assert split(values[:FEW_ROWS])[1].tolist() == together[:, :FEW_ROWS].tolist()


def test_no_rows_have_no_sums(member: Member) -> None:
    log_odds, sums, _ = member.by_group(GROUP, 3)(np.empty((0, 4)))
    assert log_odds.shape == (0,) and sums.shape == (3, 0)


@pytest.mark.parametrize("kind", ["rules", "bayes", "logistic"])
def test_where_parts_add_up_by_feature_a_sum_is_that_of_its_features(kind: str) -> None:
    values, _ = made_rows(300, seed=3)
    member = fitted(kind)
    parts, sums = member.contributions(values)[0], member.by_group(GROUP, 3)(values)[1]
    assert [sum_in_order(parts[:, place == GROUP]).tolist() for place in range(3)] == sums.tolist()


# ---- trees: the way down ------------------------------------------------------------------------------------------


def leaf(index: int, value: float, rows: int) -> dict[str, Any]:
    return {"leaf_index": index, "leaf_value": value, "leaf_count": rows}


def node(feature: int, left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    return {"split_feature": feature, "left_child": left, "right_child": right}


def test_each_split_gives_the_change_of_what_is_expected_to_the_feature_it_asks() -> None:
    # Expected: 20 rows at 0.0 and 20 at 1.0 below the visits, so 0.5 there; with 40 rows at -0.5 beside, 0.0 at the top.
    tree = {"tree_structure": node(0, leaf(0, -0.5, 40), node(2, leaf(1, 0.0, 20), leaf(2, 1.0, 20)))}
    table = leaf_sums([tree], GROUP, 3)
    assert table.base == 0.0
    assert table.sums.tolist() == [[-0.5, 0.0, 0.0], [0.5, -0.5, 0.0], [0.5, 0.5, 0.0]]


def test_trees_add_up_and_one_without_a_split_is_part_of_the_base() -> None:
    tree = {"tree_structure": node(3, leaf(0, -1.0, 10), leaf(1, 3.0, 30))}
    table = leaf_sums([{"tree_structure": {"leaf_value": 0.25}}, tree, tree], GROUP, 3)
    assert (table.base, table.first.tolist()) == (4.25, [0, 1, 3])
    assert table.of(np.array([[0, 0, 1], [0, 0, 0]])).tolist() == [[0.0, 0.0], [0.0, 0.0], [-2.0, -6.0]]


def test_the_base_is_the_one_of_treeshap() -> None:
    values, _ = made_rows(5, seed=4)
    trees = fitted("trees")
    assert trees.by_group(GROUP, 3)(values)[2] == pytest.approx(trees.contributions(values)[1], abs=1e-9)


def test_sums_go_with_those_of_treeshap() -> None:
    values, _ = made_rows(500, seed=5)
    trees = fitted("trees")
    parts, sums = trees.contributions(values)[0], trees.by_group(GROUP, 3)(values)[1]
    assert min(np.corrcoef(parts[:, place == GROUP].sum(1), sums[place])[0, 1] for place in range(3)) > 0.95


def test_with_one_group_of_features_the_sum_is_that_of_treeshap() -> None:
    values, _ = made_rows(200, seed=6)
    trees = fitted("trees")
    sums = trees.by_group(np.zeros(4, int), 1)(values)[1]
    np.testing.assert_allclose(sums[0], trees.contributions(values)[0].sum(1), rtol=0, atol=1e-9)


# ---- sums in a fixed order ----------------------------------------------------------------------------------------


def test_few_rows_and_many_are_summed_to_the_same_bits() -> None:
    parts = np.random.default_rng(0).normal(size=(FEW_ROWS + 1, 137)) * 10.0 ** np.random.default_rng(1).integers(-9, 9, 137)
    group = np.arange(137) % 3
    many, few = (sums_by_group(rows, group, 3) for rows in (parts, parts[:FEW_ROWS]))
    assert many[0][:-1].tolist() == few[0].tolist()
    assert sum_in_order(parts).tolist() == many[0].tolist() and sum_in_order(parts[:FEW_ROWS]).tolist() == few[0].tolist()
    assert many[1][:, :-1].tolist() == few[1].tolist()


def test_minus_zero_is_zero_however_many_rows() -> None:
    nothing = np.full((FEW_ROWS + 1, 2), -0.0)
    assert not np.signbit(np.concatenate([sum_in_order(nothing), sum_in_order(nothing[:3])])).any()


# ---- bundles ------------------------------------------------------------------------------------------------------


def test_without_reasons_no_treeshap_is_run_and_every_number_is_the_same(
    trained: TrainedWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for bundle in trained.bundles.values():
        values = bundle.golden.values
        whole = bundle.score(values)
        with monkeypatch.context() as patched:
            patched.setattr(Trees, "contributions", refused)
            bare = bundle.score(values, explain=False)
        assert not isinstance(bare, Explained) and isinstance(whole, Explained)
        for name in ("log_odds", "probability", "calibration", "curve"):
            assert getattr(bare, name).tolist() == getattr(whole, name).tolist()
        assert {part: bare.sums[part].tolist() for part in PARTS} == {part: whole.sums[part].tolist() for part in PARTS}


def refused(*_: object) -> None:
    raise AssertionError("TreeSHAP was run for an answer without reasons")


def test_sums_of_a_bundle_are_the_same_alone_and_in_a_batch(trained: TrainedWorkspace) -> None:
    for bundle in trained.bundles.values():
        values = np.tile(bundle.golden.values, (6, 1))
        together = bundle.score(values, explain=False).sums
        for place in range(len(bundle.golden.values)):
            alone = bundle.score(values[place:place + 1], explain=False).sums
            assert {part: alone[part][0] for part in PARTS} == {part: together[part][place] for part in PARTS}


def test_a_bundle_that_has_scored_can_be_sent_to_another_process(trained: TrainedWorkspace) -> None:
    for bundle in trained.bundles.values():
        values = bundle.golden.values
        said = bundle.score(values)
        assert pickle.loads(pickle.dumps(bundle)).score(values).log_odds.tolist() == said.log_odds.tolist()


class Beside(BaseRate):
    """A member whose sums are not its log-odds, as with another library's trees."""

    def by_group(self, group: np.ndarray, groups: int) -> Any:
        return lambda values: (self.log_odds(values), np.full((groups, len(values)), 1e-8), self.base)


def test_sums_that_miss_the_log_odds_are_refused(trained: TrainedWorkspace) -> None:
    bundle = next(iter(trained.bundles.values()))
    wrong = replace(bundle, parts=(replace(bundle.parts[0], weight=1.0, member=Beside(-1.0)),))
    with pytest.raises(BundleError, match=r"The parts of the member base_rate miss its log-odds by 3\.0e-08 \(allowed: 1e-09\)"):
        wrong.score(bundle.golden.values, explain=False)


def test_the_reference_population_holds_sums_of_the_same_kind(trained: TrainedWorkspace) -> None:
    """The first and the last row it was fitted on are golden rows and in the population: other sums would not be found there."""
    for bundle in trained.bundles.values():
        assert bundle.reference.about == "the observations it was fitted on"
        ends = bundle.score(bundle.golden.values[[0, -1]], explain=False)
        for part in PARTS:
            assert set(ends.sums[part].tolist()) <= set(bundle.reference.parts[part].tolist())


# ---- answers ------------------------------------------------------------------------------------------------------


def test_columns_are_the_table_and_its_rows_as_json_holds_them(trained: TrainedWorkspace) -> None:
    for explain in (True, False):
        for bundle in trained.bundles.values():
            scorer = Scorer(bundle)
            scores = scorer.columns(trained.history, trained.history.end, explain=explain)
            table, never_seen = scorer.table(trained.history, trained.history.end, explain=explain)
            assert scores.rows() == plain_rows(table) and scores.never_seen == never_seen
            assert [list(row) for row in scores.rows()[:1]] == [list(table.columns)]


def test_who_is_not_open_has_no_columns(trained: TrainedWorkspace) -> None:
    scores = Scorer(bundle_of(trained)).columns(trained.history, np.datetime64("1990-01-01", "us"))
    assert (len(scores), scores.rows(), len(scores.frame()), scores.values.shape[0]) == (0, [], 0, 0)


def test_ids_keep_the_order_of_the_history_and_unknown_ones_are_left_out(trained: TrainedWorkspace) -> None:
    scorer, end = Scorer(bundle_of(trained)), trained.history.end
    everyone = scorer.columns(trained.history, end, explain=False).entity_id.tolist()
    some = [everyone[7], everyone[2], "nobody"]
    assert scorer.columns(trained.history, end, some, explain=False).entity_id.tolist() == [everyone[2], everyone[7]]


def test_an_answer_can_be_had_again_from_its_values(trained: TrainedWorkspace) -> None:
    scorer, history = Scorer(bundle_of(trained)), trained.history
    scores = scorer.columns(history, history.end)
    now = open_at(history, scorer.bundle.target, history.end)
    again = scorer.from_values(scores.values, now, True, scores.score - scores.trend)
    assert [{**row, "trend": 0} for row in again.rows()] == [{**row, "trend": 0} for row in scores.rows()]
    np.testing.assert_allclose(again.trend, scores.trend, rtol=0, atol=1e-9)
    assert np.isnan(scorer.from_values(scores.values, now).trend).all()


def test_a_score_on_record_stands_for_that_of_a_week_before(trained: TrainedWorkspace) -> None:
    scorer, history = Scorer(bundle_of(trained)), trained.history
    computed = scorer.columns(history, history.end, explain=False)
    known = np.arange(len(computed)) % 2 == 0

    def on_record(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        assert ids.tolist() == computed.entity_id.tolist()
        return np.where(np.arange(len(ids)) % 4 == 0, np.nan, 10.0), known

    scores = scorer.columns(history, history.end, explain=False, score_before=on_record)
    assert np.isnan(scores.trend[::4]).all() and scores.trend[2::4].tolist() == (scores.score[2::4] - 10.0).tolist()
    assert np.array_equal(scores.trend[~known], computed.trend[~known], equal_nan=True)


def test_with_every_score_on_record_the_week_before_is_not_looked_at(
    trained: TrainedWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer, history = Scorer(bundle_of(trained)), trained.history
    passes: list[int] = []
    values = Scorer.values
    monkeypatch.setattr(Scorer, "values", lambda self, h, looks: passes.append(len(looks)) or values(self, h, looks))
    scores = scorer.columns(history, history.end, None, False, lambda ids: (np.full(len(ids), 1.0), np.ones(len(ids), bool)))
    assert passes == [len(scores)]


def bundle_of(trained: TrainedWorkspace) -> Bundle:
    assert "trees" in trained.bundles["sql"].rung
    return trained.bundles["sql"]


# ---- what else is on the path: the curve --------------------------------------------------------------------------


def test_trees_of_a_hazard_say_at_each_step_what_they_say_of_the_whole_row() -> None:
    contract = with_step(CONTRACT)
    rng = np.random.default_rng(0)
    values, _ = made_rows(400)
    added = np.stack([np.tile(np.arange(5.0), (400, 1)), values[:, [3]] + 7.0 * np.arange(5)], axis=2)
    whole = np.concatenate([np.repeat(values, 5, axis=0), added.reshape(-1, 2)], axis=1)
    came = (rng.random(2000) < 0.2 + 0.1 * whole[:, 4]).astype(float)
    weight = np.ones(2000)
    for member in (fit_trees(whole, contract, came, weight, 0, 15), fit_logistic(whole, contract, came, weight, [0.1])[0]):
        gaps = values.copy()
        gaps[::3, 2] = np.nan  # never missing in training: trees put something in its place
        again = np.concatenate([np.repeat(gaps, 5, axis=0), added.reshape(-1, 2)], axis=1)
        np.testing.assert_allclose(by_step_of(member)(gaps, added).ravel(), member.log_odds(again), rtol=0, atol=1e-12)
        hazard = Hazard(((1.0, member),), Calibrator())
        assert [hazard.chance(gaps[i:i + 1], added[i:i + 1])[0].tolist() for i in range(0, 400, 40)] == (
            hazard.chance(gaps, added)[::40].tolist())


@pytest.mark.parametrize("days", [3.0, 10.0, 12.5, 20.0, 47.0, 50.0, 80.0])
def test_the_chance_by_a_day_is_that_of_the_whole_curves_to_the_last_bit(days: float) -> None:
    rng = np.random.default_rng(2)
    odds, lose, times = rng.uniform(0, 1, (30, 5)), rng.uniform(0, 0.4, (30, 5)), rng.uniform(0.1, 9, 30)
    curves = _compete(np.arange(6) * 10.0, odds, lose)
    expected = _compete(curves.days, odds * times[:, None], lose).won_by(days)
    assert curves._reached(odds, lose, days)(times).tolist() == expected.tolist()
