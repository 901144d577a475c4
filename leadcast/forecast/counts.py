"""How many deals will be won: exact distributions of counts, from probabilities that differ from deal to deal."""

import math

import numpy as np
from scipy.fft import next_fast_len
from scipy.special import gammainccinv, gammaln, xlogy

from leadcast.forecast.spread import LARGEST_SHOCK, Spread

PAIRED = 1_000  # up to so many open deals are multiplied out one by one; more go by way of bins
BINS = 64
NODES = (41, 81)  # the fewest and the most values of the shock
_NOTHING = 37.0  # exp(-37) is below what a float can tell from 0 beside 1

Pmf = tuple[int, np.ndarray]
"""The first count and the probabilities of it and of those that follow."""


def poisson_binomial(p: np.ndarray) -> np.ndarray:
    """P(k of n independent deals are won), exact, k = 0..n.

    The generating polynomials 1 - p + p s are multiplied in pairs, pairs of pairs and so on, by FFT; what rounding leaves
    below 0 is cut, so the smallest probabilities are right to about 1e-16 and not to their last digit.

    Parameters
    ----------
    p : P(won) of each deal, 0 to 1, shape (n,)

    Returns
    -------
    float, shape (n + 1,), sum 1

    Notes
    -----
    The law of a sum of unlike coins; Hong, Computational Statistics and Data Analysis 59 (2013), compares ways to compute it.

    Examples
    --------
    >>> poisson_binomial(np.array([0.5, 0.5, 1.0])).round(9).tolist()
    [0.0, 0.25, 0.5, 0.25]
    """
    return _paired(np.asarray(p, float)[None, :])[0]


def count_pmf(p: np.ndarray, new_mean: float, spread: Spread) -> Pmf:
    """Wins among open deals plus wins of deals not yet created.

    Parameters
    ----------
    p : P(won in the period) of each open deal, shape (n,)
    new_mean : expected number of wins from new business

    Examples
    --------
    >>> first, pmf = count_pmf(np.array([1.0, 0.5]), 0.0, Spread())
    >>> first, pmf.round(9).tolist()
    (1, [0.5, 0.5])
    """
    (low, open_pmf), (least, new_pmf) = open_wins(p, spread), new_wins(new_mean, spread.new_cv)
    return low + least, _clean(_convolved(open_pmf, new_pmf))


def open_wins(p: np.ndarray, spread: Spread) -> Pmf:
    """Wins among open deals: a Poisson-binomial for each value of the shock, mixed with equal weights.

    Deals that are certain are set aside first. The shock has more values the more deals there are, so that the pieces of
    the mixture overlap.
    """
    p = np.asarray(p, float)
    certain, p = int((p >= 1).sum()), p[(p > 0) & (p < 1)]
    swing = p * (1 - p)
    nodes = math.ceil(np.clip(16 * min(spread.open_sd, LARGEST_SHOCK) * math.sqrt(swing.sum()), *NODES))
    shocks = spread.shocks(nodes) if spread.open_sd and len(p) else np.zeros(1)
    if len(p) <= PAIRED:
        return certain, _clean(_paired(p + swing * shocks[:, None]).mean(axis=0))
    first, pmf = binned_wins(p, shocks)
    return certain + first, pmf


def new_wins(mean: float, cv: float) -> Pmf:
    """Wins of deals not yet created: Poisson, or negative binomial where their pace itself varies (a gamma factor)."""
    if mean <= 0:
        return 0, np.ones(1)
    highest = mean
    if cv >= 1e-4:
        highest = mean * max(1.0, float(gammainccinv(1 / cv**2, 1e-12)) * cv**2)
    low = max(0, math.floor(mean - _reach(mean))) if cv < 1e-4 else 0
    k = np.arange(low, math.ceil(highest + _reach(highest)) + 1)
    if cv < 1e-4:
        return low, _clean(np.exp(xlogy(k, mean) - mean - gammaln(k + 1)))
    shape = 1 / cv**2
    start = gammaln(k + shape) - gammaln(shape) - gammaln(k + 1)
    return low, _clean(np.exp(start - shape * math.log1p(mean / shape) + k * math.log(mean / (shape + mean))))


