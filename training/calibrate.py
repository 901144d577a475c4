"""Which calibrator a blend needs, from the folds' own predictions, and how its level is set for the model that is served."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from leadcast.calibration import Beta, Calibration, Calibrator, Isotonic

PRIOR_SPREAD = 0.5
STEEPEST, FLATTEST = 3.0, 0.2
MOST_AHEAD, ENOUGH_AHEAD = 0.5, 100
ISOTONIC_ROWS, ISOTONIC_RARER = 2000, 300
ISOTONIC_BINS = 25
STRAIGHT = ("none", "sigmoid")


def choose_calibrator(
    log_odds: np.ndarray, outcome: np.ndarray, weight: np.ndarray, fold: np.ndarray, kinds: Sequence[str]
) -> tuple[Calibration, dict[str, float]]:
    """The better of none and sigmoid, unless one that bends loses less by more than a standard error; fitted on all folds.

    Every fold is first brought to its own level, so that a rate that rose or fell between a fold's two sides is not taken
    for a bend.

    Parameters
    ----------
    log_odds : of the blend for rows it has not seen, shape (n,)
    kinds : tried in this order, the simplest first

    Returns
    -------
    (the calibrator, kind -> mean log loss on folds left out); its level is still to be set by :func:`set_level`
    """
    level_log_odds, folds = to_level(log_odds, outcome, weight, fold), np.unique(fold)
    tried = [kind for kind in kinds if kind != "isotonic" or _plenty(outcome)] or ["none"]
    if len(folds) < 2:
        kind = tried[min(1, len(tried) - 1)]
        return fit_calibrator(kind, level_log_odds, outcome, weight), {}
    losses = {kind: np.empty(len(outcome)) for kind in tried}
    for held_out in folds:
        rest, held = np.flatnonzero(fold != held_out), np.flatnonzero(fold == held_out)
        for kind in tried:
            found = set_level(fit_calibrator(kind, level_log_odds[rest], outcome[rest], weight[rest]),
                              level_log_odds[held], outcome[held], weight[held])
            at = level_log_odds[held]
            losses[kind][held] = loss(at + found.part(at), outcome[held])
    means = {kind: float(np.average(x, weights=weight)) for kind, x in losses.items()}
    best = min(means, key=lambda kind: means[kind])
    straight = min((k for k in tried if k in STRAIGHT), key=lambda k: means[k], default=best)
    order = [straight, *(k for k in tried if k not in STRAIGHT)]
    kind = next(k for k in order if means[k] <= means[best] + _standard_error(losses[k] - losses[best], weight))
    return fit_calibrator(kind, level_log_odds, outcome, weight), means


def fit_calibrator(kind: str, log_odds: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> Calibration:
    """One kind of calibrator for log-odds that have the right level."""
    if kind == "none":
        return Calibrator()
    if kind == "isotonic":
        return _isotonic(log_odds, outcome, weight)
    if kind == "sigmoid":
        return Calibrator(_slopes(log_odds[None], outcome, weight)[0])
    tail = np.logaddexp(0.0, -np.abs(log_odds))
    high, low = _slopes(np.stack([np.minimum(log_odds, 0.0) - tail, np.maximum(log_odds, 0.0) + tail]), outcome, weight)
    return Beta(low, high)


def set_level(
    calibrator: Calibration, log_odds: np.ndarray, outcome: np.ndarray, weight: np.ndarray, ahead: float = 0.0
) -> Calibration:
    """The same calibrator at the level of these rows: the mean probability is the share of positives, moved ``ahead``."""
    if isinstance(calibrator, Beta | Isotonic):
        bare: Calibrator | Beta | Isotonic = replace(calibrator, shift=level(log_odds, outcome, weight), intercept=0.0)
    else:
        bare = Calibrator(calibrator.slope)
    bent = log_odds + bare.part(log_odds)
    return replace(bare, intercept=level(bent, outcome, weight) + ahead)


def level_ahead(log_odds: np.ndarray, outcome: np.ndarray, weight: np.ndarray, fold: np.ndarray) -> float:
    """How much more often (in log-odds) later outcomes come than a model fitted before them says, carried on with caution.

    Where the rate moves one way from fold to fold, every model fitted on the past is behind in the same direction; the mean
    of the folds' gaps is kept in the measure that the folds agree (its square over its square and its error's), so it is
    next to nothing where they only scatter. Between -0.5 and 0.5, and nearer to 0 where fewer than 100 have the rarer outcome.
    """
    folds = np.unique(fold)
    if len(folds) < 3:
        return 0.0
    gaps = np.array([level(log_odds[fold == f], outcome[fold == f], weight[fold == f]) for f in folds])
    luck = np.mean([_level_error(log_odds[fold == f], weight[fold == f]) for f in folds])
    error = float(gaps.var(ddof=1) + luck) / len(gaps)
    mean = float(gaps.mean())
    most = MOST_AHEAD * min(1.0, min(outcome.sum(), (1.0 - outcome).sum()) / ENOUGH_AHEAD)
    return float(np.clip(mean * mean**2 / (mean**2 + error), -most, most)) if mean else 0.0


def level(log_odds: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> float:
    """What to add so that the mean probability is the share of positives, by bisection."""
    low, high, mean = -5.0, 5.0, float(np.average(outcome, weights=weight))
    for _ in range(60):
        middle = (low + high) / 2
        too_low = np.average(sigmoid(log_odds + middle), weights=weight) < mean
        low, high = (middle, high) if too_low else (low, middle)
    return (low + high) / 2


def to_level(log_odds: np.ndarray, outcome: np.ndarray, weight: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Log-odds moved so that each fold has the right mean probability; shape (n,)."""
    moved = log_odds.copy()
    for f in np.unique(fold):
        rows = fold == f
        moved[rows] += level(log_odds[rows], outcome[rows], weight[rows])
    return moved


