"""What a score is called: fixed cuts, the same for every model and every day."""

from collections.abc import Iterable

import numpy as np

CUTS: tuple[tuple[str, float], ...] = (("A", 90.0), ("B", 70.0), ("C", 40.0), ("D", 0.0))
"""Grade and the lowest score that earns it: A is the best tenth of the reference population, B the next fifth."""


def grade(score: float) -> str | None:
    """The grade of a score of 0-100: a pure function of the score; None for a missing score.

    Examples
    --------
    >>> [grade(s) for s in (100, 90, 89.999, 70, 40, 0)]
    ['A', 'A', 'B', 'B', 'C', 'D']
    """
    return next((name for name, lowest in CUTS if score >= lowest), None)


def grades(scores: Iterable[float]) -> np.ndarray:
    """Grades of many scores, object, shape (n,)."""
    return np.array([grade(score) for score in scores], dtype=object)
