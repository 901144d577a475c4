"""All that is told of one lead or deal: the record, what happened, and scores of this very moment with their reasons."""

import json
from functools import partial
from typing import Any

import numpy as np

from leadcast.moment import days
from leadcast.store import Store
from leadcast.store.current import kept_of, scores_before
from leadcast.store.histories import history_of
from leadcast.store.listing import others_of
from leadcast.vocabulary import Entity
from serving.desk import Desk
from serving.happened import happenings, moves_told
from serving.scores import TREND_DAYS, Known, Scorer
from serving.signs import curve_told, curves_kept, signs_at, signs_told
from serving.told import flags_of, record_told

Row = dict[str, Any]


def whole_told(
    store: Store, desk: Desk, entity: Entity, record: Any, now: np.datetime64, explain: bool = True, most_happenings: int = 100,
    most_moves: int = 100,
) -> Row:
    """A record of the store with everything around it.

    Parameters
    ----------
    record : a row of :func:`leadcast.store.listing.records_of`
    now : nothing that becomes known later is looked at
    """
    one = getattr(record, f"{entity}_id")
    history = history_of(store, desk.vocabulary, entity, {one}, now)
    with store.reading() as connection:
        kept = kept_of(connection, entity, [one])
        others = others_of(connection, record.contact_id, record.account_id)
    row = int(history.rows(entity, [one])[0])
    happened = happenings(history, entity, row, now)
    mine = [scorer for scorer in desk.scorers.values() if scorer.bundle.entity == entity]
    found = [scorer.columns(history, now, {one}, explain, on_record(store, scorer, now)) for scorer in mine]
    scores = [told for some in found for told in some.rows()]
    signs = next(iter(signs_at(history, entity, mine, desk.workspace.risks, now, {one},
                               desk.workspace.workspace.timezone)), None)
    curves = {key: curve for some in found for key, curve in curves_kept(some).items()}
    beside = {"signs": signs_told(signs), "curve": curve_told(curves.get(one))}
    target = mine[-1].bundle.target.name if mine else None
    told = record_told(record, scores, flags_of(desk.vocabulary, entity), target, beside)
    return {**told, **{name: _other(row) for name, row in others.items()},
            "happened": happened[:most_happenings], "happened_in_all": len(happened),
            "moves": moves_told(history, entity, row, kept, most_moves)}


def on_record(store: Store, scorer: Scorer, as_of: np.datetime64) -> Known:
    """Looks up, when asked, what this model has said a week before."""
    return partial(_looked_up, store, scorer, as_of - days(TREND_DAYS))


def _looked_up(store: Store, scorer: Scorer, at: np.datetime64, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    with store.reading() as connection:
        return scores_before(connection, scorer.bundle.entity, scorer.bundle.target.name, ids, at, scorer.model)


def _other(found: Any) -> Row | None:
    return None if found is None else {"id": found.id, "attributes": json.loads(found.attributes)}
