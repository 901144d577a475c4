"""Signs of leads and deals, each number worked out by hand from a small table."""

import json

import numpy as np
import pytest

from leadcast.curves import WinCurves
from leadcast.sign_words import flags_told
from leadcast.signs import FLAGS, Signs, Usual, signs_of
from leadcast.vocabulary import Pipeline, Vocabulary
from leadcast.workspace.risks import RiskKeys
from serving.signs import curve_told, curves_kept

NOW = np.datetime64("2026-03-31", "us")
WORDS = Vocabulary(pipelines=(Pipeline("opportunity", "default", ("new", "offer"), ("won",), ("lost",)),))
RISKS = RiskKeys()
USUAL = Usual({"new": 5.0, "offer": 10.0}, events=True, pushes=True)
DEALS = """opportunity_id created_at contact_id expected_close
           a 2026-03-01 C1 2026-04-10
           b 2026-03-01 C2 2026-03-30
           c 2026-03-20 C3 -"""


def signs(written, entity: str = "opportunity", at: np.datetime64 = NOW, usual: Usual = USUAL, risks: RiskKeys = RISKS,
          words: Vocabulary = WORDS, **tables: str) -> Signs:
    history = written(words, **{"opportunities": DEALS, **tables} if entity == "opportunity" else tables)
    return signs_of(history, entity, np.arange(len(history.ids(entity))), at, usual, risks)


def raised(found: Signs) -> list[list[str]]:
    return [[flag for flag, is_raised in zip(FLAGS, row, strict=True) if is_raised] for row in found.flags]


def test_the_age_of_a_stage_counts_from_its_entry_and_is_stalled_beyond_twice_the_usual(written):
    stages = """entity entity_id stage entered_at recorded_at
                opportunity a offer 2026-03-11T00 2026-03-11
                opportunity b offer 2026-03-10T23 2026-03-11
                opportunity c offer 2026-03-25    2026-04-05"""
    found = signs(written, stages=stages, usual=Usual({"new": 5.0, "offer": 10.0}))
    assert found.stage.tolist() == ["offer", "offer", "new"]  # the third entry is not known yet
    assert found.stage_age_days.tolist() == [20.0, 20.0 + 1 / 24, 11.0]
    assert found.stage_norm_days.tolist() == [10.0, 10.0, 5.0]
    assert [("stalled" in flags) for flags in raised(found)] == [False, True, True]  # exactly twice is not more than twice
    assert not signs(written, stages=stages, usual=Usual({"lost": 1.0})).flags[:, 0].any()  # without a norm nobody is stalled


def test_a_push_is_a_later_date_and_two_of_them_raise_the_flag(written):
    fields = """entity entity_id field value old_value changed_at recorded_at
                opportunity a expected_close 2026-03-20 2026-03-15 2026-03-05 2026-03-05
                opportunity a expected_close 2026-03-10 2026-03-20 2026-03-06 2026-03-06
                opportunity a expected_close 2026-04-10 2026-03-10 2026-03-07 2026-03-07
                opportunity b expected_close 2026-03-30 2026-03-20 2026-03-05 2026-03-05
                opportunity b expected_close 2026-05-01 2026-03-30 2026-03-06 2026-04-02"""
    found = signs(written, fields=fields)
    assert found.pushes.tolist() == [2.0, 1.0, 0.0]  # out, in, out; the second of b is recorded only in April
    assert [("pushed" in flags) for flags in raised(found)] == [True, False, False]
    unknown = signs(written, fields=fields, usual=Usual(events=True))
    assert unknown.pushes.tolist()[:2] == [2.0, 1.0] and np.isnan(unknown.pushes[2])  # c: nothing says that changes are recorded
    assert np.isnan(signs(written, usual=Usual()).pushes).all()


def test_the_owners_date_is_past_when_its_day_is_over(written):
    found = signs(written)
    assert found.days_to_close.tolist()[:2] == [10.0, -1.0] and np.isnan(found.days_to_close[2])
    assert [("overdue" in flags) for flags in raised(found)] == [False, True, False]
    late = signs(written, at=np.datetime64("2026-03-30T23:59", "us"))
    assert late.days_to_close[1] == 0.0 and not late.flags[:, FLAGS.index("overdue")].any()


def test_a_day_ends_where_the_workspace_is(written):
    """The 30th of March in Singapore, as a store keeps it: 16 o'clock of the 29th in UTC; it ends at 16 o'clock of the 30th."""
    history = written(WORDS, opportunities="opportunity_id created_at expected_close\na 2026-03-01 2026-03-29T16:00")
    for moment, left in (("2026-03-29T15:59", 1.0), ("2026-03-30T15:59", 0.0), ("2026-03-30T16:00", -1.0)):
        found = signs_of(history, "opportunity", np.array([0]), np.datetime64(moment, "us"), USUAL, RISKS, "Asia/Singapore")
        assert found.days_to_close.tolist() == [left] and ("overdue" in raised(found)[0]) is (left < 0)


def test_the_last_events_by_side_and_the_days_since(written):
    events = """opportunity_id contact_id type direction occurred_at recorded_at
                a - call  from_us   2026-03-10 2026-03-10
                a - reply from_them 2026-03-21 2026-03-21
                a - call  from_us   2026-03-25 2026-04-01
                b - visit -         2026-03-29 2026-03-29"""
    found = signs(written, events=events)
    told = [column.astype("datetime64[D]").astype(str).tolist()
            for column in (found.last_event_at, found.last_touch_at, found.last_answer_at)]
    assert told == [["2026-03-21", "2026-03-29", "NaT"], ["2026-03-10", "NaT", "NaT"], ["2026-03-21", "NaT", "NaT"]]
    assert found.waiting_days.tolist() == [21.0, 30.0, 11.0]  # without a touch from us: since creation
    assert found.quiet_days.tolist() == [10.0, 2.0, 11.0]


