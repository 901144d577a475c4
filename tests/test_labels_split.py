"""Looks, label windows and splits: what counts at the edge, what is unknown, what gives too little."""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from leadcast.errors import TooLittleData, WorkspaceError
from leadcast.history import History
from leadcast.moment import minute
from leadcast.observations import Observations, open_at
from leadcast.vocabulary import Pipeline, Target, Vocabulary
from training.labels import Horizon, choose_horizon, label
from training.observations import Plan, build_index, plan_looks
from training.split import make_folds, split_by_time

SQL = Target("sql", "lead", ("sql",))
VOCABULARY = Vocabulary(
    pipelines=(Pipeline("lead", "default", ("new", "mql", "sql", "won", "lost"), ("won",), ("lost",)),), targets=(SQL,)
)
LEADS = """
lead_id created_at
a       2026-01-01
b       2026-01-01
c       2026-01-11
d       2026-01-31
"""
STAGES = """
entity entity_id stage entered_at
lead   a         mql   2026-01-03
lead   a         sql   2026-01-11
lead   b         lost  2026-01-05
lead   c         mql   2026-01-31
"""


def day(text: str) -> np.datetime64:
    return np.datetime64(f"2026-{text}", "us")


@pytest.fixture(scope="module")
def history(written: Callable[..., History]) -> History:
    return written(VOCABULARY, end="2026-02-10", leads=LEADS, stages=STAGES)


def looked(history: History, *looks: tuple[str, str]) -> Observations:
    ids, times = zip(*looks, strict=True)
    return Observations("lead", np.array(ids, object), np.array([day(t) for t in times]), np.ones(len(looks)))


def test_a_label_window_is_open_at_its_start_and_closed_at_its_end(history: History) -> None:
    looks = looked(history, ("a", "01-01"), ("a", "01-02"), ("a", "01-10"), ("a", "01-11"))
    assert label(history, SQL, looks, Horizon(10.0, "")).tolist() == [1.0, 1.0, 1.0, 0.0]
    assert label(history, SQL, looks, Horizon(9.0, "")).tolist() == [0.0, 1.0, 1.0, 0.0]


WIN = Target("win", "lead", ("won",))
BACK = """
entity entity_id stage entered_at
lead   a         lost  2026-01-03
lead   a         mql   2026-01-05
lead   a         won   2026-01-09
lead   b         won   2026-01-03
lead   b         mql   2026-01-05
lead   b         won   2026-01-08
lead   c         sql   2026-01-12
lead   c         lost  2026-01-13
lead   c         mql   2026-01-14
"""


def test_who_was_closed_and_comes_back_is_open_again(written: Callable[..., History]) -> None:
    back = written(VOCABULARY, end="2026-02-10", leads=LEADS, stages=BACK)
    assert [set(open_at(back, WIN, day(t)).entity_id) for t in ("01-04", "01-06", "01-20")] == [set(), {"a", "b"}, {"c"}]
    assert [set(open_at(back, SQL, day(t)).entity_id) for t in ("01-06", "01-20")] == [{"a"}, set()]
    looks = looked(back, ("a", "01-06"), ("b", "01-06"), ("b", "01-08"), ("c", "01-14"))
    assert label(back, WIN, looks, Horizon(10.0, "")).tolist() == [1.0, 1.0, 0.0, 0.0]


def test_a_window_that_is_not_over_is_unknown_not_zero(history: History) -> None:
    looks = looked(history, ("c", "01-31"), ("c", "02-01"), ("d", "01-31"), ("b", "02-09"))
    found = label(history, SQL, looks, Horizon(10.0, ""))
    assert found[[0, 2]].tolist() == [0.0, 0.0]
    assert np.isnan(found[[1, 3]]).all()


def test_a_target_reached_in_a_window_that_is_not_over_is_unknown_too(history: History) -> None:
    """Keeping only those already reached would make everyone look quick."""
    early = replace(history, end=day("01-12"))
    assert np.isnan(label(early, SQL, looked(early, ("a", "01-04")), Horizon(10.0, ""))).all()


def test_lost_is_zero_once_the_window_is_over(history: History) -> None:
    assert label(history, SQL, looked(history, ("b", "01-01")), Horizon(10.0, "")).tolist() == [0.0]


def test_a_late_record_counts_when_it_was_known(written: Callable[..., History]) -> None:
    stages = "entity entity_id stage entered_at recorded_at\nlead a sql 2026-01-05 2026-01-20"
    history = written(VOCABULARY, end="2026-02-10", leads="lead_id created_at\na 2026-01-01", stages=stages)
    looks = looked(history, ("a", "01-01"), ("a", "01-12"))
    assert label(history, SQL, looks, Horizon(10.0, "")).tolist() == [0.0, 1.0]


