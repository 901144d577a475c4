"""Scenarios and calls over HTTP: the command's numbers, each mistake at its place, and nothing of others for a limited key."""

import json
import threading

import pytest
from asked_service import DAY, AskedService, asked_service, filled_store

from leadcast.places import tracking_uri
from leadcast.snapshots import read_snapshot

PLANTED = "zebra-7731"


@pytest.fixture(scope="module")
def filled(trained, tmp_path_factory):
    with filled_store(trained, tmp_path_factory.mktemp("filled")) as store:
        yield store


@pytest.fixture
def service(trained, filled, tmp_path, monkeypatch) -> AskedService:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tracking_uri(trained.workspace))
    return asked_service(trained, filled, tmp_path)


@pytest.fixture
def base(service) -> str:
    return service.post("/v1/forecast", {"period": "quarter", "save": True})["saved"]


def deal_of(service, kind: str, place: int = 0) -> str:
    rows = read_snapshot(service.forecasts).rows
    return rows[rows["kind"] == kind]["entity_id"].iloc[place]


# ---- scenarios ------------------------------------------------------------------------------------------------


def test_a_scenario_on_a_kept_forecast_is_the_commands(service, base):
    one, other = deal_of(service, "open"), deal_of(service, "open", 1)
    found = service.post("/v1/scenarios", {
        "base": "latest", "drop": ["largest"], "rates": [{"column": "region", "value": "West", "factor": 1.5}],
        "deals": [{"deal_id": one, "amount": 7.0, "probability": 0.5}, {"deal_id": other, "close": "2026-08-03"}],
        "hire": {"reps": 2, "start": "2026-07-01", "ramp_days": 0}})
    changes = (f"amount:{one}=7", f"probability:{one}=0.5", f"close:{other}=2026-08-03", "drop:largest", "rate:region=West*1.5",
               "hire:reps=2,start=2026-07-01,ramp_days=0")
    expected = service.command("scenario", "--base", base, *(part for change in changes for part in ("--set", change)))
    assert {key: found[key] for key in ("base", "changes", "before", "after")} == {
        key: expected[key] for key in ("base", "changes", "before", "after")}
    assert found["saved"] is None and found["before"]["amount"]["total"] != found["after"]["amount"]["total"]


def test_a_scenario_of_today_needs_no_base(service):
    found = service.post("/v1/scenarios", {"period": "quarter", "quota": 5_000, "drop": ["largest"]})
    assert found["after"]["amount"]["total"] < found["before"]["amount"]["total"]
    assert found["before"]["goal"]["quota"] == found["after"]["goal"]["quota"] == 5_000
    assert not service.forecasts.exists()


def test_what_is_kept_of_a_scenario_of_today_is_both(service):
    found = service.post("/v1/scenarios", {"period": "quarter", "drop": ["largest"], "save": True, "note": "without the whale"})
    newest, older = service.get("/v1/forecasts")["items"]
    assert (newest["id"], newest["base"], newest["note"]) == (found["saved"], found["base"], "without the whale")
    assert newest["changes"] == found["changes"] and (older["id"], older["base"]) == (found["base"], None)
    assert newest["amount"]["total"] == found["after"]["amount"]["total"]
    assert service.get(f"/v1/forecasts/{found['base']}/compare/{found['saved']}")["money"]["removed"] == pytest.approx(
        found["after"]["amount"]["total"] - found["before"]["amount"]["total"])


