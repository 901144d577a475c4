"""Funnels counted by hand: who reached what, who went on, how long it took, and what was not known yet."""

import numpy as np
import pytest

from leadcast.funnel import Wanted, funnels_of
from leadcast.funnel.paths import FunnelError
from leadcast.vocabulary import Attribute, Pipeline, Vocabulary

LEADS = Pipeline("lead", "inbound", ("new", "mql", "sql", "converted", "lost"), ("converted",), ("lost",))
DEALS = Pipeline("opportunity", "sales", ("offer", "talk", "won", "lost"), ("won",), ("lost",))
WORDS = Vocabulary(pipelines=(LEADS, DEALS), attributes=(Attribute("region", "opportunity"), Attribute("budget", "lead")))
NOW = np.datetime64("2026-06-01", "us")
ALL = Wanted("leads")


def lines(header: str, *rows: str) -> str:
    return "\n".join([header, *rows])


@pytest.fixture
def funnel(written):
    """``funnel(wanted, leads=..., stages=...)``: the funnel of small tables, as of the first of June."""
    def counted(wanted=ALL, as_of=NOW, words=WORDS, **texts):
        return funnels_of(written(words, **texts), wanted, as_of)

    return counted


def of(found, what):
    return [getattr(stage, what) for stage in found.whole.stages]


# ---- counts ---------------------------------------------------------------------------------------------------


def test_500_then_300_then_120_are_60_and_40_percent_and_24_of_all(funnel):
    leads = lines("lead_id created_at", *(f"L{n} 2026-01-01" for n in range(500)))
    stages = lines("entity entity_id stage entered_at", *(f"lead L{n} mql 2026-01-02" for n in range(300)),
                   *(f"lead L{n} sql 2026-01-05" for n in range(120)))
    found = funnel(leads=leads, stages=stages)
    assert of(found, "reached") == [500, 300, 120, 0]
    assert of(found, "moved_on") == [300, 120, 0, None]
    assert of(found, "from_previous") == [None, 0.6, 0.4, 0.0]
    assert of(found, "overall") == [1.0, 0.6, 0.24, 0.0]
    assert of(found, "still_there") == [200, 180, 120, 0] and found.whole.entered == found.whole.open == 500


SIX = """lead_id created_at
A 2026-01-01
B 2026-01-01
C 2026-01-01
D 2026-01-01
E 2026-01-01
F 2026-01-01"""


def test_a_stage_that_was_left_out_counts_as_passed(funnel):
    found = funnel(leads=SIX, stages="""entity entity_id stage entered_at
        lead A sql 2026-01-03
        lead B converted 2026-01-04""")
    assert of(found, "reached") == [6, 2, 2, 1]
    assert of(found, "still_there") == [4, 0, 1, 0] and (found.whole.won, found.whole.open) == (1, 5)


def test_going_back_does_not_count_twice_and_one_stands_where_one_went(funnel):
    found = funnel(leads=SIX, stages="""entity entity_id stage entered_at
        lead A mql 2026-01-03
        lead A sql 2026-01-05
        lead A mql 2026-01-08
        lead A sql 2026-01-12""")
    assert of(found, "reached") == [6, 1, 1, 0] and of(found, "still_there") == [5, 0, 1, 0]
    back = funnel(as_of=np.datetime64("2026-01-10", "us"), leads=SIX, stages="""entity entity_id stage entered_at
        lead A mql 2026-01-03
        lead A sql 2026-01-05
        lead A mql 2026-01-08
        lead A sql 2026-01-12""")
    assert of(back, "reached") == [6, 1, 1, 0] and of(back, "still_there") == [5, 1, 0, 0]


def test_the_lost_are_counted_where_they_had_come_to(funnel):
    found = funnel(leads=SIX, stages="""entity entity_id stage entered_at
        lead A lost 2026-01-03
        lead B mql 2026-01-03
        lead B lost 2026-01-05
        lead C sql 2026-01-05
        lead C lost 2026-01-06""")
    assert of(found, "lost") == [1, 1, 1, 0] and of(found, "reached") == [6, 2, 1, 0]
    assert (found.whole.lost, found.whole.open) == (3, 3)
    for place, stage in enumerate(found.whole.stages[:-1]):
        assert stage.reached == stage.moved_on + stage.lost + stage.still_there, place


