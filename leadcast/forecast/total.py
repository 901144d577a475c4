"""The forecast of a period: closed won, from open deals and from deals not yet created, as sums and as distributions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from leadcast.forecast.counts import count_pmf
from leadcast.forecast.distribution import Distribution
from leadcast.forecast.money import money_draws
from leadcast.forecast.rows import Rows, RowsError, names, read_rows
from leadcast.forecast.spread import Spread


@dataclass(frozen=True)
class Measure:
    """One thing a period brings: a count of wins, revenue or margin.

    Attributes
    ----------
    won, open, new : expected, of closed won deals, of open ones and of those not yet created
    whole : how the total is distributed
    """

    won: float
    open: float
    new: float
    whole: Distribution

    @property
    def total(self) -> float:
        return self.won + self.open + self.new

    def to_json(self) -> dict[str, Any]:
        return {"won": self.won, "open": self.open, "new": self.new, "total": self.total, "whole": self.whole.to_json()}


@dataclass(frozen=True)
class Goal:
    """A quota and how a forecast stands to it.

    Attributes
    ----------
    quota : money to win in the period
    reach : P(total >= quota)
    gap : quota less the expected total; below 0 where more is expected
    coverage : open pipeline over what is still to win, or None where nothing is
    """

    quota: float
    reach: float
    gap: float
    coverage: float | None

    def to_json(self) -> dict[str, float | None]:
        return {"quota": self.quota, "reach": self.reach, "gap": self.gap, "coverage": self.coverage}


@dataclass(frozen=True)
class Part:
    """The forecast of all rows, or of those of one owner, region, ...

    Attributes
    ----------
    margin : None where the rows have none
    open_deals, pipeline : number of open deals and their amount now, whatever their probability
    without_amount : won and open deals that count but add no money
    slips, slipped : expected number, and amount now, of open deals that should close in the period and will be open after it
    goal : None without a quota
    """

    count: Measure
    amount: Measure
    margin: Measure | None
    open_deals: int
    pipeline: float
    without_amount: int
    slips: float
    slipped: float
    goal: Goal | None

    def to_json(self) -> dict[str, Any]:
        return {
            "count": self.count.to_json(), "amount": self.amount.to_json(),
            "margin": None if self.margin is None else self.margin.to_json(),
            "open_deals": self.open_deals, "pipeline": self.pipeline, "without_amount": self.without_amount,
            "slips": self.slips, "slipped": self.slipped, "goal": None if self.goal is None else self.goal.to_json(),
        }


@dataclass(frozen=True)
class Forecast:
    """A period's forecast as a whole and, where asked for, by a column: the largest expected amount first."""

    total: Part
    by: str | None
    parts: Mapping[str, Part]

    def to_json(self) -> dict[str, Any]:
        parts = {name: part.to_json() for name, part in self.parts.items()}
        return {"total": self.total.to_json(), "by": self.by, "parts": parts}


def period_forecast(
    rows: pd.DataFrame, spread: Spread, quota: float | None = None, by: str | None = None,
    quotas: Mapping[str, float] | None = None,
) -> Forecast:
    """Closed won + from open deals + from deals not yet created, of count, revenue and margin.

    The means of parts add up to the mean of the whole. Their **quantiles do not**, and should not: that every owner has a
    bad month at once is rarer than that one has, so the P10 of the whole lies above the sum of the parts' P10, and its P90
    below the sum of theirs. Read a part's range as that part's own, under the same shared shock as everyone else's.

    Parameters
    ----------
    rows : one per deal or template of new deals: ``kind`` ("won", "open", "new"), ``expected`` (1; P(won in the period);
        expected number of wins), ``amount`` (NaN = missing: counts but adds no money), ``margin``?, ``slips``? (P(still open at
        the period's end) of deals that should close in it), any column to group by
    spread : what is uncertain besides chance
    quota : money to win in the period
    by : a column of ``rows``; a missing value is "(none)"
    quotas : money to win by value of ``by``; whoever has one is a part, also without a row

    Returns
    -------
    expected money of open and new rows is ``expected * amount * mean ratio``

    Raises
    ------
    RowsError : the rows are not forecast rows, or ``by`` is not a column of them

    Examples
    --------
    >>> rows = pd.DataFrame({"kind": ["won", "open", "new"], "expected": [1, 0.5, 2.0], "amount": [100.0, 80.0, 30.0]})
    >>> total = period_forecast(rows, Spread(), quota=140.0).total
    >>> total.amount.won, total.amount.open, total.amount.new, total.goal.gap, total.goal.coverage
    (100.0, 40.0, 60.0, -60.0, 2.0)
    """
    read = read_rows(rows)
    if by is None:
        return Forecast(_part(read, spread, quota), None, {})
    if by not in rows:
        raise RowsError(f"Forecast rows have no column {by}; they have {', '.join(map(str, rows.columns))}.")
    codes, values = pd.factorize(names(rows[by]), sort=True)
    order = np.argsort(codes, kind="stable")
    places = np.split(order, np.searchsorted(codes[order], np.arange(1, len(values)))) if len(values) else []
    to_win = dict(quotas or {})
    parts = {str(value): _part(read.pick(place), spread, to_win.pop(str(value), None))
             for value, place in zip(values, places, strict=True)}
    nothing = read.pick(np.empty(0, np.int64))
    parts |= {holder: _part(nothing, spread, amount) for holder, amount in to_win.items()}
    largest = sorted(parts.items(), key=lambda item: -item[1].amount.total)
    return Forecast(_part(read, spread, quota), by, dict(largest))


def _part(rows: Rows, spread: Spread, quota: float | None) -> Part:
    is_open = rows.kind == 1
    amount = _money(rows, rows.amount, spread)
    pipeline = float(rows.amount[is_open].sum())
    return Part(
        _count(rows, spread), amount, None if rows.margin is None else _money(rows, rows.margin, spread),
        int(is_open.sum()), pipeline, int((rows.without_amount & (rows.kind != 2)).sum()),
        float(rows.slips.sum()), float(rows.slips @ rows.amount), None if quota is None else _goal(quota, amount, pipeline),
    )


def _count(rows: Rows, spread: Spread) -> Measure:
    won, chance, new = (rows.expected[rows.kind == kind] for kind in range(3))
    means = len(won), float(chance.sum()), float(new.sum())
    first, pmf = count_pmf(chance, means[2], spread)
    return Measure(float(means[0]), *means[1:], Distribution.of_counts(len(won) + first, pmf, sum(means)))


def _money(rows: Rows, amount: np.ndarray, spread: Spread) -> Measure:
    is_open, is_new = rows.kind == 1, rows.kind == 2
    chance, rate = rows.expected[is_open], rows.expected[is_new]
    won = float(amount[rows.kind == 0].sum())
    means = won, float(chance @ amount[is_open]) * spread.mean_ratio, float(rate @ amount[is_new]) * spread.mean_ratio
    draws = won + money_draws(chance, amount[is_open], rate, amount[is_new], spread)
    return Measure(*means, Distribution.of_draws(draws, sum(means)))


def _goal(quota: float, amount: Measure, pipeline: float) -> Goal:
    still = quota - amount.won
    return Goal(float(quota), amount.whole.reach(quota), quota - amount.total, pipeline / still if still > 0 else None)
