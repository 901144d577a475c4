"""Why two forecasts of one period differ: deal by deal, in pieces that add up to the difference.

Each deal counts for probability × amount, an open one also times the mean ratio of the amount at the win to the amount now.
From the earlier to the later snapshot the amount moves first, at the old probability (**up**, **down**); then the probability
moves, at the new amount, and goes to what happened: **won** (what had not been counted on yet), **lost**, **won elsewhere**
(outside of the period), **removed** (gone, and nobody knows how it ended), **reopened**, **pushed** or **pulled** (the rep's
date moved later or earlier), else **probability**; then the mean ratio (**ratio**). A deal that was not in the earlier one is
**new** (created since), **reopened** (known as closed then) or **added** (there before, but not in the forecast). What is
expected from deals not yet created is **new business**.

Every step is rounded to a whole number of a small unit before differences are taken, so that pieces add up exactly.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from leadcast.errors import LeadcastError
from leadcast.snapshots import Snapshot

PIECES = ("new", "added", "won", "lost", "won_elsewhere", "removed", "reopened", "pushed", "pulled", "up", "down", "probability",
          "ratio", "new_business")
_DIGITS = 17
"""Of the largest sum in units; 64 bits hold 18, and a float 15 to 17."""
_FINEST = 9
NOT_THERE = ""


class ExplanationError(LeadcastError):
    """Two snapshots that speak of different things."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """The difference between two snapshots, later less earlier.

    Attributes
    ----------
    before, after : the ids
    money, count : by piece, expected money and expected wins; every piece of ``PIECES`` is there
    money_before, money_after, count_before, count_after : what they are the difference of
    deals : one row per deal that changed anything, the largest effect on the money first: entity_id, piece (where its
        change of probability went), money, count, probability_before, probability_after, amount_before, amount_after (NaN
        where it was not there), and a column of money per piece but new_business
    """

    before: str
    after: str
    currency: str
    money: Mapping[str, float]
    count: Mapping[str, float]
    money_before: float
    money_after: float
    count_before: float
    count_after: float
    deals: pd.DataFrame

    def to_json(self) -> dict[str, Any]:
        deals = self.deals.astype(object).where(self.deals.notna(), None)
        return {**{name: getattr(self, name) for name in ("before", "after", "currency", "money_before", "money_after",
                                                          "count_before", "count_after")},
                "money": dict(self.money), "count": dict(self.count), "deals": deals.to_dict("records")}


def explain(before: Snapshot, after: Snapshot) -> Explanation:
    """What lies between two snapshots of the same period, as pieces that add up to the difference.

    Exact in whole billionths (of the currency, of a win), in larger decimal units where sums pass a hundred million.

    Raises
    ------
    ExplanationError : they differ in period, currency or entity, the first is the later one, or an amount is beyond reason
    """
    _check(before, after)
    pairs = _Pairs.of(before, after)
    money = _Steps.of(pairs, money=True)
    count = _Steps.of(pairs, money=False)
    return Explanation(
        before.id, after.id, before.about.currency, money.pieces(), count.pieces(),
        *money.told(), *count.told(), _deals(pairs, money, count),
    )


def _check(before: Snapshot, after: Snapshot) -> None:
    one, other = before.about, after.about
    spans = [(about.period.start, about.period.end) for about in (one, other)]
    for what, first, second, same in (
        ("period", one.period.name, other.period.name, spans[0] == spans[1]),
        ("currency", one.currency, other.currency, one.currency == other.currency),
        ("entity", one.entity, other.entity, one.entity == other.entity),
    ):
        if not same:
            raise ExplanationError(f"{before.id} and {after.id} cannot be compared: their {what} is {first} and {second}. "
                                   f"Choose two snapshots of one {what}.")
    if one.as_of > other.as_of:
        raise ExplanationError(f"{before.id} is later than {after.id}: give the earlier snapshot first.")


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Every deal of either snapshot, before and after side by side.

    Attributes
    ----------
    ids, piece : shape (deals,); where the deal's change of probability goes
    there, probability, amount, ratio : shape (deals, 2); not there: False, 0, NaN, NaN
    new_money, new_count : what is expected from deals not yet created, before and after
    """

    ids: np.ndarray
    piece: np.ndarray
    there: np.ndarray
    probability: np.ndarray
    amount: np.ndarray
    ratio: np.ndarray
    new_money: tuple[float, float]
    new_count: tuple[float, float]

    @classmethod
    def of(cls, before: Snapshot, after: Snapshot) -> "_Pairs":
        deals = [_deals_of(snapshot) for snapshot in (before, after)]
        ids = deals[0].index.union(deals[1].index, sort=True)
        old, new = (table.reindex(ids) for table in deals)
        there, chance, amount, ratio = (
            np.column_stack([table[name].to_numpy(float) for table in (old, new)])
            for name in ("there", "expected", "amount", "ratio"))
        money, count = zip(*(_new_business(snapshot) for snapshot in (before, after)), strict=True)
        piece = _piece_of(ids, old, new, before, after)
        return cls(ids.to_numpy(object), piece, there == 1, np.nan_to_num(chance), amount, ratio, money, count)


def _deals_of(snapshot: Snapshot) -> pd.DataFrame:
    rows = snapshot.rows
    deals = rows[rows["kind"] != "new"]
    table = deals.reindex(columns=["kind", "expected", "amount", "expected_close", "created_at"]).set_axis(deals["entity_id"])
    dates = {name: pd.to_datetime(table[name]) for name in ("expected_close", "created_at")}
    return table.assign(**dates, there=1.0, ratio=np.where(table["kind"] == "open", _ratio(snapshot), 1.0))


