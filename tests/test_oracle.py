"""The oracle at a small size: the model comes near the simulation's own probabilities, and a bias would be seen."""

from dataclasses import replace

import numpy as np
import pytest
from against_truth import against_truth

from leadcast.simulate import true_history
from leadcast.simulate.truth import Truth, true_lives
from leadcast.workspace.model import General, TableSource, Workspace
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
