"""The trained workspace's history in a store, and news that come to it: what tests of current scores begin with."""

import numpy as np
from fixtures_trained import TrainedWorkspace
from sqlalchemy import select

from leadcast.mapping import ReferenceTables
from leadcast.moment import days
from leadcast.store import Store, tables
from leadcast.store.bulk import load_history
from leadcast.store.changes import bump, mark_waiting, reached
from leadcast.store.columns import micro
from leadcast.vocabulary import Entity, Vocabulary
from serving.desk import Desk
from serving.scores import Scorer

HOUR = days(1 / 24)


def desk_of(trained: TrainedWorkspace) -> Desk:
    return Desk(trained.workspace, {target: Scorer(bundle) for target, bundle in trained.bundles.items()},
                ReferenceTables(trained.workspace))


def fill(store: Store, trained: TrainedWorkspace) -> None:
    load_history(store, trained.history, trained.history.end)


def tell_event(store: Store, vocabulary: Vocabulary, at: np.datetime64, key: str, kind: str = "call", **links: str) -> dict:
    """An event from them as ingest keeps it; returns whom it reaches."""
    row = {"event_key": key, "type": kind, "direction": "from_them", "occurred_at": micro(at), "recorded_at": micro(at),
           "received_at": micro(at), **links}
    with store.writing() as connection:
        connection.execute(tables.events.insert(), row)
        found = reached(connection, vocabulary, {name.removesuffix("_id"): {one} for name, one in links.items()})
        mark_waiting(connection, found, micro(at))
        bump(connection)
    return found


def tell_stage(store: Store, at: np.datetime64, entity: Entity, entity_id: str, stage: str, mark: bool = True) -> None:
    """A stage entry as ingest keeps it."""
    row = {"stage_key": f"{entity_id}-{stage}", "entity": entity, "entity_id": entity_id, "stage": stage, "entered_at": micro(at),
           "recorded_at": micro(at), "received_at": micro(at), "place": 10**12}
    with store.writing() as connection:
        connection.execute(tables.stages.insert(), row)
        if mark:
            mark_waiting(connection, {entity: {entity_id}}, micro(at))
        bump(connection)


def rows_of(store: Store, table: str) -> list[dict]:
    """Every row of a table."""
    with store.reading() as connection:
        return [dict(row._mapping) for row in connection.execute(select(tables.metadata.tables[table]))]
