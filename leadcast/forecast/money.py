"""What deals will bring in money: draws with a fixed seed, of the few that matter one by one, of the many as one sum."""

import numpy as np
from numpy.polynomial.polynomial import polyvander
from scipy.special import ndtri

from leadcast.forecast.spread import Spread

NODES, DRAWS_EACH = 400, 25
DRAWS = NODES * DRAWS_EACH
ALL_ALONE, LARGEST_ALONE = 400, 100  # up to so many deals each is drawn alone; of more, the largest
FEW = 25.0  # wins that come so seldom are drawn one by one, not as a normal sum
_PROBES = np.array([-1.0, -1 / 3, 1 / 3, 1.0])
_GOLDEN = 0.6180339887498949


def money_draws(p: np.ndarray, amount: np.ndarray, rate: np.ndarray, template: np.ndarray, spread: Spread) -> np.ndarray:
    """Equally likely sums of money from open deals and from those not yet created, shape (10,000,).

    Parameters
    ----------
    p, amount : of each open deal, P(won in the period) and money now, shape (n,); no NaN
    rate, template : of each kind of new deal, expected wins and money, shape (m,); no NaN
    """
    certain = (p >= 1) & (len(set(spread.ratios)) == 1)
    booked = float(amount[certain].sum()) * spread.ratios[0]
    counts = ~certain & (p > 0) & (amount != 0)
    from_open = open_money(p[counts], amount[counts], spread, np.random.default_rng([spread.seed, 0]))
    matters = (rate > 0) & (template != 0)
    return booked + from_open + new_money(rate[matters], template[matters], spread, np.random.default_rng([spread.seed, 1]))


def open_money(p: np.ndarray, amount: np.ndarray, spread: Spread, rng: np.random.Generator) -> np.ndarray:
    """Money from open deals; draws 1 to 25 share the lowest of 400 shocks, the next 25 the second lowest, and so on.

    Of more than 400 deals the 100 that add most to the variance are drawn one by one. The others are one sum whose mean
    and variance **given the shock** are exact, normal with the sum's own skewness (Cornish and Fisher 1938); where they
    hold hardly a win or a loss to come, that sum is drawn as a few surprises instead (Poisson: right to first order in p).
    """
    shocks = spread.shocks(NODES)
    if len(p) <= ALL_ALONE:
        return _alone(p, amount, shocks, spread, rng)
    weight = amount**2 * p * (1 - p)
    order = np.argpartition(weight, len(p) - LARGEST_ALONE)
    rest, largest = order[:-LARGEST_ALONE], order[-LARGEST_ALONE:]
    return _alone(p[largest], amount[largest], shocks, spread, rng) + _together(p[rest], amount[rest], shocks, spread, rng)


def new_money(rate: np.ndarray, template: np.ndarray, spread: Spread, rng: np.random.Generator) -> np.ndarray:
    """Money from deals not yet created: a Poisson number of wins, each of a template's amount, all at one shared pace.

    Where many wins are expected, those of the largest amounts are drawn one by one and the rest as one skewed normal sum.
    """
    pace = rng.permutation(np.repeat(spread.paces(NODES), DRAWS_EACH))
    order = np.argsort(-np.abs(template), kind="stable")
    rate, template = rate[order], template[order]
    expected = np.cumsum(rate)
    alone = len(rate) if not len(rate) or expected[-1] <= 2 * FEW else int(np.searchsorted(expected, FEW))
    drawn = _surprises(rate[:alone], template[:alone], pace, spread, rng)
    if alone == len(rate):
        return drawn
    first, second, third = (spread.ratio_moment(k) * float(rate[alone:] @ template[alone:] ** k) for k in (1, 2, 3))
    heard = np.maximum(pace, 1e-9)
    sums = pace * first + np.sqrt(pace * second) * _bell(third / second**1.5 / np.sqrt(heard))
    return drawn + (np.maximum(sums, 0.0) if (template[alone:] > 0).all() else sums)


def cumulants(p: np.ndarray, amount: np.ndarray, spread: Spread) -> np.ndarray:
    """Mean, variance and third cumulant of the money from independent deals, shape (3,).

    Examples
    --------
    >>> cumulants(np.array([0.5, 0.5]), np.array([2.0, 4.0]), Spread()).tolist()
    [3.0, 5.0, 0.0]
    """
    one, two, three = (spread.ratio_moment(k) * amount**k * p for k in (1, 2, 3))
    return np.array([one.sum(), (two - one**2).sum(), (three - 3 * one * two + 2 * one**3).sum()])


