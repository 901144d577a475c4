"""Answers kept ready: found again, made anew when they are old, gone when somebody is erased or nobody asks."""

from contextlib import suppress
from datetime import UTC

import numpy as np
import pytest
from asked_service import DAY, asked_service, filled_store
from stored_company import fill, rows_of

from leadcast.calls import CallError
from leadcast.moment import days
from leadcast.snapshots import list_snapshots
from leadcast.store import tables
from leadcast.store.changes import bump
from leadcast.store.columns import micro
from leadcast.store.engine import StoreUnavailable
from leadcast.store.erased import last_erasure
from leadcast.store.leases import take
from leadcast.store.prepared import Prepared, asked_since, find_prepared, keep_prepared, note_asked
from leadcast.store.retention import forget_old
from leadcast.workspace import read_workspace
from serving.briefing.before import KEPT, slot_of
from serving.briefing.chores import Tries, due_question, kept_forecast_chore, outlooks_chore
from serving.briefing.make import Freshness
from serving.briefing.question import Question, read_question
from serving.erase import erase

NOW = np.datetime64("2026-06-30T08:00", "us")
MINUTE = days(1 / 1440)


def kept(question="q", made_at=NOW, asked_at=NOW) -> Prepared:
    return Prepared(question, b'{"total": "\xc3\xa9"}', "records 1", made_at, asked_at)


# ---- the table ------------------------------------------------------------------------------------------------


def test_an_answer_is_found_as_it_was_kept_and_replaced_by_the_next(store):
    assert keep_prepared(store, kept(), "") and keep_prepared(store, kept(made_at=NOW + MINUTE), "")
    with store.reading() as connection:
        assert find_prepared(connection, "q") == kept(made_at=NOW + MINUTE)
        assert find_prepared(connection, "another") is None
    [row] = rows_of(store, "prepared")
    assert len(row["question_key"]) == 64


def test_that_somebody_asked_is_written_every_ten_minutes(store):
    keep_prepared(store, kept(), "")
    note_asked(store, kept(), NOW + 9 * MINUTE)
    assert rows_of(store, "prepared")[0]["asked_at"] == micro(NOW)
    note_asked(store, kept(), NOW + 11 * MINUTE)
    assert rows_of(store, "prepared")[0]["asked_at"] == micro(NOW + 11 * MINUTE)
    with store.reading() as connection:
        assert [question for question, *_ in asked_since(connection, NOW + 11 * MINUTE)] == ["q"]
        assert asked_since(connection, NOW + 12 * MINUTE) == []


def test_what_nobody_asks_for_in_a_week_goes(store):
    keep_prepared(store, kept("old", asked_at=NOW - 8 * DAY), "")
    keep_prepared(store, kept("new", asked_at=NOW - 6 * DAY), "")
    assert forget_old(store, NOW, 365, 730) == {"prepared": 1}
    assert [row["question"] for row in rows_of(store, "prepared")] == ["new"]


def test_those_asked_for_longest_ago_make_room(store, monkeypatch):
    monkeypatch.setattr("leadcast.store.prepared.MOST", 2)
    for name, asked_at in (("a", NOW), ("b", NOW - MINUTE), ("c", NOW + MINUTE)):
        assert keep_prepared(store, kept(name, asked_at=asked_at), "")
    assert {row["question"] for row in rows_of(store, "prepared")} == {"a", "c"}


def test_noting_and_keeping_wait_for_no_other_writer_for_long(store, monkeypatch):
    monkeypatch.setattr("leadcast.store.prepared.KEEPING_SECONDS", 0.1)
    keep_prepared(store, kept(), "")
    with store.writing() as busy:
        busy.execute(tables.prepared.update().values(made_from="another"))
        note_asked(store, kept(), NOW + 11 * MINUTE)  # nothing is noted, and nobody is told
        with pytest.raises(StoreUnavailable, match="lock"):
            keep_prepared(store, kept(), "")
    [row] = rows_of(store, "prepared")
    assert (row["asked_at"], row["made_from"]) == (micro(NOW), "another")
    if store.is_sqlite:  # who comes next is as patient as ever
        with store.writing() as connection:
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 10_000


def test_an_erasure_empties_it_and_keeps_out_what_was_begun_before(trained, store, tmp_path):
    fill(store, trained)
    (tmp_path / "leadcast.toml").write_bytes((trained.folder / "leadcast.toml").read_bytes())
    workspace = read_workspace(tmp_path, trained.folder)
    lead = str(trained.history.leads["lead_id"][0])
    before = mark_of(store)
    keep_prepared(store, kept(), before)
    done = erase(workspace, store, "lead", lead, NOW)
    assert done.removed["prepared"] == 1 and rows_of(store, "prepared") == []
    later = kept(made_at=NOW + days(1 / 86_400))  # the erasure's own time says nothing of when it was over
    assert not keep_prepared(store, later, before)
    after = mark_of(store)
    assert keep_prepared(store, later, after)
    erase(workspace, store, "lead", lead, NOW)  # again, as after a backup was restored: no new tombstone
    assert rows_of(store, "prepared") == [] and not keep_prepared(store, later, after)


