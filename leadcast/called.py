"""A manager's calls beside the model: what the model expects of the same deals, and how likely it is that the call is reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from leadcast.calls import Call
from leadcast.forecast import Measure, Part, Spread, period_forecast
from leadcast.forecast.rows import names


@dataclass(frozen=True, eq=False)
class Called:
    """A call and the model's forecast of the same deals.

    Attributes
    ----------
    part : None where nobody in the forecast has that owner
    currency : of the forecast's money
    """

    call: Call
    part: Part | None
    currency: str

    @property
    def measure(self) -> Measure | None:
        """Of what the call speaks of: money, or the number of deals where it names no money or that of another currency."""
        if self.part is None:
            return None
        if self._speaks_of_money:
            return self.part.amount
        return self.part.count if self.call.count is not None else None

    @property
    def reach(self) -> float | None:
        """P(at least what was called)."""
        called = self.call.amount if self._speaks_of_money else self.call.count
        return None if self.measure is None or called is None else self.measure.whole.reach(called)

    @property
    def _speaks_of_money(self) -> bool:
        return self.call.amount is not None and self.call.currency == self.currency

    def to_json(self) -> dict[str, Any]:
        """The call, and beside it the model's expected money and deals, P10 and P90 of what was called, and P(at least that)."""
        part, measure = self.part, self.measure
        model = None if part is None else {"amount": part.amount.total, "count": part.count.total}
        told = None if measure is None else {"p10": measure.whole.p10, "p90": measure.whole.p90}
        return {**self.call.to_json(), "model": model, "range": told, "reach": self.reach}


def beside(calls: Sequence[Call], rows: pd.DataFrame, spread: Spread, currency: str) -> list[Called]:
    """Each call beside the model's forecast of the team's or the owner's rows.

    Parameters
    ----------
    rows, spread : as :func:`leadcast.forecast.period_forecast` takes them

    Examples
    --------
    >>> import numpy as np
    >>> from leadcast.period import named_period
    >>> rows = pd.DataFrame({"kind": ["open", "open"], "expected": [0.25, 1.0], "amount": [100.0, 40.0], "owner": ["ann", "bob"]})
    >>> call = Call(named_period("2026-Q1"), "ann", 100.0, None, "EUR", "", "Mia", np.datetime64("2026-02-01"))
    >>> [called] = beside([call], rows, Spread(), "EUR")
    >>> called.part.amount.total, round(called.reach, 2)
    (25.0, 0.25)
    """
    owner = names(rows["owner"]) if "owner" in rows else pd.Series("", rows.index, dtype=object)
    return [Called(call, _part(rows if call.owner is None else rows[owner == call.owner], spread), currency) for call in calls]


def _part(rows: pd.DataFrame, spread: Spread) -> Part | None:
    return period_forecast(rows, spread).total if len(rows) else None
