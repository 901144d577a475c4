"""Two models on the same rows: is the new one worse than the old one, and how sure can one be?

Paired: both are judged on every draw of the same whole entities, so what is hard about the rows hits both alike.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

DRAWS = 500
BINS = 10
FIGURES = {"auc": "AUC", "log_loss": "log loss", "calibration": "calibration error"}
LEAST_OF_BOTH = 10


@dataclass(frozen=True)
class Difference:
    """One figure of both models, and by how much the challenger is worse (below 0: better).

    Attributes
    ----------
    figure : auc, log_loss or calibration (the mean distance between said and came over ten bins of equal mass)
    worse, low, high : the challenger's disadvantage and its 95 % interval over draws of whole entities
    allowed : how much worse it may be
    risk : share of the draws in which it is worse by more than that
    passed : it is not sure enough that it is worse by more than that
    clear : the outcomes are enough to tell; if not, it passed for want of proof
    """

    figure: str
    challenger: float
    champion: float
    worse: float
    low: float
    high: float
    allowed: float
    risk: float
    passed: bool
    clear: bool

    @property
    def words(self) -> str:
        """The verdict on this figure."""
        if not self.passed:
            return "worse"
        if self.high < 0:
            return "better"
        return "not worse" if self.clear else "cannot tell"

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "verdict": self.words}


def compare(
    challenger: np.ndarray, champion: np.ndarray, outcome: np.ndarray, weight: np.ndarray, entity: np.ndarray,
    allowed: dict[str, float], sure: float, seed: int = 0,
) -> tuple[Difference, ...]:
    """Judge two sets of probabilities for the same rows.

    Parameters
    ----------
    challenger, champion : probabilities, shape (n,)
    outcome, weight, entity : shape (n,); whole entities are drawn; both outcomes must occur
    allowed : by figure, how much worse the challenger may be
    sure : it fails where more than this share of draws says that it is worse by more than that
    """
    groups = np.unique(entity.astype(str), return_inverse=True)[1]
    count = int(groups.max()) + 1
    rng = np.random.default_rng(seed)
    both = [_Judged(said, outcome, weight) for said in (challenger, champion)]
    point = [judged.figures(np.ones(len(outcome))) for judged in both]
    drawn: list[list[tuple[float, float, float]]] = []
    while len(drawn) < DRAWS:
        times = np.bincount(rng.integers(0, count, count), minlength=count)[groups].astype(float)
        if 0 < (times * outcome).sum() < times.sum():
            drawn.append([judged.figures(times) for judged in both])
    draws = np.array(drawn)
    return tuple(
        _difference(figure, point[0][place], point[1][place], draws[:, 0, place] - draws[:, 1, place], allowed[figure], sure)
        for place, figure in enumerate(FIGURES)
    )


def _difference(figure: str, new: float, old: float, gaps: np.ndarray, allowed: float, sure: float) -> Difference:
    sign = -1.0 if figure == "auc" else 1.0
    low, high = np.quantile(sign * gaps, [0.025, 0.975])
    beyond = float((sign * gaps > allowed).mean())
    worse = sign * (new - old)
    return Difference(figure, new, old, worse, float(low), float(high), allowed, beyond, beyond <= sure,
                      not 1 - sure < beyond <= sure)


class _Judged:
    """Everything about one set of probabilities that does not change from draw to draw."""

    def __init__(self, said: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> None:
        self.outcome, self.weight = outcome, weight
        self.distinct, self.place = np.unique(said, return_inverse=True)
        clipped = np.clip(said, 1e-15, 1 - 1e-15)
        self.loss = -(outcome * np.log(clipped) + (1 - outcome) * np.log1p(-clipped))
        self.gap = said - outcome
        mass = np.bincount(self.place, weight, len(self.distinct))
        middle = (mass.cumsum() - mass / 2) / mass.sum()
        self.bin = np.minimum((middle * BINS).astype(int), BINS - 1)[self.place]

    def figures(self, times: np.ndarray) -> tuple[float, float, float]:
        """AUC, log loss and calibration error with each row counted so many times."""
        weight = self.weight * times
        positive = np.bincount(self.place, weight * self.outcome, len(self.distinct))
        negative = np.bincount(self.place, weight * (1 - self.outcome), len(self.distinct))
        above = (positive * (negative.cumsum() - negative / 2)).sum() / positive.sum() / negative.sum()
        total = weight.sum()
        error = np.abs(np.bincount(self.bin, weight * self.gap, BINS)).sum() / total
        return float(above), float((weight * self.loss).sum() / total), float(error)


def too_few(outcome: np.ndarray) -> str | None:
    """Why these outcomes cannot tell two models apart, if so."""
    positives = int(outcome.sum())
    if min(positives, len(outcome) - positives) >= LEAST_OF_BOTH:
        return None
    return (f"{positives} positives and {len(outcome) - positives} negatives; at least {LEAST_OF_BOTH} of each are needed to "
            "tell two models apart")
