"""What became known of leads and deals between two moments: how much, and of one of them what."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from leadcast.entries import Entries
from leadcast.history import History
from leadcast.table import TIME
from leadcast.vocabulary import Entity


@dataclass(frozen=True)
class News:
    """What became known of one lead or deal.

    Attributes
    ----------
    events : how many by type, the most frequent first
    stages : those entered, in the order in which that became known
    fields : the columns that changed, by name
    """

    events: dict[str, int] = field(default_factory=dict)
    stages: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)

    def in_words(self) -> str:
        """A line for people; empty where nothing happened.

        Examples
        --------
        >>> News({"Email click": 2, "Call": 1}, ["SQL"], ["amount"]).in_words()
        '2 x Email click, 1 x Call; stage SQL; changed: amount'
        """
        parts = [", ".join(f"{count} x {kind}" for kind, count in self.events.items()),
                 f"stage {', then '.join(self.stages)}" if self.stages else "",
                 f"changed: {', '.join(self.fields)}" if self.fields else ""]
        return "; ".join(filter(None, parts))


def how_much_news(history: History, entity: Entity, rows: np.ndarray, after: np.ndarray, until: np.ndarray) -> np.ndarray:
    """How many events, stage entries and changed fields of each became known in (after, until]; shape (n,).

    Parameters
    ----------
    rows : where each stands in its table, shape (n,)
    after, until : UTC, shape (n,)
    """
    count = np.zeros(len(rows), np.int64)
    for entries in (history.linked_events(entity), history.stage_entries(entity), *_changes(history, entity).values()):
        count += entries.count_known(rows, until) - entries.count_known(rows, after)
    return count


def news_of(history: History, entity: Entity, row: int, after: np.datetime64, until: np.datetime64) -> News:
    """What became known of one of them in (after, until]."""
    events, stages = history.linked_events(entity), history.stage_entries(entity)
    types = Counter(history.events["type"][source] for source in events.source[_between(events, row, after, until)])
    entered = [str(history.stages["stage"][source]) for source in stages.source[_between(stages, row, after, until)]]
    changed = [name for name, entries in _changes(history, entity).items() if len(_between(entries, row, after, until))]
    return News(dict(types.most_common()), entered, changed)


def _changes(history: History, entity: Entity) -> dict[str, Entries]:
    names = sorted(set(history.fields["field"][history.fields["entity"] == entity]))
    return {name: found[0] for name in names if (found := history.changes(entity, name)) is not None}


def _between(entries: Entries, row: int, after: np.datetime64, until: np.datetime64) -> np.ndarray:
    """The positions of one group's entries that became known in (after, until]."""
    rows = np.array([row])
    first, last = (int(entries.count_known(rows, np.array([moment], TIME))[0]) for moment in (after, until))
    return np.arange(first, last) + entries.offsets[row]
