"""Which open deals carry the risk: those that somebody counts on in the period and that may well not come.

Somebody counts on a deal whose forecast category is commit or best case, unless its close date, as the rep gives it, lies after
the period; of deals without a category, on those whose close date lies in it. At stake is what would be missing if it does not
come: its amount x (1 - P(won in the period)). Where nobody gives categories or dates, the forecast alone counts on deals: on
those whose median close lies in the period, each with its amount x P(won in the period): the largest single bets come first.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from leadcast.forecast import plain_category
from leadcast.moment import local_days
from leadcast.period import Period
from leadcast.table import TIME
from serving.outlook import Outlook

MOST = 10
COMMIT, BEST_CASE, DATE, MODEL = "commit", "best case", "date", "model"


@dataclass(frozen=True, eq=False)
class Risk:
    """An open deal at risk.

    Attributes
    ----------
    amount : NaN where it is not known
    probability : P(won in the period)
    at_stake : in money; in deals where no amounts are known
    counted_on : commit, best case, date or model
    expected_close, closes : the rep's date and the model's median, NaT where there is none
    timezone : in which their days are told; None: UTC
    """

    entity_id: str
    owner: str | None
    stage: str | None
    category: str | None
    amount: float
    probability: float
    at_stake: float
    counted_on: str
    expected_close: np.datetime64
    closes: np.datetime64
    timezone: str | None = None

    @property
    def why(self) -> str:
        """Why it carries a risk, in a sentence.

        Examples
        --------
        >>> at = lambda day: np.datetime64(day, "us")
        >>> Risk("d", None, None, "Commit", 100.0, 0.25, 75.0, "commit", at("2026-03-20"), at("2026-05-02")).why
        'commit, but 25 % likely to be won in the period; the rep says 2026-03-20, the model 2026-05-02 if it is won'
        """
        begins = {DATE: "its close date lies in the period, but it is", MODEL: "the forecast counts on it; it is"}
        told_by = (("the rep says", self.expected_close), ("the model", self.closes))
        dates = [f"{who} {local_days(date, self.timezone)}" for who, date in told_by if not np.isnat(date)]
        told = f"{', '.join(dates)}{' if it is won' if not np.isnat(self.closes) else ''}"
        start = begins.get(self.counted_on, f"{self.counted_on}, but")
        chance = f"{start} {100 * self.probability:.0f} % likely to be won in the period"
        return f"{chance}; {told}" if dates else chance


def risks_of(look: Outlook, in_money: bool, timezone: str | None = None) -> tuple[list[Risk], Risk | None]:
    """(the ten open deals with most at stake, the most at stake of those in commit; None where there is none).

    Parameters
    ----------
    in_money : are amounts known? Else every deal counts as one
    timezone : in which days are told; None: UTC
    """
    if look.as_of >= look.period.end:
        return [], None
    rows = look.rows[look.rows["kind"] == "open"].reset_index(drop=True)
    counted = _counted_on(rows, look.period)
    chance = rows["expected"].to_numpy(float)
    size = np.nan_to_num(rows["amount"].to_numpy(float)) if in_money else np.ones(len(rows))
    stake = np.where(counted == "", 0.0, size * np.where(counted == MODEL, chance, 1.0 - chance))
    order = [place for place in np.lexsort((rows["entity_id"].to_numpy(str), -stake)) if stake[place] > 0]
    in_commit = next((place for place in order if counted[place] == COMMIT), None)
    made = {place: _risk(rows.iloc[place], float(stake[place]), counted[place], timezone)
            for place in {*order[:MOST], *([] if in_commit is None else [in_commit])}}
    return [made[place] for place in order[:MOST]], None if in_commit is None else made[in_commit]


def _counted_on(rows: pd.DataFrame, period: Period) -> np.ndarray:
    """Who counts on each open deal, "" for nobody; object, shape (n,)."""
    category = np.array([plain_category(c) if isinstance(c, str) else "" for c in rows.get("category", [""] * len(rows))], object)
    rep, model = (rows[name].to_numpy(TIME) for name in ("expected_close", "closes"))
    nobody_says = not ((category != "").any() or (~np.isnat(rep)).any())
    rules = [(rep >= period.end, ""), (category == COMMIT, COMMIT), (category == BEST_CASE, BEST_CASE), (category != "", ""),
             (_within(rep, period), DATE), (_within(model, period) & nobody_says, MODEL)]
    return np.select([when for when, _ in rules], [who for _, who in rules], "").astype(object)


def _within(moments: np.ndarray, period: Period) -> np.ndarray:
    return (moments >= period.start) & (moments < period.end)


def _risk(row: pd.Series, stake: float, counted_on: str, timezone: str | None) -> Risk:
    owner, stage, category = (value if isinstance(value := row.get(name), str) else None
                              for name in ("owner", "stage", "category"))
    expected_close, closes = (np.datetime64("NaT", "us") if pd.isna(row[name]) else np.datetime64(row[name], "us")
                              for name in ("expected_close", "closes"))
    return Risk(row["entity_id"], owner, stage, category, float(row["amount"]), float(row["expected"]), stake, counted_on,
                expected_close, closes, timezone)
