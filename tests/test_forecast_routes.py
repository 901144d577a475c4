"""Forecasts over HTTP: the command's own numbers, kept and compared as there, and only of one's own deals for a limited key."""

import json
import threading

import numpy as np
import pytest
from asked_service import DAY, AskedService, asked_service, filled_store

from leadcast.places import tracking_uri
from leadcast.snapshots import read_snapshot
from serving.heavy import OneAtATime


@pytest.fixture(scope="module")
def filled(trained, tmp_path_factory):
    with filled_store(trained, tmp_path_factory.mktemp("filled")) as store:
        yield store


@pytest.fixture
def service(trained, filled, tmp_path, monkeypatch) -> AskedService:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tracking_uri(trained.workspace))
    return asked_service(trained, filled, tmp_path)


def same(found, expected, path="") -> None:
    """Every number and word, to the rounding of sums in another order."""
    if isinstance(expected, dict):
        assert set(expected) == set(found), path
        for key in expected:
            same(found[key], expected[key], f"{path}.{key}")
    elif isinstance(expected, list):
        assert len(expected) == len(found), path
        for place, (one, other) in enumerate(zip(found, expected, strict=True)):
            same(one, other, f"{path}[{place}]")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9), path
    else:
        assert found == expected, path


TIMES = ("as_of", "period", "weeks", "calls", "saved", "against")


# ---- a forecast -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("body", "options"), [
    ({}, ()), ({"by": "region", "weeks": 3}, ("--by", "region", "--weeks", 3)), ({"quota": 100_000}, ("--quota", 100_000)),
    ({"by": "source", "period": "quarter"}, ("--by", "source", "--period", "quarter")),
])
def test_the_store_gives_the_numbers_that_the_command_gives_on_the_files(service, body, options):
    found, expected = service.post("/v1/forecast", body), service.command("forecast", *options)
    same({k: v for k, v in found.items() if k not in TIMES}, {k: v for k, v in expected.items() if k not in TIMES})
    assert found["period"]["name"] == expected["period"]["name"]
    same([{k: week[k] for k in ("week", "count", "amount")} for week in found["weeks"]],
         [{k: week[k] for k in ("week", "count", "amount")} for week in expected["weeks"]])


def test_a_past_day_is_told_from_what_was_known_then(service):
    day = service.end - 40 * DAY
    found, expected = service.post("/v1/forecast", {"as_of": f"{day}Z"}), service.command("forecast", "--as-of", f"{day}Z")
    same(found["total"], expected["total"])
    assert found["as_of"] == f"{day.item().isoformat()}Z"
    assert "nobody could have known as much then" in found["notes"][-1]


def test_news_in_the_store_count_at_once(trained, tmp_path):
    from stored_company import tell_stage

    with filled_store(trained, tmp_path) as store:
        service = asked_service(trained, store, tmp_path)
        before = service.post("/v1/forecast", {"period": "2026-06"})["total"]
        deal = next(iter(service.post("/v1/scenarios", {"period": "2026-06", "drop": ["largest"]})["changes"])).split()[0]
        tell_stage(store, service.end - DAY, "opportunity", deal, "won")
        after = service.post("/v1/forecast", {"period": "2026-06"})["total"]
    assert after["count"]["won"] == before["count"]["won"] + 1 and after["open_deals"] == before["open_deals"] - 1


# ---- what is kept ---------------------------------------------------------------------------------------------


def test_a_kept_forecast_is_listed_and_read_as_it_was_said(service):
    said = service.post("/v1/forecast", {"period": "quarter", "save": True, "note": "Monday"})
    [listed] = service.get("/v1/forecasts")["items"]
    assert (listed["id"], listed["note"], listed["base"]) == (said["saved"], "Monday", None)
    assert listed["amount"]["total"] == said["total"]["amount"]["total"]
    one = service.get(f"/v1/forecasts/{said['saved'][-16:]}", limit=500)
    assert one["total"] == said["total"] and one["id"] == said["saved"]
    rows = read_snapshot(service.forecasts).rows
    items = one["rows"]["items"]
    assert [item["entity_id"] for item in items] == rows["entity_id"].tolist()
    assert [item["expected"] for item in items] == rows["expected"].tolist()
    assert {item["attributes"]["region"] for item in items} == set(rows["region"])
    assert service.get("/v1/forecasts/latest", rows=False)["rows"] is None


