"""Everyone open as one table, for reports and exports: the record, the score and the signs, with the numbers of the lists."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from features.lead import lead_values
from leadcast.bundle import Bundle
from leadcast.history import History
from leadcast.observations import present_at
from leadcast.sign_words import flags_told
from leadcast.store.columns import times
from leadcast.table import TIME
from leadcast.vocabulary import Entity
from leadcast.workspace.risks import RiskKeys
from serving.scores import Scorer
from serving.signs import COUNTS, MOMENTS, NUMBERS, signs_at

RECORD: dict[Entity, tuple[str, ...]] = {
    "lead": ("created_at", "contact_id", "account_id", "owner", "source", "pipeline"),
    "opportunity": ("created_at", "lead_id", "contact_id", "account_id", "owner", "amount", "margin", "currency", "category",
                    "pipeline"),
}
SCORE = ("target", "probability", "score", "grade", "fit_score", "engagement_score", "trend", "won_by", "expected_close",
         "close_from", "close_to", "won_ever", "enough_information", "model")


def deal_table(
    history: History, bundles: Mapping[str, Bundle], as_of: np.datetime64, owners: Collection[str] | None = None,
    risks: RiskKeys | None = None, timezone: str | None = None,
) -> pd.DataFrame:
    """All open deals, or all open leads where there are no deals.

    Parameters
    ----------
    bundles : by target; the score is that of the last one of deals, as in the lists
    as_of : UTC; nothing later is looked at
    owners : only theirs; None: everybody's
    risks : from when on there is a flag; default: as without the section in leadcast.toml
    timezone : where the owners' days begin and end; None: UTC

    Returns
    -------
    a row for each, the most expected amount first, then the highest probability, then by id. Columns: ``opportunity_id`` (or
    ``lead_id``), the record's, ``source`` (of a deal: its lead's), ``stage``, ``promised_close`` (the owner's date) and
    ``expected_amount``, the score's (``expected_close`` is the model's), the signs, ``flags`` (names, comma between) and
    ``why`` (their sentences, semicolon between). Times are timezone-aware UTC; without a score its columns are missing.

    Raises
    ------
    BundleError : the history's columns mean something else than when the model was trained
    """
    entity: Entity = "opportunity" if history.opportunities.rows else "lead"
    return _open_table(history, entity, bundles, as_of, owners, risks or RiskKeys(), timezone)


def lead_table(
    history: History, bundles: Mapping[str, Bundle], as_of: np.datetime64, owners: Collection[str] | None = None,
    risks: RiskKeys | None = None, timezone: str | None = None,
) -> pd.DataFrame:
    """All open leads, as :func:`deal_table` has them, without what only deals have: the highest probability first, then by id."""
    return _open_table(history, "lead", bundles, as_of, owners, risks or RiskKeys(), timezone)


def _open_table(
    history: History, entity: Entity, bundles: Mapping[str, Bundle], as_of: np.datetime64, owners: Collection[str] | None,
    risks: RiskKeys, timezone: str | None,
) -> pd.DataFrame:
    scorers = [Scorer(bundle) for bundle in bundles.values() if bundle.entity == entity]
    ids = present_at(history, entity, as_of).entity_id
    rows = history.rows(entity, ids)
    whose = history.value_at(entity, "owner", rows, np.full(len(rows), as_of, TIME))
    mine = np.array([owners is None or owner in owners for owner in whose], bool)
    ids, rows = ids[mine], rows[mine]
    record = _record(history, entity, ids, rows, as_of)
    signs = _signs(history, entity, scorers, risks, as_of, ids, timezone)
    scores = pd.DataFrame(columns=["entity_id", *SCORE])
    if scorers and len(ids):
        scores = scorers[-1].columns(history, as_of, set(ids), explain=False).frame()[["entity_id", *SCORE]]
    table = pd.concat([record, signs], axis=1).join(scores.set_index("entity_id"))
    order = ["probability"]
    if entity == "opportunity":
        table.insert(list(table.columns).index("probability"), "expected_amount", table["probability"] * table["amount"])
        order = ["expected_amount", "probability"]
    table = table.sort_index(kind="stable").sort_values(order, ascending=False, kind="stable", na_position="last")
    return table.rename_axis(f"{entity}_id").reset_index()


def _record(history: History, entity: Entity, ids: np.ndarray, rows: np.ndarray, as_of: np.datetime64) -> pd.DataFrame:
    when = np.full(len(rows), as_of, TIME)
    names = [name for name in RECORD[entity] if name in history.entities(entity)]
    told: dict[str, Any] = {name: history.value_at(entity, name, rows, when) for name in names}
    if entity == "opportunity":
        told["source"] = lead_values(history, "source", rows, when)
        told["promised_close"] = history.value_at(entity, "expected_close", rows, when)
    told["stage"], told["stage_since"] = history.stage_at(entity, rows, when)
    return pd.DataFrame({name: _column(column) for name, column in told.items()}, index=pd.Index(ids, dtype=object))


def _signs(
    history: History, entity: Entity, scorers: list[Scorer], risks: RiskKeys, as_of: np.datetime64, ids: np.ndarray,
    timezone: str | None,
) -> pd.DataFrame:
    found = signs_at(history, entity, scorers, risks, as_of, set(ids), timezone)
    told: dict[str, Any] = {name: np.array([row[name] for row in found], float) for name in (*NUMBERS, *COUNTS)}
    told |= {name: _moments([row[name] for row in found]) for name in MOMENTS}
    told["flags"] = np.array([row["flags"].strip(";").replace(";", ", ") for row in found], object)
    told["why"] = np.array(["; ".join(one["text"] for one in flags_told(row["flags"].split(";"), row)) for row in found], object)
    return pd.DataFrame(told, index=pd.Index([row["entity_id"] for row in found], dtype=object))


def _moments(micros: list[int | None]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(times(micros)).tz_localize("UTC")


def _column(column: np.ndarray) -> Any:
    return pd.DatetimeIndex(column.astype(TIME)).tz_localize("UTC") if column.dtype.kind == "M" else column
