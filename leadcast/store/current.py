"""The current score of everyone who is open, and how it moved: read and written in bulk."""

from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, delete, func, select

from leadcast.moment import days
from leadcast.store import tables
from leadcast.store.columns import micro
from leadcast.store.parts import in_parts
from leadcast.store.upsert import replace_known
from leadcast.vocabulary import Entity

NEAR_DAYS = 3
"""A score counts as that of a moment if it was kept so many days before it at most."""


def scores_before(
    connection: Connection, entity: Entity, target: str, ids: Sequence[str] | np.ndarray, at: np.datetime64,
    model: str | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """What is on record of some scores at a moment: of each the newest of the three days up to it.

    Parameters
    ----------
    ids : n of them, any order
    at : UTC, itself included
    model : count only what this model said, such as ``acme-mql/3-1f0c9a2b``; default: any

    Returns
    -------
    (scores, shape (n,), NaN where nothing is on record; for which of them something is, boolean, shape (n,))
    """
    found: dict[str, float] = {}
    about: dict[str, Any] = {"entity": entity, "target": target, "since": micro(at - days(NEAR_DAYS)), "at": micro(at)}
    about |= {} if model is None else {"model": model}
    for some in in_parts(ids):
        near = connection.execute(_near(model is not None), {**about, "ids": some})
        found |= {kept.entity_id: kept.score for kept in near}
    score = np.array([found.get(one, np.nan) for one in ids], float)
    return score, ~np.isnan(score)


@cache
def _near(of_a_model: bool) -> Select:
    """Asked with every request for a score, so it is put together once; the newest comes last."""
    row = tables.score_history.c
    asked = [row.entity == bindparam("entity"), row.target == bindparam("target"), row.at >= bindparam("since"),
             row.at <= bindparam("at"), row.entity_id.in_(bindparam("ids", expanding=True))]
    asked += [row.model == bindparam("model")] if of_a_model else []
    return select(row.entity_id, row.score).where(*asked).order_by(row.at, row.id)


def last_kept(
    connection: Connection, entity: Entity, target: str, ids: Collection[str], at: np.datetime64,
    since: np.datetime64 | None = None, model: str | None = None,
) -> dict[str, Row]:
    """The newest row of ``score_history`` up to a moment, by id; those without one are left out."""
    row = tables.score_history.c
    mine = [row.entity == entity, row.target == target, row.at <= micro(at)]
    mine += [row.at >= micro(since)] if since is not None else []
    mine += [row.model == model] if model is not None else []
    found: dict[str, Row] = {}
    for some in _in_parts(row.entity_id, ids):
        newest = select(row.entity_id, func.max(row.at).label("at")).where(some, *mine).group_by(row.entity_id).subquery()
        same = and_(row.entity_id == newest.c.entity_id, row.at == newest.c.at)
        asked = select(tables.score_history).join(newest, same).where(*mine).order_by(row.id)
        found |= {kept.entity_id: kept for kept in connection.execute(asked)}
    return found


def kept_of(connection: Connection, entity: Entity, ids: Collection[str], target: str | None = None) -> list[Row]:
    """Every row of ``score_history`` of some leads or deals, oldest first."""
    row = tables.score_history.c
    mine = [row.entity == entity, *([row.target == target] if target is not None else [])]
    return [kept for some in _in_parts(row.entity_id, ids)
            for kept in connection.execute(select(tables.score_history).where(some, *mine).order_by(row.at, row.id))]


def current_of(connection: Connection, entity: Entity, ids: Collection[str], target: str | None = None) -> list[Row]:
    """The current scores of some leads or deals, in the order of their ids and targets."""
    row = tables.scores.c
    mine = [row.entity == entity, *([row.target == target] if target is not None else [])]
    return [score for some in _in_parts(row.entity_id, ids)
            for score in connection.execute(select(tables.scores).where(some, *mine).order_by(row.entity_id, row.target))]


def replace_scores(
    connection: Connection, entity: Entity, target: str, ids: Collection[str], at: np.datetime64, rows: Sequence[dict[str, Any]]
) -> tuple[int, set[str]]:
    """Bring the current scores of some leads or deals to what is given; who got no row has no score any more.

    A score of a later moment stays as it is: a current score never goes back.

    Parameters
    ----------
    ids : everyone who was looked at
    at : the moment of the look, UTC
    rows : the columns of table ``scores``, for some of them

    Returns
    -------
    (how many scores left; whose score stayed)
    """
    row = tables.scores.c
    mine = (row.entity == entity, row.target == target)
    held = {one: as_of for some in _in_parts(row.entity_id, ids)
            for one, as_of in connection.execute(select(row.entity_id, row.as_of).where(some, *mine))}
    later = {one for one, as_of in held.items() if as_of > micro(at)}
    new = [kept for kept in rows if kept["entity_id"] not in later]
    if new:
        connection.execute(replace_known(connection, tables.scores), new)
    gone = held.keys() - later - {kept["entity_id"] for kept in new}
    for some in _in_parts(row.entity_id, gone):
        connection.execute(delete(tables.scores).where(some, *mine))
    return len(gone), later


def add_history(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Keep how scores moved; rows have the columns of ``score_history`` but its number."""
    if rows:
        connection.execute(tables.score_history.insert(), list(rows))


def _in_parts(column: ColumnElement, ids: Collection[str]) -> Iterator[ColumnElement[bool]]:
    """Conditions that together ask for all of these ids, each of bounded length."""
    yield from (column.in_(some) for some in in_parts(ids))
