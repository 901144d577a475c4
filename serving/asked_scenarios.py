"""A scenario as a request asks for it, checked against the forecast it changes: each mistake at its place, without its value."""

import numpy as np
import pandas as pd

from leadcast.errors import RequestError
from leadcast.forecast.rows import names
from leadcast.overrides import LARGEST, Deal, Hire, Overrides, Rate, ScenarioError
from leadcast.scenario import apply
from leadcast.snapshots import Snapshot
from leadcast.what_if import WhatIf, what_if
from serving.scenario_messages import DealChange, ScenarioRequest

MOST_WINS = 100_000
"""Of deals not created yet; a scenario that expects more has a slip of the pen in it, and would take very long."""
SHOWN = 20
_DAY = np.timedelta64(1, "D")


def what_if_asked(base: Snapshot, body: ScenarioRequest, timezone: str | None) -> WhatIf:
    """The forecast of a snapshot under the changes of a request.

    Raises
    ------
    RequestError : a change does not fit the forecast; says where
    """
    rows, about = base.rows, base.about
    _check_rates(rows, body)
    _check_deals(rows, body, about.as_of)
    _check_drops(rows, body)
    wanted = _overrides(body)
    try:
        of_segments, _ = apply(rows, Overrides(rates=wanted.rates, hire=wanted.hire), about.period, about.as_of, timezone)
        _check_size(of_segments)
        return what_if(base, wanted, timezone, body.note)
    except ScenarioError:
        raise RequestError("does not fit this forecast: it expects no deals not yet created, names no owners (then give "
                           "per_rep_per_day), or a deal cannot close on that day", ("hire" if body.hire else "deals",)) from None


def _overrides(body: ScenarioRequest) -> Overrides:
    deals = {one.deal_id: Deal(amount=one.amount, close=one.close, probability=one.probability) for one in body.deals}
    rates = tuple(Rate(column=one.column, value=one.value, factor=one.factor) for one in body.rates)
    hire = None if body.hire is None else Hire(**body.hire.model_dump())
    return Overrides(deals=deals, drop=tuple(body.drop), rates=rates, hire=hire, note=body.note)


def _check_rates(rows: pd.DataFrame, body: ScenarioRequest) -> None:
    columns = [str(name) for name in rows.columns if rows[name].dtype == object and name not in ("entity_id", "kind")]
    for place, rate in enumerate(body.rates):
        if rate.column not in columns:
            raise RequestError(f"no such column of texts in the forecast; there is {', '.join(columns)}",
                               ("rates", place, "column"))
        known = sorted(set(names(rows[rate.column])))
        if rate.value not in known:
            more = ", ..." if len(known) > SHOWN else ""
            raise RequestError(f"no deal has this value; there is {', '.join(known[:SHOWN])}{more}", ("rates", place, "value"))


def _check_deals(rows: pd.DataFrame, body: ScenarioRequest, as_of: np.datetime64) -> None:
    deals = rows[rows["kind"] != "new"].set_index("entity_id")
    ever = deals["ever"] if "ever" in deals else pd.Series(np.nan, deals.index)
    for place, change in enumerate(body.deals):
        if change.deal_id not in deals.index:
            raise RequestError("no such deal in the forecast", ("deals", place, "deal_id"))
        if deals.at[change.deal_id, "kind"] == "won" and (change.close is not None or change.probability is not None):
            raise RequestError("is won already: only its amount can be changed, or it can be left out", ("deals", place))
        if change.close is not None:
            _check_close(change, float(ever[change.deal_id]), as_of, place)


def _check_close(change: DealChange, ever: float, as_of: np.datetime64, place: int) -> None:
    if np.datetime64(change.close, "D") + 2 * _DAY <= as_of:  # whatever the timezone
        raise RequestError("lies before the forecast", ("deals", place, "close"))
    if change.probability is None and np.isnan(ever):
        raise RequestError("the forecast does not say how likely it is won in the end: give its probability, too",
                           ("deals", place))


def _check_drops(rows: pd.DataFrame, body: ScenarioRequest) -> None:
    left = set(rows["entity_id"][rows["kind"] != "new"])
    largest = int((rows["amount"].notna() & (rows["kind"] == "open")).sum())
    for place, deal in enumerate(body.drop):
        if deal == LARGEST and largest >= len(body.drop):
            continue
        if deal not in left:
            raise RequestError("no such deal in the forecast, or one that is left out already", ("drop", place))
        left.remove(deal)


def _check_size(changed: pd.DataFrame) -> None:
    if float(changed["expected"][changed["kind"] == "new"].sum()) > MOST_WINS:
        raise RequestError(f"expects more than {MOST_WINS:,} wins from deals not created yet", ("body",))
