"""A trained model beside the simulation's own probabilities, on the newest slice."""

from dataclasses import dataclass

import numpy as np

from leadcast.metrics import Quality, judge
from leadcast.simulate.truth import Truth, probability
from training.run import Trained


@dataclass(frozen=True)
class AgainstTruth:
    """What the model says and what is true of the same observations.

    ``excess`` is the log loss above the truth's own, expected over what might have come (no luck in it); ``miscalibration``
    the mean distance between what was said and the mean truth, over ten bins of what was said (no luck in it either).
    """

    model: Quality
    truth: Quality
    base_rate: float
    excess: float
    miscalibration: float


def against_truth(model: Trained, truth: Truth) -> AgainstTruth:
    newest, found = model.newest, model.evaluation
    true = probability(
        truth, model.target.entity, newest.entity_id, newest.as_of, model.target.stages, model.bundle.facts.horizon_days
    )
    known = ~np.isnan(true)
    assert known.mean() > 0.99, "the truth does not know the observations"
    said, came, weight = found.said[known], found.outcome[known], found.weight[known]
    true = np.clip(true[known], 1e-12, 1 - 1e-12)
    excess = np.mean(true * np.log(true / said) + (1 - true) * np.log((1 - true) / (1 - said)))
    bins = np.array_split(np.argsort(said), 10)
    apart = np.mean([abs(said[b].mean() - true[b].mean()) for b in bins])
    base = model.report["metrics"]["base_rate"]["log_loss"]
    return AgainstTruth(judge(said, came, weight), judge(true, came, weight), base, float(excess), float(apart))
