"""A crowd of open leads for load tests: a workspace's own, copied under new ids, each with the same number of events."""

from dataclasses import replace

import numpy as np

from leadcast.history import History
from leadcast.observations import present_at
from leadcast.table import TIME, Table

IDS = ("lead_id", "contact_id", "opportunity_id", "account_id")


def crowd_of(history: History, leads: int, events: int, seed: int = 0) -> History:
    """So many open leads, with so many events each, all before the history's end.

    Each is a copy of one of the workspace's own open leads; its events are drawn from those of all of them.

    Parameters
    ----------
    leads, events : how many, and how many for each
    """
    rng = np.random.default_rng(seed)
    present = present_at(history, "lead", history.end).entity_id
    source = history.rows("lead", rng.choice(present, leads))
    ids = np.array([f"crowd-{number:06d}" for number in range(leads)], object)
    copies = history.leads.take(source).with_columns(
        lead_id=ids, contact_id=np.array([f"{one}-contact" for one in ids], object), account_id=np.full(leads, None, object))
    return replace(history, leads=copies, opportunities=history.opportunities.take(np.zeros(0, int)),
                   events=_events(history, copies, events, rng), stages=_about(history, history.stages, source, ids),
                   fields=_about(history, history.fields, source, ids))


def _events(history: History, leads: Table, each: int, rng: np.random.Generator) -> Table:
    """Drawn from the workspace's own, at moments between each lead's creation and the end."""
    owner = np.repeat(np.arange(leads.rows), each)
    drawn = history.events.take(rng.integers(history.events.rows, size=len(owner)))
    created = leads["created_at"][owner]
    at = created + (rng.random(len(owner)) * (history.end - created).astype(np.int64)).astype("timedelta64[us]")
    of_lead = rng.random(len(owner)) < 0.5
    nobody = np.full(len(owner), None, object)
    return drawn.with_columns(
        lead_id=np.where(of_lead, leads["lead_id"][owner], nobody),
        contact_id=np.where(of_lead, nobody, leads["contact_id"][owner]),
        opportunity_id=nobody, account_id=nobody, event_id=np.array([f"e{n}" for n in range(len(owner))], object),
        occurred_at=at.astype(TIME), recorded_at=at.astype(TIME))


def _about(history: History, table: Table, source: np.ndarray, ids: np.ndarray) -> Table:
    """The rows of the leads that were copied, once for each copy."""
    mine = np.flatnonzero(table["entity"] == "lead")
    places: dict[str, list[int]] = {}
    for row in mine:
        places.setdefault(table["entity_id"][row], []).append(int(row))
    originals = history.ids("lead")[source]
    rows = [(row, copy) for copy, original in zip(ids, originals, strict=True) for row in places.get(original, ())]
    taken = table.take(np.array([row for row, _ in rows], int))
    return taken.with_columns(entity_id=np.array([copy for _, copy in rows], object))
