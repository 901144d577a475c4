"""What was said and what came, period by period: does the world drift away from the model?"""

from typing import Any

import numpy as np

from leadcast.metrics import wilson
from training.groups import Newest

WANTED = 5
MOST_PERIODS = 24
PARTS = 8
DAY = np.timedelta64(1, "D")
MONDAY = np.datetime64("1970-01-05")
UNITS = (("day", 1), ("week", 7), ("month", 30), ("quarter", 91), ("year", 365))


def periods(
    as_of: np.ndarray, outcome: np.ndarray, weight: np.ndarray, entity: np.ndarray, unit: str
) -> list[dict[str, Any]]:
    """The share that came of older rows, by period of the look, the last 24."""
    lines = []
    for name, rows in _parts(as_of, unit)[-MOST_PERIODS:]:
        came = float(np.average(outcome[rows], weights=weight[rows]))
        entities = len(set(entity[rows]))
        low, high = wilson(came, entities)
        lines.append({"period": name, "rows": len(rows), "entities": entities, "came": came, "low": low, "high": high})
    return lines


def said_and_came(newest: Newest, when: np.ndarray, unit: str) -> list[dict[str, Any]]:
    """What was said and what came, by period of ``when`` (a look, or a creation: then the lines are cohorts)."""
    known = np.flatnonzero(~np.isnat(when))
    return [{"period": name, **newest.line(known[rows])} for name, rows in _parts(when[known], unit)][-MOST_PERIODS:]


def in_order(newest: Newest) -> list[dict[str, Any]]:
    """The same for rows that have an order and no dates: eight parts of equal size, the oldest first."""
    parts = np.array_split(np.arange(len(newest.said)), min(PARTS, len(newest.said)))
    return [{"period": f"part {number}", **newest.line(rows)} for number, rows in enumerate(parts, start=1)]


def unit_of(when: np.ndarray) -> str:
    """The longest unit that still cuts the time of these rows into at least five, or days."""
    span = (when.max() - when.min()) / DAY if len(when) else 0.0
    return [name for name, days in UNITS if name == "day" or span >= WANTED * days][-1]


def start_of(when: np.ndarray, unit: str) -> np.ndarray:
    """The first day of each moment's period, shape (n,); weeks begin on Monday."""
    day = when.astype("datetime64[D]")
    if unit == "week":
        return np.asarray(MONDAY + (day - MONDAY) // np.timedelta64(7, "D") * np.timedelta64(7, "D"))
    if unit in ("month", "quarter"):
        month = when.astype("datetime64[M]")
        back = month.astype(int) % 3 if unit == "quarter" else 0
        return np.asarray((month - back).astype("datetime64[D]"))
    return day if unit == "day" else when.astype("datetime64[Y]").astype("datetime64[D]")


def _parts(when: np.ndarray, unit: str) -> list[tuple[str, np.ndarray]]:
    starts, code = np.unique(start_of(when, unit), return_inverse=True)
    return [(str(start), np.flatnonzero(code == number)) for number, start in enumerate(starts)]
