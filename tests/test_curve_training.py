"""The rows a curve learns from, its grid, and the size of the shock that past forecasts showed."""

import numpy as np
import pytest

from leadcast.calibration import Calibrator
from leadcast.contract import Contract, Feature
from leadcast.curves import curves_of
from leadcast.endings import Endings
from leadcast.hazards import CurveModel, Hazard, growing_of, step_columns, with_step
from leadcast.members import BaseRate
from leadcast.observations import Observations
from leadcast.table import TIME
from training.blend import Model
from training.curve_rows import choose_days, hazard_rows, step_rows, thinned
from training.curves import CurveRecipe, Looks, choose_curve, fit_curve, joined, ratios_of
from training.shock import past_shock
from training.trials import Rows

DAYS = (0.0, 7.0, 14.0)
CONTRACT = Contract((Feature("size", "number", "Size", "fit"), Feature("calls", "events", "Calls", "engagement")))
START = np.datetime64("2026-01-01", "us")


def endings(*rows: tuple[float, int, float]) -> Endings:
    days, event, follow = (np.array(column) for column in zip(*rows, strict=True))
    return Endings(days.astype(float), event.astype(int), follow.astype(float))


def test_a_look_has_a_row_for_every_step_it_entered_open_and_that_is_over() -> None:
    found = step_rows(endings((10.0, 1, 30.0), (3.0, 2, 30.0), (20.0, 0, 20.0), (9.0, 0, 9.0)), DAYS, np.arange(4))
    told = sorted(zip(found.look.tolist(), found.step.tolist(), found.event.tolist(), strict=True))
    assert told == [(0, 0, 0), (0, 1, 1), (1, 0, 2), (2, 0, 0), (2, 1, 0), (3, 0, 0)]


def test_a_step_that_is_not_over_is_left_out_also_where_it_has_ended_already() -> None:
    """To keep only those would make endings look more frequent than they are."""
    found = step_rows(endings((2.0, 1, 5.0), (5.0, 0, 5.0)), DAYS, np.arange(2))
    assert len(found.look) == 0


def test_the_hazard_of_losing_is_asked_of_what_is_not_won() -> None:
    rows = Rows(CONTRACT, np.arange(6.0).reshape(3, 2), np.full(3, np.nan), np.ones(3), np.array(["a", "b", "c"], object))
    steps = step_rows(endings((3.0, 1, 30.0), (3.0, 2, 30.0), (30.0, 0, 30.0)), (0.0, 7.0), np.arange(3))
    win, lose = (hazard_rows(rows, steps, (0.0, 7.0), lost)[0] for lost in (False, True))
    assert win.outcome.tolist() == [1.0, 0.0, 0.0] and lose.outcome.tolist() == [1.0, 0.0]
    assert win.contract.names == ["size", "calls", "step_ahead"] and win.values[:, 2].tolist() == [0.0, 0.0, 0.0]


def test_a_step_adds_its_number_and_how_old_the_deal_will_be() -> None:
    contract = Contract((Feature("age_days", "days", "Days since its creation", "deal"), Feature("size", "number", "Size", "fit"),
                         Feature("stage_age_days", "days", "Days in its stage", "deal")))
    added_names = ["step_ahead", "age_days_then", "stage_age_days_then"]
    assert with_step(contract).names == [*contract.names, *added_names]
    added = step_columns(contract, np.array([[10.0, 3.0, np.nan], [1.0, 3.0, 0.5]]), np.array([1.0, 2.0]), np.array([7.0, 14.0]))
    np.testing.assert_array_equal(added, [[1.0, 17.0, np.nan], [2.0, 15.0, 14.5]])
    assert growing_of(contract) == (0, 2)


