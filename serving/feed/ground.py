"""What every table of the feed is made from: the data as known at a moment, whose they are to be, and everybody's keys."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from leadcast.grouping import SOURCE, group_columns, group_values
from leadcast.history import History
from leadcast.moment import is_shown
from leadcast.table import NOT_A_TIME, TIME
from leadcast.vocabulary import ENTITIES, Entity, Pipeline
from serving.feed.calendar import days_of
from serving.feed.keys import by_creation, keys_of, numbered
from serving.feed.team import Team

StageName = tuple[Entity, str | None, str]
"""(entity, pipeline, stage)"""


@dataclass(frozen=True, eq=False)
class Ground:
    """The data of a feed.

    Attributes
    ----------
    history : as known at ``as_of``
    timezone : in which days begin; None: UTC
    owners : whose leads and deals are told; None: everybody's. Keys count everybody, so that they are the same for any owners
    """

    history: History
    as_of: np.datetime64
    timezone: str | None = None
    fiscal_start_month: int = 1
    owners: frozenset[str] | None = None

    @property
    def moment(self) -> np.datetime64:
        """``as_of``, NaT where the data have no dates."""
        return self.as_of if is_shown(self.as_of) else NOT_A_TIME

    def rows(self, entity: Entity) -> np.ndarray:
        """Those that are told, in the order of their keys; places in their table."""
        mine = np.ones(len(self.keys[entity]), bool) if self.owners is None else (
            np.array([one in self.owners for one in self.owner[entity]], bool))
        order = np.argsort(self.keys[entity])
        return order[mine[order]]

    @cached_property
    def keys(self) -> dict[Entity, np.ndarray]:
        """The key of every row of leads and deals, from 1."""
        return {entity: by_creation(self.history.entities(entity), f"{entity}_id") for entity in ENTITIES}

    @cached_property
    def key_of_id(self) -> dict[Entity, dict[str, int]]:
        """The key of each id that is told; who is not has none."""
        return {entity: dict(zip(self.history.ids(entity)[self.rows(entity)], self.keys[entity][self.rows(entity)].tolist(),
                                 strict=True)) for entity in ENTITIES}

    @cached_property
    def owner(self) -> dict[Entity, np.ndarray]:
        """Whose each lead and deal is."""
        return {entity: self._now(entity, "owner") for entity in ENTITIES}

    @cached_property
    def team(self) -> Team:
        return Team.of(self.history.owners, [*self.owner["lead"], *self.owner["opportunity"],
                                             *(one for one in self.history.quotas["owner"])])

    def owner_keys(self, entity: Entity, rows: np.ndarray, at: np.ndarray | None = None) -> np.ndarray:
        """The key of each one's owner as the team was at these moments, by default as it is; shape (n,)."""
        return self.team.keys(self.owner[entity][rows], np.full(len(rows), NOT_A_TIME, TIME) if at is None else at)

    # ---- where they came from ---------------------------------------------------------------------------------

    @cached_property
    def source(self) -> dict[Entity, np.ndarray]:
        """Where each lead and deal came from, None where nobody knows."""
        return {entity: self._now(entity, SOURCE) if SOURCE in group_columns(self.history, entity)
                else np.full(len(self.keys[entity]), None, object) for entity in ENTITIES}

    @cached_property
    def sources(self) -> dict[str, int]:
        return numbered(sorted({one for entity in ENTITIES for one in self.source[entity] if one is not None}))

    def source_keys(self, entity: Entity, rows: np.ndarray) -> np.ndarray:
        return keys_of(self.source[entity][rows], self.sources)

    # ---- where they stand -------------------------------------------------------------------------------------

    @cached_property
    def stage(self) -> dict[Entity, tuple[np.ndarray, np.ndarray]]:
        """(the stage, since when) of each lead and deal."""
        return {entity: self.history.stage_at(entity, np.arange(n := len(self.keys[entity])), np.full(n, self.as_of, TIME))
                for entity in ENTITIES}

    def status(self, entity: Entity, rows: np.ndarray) -> np.ndarray:
        """open, won or lost; object, shape (n,)."""
        won, closed = self.history.vocabulary.won(entity), self.history.vocabulary.closed(entity)
        return np.array(["won" if stage in won else "lost" if stage in closed else "open"
                         for stage in self.stage[entity][0][rows]], object)

    @cached_property
    def pipeline(self) -> dict[Entity, np.ndarray]:
        """The name of each one's pipeline: the first where it names none that is declared; None where none is declared."""
        found: dict[Entity, np.ndarray] = {}
        for entity in ENTITIES:
            declared = [p.name for p in self.history.vocabulary.pipelines_of(entity)]
            first = declared[0] if declared else None
            named = self.history.entities(entity)["pipeline"]
            found[entity] = np.array([one if one in declared else first for one in named], object)
        return found

    @cached_property
    def stages(self) -> dict[StageName, int]:
        """Every stage that is declared, in order, and then those that are only met."""
        told = self.history.vocabulary
        declared: list[StageName] = [(e, p.name, stage) for e in ENTITIES for p in told.pipelines_of(e) for stage in p.stages]
        stages = self.history.stages
        places = {entity: {one: row for row, one in enumerate(self.history.ids(entity))} for entity in ENTITIES}
        met: set[StageName] = set()
        for entity, one, stage in zip(stages["entity"], stages["entity_id"], stages["stage"], strict=True):
            row = places[entity].get(one)
            if row is not None:
                met.add((entity, self.pipeline[entity][row], stage))
        return numbered([*declared, *sorted(met - set(declared), key=lambda name: tuple(map(str, name)))])

    def stage_keys(self, entity: Entity, rows: np.ndarray, stage: np.ndarray) -> np.ndarray:
        """The key of a stage of each of these leads or deals, 0 where it is None; shape (n,)."""
        return keys_of(((entity, name, one) for name, one in zip(self.pipeline[entity][rows], stage, strict=True)), self.stages)

    def stage_keys_now(self, entity: Entity, rows: np.ndarray) -> np.ndarray:
        return self.stage_keys(entity, rows, self.stage[entity][0][rows])

    @property
    def pipelines(self) -> tuple[Pipeline, ...]:
        return self.history.vocabulary.pipelines

    # ---- days -------------------------------------------------------------------------------------------------

    def days(self, moments: np.ndarray) -> np.ndarray:
        """The day of each moment in the workspace's time zone, NaT where there is none."""
        return days_of(moments, self.timezone)

    def when(self, rows: int) -> dict[str, np.ndarray]:
        """The moment of the look and its day, so many times."""
        as_of = np.full(rows, self.moment, TIME)
        return {"as_of": as_of, "as_of_date": self.days(as_of)}

    def created(self, entity: Entity, rows: np.ndarray) -> np.ndarray:
        """When each was created, NaT where nobody knows."""
        return self.history.entities(entity)["created_at"][rows]

    def column(self, entity: Entity, name: str, rows: np.ndarray) -> np.ndarray:
        """A number of each as of the moment, NaN where there is no such column."""
        if name not in self.history.entities(entity):
            return np.full(len(rows), np.nan)
        return self.history.value_at(entity, name, rows, np.full(len(rows), self.as_of, TIME)).astype(float)

    def _now(self, entity: Entity, name: str) -> np.ndarray:
        return group_values(self.history, entity, name, np.arange(len(self.keys[entity])), self.as_of)
