"""A past forecast against what came, told apart by whether the deal was there when the forecast was made."""

from dataclasses import dataclass

import numpy as np

from leadcast.history import History
from leadcast.table import TIME
from serving.outlook import Outlook, won_between


@dataclass(frozen=True)
class Came:
    """What was won in a forecast's period after it was made: (from deals open then, from deals that did not exist then)."""

    counts: tuple[int, int]
    amounts: tuple[float, float]


def what_came(history: History, look: Outlook) -> Came:
    """Compare with a history that reaches further than the forecast's ``as_of``.

    A win that was recorded late, after the end of the history, is not counted.
    """
    start = max(look.as_of + np.timedelta64(1, "us"), look.period.start)
    won = won_between(history, look.entity, start, look.period.end, history.end)
    amounts = np.full(len(won), np.nan)
    if "amount" in history.entities(look.entity):
        amounts = np.asarray(history.value_at(look.entity, "amount", won, np.full(len(won), history.end, TIME)), float)
    then = np.isin(history.ids(look.entity)[won].astype(str), look.rows["entity_id"][~look.rows["won"]].astype(str))
    money = np.nan_to_num(amounts)
    return Came((int(then.sum()), int((~then).sum())), (float(money[then].sum()), float(money[~then].sum())))
