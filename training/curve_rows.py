"""Rows of a curve's hazards: each look once for every step ahead that it entered open and that is over."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from leadcast.endings import LOST, WON, Endings
from leadcast.hazards import step_columns, with_step
from training.trials import Rows

LADDER = (1 / 24, 0.25, 1.0, 2.0, 3.5, 7.0, 14.0, 30.0, 90.0)
STEPS, MOST_STEPS, FEWEST_STEPS = 9, 16, 2
COVERED = 0.975
FEWEST_AT_RISK = 30
MOST_ROWS = 30_000
DAY_US = 86_400_000_000


def choose_days(endings: Endings, entity: np.ndarray, horizon_days: float, step_days: float | None = None) -> tuple[float, ...]:
    """The grid of a curve: equal steps of a ladder from an hour to a quarter, about nine to where 97.5 % of endings lie.

    It reaches at least to the horizon of the served probability, and beyond it no further than what at least 30 leads (or
    deals) were seen through; a step is never so short that more than 16 of them lie before the horizon.

    Parameters
    ----------
    endings : of the looks, with how long each could be followed
    step_days : the length of a step, where the workspace says so
    """
    took = endings.days[endings.event > 0]
    reach = max(float(np.quantile(took, COVERED)) if len(took) else horizon_days, horizon_days)
    step = max(step_days or min(LADDER, key=lambda rung: abs(np.log(rung * STEPS / reach))), horizon_days / MOST_STEPS)
    wanted = int(np.clip(np.ceil(reach / step), FEWEST_STEPS, MOST_STEPS))
    needed = int(np.ceil(horizon_days / step))
    seen = [k for k in range(1, max(wanted, needed) + 1)
            if _seen_through(endings, entity, step * (k - 1), step * k) >= FEWEST_AT_RISK]
    steps = max(*seen, needed, FEWEST_STEPS) if seen else max(needed, FEWEST_STEPS)
    return tuple(step * k for k in range(steps + 1))


def _seen_through(endings: Endings, entity: np.ndarray, low: float, high: float) -> int:
    return len(set(entity[(endings.days > low) & (endings.follow >= high)]))


@dataclass(frozen=True)
class StepRows:
    """Entity-steps: n of them.

    Attributes
    ----------
    look : which look each row is of, shape (n,)
    step : which step ahead it speaks of, shape (n,)
    event : how the step ended: 0 = open still, 1 = won, 2 = lost; shape (n,)
    """

    look: np.ndarray
    step: np.ndarray
    event: np.ndarray

    def begins(self, as_of: np.ndarray, days: tuple[float, ...]) -> np.ndarray:
        """When each row's step begins, UTC, shape (n,)."""
        return as_of[self.look] + np.round(np.array(days)[self.step] * DAY_US).astype("timedelta64[us]")


def step_rows(endings: Endings, days: tuple[float, ...], looks: np.ndarray) -> StepRows:
    """Every step that a look entered open and that was over by the end of the data, whatever came of it.

    A step that is not over is left out also where the deal has ended in it already: to keep only those would make endings look
    more frequent than they are. So nothing is lost of a deal that is still open (it is censored, not dropped).

    Parameters
    ----------
    looks : places of the looks to use, shape (m,)
    """
    found = []
    for step, (low, high) in enumerate(pairwise(days)):
        mine = looks[(endings.days[looks] > low) & (endings.follow[looks] >= high)]
        event = np.where(endings.days[mine] <= high, endings.event[mine], 0)
        found.append((mine, np.full(len(mine), step), event))
    return StepRows(*(np.concatenate(column) for column in zip(*found, strict=True)))


def thinned(looks: np.ndarray, as_of: np.ndarray, steps: int, most_rows: int = MOST_ROWS) -> np.ndarray:
    """At most so many looks, evenly over time, that their steps are about so many rows (half of the steps are entered)."""
    most = max(most_rows // max(steps // 2, 1), 500)
    if len(looks) <= most:
        return looks
    ordered = looks[np.argsort(as_of[looks], kind="stable")]
    return np.sort(ordered[np.linspace(0, len(ordered) - 1, most).round().astype(int)])


def hazard_rows(rows: Rows, steps: StepRows, days: tuple[float, ...], lost: bool) -> tuple[Rows, np.ndarray]:
    """Rows of the hazard of winning, or of losing if it is not won; and which of the steps they are.

    Parameters
    ----------
    rows : features of the looks, shape (m, p)
    """
    mine = np.flatnonzero(steps.event != WON) if lost else np.arange(len(steps.look))
    look = steps.look[mine]
    outcome = (steps.event[mine] == (LOST if lost else WON)).astype(float)
    step = steps.step[mine]
    added = step_columns(rows.contract, rows.values[look], step.astype(float), np.array(days)[step])
    values = np.column_stack([rows.values[look], added])
    return Rows(with_step(rows.contract), values, outcome, rows.weight[look], rows.entity[look]), mine
