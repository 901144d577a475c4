"""The facts of forecasts: the period's as it is now, by owner and in all, and every one that was saved."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from leadcast.forecast import NO_ONE, Distribution, Spread, period_forecast
from leadcast.period import Period
from leadcast.snapshots import Snapshot
from leadcast.table import NOT_A_TIME, TIME
from serving.feed.arrow import arrow_table, no_rows
from serving.feed.calendar import period_days
from serving.feed.facts import FORECAST, SNAPSHOT_DEALS, SNAPSHOTS, TOTAL
from serving.feed.ground import Ground
from serving.outlook import Outlook

_MEASURES = (("deals", "count"), ("amount", "amount"))


def forecast_facts(ground: Ground, look: Outlook | None, models: Mapping[str, int]) -> tuple[pa.Table, pa.Table]:
    """fact_forecast, an owner a row, and fact_forecast_total; without rows where there can be no forecast."""
    if look is None:
        return no_rows(FORECAST), no_rows(TOTAL)
    model, parts = models[look.model], look.forecast.parts
    total = {**_columns([_figures(look.forecast.total.to_json())]), **_about(ground, look.period, 1, model)}
    if not parts:
        return no_rows(FORECAST), arrow_table(TOTAL, total)
    owners = _texts(None if name == NO_ONE else name for name in parts)
    key = ground.team.keys(owners, np.full(len(owners), NOT_A_TIME, TIME))
    by_owner = {"owner_key": key, **_columns([_figures(part.to_json()) for part in parts.values()])}
    return arrow_table(FORECAST, {**by_owner, **_about(ground, look.period, len(parts), model)}), arrow_table(TOTAL, total)


@dataclass(frozen=True, eq=False)
class Saved:
    """A saved forecast as far as it is told: the rows of the owners asked for."""

    snapshot: Snapshot
    rows: pd.DataFrame
    total: Mapping[str, Any]
    quota: float | None

    @classmethod
    def of(cls, snapshot: Snapshot, owners: frozenset[str] | None) -> "Saved":
        """Of some owners the total is added up again from their rows, and no quota is known."""
        about = snapshot.about
        if owners is None:
            return cls(snapshot, snapshot.rows, about.total, about.quota)
        mine = snapshot.rows["owner"].isin(owners) if "owner" in snapshot.rows else np.zeros(len(snapshot.rows), bool)
        rows = snapshot.rows[mine].reset_index(drop=True)
        return cls(snapshot, rows, period_forecast(rows, Spread.from_json(dict(about.spread))).total.to_json(), None)


def snapshot_facts(ground: Ground, snapshots: Sequence[Snapshot], models: Mapping[str, int]) -> tuple[pa.Table, pa.Table]:
    """fact_forecast_snapshot and fact_snapshot_deal."""
    told = [Saved.of(snapshot, ground.owners) for snapshot in snapshots]
    deals = [_deal_rows(ground, number, saved) for number, saved in enumerate(told, 1)]
    return _snapshot_table(ground, told, models), pa.concat_tables([no_rows(SNAPSHOT_DEALS), *deals])


def _snapshot_table(ground: Ground, told: Sequence[Saved], models: Mapping[str, int]) -> pa.Table:
    if not told:
        return no_rows(SNAPSHOTS)
    abouts = [saved.snapshot.about for saved in told]
    days = [period_days(about.period, ground.timezone) for about in abouts]
    as_of = np.array([about.as_of for about in abouts], TIME)
    return arrow_table(SNAPSHOTS, {
        "snapshot_key": np.arange(1, len(told) + 1), "snapshot_id": _texts(about.id or saved.snapshot.id
                                                                           for about, saved in zip(abouts, told, strict=True)),
        "model_key": np.array([models[about.model] for about in abouts], np.int64), "as_of": as_of,
        "as_of_date": ground.days(as_of), "period": _texts(about.period.name for about in abouts),
        "period_start": np.array([first for first, _ in days], "datetime64[D]"),
        "period_end": np.array([last for _, last in days], "datetime64[D]"),
        "note": _texts(about.note or None for about in abouts), "base": _texts(about.base for about in abouts),
        "is_scenario": np.array([about.base is not None for about in abouts], bool),
        **_columns([_figures(saved.total, saved.quota) for saved in told]),
    })


def _deal_rows(ground: Ground, number: int, saved: Saved) -> pa.Table:
    rows, about = saved.rows, saved.snapshot.about
    entity, other = ("lead_key", "deal_key") if about.entity == "lead" else ("deal_key", "lead_key")
    keys, nothing = ground.key_of_id[about.entity], np.full(len(rows), np.nan)
    no_texts, no_times = np.full(len(rows), None, object), np.full(len(rows), NOT_A_TIME, TIME)
    told = {name: rows[name].to_numpy() for name in rows}
    owner = ground.team.keys(told.get("owner", no_texts), np.full(len(rows), about.as_of, TIME))
    return arrow_table(SNAPSHOT_DEALS, {
        "snapshot_key": np.full(len(rows), number), entity: np.array([keys.get(one, 0) for one in told["entity_id"]], np.int64),
        other: np.zeros(len(rows), np.int64), "owner_key": owner, "entity_id": told["entity_id"], "kind": told["kind"],
        "stage": told.get("stage", no_texts), "expected": told["expected"], "won_ever": told.get("ever", nothing),
        "amount": told["amount"], "expected_close": ground.days(told.get("expected_close", no_times)),
    })


def _about(ground: Ground, period: Period, rows: int, model: int) -> dict[str, np.ndarray]:
    first, last = period_days(period, ground.timezone)
    return {"model_key": np.full(rows, model), **ground.when(rows), "period": np.full(rows, period.name, object),
            "period_start": np.full(rows, first), "period_end": np.full(rows, last)}


def _figures(part: Mapping[str, Any], quota: float | None = None) -> dict[str, float]:
    """The columns of a part of a forecast, as :meth:`Part.to_json` gives it; NaN is what there is not."""
    found: dict[str, float] = {}
    for name, key in _MEASURES:
        measure, whole = part[key], Distribution.from_json(part[key]["whole"])
        found |= {f"{name}_{piece}": measure[piece] for piece in ("won", "open", "new", "total")}
        found |= {f"{name}_p{percent}": float(whole.quantile(percent / 100)) for percent in (10, 50, 90)}
    goal = part.get("goal") or {"quota": np.nan if quota is None else quota, "reach": np.nan}
    return {**found, "pipeline_amount": part["pipeline"], "quota": goal["quota"], "reach": goal["reach"],
            "pipeline_deals": part["open_deals"]}


def _columns(figures: Sequence[Mapping[str, float]]) -> dict[str, np.ndarray]:
    whole = ("pipeline_deals",)
    return {name: np.array([one[name] for one in figures], np.int64 if name in whole else float) for name in figures[0]}


def _texts(values: Iterable[str | None]) -> np.ndarray:
    return np.array(list(values), object)
