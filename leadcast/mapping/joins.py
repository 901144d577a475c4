"""Columns looked up in another table: chains, both directions, association tables with a primary pick."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from leadcast.errors import SourceError
from leadcast.mapping.apart import RECORD
from leadcast.mapping.numbers import parse_flags
from leadcast.mapping.raw import RawTable
from leadcast.mapping.texts import missing_texts
from leadcast.workspace.model import Join


def joined(raw: RawTable, other: RawTable, join: Join, key: str) -> tuple[RawTable, np.ndarray]:
    """The table with the other's columns beside; one row stays one row.

    Where several rows of the other match, the first of those filled with a yes under ``prefer`` wins, else the first.
    A missing key matches nothing.

    Parameters
    ----------
    other : the table to look in, its ``where`` already applied
    key : the join's place in leadcast.toml

    Returns
    -------
    (table; rows whose key is filled but finds nothing, boolean, shape (n,))

    Raises
    ------
    SourceError : a column is absent on either side, or a new name is taken
    """
    take = {c: c for c in join.columns} if isinstance(join.columns, list) else dict(join.columns)
    raw.need([(ours, f"{key}.on") for ours in join.on])
    other.need([(theirs, f"{key}.on") for theirs in join.on.values()] + [(theirs, f"{key}.columns") for theirs in take.values()]
               + ([(join.prefer, f"{key}.prefer")] if join.prefer else []))
    taken = [name for name in take if name in raw.columns]
    if taken:
        raise SourceError(f'{key}.columns: table "{raw.name}" already has a column "{taken[0]}"; take it under another name: '
                          f'columns = {{ {other.name}_{taken[0]} = "{take[taken[0]]}" }}.')
    place, asked = _places(raw, other, join)
    columns = {ours: _taken(other.column(theirs, key), place) for ours, theirs in take.items()}
    return _beside(raw, other, take, columns), asked & (place < 0)


def _places(raw: RawTable, other: RawTable, join: Join) -> tuple[np.ndarray, np.ndarray]:
    """The matching row of the other table, -1 where none; and whether ours has a key at all."""
    pairs = dict(join.on)
    if raw.records is not None and other.records is not None:
        pairs[RECORD] = RECORD
    keys = list(zip(*(raw.column(ours, "").tolist() for ours in pairs), strict=True))
    rows = _lookup(other, tuple(pairs.values()), join.prefer)
    asked = np.array([None not in key for key in keys], bool)
    place = np.array([rows.get(key, -1) for key in keys], np.int64)
    return np.where(asked, place, -1), asked


def _lookup(other: RawTable, columns: tuple[str, ...], prefer: str | None) -> Mapping[tuple[str | None, ...], int]:
    """The row that each key of the other table stands for."""
    if (columns, prefer) not in other.lookups:
        order = np.arange(len(other))
        if prefer:
            order = np.argsort(-np.nan_to_num(parse_flags(other.column(prefer, ""))[0]), kind="stable")
        keys = list(zip(*(other.column(name, "").tolist() for name in columns), strict=True))
        other.lookups[columns, prefer] = {keys[row]: row for row in order[::-1].tolist()}
    return other.lookups[columns, prefer]


def _taken(column: np.ndarray, place: np.ndarray) -> np.ndarray:
    texts, found = missing_texts(len(place)), place >= 0
    texts[found] = column[place[found]]
    return texts


def _beside(raw: RawTable, other: RawTable, take: dict[str, str], columns: dict[str, np.ndarray]) -> RawTable:
    """The columns added, each with the way its times and numbers are written."""
    times = {ours: other.times[theirs] for ours, theirs in take.items() if theirs in other.times}
    commas = frozenset(ours for ours, theirs in take.items() if theirs in other.decimals)
    return replace(raw, columns={**raw.columns, **columns}, times={**times, **raw.times}, decimals=raw.decimals | commas)
