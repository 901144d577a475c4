"""The first view over HTTP: the forecast's own numbers, kept ready, and of one's own deals for a limited key."""

import json
from dataclasses import replace
from datetime import UTC

import numpy as np
import pytest
from asked_service import DAY, AskedService, asked_service, filled_store
from stored_company import tell_stage
from test_forecast_routes import same

from leadcast.places import tracking_uri
from leadcast.store import open_engine, tables
from leadcast.store.bulk import load_history
from leadcast.store.engine import StoreUnavailable
from leadcast.store.migrate import migrate
from leadcast.store.prepared import asked_since
from serving.briefing.accuracy import past_forecasts, past_told
from serving.briefing.accuracy_messages import AccuracyAnswer
from serving.briefing.messages import OutlookAnswer
from serving.forecast_answers import utc
from serving.outlook import winning


@pytest.fixture(scope="module")
def filled(trained, tmp_path_factory):
    with filled_store(trained, tmp_path_factory.mktemp("filled")) as store:
        yield store


@pytest.fixture
def service(trained, filled, tmp_path, monkeypatch) -> AskedService:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tracking_uri(trained.workspace))
    with filled.writing() as connection:
        connection.execute(tables.prepared.delete())
    return asked_service(trained, filled, tmp_path)


FIGURES = ("won", "open", "new", "total")


def test_the_total_is_that_of_a_forecast_over_http_and_of_the_command(service):
    found = service.get("/v1/outlook")
    asked = service.post("/v1/forecast", {"period": "quarter", "by": "owner"})
    expected = service.command("forecast", "--period", "quarter", "--by", "owner")
    assert found["period"] == asked["period"]
    for measure in ("count", "amount"):
        for told in (asked, expected):
            assert {name: found["total"][measure][name] for name in FIGURES} == pytest.approx(
                {name: told["total"][measure][name] for name in FIGURES}, rel=1e-12)
    assert found["total"]["distribution"] == asked["total"]["amount"]["whole"]
    goal = asked["total"]["goal"]
    assert [found["total"][name] for name in goal] == list(goal.values())
    same(found["categories"], asked["categories"])
    assert found["notes"] == asked["notes"]
    owners = {node["name"]: node for node in found["team"] if node["level"] == "owner"}
    assert {name: node["amount"]["total"] for name, node in owners.items()} == pytest.approx(
        {name: part["amount"]["total"] for name, part in asked["parts"].items()}, rel=1e-12)
    assert {name: node["quota"] for name, node in owners.items()} == {
        name: part["goal"] and part["goal"]["quota"] for name, part in asked["parts"].items()}


def test_the_weeks_fill_the_period_and_the_last_is_its_total(service):
    for asked in ({}, {"period": "2026-05"}, {"period": "2026-06-01..2026-07-20"}):
        found = service.get("/v1/outlook", **asked)
        weeks, total = found["weeks"], found["total"]
        assert weeks[-1]["until"] == found["period"]["end"]
        assert [week["until"] for week in weeks] == sorted({week["until"] for week in weeks})
        for measure in ("count", "amount"):
            won = [week["won"][measure] for week in weeks if week["won"] is not None]
            assert won == sorted(won)
            if weeks[-1]["won"] is None:
                quantiles = {name: total[measure][name] for name in ("p10", "p50", "p90")}
                assert weeks[-1][measure] == {"mean": total[measure]["total"], **quantiles}
            else:
                assert won[-1] == pytest.approx(total[measure]["won"]) == total[measure]["total"]


def test_the_answer_is_of_its_type_and_small(service):
    answer = service.ask("GET", "/v1/outlook")
    OutlookAnswer.model_validate(answer.json())
    assert set(answer.json()) == set(OutlookAnswer.model_fields)
    assert len(answer.content) < 100_000


def test_it_is_made_once_and_kept_ready_until_something_is_written(trained, tmp_path, monkeypatch):
    store = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    migrate(store)
    load_history(store, trained.history, trained.history.end)
    service = asked_service(trained, store, tmp_path)
    made = []
    monkeypatch.setattr("serving.briefing.make.briefing_of", _counted(made))
    first = service.get("/v1/outlook", period="2026-Q3")
    assert first["fresh"] and service.get("/v1/outlook", period="quarter") == first == service.get("/v1/outlook")
    assert len(made) == 1
    deal = first["risks"][0]["entity_id"]
    tell_stage(store, service.end, "opportunity", deal, "won")
    old = service.get("/v1/outlook")
    assert old == {**first, "fresh": False} and len(made) == 1
    new = service.get("/v1/outlook", anew="true")
    assert new["fresh"] and len(made) == 2 and deal not in [risk["entity_id"] for risk in new["risks"]]
    assert service.get("/v1/outlook") == new
    store.close()


