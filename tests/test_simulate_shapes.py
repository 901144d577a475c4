"""Each shape, read through its committed mapping, against the truth: everything that shape can know, and nothing else."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from leadcast.history import History
from leadcast.mapping import read_history
from leadcast.simulate import simulate, true_history
from leadcast.table import Table
from leadcast.workspace import read_workspace

LEADS, SEED = 2500, 11
FIT = ["industry", "country", "role", "seniority", "campaign", "employees", "request", "source"]


@pytest.fixture(scope="module")
def truth() -> History:
    return true_history(LEADS, SEED)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    found = {shape: tmp_path_factory.mktemp(shape) for shape in ("crm", "snapshot", "log", "export")}
    for shape, folder in found.items():
        simulate(folder, LEADS, SEED, shape)
    return found


@pytest.fixture(scope="module")
def histories(folders: dict[str, Path]) -> dict[str, History]:
    return {shape: read_history(read_workspace(folder)) for shape, folder in folders.items()}


def compared(found: Table, true: Table, key: list[str], columns: list[str] | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two tables as frames of the same columns, sorted by a key."""
    names = columns or sorted(true.names)
    return tuple(t.frame()[names].sort_values(key, kind="stable").reset_index(drop=True) for t in (found, true))  # type: ignore[return-value]


# ---- crm: everything ----------------------------------------------------------------------------------------------

TABLES = [
    ("leads", ["lead_id"]), ("opportunities", ["opportunity_id"]), ("events", ["event_id"]), ("owners", ["owner", "valid_from"]),
    ("stages", ["entity", "entity_id", "entered_at"]), ("fields", ["entity", "entity_id", "field", "changed_at"]),
    ("quotas", ["owner", "period"]),
]


@pytest.mark.parametrize(("name", "key"), TABLES)
def test_the_crm_is_rebuilt_to_the_last_value(histories, truth, name, key):
    found, true = getattr(histories["crm"], name), getattr(truth, name)
    assert sorted(found.names) == sorted(true.names)
    pd.testing.assert_frame_equal(*compared(found, true, key), check_exact=True)


def test_the_crm_mapping_says_the_truth_s_own_words(histories, truth):
    assert histories["crm"].vocabulary == truth.vocabulary
    assert histories["crm"].end == truth.end


def test_what_was_planted_in_the_crm_is_rejected_and_counted(histories, folders):
    planted = json.loads((folders["crm"] / "truth" / "planted.json").read_text())
    assert all(rows > 0 for found in planted.values() for rows in found.values())
    both = Counter(planted["sessions"]) + Counter(planted["touches"])
    status = planted["lead_status_history"]
    rejected = {(f.table, f.problem): f.rows for f in histories["crm"].quality.findings if f.rejected}
    assert rejected == {
        ("leads", "lead_id is missing"): planted["leads"]["missing id"],
        ("leads", "created_at is not a time"): planted["leads"]["bad time"],
        ("events", "no id of a lead, deal, contact or account"): both["missing id"],
        ("events", "occurred_at is not a time"): both["bad time"],
        ("events", "a duplicate of an earlier row"): both["duplicate"],
        ("stages", "id is missing"): status["missing id"],
        ("stages", "entered_at is not a time"): status["bad time"],
    }


def test_the_crm_holds_what_real_ones_do(truth):
    late = truth.events["recorded_at"] > truth.events["occurred_at"]
    assert 0.005 < late.mean() < 0.05
    assert {"amount", "expected_close", "category", "owner"} == set(truth.fields["field"])
    assert (truth.leads["source"] == "outbound").mean() > 0.01
    assert 8 < truth.events.rows / truth.leads.rows < 22
    repeated = pd.Series(truth.leads["contact_id"]).duplicated().mean()
    assert 0.02 < repeated < 0.1


# ---- snapshot: today's stage --------------------------------------------------------------------------------------


def test_the_snapshot_knows_leads_and_deals(histories, truth):
    found = histories["snapshot"]
    columns = ["lead_id", "created_at", "owner", *FIT]
    pd.testing.assert_frame_equal(*compared(found.leads, truth.leads, ["lead_id"], columns))
    columns = ["opportunity_id", "lead_id", "created_at", "owner", "amount", "product", "segment", "competitor", "discount"]
    pd.testing.assert_frame_equal(*compared(found.opportunities, truth.opportunities, ["opportunity_id"], columns))
    assert found.events.rows == 0


