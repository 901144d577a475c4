"""What a bundle says of rows."""

from dataclasses import dataclass

import numpy as np

from leadcast.curves import WinCurves


@dataclass(frozen=True)
class Scored:
    """Scores of n rows.

    Attributes
    ----------
    log_odds, probability : of the served, calibrated probability, shape (n,)
    sums : what fit, engagement and deal each add to the blend's log-odds, shape (n,); the same numbers with reasons and
        without. Trees tell it by the way of a row down each tree, so these are not the sums of the reasons
    calibration : the calibrator's own part, shape (n,)
    curve : what the curve over time adds, shape (n,); 0 where there is none
    over_time : the curves before they are brought to the probability; None where there are none
    """

    log_odds: np.ndarray
    probability: np.ndarray
    sums: dict[str, np.ndarray]
    calibration: np.ndarray
    curve: np.ndarray
    over_time: WinCurves | None


@dataclass(frozen=True)
class Explained(Scored):
    """Scores with reasons; ``base + contributions.sum(1) + calibration + curve`` is ``log_odds`` within 1e-9.

    Attributes
    ----------
    contributions : log-odds by feature, shape (n, p)
    base : what an average row starts from
    """

    contributions: np.ndarray
    base: float