@pytest.mark.parametrize(("body", "paths"), [
    ({}, ["body"]), ({"drop": ["largest"], "note": "x"}, ["body"]), ({"drop": [PLANTED]}, ["drop[0]"]),
    ({"drop": ["OPEN", "OPEN"]}, ["drop[1]"]), ({"deals": [{"deal_id": PLANTED, "amount": 1}]}, ["deals[0].deal_id"]),
    ({"deals": [{"deal_id": "OPEN"}]}, ["deals[0]"]), ({"deals": [{"deal_id": "WON", "probability": 0.5}]}, ["deals[0]"]),
    ({"deals": [{"deal_id": "OPEN", "close": "2020-01-01"}]}, ["deals[0].close"]),
    ({"deals": [{"deal_id": "OPEN", "close": "soon"}]}, ["deals[0].close"]),
    ({"deals": [{"deal_id": "OPEN", "probability": 1.5}]}, ["deals[0].probability"]),
    ({"deals": [{"deal_id": "OPEN", "amount": 1}, {"deal_id": "OPEN", "amount": 2}]}, ["body"]),
    ({"deals": [{"deal_id": "OPEN", "amount": 1}], "drop": ["OPEN"]}, ["body"]),
    ({"rates": [{"column": PLANTED, "value": "West", "factor": 2}]}, ["rates[0].column"]),
    ({"rates": [{"column": "amount", "value": "West", "factor": 2}]}, ["rates[0].column"]),
    ({"rates": [{"column": "region", "value": PLANTED, "factor": 2}]}, ["rates[0].value"]),
    ({"rates": [{"column": "region", "value": "West", "factor": -1}]}, ["rates[0].factor"]),
    ({"hire": {"reps": 0, "start": "2026-07-01"}}, ["hire.reps"]), ({"hire": {"reps": 1, "start": 3}}, ["hire.start"]),
    ({"hire": {"reps": 10_000, "start": "2026-07-01", "per_rep_per_day": 1000}}, ["body"]),
    ({"drop": ["largest"], "period": "quarter"}, ["body"]), ({"drop": ["a\x00"]}, ["drop[0]"]),
])
def test_each_mistake_is_told_at_its_place_and_without_its_value(service, base, body, paths):
    text = json.dumps({"base": base, **body}).replace('"OPEN"', json.dumps(deal_of(service, "open")))
    won = service.end - 400 * DAY
    if '"WON"' in text:
        past = service.post("/v1/forecast", {"period": str(won)[:4], "save": True})["saved"]
        rows = read_snapshot(service.forecasts, past).rows
        text = text.replace('"WON"', json.dumps(rows[rows["kind"] == "won"]["entity_id"].iloc[0])).replace(base, past)
    asked = json.loads(text)
    assert service.refused("POST", "/v1/scenarios", asked) == (422, "invalid_request", paths)
    assert PLANTED not in service.ask("POST", "/v1/scenarios", asked).text


def test_a_hire_where_nothing_new_is_expected_does_not_fit(service):
    past = service.post("/v1/forecast", {"period": "2025-Q4", "save": True})["saved"]
    body = {"base": past, "hire": {"reps": 2, "start": "2026-07-01"}}
    assert service.refused("POST", "/v1/scenarios", body) == (422, "invalid_request", ["hire"])


def test_an_unknown_base_is_not_found(service):
    assert service.refused("POST", "/v1/scenarios", {"base": PLANTED, "drop": ["largest"]})[:2] == (404, "not_found")


def test_a_limited_key_has_scenarios_of_its_own_deals_only(service, base):
    whole = service.post("/v1/forecast", {"period": "quarter"})
    owner, part = next(iter(whole["parts"].items()))
    rows = read_snapshot(service.forecasts).rows
    foreign = rows[(rows["kind"] == "open") & (rows["owner"] != owner)]["entity_id"].iloc[0]
    with service.limited_to(owner):
        mine = service.post("/v1/scenarios", {"period": "quarter", "drop": ["largest"]})
        assert mine["before"]["amount"]["total"] == pytest.approx(part["amount"]["total"], rel=1e-9)
        assert service.refused("POST", "/v1/scenarios", {"base": base, "drop": ["largest"]})[:2] == (404, "not_found")
        assert service.refused("POST", "/v1/scenarios", {"drop": [foreign]}) == (422, "invalid_request", ["drop[0]"])
        assert service.refused("POST", "/v1/scenarios", {"drop": ["largest"], "save": True}) == (422, "invalid_request", ["save"])


# ---- calls ----------------------------------------------------------------------------------------------------

CALL = {"period": "quarter", "amount": 250_000, "who": "Mia", "note": "two are safe"}


