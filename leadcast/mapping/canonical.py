"""A canonical table seen as raw text again, so that a ``where`` can speak of it."""

import numpy as np
import pandas as pd

from leadcast.mapping.raw import TEXT, RawTable, text_of
from leadcast.table import Table


def as_raw(name: str, table: Table) -> RawTable:
    """Every canonical column as text; times in ISO format, UTC."""
    return RawTable(name, pd.DataFrame({c: pd.Series(canonical_texts(table[c]), dtype=TEXT) for c in table.names}), "as mapped")


def canonical_texts(values: np.ndarray) -> list[str | None]:
    """Values as field history keeps them: numbers as Python writes them, times in ISO format without offset, None = missing."""
    if values.dtype.kind == "M":
        return [None if np.isnat(v) else str(v) for v in values]
    if values.dtype.kind == "f":
        return [None if np.isnan(v) else repr(float(v)) for v in values]
    return [text_of(v) for v in values]
