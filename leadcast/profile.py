"""What the rows of a training looked like, small enough to travel with the model: later rows are compared with it."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from leadcast.contract import Contract, Feature
from leadcast.members import sum_in_order

BINS = 10
MOST_LEVELS = 12
PERIODS = 8
SMOOTH = 0.5
BY_CHANCE = 2.5
"""So many standard errors the most shifted of some bins and periods is away by chance alone."""
SCORE = "the score itself"
LEARNED = "_lift"
"""How often those of an owner or a source got there is no input but learned from outcomes, more of them every day."""


def profile_rows(
    contract: Contract, values: np.ndarray, contributions: np.ndarray, log_odds: np.ndarray, outcome: np.ndarray,
    as_of: np.ndarray, entity: np.ndarray,
) -> dict[str, Any]:
    """The shape of every feature and of the score, how much each moved from period to period, and what came.

    Parameters
    ----------
    values : shape (n, p); log_odds, outcome (0, 1), as_of, entity : shape (n,)
    contributions : of some of the rows, shape (m, p)

    Returns
    -------
    plain data: per feature its bins with their shares, its ``part`` in what the model says (mean size of its contribution, all
    together 1) and its ``usual`` movement between periods, beyond what chance explains; the same of the score; the share of
    positives by period
    """
    periods = [(rows, len(set(entity[rows]))) for rows in _periods(as_of)]
    size = np.abs(contributions).mean(0) if len(values) else np.zeros(len(contract.features))
    part = size / size.sum() if size.sum() > 0 else size
    columns = [_column(feature, values[:, place]) for place, feature in enumerate(contract.features)]
    features = [
        {"name": feature.name, "part": round(float(part[place]), 6), "learned": feature.name.endswith(LEARNED), **column,
         **_shape(column, values[:, place], periods)}
        for place, (feature, column) in enumerate(zip(contract.features, columns, strict=True))
    ]
    score = _numbers(log_odds)
    return {
        "rows": len(values), "entities": len(set(entity)), "features": features,
        "score": {"name": SCORE, "part": 1.0, **score, **_shape(score, log_odds, periods)},
        "base_rate": [_rate(outcome[rows], as_of[rows], entity[rows]) for rows, _ in periods],
    }


def bin_codes(column: dict[str, Any], values: np.ndarray) -> np.ndarray:
    """Which bin of a profiled column each value falls into, shape (n,); the last bin is for missing values.

    A number falls between edges. A category has a bin per frequent level, then one for the other known levels, then one
    for what was never seen.
    """
    missing = np.isnan(values)
    if column["levels"] is None:
        edges = np.array(column["edges"], float)
        return np.where(missing, len(edges) + 1, np.searchsorted(edges, values, "right"))
    kept = np.array(column["levels"], float)
    code = np.full(len(values), len(kept))
    for place, level in enumerate(kept):
        code[values == level] = place
    code[values == -1] = len(kept) + 1
    return np.where(missing, len(kept) + 2, code)


def count_bins(column: dict[str, Any]) -> int:
    return len(column["edges"]) + 2 if column["levels"] is None else len(column["levels"]) + 3


def shares(codes: np.ndarray, bins: int) -> np.ndarray:
    """Share of each bin, none of them 0: half a row is added to each."""
    counts = np.bincount(codes, minlength=bins) + SMOOTH
    return np.asarray(counts / counts.sum())


def stability_index(expected: np.ndarray, found: np.ndarray) -> float:
    """PSI: sum of (found - expected) * log(found / expected) over bins; 0 = the same.

    Examples
    --------
    >>> round(stability_index(np.array([0.5, 0.5]), np.array([0.6, 0.4])), 4)
    0.0405
    """
    return float(sum_in_order(((found - expected) * np.log(found / expected))[None])[0])


def _column(feature: Feature, values: np.ndarray) -> dict[str, Any]:
    if not feature.is_category:
        return _numbers(values)
    levels, counts = np.unique(values[values >= 0], return_counts=True)
    kept = sorted(levels[np.argsort(-counts, kind="stable")][:MOST_LEVELS].astype(int).tolist())
    return {"levels": kept, "edges": []}


def _numbers(values: np.ndarray) -> dict[str, Any]:
    known = values[~np.isnan(values)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1])) if len(known) else np.empty(0)
    return {"levels": None, "edges": edges.tolist()}


def _shape(column: dict[str, Any], values: np.ndarray, periods: list[tuple[np.ndarray, int]]) -> dict[str, Any]:
    """Shares over all rows, and the most that a period was away from them: in PSI, and in one bin's share."""
    bins, codes = count_bins(column), bin_codes(column, values)
    whole, filled = shares(codes, bins), len(np.unique(codes))
    indices, shifts = [0.0], [0.0]
    for rows, entities in periods:
        found = shares(codes[rows], bins)
        indices.append(stability_index(whole, found) - (filled - 1) / entities)
        shifts.append(float((np.abs(found - whole) - BY_CHANCE * np.sqrt(whole * (1 - whole) / entities)).max()))
    missing = float(np.isnan(values).mean()) if len(values) else 0.0
    return {"shares": whole.tolist(), "missing": missing, "usual": round(max(indices), 6), "usual_shift": round(max(shifts), 6)}


def _periods(as_of: np.ndarray) -> Iterator[np.ndarray]:
    """Rows in order of time, in blocks of equal number."""
    order = np.argsort(as_of, kind="stable")
    yield from (rows for rows in np.array_split(order, PERIODS) if len(rows))


def _rate(outcome: np.ndarray, as_of: np.ndarray, entity: np.ndarray) -> dict[str, Any]:
    return {"from": str(as_of.min()), "to": str(as_of.max()), "rows": len(outcome), "entities": len(set(entity)),
            "came": float(outcome.mean())}
