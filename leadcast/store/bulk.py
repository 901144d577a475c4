"""A whole history into the store at once: what ``leadcast load`` does with mapped files."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection
from sqlalchemy import Table as StoreTable

from leadcast.history import History
from leadcast.schema import COSTS, EVENTS, FIELDS, OWNERS, QUOTAS, STAGES
from leadcast.store import tables
from leadcast.store.changes import bump
from leadcast.store.columns import attributes_json, micro, micros
from leadcast.store.engine import Store
from leadcast.store.keys import cost_key, event_key, field_key, owner_key, quota_key, repeated_key, stage_key
from leadcast.store.left_out import without_erased
from leadcast.store.upsert import Pouring
from leadcast.table import NOT_A_TIME, Table
from leadcast.vocabulary import ENTITIES, Entity

MANY = 20_000
Progress = Callable[[str, int, int], None]
EVENT_LINKS = ("lead_id", "opportunity_id", "contact_id", "account_id")
_EVENT_CONTENT: dict[str, Any] = {"occurred_at": NOT_A_TIME, "sequence": np.nan, "direction": None, "actor": None,
                                  "value": np.nan}
"""What tells events without an id apart, and what stands for it where there is one."""


@dataclass(frozen=True)
class Part:
    """One canonical table on its way into the store.

    Attributes
    ----------
    names : the canonical columns that are kept
    key : the column of its natural key and how a row makes it; None: the table's first column is the key
    same : the columns that make two rows the same fact
    changeable : a known row is brought to what is given; otherwise the first stands
    numbered : the order of its rows is kept
    """

    into: StoreTable
    table: Table
    names: Sequence[str]
    key: tuple[str, Callable[..., str]] | None
    same: Sequence[np.ndarray] = ()
    changeable: bool = False
    numbered: bool = False


def load_history(store: Store, history: History, now: np.datetime64, progress: Progress | None = None) -> dict[str, int]:
    """Put a whole history into the store; what is there already under the same natural key is not doubled.

    Leads, deals, owners, quotas and costs are brought to what the history says; events, stage entries and changes of fields are
    facts, the first of each stands. A table may hold a fact several times over: so does the store then. Whoever was erased is
    left out. All of it is one transaction: after an error the store is as it was.

    Parameters
    ----------
    now : when it is received, UTC
    progress : called with (table, rows done, rows in all)

    Returns
    -------
    rows by table that were new or, where they may change, different
    """
    written: dict[str, int] = {}
    with store.writing() as connection:
        for part in _parts(without_erased(connection, history)):
            done = written[part.into.name] = 0
            for rows, new in _poured(connection, part, micro(now)):
                done, written[part.into.name] = done + rows, written[part.into.name] + new
                if progress is not None:
                    progress(part.into.name, done, part.table.rows)
        if any(written.values()):
            bump(connection)
    return written


def _parts(history: History) -> Iterator[Part]:
    events, stages, fields = history.events, history.stages, history.fields
    yield from (_entities(history, entity) for entity in ENTITIES)
    named = events["event_id"] != np.array(None)
    content = [np.where(named, missing, events[name]) for name, missing in _EVENT_CONTENT.items()]
    yield Part(tables.events, events, EVENTS.columns, ("event_key", _event),
               [events[name] for name in ("event_id", "type", *EVENT_LINKS)] + content)
    yield Part(tables.stages, stages, STAGES.columns, ("stage_key", _stage),
               [stages[name] for name in ("entity", "entity_id", "stage", "entered_at")], numbered=True)
    yield Part(tables.fields, fields, FIELDS.columns, ("field_key", _field),
               [fields[name] for name in ("entity", "entity_id", "field", "changed_at", "value")], numbered=True)
    yield Part(tables.owners, history.owners, OWNERS.columns, ("owner_key", _owner),
               [history.owners[name] for name in ("owner", "valid_from")], changeable=True)
    yield Part(tables.quotas, history.quotas, QUOTAS.columns, ("quota_key", _quota),
               [history.quotas[name] for name in ("owner", "region", "period")], changeable=True)
    yield Part(tables.costs, history.costs, COSTS.columns, ("cost_key", _cost),
               [history.costs[name] for name in ("source", "campaign", "period")], changeable=True)


_TABLES: dict[Entity, StoreTable] = {"lead": tables.leads, "opportunity": tables.opportunities}


def _entities(history: History, entity: Entity) -> Part:
    table, into = history.entities(entity), _TABLES[entity]
    texts = np.array(attributes_json(table, history.vocabulary.attributes_of(entity)), object)
    names = [column.name for column in into.columns if column.name in table]
    own = table.with_columns(attributes=texts, lent=np.full(table.rows, None, object))
    return Part(into, own, [*names, "attributes", "lent"], None, changeable=True)


def _poured(connection: Connection, part: Part, at: int) -> Iterator[tuple[int, int]]:
    """(rows read, rows written) of some rows after the other."""
    stamps = [name for name in ("received_at", "changed_at") if name in part.into.c and name not in part.names]
    made = [*stamps, *(["place"] if part.numbered else []), *([part.key[0]] if part.key is not None else [])]
    names = [column.name for column in part.into.columns if column.name in {*part.names, *made}]
    replaced = [name for name in part.names if not part.into.c[name].primary_key] if part.changeable else []
    pouring = Pouring(connection, part.into, names, replaced, [name for name in stamps if name != "received_at"])
    times = _repeats(part.same, part.table.rows)
    for start in range(0, part.table.rows, MANY):
        columns: dict[str, Collection[Any]] = {name: _cells(part.table[name][start:start + MANY]) for name in part.names}
        size = len(columns[part.names[0]])
        if part.key is not None:
            cells = zip(zip(*columns.values(), strict=True), times[start:start + size].tolist(), strict=True)
            columns[part.key[0]] = [repeated_key(part.key[1](*row), n) for row, n in cells]
        columns |= dict.fromkeys(stamps, [at] * size)
        columns["place"] = range(at + start, at + start + size)
        yield size, pouring.pour(list(zip(*(columns[name] for name in names), strict=True)))


def _repeats(same: Sequence[np.ndarray], rows: int) -> np.ndarray:
    """How many rows before each one are the same fact; shape (rows,)."""
    if not same or not rows:
        return np.zeros(rows, np.int64)
    codes = pd.DataFrame({place: pd.factorize(column)[0] for place, column in enumerate(same)})
    if not codes.duplicated().any():
        return np.zeros(rows, np.int64)
    return codes.groupby(list(codes.columns), sort=False).cumcount().to_numpy()


# ---- natural keys, from the cells of a row in the order of its schema ---------------------------------------------


def _event(lead: str | None, deal: str | None, contact: str | None, account: str | None, kind: str, event_id: str | None,
           direction: str | None, actor: str | None, occurred_at: int, _: int | None, sequence: float | None,
           value: float | None) -> str:
    return event_key((lead, deal, contact, account), kind, occurred_at, event_id, sequence, direction, actor, value)


def _stage(entity: str, entity_id: str, stage: str, _: str | None, entered_at: int | None, __: int | None) -> str:
    return stage_key(entity, entity_id, stage, entered_at)


def _field(entity: str, entity_id: str, field: str, value: str | None, _: str | None, changed_at: int, __: int | None) -> str:
    return field_key(entity, entity_id, field, changed_at, value)


def _owner(owner: str, _: str | None, __: str | None, ___: str | None, valid_from: int | None) -> str:
    return owner_key(owner, valid_from)


def _quota(owner: str | None, region: str | None, period: str, *_: object) -> str:
    return quota_key(owner, region, period)


def _cost(source: str | None, campaign: str | None, period: str, *_: object) -> str:
    return cost_key(source, campaign, period)


def _cells(column: np.ndarray) -> list[Any]:
    if column.dtype.kind == "M":
        return micros(column)
    if column.dtype.kind == "f":
        return [None if cell != cell else cell for cell in column.tolist()]
    return [cell.replace("\0", "") if cell is not None and "\0" in cell else cell for cell in column]  # no database keeps NUL
