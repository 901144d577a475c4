"""Field history: what a column of a lead or deal held before, and since when it holds what it holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leadcast.mapping.canonical import canonical_texts
from leadcast.mapping.clean import tidy
from leadcast.mapping.deals import FACTOR
from leadcast.mapping.known import Known
from leadcast.mapping.numbers import parse_flags, parse_numbers
from leadcast.mapping.reading import Reading
from leadcast.mapping.rows import Rows
from leadcast.mapping.stack import stacked
from leadcast.mapping.times import parse_times
from leadcast.schema import FIELDS
from leadcast.table import Table
from leadcast.vocabulary import Entity
from leadcast.workspace.model import FieldSource, Workspace
from leadcast.workspace.sections import CLOSE_NAMES, field_kinds, numbered, sources_of

_MONEY = frozenset({"amount", "margin"})


@dataclass(frozen=True)
class Origin:
    """The raw column that holds today's value of a field: how its values are cleaned and its times written."""

    kind: str
    missing: Sequence[str] = ()
    values: Mapping[str, str] | None = None
    times: str | None = None


def has_history(workspace: Workspace, entity: Entity, name: str) -> bool:
    """Does the file map a history of this column?"""
    for source in workspace.field_history:
        named = set(source.fields.values()) if source.fields else {source.field or name}
        if source.entity == entity and name in {CLOSE_NAMES.get(n, n) for n in named}:
            return True
    return False


def read_fields(reading: Reading, known: Mapping[Entity, Known]) -> Table:
    """All changes of columns and attributes; values as canonical text, amounts in the reporting currency.

    A row that repeats the value before is left out; without a mapped old value, the row before tells it. Rejected: no
    known lead or deal, no readable time, a value that is not of the field's kind.
    """
    tables = []
    for key, source in numbered("field_history", reading.workspace.field_history):
        tables.append(_changes(reading, source, known[source.entity], key))
    return stacked(FIELDS, tables)


def _changes(reading: Reading, source: FieldSource, known: Known, key: str) -> Table:
    rows, columns = Rows(reading, "field_history", key, source.table, source.where), source.columns
    rows.need(columns)
    origins = reading.once(f"origins {source.entity}", lambda: _origins(reading, source.entity))
    field = _field(rows, source, origins)
    ids, places = known.claim(rows, columns.id)
    changed = rows.times("changed_at", columns.changed_at, required=True)
    value, bad = _canonical(rows, field, columns.value, origins)
    rows.reject(bad, "the value is not of the field's kind", columns.value)
    old, odd = _canonical(rows, field, columns.old_value, origins)
    rows.note(odd, "the old value is not of the field's kind; taken as missing", columns.old_value)
    if known.entity == "opportunity":
        value, old = (_in_reporting_currency(v, field, places, known.table[FACTOR]) for v in (value, old))
    before, repeats = _before(places, field, value, changed, rows.kept)
    if columns.old_value:
        repeats &= np.equal(old, value)
    else:
        old = before
    rows.note(repeats, "repeats the value before; left out", columns.value)
    rows.leave_out(repeats)
    return rows.finish({"entity": np.full(len(rows), source.entity, object), "entity_id": ids, "field": field, "value": value,
                        "old_value": old, "changed_at": changed, "recorded_at": rows.times("recorded_at", columns.recorded_at)})


def _field(rows: Rows, source: FieldSource, origins: Mapping[str, Origin]) -> np.ndarray:
    """Our name of the field of each row; rows about other fields are left out."""
    if source.columns.field is None:
        return np.full(len(rows), CLOSE_NAMES.get(source.field or "", source.field), object)
    names = source.fields or {name: name for name in (*origins, *CLOSE_NAMES)}
    field = np.array([names.get(text) for text in rows.texts(source.columns.field)], dtype=object)
    rows.leave_out(pd.isna(field))
    return np.array([CLOSE_NAMES.get(name, name) for name in field], dtype=object)


def _origins(reading: Reading, entity: Entity) -> dict[str, Origin]:
    """Where today's value of each field comes from, so that its history is cleaned alike."""
    workspace = reading.workspace
    sources = sources_of(workspace, entity)
    origins = {name: Origin(kind) for name, kind in field_kinds(entity, sources).items()}
    for source in sources:
        table = workspace.tables[source.table]
        times = reading.tables[source.table].times
        columns = {CLOSE_NAMES.get(ours, ours): theirs for ours, theirs in source.columns.model_dump().items() if theirs}
        columns |= {name: attribute.column or name for name, attribute in source.attributes.items()}
        for name, column in columns.items():
            if name in origins:
                origins[name] = Origin(origins[name].kind, table.missing, table.values.get(column), times.get(column))
    return origins


def _canonical(rows: Rows, field: np.ndarray, column: str | None, origins: Mapping[str, Origin]) -> tuple[np.ndarray, np.ndarray]:
    """A column of values as canonical text, None = missing; and which filled ones are not of their field's kind."""
    values, bad = np.full(len(rows), None, object), np.zeros(len(rows), bool)
    if column is None:
        return values, bad
    texts = rows.texts(column)
    for name in sorted(set(field[rows.kept])):
        mine = np.flatnonzero(rows.kept & (field == name))
        values[mine], bad[mine] = _typed(rows, texts[mine], column, origins[name])
    return values, bad


def _typed(rows: Rows, texts: np.ndarray, column: str, origin: Origin) -> tuple[np.ndarray, np.ndarray]:
    texts = tidy(texts, list(origin.missing), dict(origin.values or {}))
    if origin.kind == "category":
        return texts, np.zeros(len(texts), bool)
    if origin.kind == "time":
        style = origin.times or rows.raw.times.get(column, "iso")
        times = parse_times(texts, style, rows.reading.zone, f"{rows.key}.columns.value")
        return np.array(canonical_texts(times.utc), dtype=object), times.bad
    numbers, bad = parse_flags(texts) if origin.kind == "flag" else parse_numbers(texts, column in rows.raw.decimals)
    return np.array(canonical_texts(numbers), dtype=object), bad


def _in_reporting_currency(values: np.ndarray, field: np.ndarray, places: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Amounts at the rate of their deal; the rest as it is."""
    money = np.flatnonzero(np.isin(field, list(_MONEY)) & ~pd.isna(values) & (places >= 0))
    money = money[factors[places[money]] != 1.0]
    converted = values.copy()
    converted[money] = [repr(float(v) * float(f)) for v, f in zip(values[money], factors[places[money]], strict=True)]
    return converted


def _before(
    places: np.ndarray, field: np.ndarray, value: np.ndarray, changed: np.ndarray, kept: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The value that each lead's or deal's field held before, and which rows only repeat it."""
    order = np.flatnonzero(kept)
    codes = pd.factorize(field[order])[0]
    order = order[np.lexsort((changed[order], codes, places[order]))]
    same = (np.diff(places[order], prepend=-1) == 0) & np.append(False, field[order][1:] == field[order][:-1])[: len(order)]
    before, repeats = np.full(len(places), None, object), np.zeros(len(places), bool)
    follows = np.flatnonzero(same)
    before[order[follows]] = value[order[follows - 1]]
    repeats[order[follows]] = np.equal(value[order[follows]], value[order[follows - 1]])
    return before, repeats
