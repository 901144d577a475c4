"""What changed since a forecast before: the pieces between the two, and the deals behind them in words."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from leadcast.explanation import PIECES, Explanation, explain
from leadcast.moment import local_days
from leadcast.snapshots import Snapshot

SHOWN_DEALS = 50
NEW_IN_WORDS = {
    "new": "created since", "added": "was not in the forecast before", "won": "won", "lost": "lost",
    "won_elsewhere": "won outside of the period", "removed": "gone from the records", "reopened": "open again",
}
HANDED_ON = {"removed": "moved to another owner", "added": "came from another owner"}
_DAY = np.timedelta64(86_400_000_000, "us")


@dataclass(frozen=True, eq=False)
class ChangedDeal:
    """A deal behind a change.

    Attributes
    ----------
    stage : as it stands now; None where it is in the forecast no more
    piece : the piece that it moved most
    what : what moved, in words
    pieces : its part of each piece that it moved, in money; in wins where no amounts are known
    """

    entity_id: str
    owner: str | None
    stage: str | None
    piece: str
    what: str
    money: float
    count: float
    probability: tuple[float, float]
    amount: tuple[float, float]
    pieces: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Changes:
    """The difference between a forecast before and the one now.

    Attributes
    ----------
    days : how far the two lie apart
    saved : the id of the one before; None where it was rebuilt
    deals : the 50 with the largest effects, the largest first
    """

    since: np.datetime64
    days: float
    saved: str | None
    note: str
    pieces: Explanation
    deals: tuple[ChangedDeal, ...]

    @property
    def deals_in_all(self) -> int:
        return len(self.pieces.deals)


def changes_between(
    before: Snapshot, after: Snapshot, saved: str | None, in_money: bool, timezone: str | None = None,
    handed_on: Set[str] = frozenset(),
) -> Changes:
    """What lies between two forecasts of a period.

    Parameters
    ----------
    saved : the id of the one before; None: it was rebuilt with today's model
    in_money : are amounts known? Else the deals are ranked and split by their share of a win
    timezone : in which close dates are told; None: UTC
    handed_on : deals that came from an owner whose deals these are not, or went to one

    Raises
    ------
    ExplanationError : they do not speak of the same
    """
    found = explain(before, after)
    days = float((after.about.as_of - before.about.as_of) / _DAY)
    rows = [snapshot.rows.set_index("entity_id") for snapshot in (before, after)]
    deals = tuple(_deal(one, rows, in_money, timezone, handed_on) for one in found.deals.head(SHOWN_DEALS).to_dict("records"))
    return Changes(before.about.as_of, days, saved, _note(before, after, days, saved), found, deals)


def _note(before: Snapshot, after: Snapshot, days: float, saved: str | None) -> str:
    if saved is None:
        return (f"No forecast of this period was saved {days:.0f} days before, so it is rebuilt: what today's model says of what "
                "was known then.")
    if before.about.model != after.about.model:
        return f"The forecast before was made by another model, {before.about.model}; a part of the changes is the model's."
    return ""


def _deal(
    one: Mapping[Any, Any], rows: list[pd.DataFrame], in_money: bool, timezone: str | None, handed_on: Set[str]
) -> ChangedDeal:
    was, now = (table.loc[one["entity_id"]] if one["entity_id"] in table.index else None for table in rows)
    money = {piece: one[piece] for piece in PIECES[:-1] if one[piece]}
    pieces = money if in_money else {one["piece"]: one["count"]} if one["count"] else {}
    known = now if now is not None else was
    what = _in_words(one, was, now, timezone)
    if one["entity_id"] in handed_on:
        what = HANDED_ON.get(one["piece"], what)
    return ChangedDeal(
        one["entity_id"], _text(known, "owner"), _text(now, "stage"),
        max(pieces, key=lambda piece: abs(pieces[piece]), default=one["piece"]), what,
        one["money"], one["count"], (one["probability_before"], one["probability_after"]),
        (one["amount_before"], one["amount_after"]), pieces)


def _text(row: pd.Series | None, name: str) -> str | None:
    value = None if row is None else row.get(name)
    return value if isinstance(value, str) else None


def _in_words(one: Mapping[Any, Any], was: pd.Series | None, now: pd.Series | None, timezone: str | None) -> str:
    """What happened to a deal: how it ended or began, then what of it moved."""
    said = [NEW_IN_WORDS[one["piece"]]] if one["piece"] in NEW_IN_WORDS else []
    if one["piece"] == "new" and now is not None and now["kind"] == "won":
        return "created and won since"
    if was is None or now is None:
        return said[0] if said else "changed"
    if one["amount_before"] != one["amount_after"] and not (one["amount_before"] != one["amount_before"]
                                                            and one["amount_after"] != one["amount_after"]):
        said.append(f"amount {_money(one['amount_before'])} to {_money(one['amount_after'])}")
    if one["piece"] == "won":
        return "; ".join(said)
    closes = [_day(row, timezone) for row in (was, now)]
    if closes[0] != closes[1]:
        said.append(f"close date {closes[0] or 'none'} to {closes[1] or 'none'}")
    if _text(was, "stage") != _text(now, "stage"):
        said.append(f"{_text(was, 'stage')} to {_text(now, 'stage')}")
    before, after = (round(100 * one[f"probability_{side}"]) for side in ("before", "after"))
    if before != after:
        said.append(f"chance {before} % to {after} %")
    return "; ".join(said) or "chance moved by less than 1 %"


def _money(amount: float) -> str:
    return "unknown" if amount != amount else f"{amount:,.0f}"


def _day(row: pd.Series, timezone: str | None) -> str | None:
    close = row.get("expected_close")
    return None if close is None or pd.isna(close) else str(local_days(np.datetime64(close, "us"), timezone))
