"""Two models on the same rows: equal ones tie, a worse one is found, whatever it is worse in; paired by entity."""

import numpy as np
import pytest

from leadcast.calibration import probability
from leadcast.comparison import FIGURES, Difference, compare, too_few
from leadcast.workspace.promotion import Promotion

SHIPPED = Promotion()
ALLOWED = {figure: getattr(SHIPPED, figure) for figure in FIGURES}


def drawn(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """True log-odds and what came."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(-1, 1, rows)
    return truth, (rng.random(rows) < probability(truth)).astype(float)


def judged(new: np.ndarray, old: np.ndarray, came: np.ndarray, sure: float = SHIPPED.sure) -> dict[str, Difference]:
    found = compare(probability(new), probability(old), came, np.ones(len(came)), np.arange(len(came)), ALLOWED, sure)
    return {d.figure: d for d in found}


def test_the_figures_are_the_textbook_s() -> None:
    from sklearn.metrics import log_loss, roc_auc_score

    truth, came = drawn(500, 1)
    weight = np.random.default_rng(2).random(500)
    found = compare(probability(truth), probability(-truth), came, weight, np.arange(500), ALLOWED, 0.5)
    said = probability(truth)
    assert found[0].challenger == pytest.approx(roc_auc_score(came, said, sample_weight=weight), abs=1e-12)
    assert found[0].champion == pytest.approx(1 - found[0].challenger, abs=1e-12)
    assert found[1].challenger == pytest.approx(log_loss(came, said, sample_weight=weight), abs=1e-12)


def test_a_model_ties_with_itself() -> None:
    truth, came = drawn(400, 3)
    for difference in judged(truth, truth, came).values():
        assert (difference.worse, difference.low, difference.high, difference.risk) == (0.0, 0.0, 0.0, 0.0)
        assert difference.passed and difference.words == "not worse"


def test_noise_in_the_order_is_found_by_the_auc() -> None:
    truth, came = drawn(3000, 4)
    found = judged(truth + np.random.default_rng(5).normal(0, 1, 3000), truth, came)
    assert not found["auc"].passed and found["auc"].words == "worse" and found["auc"].low > 0.01


def test_a_wrong_level_is_found_though_the_order_is_the_same() -> None:
    truth, came = drawn(3000, 6)
    found = judged(truth + 0.7, truth, came)
    assert found["auc"].passed and found["auc"].worse == 0.0
    assert not found["calibration"].passed and not found["log_loss"].passed


def test_a_better_model_is_called_better() -> None:
    truth, came = drawn(3000, 7)
    found = judged(truth, truth + np.random.default_rng(8).normal(0, 1, 3000), came)
    assert {d.words for name, d in found.items() if name != "calibration"} == {"better"}


def test_looks_at_one_lead_are_drawn_together() -> None:
    """Each row five times over is no new evidence: intervals stay as wide as with one."""
    truth, came = drawn(300, 9)
    worse = truth + np.random.default_rng(10).normal(0, 1, 300)
    once = compare(probability(worse), probability(truth), came, np.ones(300), np.arange(300), ALLOWED, 0.5)[0]
    five = [np.repeat(x, 5) for x in (probability(worse), probability(truth), came, np.ones(300), np.arange(300))]
    again = compare(*five, ALLOWED, 0.5)[0]
    assert again.high - again.low == pytest.approx(once.high - once.low, rel=0.02)


def test_a_gate_that_need_not_be_sure_asks_for_proof() -> None:
    truth, came = drawn(250, 11)
    rng = np.random.default_rng(12)
    new, old = truth + rng.normal(0, 0.5, 250), truth + rng.normal(0, 0.5, 250)
    assert judged(new, old, came, 0.5)["auc"].risk > 0.02
    assert not judged(new, old, came, 0.0)["auc"].passed


def test_equally_good_models_mostly_pass_and_much_worse_ones_never_do() -> None:
    passed = {"equal": 0, "worse": 0}
    for seed in range(40):
        truth, came = drawn(800, 100 + seed)
        rng = np.random.default_rng(seed)
        old = truth + rng.normal(0, 0.3, 800)
        for name, new in (("equal", truth + rng.normal(0, 0.3, 800)), ("worse", truth + rng.normal(0, 1.2, 800))):
            passed[name] += all(d.passed for d in judged(new, old, came).values())
    assert passed["equal"] >= 38 and passed["worse"] <= 1


def test_noise_on_few_outcomes_is_neither_a_refusal_nor_a_proof() -> None:
    """A disadvantage of 0.02 in the AUC whose interval reaches from better to much worse says nothing."""
    truth, came = drawn(100, 11)
    rng = np.random.default_rng(12)
    found = judged(truth + rng.normal(0, 0.5, 100), truth + rng.normal(0, 0.5, 100), came)["auc"]
    assert found.low < 0 < found.allowed < found.high and found.passed and not found.clear
    assert found.words == "cannot tell"


def test_too_few_outcomes_are_said() -> None:
    assert too_few(np.array([1.0] * 10 + [0.0] * 10)) is None
    said = too_few(np.array([1.0] * 3 + [0.0] * 40))
    assert said == "3 positives and 40 negatives; at least 10 of each are needed to tell two models apart"
