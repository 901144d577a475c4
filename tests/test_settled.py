"""Outcomes without a date: rows are looked at once, as they came, and labelled with how it ended; nobody sees a made-up date."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from features import build_context, contract_of
from leadcast.errors import TooLittleData, WorkspaceError
from leadcast.moment import NO_TIME
from leadcast.observations import open_at
from leadcast.settled import arrivals, as_they_came, final_outcomes, is_settled
from leadcast.vocabulary import Attribute, Pipeline, Target, Vocabulary
from training.contest import trained_until
from training.judged import LAST_PLACE, last_place
from training.labels import choose_horizon, label
from training.observations import build_index, plan_looks
from training.split import split_by_time

WIN = Target("win", "lead", ("won",))
VOCABULARY = Vocabulary(
    pipelines=(Pipeline("lead", "default", ("new", "won", "lost"), ("won",), ("lost",)),), targets=(WIN,),
    attributes=(Attribute("industry", "lead"), Attribute("born", "lead", "time")),
)
EXPORT = """
lead_id order industry owner
c       30    metal    ann
a       10    food     ann
b       20    metal    bob
d       40    food     ann
"""
ENDINGS = """
entity entity_id stage entered_at recorded_at
lead   a         won   -          1970-01-01
lead   b         lost  -          1970-01-01
lead   c         won   -          1970-01-01
"""
DATED = """
lead_id created_at
a       2026-01-01
b       2026-01-05
c       2026-01-05
"""
TODAY = """
entity entity_id stage entered_at recorded_at
lead   a         won   -          2026-02-01
lead   b         lost  -          2026-02-01
"""


@pytest.fixture
def export(written):
    return written(VOCABULARY, end="1970-01-01", leads=EXPORT, stages=ENDINGS)


def test_the_order_is_a_clock_that_ends_before_the_data(export):
    came = arrivals(export, "lead")
    assert export.ids("lead")[np.argsort(came)].tolist() == ["a", "b", "c", "d"]
    assert came.max() < export.end == NO_TIME


def test_rows_of_equal_place_come_at_once_and_those_without_a_place_last(written):
    history = written(VOCABULARY, end="1970-01-01", leads="lead_id order\na 7\nb -\nc 7")
    came = arrivals(history, "lead")
    assert came[0] == came[2] < came[1]


def test_each_row_is_looked_at_once_and_labelled_with_how_it_ended(export):
    plan = plan_looks(export, WIN)
    index = build_index(export, WIN, plan)
    horizon = choose_horizon(export, WIN)
    outcome = dict(zip(index.entity_id, label(export, WIN, index, horizon).tolist(), strict=True))
    assert outcome == {"a": 1.0, "b": 0.0, "c": 1.0, "d": pytest.approx(np.nan, nan_ok=True)}
    assert horizon.days is None and "the final outcome as the export shows it" in horizon.reason
    assert plan.describe("lead") == "once, as each lead came: the export tells how it ended, not when"


def test_a_row_knows_the_outcomes_of_those_before_it_but_not_its_own(export):
    context = build_context(export, "lead")
    came = arrivals(export, "lead")
    ann = context.rates["owner"]
    rows = export.rows("lead", ["a", "c", "d"])
    resolved, reached = ann.counts("win", ann.codes(export.leads["owner"][rows]), came[rows])
    assert (resolved.tolist(), reached.tolist()) == ([0, 1, 2], [0, 1, 2])


def test_nothing_speaks_of_calendar_time_in_a_static_export(export):
    names = set(contract_of(build_context(export, "lead")).names)
    assert "industry" in names
    assert not {"age_days", "stage_age_days", "created_weekday", "created_hour", "born_days"} & names


def test_the_newest_by_order_are_kept_for_the_test():
    as_of = NO_TIME + np.arange(200) * np.timedelta64(2, "us")
    split = split_by_time(as_of, np.tile([0.0, 1.0], 100), np.timedelta64(1, "us"))
    assert (split.train.tolist(), split.test.tolist()) == (list(range(156)), list(range(156, 200)))


def test_dated_rows_with_an_undated_outcome_are_looked_at_on_creation(written):
    history = written(VOCABULARY, end="2026-02-01", leads=DATED, stages=TODAY)
    assert is_settled(history, WIN) and final_outcomes(history, WIN).tolist()[:2] == [1.0, 0.0]
    index = build_index(history, WIN, plan_looks(history, WIN))
    assert [str(t)[:10] for t in index.as_of] == ["2026-01-01", "2026-01-05", "2026-01-05"]
    assert "created_weekday" in contract_of(build_context(history, "lead")).names


def test_an_open_lead_is_scored_as_it_came(written):
    history = written(VOCABULARY, end="2026-02-01", leads=DATED, stages=TODAY)
    now = open_at(history, WIN, history.end)
    came = as_they_came(history, now)
    assert (now.entity_id.tolist(), [str(t)[:10] for t in came.as_of]) == (["c"], ["2026-01-05"])


def test_a_dated_outcome_keeps_its_horizon(written):
    history = written(VOCABULARY, end="2026-02-01", leads=DATED, stages=TODAY.replace("-   ", "2026-01-20"))
    assert not is_settled(history, WIN)


def test_dated_events_of_undated_leads_are_refused_with_the_way_out(written):
    history = written(VOCABULARY, end="2026-02-01", leads=EXPORT, stages=ENDINGS,
                      events="lead_id type occurred_at\na call 2026-01-01")
    with pytest.raises(WorkspaceError, match=r"win: no row of leads has a date of creation, but 1 events of theirs have dates.*"
                                             r"Map created_at under \[leads.columns\]"):
        plan_looks(history, WIN)


def test_one_kind_of_ending_is_too_little_and_says_what_to_map(written):
    history = written(VOCABULARY, end="1970-01-01", leads=EXPORT, stages=ENDINGS.replace("lost", "won "))
    with pytest.raises(TooLittleData, match=r'of 4 lead rows 3 ended in won, 0 otherwise, and 1 count as open.*blank = "lost"'):
        plan_looks(history, WIN)


def test_what_a_model_has_seen_of_another_export_is_told_by_the_place_not_by_the_count(export, written):
    """An export of c and d alone was learned from; in the whole one nothing is later than d, though four rows are there."""
    newest = written(VOCABULARY, end="1970-01-01", leads="lead_id order\nc 30\nd 40")
    seen = last_place(newest, "lead", newest.end)
    assert seen == 40.0 and last_place(newest, "lead", arrivals(newest, "lead").max()) == 30.0
    assert trained_until(export, learned_up_to(seen)) > arrivals(export, "lead").max()
    assert trained_until(export, learned_up_to(20.0)) == np.sort(arrivals(export, "lead"))[2]


def test_rows_without_a_place_leave_nothing_unseen(export, written):
    some = written(VOCABULARY, end="1970-01-01", leads="lead_id order\na 10\nx -")
    assert last_place(some, "lead", some.end) is None
    assert trained_until(export, learned_up_to(None)) > arrivals(export, "lead").max()


def learned_up_to(place: float | None) -> Any:
    return SimpleNamespace(entity="lead", profile={LAST_PLACE: place})
