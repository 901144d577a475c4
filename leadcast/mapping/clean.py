"""Cleaning of raw values: what means "not filled in", values to rename, columns made of others."""

import re

import numpy as np
import pandas as pd

from leadcast.mapping.raw import TEXT, RawTable
from leadcast.workspace.model import TableSource

COLUMN = re.compile(r"\{([^{}]*)\}")
_EDGES = " _-./:|"


def cleaned(raw: RawTable, source: TableSource) -> RawTable:
    """Missing texts blanked, values renamed, and how its times and decimals are written noted.

    Raises
    ------
    SourceError : ``values`` or ``times`` name a column that the table lacks
    """
    frame = raw.frame
    if source.missing and len(frame.columns) and (unfilled := frame.isin(source.missing)).to_numpy().any():
        frame = frame.mask(unfilled)
    table = RawTable(raw.name, frame, raw.origin, {**raw.times, **source.times},
                     raw.decimals | frozenset(frame.columns if source.decimal == "," else ()), raw.lenient)
    return renamed(table, source, list(frame.columns))


def renamed(raw: RawTable, source: TableSource, among: list[str]) -> RawTable:
    """The given columns with their values renamed as ``values`` says."""
    columns = {name: rename(raw.frame[name], table) for name, table in source.values.items() if name in among}
    return raw.with_frame(raw.frame.assign(**columns)) if columns else raw


def rename(texts: pd.Series, table: dict[str, str]) -> pd.Series:
    """Each text that the table lists, replaced; an empty new name means missing."""
    known = texts.isin(list(table)).to_numpy(dtype=bool)
    if not known.any():
        return texts
    renamed_ = texts.copy()
    renamed_[known] = texts[known].map({old: new or None for old, new in table.items()}).astype(TEXT)
    return renamed_


def tidy(texts: pd.Series, missing: list[str], table: dict[str, str]) -> pd.Series:
    """The cleaning of one column of another table: its missing list, then its renames."""
    return rename(texts.mask(texts.isin(missing)) if missing else texts, table)


def columns_of(template: str) -> list[str]:
    """The columns that a composed text names.

    Examples
    --------
    >>> columns_of("{activity}_{lifecycle}"), columns_of("web_session")
    (['activity', 'lifecycle'], [])
    """
    return COLUMN.findall(template)


def compose(raw: RawTable, template: str, key: str) -> pd.Series:
    """A text made of columns; a constant where the template names none.

    A missing part is left out with the separator that stood at the edge beside it; all parts missing: missing.

    Examples
    --------
    >>> raw = RawTable("t", pd.DataFrame({"a": ["call", "mail", None], "b": ["in", None, None]}, dtype="str"))
    >>> compose(raw, "{a}_{b}", "k").tolist()
    ['call_in', 'mail', nan]
    """
    names = columns_of(template)
    if not names:
        return pd.Series(template, index=raw.frame.index, dtype=TEXT)
    raw.need([(name, key) for name in names])
    columns = {name: raw.column(name, key) for name in dict.fromkeys(names)}
    if len(names) == 1 and template == f"{{{names[0]}}}":
        return columns[names[0]]
    return _filled(template, columns)


def _filled(template: str, columns: dict[str, pd.Series]) -> pd.Series:
    """Each distinct combination is written once."""
    index = next(iter(columns.values())).index
    coded = {name: pd.factorize(column) for name, column in columns.items()}
    codes = np.stack([codes for codes, _ in coded.values()], axis=1)
    distinct, inverse = np.unique(codes, axis=0, return_inverse=True)
    texts = [_one(template, {n: None if c < 0 else coded[n][1][c] for n, c in zip(coded, row, strict=True)}) for row in distinct]
    return pd.Series(np.array(texts, dtype=object)[inverse.reshape(-1)] if len(index) else [], index=index, dtype=TEXT)


def _one(template: str, parts: dict[str, str | None]) -> str | None:
    if all(part is None for part in parts.values()):
        return None
    text = COLUMN.sub(lambda match: parts[match[1]] or "", template)
    return text.strip(_EDGES) if None in parts.values() else text
