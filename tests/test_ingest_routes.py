"""Records over HTTP: in, out again, and requests that are sent twice."""

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from gated import Gated, gated
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from ingested import RATES, WORKSPACE

from leadcast.store import StoreUnavailable, tables
from leadcast.store.idempotency import InProgress, claim, forget_old, seal
from leadcast.workspace import read_workspace
from serving.desk import Desk
from serving.routes import ingest

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
KEY = {"Idempotency-Key": "one-1"}
RESOURCES = {
    "leads": {"lead_id": "L1", "created_at": "2026-02-01T08:00:00Z", "owner": "ann", "attributes": {"industry": "Retail"}},
    "opportunities": {"opportunity_id": "D1", "lead_id": "L1", "amount": 100},
    "events": {"lead_id": "L1", "type": "call", "event_id": "E1", "occurred_at": "2026-02-10T09:00:00+01:00", "value": 3},
    "stages": {"entity": "lead", "entity_id": "L1", "stage": "mql", "entered_at": "2026-02-11T09:00:00Z"},
    "field-history": {"entity": "lead", "entity_id": "L1", "field": "owner", "value": "bob",
                      "changed_at": "2026-02-12T09:00:00Z"},
    "contacts": {"contact_id": "C1", "account_id": "A1", "attributes": {"employees": 7}},
    "accounts": {"account_id": "A1", "attributes": {"industry": "Retail"}},
    "owners": {"owner": "ann", "region": "North", "valid_from": "2026-01-01T00:00:00Z"},
    "quotas": {"owner": "ann", "period": "2026-Q1", "amount": 100},
}


@pytest.fixture
def service(tmp_path: Path) -> Gated:
    """The app behind its gate on a workspace that has no models; the store is SQLite."""
    return opened(tmp_path)


def opened(folder: Path) -> Gated:
    (folder / "leadcast.toml").write_text(WORKSPACE)
    (folder / "rates.csv").write_text(RATES)
    built = gated(folder)
    built.app.state.desk = Desk(read_workspace(folder), {}, None)
    return built


def put(service: Gated, resource: str, *items: Any, headers: dict[str, str] | None = None) -> httpx.Response:
    return service.ask("PUT", f"/v1/{resource}", json={"items": list(items)}, headers=headers or {})


