"""Every column of the tables that leads and deals are read from, mapped or not, beside the leads or deals themselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from leadcast.history import History
from leadcast.leaks.values import Values
from leadcast.quality import SourceRows
from leadcast.vocabulary import Entity
from leadcast.workspace.model import (
    LeadSource,
    OpportunitySource,
    StagesFromDates,
    StagesFromEvents,
    StagesFromSilence,
    Workspace,
)
from leadcast.workspace.sections import PLURALS, numbered, sources_of

JUDGED = ("owner", "source", "account_id", "contact_id", "amount", "margin", "currency", "category", "expected_close")
"""Columns of our own that become features; keys, the creation, the order and the pipeline only place a lead or deal."""
Use = Literal["input", "kept_out", "unused"]


@dataclass(frozen=True)
class Column:
    """One column of the user's.

    Attributes
    ----------
    name, table : as the user calls them
    attribute : what the mapping calls it; None where it is not mapped
    values : of all leads or deals, shape (n,)
    rows : those that it may be judged on, shape (m,)
    """

    name: str
    table: str
    entity: Entity
    attribute: str | None
    use: Use
    values: Values
    rows: np.ndarray


def columns_of(history: History, workspace: Workspace, entity: Entity) -> Iterator[Column]:
    """The mapped ones as the models would see them, then the others as they stand in the tables."""
    everyone = np.arange(history.entities(entity).rows)
    if not len(everyone):
        return
    called = _called(workspace, entity)
    raw = _raw(history, workspace, entity)
    known = {a.name: a for a in history.vocabulary.attributes_of(entity)}
    for name, (column, table) in called.items():
        if name not in known and name not in JUDGED:
            continue
        if name in known and known[name].known == "outcome":
            if (column, table) in raw:
                yield Column(column, table, entity, name, "kept_out", raw[column, table], everyone)
            continue
        stage = known[name].known_stage if name in known else None
        reached = everyone if stage is None else np.flatnonzero(np.diff(history.entered(entity, [stage]).offsets) > 0)
        yield Column(column, table, entity, name, "input", Values(_as_seen(history, entity, name, everyone)), reached)
    consumed = {(column, table) for column, table in called.values()} | _read_otherwise(workspace, entity)
    for (column, table), values in raw.items():
        if (column, table) not in consumed:
            yield Column(column, table, entity, None, "unused", values, everyone)


def _as_seen(history: History, entity: Entity, name: str, rows: np.ndarray) -> np.ndarray:
    """What a first look at each lead or deal shows; without a history, what stands there today."""
    if history.changes(entity, name) is None:
        values: np.ndarray = history.entities(entity)[name]
        return values
    return history.value_at(entity, name, rows, history.entities(entity)["created_at"])


def _called(workspace: Workspace, entity: Entity) -> dict[str, tuple[str, str]]:
    """Our name -> (the user's column, its table), of the first source that maps it."""
    found: dict[str, tuple[str, str]] = {}
    for source in sources_of(workspace, entity):
        for name, column in source.columns.model_dump().items():
            if column is not None:
                found.setdefault(name, (column, source.table))
        for name, attribute in source.attributes.items():
            found.setdefault(name, (attribute.column or name, source.table))
    return found


def _raw(history: History, workspace: Workspace, entity: Entity) -> dict[tuple[str, str], Values]:
    """(column, table) -> its text for every lead or deal, None where missing."""
    kept = {rows.key: rows for rows in history.quality.sources.get(PLURALS[entity], ())}
    places = pd.Index(history.ids(entity), dtype=object)
    found: dict[tuple[str, str], np.ndarray] = {}
    for key, source in numbered(PLURALS[entity], sources_of(workspace, entity)):
        if key not in kept:
            continue
        rows = kept[key]
        at = places.get_indexer(pd.Index(rows.frame[_id(source)].astype(object)))
        for column in rows.frame.columns:
            whole = found.setdefault((str(column), rows.table), np.full(len(places), None, object))
            texts = _texts(rows, str(column))
            whole[at[at >= 0]] = texts[at >= 0]
    return {name: Values(texts) for name, texts in found.items()}


def _id(source: LeadSource | OpportunitySource) -> str:
    return source.columns.lead_id if isinstance(source, LeadSource) else source.columns.opportunity_id


def _texts(rows: SourceRows, column: str) -> np.ndarray:
    texts: np.ndarray = rows.frame[column].to_numpy(dtype=object, copy=True)
    texts[pd.isna(texts)] = None
    return texts


def _read_otherwise(workspace: Workspace, entity: Entity) -> set[tuple[str, str]]:
    """Columns of the same tables that the mapping reads as stages, events or changes: they have dates of their own."""
    found: set[tuple[str, str]] = set()
    own = {source.table for source in sources_of(workspace, entity)}
    for table in own:
        alike = {name for name in workspace.tables if _root(workspace, name) == _root(workspace, table)}
        read: set[str] = {c for rule in (workspace.tables[table].first_of,) if rule for c in (rule.by, *rule.order)}
        for stages in workspace.stages:
            if isinstance(stages, StagesFromEvents | StagesFromSilence) or stages.table not in alike:
                continue
            read |= {c for c in stages.columns.model_dump().values() if c is not None}
            read |= set(stages.dates) if isinstance(stages, StagesFromDates) else set()
        for events in workspace.events:
            read |= {c for c in events.columns.model_dump().values() if c is not None and events.table in alike}
        for changes in workspace.field_history:
            read |= {c for c in changes.columns.model_dump().values() if c is not None and changes.table in alike}
        found |= {(column, table) for column in read}
    return found


def _root(workspace: Workspace, name: str) -> str:
    while (of := workspace.tables[name].of) is not None:
        name = of
    return name
