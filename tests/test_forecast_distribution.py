"""Distributions of counts and of money: what they answer, what storage keeps, and that draws follow their exact moments."""

import json

import numpy as np
import pytest

from leadcast.forecast import Distribution, Spread
from leadcast.forecast.money import ALL_ALONE, DRAWS, cumulants, money_draws, new_money, open_money

TWO_COINS = Distribution.of_counts(3, np.array([0.25, 0.5, 0.25]), 4.0)
MANY = Distribution.of_draws(np.random.default_rng(0).gamma(4.0, 100.0, 10_000), 400.0)
NOTHING = np.array([])
RNG = np.random.default_rng(11)
AMOUNT = np.exp(RNG.normal(9.0, 1.0, 3_000))
SHAPES = {"mixed": RNG.beta(0.6, 3.0, 3_000), "rare": RNG.uniform(0, 0.004, 3_000), "likely": 1 - RNG.uniform(0, 0.004, 3_000)}


def stored(distribution: Distribution) -> Distribution:
    return Distribution.from_json(json.loads(json.dumps(distribution.to_json())))


@pytest.mark.parametrize(("q", "value"), [(0.0, 3), (0.25, 3), (0.26, 4), (0.75, 4), (0.76, 5), (1.0, 5)])
def test_a_quantile_is_the_least_value_that_covers_its_level(q: float, value: float) -> None:
    assert TWO_COINS.quantile(q) == value


@pytest.mark.parametrize(("target", "chance"), [(-1, 1.0), (3, 1.0), (3.5, 0.75), (4, 0.75), (5, 0.25), (5.1, 0.0)])
def test_to_reach_a_target_is_to_have_it_or_more(target: float, chance: float) -> None:
    assert TWO_COINS.reach(target) == pytest.approx(chance)


def test_a_sum_that_misses_by_rounding_reaches() -> None:
    assert Distribution.of_draws(np.array([0.1 + 0.2 - 1e-16]), 0.3).reach(0.1 + 0.2) == 1.0


def test_draws_that_differ_by_rounding_are_one_value() -> None:
    assert Distribution.of_draws(np.array([5.0, 0.3, 0.1 + 0.2]), 1.9).cumulative == pytest.approx([2 / 3, 1.0])


def test_few_values_are_stored_whole() -> None:
    back = stored(TWO_COINS)
    assert (back.mean, back.p10, back.p50, back.p90, back.reach(5)) == (4.0, 3.0, 4.0, 5.0, pytest.approx(0.25))


@pytest.mark.parametrize("q", [0.01, 0.1, 0.335, 0.5, 0.9, 0.99])
def test_many_values_are_stored_as_a_curve_to_read_along(q: float) -> None:
    back = stored(MANY)
    assert back.mean == 400.0
    assert back.quantile(q) == pytest.approx(MANY.quantile(q), rel=0.005)
    assert back.reach(float(MANY.quantile(q))) == pytest.approx(1 - q, abs=0.002)


def test_a_stored_curve_keeps_the_chance_of_nothing_at_all() -> None:
    draws = np.concatenate([np.zeros(3_000), np.linspace(50, 100, 7_000)])
    back = stored(Distribution.of_draws(draws, 52.5))
    assert (back.reach(0), back.reach(1e-3), back.reach(75)) == (1.0, pytest.approx(0.7, abs=0.01), pytest.approx(0.35, abs=0.01))


@pytest.mark.parametrize("distribution", [TWO_COINS, MANY, stored(MANY)], ids=["counts", "draws", "stored"])
def test_a_higher_target_is_never_likelier(distribution: Distribution) -> None:
    reached = [distribution.reach(target) for target in np.linspace(-10, 2_500, 400)]
    assert np.diff(reached).max() <= 0
    assert (reached[0], reached[-1]) == (1.0, 0.0)


def test_the_quantile_function_has_a_value_per_percent() -> None:
    levels, values = TWO_COINS.function()
    assert (len(levels), levels[0], levels[-1]) == (99, 0.01, 0.99)
    assert values[[0, 24, 25, 98]].tolist() == [3, 3, 4, 5]


