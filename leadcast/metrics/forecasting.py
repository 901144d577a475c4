"""How far forecasts were off over many replays, whether their ranges held, and how far chance alone would have put them.

``predicted``, ``actual``, ``low`` and ``high`` hold one number per replay, shape (r,), in one unit (wins or money).
"""

from dataclasses import dataclass

import numpy as np

from leadcast.errors import SchemaError
from leadcast.metrics.bootstrap import Draws, band
from leadcast.metrics.calibration import wilson

MOST_TERMS = 20_000_000
ROWS_AT_ONCE = 4_096


@dataclass(frozen=True)
class Coverage:
    """Share of actuals inside the range, its 95 % band (Wilson), and the replays counted."""

    share: float
    low: float
    high: float
    replays: int


def mae(predicted: np.ndarray, actual: np.ndarray) -> float:
    """Mean absolute error, in the unit of the forecast.

    Examples
    --------
    >>> mae(np.array([10.0, 30.0]), np.array([20.0, 20.0]))
    10.0
    """
    predicted, actual = paired(predicted=predicted, actual=actual)
    return float(np.abs(predicted - actual).mean())


def wape(predicted: np.ndarray, actual: np.ndarray) -> float:
    """Absolute errors over actuals, both summed: a week that brought nothing does no harm. NaN if no week brought any.

    Examples
    --------
    >>> wape(np.array([10.0, 30.0]), np.array([20.0, 20.0]))
    0.5
    """
    predicted, actual = paired(predicted=predicted, actual=actual)
    return _over(float(np.abs(predicted - actual).sum()), float(actual.sum()))


def bias(predicted: np.ndarray, actual: np.ndarray) -> float:
    """Errors over actuals, both summed: above 0 too much was promised. NaN if no week brought any.

    Examples
    --------
    >>> bias(np.array([10.0, 34.0]), np.array([20.0, 20.0]))
    0.1
    """
    predicted, actual = paired(predicted=predicted, actual=actual)
    return _over(float((predicted - actual).sum()), float(actual.sum()))


def pinball(level: float, predicted: np.ndarray, actual: np.ndarray) -> float:
    """Mean loss of a quantile: smallest in expectation for the true one (Koenker and Bassett 1978).

    ``level`` times the error where the actual was above the prediction, ``1 - level`` times where below.

    Raises
    ------
    SchemaError : ``level`` is not between 0 and 1

    Examples
    --------
    >>> pinball(0.9, np.array([10.0, 10.0]), np.array([20.0, 0.0]))
    5.0
    """
    predicted, actual = paired(predicted=predicted, actual=actual)
    if not 0 < level < 1:
        raise SchemaError(f"the level of a quantile must be between 0 and 1; found {level}. P90 is 0.9.")
    above = actual - predicted
    return float(np.maximum(level * above, (level - 1) * above).mean())


def coverage(low: np.ndarray, high: np.ndarray, actual: np.ndarray, overlap: float = 1.0) -> Coverage:
    """How often ``low <= actual <= high``.

    Parameters
    ----------
    overlap : how many replays share one stretch of time: 4 for totals of 28 days forecast every week. They are not as
        many separate cases, and the band counts ``replays / overlap``.

    Raises
    ------
    SchemaError : no replays, a missing number, lengths that differ, or an overlap below 1

    Examples
    --------
    >>> coverage(np.array([0.0, 0.0]), np.array([5.0, 5.0]), np.array([5.0, 6.0])).share
    0.5
    """
    low, high, actual = paired(low=low, high=high, actual=actual)
    if not overlap >= 1:
        raise SchemaError(f"overlap must be 1 or more; found {overlap}. Divide the horizon by the time between replays.")
    share = float(((low <= actual) & (actual <= high)).mean())
    return Coverage(share, *wilson(share, len(actual) / overlap), len(actual))


