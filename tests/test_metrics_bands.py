"""Calibration lines, the Brier score's parts and bootstrap bands: against scikit-learn, identities and data with known truth."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from leadcast.metrics import (
    Draws,
    auc,
    average_precision,
    band,
    bands,
    brier,
    brier_parts,
    calibration_intercept,
    calibration_slope,
    difference,
    gain_at,
    judge,
    lift_at,
    precision_at,
)
from leadcast.metrics.bootstrap import _Figures, drawn_auc


def drawn(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True probabilities, what came, and uneven weights."""
    rng = np.random.default_rng(seed)
    truth = rng.beta(1.5, 4, rows)
    return truth, (rng.random(rows) < truth).astype(float), rng.uniform(0.5, 1.5, rows)


def test_average_precision_is_scikit_learn_s_and_the_base_rate_for_no_knowledge() -> None:
    said, came, weight = drawn(500, 0)
    assert average_precision(said, came, weight) == average_precision_score(came, said, sample_weight=weight)
    assert average_precision(np.full(500, 0.3), came, np.ones(500)) == pytest.approx(came.mean())
    assert np.isnan(average_precision(said, np.zeros(500), weight))


@pytest.mark.parametrize("said", [
    drawn(700, 1)[0], np.round(drawn(700, 1)[0], 1), np.full(700, 0.2), np.linspace(0, 1, 700), drawn(700, 1)[1]])
def test_the_parts_of_the_brier_score_add_up(said: np.ndarray) -> None:
    _, came, weight = drawn(700, 1)
    reliability, resolution, uncertainty = brier_parts(said, came, weight)
    assert reliability - resolution + uncertainty == pytest.approx(brier_score_loss(came, said, sample_weight=weight), abs=1e-12)
    share = np.average(came, weights=weight)
    assert uncertainty == pytest.approx(share * (1 - share)) and reliability >= 0


def test_the_parts_of_the_brier_score_by_hand() -> None:
    said, came = np.array([0.2] * 5 + [0.6] * 5), np.array([0, 0, 0, 1, 1, 0, 1, 1, 1, 1.0])
    reliability, resolution, uncertainty = brier_parts(said, came, np.ones(10), bins=2)
    assert reliability == pytest.approx((0.2**2 + 0.2**2) / 2)  # 0.4 came of 0.2, 0.8 of 0.6
    assert resolution == pytest.approx(0.2**2) and uncertainty == pytest.approx(0.24)


def test_the_base_rate_has_no_resolution() -> None:
    _, came, weight = drawn(300, 2)
    assert brier_parts(np.full(300, 0.4), came, weight)[1] == pytest.approx(0.0, abs=1e-12)


def test_slope_and_intercept_are_those_of_a_plain_logistic_regression() -> None:
    truth, came, weight = drawn(2000, 3)
    said = np.clip(truth**1.7, 1e-6, 1 - 1e-6)
    z = np.log(said / (1 - said))
    fitted = LogisticRegression(C=np.inf, tol=1e-10, max_iter=500).fit(z[:, None], came, sample_weight=weight)
    assert calibration_slope(said, came, weight) == pytest.approx(fitted.coef_[0, 0], abs=1e-4)
    level = calibration_intercept(said, came, weight)
    assert np.average(1 / (1 + np.exp(-z - level)), weights=weight) == pytest.approx(np.average(came, weights=weight), abs=1e-9)


def test_the_truth_has_slope_1_and_intercept_0() -> None:
    truth, came, _ = drawn(60_000, 4)
    ones = np.ones(60_000)
    assert calibration_slope(truth, came, ones) == pytest.approx(1.0, abs=0.03)
    assert calibration_intercept(truth, came, ones) == pytest.approx(0.0, abs=0.03)


def test_twice_the_log_odds_is_too_sure_and_has_half_the_slope() -> None:
    truth, came, weight = drawn(5000, 5)
    odds = (truth / (1 - truth)) ** 2
    halved = calibration_slope(truth, came, weight) / 2
    assert calibration_slope(odds / (1 + odds), came, weight) == pytest.approx(halved, abs=1e-6)


def test_a_constant_has_a_level_but_no_slope() -> None:
    _, came, weight = drawn(400, 6)
    share = np.average(came, weights=weight)
    assert np.isnan(calibration_slope(np.full(400, 0.3), came, weight))
    assert calibration_intercept(np.full(400, share), came, weight) == pytest.approx(0.0, abs=1e-9)
    assert judge(np.full(400, 0.3), came, weight).to_json()["calibration_slope"] is None


def test_perfect_separation_has_a_finite_slope() -> None:
    said, came = np.array([0.1, 0.2, 0.8, 0.9]), np.array([0.0, 0.0, 1.0, 1.0])
    assert 5 < calibration_slope(said, came, np.ones(4)) <= 20