def mark_of(store) -> str:
    with store.reading() as connection:
        return last_erasure(connection)


def test_who_is_erased_while_an_answer_is_made_is_kept_out_of_it(companion, monkeypatch):
    service, lead = companion.service, str(companion.lead)

    def made_meanwhile(*asked):
        erase(companion.workspace, companion.store, "lead", lead, service.end - MINUTE)
        return b'{"total": 1}'

    monkeypatch.setattr("serving.briefing.make.make_answer", made_meanwhile)
    assert service.get("/v1/outlook")["total"] == 1 and rows_of(companion.store, "prepared") == []


# ---- questions and freshness ----------------------------------------------------------------------------------


@pytest.mark.parametrize("question", [
    Question("2026-Q3"), Question("2026-Q3", "2026-06-01T00:00:00.000000Z", owner="ann", owners=("ann",)),
    Question("2026-Q3", region="Süd", owners=()),
])
def test_a_question_is_read_from_its_text(question):
    assert read_question(question.text) == question
    assert read_question('{"path": "/v1/other", "query": {}, "owners": null}') is None


@pytest.mark.parametrize(("made_from", "age", "of_the_past", "fresh"), [
    ("a", 59, False, True), ("a", 61, False, False), ("b", 1, False, False), ("a", 9_999, True, True), ("b", 1, True, False),
])
def test_an_answer_is_fresh_while_nothing_is_written_and_it_is_young(made_from, age, of_the_past, fresh):
    assert Freshness("a", NOW, 60).is_fresh(made_from, NOW - age * MINUTE, of_the_past) is fresh


@pytest.mark.parametrize(("as_of", "past"), [(None, False), ("2026-06-30T08:00:00Z", True), ("2026-06-30T08:00:01Z", False)])
def test_only_what_was_over_when_it_was_made_does_not_age(as_of, past):
    assert Question("2026-Q3", as_of).is_past(NOW) is past


# ---- the companion --------------------------------------------------------------------------------------------


class Companion:
    """What the chores reach for, on a store of the trained workspace."""

    def __init__(self, trained, store, folder):
        self.service = asked_service(trained, store, folder)
        self.store, self.workspace = store, self.service.app.state.desk.workspace
        self.desk = lambda now: self.service.app.state.desk
        self.lead = trained.history.leads["lead_id"][0]

    def at(self, later=0.0):
        return (self.service.end + days(later)).item().replace(tzinfo=UTC)


@pytest.fixture
def companion(trained, tmp_path):
    with filled_store(trained, tmp_path) as store:
        yield Companion(trained, store, tmp_path)


@pytest.fixture
def made(monkeypatch) -> list[Question]:
    """The questions whose answers were made; making one takes three seconds."""
    made, seconds = [], iter(range(0, 3_000, 3))
    monkeypatch.setattr("serving.briefing.make.make_answer", lambda *asked: made.append(asked[2]) or b"{}")
    monkeypatch.setattr("serving.briefing.chores.time.monotonic", lambda: next(seconds))
    return made


def write(store):
    with store.writing() as connection:
        bump(connection)


def ask(companion, *questions):
    for question in questions:
        keep_prepared(companion.store, kept(question.text, companion.service.end, companion.service.end), "")


def test_the_companion_keeps_the_current_quarter_ready_and_what_was_asked_for(companion, made):
    run, quarter = outlooks_chore(companion), companion.service.quarter
    run(companion.at()), run(companion.at())
    assert [question.text for question in made] == [Question(quarter).text]
    month = Question(f"{quarter[:4]}-09")
    ask(companion, month)
    write(companion.store)
    run(companion.at(59 / 86_400))
    assert len(made) == 1  # it took 3 s: twenty times as long it rests
    run(companion.at(61 / 86_400)), run(companion.at(61 / 86_400)), run(companion.at(61 / 86_400))
    assert [question.period for question in made[1:]] == [month.period, quarter]  # who was last lets others go first
    run(companion.at(0.5))
    assert len(made) == 4  # an hour is over: both are old again
    run(companion.at(1.5)), run(companion.at(1.5))
    assert made[-1].period == quarter and month.period not in [one.period for one in made[4:]]


def test_it_rests_no_longer_than_outlook_minutes(companion, made, monkeypatch):
    monkeypatch.setattr("serving.briefing.chores.REST", 1_000.0)
    run = outlooks_chore(companion)
    run(companion.at())
    write(companion.store)
    run(companion.at(4.9 / 1440))
    assert len(made) == 1
    run(companion.at(5.1 / 1440))
    assert len(made) == 2


