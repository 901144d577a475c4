"""How long wins take, counted from the moment a deal is looked at, overall and by the stage it is then in."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from leadcast.forecast import TimeToWin
from leadcast.history import History
from leadcast.observations import Observations
from leadcast.vocabulary import Target

STEPS = 41
FEWEST_WINS = 30
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class WinTimes:
    """Times to win of all, and of each stage that has enough wins to say."""

    overall: TimeToWin
    by_stage: dict[str, TimeToWin]

    def of(self, stage: str | None) -> TimeToWin:
        return self.by_stage.get(stage or "", self.overall)

    def to_json(self) -> dict[str, Any]:
        return {"overall": list(self.overall.days), "by_stage": {s: list(t.days) for s, t in self.by_stage.items()}}

    @classmethod
    def from_json(cls, data: dict[str, Any] | None, horizon_days: float | None) -> "WinTimes":
        """As stored; where nothing is, wins come evenly over the horizon (at once where there is none)."""
        if not data:
            return cls(TimeToWin((0.0, horizon_days or 0.0)), {})
        return cls(TimeToWin(tuple(data["overall"])), {s: TimeToWin(tuple(d)) for s, d in data["by_stage"].items()})


def win_times_of(history: History, target: Target, observations: Observations) -> WinTimes | None:
    """The times to win of the observations that reached the target later, each entity counting once; None without any.

    Wins are those known at the end of the history, so very slow ones are somewhat too rare in young data.
    """
    rows = history.rows(target.entity, observations.entity_id)
    reached = history.entered(target.entity, target.stages).first_known()[rows]
    won = reached > observations.as_of
    if not won.any():
        return None
    days = (reached[won] - observations.as_of[won]) / _DAY
    stages, _ = history.stage_at(target.entity, rows[won], observations.as_of[won])
    weight = observations.weight[won]
    groups = {stage: stages == stage for stage in sorted({s for s in stages if s is not None})}
    large = _large(groups.items(), observations.entity_id[won])
    return WinTimes(_quantiles(days, weight), {stage: _quantiles(days[groups[stage]], weight[groups[stage]]) for stage in large})


def _large(groups: Iterable[tuple[str, np.ndarray]], ids: np.ndarray) -> list[str]:
    return [stage for stage, mask in groups if len(set(ids[mask])) >= FEWEST_WINS]


def _quantiles(days: np.ndarray, weight: np.ndarray) -> TimeToWin:
    """Weighted quantiles at equal steps; the smallest is 0, for a win may come at once."""
    order = np.argsort(days, kind="stable")
    share = np.concatenate(([0.0], np.cumsum(weight[order]) / weight.sum()))
    at = np.interp(np.linspace(0.0, 1.0, STEPS), share, np.concatenate(([0.0], days[order])))
    return TimeToWin(tuple(float(x) for x in np.maximum.accumulate(at)))
