"""Cleaning of raw values: what means "not filled in", values to rename, columns made of others."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from leadcast.mapping.raw import OURS, RawTable
from leadcast.mapping.texts import objects_of
from leadcast.workspace.model import TableSource

COLUMN = re.compile(r"\{([^{}]*)\}")
_EDGES = " _-./:|"


def cleaned(raw: RawTable, source: TableSource) -> RawTable:
    """Missing texts blanked, values renamed, and how its times and decimals are written noted.

    Raises
    ------
    SourceError : ``values`` or ``times`` name a column that the table lacks
    """
    columns = raw.columns
    if source.missing:
        blank = dict.fromkeys(source.missing)
        columns = {name: texts if name in OURS else _replaced(texts, blank) for name, texts in columns.items()}
    commas = raw.decimals | frozenset(columns if source.decimal == "," else ())
    table = replace(raw, columns=columns, times={**raw.times, **source.times}, decimals=commas)
    return renamed(table, source, columns)


def renamed(raw: RawTable, source: TableSource, among: Collection[str]) -> RawTable:
    """The given columns with their values renamed as ``values`` says."""
    columns = {name: rename(raw.columns[name], table) for name, table in source.values.items() if name in among}
    return raw.with_columns(columns) if columns else raw


def rename(texts: np.ndarray, table: Mapping[str, str]) -> np.ndarray:
    """Each text that the table lists, replaced; an empty new name means missing.

    Examples
    --------
    >>> rename(np.array(["a", "b", None, "c"], object), {"a": "A", "b": ""}).tolist()
    ['A', None, None, 'c']
    """
    return _replaced(texts, {old: new or None for old, new in table.items()})


def tidy(texts: np.ndarray, missing: Collection[str], table: Mapping[str, str]) -> np.ndarray:
    """The cleaning of one column of another table: its missing list, then its renames."""
    return rename(_replaced(texts, dict.fromkeys(missing)), table)


def _replaced(texts: np.ndarray, table: Mapping[str, str | None]) -> np.ndarray:
    return objects_of([table.get(text, text) for text in texts.tolist()]) if table else texts


def columns_of(template: str) -> list[str]:
    """The columns that a composed text names.

    Examples
    --------
    >>> columns_of("{activity}_{lifecycle}"), columns_of("web_session")
    (['activity', 'lifecycle'], [])
    """
    return COLUMN.findall(template)


def compose(raw: RawTable, template: str, key: str) -> np.ndarray:
    """A text made of columns; a constant where the template names none.

    A missing part is left out with the separator that stood at the edge beside it; all parts missing: missing.

    Examples
    --------
    >>> columns = {"a": np.array(["call", "mail", None], object), "b": np.array(["in", None, None], object)}
    >>> compose(RawTable("t", columns, 3), "{a}_{b}", "k").tolist()
    ['call_in', 'mail', None]
    """
    names = columns_of(template)
    if not names:
        return np.full(len(raw), template, object)
    raw.need([(name, key) for name in names])
    columns = {name: raw.column(name, key) for name in dict.fromkeys(names)}
    if len(names) == 1 and template == f"{{{names[0]}}}":
        return columns[names[0]]
    written: dict[tuple[str | None, ...], str | None] = {}
    rows = list(zip(*(column.tolist() for column in columns.values()), strict=True))
    for parts in rows:
        if parts not in written:
            written[parts] = _one(template, dict(zip(columns, parts, strict=True)))
    return objects_of([written[parts] for parts in rows])


def _one(template: str, parts: dict[str, str | None]) -> str | None:
    if all(part is None for part in parts.values()):
        return None
    text = COLUMN.sub(lambda match: parts[match[1]] or "", template)
    return text.strip(_EDGES) if None in parts.values() else text
