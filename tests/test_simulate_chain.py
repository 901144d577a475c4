"""The chain's exact probabilities against lives drawn from it, and against what must hold."""

import numpy as np
import pytest

from leadcast.simulate.chain import Chain

Q, MEDIAN, SIGMA = (0.6, 0.5, 0.8), (3.0, 7.0, 4.0), (0.9, 0.7, 0.7)
SCALE, SHAPE = (13.0, 18.0, 16.0), (1.3, 1.4, 1.4)


def chain(rows: int) -> Chain:
    return Chain(*(np.tile(np.array(values), (rows, 1)) for values in (Q, MEDIAN, SIGMA, SCALE, SHAPE)))


def reach(stage: int, age: float, goal: int, horizon: float | None, steps: int = 512) -> float:
    return float(chain(1).reach(np.array([stage]), np.array([age]), goal, horizon, steps)[0])


@pytest.fixture(scope="module")
def lives():
    return chain(200_000).sample(np.random.default_rng(0))


@pytest.mark.parametrize(("stage", "age", "goal", "horizon"), [
    (0, 0.0, 1, 14.0), (0, 3.0, 2, 30.0), (0, 0.0, 3, 30.0), (1, 5.0, 3, 20.0), (0, 10.0, 3, 60.0), (2, 1.0, 3, 5.0),
    (0, 2.0, 2, None),
])
def test_reach_agrees_with_drawn_lives(lives, stage, age, goal, horizon):
    goes_on, delay = lives
    still = delay[:, stage] > age
    in_time = delay[:, stage:goal].sum(axis=1) - age <= (np.inf if horizon is None else horizon)
    reached = (goes_on[:, stage:goal].all(axis=1) & in_time)[still]
    exact = reach(stage, age, goal, horizon)
    assert abs(reached.mean() - exact) < 4 * np.sqrt(exact * (1 - exact) / still.sum())


@pytest.mark.parametrize(("stage", "goal", "horizon"), [(0, 2, 30.0), (0, 3, 60.0), (1, 3, 90.0)])
def test_the_grid_is_fine_enough(stage, goal, horizon):
    assert reach(stage, 1.5, goal, horizon) == pytest.approx(reach(stage, 1.5, goal, horizon, steps=8192), abs=1e-4)


def test_ever_from_the_start_is_the_product_of_the_steps():
    assert reach(0, 0.0, 3, None) == pytest.approx(0.6 * 0.5 * 0.8)


def test_a_long_horizon_is_ever():
    assert reach(0, 4.0, 1, 10_000.0) == pytest.approx(reach(0, 4.0, 1, None), abs=1e-9)
    assert reach(0, 4.0, 3, 800.0, steps=8192) == pytest.approx(reach(0, 4.0, 3, None), abs=1e-4)


def test_a_wider_window_never_lowers_the_probability():
    said = [reach(0, 2.0, 3, horizon) for horizon in (1.0, 5.0, 20.0, 60.0, 200.0)]
    assert said == sorted(said)


def test_the_age_in_a_stage_tells_where_it_goes():
    assert reach(0, 0.0, 1, None) > reach(0, 10.0, 1, None) > reach(0, 20.0, 1, None)


def test_each_row_has_its_own_horizon():
    together = chain(2).reach(np.array([0, 0]), np.array([1.0, 1.0]), 2, np.array([10.0, 40.0]))
    assert together.tolist() == pytest.approx([reach(0, 1.0, 2, 10.0), reach(0, 1.0, 2, 40.0)])


def test_columns_hold_the_whole_chain():
    parameters = chain(2).columns()
    assert list(parameters)[:3] == ["q_0", "q_1", "q_2"] and len(parameters) == 15
    assert np.array_equal(Chain.from_columns(parameters).scale, chain(2).scale)
