"""Closed won plus open deals times their probability: expected values only, by any column."""

import numpy as np
import pandas as pd

PARTS = ["won_count", "won_amount", "open_count", "open_amount", "expected_count", "expected_amount",
         "total_count", "total_amount", "without_amount"]
NO_ONE = "(none)"


def weighted_forecast(rows: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """Closed won plus open deals times their probability, per value of a column; the parts add up to the whole.

    A deal without an amount adds to the counts and not to the money; ``without_amount`` says how many there are.

    Parameters
    ----------
    rows : one per deal: ``won`` (closed won in the period), ``probability`` (of being won in it), ``amount`` (NaN =
        missing), and the columns to group by
    by : a column of ``rows``; None for the total in one row named "total". A missing value is "(none)".

    Returns
    -------
    one row per value, the largest total first, index ``by``; columns ``PARTS``: won_count and won_amount (closed won),
    open_count and open_amount (all open deals), expected_count and expected_amount (open, times probability),
    total_count and total_amount (won + expected), without_amount

    Raises
    ------
    KeyError : ``by`` is not a column of ``rows``

    Examples
    --------
    >>> rows = pd.DataFrame({"owner": ["ann", "bob"], "won": [True, False], "probability": [1.0, 0.25], "amount": [100.0, 80.0]})
    >>> weighted_forecast(rows)["total_amount"].tolist(), weighted_forecast(rows, "owner")["total_amount"].tolist()
    ([120.0], [100.0, 20.0])
    """
    won = rows["won"].to_numpy(bool)
    amount = rows["amount"].to_numpy(float)
    money = np.nan_to_num(amount)
    chance = np.where(won, 0.0, rows["probability"].to_numpy(float))
    parts = pd.DataFrame({
        "won_count": won.astype(float), "won_amount": np.where(won, money, 0.0),
        "open_count": (~won).astype(float), "open_amount": np.where(won, 0.0, money),
        "expected_count": chance, "expected_amount": chance * money,
    })
    parts["total_count"] = parts["won_count"] + parts["expected_count"]
    parts["total_amount"] = parts["won_amount"] + parts["expected_amount"]
    parts["without_amount"] = np.isnan(amount).astype(float)
    names = pd.Series("total", index=parts.index, dtype=object) if by is None else _names(rows[by])
    summed = parts.groupby(names.to_numpy(), sort=True).sum()
    if by is None and summed.empty:
        summed = pd.DataFrame(0.0, index=["total"], columns=parts.columns)
    summed.index.name = by or "total"
    counts = dict.fromkeys(("won_count", "open_count", "without_amount"), "int64")
    return summed[PARTS].astype(counts).sort_values("total_amount", ascending=False, kind="stable")


def _names(column: pd.Series) -> pd.Series:
    return column.astype(object).where(column.notna(), NO_ONE).astype(str)
