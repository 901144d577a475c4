"""Histories of a column that give a change away before it happens."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from leadcast.history import History
from leadcast.leaks.leak import Evidence
from leadcast.vocabulary import Entity

SHARE, FEWEST = 0.05, 20


def first_told_late(history: History, entity: Entity, name: str) -> np.ndarray:
    """Who has a first change after creation without the value before, where others have no change at all; rows, shape (m,).

    Until that change the value is missing, and for those that never change it is not.
    """
    changes = history.changes(entity, name)
    if changes is None:
        return np.empty(0, np.int64)
    entries, _, old = changes
    has = np.flatnonzero(np.diff(entries.offsets) > 0)
    first = entries.offsets[has]
    late = (entries.at[first] > history.entities(entity)["created_at"][has]) & pd.isna(old[first])
    return has[late] if len(has) < len(history.ids(entity)) else has[:0]


def told_by_its_history(history: History, entity: Entity, name: str) -> Iterator[Evidence]:
    """A history without old values, of many, beside columns that do have a value from the start."""
    late, n = first_told_late(history, entity, name), len(history.ids(entity))
    changes = history.changes(entity, name)
    if changes is None or len(late) < max(SHARE * n, FEWEST):
        return
    never = np.diff(changes[0].offsets) == 0
    filled = float((~pd.isna(history.entities(entity)[name][never])).mean())
    if filled >= 0.5:
        reason = (f"missing until its first change for {len(late):,} of {n:,} and filled from the start for those that never "
                  "change: that it is missing says that it will change")
        yield Evidence("history", 0.5 + 0.5 * len(late) / n, reason, {"first_told_late": len(late), "rows": n})
