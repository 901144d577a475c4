"""How events reach leads and deals: by their own key, their lead's, contact's or account's; each counts once for each."""

import numpy as np
import pandas as pd

from leadcast.table import Table
from leadcast.vocabulary import Entity, Vocabulary


def linked_pairs(entity: Entity, entities: Table, events: Table, vocabulary: Vocabulary) -> tuple[np.ndarray, np.ndarray]:
    """Which event reaches which entity.

    An event that names a deal belongs to that deal alone, even where the deal is not (or not yet) known; other links are for
    events that name none.

    Parameters
    ----------
    entities : canonical leads or opportunities
    events : canonical events

    Returns
    -------
    (entity row, event row), each of shape (pairs,), sorted by entity row, no pair twice
    """
    pairs = []
    claimed = events["opportunity_id"] != np.array(None) if entity == "opportunity" else np.zeros(events.rows, bool)
    for link in vocabulary.links(entity):
        key = f"{link}_id"
        owner, event = matches(entities[key], events[key])
        pairs.append((owner, event, np.full(len(owner), link == entity)))
    owner, event, own = (np.concatenate(part) for part in zip(*pairs, strict=True))
    kept = own | ~claimed[event]
    owner, event = owner[kept], event[kept]
    unique = np.unique(owner * np.int64(max(events.rows, 1)) + event)
    return _once(unique // max(events.rows, 1), unique % max(events.rows, 1), events)


def _once(owner: np.ndarray, event: np.ndarray, events: Table) -> tuple[np.ndarray, np.ndarray]:
    """An event of several rows, one for each whom it concerns, reaches each entity once."""
    codes = pd.factorize(events["event_id"], use_na_sentinel=True)[0]
    several = np.bincount(codes[codes >= 0], minlength=1) > 1
    shared = np.flatnonzero((codes[event] >= 0) & several[codes[event]])
    if not len(shared):
        return owner, event
    rows = event[shared]
    again = pd.DataFrame({"owner": owner[shared], "id": codes[rows], "type": events["type"][rows],
                          "at": events["occurred_at"][rows]}).duplicated().to_numpy()
    kept = np.ones(len(owner), bool)
    kept[shared[again]] = False
    return owner[kept], event[kept]


def matches(entity_keys: np.ndarray, event_keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All (entity row, event row) whose keys are equal and not missing."""
    codes, _ = pd.factorize(np.concatenate([entity_keys, event_keys]), use_na_sentinel=True)
    ours, theirs = codes[: len(entity_keys)], codes[len(entity_keys):]
    order = np.argsort(ours, kind="stable")
    first = np.searchsorted(ours[order], theirs, "left")
    sizes = np.where(theirs >= 0, np.searchsorted(ours[order], theirs, "right") - first, 0)
    event = np.repeat(np.arange(len(theirs)), sizes)
    within = np.arange(len(event)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return order[first[event] + within], event


def pick_one_deal(
    owner: np.ndarray, event: np.ndarray, occurred_at: np.ndarray, created_at: np.ndarray, open_then: np.ndarray, rule: str
) -> tuple[np.ndarray, np.ndarray]:
    """Leave one deal per event: the first created (``primary``) or the nearest open one (``nearest_open``).

    Nearest open: the youngest deal open when the event happened. If none was, it belongs to the next one created, as what led
    to it, and to the youngest before, should that be opened again: which of the two, nobody knew on the day.

    Parameters
    ----------
    owner, event : pairs, shape (n,)
    occurred_at, created_at, open_then : per pair: of the event, of the deal, was the deal open when it happened
    """
    created = created_at.astype("int64")
    if rule == "primary":
        order = np.lexsort((created, event))
    else:
        before = created_at <= occurred_at
        rank = np.where(before & open_then, 0, np.where(~before, 1, 2))
        taken = np.isin(event, event[rank == 0]) & (rank > 0)
        kept = np.flatnonzero(~taken)
        order = kept[np.lexsort((np.where(rank == 1, created, -created)[kept], rank[kept], event[kept]))]
        return _first_of_each(order, event * 3 + rank, owner, event)
    return _first_of_each(order, event, owner, event)


def _first_of_each(order: np.ndarray, key: np.ndarray, owner: np.ndarray, event: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first pair of each key in this order, the pairs otherwise as they were."""
    first = np.diff(key[order], prepend=-1) != 0
    chosen = np.sort(order[first])
    return owner[chosen], event[chosen]