def test_rows_and_lists_come_in_pages_that_make_up_the_whole(service):
    days = [f"{service.end - before * DAY}Z" for before in (0, 9, 4)]
    saved = [service.post("/v1/forecast", {"as_of": day, "save": True})["saved"] for day in days]
    ids, cursor = [], None
    while True:
        page = service.get("/v1/forecasts", limit=2, **({} if cursor is None else {"cursor": cursor}))
        ids += [item["id"] for item in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert ids == [saved[0], saved[2], saved[1]]
    whole = service.get(f"/v1/forecasts/{saved[0]}", limit=500)["rows"]["items"]
    first = service.get(f"/v1/forecasts/{saved[0]}", limit=7)["rows"]
    second = service.get(f"/v1/forecasts/{saved[0]}", limit=500, cursor=first["next"])["rows"]
    assert first["items"] + second["items"] == whole and second["next"] is None


def test_the_same_forecast_is_kept_once_also_by_two_at_a_time(service):
    saved: list[str] = []

    def save() -> None:
        saved.append(service.post("/v1/forecast", {"save": True})["saved"])

    threads = [threading.Thread(target=save) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(saved) == 3 and len(set(saved)) == 1
    assert [path.stem for path in service.forecasts.iterdir()] == saved[:1]


def test_commands_and_service_share_what_is_kept(service):
    by_command = service.command("forecast", "--save")["saved"]
    by_service = service.post("/v1/forecast", {"save": True, "note": "x"})["saved"]
    assert {about["id"] for about in service.command("snapshots")} == {by_command, by_service}
    assert {about["id"] for about in service.get("/v1/forecasts")["items"]} == {by_command, by_service}


def test_two_kept_forecasts_are_compared_as_the_command_does(service):
    earlier = service.post("/v1/forecast", {"period": "2026-Q2", "as_of": f"{service.end - 14 * DAY}Z", "save": True})["saved"]
    later = service.post("/v1/forecast", {"period": "2026-Q2", "save": True})["saved"]
    found = service.get(f"/v1/forecasts/{earlier}/compare/latest", limit=500)
    expected = service.command("forecast", "--compare", earlier, later)
    assert found == {**expected, "deals_in_all": len(expected["deals"]), "next": None}
    assert sum(found["money"].values()) == pytest.approx(found["money_after"] - found["money_before"], abs=1e-6)
    page = service.get(f"/v1/forecasts/{earlier}/compare/{later}", limit=3)
    rest = service.get(f"/v1/forecasts/{earlier}/compare/{later}", limit=500, cursor=page["next"])
    assert page["deals"] + rest["deals"] == found["deals"] and page["deals_in_all"] == len(found["deals"])


def test_a_forecast_is_set_against_a_kept_one_of_its_period(service):
    earlier = service.post("/v1/forecast", {"period": "quarter", "as_of": f"{service.end - 14 * DAY}Z", "save": True})
    now = service.post("/v1/forecast", {"against": earlier["saved"]})
    assert now["period"] == earlier["period"] and now["saved"] is None
    assert now["against"]["before"] == earlier["saved"] and len(now["against"]["deals"]) <= 50
    assert now["against"]["money_after"] == pytest.approx(now["total"]["amount"]["total"])


# ---- one's own deals alone ------------------------------------------------------------------------------------


def test_a_limited_key_gets_its_owners_part_of_the_whole_and_nothing_of_others(service):
    whole = service.post("/v1/forecast", {"period": "quarter", "weeks": 2})
    owner, part = next(iter(whole["parts"].items()))
    with service.limited_to(owner):
        mine = service.post("/v1/forecast", {"period": "quarter", "weeks": 2})
    assert list(mine["parts"]) == [owner] and whole["total"] != part
    same(mine["total"] | {"goal": None}, part | {"goal": None})
    assert mine["arrivals"]["per_day"] < whole["arrivals"]["per_day"]
    assert mine["quota"] == (None if part["goal"] is None else part["goal"]["quota"])
    for week, other in zip(mine["weeks"], whole["weeks"], strict=True):
        assert 0 < week["count"]["total"] < other["count"]["total"]
    assert not [name for name in whole["parts"] if name != owner and name in json.dumps(mine)]


def test_the_parts_of_all_limited_keys_add_up_to_the_whole(service):
    whole = service.post("/v1/forecast", {"period": "quarter"})
    totals = []
    for owner in whole["parts"]:
        with service.limited_to(owner):
            totals.append(service.post("/v1/forecast", {"period": "quarter"})["total"]["amount"]["total"])
    assert np.sum(totals) == pytest.approx(whole["total"]["amount"]["total"], rel=1e-9)


def test_a_limited_key_whose_owner_has_nothing_gets_an_empty_forecast(service):
    with service.limited_to("nobody"):
        mine = service.post("/v1/forecast", {"period": "quarter", "weeks": 2})
    assert mine["total"]["amount"]["total"] == mine["total"]["count"]["total"] == 0 and mine["parts"] == {}


def test_a_limited_key_sees_no_kept_forecast_and_keeps_none(service):
    saved = service.post("/v1/forecast", {"save": True})["saved"]
    with service.limited_to("u01"):
        assert service.get("/v1/forecasts") == {"items": [], "next": None}
        for path in (f"/v1/forecasts/{saved}", f"/v1/forecasts/{saved}/compare/{saved}"):
            assert service.refused("GET", path)[:2] == (404, "not_found")
        assert service.refused("POST", "/v1/forecast", {"against": saved})[:2] == (404, "not_found")
        assert service.refused("POST", "/v1/forecast", {"save": True}) == (422, "invalid_request", ["save"])
    assert len(list(service.forecasts.iterdir())) == 1


# ---- mistakes -------------------------------------------------------------------------------------------------

PLANTED = "zebra-7731"


@pytest.mark.parametrize(("body", "paths"), [
    ({"period": PLANTED}, ["period"]), ({"period": "1066"}, ["period"]), ({"period": "2026-01-01..2199-01-01"}, ["period"]),
    ({"period": "2150"}, ["period"]), ({"period": "0000"}, ["period"]), ({"period": "a\x00b"}, ["period"]),
    ({"period": ""}, ["period"]), ({"period": "x" * 1001}, ["period"]), ({"period": 2026}, ["period"]),
    ({"by": PLANTED}, ["by"]), ({"by": "entity_id"}, ["by"]), ({"quota": -1}, ["quota"]), ({"quota": 1e16}, ["quota"]),
    ({"weeks": 61}, ["weeks"]), ({"weeks": True}, ["weeks"]), ({"save": "yes"}, ["save"]), ({"note": "x"}, ["note"]),
    ({"as_of": "2026-03-01T08:00:00"}, ["as_of"]), ({"as_of": "1066-01-01T00:00:00Z"}, ["as_of"]), ({PLANTED: 1}, [PLANTED]),
])
def test_what_cannot_be_is_refused_with_its_path_and_without_its_value(service, body, paths):
    assert service.refused("POST", "/v1/forecast", body) == (422, "invalid_request", paths)
    if PLANTED not in body:
        assert PLANTED not in service.ask("POST", "/v1/forecast", body).text


@pytest.mark.parametrize("text", ['{"quota": NaN}', '{"period": "\\ud800"}', '{"quota": 1e999}'])
def test_no_number_and_half_a_character_are_refused(service, text):
    answer = service.ask("POST", "/v1/forecast", content=text, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422 and answer.json()["code"] == "invalid_request"


def test_an_unknown_column_is_told_which_there_are(service):
    [error] = service.ask("POST", "/v1/forecast", {"by": PLANTED}).json()["errors"]
    said = error["message"]
    assert said.startswith("no column of the opportunity table to add up by; known are ") and "region" in said


def test_an_unknown_kept_forecast_is_not_found(service):
    for which in (PLANTED, "latest", "..%2f..%2fleadcast", "a/compare/b"):
        answer = service.ask("GET", f"/v1/forecasts/{which}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found" if "%2f" not in which else "no_such_path")
        assert PLANTED not in answer.text and str(service.folder) not in answer.text
    assert service.refused("POST", "/v1/forecast", {"against": PLANTED})[:2] == (404, "not_found")
    assert service.refused("GET", "/v1/forecasts/a%00b") == (422, "invalid_request", ["forecast_id"])


def test_a_changed_file_is_found_out_and_named_without_its_folder(service):
    saved = service.post("/v1/forecast", {"save": True})["saved"]
    path = service.forecasts / f"{saved}.json"
    path.chmod(0o644)
    path.write_text(path.read_text().replace("open", "opem", 1))
    answer = service.ask("GET", f"/v1/forecasts/{saved}")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert f"{saved}.json is not as it was saved" in answer.json()["detail"] and str(service.folder) not in answer.text
    assert service.refused("POST", "/v1/forecast", {"save": True})[:2] == (409, "conflict")
    path.write_text("{")
    assert service.refused("GET", "/v1/forecasts")[:2] == (409, "conflict")


def test_two_of_different_periods_are_not_compared(service):
    one, other = (service.post("/v1/forecast", {"period": period, "save": True})["saved"] for period in ("2026-Q3", "2026-07"))
    assert service.refused("GET", f"/v1/forecasts/{one}/compare/{other}")[:2] == (409, "conflict")
    assert service.refused("POST", "/v1/forecast", {"period": "2026-07", "against": one}) == (422, "invalid_request", ["against"])


def test_a_cursor_of_ones_own_making_is_refused(service):
    for cursor in ("x", "WzFd", "é", "W10"):
        assert service.refused("GET", "/v1/forecasts", params={"cursor": cursor}) == (422, "invalid_request", ["cursor"])


def test_a_folder_that_cannot_be_written_is_told_as_full(service):
    (service.folder / ".leadcast").mkdir()
    service.forecasts.write_text("a file in the way")
    answer = service.ask("POST", "/v1/forecast", {"save": True})
    assert (answer.status_code, answer.json()["code"]) == (507, "store_full") and str(service.folder) not in answer.text


def test_without_models_or_store_it_says_so(service):
    store, service.app.state.store = service.app.state.store, None
    assert service.refused("POST", "/v1/forecast", {})[:2] == (503, "not_ready")
    service.app.state.store, service.app.state.desk = store, None
    assert service.refused("POST", "/v1/forecast", {})[:2] == (503, "not_ready")


# ---- one at a time --------------------------------------------------------------------------------------------


def test_whoever_comes_when_too_many_wait_is_sent_away_and_told_when_to_come_again(service):
    service.app.state.heavy = queue = OneAtATime(most_waiting=0)
    with queue.turn():
        answer = service.ask("POST", "/v1/forecast", {})
        assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "busy", "5")
        assert service.refused("GET", "/v1/funnel")[:2] == (503, "busy")
        assert service.get("/v1/forecasts")["items"] == []
    assert service.post("/v1/forecast", {})["total"]


def test_whoever_waits_too_long_is_sent_away_and_leaves_no_trace(service):
    service.app.state.heavy = queue = OneAtATime(most_waiting=1, longest_wait=0.01)
    with queue.turn():
        for _ in range(3):
            assert service.refused("POST", "/v1/forecast", {})[:2] == (503, "busy")
    assert service.post("/v1/forecast", {})["total"]


def test_four_wait_and_the_fifth_does_not():
    queue, waiting, results = OneAtATime(longest_wait=30), threading.Barrier(6), []

    def come():
        waiting.wait()
        try:
            with queue.turn():
                results.append("served")
        except Exception as refused:
            results.append(getattr(refused, "code", "?"))

    with queue.turn():
        threads = [threading.Thread(target=come) for _ in range(5)]
        for thread in threads:
            thread.start()
        waiting.wait()
        while "busy" not in results:
            pass
        assert results == ["busy"]
    for thread in threads:
        thread.join()
    assert results == ["busy", *["served"] * 4]


# ---- models ---------------------------------------------------------------------------------------------------


def test_a_model_tells_its_card(service, trained):
    cards = service.get("/v1/models")
    assert [card["target"] for card in cards] == list(trained.bundles)
    one = service.get("/v1/models/win")
    assert one.items() >= cards[-1].items() and one["card"] == trained.bundles["win"].card and one["card"].startswith("#")
    assert one["loaded_at"] is None and isinstance(one["notes"], list) and one["reliability"]
    assert str(trained.folder) not in json.dumps(cards)
    assert service.refused("GET", "/v1/models/fame")[:2] == (404, "not_found")