def _counted(made: list):
    from serving.briefing.briefing import briefing_of

    def counted(*arguments, **more):
        made.append(arguments)
        return briefing_of(*arguments, **more)

    return counted


def test_a_past_day_is_told_from_what_was_known_then(service):
    day = f"{service.end - 40 * DAY}Z"
    found = service.get("/v1/outlook", as_of=day, period="2026-Q2")
    expected = service.command("forecast", "--as-of", day, "--period", "2026-Q2", "--by", "owner")
    assert found["total"]["amount"]["total"] == pytest.approx(expected["total"]["amount"]["total"], rel=1e-12)
    assert "nobody could have known as much then" in found["notes"][-1]
    over = [week for week in found["weeks"] if week["won"] is not None]
    assert over and len(over) < len(found["weeks"])
    assert over[-1]["won"]["amount"] <= found["total"]["amount"]["won"] + 1e-6


def test_an_owners_outlook_is_that_of_a_key_limited_to_them(service, trained):
    owner = sorted({one for one in trained.history.opportunities["owner"] if one})[0]
    asked = service.get("/v1/outlook", owner=owner)
    with service.limited_to(owner):
        limited = service.get("/v1/outlook")
    same({k: v for k, v in limited.items() if k != "scope"}, {k: v for k, v in asked.items() if k != "scope"})
    assert {node["name"] for node in asked["team"] if node["level"] == "owner"} == {owner}
    with service.limited_to("nobody"):
        nothing = service.get("/v1/outlook", owner=owner)
    assert nothing["total"]["count"]["total"] == 0 and nothing["team"] == [] and nothing["risks"] == []


def test_a_region_has_the_forecast_of_its_people(service):
    whole = service.get("/v1/outlook")
    region = next(node for node in whole["team"] if node["level"] == "region")
    found = service.get("/v1/outlook", region=region["name"])
    assert found["total"]["amount"]["open"] == pytest.approx(region["amount"]["open"], rel=1e-9)
    assert found["total"]["count"]["won"] == region["count"]["won"]


def test_changes_are_told_since_a_saved_forecast_or_rebuilt(service):
    rebuilt = service.get("/v1/outlook")["changes"]
    assert rebuilt["rebuilt"] and rebuilt["days"] == 7 and "rebuilt: what today's model says" in rebuilt["note"]
    assert rebuilt["money_before"] + sum(rebuilt["money"].values()) == pytest.approx(rebuilt["money_after"])
    before = service.post("/v1/forecast", {"period": service.quarter, "as_of": f"{service.end - 9 * DAY}Z", "save": True})
    service.post("/v1/forecast", {"period": service.quarter, "as_of": f"{service.end - 2 * DAY}Z", "save": True})
    found = service.get("/v1/outlook", period="quarter", as_of=f"{service.end}Z")["changes"]
    assert (found["saved"], found["rebuilt"], found["days"]) == (before["saved"], False, 9)
    assert found["money_before"] == pytest.approx(before["total"]["amount"]["total"])


def test_a_damaged_saved_forecast_costs_nobody_the_outlook(service):
    service.forecasts.mkdir(parents=True)
    name = f"20260601T000000_{service.quarter}_{'a' * 16}.json"
    (service.forecasts / name).write_text("{", encoding="utf-8")
    found = service.get("/v1/outlook")
    assert found["changes"]["rebuilt"]
    assert f"Changes are not told from a saved forecast: {name} cannot be read" in found["notes"][-1]
    past = service.get("/v1/accuracy")
    assert past["saved"] == [] and past["notes"][-1].startswith(f"A saved forecast is left out: {name} cannot be read")


@pytest.mark.parametrize(("query", "path"), [
    ({"period": "soon"}, "period"), ({"period": "2026-01-01..2032-01-01"}, "period"), ({"period": "1960"}, "period"),
    ({"as_of": "now"}, "as_of"), ({"colour": "red"}, "colour"),
])
def test_what_cannot_be_asked_is_refused_with_its_place(service, query, path):
    assert service.refused("GET", "/v1/outlook", params=query) == (422, "invalid_request", [path])


# ---- accuracy -------------------------------------------------------------------------------------------------


def test_where_nothing_was_judged_yet_it_says_what_to_run(service):
    found = service.get("/v1/accuracy")
    AccuracyAnswer.model_validate(found)
    assert found["backtest"] is None and found["saved"] == []
    assert "leadcast backtest" in found["notes"][0]


