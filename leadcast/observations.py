"""Observations: which lead or deal is looked at, and when."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from leadcast.history import History
from leadcast.table import TIME
from leadcast.vocabulary import Entity, Target


@dataclass(frozen=True)
class Observations:
    """(entity_id, as_of), any order, duplicates allowed; ``weight`` lets each entity count once.

    Attributes
    ----------
    entity_id : object, shape (n,)
    as_of : UTC, shape (n,)
    weight : float, shape (n,)
    """

    entity: Entity
    entity_id: np.ndarray
    as_of: np.ndarray
    weight: np.ndarray

    def __len__(self) -> int:
        return len(self.entity_id)

    def take(self, rows: np.ndarray) -> "Observations":
        return Observations(self.entity, self.entity_id[rows], self.as_of[rows], self.weight[rows])

    @property
    def index(self) -> pd.MultiIndex:
        """The same as a pandas index; times are timezone-aware UTC."""
        as_of = pd.DatetimeIndex(self.as_of).tz_localize("UTC")
        return pd.MultiIndex.from_arrays([pd.Index(self.entity_id, dtype=object), as_of], names=["entity_id", "as_of"])

    @classmethod
    def at(cls, entity: Entity, entity_id: np.ndarray, as_of: np.datetime64) -> "Observations":
        """All of them at one moment, weight 1."""
        ids = np.asarray(entity_id, dtype=object)
        return cls(entity, ids, np.full(len(ids), as_of, TIME), np.ones(len(ids)))


def stages_reached(history: History, target: Target) -> frozenset[str]:
    """The stages that mean the target is behind: its own, and those after the first of them in the same pipeline.

    Lost ones are not among them, wherever they stand: who is lost may come back, and has reached nothing by it.
    """
    reached: set[str] = set()
    for pipeline in history.vocabulary.pipelines_of(target.entity):
        places = [pipeline.stages.index(s) for s in target.stages if s in pipeline.stages]
        reached |= set(pipeline.stages[min(places):] if places else ()) | set(pipeline.won)
    lost = history.vocabulary.closed(target.entity) - history.vocabulary.won(target.entity)
    return frozenset((reached - lost) | set(target.stages))


def is_open(history: History, target: Target, rows: np.ndarray, as_of: np.ndarray) -> np.ndarray:
    """Created, not closed, and the target not yet reached, as known at ``as_of``. Boolean, shape (n,).

    A deal that was closed and opened again is open, and may be won (again).
    """
    stages = stages_reached(history, target)
    again = history.vocabulary.closed(target.entity) if stages <= history.vocabulary.closed(target.entity) else frozenset()
    reached = history.entered(target.entity, stages - again).count_known(rows, as_of) > 0
    return history.begun(target.entity, rows, as_of) & ~reached & ~history.closed_at(target.entity, rows, as_of)


def open_at(history: History, target: Target, as_of: np.datetime64) -> Observations:
    """Every lead or deal that gets a score for this target at ``as_of``."""
    ids = history.ids(target.entity)
    rows = np.arange(len(ids))
    return Observations.at(target.entity, ids[is_open(history, target, rows, np.full(len(ids), as_of, TIME))], as_of)


def present_at(history: History, entity: Entity, as_of: np.datetime64) -> Observations:
    """Every lead or deal that was created and not closed, as known at ``as_of``."""
    rows = np.arange(len(history.ids(entity)))
    when = np.full(len(rows), as_of, TIME)
    present = history.begun(entity, rows, when) & ~history.closed_at(entity, rows, when)
    return Observations.at(entity, history.ids(entity)[present], as_of)
