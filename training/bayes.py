"""Smoothed naive Bayes: what each value says on its own, added up and tempered; the first rung that ranks at all."""

from collections.abc import Sequence

import numpy as np

from leadcast.calibration import log_odds
from leadcast.contract import Contract, Feature
from leadcast.members import Bayes, Curve
from training.sight import is_rate


def fit_bayes(
    values: np.ndarray, contract: Contract, outcome: np.ndarray, weight: np.ndarray, priors: Sequence[float], bins: int,
    temper: float = 1.0,
) -> tuple[Bayes, ...]:
    """Naive Bayes over levels of categories and bins of numbers, one model for each prior.

    The rate of each level or bin is drawn towards the base rate, so a rare one says little; a value never seen says nothing. A
    number's effect is straight between the middles of its bins. Features repeat one another, so the sum is overconfident:
    ``temper`` shrinks it. Rates of the context are left out, since they say again what their column says.

    Parameters
    ----------
    priors : how many rows at the base rate each level or bin starts with
    bins : of equal mass, for a number
    temper : factor on the sum of all parts, from predictions for unseen rows
    """
    weight = weight / weight.mean()
    base = float((weight * outcome).sum() + 0.5) / (float(weight.sum()) + 1.0)
    grouped = [None if is_rate(f) else _grouped(values[:, j], f, bins) for j, f in enumerate(contract.features)]
    models = []
    for prior in priors:
        curves = (Curve() if g is None else _curve(*g, outcome, weight, base, prior, temper) for g in grouped)
        models.append(Bayes(float(log_odds(base)), tuple(curves)))
    return tuple(models)


def _grouped(column: np.ndarray, feature: Feature, bins: int) -> tuple[np.ndarray, np.ndarray]:
    """The knots, shape (k,), and each row's place among them; missing values have place k, those never seen -1."""
    absent = np.isnan(column)
    if feature.levels is not None:
        knots = np.arange(-1.0, len(feature.levels))
        return knots, np.where(absent, len(knots), np.where(column < 0, -1, np.nan_to_num(column) + 1)).astype(int)
    present = column[~absent]
    if not len(present):
        return np.zeros(1), np.full(len(column), 1)
    edges = np.unique(np.quantile(present, np.linspace(0.0, 1.0, bins + 1)[1:-1]))
    place = np.searchsorted(edges, present, "right")
    filled, compact = np.unique(place, return_inverse=True)
    knots = np.array([np.median(present[place == p]) for p in filled])
    code = np.full(len(column), len(knots))
    code[~absent] = compact
    return knots, code


def _curve(
    knots: np.ndarray, code: np.ndarray, outcome: np.ndarray, weight: np.ndarray, base: float, prior: float, temper: float
) -> Curve:
    known = code >= 0
    rows = np.bincount(code[known], weight[known], len(knots) + 1)
    positive = np.bincount(code[known], (weight * outcome)[known], len(knots) + 1)
    heights = temper * (log_odds((positive + prior * base) / (rows + prior)) - log_odds(base))
    return Curve(tuple(knots.tolist()), tuple(heights[:-1].tolist()), float(heights[-1]))
