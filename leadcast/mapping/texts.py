"""Columns of texts as the mapping holds them: object arrays of Python texts, None where missing."""

from collections.abc import Sequence

import numpy as np

_NONE = np.array(None)


def objects_of(values: Sequence[object]) -> np.ndarray:
    """A list as an array of Python objects, shape (n,)."""
    found = np.empty(len(values), object)
    found[:] = values
    return found


def missing_texts(rows: int) -> np.ndarray:
    """A text column without a single value."""
    return np.full(rows, None, object)


def is_missing(texts: np.ndarray) -> np.ndarray:
    """The rows without a text, boolean; much quicker than asking pandas, which knows more kinds of nothing."""
    found: np.ndarray = texts == _NONE
    return found
