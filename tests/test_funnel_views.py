"""The funnel's further views, counted by hand: bottlenecks, alarms, cohorts, first responses."""

import numpy as np
import pytest

from leadcast.funnel import Thresholds, Wanted, bottlenecks_of, cohorts_of, funnels_of, responses_of
from leadcast.funnel.paths import FunnelError
from leadcast.vocabulary import Attribute, Pipeline, Vocabulary

LEADS = Pipeline("lead", "inbound", ("new", "mql", "sql", "converted", "lost"), ("converted",), ("lost",))
DEALS = Pipeline("opportunity", "sales", ("offer", "talk", "won", "lost"), ("won",), ("lost",))
WORDS = Vocabulary(pipelines=(LEADS, DEALS), attributes=(Attribute("region", "opportunity"), Attribute("product", "lead")))
JUNE = np.datetime64("2026-06-01", "us")


def lines(header: str, *rows: str) -> str:
    return "\n".join([header, *rows])


@pytest.fixture
def history(written):
    return lambda **texts: written(WORDS, **texts)


# ---- slices ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wanted", "entered"), [
    (Wanted("leads", manager="max"), 2), (Wanted("leads", region="North"), 1), (Wanted("leads", where=(("product", "X"),)), 2),
    (Wanted("leads", where=(("product", "X"), ("owner", "ann"))), 1), (Wanted("leads", region="North", source="web"), 0),
])
def test_slices_leave_those_who_fit_all_of_them(history, wanted, entered):
    told = history(leads="""lead_id created_at owner source product
        A 2026-01-01 ann fair X
        B 2026-01-01 bob web X
        C 2026-01-01 zoe web Y""", owners="owner manager region\nann max North\nbob max South\nzoe - South")
    assert funnels_of(told, wanted, JUNE).whole.entered == entered


def test_a_slice_by_a_column_that_is_not_there_says_what_is(history):
    with pytest.raises(FunnelError, match="where colour: no column of the lead table to group by; known are owner, source, pipe"):
        funnels_of(history(leads="lead_id created_at\nA 2026-01-01"), Wanted("leads", where=(("colour", "red"),)), JUNE)


# ---- bottlenecks ----------------------------------------------------------------------------------------------

FIVE = {"opportunities": """opportunity_id created_at amount region
    A 2026-01-01 100 North
    B 2026-01-01 300 North
    C 2026-01-01 200 South
    D 2026-01-01 400 North
    E 2026-01-01 500 South""", "stages": """entity entity_id stage entered_at
    opportunity A talk 2026-01-11
    opportunity A won 2026-01-21
    opportunity B talk 2026-01-11
    opportunity B won 2026-01-31
    opportunity C lost 2026-01-21
    opportunity D talk 2026-02-10
    opportunity D lost 2026-02-20"""}
DAY_60 = np.datetime64("2026-03-02", "us")


def test_what_each_stage_costs_is_as_worked_out_by_hand(history):
    found = bottlenecks_of(history(**FIVE), Wanted("deals"), DAY_60)
    talk, offer = found.stages
    assert (found.entered, found.window_days, found.won_per_30_days) == (5, 60.0, 200.0), "100 + 300 won in 60 days"
    # offer: A 10, B 10, C 20 and lost, D 40, E 60 so far; by day 20 three of five have left, of the won ones half by 10
    assert (offer.step.stage, offer.median_days, offer.won_median_days, offer.stays) == ("offer", 20.0, 10.0, 5)
    assert (offer.waiting, offer.waiting_median_days, offer.money_waiting) == (1, 60.0, 500.0)
    assert (offer.extra_days, offer.extra_days_in_all) == (20.0, 80.0), "A 0, B 0, D 30, E 50; C was lost"
    assert offer.delay_cost == 0.0, "both won deals left within the norm"
    assert offer.drop_cost == pytest.approx(30 * 1 / 60 * 200 * 2 / 3), "C's 200; of the three that came to talk two were won"
    # talk: A 10, B 20, D 10 and lost; the norm is 10, won deals stay 5 longer on average, their cycle is 25
    assert (talk.step.stage, talk.rank, talk.median_days, talk.won_median_days, talk.extra_days) == ("talk", 1, 10.0, 10.0, 5.0)
    assert talk.delay_cost == pytest.approx(200 * 5 / (25 - 5)) and talk.drop_cost == pytest.approx(30 * 1 / 60 * 400)
    assert talk.cost == pytest.approx(250.0)
    assert found.to_json()["slowest"] is None, "of five stays nobody can say which stage is slow"
    assert found.notes == ("The costs of stages overlap and are no sum. For comparison: 200 EUR are won in 30 days.",)
    assert found.stages[0].to_json("EUR")["sentence"] == (
        "talk: half leave within 10 days, won ones within 10 days. It costs about 250 EUR in 30 days: 50 by delay, 200 by those "
        "lost there (1).")


