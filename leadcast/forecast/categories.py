"""The CRM's forecast categories beside the model: what people committed to, and what the model expects of it."""

import re

import numpy as np
import pandas as pd

from leadcast.forecast.rows import RowsError, names, read_rows
from leadcast.forecast.spread import Spread

ROLL_UP = ("closed", "commit", "best case", "pipeline")
LEFT_OUT = "omitted"
COLUMNS = ["deals", "amount", "expected_count", "expected_amount", "model_share", "rolled_up", "rolled_up_expected"]


def forecast_categories(rows: pd.DataFrame, spread: Spread) -> pd.DataFrame:
    """What each forecast category holds, what the model expects of it, and the usual roll-up.

    A sales team reads "commit" as closed plus commit, as if a commit were certain. ``model_share`` says how much of it the
    model expects within the period, and ``rolled_up_expected`` is the same roll-up in the model's own numbers.

    Parameters
    ----------
    rows : as :func:`leadcast.forecast.period_forecast` takes them, with a column ``category`` in the CRM's own spelling; won
        rows are "closed" whatever it says, new ones are in no category

    Returns
    -------
    one row per category, closed, commit, best case, pipeline, omitted first and others as they come, "(none)" for a missing one;
    columns: deals, amount (now), expected_count, expected_amount, model_share (expected_amount / amount, NaN without an
    amount), rolled_up and rolled_up_expected (this category and those above it; NaN for omitted and others)

    Raises
    ------
    RowsError : there is no column ``category``

    Examples
    --------
    >>> rows = pd.DataFrame({"kind": ["won", "open", "open"], "expected": [1, 0.5, 0.25], "amount": [100.0, 80.0, 40.0],
    ...                      "category": ["Closed", "Commit", "Best Case"]})
    >>> forecast_categories(rows, Spread())[["amount", "model_share", "rolled_up", "rolled_up_expected"]].reset_index()
        category  amount  model_share  rolled_up  rolled_up_expected
    0     closed   100.0         1.00      100.0               100.0
    1     commit    80.0         0.50      180.0               140.0
    2  best case    40.0         0.25      220.0               150.0
    """
    if "category" not in rows:
        raise RowsError("Forecast rows have no column category. Map it in leadcast.toml under [opportunities.columns].")
    read = read_rows(rows)
    name = names(rows["category"]).map(plain_category).where(read.kind != 0, ROLL_UP[0])
    table = pd.DataFrame({
        "deals": 1.0, "amount": read.amount, "expected_count": read.expected,
        "expected_amount": read.expected * read.amount * np.where(read.kind == 0, 1.0, spread.mean_ratio),
    }, index=rows.index)[read.kind != 2]
    held = table.groupby(name[read.kind != 2].to_numpy(), sort=False).sum()
    first = [category for category in (*ROLL_UP, LEFT_OUT) if category in held.index]
    held = held.loc[first + [category for category in held.index if category not in first]]
    held["model_share"] = held["expected_amount"] / held["amount"].where(held["amount"] != 0)
    adds = held.index.isin(ROLL_UP)
    held["rolled_up"] = held["amount"].cumsum().where(adds)
    held["rolled_up_expected"] = held["expected_amount"].cumsum().where(adds)
    held.index.name = "category"
    return held[COLUMNS].astype({"deals": "int64"})


def plain_category(category: str) -> str:
    """Best Case, best_case, BestCase and BEST CASE are one."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|[\s_-]+", " ", category.strip())
    return " ".join(apart.lower().split())
