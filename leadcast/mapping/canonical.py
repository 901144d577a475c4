"""A canonical table seen as raw text again, so that a ``where`` can speak of it."""

import numpy as np

from leadcast.mapping.raw import RawTable, text_of
from leadcast.mapping.texts import objects_of
from leadcast.table import Table


def as_raw(name: str, table: Table) -> RawTable:
    """Every canonical column as text; times in ISO format, UTC."""
    return RawTable(name, {c: objects_of(canonical_texts(table[c])) for c in table.names}, table.rows, "as mapped")


def canonical_texts(values: np.ndarray) -> list[str | None]:
    """Values as field history keeps them: numbers as Python writes them, times in ISO format without offset, None = missing."""
    if values.dtype.kind == "M":
        return [None if np.isnat(v) else str(v) for v in values]
    if values.dtype.kind == "f":
        return [None if np.isnan(v) else repr(float(v)) for v in values]
    return [text_of(v) for v in values]
