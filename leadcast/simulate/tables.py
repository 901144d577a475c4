"""Tables of a block put together."""

import numpy as np

from leadcast.table import Table


def stack(tables: list[Table]) -> Table:
    """Tables of equal columns, one below the other."""
    return Table({name: np.concatenate([table[name] for table in tables]) for name in tables[0].names})


def where_else_none(mask: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Texts where the mask holds, None elsewhere; object, shape (n,)."""
    found = np.full(len(mask), None, object)
    found[mask] = values[mask]
    return found
