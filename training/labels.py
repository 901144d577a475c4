"""What came of each observation within the horizon, and how long that horizon is."""

from dataclasses import dataclass

import numpy as np

from leadcast.history import History
from leadcast.moment import days
from leadcast.observations import Observations
from leadcast.settled import JUST_AFTER, final_outcomes, is_settled
from leadcast.vocabulary import Entity, Target
from training.observations import DAY

LADDER = (1, 2, 3, 5, 7, 14, 30, 60, 90, 180, 365)
REACHED_SHARE = 0.9
SPAN_SHARE = 6
USUAL: dict[Entity, float] = {"lead": 30.0, "opportunity": 90.0}


@dataclass(frozen=True)
class Horizon:
    """The length of the label window and why it is that long; no ``days``: the final outcome, whenever it came."""

    days: float | None
    reason: str

    @property
    def window(self) -> np.timedelta64:
        """How long an outcome lies after its look at most; without dates only that it lies after it."""
        return JUST_AFTER if self.days is None else days(self.days)


def choose_horizon(history: History, target: Target) -> Horizon:
    """The horizon of the workspace, or one that follows the data's own pace.

    By default: long enough for 90 % of those that ever reach the target, rounded up to 1, 2, 3, 5, 7, 14, 30, 60, 90, 180
    or 365 days, but at most a sixth of the data's span: label windows, gaps and a test slice have to fit into it (1 day where
    the data are younger than that). As long as nobody has reached it: 30 days for leads, 90 for deals.
    """
    if is_settled(history, target):
        ignored = "" if target.horizon_days is None else f"; so the {target.horizon_days:g} days of leadcast.toml cannot be kept"
        return Horizon(None, f"the final outcome as the export shows it, which tells no dates of outcomes{ignored}")
    if target.horizon_days is not None:
        return Horizon(target.horizon_days, "set in leadcast.toml")
    created = history.entities(target.entity)["created_at"]
    taken = history.entered(target.entity, target.stages).first_known() - created
    taken = taken[~np.isnat(taken) & (taken > np.timedelta64(0, "us"))].astype("int64") / DAY
    if not len(taken):
        return Horizon(USUAL[target.entity], f"usual where no {target.entity} has entered {' or '.join(target.stages)} yet")
    needed = float(np.quantile(taken, REACHED_SHARE))
    span = float((history.end - np.fmin.reduce(created)).astype("int64") / DAY)
    wished = next((step for step in LADDER if step >= needed), LADDER[-1])
    allowed = [step for step in LADDER if step <= span / SPAN_SHARE] or [LADDER[0]]
    pace = f"{REACHED_SHARE:.0%} of the {len(taken)} that reached it did so within {needed:.3g} days of creation"
    if wished <= allowed[-1]:
        return Horizon(float(wished), pace)
    return Horizon(float(allowed[-1]), f"{pace}, but {wished} days are more than a sixth of the data's {span:.0f} days")


def label(history: History, target: Target, observations: Observations, horizon: Horizon) -> np.ndarray:
    """Was the target reached within the label window ``(as_of, as_of + horizon]``, or, without a horizon, in the end?

    Returns
    -------
    float, shape (n,): 1 = one of the target's stages is known to be entered in the window (again, if it was before); 0 = the
    window was over by the end of the data without it; NaN = the window is not over (also where the target has been reached
    already: to keep only the quick ones would make everyone look quick). Without a horizon 0 = closed without it, and
    NaN = still open
    """
    rows = history.rows(target.entity, observations.entity_id)
    if horizon.days is None:
        return final_outcomes(history, target)[rows]
    entered = history.entered(target.entity, target.stages)
    until = observations.as_of + horizon.window
    reached = entered.count_known(rows, until) > entered.count_known(rows, observations.as_of)
    return np.where(until <= history.end, reached.astype(float), np.nan)