def test_the_dearest_stage_of_each_group(history):
    found = bottlenecks_of(history(**FIVE), Wanted("deals", by="region"), DAY_60)
    assert [(name, entered, None if worst is None else worst.step.stage) for name, entered, worst in found.groups] == [
        ("North", 3, "talk"), ("South", 2, "offer")], "in the south nobody was won: days alone are known"
    assert found.groups[1][2].cost is None


def test_groups_of_leads_without_money_have_the_stage_that_takes_most_days(history):
    stages = lines("entity entity_id stage entered_at", "lead A mql 2026-01-03", "lead A sql 2026-01-13",
                   "lead A converted 2026-01-14")
    (_, _, worst), = bottlenecks_of(history(leads="lead_id created_at product\nA 2026-01-01 X", stages=stages),
                                    Wanted("leads", by="product"), JUNE).groups
    assert (worst.step.stage, worst.median_days, worst.cost) == ("mql", 10.0, None)


@pytest.mark.parametrize(("offer", "slowest"), [(15, "talk"), (30, "offer")])
def test_the_slowest_stage_is_that_with_the_longest_median_known_or_not(history, offer, slowest):
    """Twelve deals leave the offer after 15 or 30 days; all are in talk still, eight for 20 days and four for two."""
    entered = [np.datetime64("2026-03-01") - (2 if n < 4 else 20) for n in range(12)]
    told = history(opportunities=lines("opportunity_id created_at", *(f"D{n} {at - offer}" for n, at in enumerate(entered))),
                   stages=lines("entity entity_id stage entered_at", *(
                       f"opportunity D{n} talk {at}" for n, at in enumerate(entered))))
    found = bottlenecks_of(told, Wanted("deals"), np.datetime64("2026-03-01", "us"))
    stages = {stage.step.stage: stage for stage in found.stages}
    assert (stages["talk"].stays, stages["talk"].median_days, stages["talk"].median_above_days) == (12, None, 20.0)
    assert (stages["offer"].median_days, stages["offer"].median_above_days) == (float(offer), None)
    assert [name for name, stage in stages.items() if stage.slowest] == [slowest]
    assert stages["talk"].to_json("EUR")["sentence"] == (
        "talk: half have not left yet: it takes them more than 20 days. 12 wait there.")


def test_one_who_was_lost_is_told_in_the_singular(history):
    found = bottlenecks_of(history(opportunities="opportunity_id created_at\nA 2026-01-01\nB 2026-01-01",
                                   stages="entity entity_id stage entered_at\nopportunity A lost 2026-01-11"), Wanted("deals"),
                           DAY_60)
    assert found.stages[0].to_json("EUR")["sentence"].endswith("1 waits there. 1 was lost there.")


def test_without_amounts_stages_stand_by_the_days_they_take(history):
    stages = lines("entity entity_id stage entered_at", "lead A mql 2026-01-03", "lead A sql 2026-01-13",
                   "lead A converted 2026-01-14", "lead B mql 2026-01-03", "lead B sql 2026-01-23")
    found = bottlenecks_of(history(leads=lines("lead_id created_at", "A 2026-01-01", "B 2026-01-01"), stages=stages),
                           Wanted("leads"), JUNE)
    assert [stage.step.stage for stage in found.stages] == ["sql", "mql", "new"] and found.stages[0].cost is None
    assert found.notes == ("Money is not told: no won deal has an amount, so that stages stand by the days they take.",)