def chance_error(probability: np.ndarray) -> float:
    """Expected |wins - forecast| / forecast, if every probability were right and deals independent; NaN if all are 0.

    No forecast can be expected to miss by less. Exact, from the distribution of the number of wins (Poisson-binomial, by
    Fourier transform: Hong 2013); for very many deals the normal one, sqrt(2 / pi) sqrt(sum p (1 - p)) / sum p.

    Examples
    --------
    One deal at one half is off by 0.5 either way; two are off by 1 in half of the cases.

    >>> round(chance_error(np.array([0.5])), 12), round(chance_error(np.array([0.5, 0.5])), 12)
    (1.0, 0.5)
    """
    p = np.asarray(probability, float)
    if not ((p >= 0) & (p <= 1)).all():
        raise SchemaError(f"a probability must be 0 to 1; {int((~((p >= 0) & (p <= 1))).sum())} of {len(p)} are not.")
    mean, spread = float(p.sum()), float(np.sqrt((p * (1 - p)).sum()))
    reach = int(np.ceil(10 * spread)) + 20  # beyond which less than 1e-12 lies (Bernstein's inequality)
    least = max(0, int(mean) - reach)
    many = min(len(p), int(mean) + reach) - least + 1
    if len(p) * many > MOST_TERMS:
        return _over(float(np.sqrt(2 / np.pi)) * spread, mean)
    counts = least + np.arange(many)
    chances = np.roll(_wrapped_wins(p, many), -(least % many))
    return _over(float(chances @ np.abs(counts - mean)), mean)


def loss_difference(ours: np.ndarray, theirs: np.ndarray, draws: Draws) -> tuple[float, float, float]:
    """Mean loss of ours minus theirs on the same rows, and its 95 % band; below 0 ours is better.

    A deal that appears in several replays is drawn whole, with all of its rows. Give the replay instead of the deal as
    ``draws.entity`` where it is the weeks that differ.

    Parameters
    ----------
    ours, theirs : a loss of each row, shape (n,), such as (probability - outcome)²
    draws : entity, weight and seed; the same draws serve several comparisons

    Raises
    ------
    SchemaError : lengths differ or a loss is missing

    Examples
    --------
    >>> draws = Draws(np.array(["a", "a", "b"]), np.ones(3))
    >>> loss_difference(np.array([0.25, 0.25, 0.25]), np.array([0.5, 0.5, 0.5]), draws)
    (-0.25, -0.25, -0.25)
    """
    ours, theirs, weight = paired(ours=ours, theirs=theirs, weight=draws.weight)
    names, code = np.unique(draws.entity.astype(str), return_inverse=True)
    gap, mass = np.bincount(code, weight * (ours - theirs)), np.bincount(code, weight)
    whole = Draws(names, np.ones(len(names)), draws.seed, draws.draws)
    low, high = band(whole.each(lambda times: times @ gap / np.maximum(times @ mass, 1e-300)))
    return float(gap.sum() / mass.sum()), low, high


def _wrapped_wins(p: np.ndarray, many: int) -> np.ndarray:
    """P(number of wins leaves the remainder k when divided by ``many``), shape (many,)."""
    turns = np.exp(-2j * np.pi * np.arange(many // 2 + 1) / many) - 1
    product = np.ones(len(turns), complex)
    for start in range(0, len(p), ROWS_AT_ONCE):
        product *= (1 + p[start : start + ROWS_AT_ONCE, None] * turns).prod(0)
    return np.fft.irfft(product, many)


def _over(sum_: float, whole: float) -> float:
    return sum_ / whole if whole > 0 else float("nan")


def paired(**named: np.ndarray) -> list[np.ndarray]:
    """The arrays, of one length above 0 and without gaps; SchemaError names what is not."""
    arrays = {name: np.asarray(values, float) for name, values in named.items()}
    lengths = [len(values) for values in arrays.values()]
    if len(set(lengths)) > 1 or not lengths[0]:
        raise SchemaError(f"{', '.join(arrays)} need the same length, above 0; they have {', '.join(map(str, lengths))}.")
    check_known(**arrays)
    return list(arrays.values())


def check_known(**arrays: np.ndarray) -> None:
    """SchemaError where a number is missing."""
    for name, values in arrays.items():
        if np.isnan(values).any():
            raise SchemaError(f"{name} has {int(np.isnan(values).sum())} missing of {values.size}. "
                              "Leave out replays whose period is not over.")
