"""Blending and calibrating: weights by evidence, a bias that is found and repaired, a level that follows the rate."""

from dataclasses import replace

import numpy as np
import pytest

from leadcast.calibration import Beta, Calibration, Calibrator, Isotonic, probability, read_calibrator
from leadcast.contract import Contract, Feature
from leadcast.metrics import expected_calibration_error
from training.blend import Rows, choose_recipe, fit_model
from training.calibrate import choose_calibrator, fit_calibrator, level, level_ahead, set_level, to_level
from training.settings import DEFAULTS, Settings
from training.split import Fold
from training.weights import blend_weights

KINDS = ("none", "sigmoid", "beta", "isotonic")
ONES = np.ones(4000)
FOLD = np.repeat(np.arange(4), 1000)


def noisy(truth: np.ndarray, noise: float, seed: int) -> np.ndarray:
    return truth + np.random.default_rng(seed).normal(0, noise, len(truth))


@pytest.fixture(scope="module")
def drawn() -> tuple[np.ndarray, np.ndarray]:
    """True log-odds of 4,000 rows and what came."""
    rng = np.random.default_rng(0)
    truth = rng.normal(-1, 1.2, 4000)
    return truth, (rng.random(4000) < probability(truth)).astype(float)


# ---- weights ------------------------------------------------------------------------------------------------------


