"""Leads and deals over HTTP: pages that cover everything once, filters, and one alone with all that happened; both databases."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from urllib.parse import quote, urlencode

import numpy as np
import pandas as pd
import pytest
from fixtures_trained import TrainedWorkspace
from in_process import ask
from stored_company import HOUR, desk_of, fill, rows_of, tell_event, tell_stage

from leadcast.errors import RequestError
from leadcast.moment import days
from leadcast.observations import present_at
from leadcast.store import Store, tables
from leadcast.store.columns import micro
from leadcast.store.erased import bury
from leadcast.store.listing import page_of
from leadcast.store.wanted import Wanted
from serving.app import build_app
from serving.caller import Caller, Limit
from serving.cursors import written_cursor
from serving.deal_table import deal_table, lead_table
from serving.refresh import refresh_all, refresh_waiting
from serving.scores import Scorer
from serving.sorted_cursor import read_place, write_place


@pytest.fixture
def end(trained: TrainedWorkspace) -> np.datetime64:
    return trained.history.end


@pytest.fixture
def filled(store: Store, trained: TrainedWorkspace) -> Store:
    fill(store, trained)
    refresh_all(store, desk_of(trained), trained.history.end)
    return store


def pages(store: Store, trained: TrainedWorkspace, path: str, **asked: object) -> list[dict]:
    """The items of all pages."""
    items: list[dict] = []
    cursor: dict = {}
    while True:
        answer = ask(store, trained, f"{path}?{urlencode({**asked, **cursor})}")
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        if answer.json()["next"] is None:
            return items
        cursor = {"cursor": answer.json()["next"]}


def ids(items: list[dict], key: str = "lead_id") -> list[str]:
    return [item[key] for item in items]


# ---- pages ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sort", ["probability", "score", "created", "changed"])
@pytest.mark.parametrize("order", ["desc", "asc"])
def test_the_pages_cover_every_lead_once_in_order(filled: Store, trained, sort: str, order: str):
    items = pages(filled, trained, "/v1/leads", sort=sort, order=order, limit=170)
    assert sorted(ids(items)) == sorted(trained.history.ids("lead"))
    told = {"created": lambda item: item["created_at"], "changed": lambda item: item["changed_at"]}
    value = told.get(sort, lambda item: next((score[sort] for score in item["scores"] if score["target"] == "sql"), None))
    found = [value(item) for item in items]
    known = [one for one in found if one is not None]
    assert known == sorted(known, reverse=order == "desc") and found[:len(known)] == known
    assert found.count(None) == (0 if sort in told else len(trained.history.ids("lead")) - len(known))


def test_equal_ones_are_in_the_order_of_their_ids_over_many_pages(filled: Store, trained):
    with filled.writing() as connection:
        connection.execute(tables.scores.update().values(probability=0.25))
    scored = sorted({row["entity_id"] for row in rows_of(filled, "scores") if row["target"] == "win"})
    items = pages(filled, trained, "/v1/opportunities", limit=1, min_probability=0.25)
    assert ids(items, "opportunity_id") == scored


def test_those_whose_scores_stay_come_once_while_others_move(filled: Store, trained, end):
    vocabulary = trained.history.vocabulary
    best_first = sorted(rows_of(filled, "scores"), key=lambda row: (-row["probability"], row["entity_id"]))
    scored = [row["entity_id"] for row in best_first if row["target"] == "sql"]
    found, place, mover = [], None, scored[-1]
    for turn in range(len(scored)):
        with filled.reading() as connection:
            rows, place = page_of(connection, vocabulary, "lead", Wanted("sql", min_probability=0.0), end, 5, place)
        found += [row.lead_id for row in rows]
        if place is None:
            break
        with filled.writing() as connection:  # the last one jumps to the front and back again
            moved = tables.scores.update().where(tables.scores.c.entity_id == mover)
            connection.execute(moved.values(probability=0.999 if turn % 2 == 0 else 0.0))
    assert [one for one in found if one != mover] == [one for one in scored if one != mover]
    assert found.count(mover) <= 2


def test_a_cursor_of_another_question_is_refused(filled: Store, trained):
    cursor = ask(filled, trained, "/v1/leads?limit=1&sort=created").json()["next"]
    answer = ask(filled, trained, f"/v1/leads?limit=1&sort=score&cursor={cursor}")
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"path": "cursor",
                                        "message": "a cursor of another question; ask for its other pages as for the first"}]


@pytest.mark.parametrize("told", [
    "quux", "%00", "ä", "W10", *(urlsafe_b64encode(text).decode() for text in (
        b'["x", "true", "a"]', b'["x", 1e999, "a"]', b'["x", "1", 3]', b"[" * 5_000, b'["x", "1", "\\ud800"]', b'["x", "1"]'))])
def test_what_is_no_cursor_is_refused(filled: Store, trained, told: str):
    answer = ask(filled, trained, f"/v1/leads?cursor={quote(told, safe='%')}")
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "cursor")


# ---- filters --------------------------------------------------------------------------------------------------------


def test_open_ones_are_those_that_a_history_calls_present(filled: Store, trained, end):
    for path, key, entity in (("/v1/leads", "lead_id", "lead"), ("/v1/opportunities", "opportunity_id", "opportunity")):
        present = set(present_at(trained.history, entity, end).entity_id)
        assert set(ids(pages(filled, trained, path, open="true", limit=500), key)) == present
        assert set(ids(pages(filled, trained, path, open="false", limit=500), key)) == set(trained.history.ids(entity)) - present


def test_the_stage_is_that_of_the_history_and_may_be_asked_for(filled: Store, trained, end):
    rows = np.arange(len(trained.history.ids("lead")))
    stage, since = trained.history.stage_at("lead", rows, np.full(len(rows), end))
    items = {item["lead_id"]: item for item in pages(filled, trained, "/v1/leads", limit=500)}
    assert {one: item["stage"] for one, item in items.items()} == dict(zip(trained.history.ids("lead"), stage, strict=True))
    assert {one: np.datetime64(item["stage_since"].removesuffix("Z"), "us") for one, item in items.items()} == dict(
        zip(trained.history.ids("lead"), since, strict=True))
    wanted = set(trained.history.ids("lead")[stage == stage[0]])
    assert set(ids(pages(filled, trained, "/v1/leads", limit=500, stage=stage[0]))) == wanted


def test_a_stage_that_is_known_only_later_does_not_count_yet(filled: Store, trained, end):
    before = ask(filled, trained, "/v1/leads?open=true&limit=1").json()["items"][0]
    lost = trained.history.vocabulary.pipelines_of("lead")[0].lost[0]
    tell_stage(filled, end + HOUR, "lead", before["lead_id"], lost)
    told = [ask(filled, trained, f"/v1/leads?q={before['lead_id']}", now=now).json()["items"][0] for now in (end, end + HOUR)]
    assert [item["stage"] for item in told] == [before["stage"], lost]


def test_owner_manager_and_region_mean_whose_records(filled: Store, trained):
    leads = {row["lead_id"]: row["owner"] for row in rows_of(filled, "leads")}
    teams = rows_of(filled, "owners")
    owner = next(iter(leads.values()))
    assert set(ids(pages(filled, trained, "/v1/leads", owner=owner, limit=500))) == {
        one for one, whose in leads.items() if whose == owner}
    region = next(row["region"] for row in teams if row["owner"] == owner)
    theirs = {row["owner"] for row in teams if row["region"] == region}
    assert set(ids(pages(filled, trained, "/v1/leads", region=region, limit=500))) == {
        one for one, whose in leads.items() if whose in theirs}
    assert pages(filled, trained, "/v1/leads", region=region, manager="nobody") == []


def test_source_grade_chance_time_and_id_narrow_it_down(filled: Store, trained, end):
    leads = {row["lead_id"]: row for row in rows_of(filled, "leads")}
    scores = {row["entity_id"]: row for row in rows_of(filled, "scores") if row["target"] == "mql"}
    some = next(iter(leads.values()))
    month = end - days(30)

    def found(**asked: object) -> set[str]:
        return set(ids(pages(filled, trained, "/v1/leads", limit=500, **asked)))

    assert found(source=some["source"]) == {one for one, row in leads.items() if row["source"] == some["source"]}
    assert found(target="mql", grade="B") == {one for one, row in scores.items() if row["grade"] == "B"} != set()
    assert found(target="mql", grade="B", sort="created") == found(target="mql", grade="B")
    assert found(target="mql", min_probability=0.1) == {one for one, row in scores.items() if row["probability"] >= 0.1}
    recent = {one for one, row in leads.items() if row["created_at"] >= micro(month)}
    assert found(created_after=f"{month}Z") == recent and found(created_before=f"{month}Z") == leads.keys() - recent
    assert found(q=some["lead_id"][:-1]) == {one for one in leads if one.startswith(some["lead_id"][:-1])}
    assert found(q=some["lead_id"].lower()) == {some["lead_id"]} and found(q="%") == set()
    assert found(changed_since=f"{end + HOUR}Z") == set()


def test_a_band_of_fit_and_engagement_holds_its_lower_end_and_the_highest_score(filled: Store, trained):
    scores = [row["entity_id"] for row in rows_of(filled, "scores") if row["target"] == "sql"][:4]
    given = [(50.0, 75.0), (49.9, 100.0), (75.0, 99.9), (None, 100.0)]
    with filled.writing() as connection:
        connection.execute(tables.scores.update().values(fit_score=None, engagement_score=None))
        for one, (fit, engagement) in zip(scores, given, strict=True):
            mine = tables.scores.update().where(tables.scores.c.entity_id == one, tables.scores.c.target == "sql")
            connection.execute(mine.values(fit_score=fit, engagement_score=engagement))

    def found(**asked: float) -> list[int]:
        return sorted(scores.index(one) for one in ids(pages(filled, trained, "/v1/leads", limit=500, **asked)))

    assert found(fit_from=50, fit_to=75) == [0] and found(fit_to=50) == [1] and found(fit_from=50) == [0, 2]
    assert found(engagement_from=75, engagement_to=100) == [0, 1, 2, 3] and found(engagement_from=75, engagement_to=99.9) == [0]
    assert found(fit_from=25, fit_to=50, engagement_from=75) == [1]


def test_the_source_of_a_deal_is_that_of_its_lead(filled: Store, trained):
    sources = {row["lead_id"]: row["source"] for row in rows_of(filled, "leads")}
    deals = {row["opportunity_id"]: sources.get(row["lead_id"]) for row in rows_of(filled, "opportunities")}
    wanted = next(source for source in deals.values() if source is not None)
    assert set(ids(pages(filled, trained, "/v1/opportunities", source=wanted, limit=500), "opportunity_id")) == {
        one for one, source in deals.items() if source == wanted}


def test_an_item_is_the_record_with_its_current_scores(filled: Store, trained, end):
    item = ask(filled, trained, "/v1/leads?limit=1").json()["items"][0]
    row = next(row for row in rows_of(filled, "leads") if row["lead_id"] == item["lead_id"])
    scores = [score for score in rows_of(filled, "scores") if score["entity_id"] == item["lead_id"]]
    assert (item["owner"], item["source"], item["contact_id"]) == (row["owner"], row["source"], row["contact_id"])
    given = json.loads(row["attributes"])
    assert item["attributes"] == {**given, "newsletter": bool(given["newsletter"])}
    assert [(told["target"], told["probability"], told["trend"], told["reasons"]) for told in item["scores"]] == [
        (score["target"], score["probability"], score["trend"], None) for score in sorted(scores, key=lambda s: s["target"])]
    assert item["scores"][0]["as_of"] == f"{end.item().isoformat()}Z"


def test_the_lists_one_alone_and_the_table_tell_the_same_signs(filled: Store, trained, end):
    bundles = trained.bundles
    page = ask(filled, trained, "/v1/opportunities?open=true&limit=500&sort=expected_amount").json()
    listed = {item["opportunity_id"]: item for item in page["items"]}
    zone = trained.workspace.workspace.timezone
    table = deal_table(trained.history, bundles, end, timezone=zone).set_index("opportunity_id")
    assert listed.keys() == set(table.index) and page["in_all"] == len(table)
    assert any(item["signs"]["flags"] for item in listed.values())
    assert page["amount_in_all"] == pytest.approx(table["amount"].sum())
    assert page["expected_amount_in_all"] == pytest.approx(table["expected_amount"].sum())
    for one, item in listed.items():
        row, signs = table.loc[one], item["signs"]
        assert ", ".join(told["flag"] for told in signs["flags"]) == row["flags"]
        for name in ("stage_age_days", "stage_norm_days", "waiting_days", "quiet_days", "days_to_close", "pushes", "contacts"):
            assert signs[name] == row[name] or (signs[name] is None and np.isnan(row[name]))
        assert item["expected_amount"] == row["expected_amount"]
        assert item["source"] == (None if pd.isna(row["source"]) else row["source"])
    one = next(iter(listed))
    told = ask(filled, trained, f"/v1/opportunities/{one}").json()
    assert (told["signs"], told["curve"]) == (listed[one]["signs"], listed[one]["curve"])
    leads = lead_table(trained.history, bundles, end)
    told = ask(filled, trained, "/v1/lead-grid").json()
    assert told["in_all"] == leads["probability"].notna().sum()
    assert told["in_all"] == sum(cell["count"] for cell in told["cells"]) + told["in_no_cell"]


def test_who_closes_loses_the_signs(filled: Store, trained, end):
    one = somebody(filled, "win")
    tell_stage(filled, end + HOUR, "opportunity", one, trained.history.vocabulary.pipelines_of("opportunity")[0].lost[0])
    refresh_waiting(filled, desk_of(trained), end + HOUR)
    item = ask(filled, trained, f"/v1/opportunities?q={one}", now=end + HOUR).json()["items"][0]
    assert (item["signs"], item["curve"], item["expected_amount"], item["scores"]) == (None, None, None, [])


# ---- one ------------------------------------------------------------------------------------------------------------


def somebody(store: Store, target: str) -> str:
    return min(row["entity_id"] for row in rows_of(store, "scores") if row["target"] == target)


def test_one_lead_has_scores_of_this_moment_with_reasons_that_add_up(filled: Store, trained, end):
    one = somebody(filled, "sql")
    told = ask(filled, trained, f"/v1/leads/{one}", now=end + days(1)).json()
    expected = [row for scorer in desk_of(trained).scorers.values() if scorer.bundle.entity == "lead"
                for row in scorer.columns(trained.history, end + days(1), {one}).rows()]
    assert [score["probability"] for score in told["scores"]] == [row["probability"] for row in expected]
    for score in told["scores"]:
        assert abs(sum(reason["contribution"] for reason in score["reasons"]) - score["log_odds"]) < 1e-9
    short = ask(filled, trained, f"/v1/leads/{one}?explain=false", now=end + days(1)).json()
    assert all(score["reasons"] is None for score in short["scores"])


def test_what_happened_comes_newest_first_and_nothing_that_is_not_known_yet(filled: Store, trained, end):
    one = somebody(filled, "sql")
    tell_event(filled, trained.history.vocabulary, end + HOUR, "e1", "quux", lead_id=one)
    before, after = (ask(filled, trained, f"/v1/leads/{one}?events_limit=1000", now=now).json() for now in (end, end + HOUR))
    assert after["happened"][0] == {"kind": "event", "what": "quux", "at": f"{(end + HOUR).item().isoformat()}Z",
                                    "known_at": f"{(end + HOUR).item().isoformat()}Z", "value": None, "old_value": None,
                                    "direction": "from_them", "actor": None, "reason": None}
    assert after["happened"][1:] == before["happened"]
    times = [happened["at"] for happened in after["happened"]]
    assert times == sorted(times, reverse=True)
    assert {happened["kind"] for happened in after["happened"]} >= {"event"}
    short = ask(filled, trained, f"/v1/leads/{one}?events_limit=1", now=end + HOUR).json()
    assert short["happened"] == after["happened"][:1] and short["happened_in_all"] == len(after["happened"])


def test_each_move_of_a_score_says_what_caused_it(filled: Store, trained, end):
    desk, one = desk_of(trained), somebody(filled, "sql")
    for key in ("e1", "e2"):
        tell_event(filled, trained.history.vocabulary, end + HOUR, key, "quux", lead_id=one)
    refresh_all(filled, desk, end + days(1))
    refresh_all(filled, desk, end + days(3))
    bundle = desk.scorers["sql"].bundle
    refresh_all(filled, replace(desk, scorers={"sql": Scorer(replace(bundle, version="9-0badcafe"))}), end + days(3) + HOUR)
    told = ask(filled, trained, f"/v1/leads/{one}", now=end + days(4)).json()
    moves = [(move["cause"], move["why"]) for move in told["moves"] if move["target"] == "sql" and move["cause"] != "rebuilt"]
    assert [cause for cause, _ in moves] == ["first", "events", "time", "model"]
    assert [why for _, why in moves][1:] == [
        "2 x quux", "time went by (2 days), and nothing new became known",
        f"another model answers: simulated-crm-sql/9-0badcafe after {desk.scorers['sql'].model}"]
    short = ask(filled, trained, f"/v1/leads/{one}?moves_limit=1", now=end + days(4)).json()
    assert [move["why"] for move in short["moves"] if move["target"] == "sql"] == [moves[-1][1]]


def test_an_event_that_is_put_moves_the_kept_score_with_the_next_turn_of_news(filled: Store, trained, end):
    one = somebody(filled, "sql")
    event = {"lead_id": one, "type": "quux", "direction": "from_them", "occurred_at": f"{end + HOUR}Z"}
    answer = ask(filled, trained, "/v1/events", now=end + HOUR, put={"items": [event]})
    assert answer.json()["created"] == 1
    assert refresh_waiting(filled, desk_of(trained), end + HOUR) >= 1
    told = ask(filled, trained, f"/v1/leads?q={one}", now=end + HOUR).json()["items"][0]
    assert {score["as_of"] for score in told["scores"]} == {f"{(end + HOUR).item().isoformat()}Z"}


def test_one_deal_is_told_with_what_is_known_of_contact_and_account(filled: Store, trained, end):
    deal = min(rows_of(filled, "opportunities"), key=lambda row: row["opportunity_id"])
    with filled.writing() as connection:
        connection.execute(tables.contacts.insert(), {"contact_id": deal["contact_id"], "attributes": '{"role": "IT"}',
                                                      "received_at": 0, "changed_at": 0})
    told = ask(filled, trained, f"/v1/opportunities/{deal['opportunity_id']}").json()
    assert told["contact"] == {"id": deal["contact_id"], "attributes": {"role": "IT"}} and told["account"] is None
    assert (told["amount"], told["lead_id"]) == (deal["amount"], deal["lead_id"])


def test_who_is_not_there_is_not_found_and_who_was_erased_is_gone(filled: Store, trained):
    with filled.writing() as connection:
        bury(connection, "lead", ["gone"], 0)
    told = [ask(filled, trained, f"/v1/leads/{one}") for one in ("nobody", "gone")]
    assert [(answer.status_code, answer.json()["code"]) for answer in told] == [(404, "not_found"), (410, "erased")]
    assert ask(filled, trained, "/v1/opportunities/gone").status_code == 404


def test_ids_of_any_letters_are_found(filled: Store, trained, end):
    strange = ["a/b", "ä ö?#%", "日本", "'; drop table leads; --"]
    with filled.writing() as connection:
        connection.execute(tables.leads.insert(), [
            {"lead_id": one, "created_at": micro(end), "attributes": "{}", "received_at": 0, "changed_at": 0} for one in strange])
    assert [ask(filled, trained, f"/v1/leads/{quote(one, safe='')}").json()["lead_id"] for one in strange] == strange
    assert ask(filled, trained, "/v1/leads/%00").status_code == 422
    assert ask(filled, trained, f"/v1/leads/{'a' * 1001}").status_code == 422


def test_who_is_limited_sees_only_their_own(filled: Store, trained):
    leads = rows_of(filled, "leads")
    owner = leads[0]["owner"]
    caller = Caller("k", limit=Limit("owner", (owner,)))
    told = ask(filled, trained, "/v1/leads?limit=500", caller).json()["items"]
    assert {item["owner"] for item in told} == {owner}
    other = next(row["lead_id"] for row in leads if row["owner"] not in (owner, None))
    assert ask(filled, trained, f"/v1/leads/{other}", caller).json()["code"] == "not_found"
    assert ask(filled, trained, f"/v1/leads/{told[0]['lead_id']}", caller).status_code == 200
    with filled.writing() as connection:
        bury(connection, "lead", ["gone"], 0)
    assert ask(filled, trained, "/v1/leads/gone", caller).status_code == 404


@pytest.mark.parametrize("value", ["NaN", "1e999", "true", '"a"', "[1]", "99999999999999999999", "quux", "[" * 3_000])
def test_a_forged_value_in_a_cursor_is_refused(value: str):
    forged = written_cursor(json.loads(urlsafe_b64decode(write_place((1, "a"), "q") + "=="))[0], value, "a")
    with pytest.raises(RequestError, match="no cursor of this list"):
        read_place(forged, "q")


@pytest.mark.parametrize(("query", "path"), [
    ("limit=501", "limit"), ("open=yes", "open"), ("grade=E", "grade"), ("min_probability=nan", "min_probability"),
    ("fit_from=-1", "fit_from"), ("engagement_to=101", "engagement_to"),
    ("created_after=2026-01-01T00:00", "created_after"), ("created_after=2026", "created_after"), ("target=win", "target"),
    ("owner=", "owner"), ("sort=amount", "sort"), ("flag=late", "flag[0]"), ("attribute=quux:1", "attribute"),
    ("category=x", "category"), ("quux=1", "quux")])
def test_what_cannot_be_asked_is_refused_with_its_path(filled: Store, trained, query: str, path: str):
    answer = ask(filled, trained, f"/v1/leads?{query}")
    assert answer.status_code == 422 and answer.json()["errors"][0]["path"] == path


def test_without_a_store_the_answer_is_503(trained):
    assert ask(None, trained, "/v1/leads").json()["code"] == "not_ready"


def test_the_paths_stand_in_openapi_with_their_answers():
    described = build_app(lambda: None).openapi()["paths"]
    assert {"404", "410", "422", "503"} <= described["/v1/leads/{lead_id}"]["get"]["responses"].keys()
    assert {"422", "503"} <= described["/v1/opportunities"]["get"]["responses"].keys()
