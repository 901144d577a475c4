"""Calibrators: what is added to a blend's log-odds, learned in training from predictions for later, unseen rows.

Each one is monotone, so the order of rows never changes, and works element by element with the C library's functions, so
a row alone and in a batch agree to the last digit (NumPy's own exp may round by batch size).
"""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from leadcast.errors import BundleMismatch


class Calibration(Protocol):
    """A correction of log-odds, of one of the kinds none, sigmoid, beta or isotonic."""

    @property
    def kind(self) -> str: ...

    @property
    def slope(self) -> float:
        """How steep the correction is, on the whole; 1 = as the blend says."""

    @property
    def intercept(self) -> float: ...

    def part(self, log_odds: np.ndarray) -> np.ndarray:
        """What calibration adds to the log-odds, shape (n,): shown as a reason of its own."""

    def to_json(self) -> dict[str, Any]:
        """What a bundle stores; the kind comes first."""


@dataclass(frozen=True)
class Calibrator:
    """A sigmoid, ``slope * log_odds + intercept`` with a slope above 0; of slope 1 it is no more than a level."""

    slope: float = 1.0
    intercept: float = 0.0

    @property
    def kind(self) -> str:
        return "none" if self.slope == 1.0 else "sigmoid"

    def part(self, log_odds: np.ndarray) -> np.ndarray:
        return (self.slope - 1.0) * log_odds + self.intercept

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, **asdict(self)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Calibrator":
        return cls(float(data["slope"]), float(data["intercept"]))


@dataclass(frozen=True)
class Beta:
    """Beta calibration (Kull, Silva Filho and Flach 2017): ``high`` times log p less ``low`` times log (1 - p), plus a level.

    In log-odds its slope is ``high`` far below the middle and ``low`` far above it.

    Attributes
    ----------
    shift : added before, so that the middle of the bend lies where the probability is a half
    intercept : added after
    """

    low: float
    high: float
    shift: float = 0.0
    intercept: float = 0.0
    kind: ClassVar[str] = "beta"

    @property
    def slope(self) -> float:
        return (self.low + self.high) / 2

    def part(self, log_odds: np.ndarray) -> np.ndarray:
        at = log_odds + self.shift
        tail = _each(lambda z: math.log1p(math.exp(-abs(z))), at)
        bent = self.high * (np.minimum(at, 0.0) - tail) + self.low * (np.maximum(at, 0.0) + tail)
        return bent + self.intercept - log_odds

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, **asdict(self)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Beta":
        return cls(*(float(data[name]) for name in ("low", "high", "shift", "intercept")))


@dataclass(frozen=True)
class Isotonic:
    """Straight lines between knots that never fall, of slope 1 beyond the first and the last.

    Attributes
    ----------
    knots, heights : log-odds before and after, both rising, at least two of each
    """

    knots: tuple[float, ...]
    heights: tuple[float, ...]
    shift: float = 0.0
    intercept: float = 0.0
    kind: ClassVar[str] = "isotonic"

    @property
    def slope(self) -> float:
        return (self.heights[-1] - self.heights[0]) / (self.knots[-1] - self.knots[0])

    def part(self, log_odds: np.ndarray) -> np.ndarray:
        at, x, y = log_odds + self.shift, np.array(self.knots), np.array(self.heights)
        left = np.clip(np.searchsorted(x, at, "right") - 1, 0, len(x) - 2)
        steep = (y[left + 1] - y[left]) / (x[left + 1] - x[left])
        inside = np.clip(at, x[0], x[-1])
        return y[left] + (inside - x[left]) * steep + (at - inside) + self.intercept - log_odds

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, **asdict(self), "knots": list(self.knots), "heights": list(self.heights)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Isotonic":
        return cls(tuple(data["knots"]), tuple(data["heights"]), float(data["shift"]), float(data["intercept"]))


KINDS: dict[str, Callable[[dict[str, Any]], Calibration]] = {
    "none": Calibrator.from_json, "sigmoid": Calibrator.from_json, "beta": Beta.from_json, "isotonic": Isotonic.from_json,
}


def read_calibrator(data: dict[str, Any]) -> Calibration:
    """A calibrator from what a bundle stores.

    Raises
    ------
    BundleMismatch : the kind is unknown to this version
    """
    if data["kind"] not in KINDS:
        raise BundleMismatch(f"The bundle has a calibrator of kind {data['kind']!r}; known here: {', '.join(KINDS)}. "
                             "Retrain with this version (leadcast train --promote).")
    return KINDS[data["kind"]](data)


def probability(log_odds: np.ndarray) -> np.ndarray:
    """Probability in [0, 1] of log-odds, shape (n,), without overflow.

    Examples
    --------
    >>> probability(np.array([0.0, -800.0, 800.0])).tolist()
    [0.5, 0.0, 1.0]
    """
    shrunk = _each(lambda z: math.exp(-abs(z)), log_odds)
    return np.where(log_odds >= 0, 1.0, shrunk) / (1.0 + shrunk)


def log_odds(rate: float | np.ndarray, floor: float = 1e-6) -> np.ndarray:
    """Log-odds of a rate, kept ``floor`` away from 0 and 1."""
    clipped = np.clip(rate, floor, 1.0 - floor)
    return np.log(clipped) - np.log1p(-clipped)


def _each(function: Callable[[float], float], values: np.ndarray) -> np.ndarray:
    return np.fromiter((function(z) for z in values), float, len(values))
