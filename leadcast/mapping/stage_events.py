"""Stage entries derived from events: MQL at the first ``A_PREACCEPTED``."""

import numpy as np

from leadcast.links import linked_pairs
from leadcast.mapping.canonical import as_raw
from leadcast.mapping.known import Known
from leadcast.mapping.reading import Reading
from leadcast.mapping.stack import duplicated
from leadcast.mapping.where import matching
from leadcast.table import Table
from leadcast.vocabulary import Vocabulary
from leadcast.workspace.model import StagesFromEvents

_OWN = Vocabulary(lead_links=("lead",), opportunity_links=("opportunity", "lead"))
"""An event makes a stage of its own lead or deal; a lead's event counts for its deals from their creation on."""


def stages_from_events(reading: Reading, source: StagesFromEvents, known: Known, events: Table, key: str) -> Table:
    """Entries in the order of the events; with ``occurrence = "first"`` one per stage and lead or deal.

    Parameters
    ----------
    events : canonical events
    """
    rows = np.flatnonzero(np.isin(events["type"], list(source.events)))
    if source.where:
        rows = rows[matching(as_raw("events", reading.as_sent(events.take(rows))), source.where, key)]
    mine = events.take(rows)
    owner, event = linked_pairs(known.entity, known.table, mine, _OWN)
    owner, event = _existing(known, mine, owner, event)
    order = np.lexsort((event, mine["sequence"][event], mine["occurred_at"][event]))
    owner, event = owner[order], event[order]
    stage = np.array([source.values.get(name, name) for name in (source.events[t] for t in mine["type"][event])], dtype=object)
    if source.occurrence == "first":
        first = ~duplicated([owner, stage])
        owner, event, stage = owner[first], event[first], stage[first]
    reading.count("stages", len(owner), len(owner))
    return Table({"entity": np.full(len(owner), known.entity, object), "entity_id": known.ids[owner], "stage": stage,
                  "entered_at": mine["occurred_at"][event], "recorded_at": mine["recorded_at"][event]})


def _existing(known: Known, events: Table, owner: np.ndarray, event: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Without pairs where a lead's event came before the deal."""
    if known.entity == "lead":
        return owner, event
    own = events["opportunity_id"][event] == known.ids[owner]
    kept = own | (events["occurred_at"][event] >= known.table["created_at"][owner])
    return owner[kept], event[kept]