@pytest.mark.parametrize(("created", "last", "is_silent"), [
    ("2026-03-01", "2026-03-17", True),    # exactly 14 days ago: outside of (as_of - 14 days, as_of]
    ("2026-03-01", "2026-03-18", False),
    ("2026-03-17", None, True),
    ("2026-03-18", None, False),           # younger than that
    ("2026-03-18", "2026-03-02", False),   # an event of before it began, and itself younger
])
def test_silent_is_who_has_had_no_event_in_two_weeks_and_is_older(written, created: str, last: str | None, is_silent: bool):
    events = "" if last is None else f"opportunity_id type occurred_at recorded_at\na call {last} {last}"
    deals = f"opportunity_id created_at\na {created}"
    assert raised(signs(written, opportunities=deals, events=events, usual=Usual(events=True)))[0] == ["silent"] * is_silent
    assert raised(signs(written, opportunities=deals, events=events, usual=Usual()))[0] == []  # a workspace without events


def test_contacts_are_counted_where_the_events_of_the_deal_itself_name_them(written):
    events = """opportunity_id contact_id type occurred_at recorded_at
                a C1 call  2026-03-20 2026-03-20
                a C1 call  2026-03-21 2026-03-21
                a C9 call  2026-03-22 2026-04-22
                b C2 call  2026-03-20 2026-03-20
                b C8 call  2026-03-21 2026-03-21
                - C3 click 2026-03-30 2026-03-30"""
    found = signs(written, events=events)
    assert found.contacts.tolist()[:2] == [1.0, 2.0] and np.isnan(found.contacts[2])  # c: found by its contact alone
    assert [("single_contact" in flags) for flags in raised(found)] == [True, False, False]
    more = signs(written, events=events, risks=RiskKeys(contacts=3))
    assert [("single_contact" in flags) for flags in raised(more)] == [True, True, False]


def test_leads_have_no_date_and_are_never_single(written):
    events = "lead_id contact_id type direction occurred_at recorded_at\nL C1 call from_us 2026-03-30 2026-03-30"
    found = signs(written, "lead", leads="lead_id created_at\nL 2026-03-01", events=events, words=Vocabulary())
    assert found.contacts.tolist() == [1.0] and raised(found) == [[]] and found.waiting_days.tolist() == [1.0]
    assert np.isnan([found.pushes[0], found.days_to_close[0]]).all()


def test_nothing_that_becomes_known_later_changes_a_sign(written):
    early = {"events": "opportunity_id type direction occurred_at recorded_at\na call from_us 2026-03-10 2026-03-10",
                 "stages": "entity entity_id stage entered_at recorded_at\nopportunity a offer 2026-03-11 2026-03-11",
                 "fields": """entity entity_id field value old_value changed_at recorded_at
                           opportunity a expected_close 2026-04-10 2026-03-10 2026-03-07 2026-03-07"""}
    late = {"events": "\na call from_them 2026-03-30 2026-04-01\na call from_us 2026-04-01 2026-04-01",
                "stages": "\nopportunity b offer 2026-03-30 2026-04-01",
                "fields": "\nopportunity a expected_close 2026-06-01 2026-04-10 2026-04-01 2026-04-01"}
    before, after = (signs(written, **tables) for tables in (early, {name: early[name] + late[name] for name in early}))
    for name in vars(before):
        np.testing.assert_array_equal(getattr(before, name), getattr(after, name))


def test_each_flag_has_a_word_and_its_numbers_in_a_fixed_order():
    sign = {"stage": "offer", "stage_age_days": 41.2, "stage_norm_days": 18.4, "pushes": 2, "last_event_at": None,
            "quiet_days": 15.0, "contacts": 1, "days_to_close": -2.0}
    assert [(one["flag"], one["word"], one["text"]) for one in flags_told(reversed(FLAGS), sign)] == [
        ("stalled", "stalled", "in offer for 41 days, where those that moved on took 18 (median)"),
        ("pushed", "pushed out", "its owner moved the expected close out twice"),
        ("silent", "silent", "no event since it was created 15 days ago"),
        ("single_contact", "single contact", "one contact in all its events"),
        ("overdue", "close date past", "its owner's close date was 2 days ago")]


def test_a_curve_is_told_at_up_to_nine_days_of_its_grid():
    class Few:
        entity_id = np.array(["a", "b"], object)
        curves = WinCurves(np.arange(0.0, 21.0), np.stack([np.linspace(0, 0.4, 21), np.linspace(0, 0.2, 21)]),
                           np.stack([np.zeros(21), np.linspace(0, 0.6, 21)]))

    kept = curves_kept(Few)  # type: ignore[arg-type]
    points = json.loads(kept["b"])
    assert [point[0] for point in points] == [1.0, 3.0, 6.0, 8.0, 10.0, 13.0, 15.0, 18.0, 20.0]
    assert points[-1] == [20.0, 0.2, 0.6] and points[0] == [1.0, 0.01, 0.03]
    assert curve_told(kept["a"])[-1] == {"days": 20.0, "won_by": 0.4, "lost_by": None}  # no loss is on record
