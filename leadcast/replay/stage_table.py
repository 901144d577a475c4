"""The win rate by stage and time ahead: what a careful pipeline table says, from everyone open on past days."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from leadcast.endings import Endings, endings_of
from leadcast.history import History
from leadcast.metrics.incidence import Incidence, aalen_johansen
from leadcast.observations import Observations, open_at
from leadcast.records import records_from
from leadcast.table import TIME
from leadcast.vocabulary import Target

FEWEST_LOOKS = 30
MOST_DAYS = 60
MOST_LOOKS = 200_000
_DAY = np.timedelta64(86_400_000_000, "us")


@dataclass(frozen=True)
class StageTable:
    """Shares won by each day ahead (Aalen and Johansen 1978), by stage; everyone's where a stage has under 30 looks.

    Attributes
    ----------
    everyone : None where nobody was looked at
    """

    stages: Mapping[str, Incidence]
    everyone: Incidence | None

    def chance(self, stage: np.ndarray, days: float) -> np.ndarray:
        """P(won within so many days) of those in these stages, shape (n,).

        Beyond what anybody was watched for, the share won by then; 0 where nobody was looked at.
        """
        rate = {name: _won_by(self.stages.get(name, self.everyone), days) for name in set(stage.astype(str))}
        return np.fromiter((rate[str(name)] for name in stage), float, len(stage))


def stage_table(history: History, target: Target) -> StageTable:
    """The table as known at the end of a history.

    Everyone open on up to 60 past days, evenly apart and at least a day, with how and when each of these looks ended; none from
    before records began.
    """
    looks = _looks(history, target)
    if not len(looks):
        return StageTable({}, None)
    endings = endings_of(history, target, looks)
    rows = history.rows(target.entity, looks.entity_id)
    stage = history.stage_at(target.entity, rows, looks.as_of)[0].astype(str)
    names, counts = np.unique(stage, return_counts=True)
    return StageTable({str(name): _incidence(endings.take(np.flatnonzero(stage == name)))
                       for name, count in zip(names, counts, strict=True) if count >= FEWEST_LOOKS}, _incidence(endings))


def _looks(history: History, target: Target) -> Observations:
    created = history.entities(target.entity)["created_at"]
    none = Observations(target.entity, np.empty(0, object), np.empty(0, TIME), np.empty(0))
    if not len(created) or np.isnat(created).all():
        return none
    since = np.fmax(np.fmin.reduce(created), records_from(history, target) or np.datetime64("NaT", "us"))
    span = max(float((history.end - since) / _DAY), 0.0)
    apart = max(1.0, span / (MOST_DAYS + 1))
    days = [history.end - np.timedelta64(round(apart * k * 86_400_000_000), "us") for k in range(1, int(span / apart) + 1)]
    found = [open_at(history, target, day) for day in days]
    thin = -(-sum(map(len, found)) // MOST_LOOKS) or 1
    found = [looks for looks in found[::thin] if len(looks)]
    if not found:
        return none
    ids, as_of = (np.concatenate([getattr(looks, name) for looks in found]) for name in ("entity_id", "as_of"))
    return Observations(target.entity, ids, as_of, np.ones(len(ids)))


def _incidence(endings: Endings) -> Incidence:
    return aalen_johansen(endings.days, endings.event)


def _won_by(found: Incidence | None, days: float) -> float:
    if found is None:
        return 0.0
    share = float(found.won_by(np.array(days)))
    return float(found.won[-1]) if np.isnan(share) else share
