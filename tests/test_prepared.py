"""Answers kept ready: found again, made anew when they are old, gone when somebody is erased or nobody asks."""

from datetime import UTC

import numpy as np
import pytest
from asked_service import DAY, asked_service, filled_store
from stored_company import fill, rows_of

from leadcast.moment import days
from leadcast.snapshots import list_snapshots
from leadcast.store.changes import bump
from leadcast.store.columns import micro
from leadcast.store.leases import take
from leadcast.store.prepared import Prepared, asked_since, find_prepared, keep_prepared, note_asked
from leadcast.store.retention import forget_old
from leadcast.workspace import read_workspace
from serving.briefing.before import KEPT, slot_of
from serving.briefing.chores import due_question, kept_forecast_chore, outlooks_chore
from serving.briefing.make import Freshness
from serving.briefing.question import Question, read_question
from serving.erase import erase

NOW = np.datetime64("2026-06-30T08:00", "us")
MINUTE = days(1 / 1440)


def kept(question="q", made_at=NOW, asked_at=NOW) -> Prepared:
    return Prepared(question, b'{"total": "\xc3\xa9"}', "records 1", made_at, asked_at)


# ---- the table ------------------------------------------------------------------------------------------------


def test_an_answer_is_found_as_it_was_kept_and_replaced_by_the_next(store):
    assert keep_prepared(store, kept(), NOW) and keep_prepared(store, kept(made_at=NOW + MINUTE), NOW)
    with store.reading() as connection:
        assert find_prepared(connection, "q") == kept(made_at=NOW + MINUTE)
        assert find_prepared(connection, "another") is None
    [row] = rows_of(store, "prepared")
    assert len(row["question_key"]) == 64


def test_that_somebody_asked_is_written_every_ten_minutes(store):
    keep_prepared(store, kept(), NOW)
    note_asked(store, kept(), NOW + 9 * MINUTE)
    assert rows_of(store, "prepared")[0]["asked_at"] == micro(NOW)
    note_asked(store, kept(), NOW + 11 * MINUTE)
    assert rows_of(store, "prepared")[0]["asked_at"] == micro(NOW + 11 * MINUTE)
    with store.reading() as connection:
        assert [question for question, *_ in asked_since(connection, NOW + 11 * MINUTE)] == ["q"]
        assert asked_since(connection, NOW + 12 * MINUTE) == []


def test_what_nobody_asks_for_in_a_week_goes(store):
    keep_prepared(store, kept("old", asked_at=NOW - 8 * DAY), NOW)
    keep_prepared(store, kept("new", asked_at=NOW - 6 * DAY), NOW)
    assert forget_old(store, NOW, 365, 730) == {"prepared": 1}
    assert [row["question"] for row in rows_of(store, "prepared")] == ["new"]


def test_an_erasure_empties_it_and_keeps_out_what_was_begun_before(trained, store, tmp_path):
    fill(store, trained)
    (tmp_path / "leadcast.toml").write_bytes((trained.folder / "leadcast.toml").read_bytes())
    workspace = read_workspace(tmp_path, trained.folder)
    keep_prepared(store, kept(), NOW)
    done = erase(workspace, store, "lead", str(trained.history.leads["lead_id"][0]), NOW + MINUTE)
    assert done.removed["prepared"] == 1 and rows_of(store, "prepared") == []
    assert not keep_prepared(store, kept(), NOW)
    assert keep_prepared(store, kept(), NOW + 2 * MINUTE)


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


# ---- the companion --------------------------------------------------------------------------------------------


class Companion:
    """What the chores reach for, on a store of the trained workspace."""

    def __init__(self, trained, store, folder):
        self.service = asked_service(trained, store, folder)
        self.store, self.workspace = store, self.service.app.state.desk.workspace
        self.desk = lambda now: self.service.app.state.desk

    def at(self, later=0.0):
        return (self.service.end + days(later)).item().replace(tzinfo=UTC)


@pytest.fixture
def companion(trained, tmp_path):
    with filled_store(trained, tmp_path) as store:
        yield Companion(trained, store, tmp_path)


def test_the_companion_keeps_the_current_quarter_ready_and_what_was_asked_for(companion, monkeypatch):
    run, made = outlooks_chore(companion), []
    monkeypatch.setattr("serving.briefing.make.make_answer", lambda *asked: made.append(asked[2]) or b"{}")
    run(companion.at()), run(companion.at())
    assert [question.text for question in made] == [Question(companion.service.quarter).text]
    month = Question(f"{companion.service.quarter[:4]}-09")
    keep_prepared(companion.store, kept(month.text, companion.service.end, companion.service.end), companion.service.end)
    with companion.store.writing() as connection:
        bump(connection)
    run(companion.at(4 / 1440))
    assert len(made) == 1  # not more often than every five minutes
    run(companion.at(6 / 1440)), run(companion.at(6 / 1440)), run(companion.at(6 / 1440))
    assert sorted(question.period for question in made[1:]) == [month.period, companion.service.quarter]
    run(companion.at(0.5))
    assert len(made) == 4  # an hour is over: both are old again
    run(companion.at(1.5)), run(companion.at(1.5))
    assert made[-1].period == companion.service.quarter and month.period not in [one.period for one in made[4:]]


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


@pytest.mark.parametrize(("keep", "first", "second", "same"), [
    ("week", "2026-06-28T15:59", "2026-06-28T16:00", False),  # Singapore's Monday begins at 16:00 UTC
    ("week", "2026-06-28T16:00", "2026-07-05T15:59", True), ("day", "2026-06-29T15:59", "2026-06-29T16:00", False),
    ("day", "2026-06-29T16:00", "2026-06-30T15:59", True),
])
def test_days_and_weeks_begin_where_the_workspace_is(trained, keep, first, second, same):
    workspace = trained.workspace.model_copy(update={"forecast": trained.workspace.forecast.model_copy(update={"keep": keep})})
    slots = [slot_of(workspace, np.datetime64(moment, "us")) for moment in (first, second)]
    assert (slots[0] == slots[1]) is same
