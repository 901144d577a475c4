"""What campaigns cost in a span of time: each cost spread evenly over the days of its period."""

from collections.abc import Mapping

import numpy as np

from leadcast.moment import days_between
from leadcast.quota_periods import spans_of
from leadcast.table import Table

COLUMNS = ("source", "campaign")
"""Columns of leads that a cost can name."""


def costs_by(
    costs: Table, column: str, start: np.datetime64 | None, end: np.datetime64, timezone: str | None = None,
    fiscal_start_month: int = 1,
) -> Mapping[str | None, float]:
    """The cost of each source or campaign in ``start <= day < end``, in the reporting currency.

    A first day that stands alone, so that nothing says how long its period lasts, counts whole on that day.

    Parameters
    ----------
    costs : the canonical table
    column : one of COLUMNS
    start : None: from the beginning

    Examples
    --------
    93 EUR of January, of which ten of 31 days are asked for, and 59 EUR of February.

    >>> from leadcast.schema import COSTS
    >>> text = lambda *t: np.array(t, object)
    >>> table = COSTS.check(Table({"source": text("fair", "fair"), "period": text("2026-01", "2026-02"),
    ...                            "amount": np.array([93.0, 59.0])}))
    >>> dict(costs_by(table, "source", np.datetime64("2026-01-22", "us"), np.datetime64("2026-03-01", "us")))
    {'fair': 89.0}
    """
    spans = spans_of(costs["period"], timezone, fiscal_start_month)
    found: dict[str | None, float] = {}
    for name, period, amount in zip(costs[column], costs["period"], costs["amount"], strict=True):
        begins, until = spans[period].start, spans[period].end
        until = begins + np.timedelta64(1, "D") if until is None else until
        inside = float(days_between(begins if start is None else max(begins, start), min(until, end)))
        share = max(inside, 0.0) / float(days_between(begins, until))
        if share > 0:
            found[name] = found.get(name, 0.0) + share * float(amount)
    return found
