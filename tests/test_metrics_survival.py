"""Scores of P(won by t) under censoring, against tables worked out by hand, another library and known truth."""

import numpy as np
import pytest

from leadcast.errors import SchemaError
from leadcast.metrics import Draws, auc, band, brier, reliability, wilson
from leadcast.metrics.bootstrap import drawn_auc
from leadcast.metrics.incidence import aalen_johansen, censoring_survival
from leadcast.metrics.survival import auc_at, brier_at, brier_losses, calibration_at, integrated_brier, known_by

# watched for 1 day; won on day 2; lost on day 3; watched for 5 days
DURATION, EVENT = np.array([1.0, 2.0, 3.0, 5.0]), np.array([0, 1, 2, 0])
SAID, DAY = np.array([[0.9], [0.5], [0.25], [0.25]]), np.array([4.0])


def pairs(rows: int, seed: int) -> tuple[np.ndarray, ...]:
    """Deals with rates of their own, watched for a random time: duration, event, and both rates."""
    rng = np.random.default_rng(seed)
    win, lose = rng.gamma(2.0, 0.02, rows), rng.gamma(3.0, 0.02, rows)
    outcome, end = rng.exponential(1 / (win + lose)), rng.weibull(1.5, rows) * 20
    event = np.where(outcome > end, 0, np.where(rng.random(rows) < win / (win + lose), 1, 2))
    return np.minimum(outcome, end), event, win, lose


def truth(win: np.ndarray, lose: np.ndarray, days: np.ndarray) -> np.ndarray:
    both = (win + lose)[:, None]
    return win[:, None] / both * (1 - np.exp(-both * days))


def test_the_watched_stand_for_those_watched_too_briefly() -> None:
    # one of four left on day 1 undecided: each of the others stands for 4/3
    won, stands_for = known_by(DURATION, EVENT, DAY)
    assert won[:, 0].tolist() == [0, 1, 0, 0]
    assert stands_for[:, 0].tolist() == pytest.approx([0, 4 / 3, 4 / 3, 4 / 3])


def test_brier_by_hand() -> None:
    assert brier_at(DURATION, EVENT, SAID, DAY) == pytest.approx(4 / 3 * (0.5**2 + 0.25**2 + 0.25**2) / 4)


def test_auc_by_hand_with_a_tie() -> None:
    said = np.array([[0.9], [0.5], [0.5], [0.25]])  # the won deal ties with the lost one and beats the open one
    assert auc_at(DURATION, EVENT, said, DAY) == pytest.approx((0.5 + 1) / 2)


def test_a_deal_lost_by_then_is_one_to_be_ranked_below() -> None:
    duration, event, said = np.array([1.0, 2.0, 9.0]), np.array([1, 2, 0]), np.array([[0.5], [0.8], [0.1]])
    assert auc_at(duration, event, said, np.array([3.0])).tolist() == [0.5]


def test_auc_has_no_value_where_nothing_is_won() -> None:
    assert np.isnan(auc_at(DURATION, EVENT, SAID, np.array([1.5]))).all()


def test_integrated_brier_by_hand() -> None:
    days, said = np.array([1.0, 2.0, 4.0]), np.array([[0.2, 0.4, 0.6], [0.1, 0.3, 0.5]])
    duration, event = np.array([2.0, 3.0]), np.array([1, 2])
    at = [(0.2**2 + 0.1**2) / 2, (0.6**2 + 0.3**2) / 2, (0.4**2 + 0.5**2) / 2]
    assert integrated_brier(duration, event, said, days) == pytest.approx(((at[0] + at[1]) / 2 + (at[1] + at[2])) / 3)


def test_a_deal_watched_for_exactly_the_horizon_is_known() -> None:
    duration, event, said = np.array([28.0, 28.0, 10.0]), np.array([0, 0, 1]), np.array([[0.2, 0.2], [0.4, 0.4], [0.7, 0.7]])
    found = brier_at(duration, event, said, np.array([28.0, 28.1]))
    assert found[0] == pytest.approx((0.2**2 + 0.4**2 + 0.3**2) / 3)
    assert np.isnan(found[1])


