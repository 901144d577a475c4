"""The oracle at a small size: the model comes near the simulation's own probabilities, and a bias would be seen."""

from dataclasses import replace

import numpy as np
import pytest
from against_truth import against_truth

from leadcast.observations import open_at
from leadcast.simulate import true_history
from leadcast.simulate.truth import Truth, probability, true_lives
from leadcast.workspace.model import General, TableSource, Workspace
from serving.scores import Scorer
from training.run import Trained, train

LEADS, SEED = 3000, 11
WORKSPACE = Workspace(workspace=General(name="oracle"), tables={"leads": TableSource(file="leads.csv")})


@pytest.fixture(scope="module")
def truth() -> Truth:
    return true_lives(LEADS, SEED)


@pytest.fixture(scope="module")
def model() -> Trained:
    return train(WORKSPACE, true_history(LEADS, SEED), ["sql"], register=False)[0]


def test_the_truth_itself_is_calibrated(model: Trained, truth: Truth) -> None:
    assert against_truth(model, truth).truth.ece < 0.04  # about 600 leads: luck alone gives 0.03


def test_the_model_comes_near_the_truth_and_beats_the_base_rate(model: Trained, truth: Truth) -> None:
    found = against_truth(model, truth)
    assert 0.0 < found.excess < 0.045
    assert found.miscalibration < 0.045
    assert found.model.log_loss < found.base_rate - 0.03


def test_a_bias_is_seen(model: Trained, truth: Truth) -> None:
    biased = replace(model.evaluation, said=np.clip(model.evaluation.said + 0.1, 0.01, 0.99))
    assert against_truth(replace(model, evaluation=biased), truth).miscalibration > 0.06


@pytest.fixture(scope="module")
def deals() -> Trained:
    return train(WORKSPACE, true_history(LEADS, SEED), ["win"], register=False)[0]


@pytest.mark.parametrize("days", [14.0, 30.0, 60.0, 90.0, 180.0, None])
def test_the_curve_comes_near_the_true_chance_at_every_day_ahead(deals: Trained, truth: Truth, days: float | None) -> None:
    """One model, asked for days it was not fitted to: the truth is the simulation's own P(won by then), not what came."""
    history, bundle = true_history(LEADS, SEED), deals.bundle
    now = open_at(history, bundle.target, history.end)
    values, _ = Scorer(bundle).values(history, now)
    curves = bundle.curves(values)
    said = curves.ever() if days is None else curves.won_by(days)
    true = probability(truth, "opportunity", now.entity_id, now.as_of, bundle.target.stages, days)
    assert abs(said.mean() - true.mean()) < 0.07  # three standard errors of the rate of some 500 closed deals
    assert np.corrcoef(said, true)[0, 1] > 0.75
    near = [abs(said[b].mean() - true[b].mean()) for b in np.array_split(np.argsort(said), 4)]
    assert np.mean(near) < 0.1
