"""The only place where members are fitted; deterministic for data and seed on any number of threads."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from leadcast.calibration import log_odds
from leadcast.contract import Contract
from leadcast.members import BaseRate, Curve, Logistic, Trees
from training.split import Fold

KNOTS = 17
LOGISTIC_ROWS = 15_000
MOST_ROUNDS = 400
PATIENCE = 20
MANY_ROWS = 200_000
PRIOR_COUNT = 1.0


def fit_base_rate(outcome: np.ndarray, weight: np.ndarray) -> BaseRate:
    """The weighted share of positives, half a positive and half a negative added so that it is never 0 or 1."""
    mean = weight.mean()
    rate = ((weight * outcome).sum() + PRIOR_COUNT / 2 * mean) / (weight.sum() + PRIOR_COUNT * mean)
    return BaseRate(float(log_odds(float(rate))))


# ---- logistic regression ------------------------------------------------------------------------------------------


def fit_logistic(
    values: np.ndarray, contract: Contract, outcome: np.ndarray, weight: np.ndarray, strengths: Sequence[float]
) -> tuple[Logistic, ...]:
    """Ridge logistic regression on ranks of numbers, levels of categories and flags for missing values.

    A number enters as its rank in the training data, straight between 17 quantiles: heavy tails and outliers cannot pull.
    At most 15,000 rows, evenly spread, are used; more would not change the coefficients visibly.

    Parameters
    ----------
    strengths : inverse of the ridge penalty on standardised columns (scikit-learn's C); one model for each
    """
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    rows = _spread(len(outcome), LOGISTIC_ROWS)
    values, outcome, weight = values[rows], outcome[rows], weight[rows] / weight[rows].mean()
    bases = [_basis(values[:, j], feature.levels) for j, feature in enumerate(contract.features)]
    design = np.concatenate([_columns(values[:, j], basis) for j, basis in enumerate(bases)], axis=1)
    mean = np.average(design, axis=0, weights=weight)
    design -= mean
    scale = np.sqrt(np.average(design**2, axis=0, weights=weight))
    scale[scale < 1e-9] = np.inf
    design /= scale
    models = [LogisticRegression(C=strength, solver="newton-cholesky", max_iter=50, tol=1e-8) for strength in strengths]
    with threadpool_limits(limits=1):  # a matrix product may round differently on more threads
        for model in models:
            model.fit(design, outcome, sample_weight=weight)
    return tuple(_curves(float(m.intercept_[0]), m.coef_[0] / scale, mean, bases) for m in models)


Basis = tuple[np.ndarray, np.ndarray]


def _basis(column: np.ndarray, levels: tuple[str, ...] | None) -> Basis:
    """Knots of shape (k,), and what the design columns are worth at each, shape (k, columns)."""
    if levels is not None:
        return np.arange(-1.0, len(levels)), np.eye(len(levels) + 1)[:, 1:]
    present = np.sort(column[~np.isnan(column)])
    if not len(present):
        return np.zeros(1), np.zeros((1, 1))
    knots = np.unique(present[np.linspace(0, len(present) - 1, KNOTS).round().astype(int)])
    below, upto = (np.searchsorted(present, knots, side) for side in ("left", "right"))
    return knots, ((below + upto) / 2 / len(present))[:, None]


def _columns(column: np.ndarray, basis: Basis) -> np.ndarray:
    """The design columns of one feature and, last, its flag for a missing value."""
    knots, worth = basis
    absent = np.isnan(column)
    at = np.where(absent, knots[0], column)
    inside = np.stack([np.interp(at, knots, w) for w in worth.T], axis=1) if worth.shape[1] else np.empty((len(column), 0))
    return np.column_stack([np.where(absent[:, None], 0.0, inside), absent])


def _curves(intercept: float, coefficients: np.ndarray, mean: np.ndarray, bases: list[Basis]) -> Logistic:
    """Coefficients grouped back to the features they came from, centred on the average row."""
    curves, start = [], 0
    for knots, worth in bases:
        own = slice(start, start + worth.shape[1] + 1)
        start = own.stop
        coefficient, centre = coefficients[own], float(coefficients[own] @ mean[own])
        heights = worth @ coefficient[:-1] - centre
        curves.append(Curve(tuple(knots.tolist()), tuple(heights.tolist()), float(coefficient[-1] - centre)))
    return Logistic(intercept, tuple(curves))


def _spread(count: int, most: int) -> np.ndarray:
    return np.arange(count) if count <= most else np.linspace(0, count - 1, most).round().astype(int)


# ---- boosted trees ------------------------------------------------------------------------------------------------


def fit_trees(values: np.ndarray, contract: Contract, outcome: np.ndarray, weight: np.ndarray, seed: int, rounds: int) -> Trees:
    """Boosted trees of a fixed number of rounds."""
    import lightgbm

    booster = lightgbm.train(_parameters(len(outcome), seed), _dataset(values, contract, outcome, weight, len(outcome)), rounds)
    return Trees(_text(booster, rounds))


def grow_trees(
    values: np.ndarray, contract: Contract, outcome: np.ndarray, weight: np.ndarray, fold: Fold, seed: int
) -> tuple[Callable[[int], Trees], int]:
    """Boosted trees grown while the log loss of later rows improves: the first so many of them, and the best round."""
    import lightgbm

    train, valid = fold.train, fold.valid
    learn = _dataset(values[train], contract, outcome[train], weight[train], len(train))
    check = lightgbm.Dataset(values[valid], outcome[valid], weight=weight[valid], reference=learn)
    stop = lightgbm.early_stopping(PATIENCE, verbose=False)
    booster = lightgbm.train(_parameters(len(train), seed), learn, MOST_ROUNDS, valid_sets=[check], callbacks=[stop])
    return lambda rounds: Trees(_text(booster, rounds)), max(1, booster.best_iteration)


def _parameters(rows: int, seed: int) -> dict[str, Any]:
    """Small trees on half of the features and 70 % of the rows each: on every fold tried, real and simulated, they lost less on
    later rows than trees of 15 leaves on more, since funnels have many features and few outcomes.
    """
    return {
        "objective": "binary", "learning_rate": 0.06, "num_leaves": 8, "min_data_in_leaf": int(np.clip(rows // 500, 10, 200)),
        "lambda_l2": 5.0, "feature_fraction": 0.5, "bagging_fraction": 0.7, "bagging_freq": 1,
        "cat_smooth": 20.0, "cat_l2": 20.0, "max_bin": 127,
        "deterministic": True, "force_row_wise": True, "seed": seed, "num_threads": _threads(rows), "verbosity": -1,
    }


def _threads(rows: int) -> int:
    """All cores (0) only where there is much to do: threads that wait for a busy core cost more than they bring below that.

    Trees come out the same on any number of threads.
    """
    return 1 if rows < MANY_ROWS else 0


def _dataset(values: np.ndarray, contract: Contract, outcome: np.ndarray, weight: np.ndarray, rows: int) -> Any:
    import lightgbm

    categories = [j for j, feature in enumerate(contract.features) if feature.is_category]
    settings = {name: _parameters(rows, 0)[name] for name in ("max_bin", "min_data_in_leaf", "verbosity", "num_threads")}
    return lightgbm.Dataset(
        values, outcome, weight=weight / weight.mean(), feature_name=contract.names, categorical_feature=categories,
        params=settings,
    )


def _text(booster: Any, rounds: int) -> str:
    """LightGBM's own text without its list of parameters, which names the number of threads and is not needed to predict."""
    text = booster.model_to_string(num_iteration=rounds)
    head, rest = text.split("\nparameters:", 1)
    return f"{head}\n{rest.split('end of parameters', 1)[1].lstrip()}"