def test_looks_are_taken_at_creation_at_stage_entries_and_by_the_plan_while_open(history: History) -> None:
    index = build_index(history, SQL, Plan((2.0, 4.0, 12.0)))
    found = [(i, str(t)[5:10]) for i, t in zip(index.entity_id, index.as_of, strict=True)]
    assert found == [
        ("a", "01-01"), ("a", "01-03"), ("a", "01-05"),  # at SQL from 01-11 on; the look at 2 days is the entry to MQL
        ("b", "01-01"), ("b", "01-03"),  # lost on 01-05: the look of that moment is too late
        ("c", "01-11"), ("c", "01-13"), ("c", "01-15"), ("c", "01-23"), ("c", "01-31"),
        ("d", "01-31"), ("d", "02-02"), ("d", "02-04"),  # the data end before the last
    ]


def test_looks_are_bounded_and_the_first_ones_stay(history: History) -> None:
    index = build_index(history, SQL, Plan((2.0, 4.0, 12.0), most=2))
    assert [str(t)[5:10] for t in index.as_of[index.entity_id == "c"]] == ["01-11", "01-13"]
    assert set(index.weight) == {0.5}


def test_whether_a_look_is_taken_depends_only_on_what_was_known_by_then(history: History) -> None:
    """The looks of the past are the same however the story went on, in number and in weight."""
    plan, cut = Plan((2.0, 4.0, 12.0), most=3), day("01-13")
    later, then = build_index(history, SQL, plan), build_index(history.known_at(cut), SQL, plan)
    past = later.take(later.as_of <= cut)
    assert (past.entity_id.tolist(), past.as_of.tolist(), past.weight.tolist()) == (
        then.entity_id.tolist(), then.as_of.tolist(), then.weight.tolist())


def test_the_plan_follows_the_pace_of_the_data(history: History) -> None:
    plan = plan_looks(history, SQL)
    assert plan.after_days == pytest.approx((4.6, 5.5, 7.0, 8.5, 9.4, 18.8, 37.6))  # of 4 and 10 days; 75.2 is beyond the data
    assert plan.describe("lead").startswith("on creation, on each stage entry and 4.6 d, 5.5 d")


def test_leads_without_dates_but_with_dated_stages_are_refused(written: Callable[..., History]) -> None:
    history = written(VOCABULARY, leads="lead_id created_at\na -", stages=STAGES)
    with pytest.raises(WorkspaceError, match="sql: no row of leads has a date of creation, but 2 stage entries of theirs have"):
        plan_looks(history, SQL)


def test_where_nothing_has_ended_yet_looks_and_horizon_are_usual_ones(written: Callable[..., History]) -> None:
    history = written(VOCABULARY, end="2026-02-10", leads=LEADS)
    assert plan_looks(history, SQL).after_days == (1.0, 3.0, 7.0, 14.0, 30.0)
    assert choose_horizon(history, SQL) == Horizon(30.0, "usual where no lead has entered sql yet")


def test_a_target_that_no_stage_can_reach_is_refused(written: Callable[..., History]) -> None:
    with pytest.raises(TooLittleData, match=r"demo: no pipeline of the lead table has a stage demo, so nobody can reach it"):
        plan_looks(written(VOCABULARY, end="2026-02-10", leads=LEADS), Target("demo", "lead", ("demo",)))


def funnel(written: Callable[..., History], days: list[float], end: str) -> History:
    leads = "\n".join(["lead_id created_at", *(f"l{n} 2026-01-01" for n in range(len(days)))])
    entries = (np.datetime64("2026-01-01", "us") + np.timedelta64(round(d * 86400), "s") for d in days)
    stages = "\n".join(["entity entity_id stage entered_at", *(f"lead l{n} sql {at}" for n, at in enumerate(entries))])
    return written(VOCABULARY, end=end, leads=leads, stages=stages)


def test_the_horizon_is_the_pace_of_nine_in_ten_rounded_up(written: Callable[..., History]) -> None:
    horizon = choose_horizon(funnel(written, [1, 2, 3, 4, 5, 6, 7, 8, 9, 40], "2026-12-31"), SQL)
    assert horizon.days == 14.0
    assert horizon.reason == "90% of the 10 that reached it did so within 12.1 days of creation"


def test_the_horizon_leaves_room_for_gaps_and_a_test(written: Callable[..., History]) -> None:
    horizon = choose_horizon(funnel(written, [20.0] * 10, "2026-03-02"), SQL)
    assert horizon.days == 7.0
    assert horizon.reason.endswith("within 20 days of creation, but 30 days are more than a sixth of the data's 60 days")


def test_data_of_a_few_days_give_a_horizon_of_one(written: Callable[..., History]) -> None:
    horizon = choose_horizon(funnel(written, [2.0], "2026-01-06"), SQL)
    assert horizon.days == 1.0
    assert horizon.reason.endswith("within 2 days of creation, but 2 days are more than a sixth of the data's 5 days")


