"""Sums of parts in a fixed order: the number of rows cannot change the rounding, nor can the number of threads."""

import numpy as np

FEW_ROWS = 64
"""Up to so many rows, one call for all columns is quicker than one for each column."""


def sum_in_order(parts: np.ndarray) -> np.ndarray:
    """Row sums of shape (n,), column after column, so that the batch size cannot change the rounding.

    Examples
    --------
    >>> sum_in_order(np.array([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [3.0, 7.0]
    """
    if len(parts) <= FEW_ROWS and parts.shape[1]:
        return np.asarray(np.add.accumulate(parts, axis=1)[:, -1] + 0.0)  # accumulate never sums pairwise; -0.0 becomes 0.0
    total = np.zeros(len(parts))
    for column in parts.T:
        total += column
    return total


def sums_by_group(parts: np.ndarray, group: np.ndarray, groups: int) -> tuple[np.ndarray, np.ndarray]:
    """Row sums over all columns, shape (n,), and over those of each group, shape (groups, n), column after column.

    Parameters
    ----------
    parts : shape (n, p)
    group : of each column, 0 to ``groups - 1``, shape (p,)

    Examples
    --------
    >>> total, sums = sums_by_group(np.array([[1.0, 2.0, 4.0]]), np.array([0, 1, 0]), 2)
    >>> total.tolist(), sums.tolist()
    ([7.0], [[5.0], [2.0]])
    """
    if len(parts) <= FEW_ROWS and parts.shape[1]:
        taken = np.concatenate([np.ones((1, len(group))), group == np.arange(groups)[:, None]])
        found = np.add.accumulate(parts * taken[:, None], axis=2)[:, :, -1] + 0.0
        return found[0], found[1:]
    total, sums = np.zeros(len(parts)), np.zeros((groups, len(parts)))
    for place, column in zip(group.tolist(), parts.T, strict=True):
        total += column
        sums[place] += column
    return total, sums
