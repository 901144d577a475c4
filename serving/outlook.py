"""What a period will bring, as of a moment: scored deals handed to the forecast's arithmetic, quota and categories beside."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from leadcast.bundle import Bundle
from leadcast.errors import LeadcastError, RegistryError
from leadcast.fingerprint import fingerprint
from leadcast.forecast import Forecast, Spread, forecast_categories, period_forecast
from leadcast.history import History
from leadcast.moment import minute
from leadcast.owners import of_owners
from leadcast.period import Period
from leadcast.quota import BY, Quota, quota_of
from leadcast.snapshots import About, Snapshot
from leadcast.table import TIME, Table
from leadcast.vocabulary import Entity
from serving.forecast_rows import ForecastRows, forecast_rows, groups_of
from serving.scores import Scorer

AT_CREATION = "at creation"
SHOCK_OF_NEW = 0.8
"""A shock in log-odds moves a sum of chances of about a fifth by so much of itself."""
_DAY = np.timedelta64(86_400_000_000, "us")


class ColumnError(LeadcastError):
    """A forecast by a column that the deals do not have."""


@dataclass(frozen=True, eq=False)
class Outlook:
    """A period's forecast.

    Attributes
    ----------
    made : its rows, with the curves of the open ones
    forecast : in all and by ``by``
    categories : the CRM's forecast categories beside the model, None where no deal has one
    known : the data it was made from
    closed : what became of deals that are in no row: "lost", or "won" outside of the period
    """

    entity: Entity
    period: Period
    as_of: np.datetime64
    currency: str
    by: str
    model: str
    made: ForecastRows
    spread: Spread
    forecast: Forecast
    quota: Quota
    categories: pd.DataFrame | None
    known: History
    warnings: tuple[str, ...] = ()
    closed: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> pd.DataFrame:
        return self.made.table

    @property
    def title(self) -> str:
        return f"Forecast of {self.period.name} as of {minute(self.as_of)}"

    @property
    def what(self) -> str:
        """What is won in it, in a word."""
        return "leads" if self.entity == "lead" else "deals"

    @property
    def notes(self) -> list[str]:
        """What is to be known beside the numbers."""
        notes = list(self.warnings)
        if self.period.end > self.as_of:
            notes.append(f"{self.what.capitalize()} not created yet: {self.made.coming.arrivals.how}, "
                         f"{self.made.coming.arrivals.per_day:,.2g} a day.")
        if missing := self.forecast.total.without_amount:
            notes.append(f"{missing:,} {self.what} have no amount: they are in the counts, not in the money.")
        return [*notes, *([self.quota.note] if self.quota.note else [])]

    @cached_property
    def fingerprint(self) -> str:
        """Of the data; worked out where it is asked for, since it reads all of them."""
        return fingerprint(self.known)

    def snapshot(self, note: str = "") -> Snapshot:
        """The forecast as it is, to be kept."""
        return self._snapshot(self.fingerprint, note)

    def unsigned(self) -> Snapshot:
        """The same to compare and not to keep: without the fingerprint of the data, which takes longer than the forecast."""
        return self._snapshot("", "")

    def _snapshot(self, of_data: str, note: str) -> Snapshot:
        about = About(self.as_of, self.period, self.entity, self.currency, self.model, of_data, self.spread.to_json(),
                      self.forecast.total.to_json(), self.quota.total, note)
        return Snapshot(about, self.rows, self.closed)


def outlook(
    history: History, bundles: Mapping[str, Bundle], as_of: np.datetime64, period: Period, by: str = "owner",
    timezone: str | None = None, fiscal_start_month: int = 1, seed: int = 0, quota: float | None = None,
    owners: frozenset[str] | None = None,
) -> Outlook:
    """Forecast a period from what was known at ``as_of``: closed won, from open deals, from deals not yet created.

    Parameters
    ----------
    timezone, fiscal_start_month : how the periods of quotas are read
    quota : what the whole is to bring, whatever the quotas say
    owners : the deals of these alone, their quotas and those of regions in which nobody else sits, and of deals not yet created
        the share that their recent ones have; every deal has the chance that it has in the whole. None: everybody's

    Raises
    ------
    RegistryError : none of the bundles speaks of winning, or it has no curve
    ColumnError : the deals have no column ``by``
    """
    bundle = winning(history, bundles)
    known = groups_of(history, bundle.entity)
    if by not in known:
        raise ColumnError(f"{by}: no column of the {bundle.entity} table to add up by; known are {', '.join(known)}.")
    made = forecast_rows(history, bundle, as_of, period)
    made = made if owners is None else made.of_owners(owners)
    spread = spread_of(bundle, made, as_of, period, seed)
    about = (quotas_of(history, owners, as_of), history.owners, period, as_of)
    asked = quota_of(*about, by if by in BY else None, timezone, fiscal_start_month)
    asked = asked if quota is None else replace(asked, total=quota, note="")
    table = made.table
    has_category = (table["category"].notna().any() if "category" in table else False)
    return Outlook(
        bundle.entity, period, as_of, history.vocabulary.currency, by, Scorer(bundle).model, made, spread,
        period_forecast(table, spread, asked.total, by, asked.parts), asked,
        forecast_categories(table[table["kind"] != "new"], spread) if has_category else None,
        history, tuple(warnings_of(bundle)), _closed(history, bundle.entity, as_of, set(table["entity_id"]), owners),
    )


def spread_of(bundle: Bundle, made: ForecastRows, as_of: np.datetime64, period: Period, seed: int = 0) -> Spread:
    """What is uncertain about a period besides chance: the shock that past forecasts showed, the pace of what comes, amounts."""
    assert bundle.curve is not None
    shock = bundle.curve.shock_by(max(float((period.end - as_of) / _DAY), 0.0))
    pace = float(np.hypot(made.coming.arrivals.cv, SHOCK_OF_NEW * shock))
    return Spread(shock, pace, bundle.curve.ratios, seed)


def warnings_of(bundle: Bundle) -> list[str]:
    """Where the model of winning rests on little, or can tell nobody apart: said plainly beside every forecast."""
    evidence = bundle.report.get("evidence") or {"enough": True, "why": []}
    found = [] if evidence["enough"] else [f"Not enough information: {'; '.join(evidence['why'])}."]
    noun = "lead" if bundle.entity == "lead" else "deal"
    whole = (bundle.report.get("metrics") or {}).get("model") or {}
    begun: Mapping[str, Any] = next((line for line in bundle.report.get("auc_by_age") or () if line["age"] == AT_CREATION), {})
    if _is_guessing(whole.get("auc_low"), whole.get("auc_high")):
        found.append(f"No signal: no {noun} can be told from another (AUC on the newest outcomes {whole['auc']:.2f}, "
                     f"{whole['auc_low']:.2f} to {whole['auc_high']:.2f}, where 0.5 is guessing). Chances stay near the base "
                     f"rate; rely on sums, not on single {noun}s.")
    elif _is_guessing(begun.get("low"), begun.get("high")):
        found.append(f"No signal at the start: what is known when a {noun} begins does not tell who will be won (AUC then "
                     f"{begun['auc']:.2f}, {begun['low']:.2f} to {begun['high']:.2f}, where 0.5 is guessing). Chances differ by "
                     f"how long {noun}s have been open and where they stand; rely on sums, not on single {noun}s.")
    return found


def _is_guessing(low: float | None, high: float | None) -> bool:
    return low is not None and high is not None and low <= 0.5 <= high


def outlook_json(look: Outlook) -> dict[str, Any]:
    """An outlook as plain data."""
    period = {"name": look.period.name, "start": f"{look.period.start}Z", "end": f"{look.period.end}Z"}
    categories = None if look.categories is None else look.categories.reset_index().to_dict("records")
    return {"as_of": f"{look.as_of}Z", "period": period, "entity": look.entity, "currency": look.currency, "model": look.model,
            **look.forecast.to_json(), "quota": look.quota.total, "categories": categories, "spread": look.spread.to_json(),
            "arrivals": look.made.coming.arrivals.to_json(), "notes": look.notes}


def winning(history: History, bundles: Mapping[str, Bundle]) -> Bundle:
    """The bundle whose target is to be won; deals go before leads.

    Raises
    ------
    RegistryError : there is none, or its outcomes have no dates
    """
    about = [b for b in bundles.values() if history.vocabulary.is_win(b.target)]
    if about and all(bundle.facts.horizon_days is None for bundle in about):
        raise RegistryError(f"A forecast of a period needs to know when wins come, and the outcomes of {about[0].target.name} "
                            "have no dates. Map when it was won (entered_at under [[stages]]), and run leadcast train.")
    curved = [bundle for bundle in about if bundle.curve is not None]
    if about and not curved:
        raise RegistryError(f"A forecast of a period needs a curve over time, and {about[0].target.name} has none yet: no time "
                            "ahead of any look was over when it was trained. Run leadcast train once the data reach further.")
    if not about:
        raise RegistryError(f"A forecast needs a model of winning; there are {', '.join(bundles) or 'none'}. "
                            "Give leadcast.toml a target whose stages are the won ones, and run leadcast train.")
    return min(curved, key=lambda bundle: bundle.entity != "opportunity")


def quotas_of(history: History, owners: frozenset[str] | None, as_of: np.datetime64) -> Table:
    """The quotas of these owners, and of regions in which nobody else sits; None: all."""
    if owners is None:
        return history.quotas
    people: dict[str, set[str]] = {}
    for owner, region in of_owners(history.owners, "region", as_of).items():
        if region is not None:
            people.setdefault(region, set()).add(owner)
    theirs = {region for region, some in people.items() if some <= owners}
    quotas = history.quotas
    rows = zip(quotas["owner"], quotas["region"], strict=True)
    return quotas.take(np.array([region in theirs if owner is None else owner in owners for owner, region in rows], bool))


def _closed(
    history: History, entity: Entity, as_of: np.datetime64, shown: set[str], owners: frozenset[str] | None
) -> dict[str, str]:
    """What became, as known at ``as_of``, of those that no row shows."""
    rows = np.arange(len(history.ids(entity)))
    when = np.full(len(rows), as_of, TIME)
    there = history.closed_at(entity, rows, when) & history.begun(entity, rows, when)
    if owners is not None:
        there &= np.array([owner in owners for owner in history.value_at(entity, "owner", rows, when)], bool)
    rows = rows[there]
    stage, _ = history.stage_at(entity, rows, np.full(len(rows), as_of, TIME))
    won = history.vocabulary.won(entity)
    ids = history.ids(entity)[rows]
    return {i: "won" if s in won else "lost" for i, s in zip(ids, stage, strict=True) if i not in shown}