def test_moments_of_deals_by_hand() -> None:
    mean, variance, third = cumulants(np.array([0.25]), np.array([10.0]), Spread(ratios=(0.5, 1.0)))
    square, cube = (0.5**2 + 1) / 2 * 100 * 0.25, (0.5**3 + 1) / 2 * 1000 * 0.25
    assert mean == 1.875
    assert variance == pytest.approx(square - mean**2)
    assert third == pytest.approx(cube - 3 * mean * square + 2 * mean**3)


@pytest.mark.parametrize("n", [ALL_ALONE, ALL_ALONE + 1, 3_000])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("spread", [Spread(), Spread(open_sd=0.3), Spread(open_sd=0.3, ratios=(0.6, 1.0, 1.1))],
                         ids=["chance", "shock", "ratios"])
def test_money_has_the_mean_and_variance_of_its_deals_on_both_sides_of_the_switch(n: int, shape: str, spread: Spread) -> None:
    p, amount = SHAPES[shape][:n], AMOUNT[:n]
    given = np.array([cumulants(p + p * (1 - p) * z, amount, spread) for z in spread.shocks(400)])
    sd = np.sqrt(given[:, 1].mean() + given[:, 0].var())
    draws = np.concatenate([open_money(p, amount, spread, np.random.default_rng(seed)) for seed in range(4)])
    assert draws.mean() == pytest.approx(spread.mean_ratio * (p @ amount), abs=4 * sd / np.sqrt(len(draws)))
    assert draws.std() == pytest.approx(sd, rel=0.08)  # less than one win a draw among the rarest: a noisy sd


def test_many_deals_as_one_sum_have_the_quantiles_of_deals_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    p, amount, spread = SHAPES["mixed"][:600], AMOUNT[:600], Spread(open_sd=0.2, ratios=(0.6, 1.0, 1.1))

    def quantiles() -> np.ndarray:
        return np.mean([np.quantile(open_money(p, amount, spread, np.random.default_rng(seed)), [0.1, 0.5, 0.9])
                        for seed in range(12)], axis=0)

    together = quantiles()
    monkeypatch.setattr("leadcast.forecast.money.ALL_ALONE", 600)
    sd = open_money(p, amount, spread, np.random.default_rng(0)).std()
    assert together == pytest.approx(quantiles(), abs=0.015 * sd)  # 0.5 % of chance on each side


@pytest.mark.parametrize("rate", [0.001, 0.05, 1.0])
@pytest.mark.parametrize("cv", [0.0, 0.3])
def test_new_money_is_a_poisson_sum_at_a_shared_pace(rate: float, cv: float) -> None:
    spread, rates = Spread(new_cv=cv, ratios=(0.5, 1.5)), np.full(3_000, rate)
    mean, square = rates @ AMOUNT, 1.25 * (rates @ AMOUNT**2)
    sd = np.sqrt(square + (cv * mean) ** 2)
    draws = new_money(rates, AMOUNT, spread, np.random.default_rng(2))
    assert draws.mean() == pytest.approx(mean, abs=4 * sd / np.sqrt(DRAWS))
    assert draws.std() == pytest.approx(sd, rel=0.06)


def test_certain_deals_are_no_draw() -> None:
    assert set(money_draws(np.ones(3), np.array([100.0, 20.0, 3.0]), NOTHING, NOTHING, Spread(open_sd=0.5))) == {123.0}


def test_a_certain_deal_of_an_uncertain_amount_is_one() -> None:
    draws = money_draws(np.ones(1), np.array([100.0]), NOTHING, NOTHING, Spread(ratios=(0.5, 1.0)))
    assert set(draws) == {50.0, 100.0}
    assert draws.mean() == pytest.approx(75.0, abs=1.5)


def test_the_seed_decides() -> None:
    p, amount = SHAPES["mixed"], AMOUNT
    first, again, other = (money_draws(p, amount, p[:50], amount[:50], Spread(0.2, 0.2, (0.9, 1.0), seed)) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()