def test_rows_of_training_are_rows_of_scoring() -> None:
    """The columns that a step adds are made in two places: in training for the steps there are, in scoring for all of them."""
    contract = Contract((Feature("age_days", "days", "Days since its creation", "deal"),))
    rows = Rows(contract, np.array([[3.0], [8.0]]), np.full(2, np.nan), np.ones(2), np.array(["a", "b"], object))
    steps = step_rows(endings((30.0, 0, 30.0), (30.0, 0, 30.0)), DAYS, np.arange(2))
    learned = hazard_rows(rows, steps, DAYS, False)[0].values
    scored = CurveModel(DAYS, Hazard(((1.0, BaseRate(0.0)),), Calibrator()), None, (0,), 7.0)._added(rows.values)
    for value, look, step in zip(learned, steps.look, steps.step, strict=True):
        assert value.tolist() == [*rows.values[look], *scored[look, step]]


def test_a_blend_of_sums_and_trees_is_the_same_row_by_row() -> None:
    looks = made_up_looks(0.0, 7, days=10, deals=100)
    recipe = choose_curve(looks, 7.0, 0, step_days=3.5)
    curve = fit_curve(looks, recipe)
    whole = curve.curves(looks.rows.values[:50])
    alone = [curve.curves(looks.rows.values[place:place + 1]).won[0] for place in range(50)]
    np.testing.assert_array_equal(whole.won, alone)


def test_the_grid_follows_the_pace_of_the_data() -> None:
    entity = np.array([str(n) for n in range(400)], object)
    for scale, step in ((0.5, 0.25), (20.0, 7.0), (200.0, 90.0)):
        took = np.random.default_rng(0).exponential(scale, 400)
        days = choose_days(Endings(took, np.ones(400, int), np.full(400, 1e4)), entity, horizon_days=scale)
        assert days[1] == step and 4 <= len(days) <= 17
        assert choose_days(Endings(took, np.ones(400, int), np.full(400, 1e4)), entity, scale, step_days=scale)[1] == scale


def test_the_grid_goes_no_further_than_enough_were_seen_but_to_the_horizon() -> None:
    entity = np.array([str(n) for n in range(100)], object)
    short = Endings(np.full(100, 20.0), np.zeros(100, int), np.full(100, 20.0))
    assert choose_days(short, entity, horizon_days=7.0, step_days=7.0) == (0.0, 7.0, 14.0)
    assert choose_days(short, entity, horizon_days=28.0, step_days=7.0)[-1] == 28.0
    assert len(choose_days(short, entity, horizon_days=90.0, step_days=0.01)) == 17


def test_thinning_is_even_over_time() -> None:
    as_of = (START + np.arange(50_000) * np.timedelta64(60, "s")).astype(TIME)
    kept = thinned(np.arange(50_000), as_of, 10, 30_000)
    assert len(kept) == 6000 and np.diff(kept).max() <= 9


def test_ratios_are_quantiles_of_amounts_at_the_win_over_amounts_then() -> None:
    then = np.array([100.0] * 50 + [0.0, np.nan])
    each = np.array([f"d{n}" for n in range(52)], object)
    assert ratios_of(then, then, each) == (1.0,)
    found = np.array(ratios_of(then, np.concatenate([np.linspace(50, 150, 50), [5.0, 5.0]]), each))
    assert len(found) == 50 and found.mean() == pytest.approx(1.0, abs=1e-9) and found[0] == 0.5


def test_a_deal_that_was_looked_at_often_counts_once() -> None:
    then, won = np.full(20, 100.0), np.array([200.0] * 10 + [100.0] * 10)
    often = np.array(["slow"] * 10 + [f"d{n}" for n in range(10)], object)
    assert np.mean(ratios_of(then, won, often)) == pytest.approx(1.0 + 1 / 11, abs=0.02)


