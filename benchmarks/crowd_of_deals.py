"""A crowd of open deals for load tests: a workspace's own, copied under new ids, each with the same number of events."""

from dataclasses import replace

import numpy as np

from leadcast.history import History
from leadcast.observations import present_at
from leadcast.table import TIME, Table


def crowd_of_deals(history: History, deals: int, events: int, seed: int = 0) -> History:
    """The workspace's records, and so many open deals more, with so many events each.

    Each is a copy of one of its own open deals, in the same stage, with another amount; its events are drawn from those of all.

    Parameters
    ----------
    deals, events : how many, and how many for each
    """
    rng = np.random.default_rng(seed)
    source = history.rows("opportunity", rng.choice(present_at(history, "opportunity", history.end).entity_id, deals))
    ids = np.array([f"crowd-{number:06d}" for number in range(deals)], object)
    nobody = np.full(deals, None, object)
    originals = history.opportunities.take(source)
    amount = history.value_at("opportunity", "amount", source, np.full(deals, history.end, TIME)) * rng.lognormal(0, 0.4, deals)
    copies = originals.with_columns(opportunity_id=ids, lead_id=nobody, contact_id=nobody, account_id=nobody, amount=amount)
    return replace(
        history, opportunities=_together(history.opportunities, copies),
        events=_together(history.events, _events(history, copies, events, rng)),
        stages=_together(history.stages, _about(history, history.stages, source, ids)),
        fields=_together(history.fields, _about(history, history.fields, source, ids, but="amount")))


def _together(one: Table, other: Table) -> Table:
    return Table({name: np.concatenate([one[name], other[name]]) for name in one.names})


def _events(history: History, deals: Table, each: int, rng: np.random.Generator) -> Table:
    """Drawn from the workspace's own, at moments between each deal's creation and the end."""
    owner = np.repeat(np.arange(deals.rows), each)
    drawn = history.events.take(rng.integers(history.events.rows, size=len(owner)))
    created = deals["created_at"][owner]
    at = created + (rng.random(len(owner)) * (history.end - created).astype(np.int64)).astype("timedelta64[us]")
    nobody = np.full(len(owner), None, object)
    return drawn.with_columns(
        lead_id=nobody, contact_id=nobody, account_id=nobody, opportunity_id=deals["opportunity_id"][owner],
        event_id=np.array([f"e{n}" for n in range(len(owner))], object), occurred_at=at.astype(TIME), recorded_at=at.astype(TIME))


def _about(history: History, table: Table, source: np.ndarray, ids: np.ndarray, but: str = "") -> Table:
    """The rows of the deals that were copied, once for each copy; of one field none."""
    mine = table["entity"] == "opportunity"
    if but:
        mine &= table["field"] != but
    places: dict[str, list[int]] = {}
    for row in np.flatnonzero(mine):
        places.setdefault(table["entity_id"][row], []).append(int(row))
    originals = history.ids("opportunity")[source]
    rows = [(row, copy) for copy, original in zip(ids, originals, strict=True) for row in places.get(original, ())]
    taken = table.take(np.array([row for row, _ in rows], int))
    return taken.with_columns(entity_id=np.array([copy for _, copy in rows], object))
