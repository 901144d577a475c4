"""What a deal knows of the lead it came from."""

import numpy as np

from leadcast.history import History
from leadcast.table import missing_of


def known_leads(history: History, rows: np.ndarray, as_of: np.ndarray) -> np.ndarray:
    """Each deal's lead (its row), -1 where there is none, or none created by then; shape (n,)."""
    lead = history.lead_rows[rows]
    if not history.leads.rows:
        return lead
    return np.where(history.leads["created_at"][lead] > as_of, -1, lead)


def lead_values(history: History, name: str, rows: np.ndarray, as_of: np.ndarray) -> np.ndarray:
    """A column of each deal's lead as known at ``as_of``, shape (n,); missing where there is no lead by then.

    Parameters
    ----------
    rows : of the deals
    as_of : UTC
    """
    column = history.leads[name]
    values = np.full(len(rows), missing_of(column.dtype), column.dtype)
    lead = known_leads(history, rows, as_of)
    has = np.flatnonzero(lead >= 0)
    values[has] = history.value_at("lead", name, lead[has], as_of[has])
    return values
