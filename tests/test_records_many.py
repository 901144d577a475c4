"""Many records in one request are read as if each were alone, whatever ids they share."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from many_records import CRM, CRM_RECORDS, FAULTS, LOG, LOG_RECORDS

from leadcast.errors import RequestError
from leadcast.history import History
from leadcast.mapping import ReferenceTables
from leadcast.mapping.apart import SideBySide
from leadcast.workspace import read_workspace
from serving.records import read_record
from serving.together import ReadRecords, read_records

AT = np.datetime64("2024-06-01", "us")
TABLES = ("leads", "opportunities", "events", "stages", "fields", "owners", "quotas")
MANY = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def crm(tmp_path_factory: pytest.TempPathFactory) -> ReferenceTables:
    folder = opened(tmp_path_factory.mktemp("crm"), CRM)
    (folder / "products.csv").write_text("Product,Line\nGT,Graphics\nGT5,Five\n")
    (folder / "rates.csv").write_text("Cur,From,Rate\nUSD,2024-01-01,0.9\n,2024-01-01,1\nGBP,soon,1\n")
    return ReferenceTables(read_workspace(folder))


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> ReferenceTables:
    return ReferenceTables(read_workspace(opened(tmp_path_factory.mktemp("log"), LOG)))


def opened(folder: Path, text: str) -> Path:
    (folder / "leadcast.toml").write_text(text)
    return folder


def content(history: History) -> dict[str, Any]:
    told = {name: getattr(history, name) for name in TABLES}
    return {name: {c: (str(t[c].dtype), [repr(v) for v in t[c].tolist()]) for c in t.names} for name, t in told.items()}


def one_by_one(references: ReferenceTables, records: list[Any], skip: bool) -> list[Any]:
    """Of each record its tables and notes, or where and why it is refused."""
    found: list[Any] = []
    for number, record in enumerate(records):
        try:
            history, notes = read_record(references.workspace, record, AT, references, ("records", number), skip)
            found.append((content(history), notes))
        except RequestError as mistake:
            found.append((mistake.path, str(mistake)))
    return found


def together(references: ReferenceTables, records: list[Any], skip: bool) -> list[Any]:
    read = read_records(references.workspace, records, AT, references, ("records",), skip)
    found: dict[int, Any] = {number: (mistake.path, str(mistake)) for number, mistake in read.refused.items()}
    for group in read.groups:
        for number in group.numbers:
            history = group.history.alone(number) if isinstance(group.history, SideBySide) else group.history
            found[number] = (content(history), read.notes[number])
    return [found[number] for number in range(len(records))]


@MANY
@given(st.lists(st.builds(dict.__or__, CRM_RECORDS, FAULTS), min_size=2, max_size=4), st.sampled_from([True, True, False]))
def test_records_of_a_crm_are_read_together_as_one_by_one(crm: ReferenceTables, records: list[Any], skip: bool) -> None:
    assert together(crm, records, skip) == one_by_one(crm, records, skip)


@MANY
@given(st.lists(LOG_RECORDS, min_size=2, max_size=4), st.booleans())
def test_records_of_a_log_are_read_together_as_one_by_one(log: ReferenceTables, records: list[Any], skip: bool) -> None:
    assert together(log, records, skip) == one_by_one(log, records, skip)


# ---- by hand --------------------------------------------------------------------------------------------------


def lead(number: str = "1", **more: Any) -> dict[str, Any]:
    return {"Id": number, "Created": "2024-05-30", "Contact": "7", **more}


def groups(read: ReadRecords) -> list[list[int]]:
    return sorted(sorted(group.numbers) for group in read.groups)


def read(references: ReferenceTables, records: list[Any]) -> ReadRecords:
    return read_records(references.workspace, records, AT, references, ("records",))


def test_one_contact_with_two_contents_stays_two(crm: ReferenceTables) -> None:
    records = [{"leads": lead(), "contacts": {"Id": "7", "Role": role, "Account": "A"}} for role in ("boss", "it")]
    found = read(crm, records)
    history = found.groups[0].history
    assert groups(found) == [[0, 1]] and isinstance(history, SideBySide)
    assert history.leads["role"].tolist() == ["boss", "it"] and history.leads["account_id"].tolist() == ["A", "A"]
    assert [history.alone(n).ids("lead").tolist() for n in (0, 1)] == [["1"], ["1"]]


def test_an_event_reaches_its_own_record_s_lead_alone(crm: ReferenceTables) -> None:
    visit = {"Contact": "7", "At": 1717000000000, "Page": "home"}
    history = read(crm, [{"leads": lead()}, {"leads": lead(), "visits": visit}]).groups[0].history
    assert np.diff(history.linked_events("lead").offsets).tolist() == [0, 1]


def test_a_condition_speaks_of_ids_as_they_were_sent(crm: ReferenceTables) -> None:
    """Visits by contact 2 make no mql, leads of account 2 are never lost by silence."""
    visit = {"Lead": "1", "At": 1709300000000, "Page": "price"}
    old = [{**lead(number, Created="2024-03-01"), "Contact": number} for number in ("1", "2")]
    record = {"leads": old, "visits": [{**visit, "Contact": "2"}, {**visit, "Lead": "2", "Contact": "1"}],
              "contacts": [{"Id": "1", "Account": "2"}, {"Id": "2", "Account": "1"}]}
    history = read(crm, [record, record]).groups[0].history
    assert isinstance(history, SideBySide)
    entries = history.alone(1).stages
    assert list(zip(entries["entity_id"], entries["stage"], strict=True)) == [("2", "mql"), ("2", "lost")]


def test_a_record_that_cannot_be_used_leaves_the_others_as_they_are(crm: ReferenceTables) -> None:
    bad = {"deals": {"Id": "D", "Opened": "2024-03-01", "Amount": 5, "Cur": "XXX"}}
    found = read(crm, [{"leads": lead()}, bad, {"leads": lead()}, {"leads": lead(Created="soon")}, {"lead": {}}])
    assert sorted(number for group in groups(found) for number in group) == [0, 2]
    assert {number: mistake.path for number, mistake in found.refused.items()} == {
        1: ("records", 1), 3: ("records", 3, "leads", "Created"), 4: ("records", 4, "lead")}


def test_a_record_with_a_lookup_table_of_its_own_is_read_by_itself(crm: ReferenceTables) -> None:
    deal = {"Id": "D", "Opened": "2024-03-01", "Amount": 10, "Cur": "USD"}
    own = {"deals": deal, "rates": [{"Cur": "USD", "From": "2024-01-01", "Rate": 0.5}]}
    found = read(crm, [{"deals": deal}, own, {"deals": deal}])
    assert groups(found) == [[0, 2], [1]]
    amounts = {min(group.numbers): group.history.opportunities["amount"].tolist() for group in found.groups}
    assert amounts == {0: [9.0, 9.0], 1: [5.0]}


def test_a_record_whose_deals_have_no_date_is_looked_at_by_itself(crm: ReferenceTables) -> None:
    dated, undated = {"Id": "D", "Opened": "2024-03-01"}, {"Id": "D", "Opened": None}
    assert groups(read(crm, [{"deals": dated}, {"deals": undated}, {"deals": [dated, {**undated, "Id": "E"}]}])) == [[0, 2], [1]]


def test_a_bad_row_of_a_lookup_table_is_no_fault_of_the_sender_s(crm: ReferenceTables) -> None:
    _, notes = read_record(crm.workspace, {"leads": lead()}, AT, crm)
    assert notes == ["rates: 1 x currency is missing", "rates: 1 x valid_from is not a time"]


def test_a_column_left_out_is_composed_as_if_it_were_blank(crm: ReferenceTables) -> None:
    left_out, blank = ({"leads": lead(Product="GT", **size)} for size in ({}, {"Size": None}))
    lines = [read_record(crm.workspace, record, AT, crm)[0].leads["line"].tolist() for record in (left_out, blank)]
    assert lines == [["Graphics"], ["Graphics"]]


def test_what_depends_on_the_workspace_alone_is_worked_out_once(crm: ReferenceTables, monkeypatch: pytest.MonkeyPatch) -> None:
    read_record(crm.workspace, {"leads": lead()}, AT, crm)
    for name in ("vocabulary_of", "read_owners", "read_quotas", "read_rates"):
        monkeypatch.setattr(f"leadcast.mapping.read.{name}", None)
    assert read_record(crm.workspace, {"leads": lead()}, AT, crm)[0].leads.rows == 1
