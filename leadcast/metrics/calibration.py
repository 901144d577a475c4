"""Do probabilities mean what they say?"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

Z95 = 1.959963984540054
SMALLEST = 1e-15
STEEPEST = 20.0


def log_loss(probability: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> float:
    """Mean negative log-likelihood in nats."""
    from sklearn.metrics import log_loss as mean_log_loss

    clipped = np.clip(probability, SMALLEST, 1 - SMALLEST)
    return float(mean_log_loss(outcome, clipped, sample_weight=weight, labels=[0.0, 1.0]))


def brier(probability: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> float:
    """Mean squared error of the probability."""
    from sklearn.metrics import brier_score_loss

    return float(brier_score_loss(outcome, probability, sample_weight=weight, labels=[0.0, 1.0], pos_label=1.0))


def brier_parts(
    probability: np.ndarray, outcome: np.ndarray, weight: np.ndarray, bins: int = 10
) -> tuple[float, float, float]:
    """Reliability (smaller is better), resolution (larger is better) and uncertainty over bins of equal mass.

    ``reliability - resolution + uncertainty`` is the Brier score to the last digits: what probabilities that differ within
    a bin add is counted with the resolution (Stephenson, Coelho and Jolliffe 2008).
    """
    mass, share = float(weight.sum()), float(np.average(outcome, weights=weight))
    reliability_part = resolution = 0.0
    for rows in equal_mass(probability, weight, bins):
        p, y, w = probability[rows], outcome[rows], weight[rows]
        said, came, own = float(np.average(p, weights=w)), float(np.average(y, weights=w)), float(w.sum())
        reliability_part += own * (said - came) ** 2
        within = float((w * (p - said) * (2 * (y - came) - (p - said))).sum())
        resolution += own * (came - share) ** 2 + within
    return reliability_part / mass, resolution / mass, share * (1 - share)


def calibration_slope(probability: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> float:
    """Slope of a logistic regression of the outcome on the log-odds said: 1 = right, below 1 = too sure of itself.

    NaN where one class or one probability only occurs; at most 20 either way.
    """
    z = said_log_odds(probability)
    if len(np.unique(outcome)) < 2 or np.ptp(z) < 1e-9:
        return float("nan")
    slope, _ = fitted_line(z, outcome, weight[None])
    return float(slope[0])


def calibration_intercept(probability: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> float:
    """What the log-odds said lack on average, the slope held at 1: 0 = the mean is right, above 0 = more came than was said.

    NaN where one class only occurs.
    """
    if len(np.unique(outcome)) < 2:
        return float("nan")
    return float(fitted_level(said_log_odds(probability), outcome, weight[None])[0])


def said_log_odds(probability: np.ndarray) -> np.ndarray:
    clipped = np.clip(probability, SMALLEST, 1 - SMALLEST)
    return np.log(clipped) - np.log1p(-clipped)


def fitted_line(
    z: np.ndarray, outcome: np.ndarray, weights: np.ndarray, start: tuple[float, float] = (1.0, 0.0), steps: int = 25
) -> tuple[np.ndarray, np.ndarray]:
    """Slope and intercept of a logistic regression on ``z`` for each row of ``weights`` (draws, n), by Newton's method."""
    slope, level = (np.full(len(weights), x) for x in start)
    for _ in range(steps):
        p = _sigmoid(slope[:, None] * z + level[:, None])
        left, curved = weights * (outcome - p), weights * p * (1 - p) + 1e-300
        g1, g0, h0, h1, h2 = left @ z, left.sum(1), curved.sum(1), curved @ z, curved @ z**2
        gap = np.maximum(h2 * h0 - h1 * h1, 1e-12 * h2 * h0 + 1e-300)
        up = np.clip((g1 * h0 - g0 * h1) / gap, -1.0, 1.0)
        across = np.clip((g0 * h2 - g1 * h1) / gap, -2.0, 2.0)
        slope, level = np.clip(slope + up, -STEEPEST, STEEPEST), np.clip(level + across, -50.0, 50.0)
        if max(np.abs(up).max(), np.abs(across).max()) < 1e-10:
            break
    return slope, level


def fitted_level(z: np.ndarray, outcome: np.ndarray, weights: np.ndarray, start: float = 0.0, steps: int = 25) -> np.ndarray:
    """What to add to ``z`` so that as many come as are said, for each row of ``weights``, by Newton's method."""
    level = np.full(len(weights), start)
    for _ in range(steps):
        p = _sigmoid(z + level[:, None])
        step = np.clip((weights * (outcome - p)).sum(1) / ((weights * p * (1 - p)).sum(1) + 1e-300), -1.0, 1.0)
        level = np.clip(level + step, -50.0, 50.0)
        if np.abs(step).max() < 1e-10:
            break
    return level


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-np.clip(z, -700.0, 700.0)))


@dataclass(frozen=True)
class Bin:
    """One line of a reliability table: what was said, what came, how many, and the 95 % band of what came."""

    said: float
    came: float
    low: float
    high: float
    rows: int
    entities: int
    mass: float


def reliability(
    probability: np.ndarray, outcome: np.ndarray, weight: np.ndarray, entity: np.ndarray | None = None, bins: int = 10
) -> list[Bin]:
    """The reliability table over bins of equal mass; equal probabilities are never parted.

    The Wilson interval counts entities, not rows, so several looks at one lead do not make it narrower than it is.
    """
    table = []
    for rows in equal_mass(probability, weight, bins):
        entities = len(rows) if entity is None else len(set(entity[rows]))
        said, came = (float(np.average(x[rows], weights=weight[rows])) for x in (probability, outcome))
        low, high = wilson(came, entities)
        table.append(Bin(said, came, low, high, len(rows), entities, float(weight[rows].sum())))
    return table


def reliability_json(table: list[Bin]) -> list[dict[str, Any]]:
    return [asdict(line) for line in table]


def expected_calibration_error(probability: np.ndarray, outcome: np.ndarray, weight: np.ndarray, bins: int = 10) -> float:
    """Mean distance between what was said and what came, over bins of equal mass."""
    table = reliability(probability, outcome, weight, bins=bins)
    return sum(line.mass * abs(line.said - line.came) for line in table) / sum(line.mass for line in table)


def wilson(share: float, count: float) -> tuple[float, float]:
    """The 95 % interval of a share seen in ``count`` cases (Wilson 1927).

    Examples
    --------
    >>> [round(x, 4) for x in wilson(0.3, 10)]
    [0.1078, 0.6032]
    """
    if count <= 0:
        return 0.0, 1.0
    spread = Z95**2 / count
    middle = (share + spread / 2) / (1 + spread)
    half = Z95 / (1 + spread) * float(np.sqrt(share * (1 - share) / count + spread / count / 4))
    return max(0.0, middle - half), min(1.0, middle + half)


def equal_mass(probability: np.ndarray, weight: np.ndarray, bins: int) -> list[np.ndarray]:
    """Rows of each bin, in order of probability."""
    groups, inverse = np.unique(probability, return_inverse=True)
    mass = np.bincount(inverse, weight, len(groups))
    middle = (mass.cumsum() - mass / 2) / mass.sum()
    number = np.minimum((middle * bins).astype(int), bins - 1)[inverse]
    return [np.flatnonzero(number == b) for b in np.unique(number)]