def test_a_lead_waits_in_its_deal_once_it_has_one(history):
    told = history(leads="lead_id created_at\nA 2026-01-01",
                   opportunities="opportunity_id lead_id created_at amount\nD A 2026-01-11 9",
                   stages=lines("entity entity_id stage entered_at", "lead A sql 2026-01-05", "lead A converted 2026-01-31",
                                "opportunity D won 2026-01-31"))
    stages = {stage.step.stage: stage for stage in bottlenecks_of(told, Wanted("leads_to_deals"), JUNE).stages}
    assert stages["sql"].median_days == 6.0, "until its deal began, not until its own status said so"
    assert stages["offer"].median_days == 20.0


# ---- alarms ---------------------------------------------------------------------------------------------------


def arriving(day: str, count: int, on: int, after: int, name: str) -> tuple[list[str], list[str]]:
    """Leads of one day, some of which go on after so many days; the others are lost then."""
    at = np.datetime64(day) + after
    return ([f"{name}{n} {day}" for n in range(count)],
            [f"lead {name}{n} {'mql' if n < on else 'lost'} {at}" for n in range(count)])


def alarms(history, *parts, thresholds=None):
    leads, stages = ([line for some in each for line in some] for each in zip(*parts, strict=True))
    told = history(leads=lines("lead_id created_at", *leads), stages=lines("entity entity_id stage entered_at", *stages))
    return bottlenecks_of(told, Wanted("leads"), JUNE, thresholds or Thresholds(days=30)).alarms


def test_a_stage_from_which_fewer_go_on_raises_an_alarm(history):
    alarm, = alarms(history, arriving("2026-01-01", 40, 30, 5, "a"), arriving("2026-05-10", 40, 8, 5, "b"))
    assert (alarm.kind, alarm.step.stage, alarm.day, str(alarm.since)[:10]) == ("drop_off", "new", 5.0, "2026-05-02")
    assert (alarm.before.share, alarm.now.share, alarm.before.count, alarm.now.count) == (0.75, pytest.approx(0.2), 40, 40)
    assert (alarm.now.low, alarm.now.high) == (pytest.approx(0.105, abs=5e-4), pytest.approx(0.348, abs=5e-4)), "Wilson, 8 of 40"
    assert alarm.sentence == (
        "new: 20 % went on within 5.0 days, before 75 % (40 since 2026-05-02, 95 % interval 10 % to 35 %; before 40, 60 % to "
        "86 %).")


def test_a_difference_that_chance_may_make_is_no_alarm(history):
    assert not alarms(history, arriving("2026-01-01", 40, 30, 5, "a"), arriving("2026-05-10", 40, 22, 5, "b"))


def test_a_small_fall_that_is_beyond_chance_is_one_for_a_stricter_workspace(history):
    parts = arriving("2026-01-01", 900, 720, 5, "a"), arriving("2026-05-10", 900, 648, 5, "b")
    assert not alarms(history, *parts) and alarms(history, *parts, thresholds=Thresholds(points=5, days=30))


def test_young_ones_are_not_called_lost_and_few_ones_not_compared(history):
    before = arriving("2026-01-01", 40, 30, 5, "a")
    assert not alarms(history, before, ([f"b{n} 2026-05-30" for n in range(50)], []))
    assert not alarms(history, before, arriving("2026-05-10", 29, 0, 5, "b"))


def test_a_stage_in_which_they_stay_longer_raises_another_alarm(history):
    alarm, = alarms(history, arriving("2026-01-01", 40, 40, 2, "a"), arriving("2026-05-10", 40, 40, 12, "b"))
    assert (alarm.kind, alarm.step.stage, alarm.day) == ("time_in_stage", "new", 2.0)
    assert (alarm.before.share, alarm.now.share) == (1.0, 0.0)
    assert alarm.sentence.startswith("new: 0 % left within 2.0 days, before 100 % (40 since 2026-05-02")


# ---- cohorts --------------------------------------------------------------------------------------------------

SIX = {"leads": """lead_id created_at product
    A 2026-01-05 X
    B 2026-01-05 X
    C 2026-01-05 Y
    D 2026-01-05 Y
    E 2026-01-26 X
    F 2026-01-26 X""", "stages": """entity entity_id stage entered_at
    lead A converted 2026-01-08
    lead B converted 2026-01-15
    lead C lost 2026-01-17
    lead E converted 2026-01-28"""}
DAY_28 = np.datetime64("2026-02-02", "us")


