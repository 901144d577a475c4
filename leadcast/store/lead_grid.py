"""How many leads stand where in fit and engagement, counted by the database."""

import numpy as np
from sqlalchemy import ColumnElement, Connection, case, func, select

from leadcast.store import tables
from leadcast.store.wanted import Conditions, Wanted
from leadcast.vocabulary import Vocabulary

EDGES = (0.0, 25.0, 50.0, 75.0, 100.0)
Band = tuple[int | None, int | None]


def grid_of(
    connection: Connection, vocabulary: Vocabulary, wanted: Wanted, now: np.datetime64
) -> dict[Band, tuple[int, float]]:
    """Leads with a current score of the target, counted in bands of fit and engagement.

    Returns
    -------
    (band of fit, band of engagement), each a place in ``EDGES`` or None without such a score -> (how many, mean probability)
    """
    asked = Conditions(vocabulary, "lead", wanted, now, connection.dialect.name)
    score = tables.scores.c
    bands = [_band(score[f"{name}_score"]).label(f"{name}_band") for name in ("fit", "engagement")]
    counted = select(*bands, func.count(), func.avg(score.probability)).select_from(asked.joined(False, with_scores=True))
    counted = counted.where(score.probability.is_not(None), *asked.filters()).group_by(*bands)
    return {(row[0], row[1]): (row[2], row[3]) for row in connection.execute(counted)}


def _band(score: ColumnElement[float]) -> ColumnElement[int]:
    """The last band holds both its ends, the others the lower one."""
    return case((score.is_(None), None), *((score < edge, place) for place, edge in enumerate(EDGES[1:-1])), else_=len(EDGES) - 2)
