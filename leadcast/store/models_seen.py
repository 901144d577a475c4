"""Which models made the scores in the store: since when, and how many of the current ones."""

import numpy as np
from sqlalchemy import Connection, func, select

from leadcast.store import tables
from leadcast.store.columns import micro
from leadcast.vocabulary import Entity


def first_scores(connection: Connection, entity: Entity, target: str, until: np.datetime64) -> dict[str, np.datetime64]:
    """When each model's first score of a target was kept, UTC; by model, such as ``acme-mql/3-1f0c9a2b``."""
    row = tables.score_history.c
    mine = row.entity == entity, row.target == target, row.at <= micro(until)
    asked = select(row.model, func.min(row.at).label("first")).where(*mine).group_by(row.model)
    return {found.model: np.datetime64(found.first, "us") for found in connection.execute(asked)}


def current_scores(connection: Connection, target: str) -> dict[str, int]:
    """How many current scores of a target are each model's."""
    row = tables.scores.c
    asked = select(row.model, func.count().label("number")).where(row.target == target).group_by(row.model)
    return {found.model: found.number for found in connection.execute(asked)}