def test_cohorts_by_week_are_as_worked_out_by_hand_and_end_where_nobody_was_watched(history):
    found = cohorts_of(history(**SIX), Wanted("leads"), DAY_28, "week")
    assert found.weeks == (0, 1, 2, 3, 4) and [cohort.name for cohort in found.cohorts] == [
        "2026-W02", "2026-W03", "2026-W04", "2026-W05"]
    first, *between, last = found.cohorts
    assert (first.entered, first.reached, first.lost, first.open) == (4, 2, 1, 1) and first.share == (0.0, 0.25, 0.5, 0.5, 0.5)
    assert (last.entered, last.reached, last.open) == (2, 1, 1) and last.share == (0.0, 0.5, None, None, None)
    assert all(cohort.entered == 0 and cohort.share == (None,) * 5 for cohort in between)


def test_all_cohorts_together_count_the_open_for_as_long_as_they_were_watched(history):
    pooled = cohorts_of(history(**SIX), Wanted("leads"), DAY_28, "week").pooled
    # Days 2 and 3 take a sixth each; F is watched until day 7; on day 10 one of the three that are left of four sixths.
    assert pooled.share == pytest.approx((0.0, 2 / 6, 2 / 6 + 4 / 6 / 3, 5 / 9, 5 / 9))
    assert all(low <= share <= high for low, share, high in zip(pooled.low, pooled.share, pooled.high, strict=True))


def test_cohorts_know_other_stages_units_and_groups(history):
    found = cohorts_of(history(**SIX), Wanted("leads", by="product"), DAY_28, "quarter", "sql")
    assert [cohort.name for cohort in found.cohorts] == ["2026-Q1"] and found.step.stage == "sql"
    assert {group.name: (group.entered, group.reached) for group in found.groups} == {"X": (4, 3), "Y": (2, 0)}
    with pytest.raises(FunnelError, match="stage east: there is new, mql, sql, converted"):
        cohorts_of(history(**SIX), Wanted("leads"), DAY_28, "week", "east")


def test_the_curve_is_that_of_another_library(history):
    lifelines = pytest.importorskip("lifelines")
    draw, day, start = np.random.default_rng(7), 1440, np.datetime64("2026-01-01", "m")
    began, took = (draw.choice(days * day, 150, replace=False) for days in (100, 60))  # minutes, no two alike: it knows no ties
    fate, watched = draw.integers(0, 2, 150), 110 * day - began
    stages = [f"lead L{n} {('converted', 'lost')[fate[n]]} {start + began[n] + took[n]}" for n in np.flatnonzero(took <= watched)]
    told = history(leads=lines("lead_id created_at", *(f"L{n} {start + minute}" for n, minute in enumerate(began))),
                   stages=lines("entity entity_id stage entered_at", *stages))
    found = cohorts_of(told, Wanted("leads"), (start + 110 * day).astype("datetime64[us]")).pooled
    fitter = lifelines.AalenJohansenFitter(calculate_variance=False)
    fitter.fit(np.minimum(took, watched) / day, np.where(took <= watched, fate + 1, 0), event_of_interest=1)
    curve = fitter.cumulative_density_.iloc[:, 0]
    for week in (1, 3, 5, 8):
        assert found.share[week] == pytest.approx(curve[curve.index <= 7 * week].iloc[-1], abs=1e-9)


# ---- first responses ------------------------------------------------------------------------------------------

ASKED = {"leads": lines("lead_id created_at product", *(f"{who} 2026-01-01 X" for who in "ABCD"), "E 2026-05-30 Y"),
         "events": """lead_id type direction occurred_at recorded_at
    A mail from_us 2026-01-01T00:03 -
    A mail from_us 2026-01-09 -
    B call from_us 2026-01-01T02:00 -
    B visit from_them 2026-01-01T00:01 -
    D call from_us 2026-01-10 -
    C call from_us 2026-02-01 2026-07-01
    E call from_us 2026-05-01 -""", "stages": """entity entity_id stage entered_at
    lead A sql 2026-01-05
    lead D sql 2026-01-05"""}