def told(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


# ---- in -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("resource", list(RESOURCES))
def test_every_kind_of_record_is_taken_and_the_same_again_changes_nothing(service, resource):
    first, second = (told(put(service, resource, RESOURCES[resource])) for _ in range(2))
    assert (first["created"], second["unchanged"]) == (1, 1)
    assert [result["status"] for result in first["results"]] == ["created"]


def test_a_batch_answers_for_each_item_with_the_path_of_what_is_wrong(service):
    answer = told(put(service, "leads", {"lead_id": "L1"}, {"lead_id": "L2", "attributes": {"employees": "many"}}))
    assert answer == {
        "results": [{"index": 0, "id": "L1", "status": "created", "errors": []},
                    {"index": 1, "id": "L2", "status": "rejected",
                     "errors": [{"path": "items[1].attributes.employees", "message": "not a number"}]}],
        "created": 1, "updated": 0, "unchanged": 0, "rejected": 1}


@pytest.mark.parametrize(("resource", "item", "path", "said"), [
    ("leads", {"lead_id": "L1", "emial": "x"}, "items[0].emial", "unknown key; known here: lead_id, created_at"),
    ("leads", {}, "items[0].lead_id", "Field required"),
    ("leads", {"lead_id": "  "}, "items[0].lead_id", "String should have at least 1 character"),
    ("leads", {"lead_id": "a\x00b"}, "items[0].lead_id", "not a text: it holds a NUL character"),
    ("leads", {"lead_id": "a" * 1001}, "items[0].lead_id", "String should have at most 1000 characters"),
    ("leads", {"lead_id": "L1", "created_at": "2026-02-01"}, "items[0].created_at", "not a time with an offset"),
    ("events", {**RESOURCES["events"], "occurred_at": None}, "items[0].occurred_at", "Input should be a valid datetime"),
    ("events", {**RESOURCES["events"], "direction": "up"}, "items[0].direction", "Input should be 'from_us' or 'from_them'"),
    ("opportunities", {"opportunity_id": "D1", "amount": "12"}, "items[0].amount", "Input should be a valid number"),
    ("stages", {**RESOURCES["stages"], "entity": "account"}, "items[0].entity", "Input should be 'lead' or 'opportunity'"),
])
def test_a_request_of_another_shape_is_refused_as_a_whole_with_the_path(service, resource, item, path, said):
    answer = put(service, resource, item)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    [error] = answer.json()["errors"]
    assert error["path"] == path and error["message"].startswith(said)


@pytest.mark.parametrize("count", [0, 1001])
def test_a_batch_holds_one_to_a_thousand_items(service, count):
    assert put(service, "leads", *({"lead_id": f"L{number}"} for number in range(count))).status_code == 422


def test_a_thousand_items_are_taken(service):
    assert told(put(service, "leads", *({"lead_id": f"L{number}"} for number in range(1000))))["created"] == 1000


def test_half_a_surrogate_pair_is_refused(service):
    for body in ('{"items": [{"lead_id": "\\ud800"}]}', '{"items": [{"lead_id": "L1", "attributes": {"\\ud800": 1}}]}',
                 '{"items": [{"lead_id": "L1", "\\ud800": 1}]}'):
        answer = service.ask("PUT", "/v1/leads", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, body


def test_texts_lose_the_blanks_around_them_as_in_a_file(service):
    told(put(service, "contacts", {"contact_id": " C1 ", "account_id": " "}))
    assert told(service.ask("GET", "/v1/contacts"))["items"][0] | {"changed_at": None} == {
        "contact_id": "C1", "account_id": None, "attributes": {}, "changed_at": None}


def test_a_limited_key_writes_and_lists_its_owners_records_alone(service):
    told(put(service, "leads", {"lead_id": "L1", "owner": "ann", "contact_id": "C1"},
             {"lead_id": "L2", "owner": "bob", "contact_id": "C2"}))
    told(put(service, "contacts", {"contact_id": "C1"}, {"contact_id": "C2"}))
    told(put(service, "quotas", RESOURCES["quotas"], {**RESOURCES["quotas"], "owner": "bob"}))
    told(put(service, "field-history", RESOURCES["field-history"] | {"field": "source"},
             RESOURCES["field-history"] | {"field": "source", "entity_id": "L2"}))
    text, _ = service.key("ingest", "read", limit_by="owner", limit_to=("ann",))
    service.headers = {"X-API-Key": text}
    answer = told(put(service, "leads", {"lead_id": "L1", "source": "fair"}, {"lead_id": "L2", "source": "fair"}))
    assert [result["status"] for result in answer["results"]] == ["updated", "rejected"]
    assert [item["contact_id"] for item in told(service.ask("GET", "/v1/contacts"))["items"]] == ["C1"]
    assert [item["owner"] for item in told(service.ask("GET", "/v1/quotas"))["items"]] == ["ann"]
    assert {item["entity_id"] for item in told(service.ask("GET", "/v1/field-history"))["items"]} == {"L1"}


# ---- out ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("resource", "items"), [
    ("contacts", [{"contact_id": f"C{number}"} for number in range(7)]),
    ("accounts", [{"account_id": f"ä{number}"} for number in range(7)]),
    ("owners", [{"owner": "ann", "valid_from": f"2026-01-0{number + 1}T00:00:00Z"} for number in range(7)]),
    ("quotas", [{"owner": f"o{number}", "period": "2026", "amount": number} for number in range(7)]),
    ("field-history", [{**RESOURCES["field-history"], "value": f"v{number}"} for number in range(7)]),
])
def test_pages_hold_every_row_once(service, resource, items):
    assert told(put(service, resource, *items))["created"] == 7
    seen, cursor = [], None
    while True:
        page = told(service.ask("GET", f"/v1/{resource}", params={"limit": 3, **({"cursor": cursor} if cursor else {})}))
        seen += [json.dumps(item, sort_keys=True) for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7


def test_lists_are_filtered(service):
    told(put(service, "field-history", RESOURCES["field-history"], {**RESOURCES["field-history"], "entity_id": "L2"}))
    told(put(service, "quotas", RESOURCES["quotas"], {**RESOURCES["quotas"], "period": "2026-Q2"}))
    found = told(service.ask("GET", "/v1/field-history?entity=lead&entity_id=L2"))["items"]
    assert [item["entity_id"] for item in found] == ["L2"]
    assert told(service.ask("GET", "/v1/quotas?owner=ann&period=2026-Q2"))["items"] == [
        {"owner": "ann", "region": None, "period": "2026-Q2", "amount": 100.0, "currency": "EUR"}]
    assert told(service.ask("GET", "/v1/field-history?entity=opportunity"))["items"] == []


def test_times_come_out_in_utc(service):
    told(put(service, "owners", {"owner": "ann", "valid_from": "2026-01-01T01:00:00+01:00"}))
    assert told(service.ask("GET", "/v1/owners"))["items"][0]["valid_from"] == "2026-01-01T00:00:00Z"


def test_a_text_that_is_no_cursor_is_refused(service):
    assert service.ask("GET", "/v1/contacts?cursor=abc").status_code == 422


# ---- sent twice ---------------------------------------------------------------------------------------------------


def test_the_same_request_is_answered_as_before_and_nothing_is_done_twice(service):
    first, second = (put(service, "leads", RESOURCES["leads"], headers=KEY) for _ in range(2))
    assert first.json() == second.json() and told(first)["created"] == 1
    assert "Idempotent-Replay" not in first.headers and second.headers["Idempotent-Replay"] == "true"


def test_another_request_under_the_same_key_is_refused(service):
    put(service, "leads", RESOURCES["leads"], headers=KEY)
    for resource, item in (("leads", {"lead_id": "L2"}), ("events", RESOURCES["events"])):
        answer = put(service, resource, item, headers=KEY)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


def test_a_request_whose_first_is_still_running_is_told_so_and_a_lost_one_is_taken_over(service):
    put(service, "leads", RESOURCES["leads"], headers=KEY)
    with service.store.writing() as connection:
        connection.execute(tables.idempotency.update().values(status=None, answer=None))
    answer = put(service, "leads", RESOURCES["leads"], headers=KEY)
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (409, "in_progress", "1")
    service.clock[0] += timedelta(seconds=61)
    assert told(put(service, "leads", RESOURCES["leads"], headers=KEY))["unchanged"] == 1


def test_a_key_is_forgotten_after_a_day(service):
    put(service, "leads", RESOURCES["leads"], headers=KEY)
    service.clock[0] += timedelta(hours=24)
    answer = put(service, "leads", {"lead_id": "L2"}, headers=KEY)
    assert told(answer)["created"] == 1


def test_a_request_that_failed_can_be_sent_again_at_once(service, monkeypatch):
    def fail(*_: Any) -> None:
        raise StoreUnavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr(ingest, "take_in", fail)
        assert put(service, "leads", RESOURCES["leads"], headers=KEY).status_code == 503
    answer = put(service, "leads", RESOURCES["leads"], headers=KEY)
    assert told(answer)["created"] == 1 and "Idempotent-Replay" not in answer.headers


@pytest.mark.parametrize("key", ["", "a b", "ä", "x" * 256])
def test_a_key_is_one_to_255_visible_letters(service, key):
    answer = put(service, "leads", RESOURCES["leads"], headers={"Idempotency-Key": key.encode()})
    assert answer.status_code == 422


def test_an_answer_is_kept_together_with_what_it_acknowledges(store):
    assert claim(store, "k", "one", "hash", 1) is None
    with pytest.raises(RuntimeError), store.writing() as connection:
        seal(connection, "k", "one", "hash", 200, "{}", 2)
        raise RuntimeError
    with pytest.raises(InProgress):
        claim(store, "k", "one", "hash", 3)
    assert claim(store, "other", "one", "else", 3) is None
    with store.writing() as connection:
        seal(connection, "k", "one", "hash", 200, "{}", 4)
    assert claim(store, "k", "one", "hash", 5).answer == "{}"  # type: ignore[union-attr]
    assert forget_old(store, 4) == 1


def test_of_many_equal_requests_at_once_one_is_done(service):
    answers: list[httpx.Response] = []
    service.ask("GET", "/v1/owners")  # the gate knows by now that there are no keys
    threads = [threading.Thread(target=lambda: answers.append(put(service, "leads", RESOURCES["leads"], headers=KEY)))
               for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert sum("Idempotent-Replay" not in answer.headers for answer in answers if answer.status_code == 200) == 1


# ---- anything -----------------------------------------------------------------------------------------------------

anything = some.recursive(
    some.none() | some.booleans() | some.floats() | some.integers() | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3), max_leaves=8)
keys = sorted({key for item in RESOURCES.values() for key in item} | {"currency", "order", "recorded_at", "source", "old_value"})


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(resource=some.sampled_from(list(RESOURCES)), changed=some.dictionaries(some.sampled_from(keys), anything))
def test_whatever_is_sent_is_answered_and_never_breaks_the_service(service, resource, changed):
    body = json.dumps({"items": [{**RESOURCES[resource], **changed}]})
    answer = service.ask("PUT", f"/v1/{resource}", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (200, 400, 422), answer.text
