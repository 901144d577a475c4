"""Refreshed scores, on both databases: the very numbers of a batch, for exactly whom there is news, each move with its cause."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from click.testing import CliRunner
from fixtures_trained import TrainedWorkspace
from stored_company import HOUR, desk_of, fill, rows_of, tell_event, tell_stage

import serving.refresh
from leadcast.cli import main
from leadcast.moment import days
from leadcast.store import Store, open_engine, tables
from leadcast.store.changes import mark_waiting
from leadcast.store.columns import micro
from leadcast.store.histories import whole_history
from leadcast.store.leases import release, take
from leadcast.store.waiting import surely_closed
from serving.desk import Desk
from serving.kept import kept_rows
from serving.refresh import LEASE, AlreadyRefreshing, refresh_all, refresh_waiting
from serving.refresh_chores import everyone_chore, news_chore, retention_chore
from serving.scores import Scorer


@pytest.fixture
def desk(trained: TrainedWorkspace) -> Desk:
    return desk_of(trained)


@pytest.fixture
def end(trained: TrainedWorkspace) -> np.datetime64:
    return trained.history.end


@pytest.fixture
def filled(store: Store, trained: TrainedWorkspace) -> Store:
    fill(store, trained)
    return store


def by_key(rows: list[dict]) -> dict[tuple[str, str], dict]:
    return {(row["entity_id"], row["target"]): row for row in rows}


def of_a_batch(trained: TrainedWorkspace, desk: Desk, as_of: np.datetime64) -> dict[tuple[str, str], dict]:
    """Everyone open scored out of the history in memory, as rows of table scores."""
    return by_key([row for scorer in desk.scorers.values()
                   for row in kept_rows(scorer.columns(trained.history, as_of, explain=False))])


def somebody(store: Store, target: str, place: int = 0) -> str:
    return sorted(row["entity_id"] for row in rows_of(store, "scores") if row["target"] == target)[place]


# ---- everyone -------------------------------------------------------------------------------------------------------


def test_everyones_refreshed_scores_are_a_batchs_to_the_last_digit(filled: Store, trained: TrainedWorkspace, desk: Desk, end):
    done = refresh_all(filled, desk, end)
    found = by_key(rows_of(filled, "scores"))
    assert found == of_a_batch(trained, desk, end)
    assert Counter(entity for entity, _ in {(row["entity"], row["entity_id"]) for row in found.values()}) == Counter(
        {"lead": done.scored["lead"], "opportunity": done.scored["opportunity"]})
    assert (done.moved, done.left) == (0, 0)


def test_small_chunks_make_the_same_scores_and_tell_how_far_they_are(filled: Store, trained, desk: Desk, end, monkeypatch):
    monkeypatch.setattr(serving.refresh, "AT_ONCE", 300)
    told: list[tuple] = []
    refresh_all(filled, desk, end, lambda *step: told.append(step))
    assert by_key(rows_of(filled, "scores")) == of_a_batch(trained, desk, end)
    assert told[:3] == [("leads", 300, 800), ("leads", 600, 800), ("leads", 800, 800)]
    assert {what for what, _, _ in told[3:]} == {"opportunities"} and told[-1][1] == told[-1][2]


def test_the_first_time_the_score_of_a_week_before_is_kept_too(filled: Store, trained, desk: Desk, end):
    refresh_all(filled, desk, end)
    kept = rows_of(filled, "score_history")
    week_ago = of_a_batch(trained, desk, end - days(7))
    now = by_key(rows_of(filled, "scores"))
    rebuilt = {key: row["score"] for key, row in by_key([row for row in kept if row["cause"] == "rebuilt"]).items()}
    assert rebuilt == {key: row["score"] for key, row in week_ago.items() if key in now}
    assert {row["at"] for row in kept if row["cause"] == "rebuilt"} == {micro(end - days(7))}
    assert by_key([row for row in kept if row["cause"] == "first"]).keys() == now.keys()
    assert {row["cause"] for row in kept} == {"rebuilt", "first"}


def test_a_trend_comes_from_the_score_on_record(filled: Store, desk: Desk, end):
    refresh_all(filled, desk, end)
    one = by_key(rows_of(filled, "scores"))[(somebody(filled, "sql"), "sql")]
    planted = {name: one[name] for name in ("entity", "entity_id", "target", "probability", "grade", "model")}
    later = end + days(8)
    with filled.writing() as connection:
        connection.execute(tables.score_history.delete())
        connection.execute(tables.score_history.insert(), [
            {**planted, "at": micro(later - days(ago)), "score": score, "cause": "time", "events": 0}
            for ago, score in ((9.0, 11.0), (7.5, 12.0), (6.0, 13.0))])
    refresh_all(filled, desk, later)
    row = by_key(rows_of(filled, "scores"))[(one["entity_id"], "sql")]
    assert row["trend"] == row["score"] - 12.0


def test_what_another_model_said_a_week_before_makes_no_trend(filled: Store, trained, desk: Desk, end):
    refresh_all(filled, desk, end)
    with filled.writing() as connection:
        connection.execute(tables.score_history.update().values(model="another/1", score=0.0))
    refresh_all(filled, desk, end + HOUR)
    expected = of_a_batch(trained, desk, end + HOUR)
    found = by_key(rows_of(filled, "scores"))
    assert {key: row["trend"] for key, row in found.items()} == {key: row["trend"] for key, row in expected.items()}


def test_a_current_score_never_goes_back(filled: Store, desk: Desk, end):
    refresh_all(filled, desk, end)
    before = by_key(rows_of(filled, "scores"))
    refresh_all(filled, desk, end, as_of=end - days(30))
    found = by_key(rows_of(filled, "scores"))
    assert {key: found[key] for key in before} == before
    assert {row["as_of"] for key, row in found.items() if key not in before} <= {micro(end - days(30))}


def test_who_was_closed_by_a_load_leaves_with_the_next_refresh(filled: Store, trained, desk: Desk, end):
    refresh_all(filled, desk, end)
    one, lost = somebody(filled, "win"), trained.history.vocabulary.pipelines_of("opportunity")[0].lost[0]
    tell_stage(filled, end + HOUR, "opportunity", one, lost, mark=False)
    done = refresh_all(filled, desk, end + 2 * HOUR)
    assert (one, "win") not in by_key(rows_of(filled, "scores"))
    assert done.left == 1
    assert one in {row["entity_id"] for row in rows_of(filled, "score_history")}


def test_whom_the_store_calls_closed_is_closed_at_any_moment(filled: Store, trained, end):
    for entity in ("lead", "opportunity"):
        ids = trained.history.ids(entity)
        rows = np.arange(len(ids))
        for moment in (end, end - days(40), end - days(200)):
            closed = set(ids[trained.history.closed_at(entity, rows, np.full(len(ids), moment))])
            with filled.reading() as connection:
                found = surely_closed(connection, trained.history.vocabulary, entity, list(ids), moment)
            assert found <= closed and (moment < end or found == closed)


# ---- who has news ---------------------------------------------------------------------------------------------------


def test_an_event_brings_new_scores_to_exactly_those_whom_it_reaches(filled: Store, trained, desk: Desk, end):
    refresh_all(filled, desk, end)
    deal = somebody(filled, "win")
    vocabulary = trained.history.vocabulary
    contact = next(row["contact_id"] for row in rows_of(filled, "opportunities") if row["opportunity_id"] == deal)
    reached = tell_event(filled, vocabulary, end + HOUR, "e1", contact_id=contact)
    assert refresh_waiting(filled, desk, end + HOUR) == len(reached["lead"]) + len(reached["opportunity"])
    scores = rows_of(filled, "scores")
    renewed = {row["entity_id"] for row in scores if row["as_of"] == micro(end + HOUR)}
    assert deal in renewed and renewed <= reached["lead"] | reached["opportunity"]
    assert {row["as_of"] for row in scores if row["entity_id"] not in renewed} == {micro(end)}
    assert rows_of(filled, "waiting") == []
    whole = whole_history(filled, vocabulary, end + HOUR)
    expected = kept_rows(desk.scorers["win"].columns(whole, end + HOUR, {deal}, explain=False))[0]
    found = by_key(scores)[(deal, "win")]
    assert {name: found[name] for name in found if name != "trend"} == {name: expected[name] for name in found if name != "trend"}


def test_who_waits_since_later_is_left_for_later(filled: Store, trained, desk: Desk, end):
    refresh_all(filled, desk, end)
    one = somebody(filled, "sql")
    tell_event(filled, trained.history.vocabulary, end + HOUR, "e1", lead_id=one)
    assert refresh_waiting(filled, desk, end + HOUR - days(1 / 1440)) == 0
    assert len(rows_of(filled, "waiting")) == 1
    assert refresh_waiting(filled, desk, end + HOUR) == 1


def test_news_after_the_moment_of_a_score_are_scored_later_though_older_ones_waited_already(filled: Store, trained, desk, end):
    refresh_all(filled, desk, end)
    one, vocabulary, as_of = somebody(filled, "sql"), trained.history.vocabulary, end + HOUR
    tell_event(filled, vocabulary, end + HOUR / 2, "e1", lead_id=one)
    tell_event(filled, vocabulary, as_of + days(1 / 1440), "e2", lead_id=one)  # its mark is read, too
    refresh_waiting(filled, desk, as_of)
    refresh_all(filled, desk, as_of)
    assert {row["as_of"] for row in rows_of(filled, "scores") if row["entity_id"] == one} == {micro(as_of)}
    assert [(row["entity_id"], row["events"]) for row in rows_of(filled, "waiting")] == [(one, 2)]
    assert refresh_waiting(filled, desk, end + 2 * HOUR) == 1
    assert {row["as_of"] for row in rows_of(filled, "scores") if row["entity_id"] == one} == {micro(end + 2 * HOUR)}
    assert rows_of(filled, "waiting") == []


def test_so_many_are_taken_up_at_a_time(filled: Store, desk: Desk, end):
    refresh_all(filled, desk, end)
    ids = [somebody(filled, "sql", place) for place in range(3)]
    for minutes, one in enumerate(ids):
        with filled.writing() as connection:
            mark_waiting(connection, {"lead": {one}}, micro(end + days(minutes / 1440)))
    assert refresh_waiting(filled, desk, end + HOUR, most=2) == 2
    assert [row["entity_id"] for row in rows_of(filled, "waiting")] == [ids[2]]


def test_news_that_come_while_one_is_scored_bring_the_mark_back(filled: Store, trained, desk: Desk, end, monkeypatch):
    refresh_all(filled, desk, end)
    one = somebody(filled, "sql")
    vocabulary = trained.history.vocabulary
    tell_event(filled, vocabulary, end + HOUR, "e1", lead_id=one)
    real = serving.rescore.history_of

    def meanwhile(*asked):
        read = real(*asked)
        tell_event(filled, vocabulary, end + HOUR, "e2", lead_id=one)
        return read

    monkeypatch.setattr(serving.rescore, "history_of", meanwhile)
    assert refresh_waiting(filled, desk, end + HOUR) == 1
    assert [row["entity_id"] for row in rows_of(filled, "waiting")] == [one]
    monkeypatch.undo()
    assert refresh_waiting(filled, desk, end + HOUR) == 1
    assert rows_of(filled, "waiting") == []


def test_who_is_closed_by_news_has_no_score_any_more(filled: Store, trained, desk: Desk, end):
    refresh_all(filled, desk, end)
    one = somebody(filled, "sql")
    tell_stage(filled, end + HOUR, "lead", one, trained.history.vocabulary.pipelines_of("lead")[0].lost[0])
    assert refresh_waiting(filled, desk, end + HOUR) == 1
    assert one not in {row["entity_id"] for row in rows_of(filled, "scores")}


def test_a_mark_of_somebody_who_is_not_there_is_taken_away(filled: Store, desk: Desk, end):
    with filled.writing() as connection:
        mark_waiting(connection, {"lead": {"nobody"}}, micro(end))
    assert refresh_waiting(filled, desk, end) == 1
    assert rows_of(filled, "waiting") == [] and rows_of(filled, "scores") == []


def test_who_is_erased_while_scored_comes_not_back(filled: Store, desk: Desk, end, monkeypatch):
    refresh_all(filled, desk, end)
    one = somebody(filled, "sql")
    with filled.writing() as connection:
        mark_waiting(connection, {"lead": {one}}, micro(end))
    real = serving.rescore.history_of

    def meanwhile(*asked):
        read = real(*asked)
        with filled.writing() as connection:
            for table, column in ((tables.leads, "lead_id"), (tables.scores, "entity_id"), (tables.score_history, "entity_id")):
                connection.execute(table.delete().where(table.c[column] == one))
        return read

    monkeypatch.setattr(serving.rescore, "history_of", meanwhile)
    refresh_waiting(filled, desk, end + days(2))
    assert one not in {row["entity_id"] for name in ("scores", "score_history") for row in rows_of(filled, name)}


# ---- one runner at a time -------------------------------------------------------------------------------------------


def test_while_another_runner_is_at_it_nothing_is_done_and_no_mark_is_lost(filled: Store, desk: Desk, end):
    with filled.writing() as connection:
        mark_waiting(connection, {"lead": {"nobody"}}, micro(end))
    take(filled, LEASE, "another", end, 60)
    with pytest.raises(AlreadyRefreshing, match=r"^Another process refreshes these scores: nothing was done\. Wait"):
        refresh_all(filled, desk, end)
    assert refresh_waiting(filled, desk, end) == 0
    assert rows_of(filled, "scores") == [] and len(rows_of(filled, "waiting")) == 1
    assert refresh_waiting(filled, desk, end + days(61 / 86_400)) == 1


def test_the_lease_is_given_back_also_after_a_mistake(filled: Store, desk: Desk, end):
    def stumble(*_):
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        refresh_all(filled, desk, end, stumble)
    assert take(filled, LEASE, "another", end, 60)


def test_a_runner_that_was_too_slow_stops(filled: Store, desk: Desk, end):
    def overtaken(*_):
        take(filled, LEASE, "another", end + days(61 / 86_400), 600)

    with pytest.raises(AlreadyRefreshing, match="took over"):
        refresh_all(filled, desk, end, overtaken)
    release(filled, LEASE, "another")


def test_news_get_their_turn_between_the_chunks_of_a_long_refresh(filled: Store, trained, desk: Desk, end, monkeypatch):
    refresh_all(filled, desk, end)
    monkeypatch.setattr(serving.refresh, "AT_ONCE", 300)
    one = somebody(filled, "sql")
    seen: list[set[int]] = []

    def told(what: str, done: int, _: int) -> None:
        seen.append({row["as_of"] for row in rows_of(filled, "scores") if row["entity_id"] == one})
        if (what, done) == ("leads", 300):
            tell_event(filled, trained.history.vocabulary, end + 2 * HOUR, "e1", lead_id=one)

    refresh_all(filled, desk, end + HOUR, told, clock=lambda: end + 2 * HOUR)
    assert seen[0] == {micro(end)}  # the turn of its chunk comes later
    assert seen[1] == {micro(end + 2 * HOUR)} == seen[-1]


# ---- why a score moved ----------------------------------------------------------------------------------------------


def test_what_moved_a_score_is_news_time_or_another_model(filled: Store, trained, desk: Desk, end):
    refresh_all(filled, desk, end)
    told, silent = somebody(filled, "sql", 0), somebody(filled, "sql", 1)
    vocabulary = trained.history.vocabulary
    tell_event(filled, vocabulary, end + HOUR, "e1", lead_id=told)
    tell_event(filled, vocabulary, end + HOUR, "e2", lead_id=told)
    refresh_all(filled, desk, end + days(1))
    bundle = desk.scorers["sql"].bundle
    others = {**desk.scorers, "sql": Scorer(replace(bundle, version="99-abcdef01"))}
    refresh_all(filled, replace(desk, scorers=others), end + days(1) + HOUR)
    kept = [row for row in rows_of(filled, "score_history") if row["target"] == "sql" and row["cause"] != "rebuilt"]
    causes = {one: [(row["cause"], row["events"]) for row in sorted(kept, key=lambda row: row["at"]) if row["entity_id"] == one]
              for one in (told, silent)}
    assert [cause for cause, _ in causes[told]] == ["first", "events", "model"]
    assert [cause for cause, _ in causes[silent]] == ["first", "time", "model"]
    assert causes[told][1:] == [("events", 2), ("model", 0)] and causes[silent][1:] == [("time", 0), ("model", 0)]


def test_what_hardly_moved_within_a_day_is_not_kept(filled: Store, desk: Desk, end):
    refresh_all(filled, desk, end)
    before = by_key(rows_of(filled, "scores"))
    refresh_all(filled, desk, end + days(1 / 86_400))
    now = by_key(rows_of(filled, "scores"))
    same = {key for key in now if abs(now[key]["score"] - before[key]["score"]) < 1 and now[key]["grade"] == before[key]["grade"]}
    kept = {(row["entity_id"], row["target"]) for row in rows_of(filled, "score_history") if row["at"] > micro(end)}
    assert len(same) > 10 and kept == now.keys() - same


# ---- chores and the command -----------------------------------------------------------------------------------------


class Ready:
    """A store and models that are at hand."""

    def __init__(self, store: Store, desk: Desk) -> None:
        self.store, self.workspace = store, desk.workspace
        self.desk: Callable[[datetime], Desk] = lambda now: desk


def clock(end: np.datetime64) -> datetime:
    return end.item().replace(tzinfo=UTC)


def test_everyone_is_scored_every_hour_and_at_once_when_another_model_answers(filled: Store, desk: Desk, end):
    ready = Ready(filled, desk)
    chore = everyone_chore(ready)
    assert len(chore(clock(end))) == 1
    assert chore(clock(end) + timedelta(minutes=59)) == []
    assert len(chore(clock(end) + timedelta(minutes=61))) == 1
    other = replace(desk, scorers={**desk.scorers, "sql": Scorer(replace(desk.scorers["sql"].bundle, version="99-abcdef01"))})
    ready.desk = lambda now: other
    assert len(chore(clock(end) + timedelta(minutes=62))) == 1
    assert chore(clock(end) + timedelta(minutes=63)) == []


def test_two_hosts_with_different_models_do_not_refresh_in_turns_for_ever(filled: Store, desk: Desk, end):
    other = replace(desk, scorers={**desk.scorers, "sql": Scorer(replace(desk.scorers["sql"].bundle, version="99-abcdef01"))})
    one, two = everyone_chore(Ready(filled, desk)), everyone_chore(Ready(filled, other))
    told = [len(chore(clock(end) + timedelta(minutes=minute))) for minute, chore in enumerate((one, two, one, two, one, two))]
    assert told == [1, 1, 0, 0, 0, 0]


def test_the_chore_of_news_goes_on_until_nobody_waits(filled: Store, desk: Desk, end):
    with filled.writing() as connection:
        mark_waiting(connection, {"lead": {f"nobody {number}" for number in range(1_200)}}, micro(end))
    assert news_chore(Ready(filled, desk))(clock(end)) == []
    assert rows_of(filled, "waiting") == []


def test_the_chore_of_retention_says_what_is_gone(filled: Store, desk: Desk, end):
    refresh_all(filled, desk, end)
    count = len(rows_of(filled, "score_history"))
    assert retention_chore(Ready(filled, desk))(clock(end) + timedelta(days=738)) == [
        f"{count:,} old rows of score_history are gone"]


@pytest.fixture
def command(trained: TrainedWorkspace, store_address: str, monkeypatch) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.setenv("LEADCAST_STORE_URL", store_address)

    def run(*options: str) -> tuple[int, str, str]:
        ended = CliRunner().invoke(main, ["refresh", "-w", str(trained.folder), *options])
        return ended.exit_code, ended.stdout, ended.stderr

    return run


def test_the_command_scores_everyone_and_says_what_moved(command, trained: TrainedWorkspace, store_address: str, end):
    store = open_engine(store_address)
    assert command("--as-of", f"{end}Z", "--json")[:2] == (0, json.dumps(
        {"leads": 0, "opportunities": 0, "moved": 0, "left": 0}, indent=2) + "\n")
    fill(store, trained)
    code, said, _ = command("--as-of", f"{end}Z", "--json")
    told = json.loads(said)
    scores = {(row["entity"], row["entity_id"]) for row in rows_of(store, "scores")}
    assert code == 0 and told["leads"] + told["opportunities"] == len(scores) > 20 and told["moved"] == told["left"] == 0
    assert {row["as_of"] for row in rows_of(store, "scores")} == {micro(end)}
    code, said, _ = command("--waiting")
    assert (code, said) == (0, "Nobody has news.\n")
    store.close()


def test_the_command_ends_with_3_where_another_process_is_at_it(command, store_address: str):
    assert command()[0] == 0
    store = open_engine(store_address)
    take(store, LEASE, "another", np.datetime64("2199-01-01", "us"), 60)
    assert command() == (3, "", "error: Another process refreshes these scores: nothing was done. Wait for it to end.\n")
    with store.writing() as connection:
        mark_waiting(connection, {"lead": {"nobody"}}, 0)
    assert command("--waiting")[0] == 3
    store.close()
