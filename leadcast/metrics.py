"""How good probabilities are: discrimination, calibration and lift."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

Z95 = 1.959963984540054


@dataclass(frozen=True)
class Quality:
    """What one set of probabilities is worth; ``auc`` is NaN where only one class occurs."""

    auc: float
    log_loss: float
    brier: float
    ece: float
    lift_at_10: float

    def to_json(self) -> dict[str, float | None]:
        return {name: None if np.isnan(value) else value for name, value in asdict(self).items()}


def judge(probability: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> Quality:
    """All figures at once; probability, outcome (0, 1) and weight of shape (n,), n > 0."""
    return Quality(
        auc(probability, outcome, weight), log_loss(probability, outcome, weight), brier(probability, outcome, weight),
        expected_calibration_error(probability, outcome, weight), lift_at(probability, outcome, weight, 0.1),
    )


def auc(score: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> float:
    """Chance that a positive outranks a negative; NaN where only one class occurs."""
    from sklearn.metrics import roc_auc_score

    if len(np.unique(outcome)) < 2:
        return float("nan")
    return float(roc_auc_score(outcome, score, sample_weight=weight))


def log_loss(probability: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> float:
    """Mean negative log-likelihood in nats."""
    from sklearn.metrics import log_loss as mean_log_loss

    clipped = np.clip(probability, 1e-15, 1 - 1e-15)
    return float(mean_log_loss(outcome, clipped, sample_weight=weight, labels=[0.0, 1.0]))


def brier(probability: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> float:
    """Mean squared error of the probability."""
    from sklearn.metrics import brier_score_loss

    return float(brier_score_loss(outcome, probability, sample_weight=weight, labels=[0.0, 1.0], pos_label=1.0))


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
    for rows in _equal_mass(probability, weight, bins):
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


def lift_at(probability: np.ndarray, outcome: np.ndarray, weight: np.ndarray, share: float) -> float:
    """How many times more positives the top ``share`` holds than chance would; NaN without positives."""
    x, y = gain(probability, outcome, weight)
    return float(np.interp(share, x, y)) / share if y[-1] > 0 else float("nan")


def gain(probability: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of positives found against share worked, best first; both from 0 to 1, ties as one step."""
    groups, inverse = np.unique(-probability, return_inverse=True)
    worked = np.bincount(inverse, weight, len(groups)).cumsum()
    found = np.bincount(inverse, weight * outcome, len(groups)).cumsum()
    return np.append(0.0, worked / worked[-1]), np.append(0.0, found / found[-1] if found[-1] > 0 else found)


def auc_interval(
    score: np.ndarray, outcome: np.ndarray, weight: np.ndarray, entity: np.ndarray, seed: int = 0, draws: int = 200
) -> tuple[float, float]:
    """The 95 % interval of the AUC, drawing whole entities with replacement; (NaN, NaN) where only one class occurs."""
    if len(np.unique(outcome)) < 2:
        return float("nan"), float("nan")
    rng = np.random.default_rng(seed)
    _, entities = np.unique(entity.astype(str), return_inverse=True)
    groups, inverse = np.unique(score, return_inverse=True)
    count, found = int(entities.max()) + 1, []
    for _ in range(draws):
        drawn = weight * np.bincount(rng.integers(0, count, count), minlength=count)[entities]
        positive = np.bincount(inverse, drawn * outcome, len(groups))
        negative = np.bincount(inverse, drawn * (1 - outcome), len(groups))
        if positive.sum() > 0 and negative.sum() > 0:
            below = np.cumsum(negative) - negative / 2
            found.append(float((positive * below).sum() / positive.sum() / negative.sum()))
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def _equal_mass(probability: np.ndarray, weight: np.ndarray, bins: int) -> list[np.ndarray]:
    """Rows of each bin, in order of probability."""
    groups, inverse = np.unique(probability, return_inverse=True)
    mass = np.bincount(inverse, weight, len(groups))
    middle = (mass.cumsum() - mass / 2) / mass.sum()
    number = np.minimum((middle * bins).astype(int), bins - 1)[inverse]
    return [np.flatnonzero(number == b) for b in np.unique(number)]