def made_up_looks(sd: float, seed: int, days: int = 40, deals: int = 400) -> Looks:
    """A look at ``deals`` deals on each of many days a week apart; in each week the odds of all are moved by a shock."""
    rng = np.random.default_rng(seed)
    n = days * deals
    week = np.repeat(np.arange(days), deals)
    values = np.column_stack([rng.standard_normal(n), rng.standard_normal(n)])
    shock = np.repeat(rng.standard_normal(days) * sd, deals)
    chance = 1 / (1 + np.exp(-(-1.0 + 0.8 * values[:, 0] + shock)))
    won = rng.random(n) < chance
    as_of = (START + week * np.timedelta64(7, "D")).astype(TIME)
    follow = (days - week) * 7.0
    took = np.where(won, rng.uniform(0.1, 6.9, n), 6.95)
    entity = np.array([f"d{i}" for i in range(n)], object)
    looks = Observations("opportunity", entity, as_of, np.ones(n))
    found = Endings(took, np.where(won, 1, 2), follow)
    return Looks(looks, Rows(CONTRACT, values, np.full(n, np.nan), np.ones(n), entity), found, np.ones(n, bool))


@pytest.fixture(scope="module")
def recipe() -> CurveRecipe:
    return choose_curve(made_up_looks(0.0, 1), 7.0, 0, step_days=3.5)


@pytest.mark.parametrize(("sd", "low", "high"), [(0.0, 0.0, 0.08), (0.3, 0.18, 0.42)])
def test_a_planted_shock_is_found_and_none_is_not(recipe: CurveRecipe, sd: float, low: float, high: float) -> None:
    found = [past_shock(made_up_looks(sd, seed), recipe)[-1] for seed in (2, 3)]
    assert low <= np.mean(found) <= high


def test_hazards_find_who_is_won(recipe: CurveRecipe) -> None:
    looks = made_up_looks(0.0, 4)
    curves = fit_curve(looks, recipe).curves(np.array([[-2.0, 0.0], [0.0, 0.0], [2.0, 0.0]]))
    true = 1 / (1 + np.exp(-(-1.0 + 0.8 * np.array([-2.0, 0.0, 2.0]))))
    assert recipe.has_evidence and curves.won_by(7.0) == pytest.approx(true, abs=0.05)


def test_as_known_earlier_a_look_has_no_later_ending() -> None:
    looks = made_up_looks(0.0, 5, days=6, deals=20)
    moment = START + np.timedelta64(15, "D")
    known = looks.as_known(moment)
    assert (known.observations.as_of < moment).all()
    assert (known.endings.days <= (moment - known.observations.as_of) / np.timedelta64(1, "D") + 1e-9).all()


def test_the_curve_gives_the_level_and_half_of_the_order(recipe: CurveRecipe) -> None:
    looks = made_up_looks(0.0, 6)
    curve = fit_curve(looks, recipe)
    values = looks.rows.values[:500]
    model = joined(Model((), Calibrator(intercept=-3.0)), curve, recipe, values)
    said = model.probability(values)
    assert said.mean() == pytest.approx(curve.curves(values).won_by(7.0).mean(), abs=1e-6)
    assert 0.3 < np.std(np.log(said / (1 - said))) / np.std(np.log(p := curve.curves(values).won_by(7.0)) - np.log1p(-p)) < 0.7


def test_without_evidence_the_curve_changes_no_probability(recipe: CurveRecipe) -> None:
    flat = CurveModel(recipe.days, Hazard(((1.0, BaseRate(-2.0)),), Calibrator()), None, (), 7.0)
    bare = CurveRecipe(recipe.days, 7.0, recipe.win.__class__(**{**recipe.win.__dict__, "candidates": ()}), None)
    values = np.zeros((5, 2))
    model = joined(Model((), Calibrator(intercept=-1.0)), flat, bare, values)
    assert model.curve is not None and model.log_odds(values).tolist() == [-1.0] * 5


def test_trees_and_sums_over_features_speak_alike_at_each_step() -> None:
    flat = CurveModel((0.0, 1.0, 2.0), Hazard(((1.0, BaseRate(0.0)),), Calibrator()), None, (), 2.0)
    curves = flat.curves(np.zeros((2, 2)))
    assert curves.won.tolist() == curves_of(np.array([0.0, 1.0, 2.0]), np.full((2, 2), 0.5), np.zeros((2, 2))).won.tolist()