def test_nothing_is_said_of_days_to_which_no_one_was_watched() -> None:
    days, said = np.array([4.0, 6.0]), np.hstack([SAID, SAID])
    assert np.isnan(auc_at(DURATION, EVENT, said, days)[1])
    assert np.isnan(integrated_brier(DURATION, EVENT, said, days))
    late = calibration_at(DURATION, EVENT, said, days)[1]
    assert np.isnan(late.came) and np.isnan(late.ratio) and (late.low, late.high) == (0.0, 1.0)


def test_where_all_have_ended_any_later_day_is_known() -> None:
    assert brier_at(np.array([1.0, 2.0]), np.array([1, 2]), np.full((2, 1), 0.5), np.array([99.0])).tolist() == [0.25]


def test_without_censoring_all_are_the_plain_figures() -> None:
    duration, event, win, lose = pairs(500, seed=1)
    duration, event, days = duration[event > 0], event[event > 0], np.array([3.0, 9.0])
    said, weight = truth(win, lose, days)[: len(event)], np.random.default_rng(0).random(len(event))
    for k, day in enumerate(days):
        row = said[:, k], ((duration <= day) & (event == 1)).astype(float), weight
        assert brier_at(duration, event, said, days, weight)[k] == pytest.approx(brier(*row))
        assert auc_at(duration, event, said, days, weight)[k] == pytest.approx(auc(*row))


def test_without_censoring_calibration_is_the_reliability_table() -> None:
    duration, event, win, lose = pairs(500, seed=1)
    duration, event, days = duration[event > 0], event[event > 0], np.array([9.0])
    said = truth(win, lose, days)[: len(event)]
    came = ((duration <= 9.0) & (event == 1)).astype(float)
    found = calibration_at(duration, event, said, days, bins=5)[0]
    assert (found.day, found.said, found.came) == pytest.approx((9.0, said.mean(), came.mean()))
    assert found.ratio == pytest.approx(said.mean() / came.mean())
    assert (found.low, found.high) == pytest.approx(wilson(came.mean(), len(came)))
    for ours, plain in zip(found.bins, reliability(said[:, 0], came, np.ones(len(came)), bins=5), strict=True):
        assert vars(ours) == pytest.approx(vars(plain))


def test_the_rows_stand_for_all_rows_and_add_up_to_the_shares_counted() -> None:
    duration, event, *_ = pairs(400, seed=2)
    duration, days, weight = np.ceil(duration), np.array([2.0, 7.0, 12.0]), np.random.default_rng(0).random(400)  # many ties
    won, stands_for = known_by(duration, event, days, weight)
    assert weight @ stands_for == pytest.approx(np.full(3, weight.sum()))
    shares = aalen_johansen(duration, event, weight=weight).won_by(days)
    assert weight @ (won * stands_for) / weight.sum() == pytest.approx(shares)


def test_looks_at_one_entity_are_not_several_cases() -> None:
    duration, event, *_ = pairs(40, seed=8)
    said, day = np.linspace(0.1, 0.5, 40)[:, None], np.array([8.0])
    once = calibration_at(duration, event, said, day, bins=2)[0]
    rows = np.repeat(np.arange(40), 5)
    often = calibration_at(duration[rows], event[rows], said[rows], day, entity=rows, bins=2)[0]
    assert (often.came, often.low, often.high) == pytest.approx((once.came, once.low, once.high))
    assert (often.bins[0].rows, often.bins[0].entities) == (100, 20)


def test_censoring_widens_the_band() -> None:
    duration, event, win, lose = pairs(300, seed=3)
    found = calibration_at(duration, event, truth(win, lose, np.array([12.0])), np.array([12.0]))[0]
    low, high = wilson(found.came, 300)
    assert found.low < low and found.high > high


def test_a_bin_without_a_win_knows_only_as_much_as_was_watched() -> None:
    found = calibration_at(np.array([1.0, 1.0, 5.0, 5.0]), np.array([0, 0, 0, 2]), SAID, DAY, bins=1)[0]
    assert np.isnan(found.ratio) and (found.low, found.high) == pytest.approx(wilson(0.0, 2))


