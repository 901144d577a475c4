"""Whom to call first."""

import numpy as np
import pandas as pd

from leadcast.history import History
from leadcast.table import TIME


def worth_a_call(history: History, scores: pd.DataFrame, most: int = 10) -> tuple[pd.DataFrame, pd.Series | None]:
    """The rows of one target most worth a call: leads by their chance, deals by chance times amount.

    Parameters
    ----------
    scores : rows of one target at one ``as_of``

    Returns
    -------
    (the best rows, their amounts by index; None for leads). A deal without an amount goes after those with one.
    """
    if scores.empty or scores["entity"].iloc[0] != "opportunity":
        return scores.sort_values("probability", ascending=False, kind="stable").head(most), None
    rows = history.rows("opportunity", scores["entity_id"])
    as_of = scores["as_of"].iloc[0].tz_localize(None).to_datetime64().astype(TIME)
    amount = np.asarray(history.value_at("opportunity", "amount", rows, np.full(len(rows), as_of, TIME)), float)
    worth = np.nan_to_num(amount) * scores["probability"].to_numpy(float)
    order = np.lexsort((-scores["probability"].to_numpy(float), -worth))[:most]
    best = scores.iloc[order]
    return best, pd.Series(amount[order], index=best.index)
