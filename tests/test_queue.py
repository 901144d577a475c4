"""The queue: its order and its steady grades by hand, and that of a whole company."""

from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest
from fixtures_trained import TrainedWorkspace
from hypothesis import given, settings
from hypothesis import strategies as st
from in_process import ask
from stored_company import HOUR, desk_of, fill, rows_of, tell_event, tell_stage

from leadcast.moment import days
from leadcast.policy import CUTS, grade
from leadcast.queue import SLACK, grade_after, last_events, queue_order, steady_grade
from leadcast.store import Store, tables
from leadcast.store.columns import micro
from leadcast.vocabulary import Vocabulary
from serving.caller import Caller, Limit
from serving.queue import queue_of
from serving.refresh import refresh_all

NAN = float("nan")


# ---- grades ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("score", "before", "said"), [
    (90.0, "B", "A"), (89.99, "B", "B"),   # it rises at the cut
    (88.0, "A", "A"), (87.99, "A", "B"),   # and falls two points below it
    (68.0, "A", "B"), (67.99, "A", "C"),   # also past several cuts
    (38.0, "C", "C"), (37.99, "C", "D"), (0.0, "D", "D"), (95.0, "D", "A"),
])
def test_a_grade_rises_at_the_cut_and_falls_two_points_below_it(score: float, before: str, said: str):
    assert steady_grade(score, before) == said


@given(st.floats(0, 100))
def test_without_a_grade_before_it_is_the_plain_grade(score: float):
    assert steady_grade(score) == grade(score)


@settings(deadline=None)
@given(st.sampled_from([cut for _, cut in CUTS[:-1]]), st.lists(st.floats(-SLACK + 1e-6, 1.9), min_size=1, max_size=30))
def test_a_score_that_trembles_at_a_cut_changes_its_grade_at_most_once(cut: float, steps: list[float]):
    scores = [cut + step for step in steps]
    told = [grade_after(scores[:end]) for end in range(1, len(scores) + 1)]
    assert sum(one != other for one, other in pairwise(told)) <= 1


# ---- order ----------------------------------------------------------------------------------------------------------


def order(rows: list[tuple]) -> list[str]:
    """Ids of (id, probability, amount, waiting days) in the order of the queue."""
    ids, probability, amount, waiting = (np.array(column, object) for column in zip(*rows, strict=True))
    return ids[queue_order(probability.astype(float), amount.astype(float), waiting.astype(float), ids)].tolist()


def test_deals_come_by_chance_times_amount_and_those_without_an_amount_after_them():
    assert order([("small", 0.9, 100.0, 1.0), ("none, likely", 0.99, NAN, 9.0), ("big", 0.1, 2000.0, 1.0),
                  ("zero", 0.9, 0.0, 1.0), ("none", 0.2, NAN, 9.0)]) == ["big", "small", "zero", "none, likely", "none"]


def test_leads_come_by_their_chance():
    assert order([("a", 0.2, NAN, 90.0), ("b", 0.7, NAN, 1.0), ("c", 0.5, NAN, 1.0)]) == ["b", "c", "a"]


def test_among_equals_the_longest_waiting_comes_first_then_the_smaller_id():
    assert order([("d", 0.5, NAN, NAN), ("c", 0.5, NAN, 2.0), ("b", 0.5, NAN, 2.0), ("a", 0.5, NAN, 1.0),
                  ("e", 0.5, NAN, 3.0)]) == ["e", "b", "c", "a", "d"]


def test_the_last_touch_is_the_last_event_from_us_that_is_known_by_then(written):
    history = written(
        Vocabulary(), leads="lead_id created_at contact_id\na 2026-01-01 C1\nb 2026-01-01 -\nc 2026-01-01 -",
        events="""lead_id contact_id type direction occurred_at recorded_at
                  a -  call  from_us   2026-01-02 2026-01-02
                  - C1 email from_us   2026-01-05 2026-01-05
                  a -  click from_them 2026-01-07 2026-01-07
                  a -  call  from_us   2026-01-06 2026-01-20
                  b -  visit -         2026-01-03 2026-01-03""")
    now = np.datetime64("2026-01-10", "us")
    told = [last.astype("datetime64[D]").astype(str).tolist() for last in last_events(history, "lead", np.arange(3), now)]
    assert told == [["2026-01-07", "2026-01-03", "NaT"], ["2026-01-05", "NaT", "NaT"], ["2026-01-07", "NaT", "NaT"]]


# ---- of a company ---------------------------------------------------------------------------------------------------


@pytest.fixture
def end(trained: TrainedWorkspace) -> np.datetime64:
    return trained.history.end


@pytest.fixture
def filled(store: Store, trained: TrainedWorkspace) -> Store:
    fill(store, trained)
    refresh_all(store, desk_of(trained), trained.history.end)
    return store


def queue(store: Store, trained: TrainedWorkspace, target: str, now: np.datetime64, **more) -> dict:
    asked = {"owners": None, "most": 500, "explain": False, **more}
    return queue_of(store, desk_of(trained), target, now=now, **asked)


def test_the_queue_holds_everyone_open_once_in_the_order_of_their_worth(filled: Store, trained, end):
    told = queue(filled, trained, "win", end + HOUR)
    scores = {row["entity_id"]: row for row in rows_of(filled, "scores") if row["target"] == "win"}
    amounts = {row["opportunity_id"]: row["amount"] for row in rows_of(filled, "opportunities")}
    expected = sorted(scores, key=lambda one: (amounts[one] is None, -scores[one]["probability"] * (amounts[one] or 1.0), one))
    assert [item["entity_id"] for item in told["items"]] == expected
    assert told["in_all"] == len(expected) > 5
    first = told["items"][0]
    assert first["priority"] == first["expected_amount"] == first["probability"] * first["amount"]
    assert first["priority_is"] == "expected_amount"


