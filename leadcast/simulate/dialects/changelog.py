"""Every change of a lead or deal, stage and fields alike, as the audit trail of a CRM has them."""

from collections.abc import Callable, Mapping

import numpy as np

from leadcast.simulate import company
from leadcast.simulate.dialects.world import World
from leadcast.simulate.tables import stack
from leadcast.table import Table
from leadcast.vocabulary import Entity

Writers = Mapping[str, Callable[[np.ndarray], np.ndarray]]
"""Per field, how its values are written; canonical texts in, the CRM's texts out."""


def change_log(here: World, entity: Entity) -> Table:
    """What changed, by id and time; the creation is no change.

    Returns
    -------
    Table of entity_id, field ("stage", "owner", "amount" ...), old, new (canonical texts), at
    """
    fields = here.now.fields.take(here.now.fields["entity"] == entity)
    changes = Table({"entity_id": fields["entity_id"], "field": fields["field"], "old": fields["old_value"],
                     "new": fields["value"], "at": fields["changed_at"]})
    log = stack([_moves(here, entity), changes])
    return log.take(np.lexsort((log["at"], log["entity_id"].astype(str))))


def _moves(here: World, entity: Entity) -> Table:
    """Entries that leave another stage. A deal's history begins with its first change, a lead's with its creation."""
    stages = here.now.stages.take(here.now.stages["entity"] == entity)
    follows = np.append(False, stages["entity_id"][1:] == stages["entity_id"][:-1])[: stages.rows]
    old = np.where(follows, np.roll(stages["stage"], 1), company.DEAL_STAGES[0])
    moves = Table({"entity_id": stages["entity_id"], "field": np.full(stages.rows, "stage", object), "old": old,
                   "new": stages["stage"], "at": stages["entered_at"]})
    return moves.take(follows) if entity == "lead" else moves


def of_fields(log: Table, *fields: str) -> Table:
    """The changes of some fields."""
    return log.take(np.isin(log["field"].astype(str), fields))


def written(log: Table, column: str, writers: Writers) -> np.ndarray:
    """Old or new values as the CRM writes each field, shape (n,)."""
    texts = log[column].astype(object)
    for field, write in writers.items():
        mine = log["field"] == field
        texts[mine] = write(texts[mine])
    return texts


def last_open_stage(here: World, won: bool = True) -> np.ndarray:
    """The last stage each deal reached before it was lost, or before it was closed at all (not ``won``); shape (deals,)."""
    closing = (company.DEAL_LOST,) if won else (company.DEAL_LOST, company.DEAL_STAGES[-1])
    log = of_fields(change_log(here, "opportunity"), "stage")
    kept = log.take(~np.isin(log["new"].astype(str), closing))
    last = dict(zip(kept["entity_id"], kept["new"], strict=True))
    return np.array([last.get(i, company.DEAL_STAGES[0]) for i in here.now.opportunities["opportunity_id"]], dtype=object)
