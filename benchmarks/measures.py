"""How good probabilities are, and how sure that is: AUC, log loss, calibration error, and paired bootstrap intervals."""

import numpy as np
from scipy.stats import rankdata

MEASURES = ("auc", "log_loss", "ece")
HIGHER_IS_BETTER = {"auc": True, "log_loss": False, "ece": False}
BINS = 10
DRAWS = 400
SMALLEST = 1e-6  # a probability of exactly 0 or 1 would make one miss cost infinitely much


def auc(outcome: np.ndarray, probability: np.ndarray) -> float:
    """Share of pairs (won, lost) in which the won one has the higher probability; ties count half."""
    won = outcome == 1
    if won.all() or not won.any():
        return float("nan")
    ranks = rankdata(probability)
    return float((ranks[won].sum() - won.sum() * (won.sum() + 1) / 2) / (won.sum() * (~won).sum()))


def log_loss(outcome: np.ndarray, probability: np.ndarray) -> float:
    """Mean of minus the logarithm of the probability given to what happened (nats)."""
    p = np.clip(probability, SMALLEST, 1 - SMALLEST)
    return float(-np.mean(np.where(outcome == 1, np.log(p), np.log1p(-p))))


def calibration_error(outcome: np.ndarray, probability: np.ndarray) -> float:
    """Mean distance of probability and outcome over ten bins of equally many rows (ECE).

    Equal probabilities stay in the order of the rows, so a constant is compared with the rate of ten parts in time order.
    """
    order = np.argsort(probability, kind="stable")
    bins = np.array_split(order, BINS)
    return float(sum(len(b) * abs(probability[b].mean() - outcome[b].mean()) for b in bins if len(b)) / len(outcome))


def measure(outcome: np.ndarray, probability: np.ndarray) -> dict[str, float]:
    return {"auc": auc(outcome, probability), "log_loss": log_loss(outcome, probability),
            "ece": calibration_error(outcome, probability)}


Bands = dict[str, dict[str, dict[str, tuple[float, float] | None]]]


def intervals(outcome: np.ndarray, probabilities: dict[str, np.ndarray], against: str, seed: int = 0) -> Bands:
    """95 % intervals of every model's measures, and of their difference from one model on the same drawn rows.

    Parameters
    ----------
    outcome : 1.0 or 0.0, shape (n,)
    probabilities : model to its probabilities, each of shape (n,)
    against : the model that the others are compared with; no differences where it is absent

    Returns
    -------
    model to measure to {"interval": (low, high), "difference": (low, high) or None}; a difference is the model's minus
    the other's
    """
    draw = np.random.default_rng(seed)
    rows = [draw.integers(0, len(outcome), len(outcome)) for _ in range(DRAWS)]
    drawn = {model: [measure(outcome[r], p[r]) for r in rows] for model, p in probabilities.items()}
    found: Bands = {}
    for model, measured in drawn.items():
        found[model], whole = {}, measure(outcome, probabilities[model])
        for name in MEASURES:
            values = np.array([m[name] for m in measured])
            other = np.array([m[name] for m in drawn[against]]) if against in drawn and model != against else None
            difference = None if other is None else _middle(values - other)
            if name == "ece":  # drawn rows are further off than the rows themselves: centre the band on these
                values = np.maximum(values - values.mean() + whole[name], 0.0)
            found[model][name] = {"interval": _middle(values), "difference": difference}
    return found


def _middle(values: np.ndarray) -> tuple[float, float]:
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def mean_ranks(results: list[dict[str, dict[str, float]]], models: list[str]) -> dict[str, dict[str, float]]:
    """Mean over sets of each model's rank (1 is best, ties share) per measure, among models that have every set."""
    ranks: dict[str, dict[str, float]] = {model: {} for model in models}
    for name in MEASURES:
        table = np.array([[one[model][name] for model in models] for one in results])
        signed = -table if HIGHER_IS_BETTER[name] else table
        mean = np.mean([rankdata(row) for row in np.round(signed, 6)], axis=0)
        for model, value in zip(models, mean, strict=True):
            ranks[model][name] = float(value)
    return ranks
