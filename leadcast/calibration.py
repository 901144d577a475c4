"""The calibrator: a sigmoid on log-odds, two numbers, fitted in training on predictions for unseen rows."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from leadcast.errors import BundleMismatch


@dataclass(frozen=True)
class Calibrator:
    """``slope * log_odds + intercept``; slope above 0, so the order of rows never changes."""

    slope: float = 1.0
    intercept: float = 0.0

    def part(self, log_odds: np.ndarray) -> np.ndarray:
        """What calibration adds to the log-odds, shape (n,): shown as a reason of its own."""
        return (self.slope - 1.0) * log_odds + self.intercept

    def to_json(self) -> dict[str, Any]:
        """What a bundle stores; the kind comes first."""
        return {"kind": "sigmoid", "slope": self.slope, "intercept": self.intercept}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Calibrator":
        return cls(float(data["slope"]), float(data["intercept"]))


KINDS = {"sigmoid": Calibrator}


def read_calibrator(data: dict[str, Any]) -> Calibrator:
    """A calibrator from what a bundle stores.

    Raises
    ------
    BundleMismatch : the kind is unknown to this version
    """
    if data["kind"] not in KINDS:
        raise BundleMismatch(f"The bundle has a calibrator of kind {data['kind']!r}; known here: {', '.join(KINDS)}. "
                             "Retrain with this version (leadcast train --promote).")
    return KINDS[data["kind"]].from_json(data)


def probability(log_odds: np.ndarray) -> np.ndarray:
    """Probability in [0, 1] of log-odds, shape (n,), without overflow.

    Examples
    --------
    >>> probability(np.array([0.0, -800.0, 800.0])).tolist()
    [0.5, 0.0, 1.0]
    """
    shrunk = np.fromiter((math.exp(-abs(z)) for z in log_odds), float, len(log_odds))  # NumPy's exp may round by batch size
    return np.where(log_odds >= 0, 1.0, shrunk) / (1.0 + shrunk)


def log_odds(rate: float | np.ndarray, floor: float = 1e-6) -> np.ndarray:
    """Log-odds of a rate, kept ``floor`` away from 0 and 1."""
    clipped = np.clip(rate, floor, 1.0 - floor)
    return np.log(clipped) - np.log1p(-clipped)