def test_a_call_stands_beside_the_forecast_and_in_the_commands_list(service):
    made = service.post("/v1/calls", CALL, 201)
    assert (made["who"], made["amount"], made["owner"], made["currency"]) == ("Mia", 250_000, None, "EUR")
    assert made["recorded_at"] == f"{service.end.item().isoformat()}Z" and made["period"]["name"] == service.quarter
    look = service.post("/v1/forecast", {"period": "quarter"})
    [called] = look["calls"]
    assert called["model"] == {"amount": look["total"]["amount"]["total"], "count": look["total"]["count"]["total"]}
    assert called["period"] == made["period"] and 0 <= called["reach"] <= 1
    assert [one["note"] for one in service.command("calls", "--all")] == ["two are safe"]


def test_the_newest_stands_and_all_are_listed_in_pages(service):
    for amount in (100, 200, 300):
        service.post("/v1/calls", {**CALL, "amount": amount}, 201)
    service.post("/v1/calls", {"period": "2026-11", "count": 4, "who": "Mia"}, 201)
    assert [call["amount"] for call in service.get("/v1/calls", period="quarter")["items"]] == [300]
    assert [call["amount"] for call in service.get("/v1/calls")["items"]] == [300, None]
    first = service.get("/v1/calls", all=True, limit=3)
    second = service.get("/v1/calls", all=True, limit=3, cursor=first["next"])
    assert [call["amount"] for call in first["items"] + second["items"]] == [100, 200, 300, None] and second["next"] is None


def test_many_calls_at_once_are_all_kept(service):
    bodies = [{**CALL, "amount": amount, "note": "x" * 1000} for amount in range(12)]
    made = [threading.Thread(target=service.post, args=("/v1/calls", body, 201)) for body in bodies]
    for thread in made:
        thread.start()
    for thread in made:
        thread.join()
    assert sorted(call["amount"] for call in service.get("/v1/calls", all=True)["items"]) == list(range(12))


def test_a_limited_key_calls_and_sees_its_own_owners_alone(service):
    owners = sorted(name for name in service.post("/v1/forecast", {})["parts"] if name != "(none)")[:2]
    for owner in (None, *owners):
        service.post("/v1/calls", {**CALL, **({} if owner is None else {"owner": owner})}, 201)
    with service.limited_to(owners[0]):
        assert [call["owner"] for call in service.get("/v1/calls")["items"]] == owners[:1]
        assert [call["owner"] for call in service.post("/v1/forecast", {"period": "quarter"})["calls"]] == owners[:1]
        assert service.refused("POST", "/v1/calls", CALL) == (422, "invalid_request", ["owner"])
        others = service.ask("POST", "/v1/calls", {**CALL, "owner": owners[1]}).json()
        unknown = service.ask("POST", "/v1/calls", {**CALL, "owner": "nobody"}).json()
        assert others["errors"] == unknown["errors"] == [{"path": "owner", "message": "nobody of that name in the data"}]
        made = service.post("/v1/calls", {"period": "quarter", "count": 3, "owner": owners[0]}, 201)
    assert made["who"] == "limited"


@pytest.mark.parametrize(("change", "paths"), [
    ({"period": PLANTED}, ["period"]), ({"amount": None}, ["body"]), ({"amount": -1}, ["amount"]), ({"who": "  "}, ["who"]),
    ({"who": None}, ["who"]), ({"owner": PLANTED}, ["owner"]), ({"currency": "USD"}, ["currency"]), ({"note": "a\x00"}, ["note"]),
])
def test_a_call_that_cannot_be_is_refused(service, change, paths):
    assert service.refused("POST", "/v1/calls", {**CALL, **change}) == (422, "invalid_request", paths)
    assert PLANTED not in service.ask("POST", "/v1/calls", {**CALL, **change}).text
    assert not (service.folder / ".leadcast" / "calls.jsonl").exists()


def test_a_damaged_file_of_calls_is_told_without_its_place(service):
    service.post("/v1/calls", CALL, 201)
    (service.folder / ".leadcast" / "calls.jsonl").write_text("{\n")
    for answer in (service.ask("GET", "/v1/calls"), service.ask("POST", "/v1/forecast", {})):
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
        assert "calls.jsonl cannot be read" in answer.json()["detail"] and str(service.folder) not in answer.text


def test_calls_that_cannot_be_written_are_told_as_full(service):
    (service.folder / ".leadcast").write_text("a file in the way")
    assert service.refused("POST", "/v1/calls", CALL)[:2] == (507, "store_full")
