"""Won by when, with one pace for all deals: how long wins took, and the probability within a period that it means."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class TimeToWin:
    """How long wins take from the moment they are looked at: quantiles of days at equal steps from 0 to 1.

    Examples
    --------
    >>> TimeToWin((0.0, 10.0, 20.0)).share_by(np.array([-1.0, 0.0, 5.0, 20.0, 90.0])).tolist()
    [0.0, 0.0, 0.25, 1.0, 1.0]
    """

    days: tuple[float, ...]

    def share_by(self, days: np.ndarray | float) -> np.ndarray:
        """The share of wins that came within so many days: F, shape of ``days``."""
        return np.asarray(np.interp(days, self.days, np.linspace(0.0, 1.0, len(self.days)), left=0.0, right=1.0))

    def median_within(self, horizon_days: float | None) -> float:
        """The day by which half of the wins within the horizon have come."""
        share = 1.0 if horizon_days is None else float(self.share_by(horizon_days))
        return float(np.interp(share / 2, np.linspace(0.0, 1.0, len(self.days)), self.days))


def win_probability(
    within_horizon: np.ndarray, horizon_days: float | None, times: TimeToWin, until_days: float, from_days: float = 0.0
) -> np.ndarray:
    """P(won between two days from now), from P(won within the model's horizon).

    ``P(until) = P(horizon) F(until) / F(horizon)``, where F is how long wins took: every deal is taken to win at the
    same pace, which a curve per deal will replace. Never above 1.

    Parameters
    ----------
    within_horizon : P(won within ``horizon_days``), shape (n,)
    horizon_days : None where the probability is of the final outcome
    until_days, from_days : days from ``as_of`` to the period's end and start; a start in the past counts as now

    Returns
    -------
    float, shape (n,), 0 to 1

    Examples
    --------
    >>> win_probability(np.array([0.4]), 20.0, TimeToWin((0.0, 10.0, 20.0)), 10.0).tolist()
    [0.2]
    """
    whole = 1.0 if horizon_days is None else float(times.share_by(horizon_days))
    if whole <= 0:
        return np.zeros(len(within_horizon))
    share = (times.share_by(max(until_days, 0.0)) - times.share_by(max(from_days, 0.0))) / whole
    return np.clip(within_horizon * share, 0.0, 1.0)