def binned_wins(p: np.ndarray, shocks: np.ndarray) -> Pmf:
    """Wins among very many open deals, from 64 bins of like probabilities, each taken at its own mean.

    The bins are equally wide in arcsin sqrt p, where a step of d moves the variance of a deal by the same share d^2 / 3
    everywhere: the mean stays exact and the standard deviation is right to 1e-4 of itself. The characteristic function
    (Hong 2013) is needed only where it is not yet 0, some 40 points whatever n is, and is turned back by FFT on a window
    around each mean that holds all but 1e-15 (Bernstein's inequality).

    Parameters
    ----------
    p : above 0 and below 1, shape (n,)
    shocks : equally likely values of the shock
    """
    chance, deals = _bins(p)
    moved = chance + chance * (1 - chance) * shocks[:, None]
    variance = (moved * (1 - moved)) @ deals
    width = 2 * next_fast_len(math.ceil(_reach(float(variance.max()))))
    angle = np.arange(width // 2 + 1) * (2 * np.pi / width)
    angle = angle[variance.min() * (1 - np.cos(angle)) <= _NOTHING]
    first = np.floor(moved @ deals).astype(int) - width // 2
    pmf = np.zeros(int(first.max() - first.min()) + width)
    for at, row in zip(first, moved, strict=True):
        turned = np.zeros(width // 2 + 1, complex)
        turned[:len(angle)] = np.conj(_characteristic(row, deals, angle) * np.exp(-1j * angle * at))
        pmf[at - first.min():][:width] += np.fft.irfft(turned, width)
    k = np.arange(len(pmf)) + first.min()
    possible = (k >= 0) & (k <= len(p))
    return int(k[possible][0]), _clean(pmf[possible])


def _characteristic(chance: np.ndarray, deals: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """E exp(i angle K): the product of 1 - p + p exp(i angle), in logarithms; shape of ``angle``."""
    down, across = 1 - np.cos(angle)[:, None], np.sin(angle)[:, None]
    size = np.log(np.maximum(1 - 2 * chance * (1 - chance) * down, 1e-300)) / 2
    turn = np.arctan2(chance * across, 1 - chance * down)
    return np.exp(size @ deals + 1j * (turn @ deals))


def _bins(p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean probability and number of deals of each bin that holds any."""
    place = np.minimum((np.arcsin(np.sqrt(p)) * (2 * BINS / np.pi)).astype(int), BINS - 1)
    deals = np.bincount(place, minlength=BINS)
    held = deals > 0
    return np.bincount(place, p, BINS)[held] / deals[held], deals[held].astype(float)


def _reach(variance: float) -> float:
    """Farther than this from the mean, a sum of 0s and 1s (or a Poisson) comes with a probability below 1e-15."""
    return 9 * math.sqrt(variance) + 25


def _paired(p: np.ndarray) -> np.ndarray:
    """Poisson-binomial of every row: shape (m, n) to (m, n + 1)."""
    m, n = p.shape
    size = 1 << max(n - 1, 0).bit_length()
    tree = np.zeros((m, size, 2))
    tree[:, :, 0] = 1.0
    tree[:, :n, 0], tree[:, :n, 1] = 1 - p, p
    while tree.shape[1] > 1:
        tree = _convolved(tree[:, ::2], tree[:, 1::2])
    return _clean(tree[:, 0, :n + 1])


def _convolved(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Convolution along the last axis."""
    length = left.shape[-1] + right.shape[-1] - 1
    if left.shape[-1] == 2 and right.shape[-1] == 2:  # the leaves: half of all the work
        ends = left[..., :1] * right, left[..., 1:] * right
        return np.stack([ends[0][..., 0], ends[0][..., 1] + ends[1][..., 0], ends[1][..., 1]], axis=-1)
    size = 1 << (length - 1).bit_length()
    return np.fft.irfft(np.fft.rfft(left, size) * np.fft.rfft(right, size), size)[..., :length]


def _clean(pmf: np.ndarray) -> np.ndarray:
    """Without what rounding left below 0, sum 1 along the last axis."""
    pmf = np.maximum(pmf, 0.0)
    return pmf / pmf.sum(axis=-1, keepdims=True)
