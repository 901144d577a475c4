"""The only place where members are fitted; deterministic for data and seed on any number of threads."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from leadcast.calibration import log_odds
from leadcast.contract import Contract
from leadcast.members import BaseRate, Curve, Logistic, Trees
from training.settings import DEFAULTS, Settings
from training.sight import hidden_rates, is_rate, without
from training.split import Fold

KNOTS = 17
LOGISTIC_ROWS = 15_000
MOST_COLUMNS, FEWEST_COLUMNS = 400, 4
MANY_ROWS = 200_000
PRIOR_COUNT = 1.0


def fit_base_rate(outcome: np.ndarray, weight: np.ndarray) -> BaseRate:
    """The weighted share of positives, half a positive and half a negative added so that it is never 0 or 1."""
    mean = weight.mean()
    rate = ((weight * outcome).sum() + PRIOR_COUNT / 2 * mean) / (weight.sum() + PRIOR_COUNT * mean)
    return BaseRate(float(log_odds(float(rate))))


# ---- logistic regression ------------------------------------------------------------------------------------------


def fit_logistic(
    values: np.ndarray, contract: Contract, outcome: np.ndarray, weight: np.ndarray, strengths: Sequence[float],
    bends: int = 0, rare_level: float = 0.0,
) -> tuple[Logistic, ...]:
    """Ridge logistic regression on ranks of numbers, levels of categories and flags for missing values.

    A number enters as its rank in the training data, straight between 17 quantiles: heavy tails and outliers cannot pull.
    At most 15,000 rows, evenly spread, are used; more would not change the coefficients visibly.

    Parameters
    ----------
    strengths : inverse of the ridge penalty on standardised columns (scikit-learn's C); one model for each
    bends : at how many ranks a number's effect may change its slope; 0 = straight in its rank
    rare_level : a level counts as spread at least this much when it is standardised, so that the penalty holds rare ones back
    """
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    rows = _spread(len(outcome), LOGISTIC_ROWS)
    outcome, weight = outcome[rows], weight[rows] / weight[rows].mean()
    values = without(values[rows], hidden_rates(contract))
    bases = _bases(values, contract, bends)
    design = np.concatenate([_columns(values[:, j], basis) for j, basis in enumerate(bases)], axis=1)
    mean = np.average(design, axis=0, weights=weight)
    design -= mean
    spread = np.sqrt(np.average(design**2, axis=0, weights=weight))
    floors = [np.full(b[1].shape[1] + 1, rare_level * f.is_category) for b, f in zip(bases, contract.features, strict=True)]
    scale = np.where(spread > 1e-9, np.maximum(spread, np.concatenate(floors)), 1.0)
    telling = np.flatnonzero(spread > 1e-9) if (spread > 1e-9).any() else np.zeros(1, int)  # the others would only take time
    design = design[:, telling] / scale[telling]
    model, found = LogisticRegression(solver="newton-cholesky", max_iter=50, tol=1e-7, warm_start=True), []
    with threadpool_limits(limits=1):  # a matrix product may round differently on more threads
        for strength in strengths:
            model.set_params(C=strength).fit(design, outcome, sample_weight=weight)
            coefficients = np.zeros(len(scale))
            coefficients[telling] = model.coef_[0] / scale[telling]
            found.append(_curves(float(model.intercept_[0]), coefficients, mean, bases))
    return tuple(found)


Basis = tuple[np.ndarray, np.ndarray]


def _bases(values: np.ndarray, contract: Contract, bends: int) -> list[Basis]:
    """One for each feature; where there are many, each has fewer columns, since the time taken grows with their square."""
    many = sum(not (f.is_category or is_rate(f)) for f in contract.features)
    bends = min(bends, max(0, MOST_COLUMNS // 2 // max(many, 1) - 1))
    numbers = [_basis(values[:, j], 0 if is_rate(f) else bends) for j, f in enumerate(contract.features) if not f.is_category]
    categories = max(1, len(contract.features) - len(numbers))
    most = max(FEWEST_COLUMNS, (MOST_COLUMNS - sum(worth.shape[1] + 1 for _, worth in numbers)) // categories)
    rest = iter(numbers)
    return [next(rest) if f.levels is None else _level_basis(values[:, j], len(f.levels), most)
            for j, f in enumerate(contract.features)]


def _level_basis(column: np.ndarray, levels: int, most: int) -> Basis:
    """A column for each level; beyond ``most``, the rarer ones share the last."""
    knots = np.arange(-1.0, levels)
    if levels <= most:
        return knots, np.eye(levels + 1)[:, 1:]
    counts = np.bincount(column[column >= 0].astype(int), minlength=levels)
    place = np.full(levels, most - 1)
    place[np.argsort(-counts, kind="stable")[: most - 1]] = np.arange(most - 1)
    return knots, np.concatenate([np.zeros((1, most)), np.eye(most)[place]])


def _basis(column: np.ndarray, bends: int) -> Basis:
    """Knots of a number, shape (k,), and what the design columns are worth at each, shape (k, columns)."""
    present = np.sort(column[~np.isnan(column)])
    if not len(present):
        return np.zeros(1), np.zeros((1, 1))
    knots = np.unique(present[np.linspace(0, len(present) - 1, KNOTS).round().astype(int)])
    below, upto = (np.searchsorted(present, knots, side) for side in ("left", "right"))
    rank = (below + upto) / 2 / len(present)
    turns = np.linspace(0.0, 1.0, bends + 2)[1:-1]
    return knots, np.column_stack([rank, *(np.maximum(rank - turn, 0.0) for turn in turns)])


def _columns(column: np.ndarray, basis: Basis) -> np.ndarray:
    """The design columns of one feature and, last, its flag for a missing value."""
    knots, worth = basis
    absent = np.isnan(column)
    at = np.where(absent, knots[0], column)
    inside = np.stack([np.interp(at, knots, w) for w in worth.T], axis=1) if worth.shape[1] else np.empty((len(column), 0))
    return np.column_stack([np.where(absent[:, None], 0.0, inside), absent])


def _curves(intercept: float, coefficients: np.ndarray, mean: np.ndarray, bases: list[Basis]) -> Logistic:
    """Coefficients grouped back to the features they came from, centred on the average row.

    Where no row lacks a feature, nothing is known of those that do: they count as average, not as the lowest value.
    """
    curves, start = [], 0
    for knots, worth in bases:
        own = slice(start, start + worth.shape[1] + 1)
        start = own.stop
        coefficient, centre = coefficients[own], float(coefficients[own] @ mean[own])
        heights = worth @ coefficient[:-1] - centre
        missing = float(coefficient[-1] - centre) if mean[own][-1] > 0 else 0.0
        curves.append(Curve(tuple(knots.tolist()), tuple(heights.tolist()), missing))
    return Logistic(intercept, tuple(curves))


def _spread(count: int, most: int) -> np.ndarray:
    return np.arange(count) if count <= most else np.linspace(0, count - 1, most).round().astype(int)


# ---- boosted trees ------------------------------------------------------------------------------------------------


def fit_trees(
    values: np.ndarray, contract: Contract, outcome: np.ndarray, weight: np.ndarray, seed: int, rounds: int,
    settings: Settings = DEFAULTS, plain: bool = False,
) -> Trees:
    """Boosted trees of a fixed number of rounds; plain ones do not see the rates of the context."""
    import lightgbm

    values = without(values, hidden_rates(contract, plain))
    learn = _dataset(values, contract, outcome, weight, len(outcome), settings)
    booster = lightgbm.train(_parameters(len(outcome), seed, settings), learn, rounds)
    return Trees(_text(booster, rounds), never_missing(values, contract))


def grow_trees(
    values: np.ndarray, contract: Contract, outcome: np.ndarray, weight: np.ndarray, fold: Fold, seed: int,
    settings: Settings = DEFAULTS, plain: bool = False,
) -> tuple[Callable[[int], Trees], int]:
    """Boosted trees grown while the log loss of later rows improves: the first so many of them, and the best round."""
    import lightgbm

    train, valid = fold.train, fold.valid
    values = without(values, hidden_rates(contract, plain))
    learn = _dataset(values[train], contract, outcome[train], weight[train], len(train), settings)
    fill = never_missing(values[train], contract)
    later = np.where(np.isnan(values[valid]), fill, values[valid])
    check = lightgbm.Dataset(later, outcome[valid], weight=weight[valid], reference=learn)
    stop = lightgbm.early_stopping(settings.patience, verbose=False)
    parameters = _parameters(len(train), seed, settings)
    booster = lightgbm.train(parameters, learn, settings.most_rounds, valid_sets=[check], callbacks=[stop])
    return lambda rounds: Trees(_text(booster, rounds), fill), max(1, booster.best_iteration)


def never_missing(values: np.ndarray, contract: Contract) -> tuple[float, ...]:
    """The median of each number that no row lacks, NaN for all other features: a later row that lacks it counts as average."""
    complete = ~np.isnan(values).any(axis=0) & ~np.array([feature.is_category for feature in contract.features])
    return tuple(np.where(complete, np.median(values, axis=0), np.nan).tolist())


def _parameters(rows: int, seed: int, settings: Settings) -> dict[str, Any]:
    """Small trees on half of the features and 70 % of the rows each: on every fold tried, real and simulated, they lost less on
    later rows than trees of 15 leaves on more, since funnels have many features and few outcomes.
    """
    return {
        "objective": "binary", "learning_rate": settings.learning_rate, "num_leaves": settings.leaves,
        "min_data_in_leaf": int(np.clip(rows * settings.smallest_leaf, 10, 200)), "lambda_l2": settings.ridge,
        "feature_fraction": settings.feature_share, "bagging_fraction": settings.row_share, "bagging_freq": 1,
        "cat_smooth": settings.level_smoothing, "cat_l2": settings.level_smoothing, "max_bin": settings.bins,
        "deterministic": True, "force_row_wise": True, "seed": seed, "num_threads": _threads(rows), "verbosity": -1,
    }


def _threads(rows: int) -> int:
    """All cores (0) only where there is much to do: threads that wait for a busy core cost more than they bring below that.

    Trees come out the same on any number of threads.
    """
    return 1 if rows < MANY_ROWS else 0


def _dataset(
    values: np.ndarray, contract: Contract, outcome: np.ndarray, weight: np.ndarray, rows: int, settings: Settings
) -> Any:
    import lightgbm

    categories = [j for j, feature in enumerate(contract.features) if feature.is_category]
    parameters = _parameters(rows, 0, settings)
    binning = {name: parameters[name] for name in ("max_bin", "min_data_in_leaf", "verbosity", "num_threads")}
    return lightgbm.Dataset(
        values, outcome, weight=weight / weight.mean(), feature_name=contract.names, categorical_feature=categories,
        params=binning,
    )


def _text(booster: Any, rounds: int) -> str:
    """LightGBM's own text without its list of parameters, which names the number of threads and is not needed to predict."""
    text = booster.model_to_string(num_iteration=rounds)
    head, rest = text.split("\nparameters:", 1)
    return f"{head}\n{rest.split('end of parameters', 1)[1].lstrip()}"