def test_the_snapshot_knows_the_stage_of_today(histories, truth):
    assert today(histories["snapshot"], truth, "opportunity")[0].tolist() == today(truth, truth, "opportunity")[0].tolist()
    stage, since = today(histories["snapshot"], truth, "lead")
    true_stage, true_since = today(truth, truth, "lead")
    assert stage.tolist() == true_stage.tolist() and np.array_equal(since, true_since)


def today(history: History, truth: History, entity: str) -> tuple[np.ndarray, np.ndarray]:
    """Stages and when they were entered, in the truth's order."""
    ids = truth.ids(entity)
    return history.stage_at(entity, history.rows(entity, ids), np.full(len(ids), truth.end))


def test_the_snapshot_s_one_close_date_is_the_outcome_s_day_or_the_expectation(histories, truth):
    found = histories["snapshot"]
    rows, when = np.arange(truth.opportunities.rows), np.full(truth.opportunities.rows, truth.end)
    closed = truth.closed_at("opportunity", rows, when)
    _, ended = truth.stage_at("opportunity", rows, when)
    mine = found.rows("opportunity", truth.ids("opportunity"))
    _, found_ended = found.stage_at("opportunity", mine, when)
    local_day = (ended + np.timedelta64(8, "h")).astype("datetime64[D]") - np.timedelta64(8, "h")
    assert 0.5 < closed.mean() < 1 and np.array_equal(found_ended[closed], local_day[closed])
    assert np.isnat(found_ended[~closed]).all()
    expected = [h.value_at("opportunity", "expected_close", r, when) for h, r in ((found, mine), (truth, rows))]
    assert np.array_equal(expected[0][~closed], expected[1][~closed])


# ---- log: what happened, in order ---------------------------------------------------------------------------------


def test_the_log_knows_leads_deals_and_stages(histories, truth):
    found = histories["log"]
    pd.testing.assert_frame_equal(*compared(found.leads, truth.leads, ["lead_id"], ["lead_id", "created_at", *FIT]))
    # A case is a lead and its deal, so the deal's id is the lead's.
    lead_of = dict(zip(truth.opportunities["opportunity_id"], truth.opportunities["lead_id"], strict=True))
    first = truth.value_at("opportunity", "amount", np.arange(truth.opportunities.rows), truth.opportunities["created_at"])
    true = truth.opportunities.with_columns(opportunity_id=truth.opportunities["lead_id"], amount=first)
    columns = ["opportunity_id", "lead_id", "created_at", "amount"]
    pd.testing.assert_frame_equal(*compared(found.opportunities, true, ["lead_id"], columns))
    cases = np.array([lead_of.get(i, i) for i in truth.stages["entity_id"]], dtype=object)
    renamed = truth.stages.with_columns(entity_id=cases)
    key = ["entity", "entity_id", "entered_at"]
    pd.testing.assert_frame_equal(*compared(found.stages, renamed, key, [*key, "stage"]))


def test_the_log_knows_every_event_since_the_lead_s_creation(histories, truth):
    log = histories["log"].events
    found = Counter(zip(log["lead_id"], log["type"], log["occurred_at"].astype("int64").tolist(), strict=True))
    events = truth.events.take(pd.isna(truth.events["contact_id"]) & (truth.events["type"] != "contract"))
    lead_of = dict(zip(truth.opportunities["opportunity_id"], truth.opportunities["lead_id"], strict=True))
    keys = zip(events["lead_id"], events["opportunity_id"], strict=True)
    case = [lead if deal is None else lead_of[deal] for lead, deal in keys]
    true = Counter(zip(case, events["type"], events["occurred_at"].astype("int64").tolist(), strict=True))
    types = set(events["type"])
    assert {key: count for key, count in found.items() if key[1] in types} == true


# ---- export: no dates ---------------------------------------------------------------------------------------------


def test_the_export_knows_the_order_and_the_outcome(histories, truth):
    found = histories["export"]
    order = np.argsort(found.leads["order"])
    assert np.isnat(found.leads["created_at"]).all()
    for name in ("owner", *FIT, "newsletter"):
        assert found.leads[name][order].astype(str).tolist() == truth.leads[name].astype(str).tolist(), name
    when = np.full(LEADS, truth.end)
    ended = {"converted": "converted", "disqualified": "lost"}
    true = [ended.get(stage, "open") for stage in truth.stage_at("lead", np.arange(LEADS), when)[0]]
    assert found.stage_at("lead", order, np.full(LEADS, found.end))[0].tolist() == true
    assert {"converted", "lost", "open"} == set(true)


def test_the_export_s_leak_is_never_an_input(histories):
    attribute, = (a for a in histories["export"].vocabulary.attributes if a.name == "last_activity")
    assert attribute.known == "outcome"