def test_the_current_quarter_comes_first_and_past_days_are_not_made_again(companion):
    end, standard = companion.service.end, Question(companion.service.quarter)
    day = Question(companion.service.quarter, f"{end - DAY}Z")
    month = Question(f"{companion.service.quarter[:4]}-09")
    keep_prepared(companion.store, kept(month.text, end - 2 * MINUTE, end), "")
    ask(companion, day, standard)
    due = [due_question(companion, companion.desk(None), end + 6 * MINUTE, tries) for tries in (Tries(), Tries(standard.text))]
    assert [question for question, _ in due] == [standard, month]
    failed = Tries(failed={standard.text: end + 5 * MINUTE, month.text: end + 5 * MINUTE})
    assert due_question(companion, companion.desk(None), end + 6 * MINUTE, failed) is None


@pytest.mark.parametrize("trouble", ["made", "kept"])
def test_an_answer_that_fails_waits_and_lets_others_go_on(companion, monkeypatch, trouble):
    tried, month = [], Question(f"{companion.service.quarter[:4]}-09")

    def fails(*asked):
        tried.append(asked[2].period)
        if trouble == "made":
            raise CallError("The file of calls cannot be read.")
        return b"{}"

    ask(companion, month)
    monkeypatch.setattr("serving.briefing.make.make_answer", fails)
    monkeypatch.setattr("serving.briefing.make.keep_prepared", lambda *asked: False)
    run = outlooks_chore(companion)
    for minute in (0, 0.1, 6, 6.1, 6.2, 6.3, 12):
        with suppress(CallError):
            run(companion.at(minute / 1440))
    quarter = companion.service.quarter
    assert tried == [quarter, month.period, quarter, month.period, quarter]  # at 0, 0.1, 6, 6.1 and 12 minutes


def test_another_companion_that_is_at_it_is_left_to_it(companion):
    end = companion.service.end
    assert take(companion.store, "outlooks", "another", end, 60)
    assert outlooks_chore(companion)(companion.at()) == [] and rows_of(companion.store, "prepared") == []
    assert due_question(companion, companion.desk(None), end) == (Question(companion.service.quarter), end)


def test_what_the_companion_made_is_what_is_answered(companion):
    outlooks_chore(companion)(companion.at())
    [row] = rows_of(companion.store, "prepared")
    answer = companion.service.get("/v1/outlook")
    assert answer["fresh"] and answer["period"]["name"] == companion.service.quarter
    assert len(rows_of(companion.store, "prepared")) == 1 and row["made_at"] == micro(companion.service.end)


def test_a_forecast_is_saved_once_a_week_of_the_workspaces_calendar(companion):
    folder, run = companion.service.forecasts, kept_forecast_chore(companion)
    [said] = run(companion.at())
    assert said.startswith(f"the forecast of {companion.service.quarter} is saved as ")
    [about] = list_snapshots(folder)
    assert (about.note, about.period.name) == (KEPT, companion.service.quarter)
    again = kept_forecast_chore(companion)  # another process, or this one started anew
    assert run(companion.at(1)) == [] == again(companion.at(1)) and len(list_snapshots(folder)) == 1
    assert len(run(companion.at(7))) == 1 and len(list_snapshots(folder)) == 2
    damaged = folder / f"20260601T000000_{companion.service.quarter}_{'a' * 16}.json"
    damaged.write_text("{", encoding="utf-8")
    assert len(run(companion.at(14))) == 1  # one that cannot be read stops none


def test_who_waited_for_the_lease_looks_again_whether_it_is_saved(companion, monkeypatch):
    answers = iter([False, True])
    monkeypatch.setattr("serving.briefing.chores.is_kept", lambda *asked: next(answers))
    assert kept_forecast_chore(companion)(companion.at()) == [] and list_snapshots(companion.service.forecasts) == []


@pytest.mark.parametrize(("keep", "first", "second", "same"), [
    ("week", "2026-06-28T15:59", "2026-06-28T16:00", False),  # Singapore's Monday begins at 16:00 UTC
    ("week", "2026-06-28T16:00", "2026-07-05T15:59", True), ("day", "2026-06-29T15:59", "2026-06-29T16:00", False),
    ("day", "2026-06-29T16:00", "2026-06-30T15:59", True),
])
def test_days_and_weeks_begin_where_the_workspace_is(trained, keep, first, second, same):
    workspace = trained.workspace.model_copy(update={"forecast": trained.workspace.forecast.model_copy(update={"keep": keep})})
    slots = [slot_of(workspace, np.datetime64(moment, "us")) for moment in (first, second)]
    assert (slots[0] == slots[1]) is same
