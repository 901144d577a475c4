"""How well the best come first."""

import numpy as np


def auc(score: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> float:
    """Chance that a positive outranks a negative; NaN where only one class occurs."""
    from sklearn.metrics import roc_auc_score

    if len(np.unique(outcome)) < 2:
        return float("nan")
    return float(roc_auc_score(outcome, score, sample_weight=weight))


def average_precision(score: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> float:
    """Mean precision over the positives, best first; the base rate where nothing is known, NaN without positives."""
    from sklearn.metrics import average_precision_score

    if not outcome.any():
        return float("nan")
    return float(average_precision_score(outcome, score, sample_weight=weight))


def gain(probability: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of positives found against share worked, best first; both from 0 to 1, ties as one step."""
    groups, inverse = np.unique(-probability, return_inverse=True)
    worked = np.bincount(inverse, weight, len(groups)).cumsum()
    found = np.bincount(inverse, weight * outcome, len(groups)).cumsum()
    return np.append(0.0, worked / worked[-1]), np.append(0.0, found / found[-1] if found[-1] > 0 else found)


def gain_at(probability: np.ndarray, outcome: np.ndarray, weight: np.ndarray, share: float) -> float:
    """Share of all positives that the top ``share`` holds; NaN without positives."""
    worked, found = gain(probability, outcome, weight)
    return float(np.interp(share, worked, found)) if found[-1] > 0 else float("nan")


def lift_at(probability: np.ndarray, outcome: np.ndarray, weight: np.ndarray, share: float) -> float:
    """How many times more positives the top ``share`` holds than chance would; NaN without positives."""
    return gain_at(probability, outcome, weight, share) / share


def precision_at(probability: np.ndarray, outcome: np.ndarray, weight: np.ndarray, share: float) -> float:
    """Share of positives among the top ``share``; NaN without positives."""
    return lift_at(probability, outcome, weight, share) * float(np.average(outcome, weights=weight))


def auc_interval(
    score: np.ndarray, outcome: np.ndarray, weight: np.ndarray, entity: np.ndarray, seed: int = 0, draws: int = 200
) -> tuple[float, float]:
    """The 95 % interval of the AUC, drawing whole entities with replacement; (NaN, NaN) where only one class occurs."""
    from leadcast.metrics.bootstrap import Draws, band, drawn_auc

    if len(np.unique(outcome)) < 2:
        return float("nan"), float("nan")
    return band(Draws(entity, weight, seed, draws).each(lambda drawn: drawn_auc(score, outcome, drawn)))