def test_gain_lift_and_precision_tell_the_same() -> None:
    said, came, weight = drawn(900, 7)
    base = np.average(came, weights=weight)
    assert lift_at(said, came, weight, 0.2) == pytest.approx(gain_at(said, came, weight, 0.2) / 0.2)
    assert precision_at(said, came, weight, 0.2) == pytest.approx(lift_at(said, came, weight, 0.2) * base)
    assert precision_at(said, came, weight, 1.0) == pytest.approx(base)


@pytest.mark.parametrize("decimals", [12, 1])
def test_the_figures_of_a_draw_are_those_of_the_plain_functions(decimals: int) -> None:
    truth, came, weight = drawn(300, 8)
    said = np.round(truth, decimals)
    once = _Figures(said, came, weight, 0.35)(weight[None])
    expected = judge(said, came, weight).to_json() | {"precision_at_capacity": precision_at(said, came, weight, 0.35)}
    assert set(once) == set(expected)
    for name, value in expected.items():
        assert once[name][0] == pytest.approx(value, abs=1e-9), name


def test_a_drawn_auc_is_scikit_learn_s() -> None:
    said, came, weight = drawn(200, 9)
    weights = np.random.default_rng(0).poisson(1.0, (4, 200)) * weight
    found = drawn_auc(np.round(said, 2), came, weights)
    assert found == pytest.approx([roc_auc_score(came, np.round(said, 2), sample_weight=w) for w in weights])


def test_bands_cover_the_truth_about_as_often_as_they_say() -> None:
    """Slope 1, intercept 0 and the AUC of very many rows, in 95 % bands of 80 small samples."""
    truth, came, _ = drawn(200_000, 10)
    right = {"auc": auc(truth, came, np.ones(len(truth))), "calibration_slope": 1.0, "calibration_intercept": 0.0,
             "brier": brier(truth, came, np.ones(len(truth)))}
    covered = dict.fromkeys(right, 0)
    for sample in range(80):
        said, outcome = truth[sample * 400:][:400], came[sample * 400:][:400]
        found = bands(said, outcome, Draws(np.arange(400), np.ones(400), sample))
        for name, value in right.items():
            covered[name] += found[name][0] <= value <= found[name][1]
    assert all(0.88 <= count / 80 <= 0.995 for count in covered.values()), covered


def test_a_calibrated_model_s_error_band_reaches_down() -> None:
    truth, came, weight = drawn(1500, 11)
    low, high = bands(truth, came, Draws(np.arange(1500), weight))["ece"]
    assert low < 0.01 and high < 0.05
    low, _ = bands(np.clip(truth + 0.15, 0, 1), came, Draws(np.arange(1500), weight))["ece"]
    assert low > 0.1


def test_permuted_outcomes_give_an_auc_of_a_half_within_its_band() -> None:
    truth, came, weight = drawn(1200, 12)
    shuffled = np.random.default_rng(3).permutation(came)
    low, high = bands(truth, shuffled, Draws(np.arange(1200), weight))["auc"]
    assert low < 0.5 < high and high - low < 0.12


def test_several_looks_at_one_entity_do_not_narrow_any_band() -> None:
    said, came, _ = drawn(200, 13)
    once = bands(said, came, Draws(np.arange(200), np.ones(200)))
    many = bands(np.tile(said, 5), np.tile(came, 5), Draws(np.tile(np.arange(200), 5), np.ones(1000)))
    for name, (low, high) in once.items():
        assert many[name] == pytest.approx((low, high), abs=1e-6), name


def test_bands_do_not_depend_on_the_size_of_the_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    said, came, weight = drawn(100, 14)
    whole = bands(said, came, Draws(np.arange(100), weight))
    monkeypatch.setattr("leadcast.metrics.bootstrap.MOST_CELLS", 1_000)
    parts = bands(said, came, Draws(np.arange(100), weight))
    assert parts["brier"] == pytest.approx(whole["brier"])


def test_one_class_has_bands_only_where_it_has_figures() -> None:
    found = bands(np.linspace(0.1, 0.4, 50), np.zeros(50), Draws(np.arange(50), np.ones(50)))
    assert np.isnan(found["auc"]).all() and np.isnan(found["gain_at_10"]).all() and np.isnan(found["calibration_slope"]).all()
    assert found["log_loss"][0] < found["log_loss"][1]


def test_a_paired_difference_is_narrower_than_the_figures_it_compares() -> None:
    truth, came, weight = drawn(800, 15)
    truth = np.clip(truth, 0.05, 0.95)
    worse = np.clip(truth + np.random.default_rng(1).normal(0, 0.02, 800), 0.01, 0.99)
    draws = Draws(np.arange(800), weight)
    value, low, high = difference(truth, worse, came, draws)["log_loss"]
    alone = bands(truth, came, draws)["log_loss"]
    assert low < value < high and high - low < (alone[1] - alone[0]) / 3
    assert value == pytest.approx(judge(truth, came, weight).log_loss - judge(worse, came, weight).log_loss)


def test_a_band_of_nothing_is_nothing() -> None:
    assert np.isnan(band(np.array([np.nan, np.nan]))).all()