def test_whoever_is_opened_again_is_open_and_a_win_that_was_undone_is_none(funnel):
    found = funnel(leads=SIX, stages="""entity entity_id stage entered_at
        lead A mql 2026-01-03
        lead A lost 2026-01-04
        lead A mql 2026-01-09
        lead B converted 2026-01-05
        lead B sql 2026-01-07""")
    assert (found.whole.won, found.whole.lost, found.whole.open) == (0, 0, 6)
    assert of(found, "reached") == [6, 2, 1, 0] and of(found, "still_there") == [4, 1, 1, 0]


def test_what_was_not_known_yet_does_not_count(funnel):
    tables = {"leads": SIX.replace("F 2026-01-01", "F 2026-02-01"), "stages": """entity entity_id stage entered_at recorded_at
        lead A mql 2026-01-03 2026-01-03
        lead B mql 2026-01-03 2026-01-20
        lead C mql 2026-01-12 -"""}
    early, late = (funnel(as_of=np.datetime64(day, "us"), **tables) for day in ("2026-01-10", "2026-03-01"))
    assert of(early, "reached") == [5, 1, 0, 0] and of(late, "reached") == [6, 3, 0, 0]


def test_a_stage_of_no_pipeline_holds_nobody_back_and_is_told(funnel):
    found = funnel(leads=SIX, stages="""entity entity_id stage entered_at
        lead A mql 2026-01-03
        lead A parked 2026-01-05""")
    assert of(found, "reached") == [6, 1, 0, 0] and of(found, "still_there") == [5, 0, 0, 0]
    assert found.notes == ("1 stand in a stage that is not of the pipeline: they count as far as they came.",)


def test_nobody_gives_no_share_and_no_error(funnel):
    found = funnel(Wanted("leads", owner="nobody"), leads=SIX)
    assert of(found, "reached") == [0, 0, 0, 0] and of(found, "overall") == [None] * 4 and of(found, "days") == [None] * 4
    assert found.whole.velocity.per_day is None


def test_each_pipeline_has_its_own_and_who_names_none_is_in_the_first(funnel):
    words = Vocabulary(pipelines=(LEADS, Pipeline("lead", "partner", ("met", "mql", "signed", "no"), ("signed",), ("no",))))
    tables = {"leads": lines("lead_id created_at pipeline", *(f"{who} 2026-01-01 {name}" for who, name in (
                  ("A", "inbound"), ("B", "partner"), ("C", "-"), ("D", "other")))),
              "stages": "entity entity_id stage entered_at\nlead A mql 2026-01-02\nlead B mql 2026-01-02\nlead C sql 2026-01-02"}
    assert of(funnel(words=words, **tables), "reached") == [3, 2, 1, 0]
    partner = funnel(Wanted("leads", "partner"), words=words, **tables)
    assert of(partner, "reached") == [1, 1, 0] and partner.pipelines == ("partner",)


# ---- who is looked at -----------------------------------------------------------------------------------------

OWNED = """lead_id created_at owner source
A 2026-01-01 ann web
B 2026-01-31T23:59:59 ann fair
C 2026-02-01 bob web
D 2026-02-10 - web"""


@pytest.mark.parametrize(("wanted", "entered"), [
    (Wanted("leads", start=np.datetime64("2026-01-01", "us"), end=np.datetime64("2026-02-01", "us")), 2),
    (Wanted("leads", start=np.datetime64("2026-02-01", "us")), 2), (Wanted("leads", owner="ann"), 2),
    (Wanted("leads", source="web"), 3), (Wanted("leads", owner="ann", source="web"), 1),
    (Wanted("leads", owners=frozenset({"bob", "ann"})), 3),
    (Wanted("leads", owners=frozenset()), 0), (Wanted("leads", owner="ann", owners=frozenset({"bob"})), 0),
])
def test_only_who_was_asked_for_is_counted(funnel, wanted, entered):
    assert funnel(wanted, leads=OWNED).whole.entered == entered


def test_groups_add_up_to_the_whole_the_largest_first(funnel):
    found = funnel(Wanted("leads", by="owner"), leads=OWNED, stages="entity entity_id stage entered_at\nlead A mql 2026-01-02")
    assert [(group.name, group.entered, group.stages[1].reached) for group in found.groups] == [
        ("ann", 2, 1), ("(none)", 1, 0), ("bob", 1, 0)]


def test_an_owner_of_then_counts_not_one_of_today(funnel):
    found = funnel(Wanted("leads", by="owner"), as_of=np.datetime64("2026-03-01", "us"), leads=OWNED,
                   fields="""entity entity_id field value old_value changed_at
                   lead C owner bob ann 2026-02-15
                   lead D owner zoe - 2026-05-01""")
    assert {group.name: group.entered for group in found.groups} == {"ann": 2, "bob": 1, "(none)": 1}


