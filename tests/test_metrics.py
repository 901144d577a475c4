"""Metrics against numbers worked out by hand, and against another way to compute them."""

import numpy as np
import pytest

from leadcast.metrics import (
    auc,
    auc_interval,
    brier,
    expected_calibration_error,
    gain,
    judge,
    lift_at,
    log_loss,
    reliability,
    wilson,
)

SAID = np.array([0.1, 0.2, 0.2, 0.6, 0.8, 0.9])
CAME = np.array([0.0, 0.0, 1.0, 0.0, 1.0, 1.0])
ONES = np.ones(6)


def test_auc_counts_pairs_and_ties_as_half() -> None:
    # 3 x 3 pairs of a positive with a negative: 0.8 and 0.9 win all three; 0.2 beats 0.1, ties 0.2, loses to 0.6
    assert auc(SAID, CAME, ONES) == pytest.approx((3 + 3 + 1.5) / 9)


def test_auc_has_no_value_for_one_class() -> None:
    assert np.isnan(auc(SAID, np.zeros(6), ONES))
    assert all(np.isnan(auc_interval(SAID, np.zeros(6), ONES, np.arange(6))))


def test_log_loss_and_brier_by_hand() -> None:
    said, came = np.array([0.25, 0.5]), np.array([0.0, 1.0])
    assert log_loss(said, came, np.ones(2)) == pytest.approx(-(np.log(0.75) + np.log(0.5)) / 2)
    assert brier(said, came, np.ones(2)) == pytest.approx((0.25**2 + 0.5**2) / 2)


def test_one_class_alone_can_be_judged() -> None:
    quality = judge(np.array([0.2, 0.3]), np.zeros(2), np.ones(2))
    assert quality.brier == pytest.approx((0.04 + 0.09) / 2)
    assert quality.to_json()["auc"] is None and quality.to_json()["lift_at_10"] is None


def test_a_weight_of_two_is_the_row_twice() -> None:
    weight = np.array([1.0, 2.0, 1.0, 1.0, 2.0, 1.0])
    twice = np.repeat(np.arange(6), weight.astype(int))
    weighted, repeated = judge(SAID, CAME, weight), judge(SAID[twice], CAME[twice], np.ones(8))
    assert weighted.to_json() == pytest.approx(repeated.to_json())


def test_certain_and_right_is_perfect() -> None:
    quality = judge(CAME, CAME, ONES)
    assert (quality.auc, quality.brier, quality.ece) == (1.0, 0.0, 0.0)
    assert quality.log_loss == pytest.approx(0.0, abs=1e-12)


def test_the_reliability_table_by_hand() -> None:
    table = reliability(SAID, CAME, ONES, entity=np.array(["a", "a", "b", "c", "d", "d"], object), bins=2)
    assert [(b.rows, b.entities) for b in table] == [(3, 2), (3, 2)]
    assert [b.said for b in table] == pytest.approx([0.5 / 3, 2.3 / 3])
    assert [b.came for b in table] == pytest.approx([1 / 3, 2 / 3])
    assert (table[0].low, table[0].high) == pytest.approx(wilson(1 / 3, 2))


def test_equal_probabilities_stay_in_one_bin() -> None:
    table = reliability(np.full(50, 0.3), np.tile([0.0, 1.0], 25), np.ones(50))
    assert len(table) == 1 and table[0].came == 0.5


def test_calibration_error_by_hand() -> None:
    assert expected_calibration_error(SAID, CAME, ONES, bins=2) == pytest.approx((1 / 3 - 0.5 / 3 + 2.3 / 3 - 2 / 3) / 2)


def test_the_truth_is_calibrated_and_a_bias_is_seen() -> None:
    rng = np.random.default_rng(0)
    truth = rng.beta(2, 5, 40_000)
    came = (rng.random(40_000) < truth).astype(float)
    assert expected_calibration_error(truth, came, np.ones(40_000)) < 0.01
    assert expected_calibration_error(np.clip(truth + 0.1, 0, 1), came, np.ones(40_000)) == pytest.approx(0.1, abs=0.01)


def test_wilson_intervals_hold_their_promise() -> None:
    rng = np.random.default_rng(1)
    found = rng.binomial(40, 0.15, 4000) / 40
    covered = [low <= 0.15 <= high for low, high in (wilson(float(share), 40) for share in found)]
    assert 0.93 < np.mean(covered) < 0.97
    assert wilson(0.5, 0) == (0.0, 1.0)


def test_lift_and_gain_by_hand() -> None:
    said, came = np.linspace(1, 0.1, 10), np.array([1, 0, 1, 0, 0, 0, 0, 0, 0, 0.0])
    worked, found = gain(said, came, np.ones(10))
    assert found[1:4].tolist() == [0.5, 0.5, 1.0] and worked[-1] == 1.0
    assert lift_at(said, came, np.ones(10), 0.1) == pytest.approx(5.0)
    assert lift_at(said, came, np.ones(10), 0.3) == pytest.approx(1 / 0.3)


def test_several_looks_at_one_entity_do_not_narrow_the_interval() -> None:
    rng = np.random.default_rng(2)
    said = rng.random(150)
    came = (rng.random(150) < said).astype(float)
    once = auc_interval(said, came, np.ones(150), np.arange(150))
    many = auc_interval(np.tile(said, 6), np.tile(came, 6), np.ones(900), np.tile(np.arange(150), 6))
    assert once[0] < auc(said, came, np.ones(150)) < once[1]
    assert many == pytest.approx(once)
