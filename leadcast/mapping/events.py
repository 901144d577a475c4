"""Events: page visits, e-mails, calls, logs; several tables of any shape become one."""

from collections.abc import Mapping

import numpy as np

from leadcast.mapping.clean import columns_of, compose
from leadcast.mapping.reading import Reading
from leadcast.mapping.rows import Rows
from leadcast.mapping.stack import duplicated, stacked
from leadcast.mapping.texts import is_missing
from leadcast.schema import EVENTS
from leadcast.table import Table
from leadcast.workspace.model import DirectionColumn, EventSource
from leadcast.workspace.sections import numbered

KEYS = ("lead_id", "opportunity_id", "contact_id", "account_id")


def read_events(reading: Reading) -> Table:
    """The canonical events, in the order of the files.

    Rejected: no key of a lead, deal, contact or account; no type; no readable time; the same event_id again within its
    table for the same keys, or, where no event_id is mapped, a row equal to an earlier one in every mapped column.
    """
    sources = reading.workspace.events
    tables = [_events_of(reading, source, key) for key, source in numbered("events", sources)]
    return stacked(EVENTS, tables, {name: a.type for source in sources for name, a in source.attributes.items()})


def _events_of(reading: Reading, source: EventSource, key: str) -> Table:
    rows, columns = Rows(reading, "events", key, source.table, source.where), source.columns
    rows.need(columns)
    found = {name: rows.ids(getattr(columns, name)) for name in KEYS}
    found |= {name: rows.texts(getattr(columns, name)) for name in ("event_id", "actor")}
    rows.reject(np.logical_and.reduce([is_missing(found[name]) for name in KEYS]), "no id of a lead, deal, contact or account")
    found["type"] = compose(rows.raw, source.type, f"{key}.type")
    rows.reject(is_missing(found["type"]), "type is missing", next(iter(columns_of(source.type)), None))
    found |= {
        "occurred_at": rows.times("occurred_at", columns.occurred_at, required=True),
        "recorded_at": rows.times("recorded_at", columns.recorded_at),
        "sequence": rows.numbers("sequence", columns.sequence), "value": rows.numbers("value", columns.value),
        "direction": _direction(rows, source), **rows.attributes(source.attributes),
    }
    rows.reject(_again(rows, found), "a duplicate of an earlier row", columns.event_id)
    return rows.finish(found)


def _direction(rows: Rows, source: EventSource) -> np.ndarray:
    rule = source.direction
    if not isinstance(rule, DirectionColumn):
        return np.full(len(rows), rule, object)
    rows.raw.need([(rule.column, f"{rows.key}.direction.column")])
    named = {**dict.fromkeys(rule.from_us, "from_us"), **dict.fromkeys(rule.from_them, "from_them")}
    return np.array([named.get(text) for text in rows.texts(rule.column)], dtype=object)


def _again(rows: Rows, found: Mapping[str, np.ndarray]) -> np.ndarray:
    """Rows that say again what an earlier kept one said."""
    kept = rows.kept
    named = kept & ~is_missing(found["event_id"])
    again = np.zeros(len(rows), bool)
    again[named] = duplicated([found[name][named] for name in ("event_id", *KEYS)])
    rest = kept & ~named
    again[rest] = duplicated([column[rest] for column in found.values()])
    return again
