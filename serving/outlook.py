"""What a period will bring, as of a moment: closed won deals and scored open ones, handed to the forecast's arithmetic."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from leadcast.bundle import Bundle
from leadcast.errors import LeadcastError, RegistryError
from leadcast.forecast import weighted_forecast, win_probability
from leadcast.history import History
from leadcast.moment import minute
from leadcast.period import Period
from leadcast.table import TIME
from leadcast.vocabulary import Entity
from leadcast.win_times import WinTimes
from serving.scores import score_table

_DAY = np.timedelta64(1, "D")
_OF_OWNERS = ("manager", "region")


class ColumnError(LeadcastError):
    """A forecast by a column that the deals do not have."""


@dataclass(frozen=True)
class Outlook:
    """A period's weighted forecast.

    Attributes
    ----------
    rows : one per deal that counts: entity_id, won, probability (of being won in the period), amount and ``by``
    total, parts : as :func:`leadcast.forecast.weighted_forecast` gives them, in all and by ``by``
    """

    entity: Entity
    period: Period
    as_of: np.datetime64
    currency: str
    by: str
    rows: pd.DataFrame
    total: pd.DataFrame
    parts: pd.DataFrame

    @property
    def title(self) -> str:
        return f"Forecast of {self.period.name} as of {minute(self.as_of)}"

    @property
    def what(self) -> str:
        """What is won in it, in a word."""
        return "leads" if self.entity == "lead" else "deals"

    @property
    def note(self) -> str:
        """What its numbers leave out; a period that is over has nobody yet to come."""
        notes = [f"{self.what.capitalize()} that are not there yet are not in it."] if self.period.end > self.as_of else []
        missing = int(self.total["without_amount"].iloc[0])
        if missing:
            notes.append(f"{missing:,} {self.what} have no amount: they are in the counts, not in the money.")
        return " ".join(notes)


def outlook(history: History, bundles: Mapping[str, Bundle], as_of: np.datetime64, period: Period, by: str = "owner") -> Outlook:
    """Forecast a period from what was known at ``as_of``.

    Raises
    ------
    RegistryError : none of the bundles speaks of winning
    ColumnError : the deals have no column ``by``
    """
    bundle = winning(history, bundles)
    rows = pd.concat([_won(history, bundle, as_of, period), _open(history, bundle, as_of, period)], ignore_index=True)
    places = history.rows(bundle.entity, rows["entity_id"])
    rows["amount"] = _amount(history, bundle.entity, places, as_of)
    rows[by] = _column(history, bundle.entity, by, places, as_of)
    currency = history.vocabulary.currency
    return Outlook(bundle.entity, period, as_of, currency, by, rows, weighted_forecast(rows), weighted_forecast(rows, by))


def outlook_json(look: Outlook) -> dict[str, Any]:
    """An outlook as plain data."""
    period = {"name": look.period.name, "start": f"{look.period.start}Z", "end": f"{look.period.end}Z"}
    return {"as_of": f"{look.as_of}Z", "period": period, "currency": look.currency, "by": look.by,
            "total": look.total.to_dict("records")[0], "parts": look.parts.reset_index().to_dict("records")}


def winning(history: History, bundles: Mapping[str, Bundle]) -> Bundle:
    """The bundle whose target is to be won; deals go before leads.

    Raises
    ------
    RegistryError : there is none, or its outcomes have no dates
    """
    about = [b for b in bundles.values() if set(b.target.stages) <= history.vocabulary.won(b.entity)]
    if about and all(bundle.facts.horizon_days is None for bundle in about):
        raise RegistryError(f"A forecast of a period needs to know when wins come, and the outcomes of {about[0].target.name} "
                            "have no dates. Map when it was won (entered_at under [[stages]]), and run leadcast train.")
    if not about:
        raise RegistryError(f"A forecast needs a model of winning; there are {', '.join(bundles) or 'none'}. "
                            "Give leadcast.toml a target whose stages are the won ones, and run leadcast train.")
    return min(about, key=lambda bundle: bundle.entity != "opportunity")


def won_between(history: History, entity: Entity, start: np.datetime64, end: np.datetime64, as_of: np.datetime64) -> np.ndarray:
    """The rows of those that stand as won at ``as_of`` and were won in ``[start, end)``."""
    rows = np.arange(len(history.ids(entity)))
    stage, entered = history.stage_at(entity, rows, np.full(len(rows), as_of, TIME))
    won = np.isin(stage.astype(str), list(history.vocabulary.won(entity)))
    return np.flatnonzero(won & (entered >= start) & (entered < end))


def _won(history: History, bundle: Bundle, as_of: np.datetime64, period: Period) -> pd.DataFrame:
    ids = history.ids(bundle.entity)[won_between(history, bundle.entity, period.start, period.end, as_of)]
    return pd.DataFrame({"entity_id": ids, "won": np.ones(len(ids), bool), "probability": np.ones(len(ids))})


def _open(history: History, bundle: Bundle, as_of: np.datetime64, period: Period) -> pd.DataFrame:
    scores = score_table(history, {bundle.target.name: bundle}, as_of, explain=False)
    ids = scores["entity_id"].to_numpy(object)
    places = history.rows(bundle.entity, ids)
    stages, _ = history.stage_at(bundle.entity, places, np.full(len(places), as_of, TIME))
    chance = scores["probability"].to_numpy(float)
    times = WinTimes.from_json(bundle.report.get("win_times"), bundle.facts.horizon_days)
    until, since = ((moment - as_of) / _DAY for moment in (period.end, period.start))
    within = np.zeros(len(ids))
    for stage in sorted({str(s) for s in stages}):
        mine = stages.astype(str) == stage
        within[mine] = win_probability(chance[mine], bundle.facts.horizon_days, times.of(stage), until, since)
    return pd.DataFrame({"entity_id": ids, "won": np.zeros(len(ids), bool), "probability": within})


def _amount(history: History, entity: Entity, places: np.ndarray, as_of: np.datetime64) -> np.ndarray:
    if "amount" not in history.entities(entity):
        return np.full(len(places), np.nan)
    return np.asarray(history.value_at(entity, "amount", places, np.full(len(places), as_of, TIME)), float)


def _column(history: History, entity: Entity, by: str, places: np.ndarray, as_of: np.datetime64) -> np.ndarray:
    name = "owner" if by in _OF_OWNERS else by
    table = history.entities(entity)
    known = [n for n in table.names if table[n].dtype == object and not n.endswith("_id")]
    if name not in known:
        raise ColumnError(f"{by}: no column of the {entity} table to add up by; known are {', '.join([*known, *_OF_OWNERS])}.")
    values = history.value_at(entity, name, places, np.full(len(places), as_of, TIME))
    return values if name == by else _of_owners(history, by, values, as_of)


def _of_owners(history: History, column: str, owners: np.ndarray, as_of: np.datetime64) -> np.ndarray:
    """The manager or region of each owner, by the newest row valid at ``as_of``."""
    table = history.owners
    valid = np.flatnonzero(~(table["valid_from"] > as_of))
    newest = valid[np.argsort(table["valid_from"][valid], kind="stable")] if len(valid) else valid
    dated = [*newest[np.isnat(table["valid_from"][newest])], *newest[~np.isnat(table["valid_from"][newest])]]
    of = {table["owner"][row]: table[column][row] for row in dated}
    return np.array([of.get(owner) for owner in owners], dtype=object)
