"""The leads or deals that are most worth working on, out of the store."""

from collections.abc import Sequence

import numpy as np
from sqlalchemy import ColumnElement, Connection, Row, func, literal, select

from leadcast.store import tables
from leadcast.store.current import current_of
from leadcast.store.listing import records_of
from leadcast.store.stages_now import is_open_now
from leadcast.store.wanted import RECORDS
from leadcast.vocabulary import Entity, Vocabulary

MOST_ALIKE = 2_000
"""Of more than so many that are alike, those created first are looked at."""


def most_worth(
    connection: Connection, vocabulary: Vocabulary, entity: Entity, target: str, owners: frozenset[str] | None,
    now: np.datetime64, most: int,
) -> tuple[list[tuple[Row, Row]], int]:
    """Those with the highest expected amount or, where there is none, chance; all that are alike at the end are among them.

    Only who is open as known now, whatever the last refresh has seen, and has a current score for the target.

    Returns
    -------
    (pairs of the record with stage and stage_since, and its score; how many there are in all)
    """
    table, score = RECORDS[entity], tables.scores.c
    key, (worth, lacks) = table.c[f"{entity}_id"], _worth(entity)
    wanted = [score.entity == entity, score.target == target, is_open_now(vocabulary, entity, table, now)]
    wanted += [table.c.owner.in_(sorted(owners))] if owners is not None else []
    asked = select(key, worth, lacks).select_from(table).join(tables.scores, score.entity_id == key).where(*wanted)
    at_most = max(MOST_ALIKE, most)
    found = connection.execute(asked.order_by(lacks, worth.desc(), table.c.created_at, key).limit(at_most)).fetchall()
    in_all = len(found)
    if in_all == at_most:
        in_all = connection.execute(select(func.count()).select_from(asked.subquery())).scalar_one()
    ids = [row[0] for row in _down_to(found, most)]
    scores = {row.entity_id: row for row in current_of(connection, entity, ids, target)}
    return [(row, scores[row[0]]) for row in records_of(connection, vocabulary, entity, ids, now)], in_all


def _worth(entity: Entity) -> tuple[ColumnElement, ColumnElement]:
    """What each is sorted by, and whether it lacks an amount."""
    chance, amount = tables.scores.c.probability, tables.opportunities.c.amount
    if entity == "lead":
        return chance.label("worth"), literal(True).label("lacks")
    return func.coalesce(chance * amount, chance).label("worth"), amount.is_(None).label("lacks")


def _down_to(rows: Sequence[Row], most: int) -> Sequence[Row]:
    """The first so many, and those after them that are alike."""
    if len(rows) <= most:
        return rows
    last = rows[most - 1]
    return [row for place, row in enumerate(rows) if place < most or row[1:] == last[1:]]