def test_the_band_holds_the_truth_as_often_as_it_says() -> None:
    held, day = [], np.array([10.0])
    known = truth(*pairs(200_000, seed=1_000)[2:], day).mean()
    for seed in range(300):
        duration, event, win, lose = pairs(150, seed)
        found = calibration_at(duration, event, truth(win, lose, day), day, bins=1)[0]
        held.append(found.low <= known <= found.high)
    assert 0.92 <= np.mean(held) <= 0.98


def test_the_truth_is_found_under_censoring() -> None:
    duration, event, win, lose = pairs(20_000, seed=4)
    days = np.array([4.0, 10.0, 20.0])
    share = truth(win, lose, days)
    for said in (share, share**2, 0.1 + share / 2):
        known = (share * (1 - share) + (said - share) ** 2).mean(0)
        assert np.abs(brier_at(duration, event, said, days) - known).max() < 0.006
        both = zip(said.T, share.T, strict=True)
        ranks = [auc(np.tile(p, 2), np.repeat([1.0, 0.0], 20_000), np.append(f, 1 - f)) for p, f in both]
        assert np.abs(auc_at(duration, event, said, days) - ranks).max() < 0.012
    assert [line.ratio for line in calibration_at(duration, event, share, days)] == pytest.approx([1, 1, 1], abs=0.05)


def test_dropping_the_censored_would_not_find_it() -> None:
    duration, event, win, lose = pairs(20_000, seed=4)
    day = np.array([20.0])
    share, ended = truth(win, lose, day), event > 0
    known = (share * (1 - share)).mean()
    dropped = duration[ended], event[ended], share[ended], day
    assert brier_at(*dropped)[0] - known > 2 * abs(brier_at(duration, event, share, day)[0] - known)
    assert calibration_at(*dropped)[0].ratio < 0.95


def test_the_truth_scores_best() -> None:
    duration, event, win, lose = pairs(20_000, seed=5)
    days = np.linspace(1, 20, 8)
    share = truth(win, lose, days)
    best = integrated_brier(duration, event, share, days)
    for other in (share**1.5, share / 2, share * 0 + share.mean(0)):
        assert integrated_brier(duration, event, other, days) > best


def test_each_rows_part_and_a_paired_band_of_the_auc() -> None:
    duration, event, win, lose = pairs(400, seed=6)
    days = np.array([8.0])
    share = truth(win, lose, days)
    assert brier_losses(duration, event, share, days).mean(0) == pytest.approx(brier_at(duration, event, share, days))
    won, stands_for = known_by(duration, event, days)
    draws = Draws(np.arange(400), stands_for[:, 0])
    low, high = band(draws.each(lambda weights: drawn_auc(share[:, 0], won[:, 0], weights)))
    assert low < float(auc_at(duration, event, share, days)[0]) < high


def test_the_same_as_another_library() -> None:
    theirs = pytest.importorskip("hazardous.metrics")
    duration, event, win, lose = pairs(600, seed=7)
    days, seen = np.array([2.0, 6.0, 11.0, 15.0]), {"event": event, "duration": duration}
    share = truth(win, lose, days)
    assert censoring_survival(duration, event).at(days[-1:])[0] > 0.05  # below which that library cuts its weights
    each = theirs.brier_score_incidence(seen, seen, share, days, event_of_interest=1)
    assert brier_at(duration, event, share, days) == pytest.approx(each)
    whole = theirs.integrated_brier_score_incidence(seen, seen, share, days, event_of_interest=1)
    assert integrated_brier(duration, event, share, days) == pytest.approx(whole)


@pytest.mark.parametrize("figure", [brier_at, auc_at, calibration_at])
def test_predictions_that_do_not_fit_are_named(figure) -> None:  # type: ignore[no-untyped-def]
    said = r"won must hold P\(won by t\) for 4 rows and days of shape \(2,\); it has shape \(4, 1\)\. Pass one column per day"
    with pytest.raises(SchemaError, match=said):
        figure(DURATION, EVENT, SAID, np.array([1.0, 2.0]))


@pytest.mark.parametrize("days", [[4.0], [4.0, 2.0]])
def test_a_grid_that_cannot_be_integrated_is_named(days: list[float]) -> None:
    with pytest.raises(SchemaError, match=r"days must ascend, two or more, to integrate over; found \[4\.0.*\]\. Sort the grid"):
        integrated_brier(DURATION, EVENT, np.zeros((4, len(days))), np.array(days))
