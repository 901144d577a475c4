"""The model of a curve: in each step ahead, the chance of being won and of being lost, by members over the bundle's features."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from leadcast.calibration import Calibration, log_odds, probability
from leadcast.contract import Contract, Feature
from leadcast.curves import WinCurves, curves_of
from leadcast.members import Member

STEP = Feature("step_ahead", "steps", "Steps of the curve that lie before it", "deal")
MOST_ROWS = 20_000


def with_step(contract: Contract) -> Contract:
    """The contract of a hazard's rows: the bundle's features, and which step ahead the row speaks of."""
    return Contract((*contract.features, STEP))


@dataclass(frozen=True)
class Hazard:
    """P(it ends so in a step | open at its beginning): a blend of members in log-odds, calibrated.

    Attributes
    ----------
    parts : (weight, member) over the features of :func:`with_step`
    """

    parts: tuple[tuple[float, Member], ...]
    calibrator: Calibration

    def chance(self, values: np.ndarray, steps: int) -> np.ndarray:
        """Shape (n, steps), of rows of the bundle's contract, shape (n, p); the same for a row alone and in a batch."""
        blended = np.zeros((len(values), steps))
        for weight, member in self.parts:
            blended += weight * _by_step(member, values, steps)
        flat = blended.ravel()
        return probability(flat + self.calibrator.part(flat)).reshape(blended.shape)


@dataclass(frozen=True)
class CurveModel:
    """Hazards of winning and of losing in steps ahead: a competing-risks model in discrete time.

    Attributes
    ----------
    days : the grid, days ahead, rising from 0, shape (k + 1,)
    lose : None where no loss is on record
    horizon_days : of the probability that the bundle serves
    share : how much of that probability's log-odds is the curve's own; the rest is the blend's, which has the reasons
    level : what is added to all so that those open at the end of the training are as likely to be won as the curve says
    shock : how far all deals are off together by each day of the grid, beyond chance, in log-odds, as past forecasts were
    ratios : equally likely ratios of a won deal's amount at its win to the amount when it was looked at
    """

    days: tuple[float, ...]
    win: Hazard
    lose: Hazard | None
    horizon_days: float
    share: float = 0.0
    level: float = 0.0
    shock: tuple[float, ...] = ()
    ratios: tuple[float, ...] = (1.0,)

    def curves(self, values: np.ndarray) -> WinCurves:
        """The curves of rows of the bundle's contract, shape (n, p), before they are brought to the served probability."""
        steps = len(self.days) - 1
        parts = [values[i:i + MOST_ROWS] for i in range(0, len(values), MOST_ROWS)] or [values]
        win = np.concatenate([self.win.chance(part, steps) for part in parts])
        lose = np.zeros(win.shape) if self.lose is None else np.concatenate([self.lose.chance(p, steps) for p in parts])
        return curves_of(np.array(self.days), win, lose)

    def part(self, curves: WinCurves | None, blended: np.ndarray) -> np.ndarray:
        """What the curve adds to the blend's calibrated log-odds, shape (n,): shown as a reason of its own.

        Parameters
        ----------
        curves : of the same rows; None only where the curve has no share
        """
        if curves is None:
            return np.full(len(blended), self.level)
        return self.share * (log_odds_each(curves.won_by(self.horizon_days)) - blended) + self.level

    def shock_by(self, days: float) -> float:
        """The common shock of a forecast so many days ahead, in log-odds."""
        return float(np.interp(days, self.days, self.shock)) if self.shock else 0.0

    def to_json(self) -> dict[str, Any]:
        """Everything but the hazards."""
        return {"days": list(self.days), "horizon_days": self.horizon_days, "share": self.share, "level": self.level,
                "shock": list(self.shock), "ratios": list(self.ratios)}


def log_odds_each(chance: np.ndarray) -> np.ndarray:
    """Log-odds, element by element with the C library's logarithm: the same for a row alone and in a batch."""
    return np.fromiter((float(log_odds(p)) for p in chance), float, len(chance))


def _by_step(member: Member, values: np.ndarray, steps: int) -> np.ndarray:
    """Log-odds of each row at each step, shape (n, steps).

    All members but trees are sums over features, so the step moves all rows alike and has to be worked out once.
    """
    if member.kind == "trees":
        rows = np.column_stack([np.repeat(values, steps, axis=0), np.tile(np.arange(steps, dtype=float), len(values))])
        return member.log_odds(rows).reshape(len(values), steps)
    first = member.log_odds(np.column_stack([values, np.zeros(len(values))]))
    nothing = np.full((steps, values.shape[1]), np.nan)
    moved = member.log_odds(np.column_stack([nothing, np.arange(steps, dtype=float)]))
    return first[:, None] + (moved - moved[0])[None, :]