def _ratio(snapshot: Snapshot) -> float:
    ratios = snapshot.about.spread.get("ratios") or (1.0,)
    return math.fsum(ratios) / len(ratios)


def _new_business(snapshot: Snapshot) -> tuple[float, float]:
    rows = snapshot.rows[snapshot.rows["kind"] == "new"]
    expected = rows["expected"].to_numpy(float)
    return math.fsum(expected * np.nan_to_num(rows["amount"].to_numpy(float))) * _ratio(snapshot), math.fsum(expected)


def _piece_of(ids: pd.Index, old: pd.DataFrame, new: pd.DataFrame, before: Snapshot, after: Snapshot) -> np.ndarray:
    """Where each deal's change of probability goes, shape (deals,): the first rule that fits."""
    was, became = (table["kind"].astype(object).where(table["kind"].notna(), NOT_THERE) for table in (old, new))
    ended = pd.Series([after.closed.get(key, NOT_THERE) for key in ids], ids, object)
    absent, gone = was == NOT_THERE, became == NOT_THERE
    rules = (
        (absent & ids.isin(list(before.closed)), "reopened"), (absent & (new["created_at"] > before.about.as_of), "new"),
        (absent, "added"), (gone & (ended == "lost"), "lost"), (gone & (ended == "won"), "won_elsewhere"), (gone, "removed"),
        ((was == "open") & (became == "won"), "won"), ((was == "won") & (became == "open"), "reopened"),
        (new["expected_close"] > old["expected_close"], "pushed"), (new["expected_close"] < old["expected_close"], "pulled"),
    )
    return np.select([when.to_numpy(bool) for when, _ in rules], [name for _, name in rules], "probability").astype(object)


@dataclass(frozen=True, eq=False)
class _Steps:
    """The change of each deal by piece and in all, shape (deals,), and the ends of the sum, in whole units of 1 / per_one."""

    per_one: int
    by_piece: dict[str, np.ndarray]
    change: np.ndarray
    ends: tuple[int, int]
    business: int

    @classmethod
    def of(cls, pairs: _Pairs, money: bool) -> "_Steps":
        steps = _values(pairs, money)
        business = pairs.new_money if money else pairs.new_count
        per_one = _units_in_one(float(np.abs(steps).sum()) + sum(map(abs, business)))
        whole = np.rint(steps * per_one).astype(np.int64)
        new = [round(value * per_one) for value in business]
        moves = np.diff(whole, axis=1)
        by_piece = {name: np.where(pairs.piece == name, moves[:, 1], 0) for name in PIECES[:-1]}
        by_piece |= {"up": np.maximum(moves[:, 0], 0), "down": np.minimum(moves[:, 0], 0), "ratio": moves[:, 2]}
        ends = int(whole[:, 0].sum()) + new[0], int(whole[:, 3].sum()) + new[1]
        return cls(per_one, by_piece, whole[:, 3] - whole[:, 0], ends, new[1] - new[0])

    def pieces(self) -> dict[str, float]:
        units = {**{name: int(change.sum()) for name, change in self.by_piece.items()}, "new_business": self.business}
        return {name: change / self.per_one for name, change in units.items()}

    def told(self) -> tuple[float, float]:
        return self.ends[0] / self.per_one, self.ends[1] / self.per_one


def _values(pairs: _Pairs, money: bool) -> np.ndarray:
    """What each deal counts for, shape (deals, 4): before, at the new amount, at the new probability too, after."""
    chance = pairs.probability
    amount = np.nan_to_num(pairs.amount) if money else np.ones(chance.shape)
    ratio = np.nan_to_num(pairs.ratio, nan=1.0) if money else np.ones(chance.shape)
    (before, after), (was, now) = (chance * ratio).T, amount.T
    both = pairs.there.all(1)
    # To be won or reopened is one step: a won deal has its own amount, an open one what is expected of it.
    stays = both & ~np.isin(pairs.piece, ("won", "reopened"))
    return np.column_stack([before * was, before * np.where(both, now, was),
                            np.where(stays, chance[:, 1] * ratio[:, 0], after) * now, after * now])


def _units_in_one(size: float) -> int:
    """A billion, or the power of ten with which sums of this size keep within 17 digits."""
    digits = math.ceil(math.log10(size)) if size > 1 else 0
    if digits > _DIGITS:
        raise ExplanationError(f"Amounts of {size:.1e} in all are too large to be told apart. Correct them in the data.")
    return int(10 ** min(_FINEST, _DIGITS - digits))


def _deals(pairs: _Pairs, money: _Steps, count: _Steps) -> pd.DataFrame:
    sides = {f"{name}_{side}": getattr(pairs, name)[:, place] for name in ("probability", "amount")
             for place, side in enumerate(("before", "after"))}
    table = pd.DataFrame({
        "entity_id": pd.Series(pairs.ids, dtype=object), "piece": pd.Series(pairs.piece, dtype=object),
        "money": money.change / money.per_one, "count": count.change / count.per_one, **sides,
        **{name: units / money.per_one for name, units in money.by_piece.items()},
    })
    changed = np.any([units != 0 for units in (*money.by_piece.values(), *count.by_piece.values())], axis=0)
    order = np.lexsort((pairs.ids.astype(str), -np.abs(count.change), -np.abs(money.change)))
    return table.iloc[order[changed[order]]].reset_index(drop=True)
