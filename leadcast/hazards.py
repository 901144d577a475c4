"""The model of a curve: in each step ahead, the chance of being won and of being lost, by members over the bundle's features."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from leadcast.calibration import Calibration, probability
from leadcast.contract import Contract, Feature
from leadcast.curves import WinCurves, curves_of
from leadcast.members import Logistic, Member, Trees

STEP = Feature("step_ahead", "steps", "Steps of the curve that lie before it", "deal")
GROWING = ("age_days", "stage_age_days")
MOST_ROWS = 2_000
FLOOR = 1e-6
"""Log-odds are taken of chances so far away from 0 and 1, as in :func:`leadcast.calibration.log_odds`."""
ByStep = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Of rows, shape (n, p), and of what each step adds to them, shape (n, steps, columns): log-odds, shape (n, steps)."""


def with_step(contract: Contract) -> Contract:
    """The contract of a hazard's rows: the bundle's features, which step ahead the row speaks of, and the ages it then has.

    The chance of an ending goes by how old a deal is when the step begins; a sum over features could not add that up itself.
    """
    then = [replace(f, name=f"{f.name}_then", doc=f"{f.doc} when the step begins, if it is open and stays in its stage")
            for f in (contract.features[place] for place in growing_of(contract))]
    return Contract((*contract.features, STEP, *then))


def step_columns(contract: Contract, values: np.ndarray, step: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """What :func:`with_step` adds to rows of the bundle's contract, shape (n, 1 to 3).

    Parameters
    ----------
    values : shape (n, p)
    step : which step ahead, shape (n,)
    begins : days from the look to the step's beginning, shape (n,)
    """
    return np.column_stack([step, *(values[:, place] + begins for place in growing_of(contract))])


@dataclass(frozen=True)
class Hazard:
    """P(it ends so in a step | open at its beginning): a blend of members in log-odds, calibrated.

    Attributes
    ----------
    parts : (weight, member) over the features of :func:`with_step`
    """

    parts: tuple[tuple[float, Member], ...]
    calibrator: Calibration

    def chance(self, values: np.ndarray, added: np.ndarray) -> np.ndarray:
        """Shape (n, steps), of rows of the bundle's contract; the same for a row alone and in a batch.

        Parameters
        ----------
        values : shape (n, p)
        added : what each step adds to each row, shape (n, steps, columns)
        """
        blended = np.zeros(added.shape[:2])
        for (weight, _), by_step in zip(self.parts, self._by_step, strict=True):
            blended += weight * by_step(values, added)
        flat = blended.ravel()
        return probability(flat + self.calibrator.part(flat)).reshape(blended.shape)

    @cached_property
    def _by_step(self) -> tuple[ByStep, ...]:
        return tuple(by_step_of(member) for _, member in self.parts)


@dataclass(frozen=True)
class CurveModel:
    """Hazards of winning and of losing in steps ahead: a competing-risks model in discrete time.

    Attributes
    ----------
    days : the grid, days ahead, rising from 0, shape (k + 1,)
    lose : None where no loss is on record
    growing : the places of the features that grow with time ahead, in the bundle's contract
    horizon_days : of the probability that the bundle serves
    share : how much of that probability's log-odds is the curve's own; the rest is the blend's, which has the reasons
    level : what is added to all so that those open at the end of the training are as likely to be won as the curve says
    shock : how far all deals are off together by each day of the grid, beyond chance, in log-odds, as past forecasts were
    ratios : equally likely ratios of a won deal's amount at its win to the amount when it was looked at
    """

    days: tuple[float, ...]
    win: Hazard
    lose: Hazard | None
    growing: tuple[int, ...]
    horizon_days: float
    share: float = 0.0
    level: float = 0.0
    shock: tuple[float, ...] = ()
    ratios: tuple[float, ...] = (1.0,)

    def curves(self, values: np.ndarray) -> WinCurves:
        """The curves of rows of the bundle's contract, shape (n, p), before they are brought to the served probability."""
        parts = [values[i:i + MOST_ROWS] for i in range(0, len(values), MOST_ROWS)] or [values]
        added = [self._added(part) for part in parts]
        win, lose = (None if hazard is None else np.concatenate([hazard.chance(*rows) for rows in zip(parts, added, strict=True)])
                     for hazard in (self.win, self.lose))
        assert win is not None
        return curves_of(np.array(self.days), win, np.zeros(win.shape) if lose is None else lose)

    def _added(self, values: np.ndarray) -> np.ndarray:
        """What each step adds to each row, shape (n, steps, columns)."""
        steps, begins = np.arange(len(self.days) - 1, dtype=float), np.array(self.days[:-1])
        columns = [np.broadcast_to(steps, (len(values), len(steps)))]
        columns += [values[:, [place]] + begins for place in self.growing]
        return np.stack(columns, axis=2)

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
        return {"days": list(self.days), "growing": list(self.growing), "horizon_days": self.horizon_days, "share": self.share,
                "level": self.level, "shock": list(self.shock), "ratios": list(self.ratios)}


def log_odds_each(chance: np.ndarray) -> np.ndarray:
    """Log-odds, element by element: the same for a row alone and in a batch."""
    clipped = np.clip(chance, FLOOR, 1.0 - FLOOR)
    return np.fromiter((np.log(p) - np.log1p(-p) for p in clipped), float, len(clipped))


def growing_of(contract: Contract) -> tuple[int, ...]:
    """The places of the features that grow with time ahead."""
    return tuple(place for place, f in enumerate(contract.features) if f.name in GROWING)


def by_step_of(member: Member) -> ByStep:
    """What gives the member's log-odds of each row at each step, shape (n, steps), without asking anything twice."""
    if isinstance(member, Logistic):
        return partial(_sum_by_step, member, {})
    if isinstance(member, Trees):
        return partial(_trees_by_step, member)
    return partial(_same_at_each_step, member)


def _sum_by_step(
    member: Logistic, halves: dict[int, tuple[Logistic, Logistic]], values: np.ndarray, added: np.ndarray
) -> np.ndarray:
    """A sum over features takes those of the look once, and only those that the step adds for every step.

    ``halves`` keeps the sum in two, by how many features the look has.
    """
    rows, steps, columns = added.shape
    split = values.shape[1]
    if split not in halves:
        halves[split] = Logistic(member.base, member.curves[:split]), Logistic(0.0, member.curves[split:])
    first, more = halves[split]
    return first.log_odds(values)[:, None] + more.log_odds(added.reshape(-1, columns)).reshape(rows, steps)


def _trees_by_step(member: Trees, values: np.ndarray, added: np.ndarray) -> np.ndarray:
    """Every row once for each step, written once: to copy so many columns takes as long as to predict."""
    rows, steps, columns = added.shape
    width = values.shape[1]
    whole = np.empty((rows, steps, width + columns))
    whole[:, :, :width] = member.filled(values)[:, None]
    whole[:, :, width:] = member.filled(added, width)
    return member.raw(whole.reshape(rows * steps, width + columns)).reshape(rows, steps) if rows else np.zeros((0, steps))


def _same_at_each_step(member: Member, values: np.ndarray, added: np.ndarray) -> np.ndarray:
    """Of those that do not go by the step."""
    rows, steps, _ = added.shape
    first = member.log_odds(np.column_stack([values, added[:, 0]])) if rows else np.zeros(0)
    return np.broadcast_to(first[:, None], (rows, steps))
