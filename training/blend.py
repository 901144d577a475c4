"""Which members speak, with what weight, and how their sum is calibrated: all from predictions for later, unseen rows."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from leadcast.bundle import Part, blend
from leadcast.calibration import Calibrator, probability
from leadcast.contract import Contract
from leadcast.members import Member
from training.models import fit_base_rate, fit_logistic, fit_trees, grow_trees
from training.split import Fold

KINDS = ("base_rate", "logistic", "trees")
STRENGTHS = (0.0001, 0.001, 0.01)
STEPS = 20
PRIOR_SPREAD = 0.5


@dataclass(frozen=True)
class Rows:
    """A feature table with its outcomes: values (n, p), outcome and weight (n,), entity of each row (n,)."""

    contract: Contract
    values: np.ndarray
    outcome: np.ndarray
    weight: np.ndarray
    entity: np.ndarray

    def take(self, rows: np.ndarray) -> "Rows":
        return Rows(self.contract, self.values[rows], self.outcome[rows], self.weight[rows], self.entity[rows])


@dataclass(frozen=True)
class Recipe:
    """How to fit the model again on other rows, decided once on folds.

    Attributes
    ----------
    weights : of base rate, logistic regression and trees, on the simplex
    strength, rounds : of the logistic regression and the trees
    slope : of the calibrating sigmoid
    log_loss : of each member and of the blend over all folds' later rows
    """

    weights: tuple[float, ...]
    strength: float
    rounds: int
    slope: float
    log_loss: dict[str, float]
    folds: int
    seed: int


@dataclass(frozen=True)
class Model:
    """Members with their weights, and the calibrator of their sum."""

    parts: tuple[Part, ...]
    calibrator: Calibrator

    def probability(self, values: np.ndarray) -> np.ndarray:
        """Calibrated probabilities, shape (n,)."""
        blended = blend(self.parts, values)
        return probability(blended + self.calibrator.part(blended))


def choose_recipe(rows: Rows, folds: tuple[Fold, ...], seed: int) -> Recipe:
    """Try the members on every fold, weigh them in log-odds and calibrate the blend."""
    base = [fit_base_rate(rows.outcome[f.train], rows.weight[f.train]).log_odds(rows.values[f.valid]) for f in folds]
    strength, logistic = _best_strength(rows, folds)
    rounds, trees = _grown(rows, folds, seed)
    predicted = np.stack([np.concatenate(base), logistic, trees])
    valid = np.concatenate([f.valid for f in folds])
    y, w, entity = rows.outcome[valid], rows.weight[valid], rows.entity[valid]
    weights = blend_weights(predicted, y, w, entity)
    blended = np.array(weights) @ predicted
    fold = np.repeat(np.arange(len(folds)), [len(f.valid) for f in folds])
    each = w * len(set(entity)) / w.sum()  # several looks at one entity are not several outcomes
    slope = 1.0 if weights[0] == 1.0 else fit_slope(blended, y, each, fold)
    losses = {kind: _mean_loss(z, y, w) for kind, z in zip(KINDS, predicted, strict=True)}
    losses["blend"] = _mean_loss(blended, y, w)
    return Recipe(weights, strength, rounds, slope, losses, len(folds), seed)


def fit_model(rows: Rows, recipe: Recipe) -> Model:
    """The members that weigh anything, fitted on these rows, and their sum calibrated: the slope of the recipe, which comes from
    predictions for unseen rows, and the level of these rows."""
    parts = _fit_parts(rows, recipe)
    if recipe.weights[0] == 1.0:
        return Model(parts, Calibrator())
    blended = blend(parts, rows.values)
    return Model(parts, Calibrator(recipe.slope, level(recipe.slope * blended, rows.outcome, rows.weight)))


def _fit_parts(rows: Rows, recipe: Recipe) -> tuple[Part, ...]:
    y, w = rows.outcome, rows.weight
    members: dict[str, Member] = {"base_rate": fit_base_rate(y, w)}
    if recipe.weights[1]:
        members["logistic"] = fit_logistic(rows.values, rows.contract, y, w, [recipe.strength])[0]
    if recipe.weights[2]:
        members["trees"] = fit_trees(rows.values, rows.contract, y, w, recipe.seed, recipe.rounds)
    return tuple(Part(weight, members[kind]) for kind, weight in zip(KINDS, recipe.weights, strict=True) if weight)


def blend_weights(predicted: np.ndarray, outcome: np.ndarray, weight: np.ndarray, entity: np.ndarray) -> tuple[float, ...]:
    """Weights on the simplex, in steps of a twentieth, with the least log loss; a simpler one if it is as good within one error.

    The base rate alone, then the logistic regression alone, then the trees alone stand for simple. The error is that of
    the mean difference in log loss, counted by entity.

    Parameters
    ----------
    predicted : log-odds of each member for rows it has not seen, shape (members, n)
    """
    points = [p for p in product(range(STEPS + 1), repeat=len(predicted)) if sum(p) == STEPS]
    candidates = [tuple(step / STEPS for step in point) for point in points]
    losses = [_mean_loss(np.array(c) @ predicted, outcome, weight) for c in candidates]
    best = candidates[int(np.argmin(losses))]
    best_loss = _loss(np.array(best) @ predicted, outcome)
    for simple in np.eye(len(predicted)):
        excess = weight * (_loss(simple @ predicted, outcome) - best_loss)
        if excess.sum() <= _standard_error(excess, entity):
            return tuple(simple.tolist())
    return best


def fit_slope(log_odds: np.ndarray, outcome: np.ndarray, weight: np.ndarray, fold: np.ndarray) -> float:
    """How much steeper the sigmoid has to be, by Newton's method, drawn a little towards 1 where outcomes are few.

    Every fold gets a level of its own, so that a rate that rose or fell between a fold's two sides is not taken for an
    error of the model. Between 0.2 and 3, so the order of rows never changes.
    """
    levels = (fold == np.unique(fold)[:, None]).astype(float)
    design = np.concatenate([log_odds[None], levels])
    parameters = prior = np.append(1.0, np.zeros(len(levels)))
    strength = np.eye(len(prior)) / PRIOR_SPREAD**2
    for _ in range(50):
        p = _sigmoid((parameters[:, None] * design).sum(0))
        slope = (design * (weight * (p - outcome))).sum(1) + strength @ (parameters - prior)
        curvature = np.array([[(a * b * weight * p * (1 - p)).sum() for a in design] for b in design]) + strength
        step = np.linalg.solve(curvature, slope)
        parameters = parameters - np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-12:
            break
    return float(np.clip(parameters[0], 0.2, 3.0))


def level(log_odds: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> float:
    """What to add so that the mean probability is the share of positives, by bisection."""
    low, high, mean = -5.0, 5.0, float(np.average(outcome, weights=weight))
    for _ in range(60):
        middle = (low + high) / 2
        too_low = np.average(_sigmoid(log_odds + middle), weights=weight) < mean
        low, high = (middle, high) if too_low else (low, middle)
    return (low + high) / 2


def _best_strength(rows: Rows, folds: tuple[Fold, ...]) -> tuple[float, np.ndarray]:
    """The ridge strength with the least log loss on later rows, and its predictions for them."""
    valid = np.concatenate([f.valid for f in folds])
    found = []
    for f in folds:
        models = fit_logistic(rows.values[f.train], rows.contract, rows.outcome[f.train], rows.weight[f.train], STRENGTHS)
        found.append([model.log_odds(rows.values[f.valid]) for model in models])
    tried = [np.concatenate(z) for z in zip(*found, strict=True)]
    best = int(np.argmin([_mean_loss(z, rows.outcome[valid], rows.weight[valid]) for z in tried]))
    return STRENGTHS[best], tried[best]


def _grown(rows: Rows, folds: tuple[Fold, ...], seed: int) -> tuple[int, np.ndarray]:
    """The median of the folds' best rounds, and predictions for later rows with just that many."""
    grown = [grow_trees(rows.values, rows.contract, rows.outcome, rows.weight, f, seed) for f in folds]
    rounds = int(np.median([best for _, best in grown]))
    found = [first(rounds).log_odds(rows.values[f.valid]) for (first, _), f in zip(grown, folds, strict=True)]
    return rounds, np.concatenate(found)


def _standard_error(excess: np.ndarray, entity: np.ndarray) -> float:
    """Of a sum over rows whose entities are drawn as wholes."""
    _, group = np.unique(entity.astype(str), return_inverse=True)
    sums = np.bincount(group, excess)
    return float(np.sqrt(len(sums)) * sums.std())


def _loss(log_odds: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    return np.logaddexp(0.0, log_odds) - outcome * log_odds


def _mean_loss(log_odds: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> float:
    return float(np.average(_loss(log_odds, outcome), weights=weight))


def _sigmoid(log_odds: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-log_odds))