def test_many_values_are_shown_as_fifty_and_the_others(funnel):
    leads = lines("lead_id created_at source", *(f"L{n} 2026-01-01 s{n % 60:02}" for n in range(125)))
    found = funnel(Wanted("leads", by="source"), leads=leads)
    assert len(found.groups) == 51 and found.groups[-1].name == "(others)"
    assert [group.name for group in found.groups[:6]] == ["s00", "s01", "s02", "s03", "s04", "s05"]
    assert sum(group.entered for group in found.groups) == 125


@pytest.mark.parametrize(("wanted", "said"), [
    (Wanted("leads", by="colour"), "by colour: no column of the lead table to group by; known are owner, source, pipeline, b"),
    (Wanted("leads", "east"), "pipeline east: there is inbound."), (Wanted("people"), "path people: there is leads, deals, l"),
    (Wanted("leads_to_deals"), "path: no deal names its lead, so that the two cannot be joined. Map lead_id"),
])
def test_what_is_not_there_is_said_with_what_is(funnel, wanted, said):
    with pytest.raises(FunnelError, match=said):
        funnel(wanted, leads=OWNED)


def test_a_path_without_a_pipeline_says_what_to_declare(funnel):
    with pytest.raises(FunnelError, match=r"path deals: no pipeline of the entity opportunity is declared; name its stages"):
        funnel(Wanted("deals"), words=Vocabulary(pipelines=(LEADS,)), leads=OWNED)


# ---- days -----------------------------------------------------------------------------------------------------


def test_days_in_a_stage_count_all_stays_and_those_who_are_in_it_still(funnel):
    found = funnel(leads=SIX, as_of=np.datetime64("2026-01-21", "us"), stages="""entity entity_id stage entered_at
        lead A mql 2026-01-03
        lead A sql 2026-01-05
        lead A mql 2026-01-08
        lead A converted 2026-01-12
        lead B mql 2026-01-05
        lead B lost 2026-01-08
        lead C mql 2026-01-19""")
    new, mql, sql, converted = of(found, "days")
    # new: A left after 2, B after 4, C after 18; D, E, F are in it for 20. mql: A 2 + 4, B 3, C 2 so far. sql: A 3.
    assert (new.known, new.q25, new.median, new.q75) == (6, 4.0, 18.0, None)
    assert (mql.known, mql.q25, mql.median, mql.q75, mql.won_median) == (3, 3.0, 3.0, 6.0, 6.0)
    assert (sql.known, sql.median, sql.won_median) == (1, 3.0, 3.0) and converted is None


def test_a_stage_that_was_left_out_took_nobody_any_time(funnel):
    found = funnel(leads="lead_id created_at\nA 2026-01-01\nB 2026-01-01", stages="""entity entity_id stage entered_at
        lead A sql 2026-01-03
        lead B mql 2026-01-01
        lead B sql 2026-01-11""")
    new, mql, _, _ = of(found, "days")
    assert (new.known, new.median) == (1, 2.0), "B began as mql"
    assert (mql.known, mql.median) == (1, 10.0)


def test_a_stay_without_a_date_has_no_length_and_counts_as_reached(funnel):
    found = funnel(leads="lead_id created_at\nA 2026-01-01\nB -", stages="""entity entity_id stage entered_at recorded_at
        lead A mql - 2026-01-09
        lead A sql 2026-01-11 2026-01-11""")
    assert of(found, "reached")[1] == 1 and of(found, "days")[:2] == [None, None]


# ---- what it brings -------------------------------------------------------------------------------------------

SOLD = {"opportunities": """opportunity_id created_at amount region
    A 2026-01-01 100 North
    B 2026-01-01 300 North
    C 2026-01-01 - South
    D 2026-01-01 900 South""", "stages": """entity entity_id stage entered_at
    opportunity A won 2026-01-11
    opportunity B won 2026-01-31
    opportunity C lost 2026-01-11"""}


def test_velocity_is_opportunities_times_win_rate_times_amount_over_cycle(funnel):
    velocity = funnel(Wanted("deals"), **SOLD).whole.velocity
    assert (velocity.opportunities, velocity.win_rate, velocity.average_amount, velocity.cycle_days) == (1, 2 / 3, 200.0, 20.0)
    assert velocity.per_day == pytest.approx(1 * 2 / 3 * 200 / 20), "D alone is under way"