def test_a_saved_forecast_whose_period_is_over_stands_beside_what_came(service):
    early = service.end - 120 * DAY
    period = str(early + DAY)[:7]
    said = service.post("/v1/forecast", {"period": period, "as_of": f"{early}Z", "save": True})
    came = service.post("/v1/forecast", {"period": period})["total"]
    [found] = service.get("/v1/accuracy")["saved"]
    assert found["id"] == said["saved"] and found["hindsight"]  # the model that answers was trained later
    assert found["amount"]["said"] == pytest.approx(said["total"]["amount"]["total"])
    assert (found["count"]["came"], found["amount"]["came"]) == (came["count"]["won"], pytest.approx(came["amount"]["won"]))
    assert any(note.startswith("One saved forecast was made with a model that had learned from later data")
               for note in service.get("/v1/accuracy")["notes"])
    with service.limited_to("u01"):
        hidden = service.get("/v1/accuracy")
    assert hidden["saved"] == [] and "limited to some owners" in hidden["notes"][0]


def test_a_backtests_replays_are_told_by_stretch_and_day(service, trained):
    from leadcast.replay import read_stretches, write_replay
    from serving.replay import Calendar, replay_of

    bundle = winning(trained.history, trained.bundles)
    days = [service.end - count * DAY for count in (40, 33, 26)]
    folder = service.folder / ".leadcast" / "backtest" / "abc" / "replays"
    replays = [replay_of(trained.history, bundle, day, read_stretches("7,14"), Calendar(None, 1), 0) for day in days]
    for replay in replays:
        write_replay(folder, replay)
    found = service.get("/v1/accuracy")
    AccuracyAnswer.model_validate(found)
    backtest = found["backtest"]
    assert (backtest["key"], backtest["replays"], len(backtest["points"])) == ("abc", 3, 6)
    assert [part["stretch"] for part in backtest["stretches"]] == ["7 days", "14 days"]
    told = replays[0].of("7 days")
    point = backtest["points"][0]
    assert point["as_of"] == f"{days[0].item().isoformat()}Z"
    assert point["count"]["came"] == told.total.count and point["amount"]["said"] == pytest.approx(told.amount.mean)
    week = backtest["stretches"][0]["count"]
    errors = [abs(replay.of("7 days").said.count - replay.of("7 days").total.count) for replay in replays]
    assert week["model"]["mae"] == pytest.approx(np.mean(errors))
    assert week["held"]["share"] == pytest.approx(np.mean([point["count"]["held"] for point in backtest["points"][:3]]))
    assert json.dumps(found, allow_nan=False)
    bundles = {target: scorer.bundle for target, scorer in service.app.state.desk.scorers.items()}
    then = replays[1].of("7 days").end
    early = past_told(service.app.state.desk.workspace, trained.history, winning(trained.history, bundles), then)
    assert [(point["as_of"], point["stretch"]) for point in early["backtest"]["points"]] == [
        (utc(days[0]), "7 days"), (utc(days[1]), "7 days"), (utc(days[0]), "14 days")]


def test_a_forecast_of_another_version_is_not_said_to_have_known_the_future(service, trained, monkeypatch):
    early = service.end - 120 * DAY
    saved = service.post("/v1/forecast", {"period": str(early + DAY)[:7], "as_of": f"{early}Z", "save": True})["saved"]
    target, scorer = next((target, one) for target, one in service.app.state.desk.scorers.items() if one.bundle.curve is not None)
    newer = winning(trained.history, {target: replace(scorer.bundle, version="99")})
    found, damaged = past_forecasts(service.app.state.desk.workspace, trained.history, newer, service.end)
    assert [(one["id"], one["hindsight"]) for one in found] == [(saved, False)] and damaged == []


def test_an_answer_comes_although_it_can_be_neither_kept_nor_noted(service, monkeypatch):
    def busy(*asked):
        raise StoreUnavailable("The store does not answer: database is locked.")

    monkeypatch.setattr("serving.briefing.make.keep_prepared", busy)
    assert service.get("/v1/outlook", period="2026-05")["fresh"]
    with service.app.state.store.reading() as connection:
        assert asked_since(connection, service.end - DAY) == []


def test_a_forecast_of_a_moment_ahead_grows_old(service):
    ahead = f"{service.end + DAY}Z"
    assert service.get("/v1/outlook", as_of=ahead)["fresh"]
    service.app.state.clock = lambda: (service.end + np.timedelta64(3, "h")).item().replace(tzinfo=UTC)
    assert service.get("/v1/outlook", as_of=ahead)["made_at"] == utc(service.end + np.timedelta64(3, "h"))
