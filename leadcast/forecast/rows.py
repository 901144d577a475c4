"""The rows of a forecast: what is won, what is open and what stands for deals not yet created, checked once."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from leadcast.errors import LeadcastError

KINDS = ("won", "open", "new")
NO_ONE = "(none)"
"""Under which what has no value in a column is added up."""


class RowsError(LeadcastError):
    """A table that is not one of forecast rows."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Columns of shape (n,), one per deal or template.

    Attributes
    ----------
    kind : 0 won in the period already, 1 open, 2 new: a recent deal that stands for those to come
    expected : won, 1; open, P(won in the period); new, expected number of wins from deals like this one
    amount, margin : money now, 0 where missing; margin is None where the table has none
    without_amount : the amount is missing
    slips : of an open deal that should close in the period, P(still open at its end); else 0
    """

    kind: np.ndarray
    expected: np.ndarray
    amount: np.ndarray
    margin: np.ndarray | None
    without_amount: np.ndarray
    slips: np.ndarray

    def pick(self, which: np.ndarray) -> "Rows":
        """The rows at these places, or where a mask is true."""
        margin = None if self.margin is None else self.margin[which]
        return Rows(self.kind[which], self.expected[which], self.amount[which], margin, self.without_amount[which],
                    self.slips[which])


def read_rows(table: pd.DataFrame) -> Rows:
    """Forecast rows from a table of ``kind`` ("won", "open", "new"), ``expected``, ``amount``, ``margin``? and ``slips``?.

    Raises
    ------
    RowsError : a column is missing, a kind is unknown, an expectation is no probability or below 0, money is infinite
    """
    missing = [name for name in ("kind", "expected", "amount") if name not in table]
    if missing:
        raise RowsError(f"Forecast rows are missing {', '.join(missing)}; they have "
                        f"{', '.join(map(str, table.columns)) or 'nothing'}. Each row is one deal: kind, expected, amount.")
    kind = np.full(len(table), -1)
    for code, name in enumerate(KINDS):
        kind[(table["kind"] == name).to_numpy(bool)] = code
    if (kind < 0).any():
        found = sorted({str(value) for value in table["kind"][kind < 0]})[:5]
        raise RowsError(f"A forecast row's kind is won, open or new; found {', '.join(found)}.")
    money = {name: table[name].to_numpy(float) for name in ("amount", "margin") if name in table}
    for name, values in money.items():
        if np.isinf(values).any():
            raise RowsError(f"A forecast row's {name} is infinite. Leave it empty where it is not known.")
    slips = np.nan_to_num(table["slips"].to_numpy(float)) if "slips" in table else np.zeros(len(table))
    return Rows(kind, _expected(table["expected"].to_numpy(float), kind), np.nan_to_num(money["amount"]),
                np.nan_to_num(money["margin"]) if "margin" in money else None,
                np.isnan(money["amount"]), np.where(kind == 1, slips, 0.0))


def names(column: pd.Series) -> pd.Series:
    """The values to group by as text; a missing one is "(none)"."""
    return column.astype(object).where(column.notna(), NO_ONE).astype(str)


def _expected(expected: np.ndarray, kind: np.ndarray) -> np.ndarray:
    highest = np.array([1.0, 1.0, np.inf])[kind] + 1e-9  # a curve may round above 1
    wrong = ~((expected >= -1e-9) & (expected <= highest) & np.isfinite(expected)) | ((kind == 0) & (expected != 1))
    if wrong.any():
        place = int(np.flatnonzero(wrong)[0])
        raise RowsError(f"Row {place} of a forecast is {KINDS[kind[place]]} and expects {expected[place]} wins; won is 1, open a "
                        "probability from 0 to 1, new any number from 0 up.")
    return np.where(kind == 2, np.maximum(expected, 0.0), np.clip(expected, 0.0, 1.0))