def test_a_horizon_of_the_workspace_is_kept(history: History) -> None:
    assert choose_horizon(history, replace(SQL, horizon_days=45.0)) == Horizon(45.0, "set in leadcast.toml")


# ---- splits -------------------------------------------------------------------------------------------------------

AS_OF = np.datetime64("2026-01-01", "us") + np.arange(2000) * np.timedelta64(3, "h")
GAP = np.timedelta64(10, "D")
COMES = (np.arange(2000) % 4 == 0).astype(float)


def test_the_newest_slice_is_the_test_and_label_windows_end_before_it() -> None:
    order = np.random.default_rng(0).permutation(2000)
    as_of = AS_OF[order]
    split = split_by_time(as_of, COMES[order], GAP)
    assert len(split.test) == 440 and split.why_not == ""
    assert as_of[split.test].min() == split.test_start == AS_OF[1560]
    assert (as_of[split.train] + GAP).max() == split.test_start
    assert len(split.train) == 1560 - 80 + 1


def test_folds_go_forward_in_time_with_the_same_gap() -> None:
    split = split_by_time(AS_OF, COMES, GAP)
    assert len(split.folds) == 4
    for fold, next_fold in zip(split.folds, [*split.folds[1:], None], strict=True):
        assert (AS_OF[fold.train] + GAP).max() <= AS_OF[fold.valid].min()
        assert set(fold.train) | set(fold.valid) <= set(split.train)
        assert next_fold is None or AS_OF[fold.valid].max() < AS_OF[next_fold.valid].min()
    assert max(split.folds[-1].valid) == max(split.train)


def test_a_long_gap_starts_the_folds_later() -> None:
    folds = make_folds(AS_OF, COMES, np.arange(2000), np.timedelta64(110, "D"))
    assert len(folds) == 4 and AS_OF[folds[0].valid].min() == AS_OF[1100]


@pytest.mark.parametrize(("every", "folds"), [(4, 4), (40, 3), (150, 1), (400, 0)])
def test_few_outcomes_leave_fewer_folds_then_smaller_ones(every: int, folds: int) -> None:
    """Ten of each outcome on each side, else five, else three: below that there is nothing to try anything on."""
    rare = (np.arange(2000) % every == 0).astype(float)
    assert len(make_folds(AS_OF, rare, np.arange(2000), GAP)) == folds


def test_several_looks_at_one_lead_are_one_outcome() -> None:
    looks = np.arange(2000)
    assert len(make_folds(AS_OF, COMES, looks, GAP, (looks // 10).astype(str))) == 4
    assert len(make_folds(AS_OF, COMES, looks, GAP, (looks // 800).astype(str))) == 0


def test_a_larger_newest_slice_is_taken_where_outcomes_are_few() -> None:
    some = (np.arange(2000) % 66 == 0).astype(float)
    assert len(split_by_time(AS_OF, some, GAP).test) == 800
    few = (np.arange(2000) % 400 == 0).astype(float)
    found = split_by_time(AS_OF, few, GAP)
    assert (len(found.test), found.folds) == (440, ())
    assert found.why_not == (
        "the newest slice (from 2026-07-15T00:00) holds 1 positives and 439 negatives and the rows before it whose windows were "
        "over 4 positives and 1477 negatives; at least 3 leads or deals of each outcome are needed in both"
    ).replace("2026-07-15T00:00", minute(found.test_start))


@pytest.mark.parametrize(
    ("came", "gap", "said"),
    [
        (COMES * (np.arange(2000) < 900), GAP, r"the newest slice \(from .*\) holds 0 positives and 440 negatives and the rows"),
        (COMES, np.timedelta64(240, "D"), "were over 0 positives and 0 negatives"),
        (COMES[:0], GAP, "no label window is over yet"),
    ],
)
def test_what_cannot_be_judged_is_said_not_refused(came: np.ndarray, gap: np.timedelta64, said: str) -> None:
    found = split_by_time(AS_OF[: len(came)], came, gap)
    assert re.search(said, found.why_not)
    assert len(found.train) + len(found.test) <= len(came)


def test_where_a_long_gap_leaves_no_fold_in_time_there_are_folds_over_leads() -> None:
    """Looks of half a year with a gap of 90 days: no fold fits, but there are hundreds of outcomes."""
    looks, lead = np.arange(1200), (np.arange(1200) // 2).astype(str).astype(object)
    folds = make_folds(AS_OF, COMES, looks, np.timedelta64(190, "D"), lead)
    assert [fold.later for fold in folds] == [False] * 4
    assert sorted(np.concatenate([fold.valid for fold in folds])) == looks.tolist()
    for fold in folds:
        assert not set(lead[fold.train]) & set(lead[fold.valid])
        assert np.ptp(fold.valid) == len(fold.valid) - 1
        assert len(fold.train) + len(fold.valid) == 1200
