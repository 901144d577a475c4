"""Is P(won by t) right, when some deals are lost, which ends them, and others are still open, which says little yet?

A row whose observation ended before t does not count at t; the others stand in for it, weighted by one over the chance
of having been watched long enough (inverse probability of censoring weighting, IPCW). This takes the end of
observation to be independent of the outcome. Figures are NaN at days to which nobody was followed.
"""

from dataclasses import dataclass

import numpy as np

from leadcast.errors import SchemaError
from leadcast.metrics.calibration import Bin, equal_mass, wilson
from leadcast.metrics.incidence import CENSORED, NO_ONE_LEFT, WON, aalen_johansen, censoring_survival, checked
from leadcast.metrics.ranking import auc


@dataclass(frozen=True)
class HorizonCalibration:
    """What was said of P(won by ``day``), and the share won by then.

    Attributes
    ----------
    said, came : mean prediction, and the Aalen-Johansen estimate of what came
    low, high : 95 % band of ``came``
    ratio : expected over observed, ``said / came``; above 1 too much was promised; NaN where nothing was won
    bins : the same by bins of equal mass of the prediction
    """

    day: float
    said: float
    came: float
    low: float
    high: float
    ratio: float
    bins: list[Bin]


def known_by(
    duration: np.ndarray, event: np.ndarray, days: np.ndarray, weight: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Whether each row was won by each day, and how many rows it stands for there.

    A row won or lost by t stands for 1 / G(T-) rows, one still open at t for 1 / G(t-), one whose observation ended before
    t for none, where G is :func:`~leadcast.metrics.incidence.censoring_survival`. Graf et al. (1999) ask for
    observation beyond t and take 1 / G(t); these are the same unless observation ends exactly at t, as it does for the
    newest replay whose horizon is over, which is then used. Whatever the censoring, the weights sum to the rows. So do
    not round the end of observation up: a deal watched for 27.4 days is not known at 28.

    Every other figure of this package can be had under censoring from these two: pass a column as outcome and weight.

    Parameters
    ----------
    duration : days from ``as_of`` to the outcome or the end of observation, shape (n,)
    event : 0 still open then, 1 won, 2 lost, shape (n,)
    days : horizons t, shape (K,)
    weight : of each row, used to estimate G, shape (n,); None for 1 each

    Returns
    -------
    won : float, 0 or 1, shape (n, K); stands_for : float >= 0, shape (n, K), a column of NaN where nobody was followed to t

    Raises
    ------
    SchemaError : as in :func:`~leadcast.metrics.incidence.aalen_johansen`

    Examples
    --------
    One of two deals was watched for one day only; the other stands for both.

    >>> won, stands_for = known_by(np.array([1.0, 2.0]), np.array([0, 1]), np.array([1.0, 2.0]))
    >>> won.tolist(), stands_for.tolist()
    ([[0.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [1.0, 2.0]])
    """
    duration, event, weight = checked(duration, event, weight)
    days, watched = np.asarray(days, float), censoring_survival(duration, event, weight)
    ended = (event != CENSORED)[:, None] & (duration[:, None] <= days)
    last = duration[weight > 0].max()
    unseen = (days > last) & (weight[(duration == last) & (event == CENSORED)].sum() > 0)
    closed, still = (1.0 / np.maximum(watched.before(at), NO_ONE_LEFT) for at in (duration, days))
    stands_for = np.where(ended, closed[:, None], np.where(duration[:, None] >= days, still, 0.0))
    return (ended & (event == WON)[:, None]).astype(float), np.where(unseen, np.nan, stands_for)


def brier_losses(
    duration: np.ndarray, event: np.ndarray, won: np.ndarray, days: np.ndarray, weight: np.ndarray | None = None
) -> np.ndarray:
    """Each row's part of :func:`brier_at`, shape (n, K): their mean, weighted by ``weight``, is the score.

    For a paired interval between two models, see :func:`~leadcast.metrics.forecasting.loss_difference`.
    """
    won, days = _fitting(duration, won, days)
    came, stands_for = known_by(duration, event, days, weight)
    return stands_for * (came - won) ** 2


def brier_at(
    duration: np.ndarray, event: np.ndarray, won: np.ndarray, days: np.ndarray, weight: np.ndarray | None = None
) -> np.ndarray:
    """Mean squared error of P(won by t) at each t, corrected for censoring; the plain Brier score where there is none.

    Graf et al. (1999), for competing risks Schoop et al. (2011): a deal lost by t is certain not to be won by t.

    Parameters
    ----------
    duration, event, weight : as in :func:`known_by`
    won : P(won by each of ``days``), shape (n, K)
    days : shape (K,)

    Returns
    -------
    float, shape (K,), 0 (best) to 1; NaN where nobody was followed to t

    Raises
    ------
    SchemaError : shapes that do not fit, or as in :func:`known_by`

    Examples
    --------
    >>> said = np.array([[0.5], [0.2]])
    >>> brier_at(np.array([3.0, 7.0]), np.array([1, 2]), said, np.array([7.0])).round(3).tolist()
    [0.145]
    """
    losses = brier_losses(duration, event, won, days, weight)
    return np.average(losses, axis=0, weights=weight)


def integrated_brier(
    duration: np.ndarray, event: np.ndarray, won: np.ndarray, days: np.ndarray, weight: np.ndarray | None = None
) -> float:
    """:func:`brier_at` averaged over the span of ``days`` by the trapezoidal rule; NaN if any day has no value.

    Raises
    ------
    SchemaError : ``days`` are fewer than two or do not ascend, or as in :func:`brier_at`
    """
    days = np.asarray(days, float)
    if len(days) < 2 or not (np.diff(days) > 0).all():
        raise SchemaError(f"days must ascend, two or more, to integrate over; found {days.tolist()[:5]}. Sort the grid.")
    return float(np.trapezoid(brier_at(duration, event, won, days, weight), days) / (days[-1] - days[0]))


def auc_at(
    duration: np.ndarray, event: np.ndarray, won: np.ndarray, days: np.ndarray, weight: np.ndarray | None = None
) -> np.ndarray:
    """Chance that a deal won by t was given more than one not won by t, at each t; ties count half.

    Not won by t is lost by t or still open then (cumulative / dynamic, definition ii of Blanche, Dartigues and
    Jacqmin-Gadda 2013): both are wrong to count on for the period. Definition i would leave the lost out.

    Parameters
    ----------
    As in :func:`brier_at`.

    Returns
    -------
    float, shape (K,); NaN where either kind is missing, or nobody was followed to t

    Examples
    --------
    >>> said = np.array([[0.9], [0.3], [0.3]])
    >>> auc_at(np.array([3.0, 5.0, 9.0]), np.array([1, 1, 2]), said, np.array([7.0])).tolist()
    [0.75]
    """
    won, days = _fitting(duration, won, days)
    came, stands_for = known_by(duration, event, days, weight)
    mass = stands_for if weight is None else stands_for * np.asarray(weight, float)[:, None]
    return np.array([auc(won[mass[:, k] > 0, k], came[mass[:, k] > 0, k], mass[mass[:, k] > 0, k]) for k in range(len(days))])


def calibration_at(
    duration: np.ndarray, event: np.ndarray, won: np.ndarray, days: np.ndarray,
    weight: np.ndarray | None = None, entity: np.ndarray | None = None, bins: int = 10,
) -> list[HorizonCalibration]:
    """At each t, what was said of P(won by t) against the share won by then, over all rows and by bins of equal mass.

    What came is the Aalen-Johansen estimate among the rows of the bin. Its band is Wilson's, for as many cases as give
    the estimate's variance: with every outcome known that is the number of rows. Several looks at one
    entity are not several cases: rows count for as much as their entities do (Kish 1965).

    Parameters
    ----------
    duration, event, won, days, weight : as in :func:`brier_at`
    entity : of each row, shape (n,); None where each row is its own

    Returns
    -------
    one per day, in the order of ``days``; ``came`` NaN and its band 0 to 1 where nobody was followed so long

    Raises
    ------
    SchemaError : as in :func:`brier_at`
    """
    won, days = _fitting(duration, won, days)
    duration, event, weight = checked(duration, event, weight)
    entity = np.arange(len(duration)) if entity is None else entity
    found = []
    for day, said in zip(days, won.T, strict=True):
        whole, *table = [
            _line(duration[rows], event[rows], said[rows], weight[rows], entity[rows], float(day))
            for rows in (np.arange(len(said)), *equal_mass(said, weight, bins))
        ]
        ratio = whole.said / whole.came if whole.came > 0 else float("nan")
        found.append(HorizonCalibration(float(day), whole.said, whole.came, whole.low, whole.high, ratio, table))
    return found


def _line(
    duration: np.ndarray, event: np.ndarray, said: np.ndarray, weight: np.ndarray, entity: np.ndarray, day: float
) -> Bin:
    names, code = np.unique(entity, return_inverse=True)
    mass = np.bincount(code, weight)
    cases = float(mass.sum() ** 2 / (mass**2).sum())
    found = aalen_johansen(duration, event, weight=weight * cases / weight.sum())
    came = float(found.won_by(np.array([day]))[0])
    low, high = (0.0, 1.0) if np.isnan(came) else wilson(came, _cases(came, found.won_variance(day), cases, duration, event, day))
    return Bin(float(np.average(said, weights=weight)), came, low, high, len(said), len(names), float(weight.sum()))


def _cases(came: float, variance: float, cases: float, duration: np.ndarray, event: np.ndarray, day: float) -> float:
    """How many fully known cases would leave as much doubt; where all or none were won, the part whose outcome is known."""
    if variance > 0:
        return min(cases, came * (1 - came) / variance)
    return cases * float(((event != CENSORED) | (duration >= day)).mean())


def _fitting(duration: np.ndarray, won: np.ndarray, days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    won, days = np.asarray(won, float), np.asarray(days, float)
    if days.ndim != 1 or won.shape != (len(duration), len(days)):
        raise SchemaError(f"won must hold P(won by t) for {len(duration)} rows and days of shape {days.shape}; "
                          f"it has shape {won.shape}. Pass one column per day.")
    return won, days