def test_first_responses_by_bands_are_as_worked_out_by_hand(history):
    found = responses_of(history(**ASKED), Wanted("leads"), JUNE)
    told = {band.name: (band.leads, band.reached) for band in found.bands if band.leads}
    # D was answered after it had become sql, C's call was not known yet, E is too young and was called before it came.
    assert told == {"5m": (1, 1), "4h": (1, 0), "never": (2, 1)} and found.left_out == 1
    assert (found.step.stage, found.horizon_days, [band.name for band in found.bands]) == (
        "sql", 60.0, ["5m", "1h", "4h", "1d", "3d", "1w", "later", "never"])
    assert (found.bands[7].low, found.bands[7].high) == (pytest.approx(0.0945, abs=1e-3), pytest.approx(0.9055, abs=1e-3))
    assert found.response is not None and (found.response.leads, found.response.answered) == (5, 3)
    assert (found.response.within_hour, found.response.within_day) == (pytest.approx(0.2), pytest.approx(0.4))
    # Three minutes, 2 hours; E waits since 2 days; then D, one of two left of three fifths, after nine days.
    assert (found.response.q25_hours, found.response.median_hours, found.response.q75_hours) == (2.0, 216.0, None)


def test_what_the_store_answers_may_be_given_instead_of_events(history):
    told = history(**{**ASKED, "events": ""})
    answered = np.array(["2026-01-01T00:03", "2026-01-01T02:00", "NaT", "2026-01-10", "NaT"], "datetime64[us]")
    with_events = responses_of(history(**ASKED), Wanted("leads"), JUNE)
    assert responses_of(told, Wanted("leads"), JUNE, answered_at=answered) == with_events
    assert responses_of(told, Wanted("leads"), JUNE).response is None


def test_without_directions_or_leads_it_is_said_why_nothing_is_told(history):
    none = responses_of(history(leads=ASKED["leads"]), Wanted("leads"), JUNE)
    assert none.bands == () and none.notes[-1].startswith("First responses are not told: no event says that it came from us. Map")
    deals = responses_of(history(**FIVE), Wanted("deals"), JUNE)
    assert deals.bands == () and deals.notes == ("First responses are those to leads: ask for the path leads or leads_to_deals.",)


def test_time_from_mql_to_sql_counts_the_lost_for_as_long_as_they_might_have_come(history):
    stages = lines("entity entity_id stage entered_at", "lead A mql 2026-01-02", "lead A sql 2026-01-05", "lead B mql 2026-01-02",
                   "lead B lost 2026-01-04", "lead C mql 2026-01-01", "lead C sql 2026-01-11")
    told = history(leads=ASKED["leads"], stages=stages)
    whole, x = responses_of(told, Wanted("leads", by="product"), JUNE).mql_to_sql[:2]
    # B is gone after 2 days; then A, one of two, after 3; then C after 10.
    assert (whole.started, whole.arrived, whole.q25_days, whole.median_days, whole.q75_days) == (3, 2, 3.0, 3.0, 10.0)
    assert (x.name, x.started, x.skipped) == ("X", 3, 0)
    later = responses_of(told, Wanted("leads"), np.datetime64("2026-01-04T12:00", "us")).mql_to_sql[0]
    assert (later.arrived, later.median_days) == (0, None), "not known yet"


def test_who_was_never_mql_has_no_time_from_there_and_is_counted_beside(history):
    stages = lines("entity entity_id stage entered_at", "lead A mql 2026-01-02", "lead A sql 2026-01-14", "lead B sql 2026-01-01",
                   "lead C sql 2026-01-05")
    whole = responses_of(history(leads=ASKED["leads"], stages=stages), Wanted("leads"), JUNE).mql_to_sql[0]
    assert (whole.started, whole.arrived, whole.skipped, whole.median_days) == (1, 1, 2, 12.0), "B and C took no time there"


def test_who_is_lost_waits_no_longer(history):
    """A is answered after a day, B is lost after two, unanswered; C is called after it was lost; D waits for four days."""
    told = history(leads=lines("lead_id created_at", *(f"{who} 2026-05-01" for who in "ABC"), "D 2026-05-28"), events=lines(
        "lead_id type direction occurred_at", "A call from_us 2026-05-02", "C call from_us 2026-05-20"), stages=lines(
        "entity entity_id stage entered_at", "lead B lost 2026-05-03", "lead C lost 2026-05-04"))
    found = responses_of(told, Wanted("leads"), JUNE).response
    # One of four after a day; then B, C and D go out of sight after two, three and four days: half are never seen to be answered.
    assert (found.leads, found.answered, found.q25_hours, found.median_hours, found.within_day) == (4, 1, 24.0, None, 0.25)