def _alone(p: np.ndarray, amount: np.ndarray, shocks: np.ndarray, spread: Spread, rng: np.random.Generator) -> np.ndarray:
    """Every deal won or not in every draw."""
    if not len(p):
        return np.zeros(DRAWS)
    sums = []
    for z in np.split(shocks, 20):  # in pieces that fit a cache
        chance = (p + p * (1 - p) * z[:, None]).astype(np.float32)
        won = rng.random((len(z), DRAWS_EACH, len(p)), dtype=np.float32) < chance[:, None, :]
        sums.append(_worth(won.reshape(-1, len(p)), amount, spread, rng))
    return np.concatenate(sums)


def _worth(won: np.ndarray, amount: np.ndarray, spread: Spread, rng: np.random.Generator) -> np.ndarray:
    if len(spread.ratios) == 1:
        return won.astype(float) @ (amount * spread.ratios[0])
    place = np.flatnonzero(won)  # three times as fast as np.nonzero of two axes
    draw = np.repeat(np.arange(len(won)), np.count_nonzero(won, axis=1))
    worth = amount[place - draw * won.shape[1]] * _ratios(len(place), spread, rng)
    return np.bincount(draw, worth, minlength=len(won))


def _ratios(n: int, spread: Spread, rng: np.random.Generator) -> np.ndarray:
    return np.array(spread.ratios)[rng.integers(len(spread.ratios), size=n)]


def _together(p: np.ndarray, amount: np.ndarray, shocks: np.ndarray, spread: Spread, rng: np.random.Generator) -> np.ndarray:
    """The sum of many small deals: exact mean and variance given the shock, for both are polynomials of degree 3 in it."""
    swing = p * (1 - p)
    at_probes = np.array([cumulants(p + swing * z, amount, spread) for z in _PROBES])
    polynomial = np.linalg.solve(polyvander(_PROBES, 3), at_probes)
    mean, variance, third = np.repeat(polyvander(shocks, 3) @ polynomial, DRAWS_EACH, axis=0).T
    variance = np.maximum(variance, 0.0)
    by_surprise = spread.ratio_moment(2) * float(swing @ amount**2)
    if swing.sum() >= FEW or variance.mean() > 2 * by_surprise:  # many wins and losses, or the ratios matter more than either
        return mean + np.sqrt(variance) * _bell(third / np.maximum(variance, 1e-300) ** 1.5)
    sign = np.where(p < 0.5, 1.0, -1.0)  # a likely deal surprises by being lost
    surprise = _surprises(swing, sign * amount, np.ones(DRAWS), spread, rng)
    usual = spread.mean_ratio * float((sign * swing) @ amount)
    return mean + (surprise - usual) * np.sqrt(variance / max(by_surprise, 1e-300))


def _surprises(rate: np.ndarray, size: np.ndarray, pace: np.ndarray, spread: Spread, rng: np.random.Generator) -> np.ndarray:
    """Sums of sizes that each come Poisson(rate x pace) times, times a ratio each, shape (draws,)."""
    if not len(rate):
        return np.zeros(len(pace))
    upto = np.cumsum(rate)
    times = rng.poisson(upto[-1] * pace)
    total = int(times.sum())
    even = (np.arange(total) + rng.random()) * (upto[-1] / max(total, 1))  # every size its share of the times, then shuffled
    which = rng.permutation(np.minimum(np.searchsorted(upto, even, "right"), len(rate) - 1))
    worth = size[which] * (_ratios(total, spread, rng) if len(spread.ratios) > 1 else spread.ratios[0])
    return np.bincount(np.repeat(np.arange(len(pace)), times), worth, minlength=len(pace))


def _bell(skewness: np.ndarray) -> np.ndarray:
    """Evenly spread standard normal scores in an order that no shock can follow, bent to a skewness, mean 0, variance 1."""
    score = ndtri(((np.arange(DRAWS) + 0.5) * _GOLDEN) % 1.0)
    skewness = np.clip(skewness, -1.0, 1.0)
    return (score + skewness / 6 * (score**2 - 1)) / np.sqrt(1 + skewness**2 / 18)
