"""The stage of each lead or deal as known at a moment, told by the database: as :meth:`leadcast.history.History.stage_at`."""

from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Table, and_, case, func, or_, select

from leadcast.store import tables
from leadcast.store.columns import micro
from leadcast.vocabulary import Entity, Vocabulary


def stage_now(vocabulary: Vocabulary, entity: Entity, table: Table, at: np.datetime64) -> ColumnElement[str]:
    """The stage of a row of leads or deals: that of its newest entry known then, else the first of its pipeline."""
    return func.coalesce(_newest(tables.stages.c.stage, entity, table, at), _first_stage(vocabulary, entity, table))


def stage_since(entity: Entity, table: Table, at: np.datetime64) -> ColumnElement[int]:
    """When that stage was entered; where there is no entry, the moment of creation."""
    entries, row = _newest(tables.stages.c.entered_at, entity, table, at), tables.stages.c
    known = select(row.stage_key).where(row.entity == entity, row.entity_id == table.c[f"{entity}_id"], _known() <= micro(at))
    return case((known.exists(), entries), else_=table.c.created_at)


def is_open_now(vocabulary: Vocabulary, entity: Entity, table: Table, at: np.datetime64) -> ColumnElement[bool]:
    """Was it created, and neither won nor lost, as known then?"""
    there = or_(table.c.created_at.is_(None), table.c.created_at <= micro(at))
    closed = _newest(tables.stages.c.stage, entity, table, at).in_(sorted(vocabulary.closed(entity)))
    return and_(there, func.coalesce(closed, False).is_(False))


def _newest(column: ColumnElement, entity: Entity, table: Table, at: np.datetime64) -> Any:
    row = tables.stages.c
    entered = func.coalesce(row.entered_at, row.recorded_at)
    mine = select(column).where(row.entity == entity, row.entity_id == table.c[f"{entity}_id"], _known() <= micro(at))
    return mine.order_by(entered.desc(), _known().desc(), row.place.desc()).limit(1).correlate(table).scalar_subquery()


def _known() -> ColumnElement[int]:
    """The later of when it was entered and when that was recorded; where one is missing, the other."""
    row = tables.stages.c
    is_later = and_(row.recorded_at.is_not(None), or_(row.entered_at.is_(None), row.recorded_at > row.entered_at))
    return case((is_later, row.recorded_at), else_=row.entered_at)


def _first_stage(vocabulary: Vocabulary, entity: Entity, table: Table) -> Any:
    pipelines = vocabulary.pipelines_of(entity)
    if not pipelines:
        return None
    first = ((table.c.pipeline == pipeline.name, pipeline.stages[0]) for pipeline in pipelines)
    return case(*first, else_=pipelines[0].stages[0])
