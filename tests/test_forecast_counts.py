"""Counts of wins: exact laws, held against enumeration, plain convolution and each other."""

from itertools import product

import numpy as np
import pytest

from leadcast.forecast import Spread, SpreadError, count_pmf, poisson_binomial
from leadcast.forecast.counts import PAIRED, binned_wins, new_wins, open_wins

MANY = np.random.default_rng(3).beta(0.6, 3.0, 2_000)


def enumerated(p: np.ndarray) -> np.ndarray:
    pmf = np.zeros(len(p) + 1)
    for wins in product((0, 1), repeat=len(p)):
        pmf[sum(wins)] += np.prod(np.where(wins, p, 1 - p))
    return pmf


def convolved(p: np.ndarray) -> np.ndarray:
    pmf = np.ones(1)
    for chance in p:
        pmf = np.convolve(pmf, [1 - chance, chance])
    return pmf


def whole(low: int, pmf: np.ndarray, length: int) -> np.ndarray:
    return np.pad(pmf, (low, length - low - len(pmf)))


def moments(low: int, pmf: np.ndarray) -> tuple[float, float]:
    k = low + np.arange(len(pmf))
    return float(pmf @ k), float(pmf @ k**2 - (pmf @ k) ** 2)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, 8, 12])
def test_every_outcome_counted_out(n: int) -> None:
    p = np.linspace(0.02, 0.97, n)
    assert poisson_binomial(p) == pytest.approx(enumerated(p), abs=1e-15)


def test_two_thousand_deals_are_as_exact_as_plain_convolution() -> None:
    assert poisson_binomial(MANY) == pytest.approx(convolved(MANY), abs=1e-14)


def test_no_deals_win_nothing() -> None:
    assert poisson_binomial(np.array([])).tolist() == [1.0]


@pytest.mark.parametrize(("p", "pmf"), [([0.0, 0.0], [1, 0, 0]), ([1.0, 1.0], [0, 0, 1]), ([1.0, 0.0, 0.25], [0, 0.75, 0.25, 0])])
def test_certain_deals_leave_nothing_to_chance(p: list[float], pmf: list[float]) -> None:
    assert poisson_binomial(np.array(p)) == pytest.approx(np.array(pmf), abs=1e-15)
    low, some = open_wins(np.array(p), Spread(open_sd=0.4))
    assert whole(low, some, len(pmf)) == pytest.approx(np.array(pmf), abs=1e-15)


@pytest.mark.parametrize("p", [MANY, MANY / 100, 1 - MANY / 100, np.full(2_000, 1e-6), np.full(2_000, 0.5)],
                         ids=["mixed", "rare", "likely", "hardly any", "even"])
@pytest.mark.parametrize("sd", [0.0, 0.3])
def test_bins_agree_with_multiplying_out(p: np.ndarray, sd: float) -> None:
    shocks = Spread(open_sd=sd).shocks(41)
    exact = np.mean([poisson_binomial(p + p * (1 - p) * z) for z in shocks], axis=0)
    assert np.abs(np.cumsum(whole(*binned_wins(p, shocks), 2_001)) - np.cumsum(exact)).max() < 2e-4


def test_nothing_jumps_where_bins_begin() -> None:
    chance, spread = 0.3, Spread(open_sd=0.1)
    below, above = (moments(*open_wins(np.full(n, chance), spread)) for n in (PAIRED, PAIRED + 1))
    assert above[0] - below[0] == pytest.approx(chance, abs=1e-9)
    assert np.sqrt(above[1]) == pytest.approx(np.sqrt(below[1]), rel=0.005)


def test_a_shock_widens_the_count_and_leaves_its_mean() -> None:
    alone, shaken = (moments(*open_wins(MANY, Spread(open_sd=sd))) for sd in (0.0, 0.25))
    swing = MANY * (1 - MANY)
    assert (alone[0], shaken[0]) == (pytest.approx(MANY.sum()), pytest.approx(MANY.sum()))
    assert alone[1] == pytest.approx(swing.sum(), rel=1e-3)
    assert shaken[1] == pytest.approx(swing.sum() + 0.25**2 * (swing.sum() ** 2 - (swing**2).sum()), rel=1e-3)


@pytest.mark.parametrize("mean", [0.3, 40.0, 5_000.0])
@pytest.mark.parametrize("cv", [0.0, 0.2, 1.0])
def test_new_wins_have_the_mean_and_the_spread_of_their_pace(mean: float, cv: float) -> None:
    assert moments(*new_wins(mean, cv)) == (pytest.approx(mean), pytest.approx(mean + (cv * mean) ** 2, rel=1e-5))


def test_no_new_business_adds_nothing() -> None:
    assert count_pmf(np.array([]), 0.0, Spread(new_cv=0.5)) == (0, pytest.approx([1.0]))


def test_a_tiny_variation_of_pace_is_as_good_as_none() -> None:
    (low, even), (least, varied) = new_wins(20.0, 0.0), new_wins(20.0, 2e-4)
    assert varied[low - least:][:len(even)] == pytest.approx(even[:len(varied)], abs=1e-5)


def test_open_and_new_wins_add() -> None:
    low, pmf = count_pmf(np.array([1.0, 0.5]), 0.1, Spread())
    none, one = np.exp(-0.1), 0.1 * np.exp(-0.1)
    assert low == 1
    assert pmf[:2] == pytest.approx([none / 2, none / 2 + one / 2])


@pytest.mark.parametrize("n", [2, 41, 400])
@pytest.mark.parametrize("sd", [0.05, 0.2, 0.5, 3.0])
def test_shocks_are_symmetric_and_of_the_size_asked_for(n: int, sd: float) -> None:
    z = Spread(open_sd=sd).shocks(n)
    assert z == pytest.approx(-z[::-1])
    assert z.std() == pytest.approx(min(sd, 0.5))
    assert np.abs(z).max() <= 1


def test_paces_have_mean_one() -> None:
    paces = Spread(new_cv=0.4).paces(400)
    assert (paces.mean(), paces.std()) == (pytest.approx(1.0), pytest.approx(0.4, rel=0.01))


@pytest.mark.parametrize(("spread", "said"), [
    ({"open_sd": -0.1}, r"^A spread's open_sd is 0 or more; found -0\.1\. Learn it from past replays, or write 0"),
    ({"new_cv": float("nan")}, r"A spread's new_cv is 0 or more; found nan"),
    ({"ratios": ()}, r"ratios are numbers of 0 or more, at least one; found \[\]\. Write \(1\.0,\) where amounts do not change"),
    ({"ratios": (1.0, -2.0)}, r"found \[1\.0, -2\.0\]"),
])
def test_an_impossible_spread_is_refused(spread: dict, said: str) -> None:
    with pytest.raises(SpreadError, match=said):
        Spread(**spread)


def test_a_spread_survives_storage() -> None:
    spread = Spread(0.2, 0.3, (0.9, 1.0), 7)
    assert Spread.from_json(spread.to_json()) == spread