def test_a_shorter_queue_is_the_beginning_of_the_longer_one(filled: Store, trained, end):
    whole = queue(filled, trained, "sql", end + HOUR)["items"]
    part = queue(filled, trained, "sql", end + HOUR, most=7)
    assert part["items"] == whole[:7] and part["in_all"] == len(whole)


def test_among_a_crowd_of_equals_the_shorter_queue_shows_who_has_waited_longest(filled: Store, trained, end):
    with filled.writing() as connection:
        connection.execute(tables.scores.update().values(probability=0.25))
    whole = queue(filled, trained, "sql", end + HOUR)["items"]
    assert [item["waiting_days"] for item in whole] == sorted((item["waiting_days"] for item in whole), reverse=True)
    assert queue(filled, trained, "sql", end + HOUR, most=5)["items"] == whole[:5]


def test_who_is_closed_but_not_yet_refreshed_is_not_in_the_queue(filled: Store, trained, end):
    one = queue(filled, trained, "sql", end + HOUR)["items"][0]["entity_id"]
    tell_stage(filled, end + HOUR, "lead", one, trained.history.vocabulary.pipelines_of("lead")[0].lost[0])
    told = queue(filled, trained, "sql", end + HOUR)
    assert one not in {item["entity_id"] for item in told["items"]}


def test_the_reasons_are_the_three_strongest_of_the_score_as_it_was_made(filled: Store, trained, end):
    item = queue(filled, trained, "sql", end + days(3), explain=True, most=1)["items"][0]
    scores = desk_of(trained).scorers["sql"].columns(trained.history, end, {item["entity_id"]})
    assert item["probability"] == scores.probability[0]
    told = {reason["feature"]: reason["contribution"] for reason in scores.reasons[0]}
    assert len(item["reasons"]) == 3
    assert all(told[reason["feature"]] == reason["contribution"] for reason in item["reasons"])


def test_the_grade_is_steady_over_what_was_kept(filled: Store, trained, end):
    one = queue(filled, trained, "sql", end + HOUR)["items"][0]["entity_id"]
    mine = (tables.scores.c.entity_id == one, tables.scores.c.target == "sql")
    with filled.writing() as connection:
        connection.execute(tables.score_history.delete())
        connection.execute(tables.score_history.insert(), [
            {"entity": "lead", "entity_id": one, "target": "sql", "at": micro(end - days(ago)), "probability": 0.5, "score": said,
             "grade": "-", "model": "m", "cause": "time", "events": 0} for ago, said in ((3, 71.0), (2, 69.0))])
        connection.execute(tables.scores.update().where(*mine).values(score=68.5, grade="C"))
    told = {item["entity_id"]: item["grade"] for item in queue(filled, trained, "sql", end + HOUR)["items"]}
    assert told[one] == "B"


def test_how_long_one_has_waited_is_counted_from_the_last_touch_from_us(filled: Store, trained, end):
    one = queue(filled, trained, "sql", end + HOUR)["items"][0]["entity_id"]
    tell_event(filled, trained.history.vocabulary, end + HOUR, "e1", lead_id=one)
    with filled.writing() as connection:
        connection.execute(tables.events.update().where(tables.events.c.event_key == "e1").values(direction="from_us"))
    told = {item["entity_id"]: item for item in queue(filled, trained, "sql", end + 25 * HOUR)["items"]}
    assert told[one]["waiting_days"] == 1.0
    assert np.datetime64(told[one]["last_touch_at"].replace(tzinfo=None), "us") == end + HOUR


# ---- over HTTP ------------------------------------------------------------------------------------------------------


def test_the_queue_is_asked_for_by_owner_and_target(filled: Store, trained):
    whole = ask(filled, trained, "/v1/queue?target=win&limit=500").json()
    owner = whole["items"][0]["owner"]
    mine = ask(filled, trained, f"/v1/queue?target=win&owner={owner}&limit=500&explain=false").json()
    assert [item["entity_id"] for item in mine["items"]] == [
        item["entity_id"] for item in whole["items"] if item["owner"] == owner]
    assert all(len(item["reasons"]) <= 3 for item in whole["items"]) and mine["items"][0]["reasons"] is None
    assert datetime.fromisoformat(whole["items"][0]["as_of"]) == trained.history.end.item().replace(tzinfo=UTC)


def test_by_default_it_is_the_last_target_of_leads(filled: Store, trained):
    assert ask(filled, trained, "/v1/queue?limit=1").json()["target"] == "sql"


def test_who_is_limited_sees_only_their_own(filled: Store, trained):
    whole = ask(filled, trained, "/v1/queue?target=win&limit=500").json()["items"]
    owner, other = list(dict.fromkeys(item["owner"] for item in whole))[:2]
    caller = Caller("k", limit=Limit("owner", (owner,)))
    told = ask(filled, trained, "/v1/queue?target=win&limit=500", caller).json()
    assert {item["owner"] for item in told["items"]} == {owner}
    assert told["in_all"] == len(told["items"])
    assert ask(filled, trained, f"/v1/queue?target=win&owner={other}", caller).json()["items"] == []


@pytest.mark.parametrize(("query", "path", "said"), [
    ("target=quux", "target", "no such target; known here: mql, sql, win"), ("limit=0", "limit", "greater than or equal to 1"),
    ("owner=%00", "owner", "NUL"), ("who=me", "who", "unknown key"),
])
def test_what_cannot_be_asked_is_refused_with_its_path(filled: Store, trained, query: str, path: str, said: str):
    answer = ask(filled, trained, f"/v1/queue?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == path and said in answer.json()["errors"][0]["message"]
