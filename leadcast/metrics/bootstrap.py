"""95 % bands of every figure, by drawing whole entities with replacement: several looks at one lead are not several outcomes.

All draws are worked out at once, as matrices of weights (draws, rows), in parts of bounded memory.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from leadcast.metrics.calibration import (
    calibration_intercept,
    calibration_slope,
    equal_mass,
    fitted_level,
    fitted_line,
    said_log_odds,
)

MOST_CELLS = 300_000
MANY_ROWS, VERY_MANY_ROWS = 5_000, 50_000
DRAWS, FEWER_DRAWS, FEWEST_DRAWS = 200, 100, 40
MOST_GROUPS = 400
BINS = 10
UPWARD = ("ece", "brier_reliability")
SMALLEST = 1e-15

Drawn = dict[str, np.ndarray]


@dataclass(frozen=True)
class Draws:
    """The same draws of entities for whatever is judged on these rows, so that differences are paired.

    Attributes
    ----------
    entity, weight : of each row, shape (n,)
    draws : how many; above 5,000 rows at most 100 and above 50,000 at most 40, for bands are narrow there
    """

    entity: np.ndarray
    weight: np.ndarray
    seed: int = 0
    draws: int = DRAWS

    def each(self, figure: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """A figure of every draw, shape (draws,); ``figure`` takes weights of shape (some draws, n)."""
        return self.every(lambda weights: {"": figure(weights)})[""]

    def every(self, figures: Callable[[np.ndarray], Drawn]) -> Drawn:
        """Several figures of every draw, by name."""
        code, count = self._coded
        rng = np.random.default_rng(self.seed)
        most = DRAWS if len(code) <= MANY_ROWS else FEWER_DRAWS if len(code) <= VERY_MANY_ROWS else FEWEST_DRAWS
        total = min(self.draws, most)
        at_once, parts = max(1, MOST_CELLS // max(1, len(code))), []
        for start in range(0, total, at_once):
            many = min(at_once, total - start)
            picked = rng.integers(0, count, (many, count)) + np.arange(many)[:, None] * count
            times = np.bincount(picked.ravel(), minlength=many * count).reshape(many, count)
            parts.append(figures(times[:, code] * self.weight))
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    @cached_property
    def _coded(self) -> tuple[np.ndarray, int]:
        names, code = np.unique(self.entity.astype(str), return_inverse=True)
        return code, len(names)


def band(drawn: np.ndarray) -> tuple[float, float]:
    """The middle 95 % of the draws that have a value; (NaN, NaN) where none has."""
    known = drawn[np.isfinite(drawn)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)


def bands(
    probability: np.ndarray, outcome: np.ndarray, draws: Draws, share: float | None = None
) -> dict[str, tuple[float, float]]:
    """The 95 % band of every figure of :class:`~leadcast.metrics.quality.Quality`, and of the precision in the top ``share``.

    ECE and the Brier score's reliability can only be enlarged by noise, and a draw adds noise to noise: their bands are
    mirrored at the figure itself and end at 0, so that a calibrated model's reaches down to it.
    """
    found = draws.every(_Figures(probability, outcome, draws.weight, share))
    made = {name: band(drawn) for name, drawn in found.items()}
    own = _Figures(probability, outcome, draws.weight, share)(draws.weight[None])
    for name in UPWARD:
        (low, high), here = made[name], float(own[name][0])
        made[name] = max(0.0, 2 * here - high), max(0.0, 2 * here - low)
    return made


def difference(
    ours: np.ndarray, theirs: np.ndarray, outcome: np.ndarray, draws: Draws
) -> dict[str, tuple[float, float, float]]:
    """Ours minus theirs in log loss and AUC on the same rows: the difference and its 95 % band, paired by draw."""
    gap = losses(ours, outcome) - losses(theirs, outcome)

    mine, other = _Ranks(ours, outcome), _Ranks(theirs, outcome)

    def both(weights: np.ndarray) -> Drawn:
        return {"log_loss": weights @ gap / weights.sum(1), "auc": mine.of(weights).auc() - other.of(weights).auc()}

    here, drawn = both(draws.weight[None]), draws.every(both)
    return {name: (float(here[name][0]), *band(drawn[name])) for name in here}


def drawn_auc(score: np.ndarray, outcome: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """AUC for each row of weights (draws, n); NaN where a draw holds one class only."""
    return _Ranks(score, outcome).of(weights).auc()


class _Figures:
    """Every figure of one set of probabilities under many sets of weights."""

    def __init__(self, probability: np.ndarray, outcome: np.ndarray, weight: np.ndarray, share: float | None) -> None:
        self.p, self.y, self.share = probability, outcome, share
        self.loss, self.error = losses(probability, outcome), (probability - outcome) ** 2
        self.row = probability, outcome, weight
        bins = equal_mass(probability, weight, BINS)
        self.member = np.zeros((len(probability), len(bins)))
        for number, rows in enumerate(bins):
            self.member[rows, number] = 1.0
        self.ranks = _Ranks(probability, outcome)

    def __call__(self, weights: np.ndarray) -> Drawn:
        mass, ranked = weights.sum(1), self.ranks.of(weights)
        found = {"auc": ranked.auc(), "log_loss": weights @ self.loss / mass, "average_precision": ranked.average_precision()}
        return found | self._binned(weights, mass) | self._lines(ranked) | self._top(ranked)

    def _binned(self, weights: np.ndarray, mass: np.ndarray) -> Drawn:
        own = np.maximum(weights @ self.member, 1e-300)
        said, came = (weights @ (self.member * x[:, None]) / own for x in (self.p, self.y))
        share, score = weights @ self.y / mass, weights @ self.error / mass
        reliable = (own * (said - came) ** 2).sum(1) / mass
        uncertain = share * (1 - share)
        return {"brier": score, "ece": (own * np.abs(said - came)).sum(1) / mass, "brier_reliability": reliable,
                "brier_resolution": reliable + uncertain - score, "brier_uncertainty": uncertain}

    def _lines(self, ranked: "_Ranked") -> Drawn:
        """Neighbouring probabilities are taken together, and three steps of Newton's method from the fit of all rows are
        enough: draws lie near it."""
        level, slope = calibration_intercept(*self.row), calibration_slope(*self.row)
        nowhere = np.full(len(ranked.positive), np.nan)
        if np.isnan(level):
            return {"calibration_slope": nowhere, "calibration_intercept": nowhere}
        at = np.linspace(0, ranked.positive.shape[1], min(MOST_GROUPS, ranked.positive.shape[1]), endpoint=False).astype(int)
        positive, negative = (np.add.reduceat(x, at, axis=1) for x in (ranked.positive, ranked.negative))
        z = said_log_odds(self.ranks.score)
        z = np.add.reduceat(z, at) / np.diff(np.append(at, len(z)))
        z, weights = np.append(z, z), np.concatenate([positive, negative], axis=1)
        came = np.repeat([1.0, 0.0], len(at))
        intercepts = fitted_level(z, came, weights, level, steps=3)
        if np.isnan(slope):
            return {"calibration_slope": nowhere, "calibration_intercept": intercepts}
        slopes, _ = fitted_line(z, came, weights, (slope, level), steps=4)
        return {"calibration_slope": slopes, "calibration_intercept": intercepts}

    def _top(self, ranked: "_Ranked") -> Drawn:
        """Gain and lift at 10 and 20 %, precision in the top share."""
        total, mass = ranked.true[:, -1], ranked.true[:, -1] + ranked.false[:, -1]
        shares = [0.1, 0.2, *([] if self.share is None else [self.share])]
        worked = ranked.true + ranked.false
        at = np.array([np.interp(np.array(shares) * m, np.append(0.0, x), np.append(0.0, y))
                       for x, y, m in zip(worked, ranked.true, mass, strict=True)])
        with np.errstate(invalid="ignore", divide="ignore"):
            gained = at / total[:, None]
        made = {"gain_at_10": gained[:, 0], "gain_at_20": gained[:, 1], "lift_at_10": gained[:, 0] / 0.1,
                "lift_at_20": gained[:, 1] / 0.2}
        if self.share is not None:
            made["precision_at_capacity"] = at[:, 2] / (self.share * mass)
        return made


def losses(probability: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """The log loss of each row, shape (n,)."""
    clipped = np.clip(probability, SMALLEST, 1 - SMALLEST)
    return -np.where(outcome > 0.5, np.log(clipped), np.log1p(-clipped))


class _Ranks:
    """Rows by score, best first; equal scores together."""

    def __init__(self, score: np.ndarray, outcome: np.ndarray) -> None:
        self.order = np.argsort(-score, kind="stable")
        ordered = score[self.order]
        self.starts = np.flatnonzero(np.append(True, np.diff(ordered) != 0))
        self.came, self.score = outcome[self.order], ordered[self.starts]

    def of(self, weights: np.ndarray) -> "_Ranked":
        ordered = weights[:, self.order]
        positive = ordered * self.came
        if len(self.starts) < len(self.order):
            ordered, positive = (np.add.reduceat(x, self.starts, axis=1) for x in (ordered, positive))
        return _Ranked(positive, ordered - positive)


@dataclass(frozen=True)
class _Ranked:
    """Weight of positives and negatives at each distinct score, best first; each of shape (draws, scores)."""

    positive: np.ndarray
    negative: np.ndarray

    @cached_property
    def true(self) -> np.ndarray:
        return np.cumsum(self.positive, axis=1)

    @cached_property
    def false(self) -> np.ndarray:
        return np.cumsum(self.negative, axis=1)

    def auc(self) -> np.ndarray:
        above = self.true - self.positive / 2
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((self.negative * above).sum(1) / (self.true[:, -1] * self.false[:, -1]))

    def average_precision(self) -> np.ndarray:
        with np.errstate(invalid="ignore", divide="ignore"):
            precision = self.true / np.maximum(self.true + self.false, 1e-300)
            return np.asarray((self.positive * precision).sum(1) / self.true[:, -1])
