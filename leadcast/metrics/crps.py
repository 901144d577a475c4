"""One score for a whole distribution: how far it was from what came, wide ranges paying for their width."""

import numpy as np

from leadcast.errors import SchemaError
from leadcast.metrics.forecasting import check_known


def crps_from_quantiles(levels: np.ndarray, quantiles: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """Continuous ranked probability score of each replay, from quantiles; in the unit of the forecast, 0 is best.

    The integral over x of (F(x) - 1{x >= actual})², worked out exactly for the F that is straight between the given
    quantiles and has what lies outside the levels at the outermost two. It equals twice the pinball loss integrated
    over all levels (Gneiting and Ranjan 2011); a forecast that is one number scores its absolute error.

    Parameters
    ----------
    levels : ascending, between 0 and 1, shape (m,)
    quantiles : ascending in each row, shape (r, m)
    actual : shape (r,)

    Returns
    -------
    float, shape (r,)

    Raises
    ------
    SchemaError : shapes do not fit, levels or quantiles do not ascend, a number is missing

    Examples
    --------
    Anything from 0 to 12 alike, and 6 came: twice the integral of (x / 12)² from 0 to 6.

    >>> crps_from_quantiles(np.array([0.0, 1.0]), np.array([[0.0, 12.0]]), np.array([6.0])).tolist()
    [1.0]
    """
    levels, quantiles, actual = np.asarray(levels, float), np.asarray(quantiles, float), np.asarray(actual, float)
    _check_quantiles(levels, quantiles, actual)
    start, end, y = quantiles[:, :-1], quantiles[:, 1:], actual[:, None]
    split, wide = np.clip(y, start, end), np.where(end > start, end - start, 1.0)
    at = levels[:-1] + np.diff(levels) * (split - start) / wide
    inside = (split - start) * _mean_square(levels[:-1], at) + (end - split) * _mean_square(1 - at, 1 - levels[1:])
    outside = np.maximum(quantiles[:, 0] - actual, 0.0) + np.maximum(actual - quantiles[:, -1], 0.0)
    return inside.sum(1) + outside


def crps_from_samples(samples: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """The same score of the distribution that has each sample with equal chance: mean |X - actual| - mean |X - X'| / 2.

    Exact for those samples (Gneiting and Raftery 2007, equation 21), by sorting; s samples of a distribution score worse
    than it does by about mean |X - X'| / (2 s).

    Parameters
    ----------
    samples : shape (r, s), any order
    actual : shape (r,)

    Returns
    -------
    float, shape (r,)

    Raises
    ------
    SchemaError : shapes do not fit, a number is missing

    Examples
    --------
    >>> crps_from_samples(np.array([[0.0, 4.0]]), np.array([1.0])).tolist()
    [1.0]
    """
    samples, actual = np.asarray(samples, float), np.asarray(actual, float)
    if samples.ndim != 2 or not samples.shape[1] or len(samples) != len(actual):
        raise SchemaError(f"samples must have one row for each of {len(actual)} actuals; found shape {samples.shape}.")
    check_known(samples=samples, actual=actual)
    count = samples.shape[1]
    ranked, place = np.sort(samples, axis=1), 2 * np.arange(1, count + 1) - count - 1
    return np.abs(samples - actual[:, None]).mean(1) - ranked @ place / count**2


def _mean_square(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Mean of f² where f runs straight from start to end."""
    return (start**2 + start * end + end**2) / 3


def _check_quantiles(levels: np.ndarray, quantiles: np.ndarray, actual: np.ndarray) -> None:
    if quantiles.shape != (len(actual), len(levels)) or len(levels) < 1:
        raise SchemaError(f"quantiles must have a row for each of {len(actual)} actuals and a column for each of {len(levels)} "
                          f"levels; found shape {quantiles.shape}.")
    check_known(levels=levels, quantiles=quantiles, actual=actual)
    if levels[0] < 0 or levels[-1] > 1 or (np.diff(levels) <= 0).any():
        raise SchemaError(f"levels must ascend between 0 and 1; found {levels.tolist()[:5]}. Sort them with their quantiles.")
    if (np.diff(quantiles, axis=1) < 0).any():
        row = int(np.flatnonzero((np.diff(quantiles, axis=1) < 0).any(1))[0])
        raise SchemaError(f"quantiles must not fall as their level rises; they do in row {row}. Sort each row.")
