"""Current scores, their history and leases in the store, on both databases, with hand-made rows."""

import numpy as np
import pytest
from stored_company import rows_of

from leadcast.moment import days
from leadcast.store import Store, tables
from leadcast.store.columns import micro
from leadcast.store.current import current_of, kept_of, last_kept, replace_scores, scores_before
from leadcast.store.leases import release, renew, take
from leadcast.store.refreshes import last_refresh, note_refresh
from leadcast.store.retention import forget_old
from leadcast.store.waiting import marks_of, oldest_marks, remove_marks

NOON = np.datetime64("2026-03-10T12:00", "us")


def keep(store: Store, *rows: tuple) -> None:
    """(id, days before noon, score, model) into the history of the target sql."""
    with store.writing() as connection:
        connection.execute(tables.score_history.insert(), [
            {"entity": "lead", "entity_id": one, "target": "sql", "at": micro(NOON - days(ago)), "probability": 0.1,
             "score": said, "grade": "D", "model": model, "cause": "time", "events": 0} for one, ago, said, model in rows])


def score(one: str, target: str = "sql", at: np.datetime64 = NOON, **more: object) -> dict:
    return {"entity": "lead", "entity_id": one, "target": target, "as_of": micro(at), "probability": 0.1, "score": 30.0,
            "grade": "D", "model": "m/1", **more}


def before(store: Store, ids: list[str], model: str | None = None) -> tuple[list[float], list[bool]]:
    with store.reading() as connection:
        found, known = scores_before(connection, "lead", "sql", ids, NOON, model)
    return found.tolist(), known.tolist()


def test_the_score_on_record_is_the_newest_of_the_three_days_up_to_the_moment(store: Store):
    keep(store, ("L1", 2.0, 40.0, "m/1"), ("L1", 0.5, 41.0, "m/1"), ("L1", -0.1, 42.0, "m/1"), ("L2", 0.0, 50.0, "m/1"),
         ("L3", 3.0, 60.0, "m/1"), ("L4", 3.01, 70.0, "m/1"))
    found, known = before(store, ["L4", "L3", "L2", "L1", "L9"])
    assert known == [False, True, True, True, False]
    assert found[1:4] == [60.0, 50.0, 41.0]
    assert np.isnan([found[0], found[4]]).all()


def test_of_several_rows_of_one_moment_the_last_written_counts(store: Store):
    keep(store, ("L1", 1.0, 40.0, "m/1"), ("L1", 1.0, 44.0, "m/1"))
    assert before(store, ["L1"]) == ([44.0], [True])


def test_what_another_model_said_is_not_on_record_where_a_model_is_named(store: Store):
    keep(store, ("L1", 2.0, 40.0, "m/1"), ("L1", 1.0, 90.0, "m/2"), ("L2", 1.0, 80.0, "m/2"))
    found, known = before(store, ["L1", "L2"], "m/1")
    assert known == [True, False] and found[0] == 40.0
    assert before(store, ["L1", "L2"])[0] == [90.0, 80.0]


def test_what_was_kept_of_others_is_not_taken(store: Store):
    with store.writing() as connection:
        at = micro(NOON)
        connection.execute(tables.score_history.insert(), [
            {"entity": entity, "entity_id": "L1", "target": target, "at": at, "probability": 0.1, "score": 10.0, "grade": "D",
             "model": "m/1", "cause": "time", "events": 0} for entity, target in (("opportunity", "sql"), ("lead", "mql"))])
    assert before(store, ["L1"])[1] == [False]


def test_the_last_kept_row_is_found_however_many_ids_are_asked_for(store: Store):
    keep(store, ("L0001", 400.0, 40.0, "m/1"), ("L7001", 1.0, 44.0, "m/1"))
    with store.reading() as connection:
        found = last_kept(connection, "lead", "sql", [f"L{number:04d}" for number in range(8_000)], NOON)
    assert {one: row.score for one, row in found.items()} == {"L0001": 40.0, "L7001": 44.0}


def test_who_was_looked_at_and_has_no_score_loses_it_and_nobody_else_does(store: Store):
    with store.writing() as connection:
        replace_scores(connection, "lead", "sql", ["L1", "L2", "L3"], NOON, [score("L1"), score("L2"), score("L3")])
        replace_scores(connection, "lead", "mql", ["L2"], NOON, [score("L2", "mql")])
    with store.writing() as connection:
        told = replace_scores(connection, "lead", "sql", ["L1", "L2"], NOON, [score("L1", score=31.5, grade="C")])
    with store.reading() as connection:
        found = [(row.entity_id, row.target, row.score, row.grade) for row in current_of(connection, "lead", ["L1", "L2", "L3"])]
    assert told == (1, set())
    assert found == [("L1", "sql", 31.5, "C"), ("L2", "mql", 30.0, "D"), ("L3", "sql", 30.0, "D")]


def test_a_score_of_a_later_moment_stays_whether_there_is_a_new_one_or_none(store: Store):
    later = NOON + days(1)
    with store.writing() as connection:
        replace_scores(connection, "lead", "sql", [], later, [score("L1", at=later), score("L2", at=later), score("L3")])
        told = replace_scores(connection, "lead", "sql", ["L1", "L2", "L3"], NOON, [score("L1"), score("L3", score=31.0)])
        found = [(row.entity_id, row.as_of, row.score) for row in current_of(connection, "lead", ["L1", "L2", "L3"])]
    assert told == (0, {"L1", "L2"})
    assert found == [("L1", micro(later), 30.0), ("L2", micro(later), 30.0), ("L3", micro(NOON), 31.0)]


