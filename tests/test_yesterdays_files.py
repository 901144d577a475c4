"""The files as they were on an earlier day give the scores that today's files give as of that day, to the last digit."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features import build_context, feature_table
from leadcast.history import History
from leadcast.mapping import read_history
from leadcast.observations import present_at
from leadcast.simulate import simulate
from leadcast.vocabulary import ENTITIES, Entity
from leadcast.workspace import read_workspace

DAY = pd.Timestamp("2026-02-15T12:00", tz="UTC")
AS_OF = np.datetime64("2026-02-15T12:00", "us")
HOME = "Asia/Singapore"
RECORDED = {"touches": ("OccurredAt", "RecordedAt"), "sales_activities": ("StartedAt",), "lead_status_history": ("ChangedAt",),
            "deal_stage_history": ("ChangedAt",), "field_history": ("ChangedAt",)}


def times(texts: pd.Series, local: bool = False) -> pd.Series:
    found = pd.to_datetime(texts, errors="coerce", format="ISO8601", utc=not local)
    return found.dt.tz_localize(HOME).dt.tz_convert("UTC") if local else found


def as_they_were(folder: Path, target: Path) -> None:
    """Every file of the CRM as an export of that day would have written it, from the raw files alone."""
    raw = {file.stem: pd.read_csv(file, dtype=str, keep_default_na=False) for file in folder.glob("*.csv")}
    changes = raw["field_history"].assign(t=times(raw["field_history"]["ChangedAt"])).sort_values("t", kind="stable")
    for name in ("leads", "deals"):
        raw[name] = raw[name][~(times(raw[name]["CreatedDate"], local=True) > DAY)].copy()
    for name, row, key, columns in (("leads", "Lead", "LeadId", ["OwnerId"]),
                                    ("deals", "Deal", "DealId", ["Amount", "CloseDate", "ForecastCategory"])):
        for column in columns:
            mine = changes[(changes["Object"] == row) & (changes["Field"] == column)]
            first = mine.drop_duplicates("RecordId").set_index("RecordId")["OldValue"]
            last = mine[mine["t"] <= DAY].drop_duplicates("RecordId", keep="last").set_index("RecordId")["NewValue"]
            ids = raw[name][key]
            raw[name][column] = ids.map(last).fillna(ids.map(first)).fillna(raw[name][column])
    for name, columns in RECORDED.items():
        raw[name] = raw[name][~np.logical_or.reduce([times(raw[name][c]) > DAY for c in columns])]
    status, stages = raw["lead_status_history"], raw["deal_stage_history"]
    raw["leads"].loc[~raw["leads"]["LeadId"].isin(status["LeadId"][status["Status"] == "Sales Qualified"]), "Budget"] = ""
    raw["leads"].loc[~raw["leads"]["ConvertedDealId"].isin(raw["deals"]["DealId"]), "ConvertedDealId"] = ""
    closed = stages["DealId"][stages["NewStage"].str.startswith("Closed")]
    raw["deals"].loc[~raw["deals"]["DealId"].isin(closed), "LossReason"] = ""
    raw["deal_contacts"] = raw["deal_contacts"][raw["deal_contacts"]["DealId"].isin(raw["deals"]["DealId"])]
    started = pd.to_numeric(raw["sessions"]["StartedAt"], errors="coerce")
    raw["sessions"] = raw["sessions"][~(started > DAY.timestamp() * 1000)]
    for name, table in raw.items():
        table.to_csv(target / f"{name}.csv", index=False)
    toml = (folder / "leadcast.toml").read_text(encoding="utf-8")
    (target / "leadcast.toml").write_text(re.sub(r'ends_at = "[^"]*"', f'ends_at = "{DAY.isoformat()}"', toml), encoding="utf-8")


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> tuple[History, History]:
    """(Today's history, the one read from that day's files.)"""
    today, then = tmp_path_factory.mktemp("today"), tmp_path_factory.mktemp("then")
    simulate(today, 700, 3, "crm")
    as_they_were(today, then)
    return read_history(read_workspace(today)), read_history(read_workspace(then))


@pytest.mark.parametrize("entity", ENTITIES)
def test_rows_as_of_a_day_are_those_of_the_day_s_own_files(days: tuple[History, History], entity: Entity) -> None:
    today, then = days
    assert then.end == AS_OF < today.end and then.events.rows < today.events.rows
    present, own = present_at(today, entity, AS_OF), present_at(then, entity, AS_OF)
    assert present.entity_id.tolist() == own.entity_id.tolist() and len(own) > 5
    contexts = [build_context(history, entity, AS_OF) for history in days]
    assert contexts[0].to_json() == contexts[1].to_json()
    rows = [feature_table(history, own, context).frame(own) for history, context in zip(days, contexts, strict=True)]
    pd.testing.assert_frame_equal(*rows, check_exact=True)