def loss(log_odds: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Log loss of each row, shape (n,)."""
    return np.logaddexp(0.0, log_odds) - outcome * log_odds


def sigmoid(log_odds: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-log_odds))


def _slopes(columns: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> tuple[float, ...]:
    """Slopes of columns of shape (k, n) beside a free level, by Newton's method, drawn towards 1 where outcomes are few."""
    design = np.concatenate([columns, np.ones((1, len(outcome)))])
    parameters = prior = np.append(np.ones(len(columns)), 0.0)
    strength = np.diag(np.append(np.full(len(columns), 1 / PRIOR_SPREAD**2), 1e-9))
    for _ in range(50):
        p = sigmoid((parameters[:, None] * design).sum(0))
        gradient = (design * (weight * (p - outcome))).sum(1) + strength @ (parameters - prior)
        curvature = np.array([[(a * b * weight * p * (1 - p)).sum() for a in design] for b in design]) + strength
        step = np.linalg.solve(curvature, gradient)
        parameters = parameters - np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-12:
            break
    return tuple(float(x) for x in np.clip(parameters[:-1], FLATTEST, STEEPEST))


def _isotonic(log_odds: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> Calibration:
    """Bins of equal mass, each drawn towards what was said, made to rise; straight between, so that no two rows become equal."""
    bins = np.array_split(np.argsort(log_odds, kind="stable"), ISOTONIC_BINS)
    x = np.array([np.average(log_odds[b], weights=weight[b]) for b in bins])
    kept = np.append(True, np.diff(x) > 1e-6)
    groups = np.split(np.concatenate(bins), np.cumsum([len(b) for b in bins])[:-1][kept[1:]])
    x = np.array([np.average(log_odds[g], weights=weight[g]) for g in groups])
    if len(x) < 3:
        return Calibrator()
    y = np.array([x_at + _drawn(log_odds[g], outcome[g], weight[g]) for x_at, g in zip(x, groups, strict=True)])
    for i in range(1, len(x)):
        y[i] = max(y[i], y[i - 1] + FLATTEST * (x[i] - x[i - 1]))
    return Isotonic(tuple(x.tolist()), tuple(y.tolist()))


def _drawn(log_odds: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> float:
    """A bin's own level, drawn towards none."""
    error = _level_error(log_odds, weight)
    return level(log_odds, outcome, weight) * PRIOR_SPREAD**2 / (PRIOR_SPREAD**2 + error)


def _level_error(log_odds: np.ndarray, weight: np.ndarray) -> float:
    """The squared standard error of a level."""
    p = sigmoid(log_odds)
    return 1.0 / max(float((p * (1 - p) * weight).sum()), 1e-9)


def _plenty(outcome: np.ndarray) -> bool:
    """Are there enough outcomes for a calibrator of many numbers?"""
    positives = int(outcome.sum())
    return len(outcome) >= ISOTONIC_ROWS and min(positives, len(outcome) - positives) >= ISOTONIC_RARER


def _standard_error(excess: np.ndarray, weight: np.ndarray) -> float:
    return float(np.sqrt(np.average((excess - np.average(excess, weights=weight)) ** 2, weights=weight) / len(excess)))