def test_the_history_of_a_score_comes_oldest_first(store: Store):
    keep(store, ("L1", 1.0, 44.0, "m/1"), ("L1", 2.0, 40.0, "m/1"), ("L2", 1.5, 1.0, "m/1"))
    with store.reading() as connection:
        assert [row.score for row in kept_of(connection, "lead", ["L1"])] == [40.0, 44.0]


# ---- marks ----------------------------------------------------------------------------------------------------------


def mark(store: Store, *rows: tuple[str, float, int]) -> None:
    with store.writing() as connection:
        connection.execute(tables.waiting.insert(), [
            {"entity": "lead", "entity_id": one, "since": micro(NOON - days(ago)), "events": count} for one, ago, count in rows])


def test_who_has_waited_longest_comes_first_and_who_waits_since_later_not_yet(store: Store):
    mark(store, ("L1", 1.0, 1), ("L2", 3.0, 5), ("L3", 2.0, 1), ("L4", -1.0, 1))
    with store.reading() as connection:
        assert [row.entity_id for row in oldest_marks(connection, NOON, 2)] == ["L2", "L3"]
        assert [row.entity_id for row in oldest_marks(connection, NOON, 9)] == ["L2", "L3", "L1"]
        assert [row.entity_id for row in marks_of(connection, "lead", ["L4", "L3"], NOON)] == ["L3"]


def test_a_mark_that_was_renewed_after_it_was_read_survives(store: Store):
    mark(store, ("L1", 1.0, 1), ("L2", 1.0, 1))
    with store.reading() as connection:
        read = oldest_marks(connection, NOON, 9)
    with store.writing() as connection:
        connection.execute(tables.waiting.update().where(tables.waiting.c.entity_id == "L2").values(events=2))
    with store.writing() as connection:
        remove_marks(connection, read)
    assert [(row["entity_id"], row["events"]) for row in rows_of(store, "waiting")] == [("L2", 2)]


# ---- leases ---------------------------------------------------------------------------------------------------------


def test_one_holder_at_a_time_and_of_another_chore_another(store: Store):
    assert take(store, "refresh", "a", NOON, 60)
    assert not take(store, "refresh", "b", NOON, 60)
    assert take(store, "jobs", "b", NOON, 60)


def test_a_holder_may_take_its_own_lease_again(store: Store):
    assert take(store, "refresh", "a", NOON, 60) and take(store, "refresh", "a", NOON, 60)


@pytest.mark.parametrize(("seconds", "is_free"), [(59.999999, False), (60.0, True)])
def test_the_lease_of_a_dead_holder_ends_after_its_time(store: Store, seconds: float, is_free: bool):
    take(store, "refresh", "dead", NOON, 60)
    assert take(store, "refresh", "b", NOON + days(seconds / 86_400), 60) is is_free


def test_a_renewed_lease_holds_for_longer_and_a_lost_one_cannot_be_renewed(store: Store):
    take(store, "refresh", "a", NOON, 60)
    assert renew(store, "refresh", "a", NOON + days(50 / 86_400), 60)
    assert not take(store, "refresh", "b", NOON + days(100 / 86_400), 60)
    assert take(store, "refresh", "b", NOON + days(110 / 86_400), 60)
    assert not renew(store, "refresh", "a", NOON + days(111 / 86_400), 60)


def test_a_lease_that_is_given_back_is_free_and_anothers_stays(store: Store):
    take(store, "refresh", "a", NOON, 60)
    release(store, "refresh", "b")
    assert not take(store, "refresh", "b", NOON, 60)
    release(store, "refresh", "a")
    assert take(store, "refresh", "b", NOON, 60)


# ---- what is noted and forgotten ------------------------------------------------------------------------------------


def test_the_last_refresh_is_remembered_with_its_models(store: Store):
    with store.writing() as connection:
        assert last_refresh(connection) is None
        note_refresh(connection, NOON - days(1), ["m/1"])
        note_refresh(connection, NOON, ["m/2", "n/1"])
        found = last_refresh(connection)
    assert found is not None and found.at == NOON and found.models == {"m/2", "n/1"}


def test_what_is_older_than_it_is_kept_is_forgotten(store: Store):
    keep(store, ("L1", 31.0, 40.0, "m/1"), ("L1", 29.0, 41.0, "m/1"))
    asked = {"request_id": "r", "caller": "", "source": "store", "fingerprint": "f", "inputs": b""}
    with store.writing() as connection:
        connection.execute(tables.ledger.insert(), [{**score("L1"), **asked, "at": micro(NOON - days(ago))} for ago in (11, 9)])
        connection.execute(tables.idempotency.insert(), [
            {"caller": "", "key": key, "request_hash": "h", "at": micro(NOON - days(ago))}
            for key, ago in (("old", 1.1), ("new", 0.9))])
        connection.execute(tables.rejected.insert(), [
            {"at": micro(NOON - days(ago)), "resource": "leads", "place": 0, "item": "{}", "errors": "[]"} for ago in (31, 29)])
    assert forget_old(store, NOON, ledger_days=10, history_days=30) == {
        "ledger": 1, "score_history": 1, "rejected": 1, "idempotency": 1}
    assert [row["at"] for row in rows_of(store, "rejected")] == [micro(NOON - days(29))]
    assert [row["score"] for row in rows_of(store, "score_history")] == [41.0]
    assert [row["at"] for row in rows_of(store, "ledger")] == [micro(NOON - days(9))]
    assert [row["key"] for row in rows_of(store, "idempotency")] == ["new"]
    assert forget_old(store, NOON, ledger_days=10, history_days=30) == {}