def test_velocity_is_what_is_won_a_day_where_as_many_come_as_go(funnel):
    """A deal of 100 a day for 40 days, of which every second one is won after ten days: five are won in ten days."""
    deals = [f"D{n} {np.datetime64('2026-01-01') + n} 100" for n in range(40)]
    ends = [f"opportunity D{n} {('won', 'lost')[n % 2]} {np.datetime64('2026-01-11') + n}" for n in range(40)]
    velocity = funnel(Wanted("deals"), as_of=np.datetime64("2026-02-09T12:00", "us"), opportunities=lines(
        "opportunity_id created_at amount", *deals), stages=lines("entity entity_id stage entered_at", *ends)).whole.velocity
    assert (velocity.opportunities, velocity.win_rate, velocity.cycle_days, velocity.per_day) == (10, 0.5, 10.0, 50.0)


def test_a_funnel_in_which_nobody_is_under_way_brings_nothing_and_says_so(funnel):
    north = funnel(Wanted("deals", where=(("region", "North"),)), **SOLD)
    assert north.whole.velocity.per_day == 0.0
    assert north.notes == ("Nobody is open any more: velocity, which is of those under way, is 0.",)


def test_a_group_that_won_nothing_has_no_velocity(funnel):
    north, south = funnel(Wanted("deals", by="region"), **SOLD).groups
    assert north.velocity.win_rate == 1.0 and south.velocity.win_rate == 0.0
    assert south.velocity.per_day is None and south.velocity.average_amount is None


def test_the_amount_is_the_one_known_then(funnel):
    found = funnel(Wanted("deals"), **SOLD, fields="""entity entity_id field value old_value changed_at
        opportunity A amount 100.0 500.0 2026-07-01""")
    assert found.whole.velocity.average_amount == 400.0


# ---- from leads to deals --------------------------------------------------------------------------------------

JOINED = {"leads": "lead_id created_at owner\nA 2026-01-01 ann\nB 2026-01-01 ann\nC 2026-01-01 bob\nD 2026-01-01 bob",
          "opportunities": """opportunity_id lead_id created_at amount owner
    A1 A 2026-01-11 50 ann
    A2 A 2026-01-12 70 bob
    B1 B 2026-01-11 80 ann
    X1 - 2026-01-11 90 ann""", "stages": """entity entity_id stage entered_at
    lead A mql 2026-01-03
    lead A converted 2026-01-11
    lead B sql 2026-01-05
    lead B converted 2026-01-11
    lead C mql 2026-01-05
    lead C lost 2026-01-07
    lead D converted 2026-01-09
    opportunity A1 lost 2026-01-15
    opportunity A2 talk 2026-01-14
    opportunity A2 won 2026-01-22
    opportunity B1 lost 2026-01-21"""}


def test_leads_are_followed_on_through_the_deal_that_came_furthest(funnel):
    found = funnel(Wanted("leads_to_deals"), **JOINED)
    assert [(stage.step.entity, stage.step.stage, stage.reached) for stage in found.whole.stages] == [
        ("lead", "new", 4), ("lead", "mql", 4), ("lead", "sql", 3), ("lead", "converted", 3), ("opportunity", "offer", 2),
        ("opportunity", "talk", 1), ("opportunity", "won", 1)]
    assert (found.whole.won, found.whole.lost, found.whole.open) == (1, 2, 1)
    assert of(found, "still_there") == [0, 0, 0, 1, 0, 0, 0] and of(found, "lost") == [0, 1, 0, 0, 1, 0, 0]
    assert (found.whole.velocity.average_amount, found.whole.velocity.cycle_days) == (70.0, 21.0)
    offer = found.whole.stages[4].days
    assert (offer.known, offer.q25, offer.q75, offer.won_median) == (2, 2.0, 10.0, 2.0)


def test_nobody_elses_deal_is_followed_for_a_limited_caller(funnel):
    found = funnel(Wanted("leads_to_deals", owners=frozenset({"ann"})), **JOINED)
    assert found.whole.entered == 2 and found.whole.won == 0 and of(found, "reached") == [2, 2, 2, 2, 2, 0, 0]


# ---- plain data -----------------------------------------------------------------------------------------------


def test_it_is_plain_data(funnel):
    told = funnel(Wanted("deals", by="region"), **SOLD).to_json()
    assert set(told) == {"pipelines", "whole", "by", "groups", "notes"} and [group["name"] for group in told["groups"]] == [
        "North", "South"]
    assert told["whole"]["stages"][0] == {
        "entity": "opportunity", "stage": "offer", "reached": 4, "moved_on": 2, "lost": 1, "still_there": 1,
        "from_previous": None, "overall": 1.0, "days": {"known": 4, "q25": 10.0, "median": 10.0, "q75": 30.0, "won_median": 10.0}}