def test_equally_good_members_share_the_weight(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    truth, came = drawn
    predicted = np.stack([np.full(4000, -1.0), noisy(truth, 0.9, 1), noisy(truth, 0.9, 2)])
    weights = blend_weights(predicted, came, ONES, np.arange(4000))
    assert sum(weights) == pytest.approx(1.0) and min(weights[1:]) > 0.2


def test_a_member_that_knows_nothing_gets_no_weight(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    truth, came = drawn
    predicted = np.stack([np.full(4000, -1.0), noisy(truth, 0.1, 1), np.random.default_rng(3).normal(-1, 1, 4000)])
    assert blend_weights(predicted, came, ONES, np.arange(4000)) == (0.0, 1.0, 0.0)


def test_without_signal_the_base_rate_speaks() -> None:
    rng = np.random.default_rng(1)
    came = (rng.random(300) < 0.3).astype(float)
    predicted = np.stack([np.full(300, np.log(0.3 / 0.7)), rng.normal(-0.8, 0.3, 300), rng.normal(-0.8, 0.3, 300)])
    assert blend_weights(predicted, came, np.ones(300), np.arange(300)) == (1.0, 0.0, 0.0)


# ---- calibrators --------------------------------------------------------------------------------------------------

BENT = Isotonic((-2.0, 0.0, 1.0), (-1.0, 0.0, 3.0), 0.2, -0.1)


@pytest.mark.parametrize("calibrator", [Calibrator(), Calibrator(0.5, 0.1), Beta(0.7, 1.6, 0.3, -0.2), BENT])
def test_a_calibrator_is_monotone_the_same_alone_and_in_a_batch_and_survives_json(calibrator: Calibration) -> None:
    z = np.sort(np.random.default_rng(0).normal(0, 4, 300))
    part = calibrator.part(z)
    assert (np.diff(z + part) > 0).all()
    assert [float(calibrator.part(z[i : i + 1])[0]) for i in range(300)] == part.tolist()
    assert read_calibrator(calibrator.to_json()) == calibrator
    assert calibrator.part(np.empty(0)).shape == (0,)


def test_a_beta_of_equal_sides_is_a_sigmoid() -> None:
    z = np.array([-3.0, 0.0, 2.0])
    np.testing.assert_allclose(Beta(0.5, 0.5).part(z), Calibrator(0.5).part(z), atol=1e-12)


def test_lines_between_knots_are_straight_and_steep_as_one_outside() -> None:
    lines = Isotonic((0.0, 2.0), (1.0, 2.0))
    z = np.array([-1.0, 0.0, 1.0, 2.0, 5.0])
    assert (z + lines.part(z)).tolist() == [0.0, 1.0, 1.5, 2.0, 5.0]


@pytest.mark.parametrize("kind", KINDS)
def test_the_truth_is_left_alone(drawn: tuple[np.ndarray, np.ndarray], kind: str) -> None:
    truth, came = drawn
    found = set_level(fit_calibrator(kind, truth, came, ONES), truth, came, ONES)
    assert np.abs(found.part(np.linspace(-2.5, 0.5, 7))).max() < 0.25
    assert expected_calibration_error(probability(truth + found.part(truth)), came, ONES) < 0.02


@pytest.mark.parametrize(("kind", "said"), [
    ("sigmoid", lambda z: 2.0 * z), ("sigmoid", lambda z: 0.5 * z), ("beta", lambda z: np.where(z < 0, 2.0 * z, 0.7 * z)),
    ("isotonic", lambda z: z + 0.9 * np.sin(2.0 * z) * 0.5)])
def test_a_bias_is_found_and_repaired(drawn: tuple[np.ndarray, np.ndarray], kind: str, said) -> None:
    truth, came = drawn
    wrong = said(truth)
    found = set_level(fit_calibrator(kind, to_level(wrong, came, ONES, FOLD), came, ONES), wrong, came, ONES)
    repaired = wrong + found.part(wrong)
    before, after = (np.abs(probability(z) - probability(truth)).mean() for z in (wrong, repaired))
    assert after < before / 2


def test_the_evidence_picks_the_kind(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    truth, came = drawn
    assert choose_calibrator(truth, came, ONES, FOLD, KINDS)[0].kind in ("none", "sigmoid")
    found, losses = choose_calibrator(2.0 * truth, came, ONES, FOLD, KINDS)
    assert found.kind == "sigmoid" and found.slope == pytest.approx(0.5, abs=0.05)
    assert losses["sigmoid"] < losses["none"] - 0.05
    bent = np.where(truth < -1, -1 + 3.0 * (truth + 1), -1 + 0.5 * (truth + 1))
    assert choose_calibrator(bent, came, ONES, FOLD, KINDS)[0].kind in ("beta", "isotonic")


def test_a_rate_that_moved_between_folds_does_not_bend_the_slope(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    truth, came = drawn
    moved = truth + np.where(FOLD < 2, 1.0, -1.0)
    assert fit_calibrator("sigmoid", to_level(moved, came, ONES, FOLD), came, ONES).slope == pytest.approx(1.0, abs=0.1)


def test_few_outcomes_hardly_move_the_slope() -> None:
    three = fit_calibrator("sigmoid", np.array([-1.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0]), np.ones(3))
    assert three.slope == pytest.approx(0.8, abs=0.2)


def test_few_outcomes_never_get_an_isotonic_calibrator(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    truth, came = (x[:400] for x in drawn)
    assert "isotonic" not in choose_calibrator(truth, came, ONES[:400], np.arange(400) % 4, KINDS)[1]


# ---- the level ----------------------------------------------------------------------------------------------------


def test_the_level_makes_the_mean_right(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    truth, came = drawn
    weight = np.linspace(0.5, 1.5, 4000)
    shift = level(truth + 0.7, came, weight)
    said = np.average(probability(truth + 0.7 + shift), weights=weight)
    assert said == pytest.approx(np.average(came, weights=weight), abs=1e-9)


def test_a_rate_that_rises_from_fold_to_fold_is_carried_on(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    truth, came = drawn
    assert level_ahead(truth - 0.4, came, ONES, FOLD) == pytest.approx(0.4, abs=0.1)
    assert level_ahead(truth - 5.0, came, ONES, FOLD) == 0.5


def test_gaps_that_only_scatter_are_not_carried_on(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    truth, came = drawn
    scattered = truth + np.array([0.4, -0.3, -0.4, 0.4])[FOLD]
    assert abs(level_ahead(scattered, came, ONES, FOLD)) < 0.03
    assert level_ahead(truth - 0.4, came, ONES, FOLD % 2) == 0.0


# ---- recipes ------------------------------------------------------------------------------------------------------

CONTRACT = Contract((
    Feature("source", "category", "where from", "fit", ("ads", "web")), Feature("size", "count", "how many", "fit"),
))


def made_rows(count: int, base: float = -0.5) -> Rows:
    rng = np.random.default_rng(4)
    source, size = rng.integers(0, 2, count).astype(float), rng.normal(0, 1, count)
    outcome = (rng.random(count) < probability(base + source + 0.8 * size)).astype(float)
    return Rows(CONTRACT, np.column_stack([source, size]), outcome, np.ones(count), np.arange(count).astype(object))


def test_a_recipe_says_what_was_tried_and_why() -> None:
    rows = made_rows(1200)
    folds = tuple(Fold(np.arange(start), np.arange(start, start + 300)) for start in (300, 600, 900))
    recipe = choose_recipe(rows, folds, 0)
    assert [c.name for c in recipe.candidates] == ["base_rate", *DEFAULTS.members]
    assert sum(c.weight for c in recipe.candidates) == pytest.approx(1.0)
    assert all(len(c.log_loss_by_fold) == 3 for c in recipe.candidates)
    assert recipe.log_loss["blend"] < recipe.log_loss["base_rate"] - 0.05
    assert "on later rows" in recipe.to_json()["why"]
    assert choose_recipe(rows, folds, 0, replace(DEFAULTS, members=("bayes",))).candidates[1].name == "bayes"


@pytest.mark.parametrize(("base", "kind"), [(-0.5, "bayes"), (-6.0, "base_rate")])
def test_without_folds_the_lowest_rungs_speak(base: float, kind: str) -> None:
    rows = made_rows(120, base)
    recipe = choose_recipe(rows, (), 0)
    model = fit_model(rows, recipe)
    assert [part.member.kind for part in model.parts] == [kind]
    assert np.mean(model.probability(rows.values)) == pytest.approx(rows.outcome.mean(), abs=0.01)


def test_settings_survive_json_and_unknown_ones_are_refused() -> None:
    tuned = replace(DEFAULTS, leaves=5, members=("bayes", "trees"))
    assert Settings.from_json(tuned.to_json()) == tuned
    with pytest.raises(Exception, match="The settings name depth; known here: bayes_bins, "):
        Settings.from_json({"depth": 3})


def test_bayes_is_tempered_where_features_repeat_one_another() -> None:
    rows = made_rows(1200)
    copies = Contract(tuple(Feature(f"size{i}", "count", "how many", "fit") for i in range(40)))
    repeated = replace(rows, contract=copies, values=np.repeat(rows.values[:, 1:], 40, axis=1))
    folds = tuple(Fold(np.arange(start), np.arange(start, start + 300)) for start in (300, 600, 900))
    recipe = choose_recipe(repeated, folds, 0, replace(DEFAULTS, members=("bayes",)))
    assert recipe.candidates[1].chosen["temper"] <= 0.05
    assert recipe.log_loss["bayes"] < recipe.log_loss["base_rate"] - 0.03


def test_folds_over_leads_ask_for_more_and_say_that_nothing_was_later() -> None:
    rows = made_rows(1200)
    blocks = np.array_split(np.arange(1200), 4)
    folds = tuple(Fold(np.setdiff1d(np.arange(1200), block), block, later=False) for block in blocks)
    recipe = choose_recipe(rows, folds, 0)
    assert recipe.log_loss["blend"] < recipe.log_loss["base_rate"] - 0.05
    assert (recipe.later, recipe.ahead, recipe.to_json()["later"]) == (False, 0.0, False)
    assert "not on later ones" in recipe.why
