"""What the service tells of its workspace: words that other calls take, teams within a key's limit, how fresh the data are."""

from collections.abc import Iterator

import numpy as np
import pytest
from asked_service import AskedService, asked_service, filled_store
from fixtures_store import blank_sqlite

from leadcast.grouping import group_columns
from leadcast.store import open_engine, tables
from leadcast.store.changes import bump
from leadcast.store.columns import micro
from leadcast.store.newest import newest_and_next, newest_known
from serving.data_end import DataEnd


@pytest.fixture(scope="module")
def service(trained, tmp_path_factory) -> Iterator[AskedService]:
    folder = tmp_path_factory.mktemp("workspace-route")
    with filled_store(trained, folder) as store:
        yield asked_service(trained, store, folder)


def test_it_tells_the_words_that_other_calls_take(service, trained):
    told = service.get("/v1/workspace")
    assert told["name"] == "simulated-crm" and told["currency"] == "EUR" and told["timezone"] == "Asia/Singapore"
    assert [target["name"] for target in told["targets"]] == list(trained.bundles)
    assert [target["won"] for target in told["targets"]] == [False, False, True]
    assert {pipeline["entity"]: pipeline["stages"] for pipeline in told["pipelines"]} == {
        "lead": ["new", "mql", "sql"], "opportunity": ["discovery", "proposal", "negotiation"]}


@pytest.mark.parametrize("entity", ["lead", "opportunity"])
def test_columns_are_those_that_the_funnel_groups_by(service, trained, entity):
    told = service.get("/v1/workspace")["columns"][entity]
    assert set(told) <= set(group_columns(trained.history, entity))
    path = {"lead": "leads", "opportunity": "deals"}[entity]
    for column in told:
        assert service.get("/v1/funnel", path=path, by=column)["by"] == column


def test_periods_are_those_of_the_calendar_and_can_be_asked_for(service):
    told = service.get("/v1/workspace")
    assert told["period"] == service.quarter
    assert {period["name"] for period in told["periods"]} >= {told["period"], told["now"][:4]}
    assert len({period["name"] for period in told["periods"]}) == len(told["periods"])


def test_the_team_is_that_of_the_owners_table(service, trained):
    told = service.get("/v1/workspace")["team"]
    owners = trained.history.owners
    assert {one["name"] for one in told["owner"]} == set(owners["owner"])
    assert {one["label"] for one in told["owner"]} == set(owners["name"])
    assert {one["name"] for one in told["region"]} == set(owners["region"])


def test_a_limited_key_sees_its_own_team(service):
    with service.limited_to("u01", "u02"):
        told = service.get("/v1/workspace")
    assert [one["name"] for one in told["team"]["owner"]] == ["u01", "u02"] and told["caller"]["limited"]
    assert len(told["team"]["manager"]) <= 2


def test_the_data_end_with_the_newest_record_however_late_it_came_in(service, trained):
    end = service.get("/v1/workspace")["data_end"]
    newest = max(np.nanmax(table[name]) for table, name in (
        (trained.history.events, "occurred_at"), (trained.history.stages, "entered_at"), (trained.history.leads, "created_at"),
        (trained.history.opportunities, "created_at")) if table.rows)
    assert end.removesuffix("Z") == str(newest).removesuffix(".000000")


def test_what_lies_ahead_is_no_end(trained, tmp_path):
    early = trained.history.end - np.timedelta64(30, "D")
    with filled_store(trained, tmp_path) as store, store.reading() as connection:
        found = newest_known(connection, early)
        assert found <= early and found > early - np.timedelta64(3, "D")


def test_the_end_is_looked_up_again_after_a_write_and_when_a_record_of_the_future_has_come(tmp_path, monkeypatch):
    day, looked = np.datetime64("2026-03-01", "us"), []
    hour = np.timedelta64(1, "h")
    store = open_engine(blank_sqlite(tmp_path / "store.db"))
    monkeypatch.setattr("serving.data_end.newest_and_next", lambda *asked: looked.append(asked) or newest_and_next(*asked))
    end = DataEnd(store)
    assert np.isnat(end.at(day)) and np.isnat(end.at(day + hour)) and len(looked) == 1
    for name, at in (("L1", day), ("L2", day + 3 * hour)):
        note_lead(store, name, at)
    told = [end.at(day + hours * hour) for hours in (0, 1, 2, 3, 4, 1)]
    assert told == [day, day, day, day + 3 * hour, day + 3 * hour, day] and len(looked) == 4
    store.close()


def note_lead(store, name, at):
    with store.writing() as connection:
        connection.execute(tables.leads.insert(), {"lead_id": name, "created_at": micro(at), "attributes": "{}",
                                                     "received_at": micro(at), "changed_at": micro(at)})
        bump(connection)
