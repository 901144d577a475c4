"""Columns looked up in another table: chains, both directions, association tables with a primary pick."""

import numpy as np
import pandas as pd

from leadcast.errors import SourceError
from leadcast.mapping.numbers import parse_flags
from leadcast.mapping.raw import RawTable
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
    taken = [name for name in take if name in raw.frame.columns]
    if taken:
        raise SourceError(f'{key}.columns: table "{raw.name}" already has a column "{taken[0]}"; take it under another name: '
                          f'columns = {{ {other.name}_{taken[0]} = "{take[taken[0]]}" }}.')
    place, asked = _places(raw, other, join)
    columns = {ours: _taken(other.column(theirs, key), place, raw.frame.index) for ours, theirs in take.items()}
    return _beside(raw, other, take, columns), asked & (place < 0)


def _places(raw: RawTable, other: RawTable, join: Join) -> tuple[np.ndarray, np.ndarray]:
    """The matching row of the other table, -1 where none; and whether ours has a key at all."""
    if not len(raw):
        return np.empty(0, np.int64), np.empty(0, bool)
    ours = pd.DataFrame({f"key{i}": raw.column(c, "").to_numpy() for i, c in enumerate(join.on)})
    theirs = pd.DataFrame({f"key{i}": other.column(c, "").to_numpy() for i, c in enumerate(join.on.values())})
    keys = list(ours.columns)
    order = np.arange(len(theirs))
    if join.prefer:
        order = np.argsort(-np.nan_to_num(parse_flags(other.column(join.prefer, ""))[0]), kind="stable")
    theirs = theirs.iloc[order].assign(place=order).dropna(subset=keys).drop_duplicates(keys)
    asked = ours.notna().all(axis=1).to_numpy()
    if len(keys) == 1:
        found = pd.Index(theirs["key0"]).get_indexer(ours["key0"])
        place = np.where((found >= 0) & asked, theirs["place"].to_numpy()[found] if len(theirs) else -1, -1)
    else:
        place = ours.merge(theirs, how="left", on=keys)["place"].fillna(-1).to_numpy().astype(np.int64)
        place = np.where(asked, place, -1)
    return place, asked


def _taken(column: pd.Series, place: np.ndarray, index: pd.Index) -> pd.Series:
    return pd.Series(column.array.take(place, allow_fill=True), index=index, dtype=column.dtype)


def _beside(raw: RawTable, other: RawTable, take: dict[str, str], columns: dict[str, pd.Series]) -> RawTable:
    """The columns added, each with the way its times and numbers are written."""
    times = {ours: other.times[theirs] for ours, theirs in take.items() if theirs in other.times}
    commas = frozenset(ours for ours, theirs in take.items() if theirs in other.decimals)
    return RawTable(raw.name, raw.frame.assign(**columns), raw.origin, {**times, **raw.times}, raw.decimals | commas, raw.lenient)
