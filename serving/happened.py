"""What happened to one lead or deal, and how and why its scores moved."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from leadcast.entries import later_of
from leadcast.history import History
from leadcast.links import linked_pairs
from leadcast.news import news_of
from leadcast.table import Table
from leadcast.vocabulary import Entity
from serving.told import moment_of

Row = dict[str, Any]
_NO_TIME = np.iinfo(np.int64).min


def happenings(history: History, entity: Entity, row: int, now: np.datetime64) -> list[Row]:
    """Every event that reaches it, stage that it entered and field that changed, as known now; the newest first.

    Events that models may not look at are among them: people may.
    """
    found = [*_events(history, entity, row, now),
             *_entries(history, entity, row, now, history.stages, "stage", ("stage", "entered_at", "reason")),
             *_entries(history, entity, row, now, history.fields, "field", ("field", "changed_at", "value", "old_value"))]
    found.sort(key=lambda one: (one["at"], one["known_at"]), reverse=True)
    return [{**one, "at": _moment(one["at"]), "known_at": _moment(one["known_at"])} for one in found]


def _events(history: History, entity: Entity, row: int, now: np.datetime64) -> Iterator[Row]:
    owner, event = linked_pairs(entity, history.entities(entity), history.events, history.vocabulary)
    events = history.events.take(event[owner == row])
    known = later_of(events["occurred_at"], events["recorded_at"])
    for place in np.flatnonzero(known <= now):
        value = events["value"][place]
        yield {"kind": "event", "what": events["type"][place], "at": _micro(events["occurred_at"][place]),
               "known_at": _micro(known[place]), "value": None if np.isnan(value) else float(value),
               "direction": events["direction"][place], "actor": events["actor"][place]}


def _entries(
    history: History, entity: Entity, row: int, now: np.datetime64, table: Table, kind: str, columns: Sequence[str]
) -> Iterator[Row]:
    """Rows of the stages or of the field history that are about it; ``columns``: what, when, and what else is told."""
    what, when, *more = columns
    mine = np.flatnonzero((table["entity"] == entity) & (table["entity_id"] == history.ids(entity)[row]))
    known = later_of(table[when], table["recorded_at"])
    for place in mine[known[mine] <= now]:
        yield {"kind": kind, "what": table[what][place], "at": _micro(table[when][place]), "known_at": _micro(known[place]),
               **{name: table[name][place] for name in more}}


def _micro(moment: np.datetime64) -> int:
    return int(moment.astype("datetime64[us]").astype(np.int64))


def _moment(micros: int) -> Any:
    return None if micros == _NO_TIME else moment_of(micros)


def moves_told(history: History, entity: Entity, row: int, kept: Sequence[Any], most: int) -> list[Row]:
    """The kept values of its scores, each with why it is another than the one before; of each target the newest.

    Parameters
    ----------
    kept : rows of ``score_history``, oldest first
    """
    told = []
    for target in dict.fromkeys(one.target for one in kept):
        mine = [one for one in kept if one.target == target]
        for before, now in list(zip([None, *mine[:-1]], mine, strict=True))[max(len(mine) - most, 0):]:
            told.append({"target": target, "at": moment_of(now.at), "score": now.score, "probability": now.probability,
                         "grade": now.grade, "model": now.model, "cause": now.cause, "events": now.events,
                         "why": _why(history, entity, row, before, now)})
    return told


def _why(history: History, entity: Entity, row: int, before: Any, now: Any) -> str:
    if now.cause == "rebuilt":
        return "as it would have been then"
    if before is None:
        return "the first score"
    news = news_of(history, entity, row, np.datetime64(before.at, "us"), np.datetime64(now.at, "us")).in_words()
    if now.cause == "model":
        return f"another model answers: {now.model} after {before.model}" + (f"; meanwhile {news}" if news else "")
    if now.cause == "time":
        return f"time went by ({_length(now.at - before.at)}), and nothing new became known"
    return news or ("the first score" if now.cause == "first" else "news of its lead or contact, or of earlier days")


def _length(micros: int) -> str:
    """A length of time as people say it.

    Examples
    --------
    >>> _length(90_000_000_000), _length(86_400_000_000), _length(7_000_000)
    ('25 hours', '24 hours', '0 minutes')
    """
    hours = micros / 3.6e9
    if hours >= 48:
        return f"{hours / 24:.0f} days"
    return f"{hours:.0f} hours" if hours >= 2 else f"{hours * 60:.0f} minutes"
