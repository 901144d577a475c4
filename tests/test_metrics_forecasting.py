"""Errors of forecasts against numbers worked out by hand, closed forms and brute force."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy import stats

from leadcast.errors import SchemaError
from leadcast.metrics import Draws, forecasting, wilson
from leadcast.metrics.crps import crps_from_quantiles, crps_from_samples
from leadcast.metrics.forecasting import bias, chance_error, coverage, loss_difference, mae, pinball, wape

PREDICTED, ACTUAL = np.array([12.0, 5.0, 3.0]), np.array([10.0, 10.0, 0.0])
LEVELS = np.array([0.1, 0.5, 0.9])


def test_errors_by_hand() -> None:
    assert mae(PREDICTED, ACTUAL) == pytest.approx((2 + 5 + 3) / 3)
    assert wape(PREDICTED, ACTUAL) == pytest.approx(10 / 20)
    assert bias(PREDICTED, ACTUAL) == pytest.approx(0 / 20)


def test_shares_of_nothing_have_no_value() -> None:
    assert np.isnan(wape(PREDICTED, np.zeros(3))) and np.isnan(bias(PREDICTED, np.zeros(3)))


def test_pinball_by_hand() -> None:
    assert pinball(0.9, PREDICTED, ACTUAL) == pytest.approx((0.1 * 2 + 0.9 * 5 + 0.1 * 3) / 3)
    assert pinball(0.5, PREDICTED, ACTUAL) == pytest.approx(mae(PREDICTED, ACTUAL) / 2)


def test_pinball_is_smallest_at_the_true_quantile() -> None:
    actual = np.random.default_rng(0).exponential(1.0, 20_000)
    losses = [pinball(0.9, np.full(20_000, at), actual) for at in (1.8, -np.log(0.1), 2.8)]
    assert min(losses) == losses[1]


def test_crps_of_quantiles_by_hand() -> None:
    # P10, P50, P90 at 0, 10, 20; 10 came. Straight between: from 0 to 10 F runs from 0.1 to 0.5, and mirrored above
    one_side = 10 * (0.1**2 + 0.1 * 0.5 + 0.5**2) / 3
    assert crps_from_quantiles(LEVELS, np.array([[0.0, 10.0, 20.0]]), np.array([10.0])) == pytest.approx(2 * one_side)


def test_crps_of_quantiles_where_something_else_came() -> None:
    # 7 above P90: the whole of F², and 7 more
    inside = 10 * ((0.1**2 + 0.1 * 0.5 + 0.5**2) + (0.5**2 + 0.5 * 0.9 + 0.9**2)) / 3
    found = crps_from_quantiles(LEVELS, np.array([[0.0, 10.0, 20.0]] * 2), np.array([27.0, -7.0]))
    assert found == pytest.approx([inside + 7] * 2)


def test_crps_of_quantiles_is_twice_the_pinball_loss_over_all_levels() -> None:
    levels, quantiles = np.array([0.05, 0.3, 0.6, 0.95]), np.array([[0.0, 4.0, 4.0, 9.0]])
    fine = (np.arange(200_000) + 0.5) / 200_000
    spread = np.interp(fine, levels, quantiles[0])
    for actual in (-1.0, 3.0, 4.0, 8.5, 12.0):
        loss = np.maximum(fine * (actual - spread), (fine - 1) * (actual - spread))
        assert crps_from_quantiles(levels, quantiles, np.array([actual])) == pytest.approx(2 * loss.mean(), abs=1e-4)


def test_a_forecast_of_one_number_scores_its_absolute_error() -> None:
    assert crps_from_quantiles(np.array([0.5]), np.array([[3.0], [3.0]]), np.array([1.0, 8.0])).tolist() == [2.0, 5.0]
    assert crps_from_quantiles(LEVELS, np.full((2, 3), 3.0), np.array([1.0, 8.0])).tolist() == [2.0, 5.0]
    assert crps_from_samples(np.full((2, 4), 3.0), np.array([1.0, 8.0])).tolist() == [2.0, 5.0]


def test_crps_of_samples_by_hand() -> None:
    # mean |x - 2| = (1 + 0 + 4) / 3; the nine differences of 1, 2, 6 are twice 1 + 5 + 4
    assert crps_from_samples(np.array([[6.0, 1.0, 2.0]]), np.array([2.0])) == pytest.approx(5 / 3 - 20 / 9 / 2)


def test_both_ways_give_the_closed_form_of_a_normal() -> None:
    levels, actual = (np.arange(4_000) + 0.5) / 4_000, np.array([-1.5, 0.0, 0.7])
    known = actual * (2 * stats.norm.cdf(actual) - 1) + 2 * stats.norm.pdf(actual) - 1 / np.sqrt(np.pi)  # Gneiting, Raftery 2007
    spread = np.tile(stats.norm.ppf(levels), (3, 1))
    assert crps_from_quantiles(levels, spread, actual) == pytest.approx(known, abs=1e-3)
    assert crps_from_samples(spread, actual) == pytest.approx(known, abs=1e-3)


def test_coverage_counts_both_edges_and_has_a_band() -> None:
    found = coverage(np.array([0.0, 0.0, 0.0, 0.0]), np.array([5.0, 5.0, 5.0, 5.0]), np.array([0.0, 5.0, 3.0, 6.0]))
    assert (found.share, found.replays) == (0.75, 4)
    assert (found.low, found.high) == wilson(0.75, 4)


def test_overlapping_replays_are_not_as_many_cases() -> None:
    low, high, actual = np.zeros(8), np.ones(8), np.full(8, 0.5)
    found = coverage(low, high, actual, overlap=4.0)
    assert (found.low, found.high) == wilson(1.0, 2) and found.replays == 8


def test_chance_error_is_that_of_every_outcome_weighed() -> None:
    p = np.array([0.1, 0.35, 0.5, 0.8, 0.02])
    expected = sum(float(np.prod(np.where(came, p, 1 - p))) * abs(sum(came) - p.sum()) for came in product([0, 1], repeat=5))
    assert chance_error(p) == pytest.approx(expected / p.sum(), abs=1e-12)


@pytest.mark.parametrize(("rows", "p"), [(3_000, 0.3), (100_000, 1e-5), (2_500, 0.999)])
def test_chance_error_of_equal_probabilities_is_that_of_a_binomial(rows: int, p: float) -> None:
    counts = np.arange(rows + 1)
    expected = stats.binom.pmf(counts, rows, p) @ np.abs(counts - rows * p) / (rows * p)
    assert chance_error(np.full(rows, p)) == pytest.approx(expected, rel=1e-9)


def test_chance_error_of_very_many_deals_is_nearly_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    p = np.random.default_rng(0).beta(1, 5, 3_000)
    exact = chance_error(p)
    monkeypatch.setattr(forecasting, "MOST_TERMS", 0)
    assert chance_error(p) == pytest.approx(np.sqrt(2 / np.pi * (p * (1 - p)).sum()) / p.sum())
    assert chance_error(p) == pytest.approx(exact, rel=1e-3)


def test_certain_deals_leave_nothing_to_chance() -> None:
    assert chance_error(np.array([1.0, 1.0, 0.0])) == pytest.approx(0.0, abs=1e-12)
    assert np.isnan(chance_error(np.zeros(3))) and np.isnan(chance_error(np.zeros(0)))


def test_a_difference_is_weighted_and_its_band_is_of_the_pairs() -> None:
    draws = Draws(np.array(["a", "a", "b"]), np.array([1.0, 1.0, 2.0]))
    found = loss_difference(np.array([0.2, 0.4, 0.6]), np.array([0.1, 0.1, 0.5]), draws)
    assert found[0] == pytest.approx((0.1 + 0.3 + 2 * 0.1) / 4)
    noise = np.random.default_rng(0).random(300)
    low, high = loss_difference(noise - 0.01, noise, Draws(np.arange(300), np.ones(300)))[1:]
    assert (low, high) == pytest.approx((-0.01, -0.01))  # what both share does not widen it


def test_the_same_deal_in_several_replays_is_one_case() -> None:
    gap = np.random.default_rng(1).normal(0.0, 1.0, 100)
    once = loss_difference(gap, np.zeros(100), Draws(np.arange(100), np.ones(100)))
    often = loss_difference(np.repeat(gap, 6), np.zeros(600), Draws(np.repeat(np.arange(100), 6), np.ones(600)))
    assert often == pytest.approx(once)
    assert once[2] - once[1] == pytest.approx(2 * 1.96 * gap.std() / 10, rel=0.2)


@pytest.mark.parametrize(
    ("figure", "given", "said"),
    [
        (mae, ([1.0, 2.0], [1.0]), r"predicted, actual need the same length, above 0; they have 2, 1\."),
        (wape, ([], []), r"predicted, actual need the same length, above 0; they have 0, 0\."),
        (bias, ([1.0, 2.0], [1.0, np.nan]), r"actual has 1 missing of 2\. Leave out replays whose period is not over\."),
        (coverage, ([1.0], [np.nan], [1.0]), r"high has 1 missing of 1\. Leave out replays"),
        (crps_from_samples, ([[1.0], [2.0]], [1.0]), r"samples must have one row for each of 1 actuals; found shape \(2, 1\)\."),
        (crps_from_samples, ([[np.nan]], [1.0]), r"samples has 1 missing of 1\."),
        (crps_from_quantiles, ([0.1, 0.9], [[1.0]], [1.0]),
         r"a row for each of 1 actuals and a column for each of 2 levels; found shape \(1, 1\)\."),
        (crps_from_quantiles, ([0.9, 0.1], [[1.0, 2.0]], [1.0]),
         r"levels must ascend between 0 and 1; found \[0\.9, 0\.1\]\. Sort them with their quantiles\."),
        (crps_from_quantiles, ([0.1, 0.9], [[1.0, 2.0], [2.0, 1.0]], [1.0, 1.0]),
         r"quantiles must not fall as their level rises; they do in row 1\. Sort each row\."),
        (chance_error, ([0.2, 1.2, np.nan],), r"a probability must be 0 to 1; 2 of 3 are not\."),
    ],
)
def test_what_cannot_be_judged_is_named(figure: Any, given: tuple[list[Any], ...], said: str) -> None:
    with pytest.raises(SchemaError, match=said):
        figure(*(np.array(values, float) for values in given))


def test_a_level_or_an_overlap_that_cannot_be_is_named() -> None:
    with pytest.raises(SchemaError, match=r"the level of a quantile must be between 0 and 1; found 90\. P90 is 0\.9\."):
        pinball(90, PREDICTED, ACTUAL)
    with pytest.raises(SchemaError, match=r"overlap must be 1 or more; found 0\.5\. Divide the horizon by the time between"):
        coverage(PREDICTED, PREDICTED, ACTUAL, overlap=0.5)
