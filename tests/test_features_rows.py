"""Small tables in, rows worked out by hand out: fit, engagement and deal."""

import numpy as np
import pytest

from features import build_context, contract_of, feature_table
from leadcast.observations import Observations
from leadcast.vocabulary import Attribute, Pipeline, Target, Vocabulary

LEADS = Vocabulary(
    attributes=(
        Attribute("industry", "lead"), Attribute("employees", "lead", "number"), Attribute("newsletter", "lead", "flag"),
        Attribute("visits", "lead", "number", about="engagement"), Attribute("founded", "lead", "time"),
        Attribute("budget", "lead", known="stage:sql"), Attribute("reason", "lead", known="outcome"),
    ),
    pipelines=(Pipeline("lead", "default", ("new", "mql", "sql"), ("won",), ("lost",)),),
    targets=(Target("sql", "lead", ("sql",)),),
)
DEALS = Vocabulary(
    currency="CHF", attributes=(Attribute("region", "opportunity"), Attribute("industry", "lead")),
    pipelines=(Pipeline("opportunity", "default", ("open", "demo", "offer"), ("won",), ("lost",)),),
    targets=(Target("win", "opportunity", ("won",)),),
)


@pytest.fixture
def row():
    """The row of a lead (L1) or deal (O1) as a dict, categories as their names."""

    def of(history, key, as_of):
        entity = "lead" if key.startswith("L") else "opportunity"
        context = build_context(history, entity)
        table = feature_table(history, Observations.at(entity, np.array([key], object), np.datetime64(as_of, "us")), context)
        named = {}
        for feature, value in zip(table.contract.features, table.values[0], strict=True):
            known = feature.is_category and value >= 0
            named[feature.name] = feature.levels[int(value)] if known else value
        return named

    return of


def expect(found: dict, **expected) -> None:
    unknown = {name for name, value in expected.items() if value is None}
    assert {name for name in expected if isinstance(found[name], float) and np.isnan(found[name])} == unknown
    assert {name: found[name] for name in expected if name not in unknown} == pytest.approx(
        {name: value for name, value in expected.items() if name not in unknown})


# ---- fit -----------------------------------------------------------------------------------------------------------

def test_fit_holds_the_attributes_as_known_and_how_complete_they_are(written, row):
    history = written(LEADS, leads="""
        lead_id  created_at           owner  source  industry  employees  newsletter  visits  founded     budget  reason
        L1       2026-03-04T13:30:00  ann    web     steel     120        1           4       2026-01-03  high    price
        L2       -                    -      -       -         -          -           -       -           -       -""")
    expect(row(history, "L1", "2026-04-03T00:00:00"),
           owner="ann", source="web", industry="steel", employees=120.0, newsletter=1.0, visits=4.0, founded_days=90.0,
           budget=None, filled_share=5 / 6, created_weekday=2.0, created_hour=13.0)
    expect(row(history, "L2", "2026-04-03T00:00:00"),
           owner=None, source=None, industry=None, employees=None, newsletter=None, visits=None, founded_days=None, budget=None,
           filled_share=0.0, created_weekday=None, created_hour=None, age_days=None, stage_age_days=None)


def test_what_is_known_only_after_the_outcome_is_no_feature(written):
    history = written(LEADS, leads="lead_id reason\nL1 price")
    assert not [name for name in contract_of(build_context(history, "lead")).names if name.startswith("reason")]


def test_an_attribute_known_from_a_stage_on_appears_with_that_stage(written, row):
    history = written(LEADS, leads="lead_id created_at budget\nL1 2026-03-01 high", stages="""
        entity  entity_id  stage  entered_at
        lead    L1         sql    2026-03-10""")
    assert np.isnan(row(history, "L1", "2026-03-09T23:59:59")["budget"])
    assert row(history, "L1", "2026-03-10")["budget"] == "high"


def test_an_attribute_that_speaks_of_engagement_stands_there(written):
    contract = contract_of(build_context(written(LEADS, leads="lead_id\nL1"), "lead"))
    about = {f.name: f.about for f in contract.features}
    assert (about["visits"], about["employees"]) == ("engagement", "fit")


def test_a_changed_attribute_is_read_as_of_then(written, row):
    history = written(LEADS, leads="lead_id created_at owner\nL1 2026-03-01 bob", fields="""
        entity  entity_id  field  value  old_value  changed_at
        lead    L1         owner  bob    ann        2026-03-10""")
    assert [row(history, "L1", day)["owner"] for day in ("2026-03-09", "2026-03-10")] == ["ann", "bob"]


def test_a_deal_sees_its_leads_attributes_as_known_then(written, row):
    history = written(DEALS, leads="""
        lead_id  created_at  source  industry
        L1       2026-03-01  web     steel
        L2       2026-06-01  fair    wood""", opportunities="""
        opportunity_id  lead_id  created_at  region
        O1              L1       2026-03-05  north
        O2              -        2026-03-05  north
        O3              L2       2026-03-05  south""", fields="""
        entity  entity_id  field     value  old_value  changed_at
        lead    L1         industry  steel  iron       2026-03-20""")
    expect(row(history, "O1", "2026-03-06"), lead_source="web", lead_industry="iron", lead_filled_share=1.0,
           region="north")
    expect(row(history, "O1", "2026-03-20"), lead_industry="steel")
    expect(row(history, "O2", "2026-03-06"), lead_source=None, lead_industry=None, lead_filled_share=None)
    expect(row(history, "O3", "2026-05-31"), lead_source=None, lead_industry=None, lead_filled_share=None)
    expect(row(history, "O3", "2026-06-01"), lead_source="fair", lead_industry="wood")


def test_a_lift_counts_only_outcomes_known_by_then(written, row):
    """20 outcomes of the prior at the overall rate; ann's one win of one doubles nothing much, and only once it is known."""
    history = written(LEADS, leads="""
        lead_id  created_at  owner
        L1       2026-01-01  ann
        L2       2026-01-01  bob
        L3       2026-01-01  ann
        L4       2026-01-01  zoe""", stages="""
        entity  entity_id  stage  entered_at  recorded_at
        lead    L1         sql    2026-02-01  2026-02-05
        lead    L2         lost   2026-02-03  -""")
    expect(row(history, "L3", "2026-02-02"), owner_sql_lift=None)
    expect(row(history, "L3", "2026-02-04"), owner_sql_lift=None)  # one lost of one: the overall rate is 0
    expect(row(history, "L3", "2026-02-05"), owner_sql_lift=(1 + 20 * 0.5) / 21 / 0.5)
    expect(row(history, "L4", "2026-02-05"), owner_sql_lift=1.0)


def test_a_deal_knows_its_accounts_settled_deals(written, row):
    history = written(DEALS, opportunities="""
        opportunity_id  created_at  account_id
        O1              2026-01-01  acme
        O2              2026-01-01  acme
        O3              2026-01-01  acme
        O4              2026-01-01  -""", stages="""
        entity       entity_id  stage  entered_at
        opportunity  O1         won    2026-02-01
        opportunity  O2         lost   2026-03-01""")
    expect(row(history, "O3", "2026-02-01"), account_win_known_count=1.0, account_win_count=1.0)
    expect(row(history, "O3", "2026-03-01"), account_win_known_count=2.0, account_win_count=1.0)
    expect(row(history, "O4", "2026-03-01"), account_win_known_count=None, account_win_lift=None)


def test_a_forecast_category_counts_only_where_its_changes_are_recorded(written, row):
    deals = "opportunity_id created_at category\nO1 2026-01-01 closed"
    assert "category" not in contract_of(build_context(written(DEALS, opportunities=deals), "opportunity")).names
    history = written(DEALS, opportunities=deals, fields="""
        entity       entity_id  field     value   old_value  changed_at
        opportunity  O1         category  closed  commit     2026-05-01""")
    assert row(history, "O1", "2026-04-01")["category"] == "commit"


# ---- engagement ----------------------------------------------------------------------------------------------------

EVENTS = """
    lead_id  type           occurred_at       direction  actor  value
    L1       email_sent     2026-03-02T00:00  from_us    ann    -
    L1       email_clicked  2026-03-03T12:00  from_them  -      2
    L1       email_sent     2026-03-20T00:00  from_us    bob    -
    L1       call           2026-04-01T00:00  from_them  -      5"""


def test_events_are_counted_by_type_and_window(written, row):
    history = written(LEADS, leads="lead_id created_at\nL1 2026-03-01", events=EVENTS)
    expect(row(history, "L1", "2026-04-02"),
           email_sent_count_7d=0, email_sent_count_30d=1, email_sent_count_90d=2, email_sent_count_all=2,
           email_sent_last_days=13.0, email_sent_decayed_30d=2 ** (-31 / 30) + 2 ** (-13 / 30), call_count_7d=1,
           call_last_days=1.0, call_decayed_30d=2 ** (-1 / 30), email_clicked_count_7d=0, email_clicked_count_30d=1,
           email_clicked_last_days=29.5)


def test_events_of_any_kind_have_a_pace_and_a_trend(written, row):
    history = written(LEADS, leads="lead_id created_at\nL1 2026-03-01", events=EVENTS)
    expect(row(history, "L1", "2026-04-02"),
           events_count_7d=1, events_count_30d=3, events_count_all=4, events_trend_7d=0, events_trend_30d=2, events_trend_90d=4,
           active_days_count_7d=1, active_days_count_30d=3, event_last_days=1.0, event_first_days=31.0, actors_count_all=2,
           value_sum_7d=5.0, value_sum_30d=7.0, value_sum_all=7.0)


def test_two_events_within_a_day_are_one_active_day(written, row):
    history = written(LEADS, leads="lead_id\nL1", events="lead_id type occurred_at\nL1 a 2026-03-01T08:00\nL1 b 2026-03-01T20:00")
    expect(row(history, "L1", "2026-03-02T00:00"), active_days_count_7d=1, events_count_7d=2)


def test_who_moved_last_and_whether_they_answer(written, row):
    history = written(LEADS, leads="lead_id created_at\nL1 2026-03-01", events=EVENTS)
    expect(row(history, "L1", "2026-04-02"),
           from_us_count_7d=0, from_us_count_30d=1, from_us_count_all=2, from_them_count_30d=2, from_us_last_days=13.0,
           from_them_last_days=1.0, answered_share_7d=0.5, first_response_hours=24.0)
    expect(row(history, "L1", "2026-03-08T23:59"), answered_share_7d=None)  # the window of the first touch is not over
    expect(row(history, "L1", "2026-03-09"), answered_share_7d=1.0)


def test_an_event_at_the_very_moment_of_our_touch_is_no_answer_to_it(written, row):
    leads = "lead_id created_at\nL1 2026-03-01"
    for order in (("from_us", "from_them"), ("from_them", "from_us")):
        events = "lead_id type occurred_at direction\n" + "\n".join(f"L1 {side} 2026-03-02 {side}" for side in order)
        expect(row(written(LEADS, leads=leads, events=events), "L1", "2026-04-02"), answered_share_7d=0.0)


def test_the_sequence_says_which_of_two_at_one_moment_came_later(written, row):
    events = "lead_id type occurred_at direction sequence\nL1 b 2026-03-02 from_them 2\nL1 a 2026-03-02 from_us 1"
    expect(row(written(LEADS, leads="lead_id\nL1", events=events), "L1", "2026-04-02"), answered_share_7d=1.0)


def test_a_touch_before_creation_is_no_first_response(written, row):
    events = "lead_id type occurred_at direction\nL1 a 2026-02-27 from_us\nL1 a 2026-03-01T06:00 from_us"
    history = written(LEADS, leads="lead_id created_at\nL1 2026-03-01", events=events)
    expect(row(history, "L1", "2026-02-28"), first_response_hours=None)
    expect(row(history, "L1", "2026-04-01"), first_response_hours=6.0)


def test_a_lead_without_events_has_counts_of_zero_and_no_last_day(written, row):
    history = written(LEADS, leads="lead_id created_at\nL1 2026-03-01\nL2 2026-03-01", events=EVENTS)
    expect(row(history, "L2", "2026-04-02"),
           email_sent_count_30d=0, events_count_all=0, events_trend_7d=0, active_days_count_30d=0, email_sent_decayed_30d=0,
           value_sum_all=0, actors_count_all=0, email_sent_last_days=None, event_last_days=None, event_first_days=None,
           from_us_last_days=None, answered_share_7d=None, first_response_hours=None)


def test_events_that_are_never_inputs_leave_no_trace(written):
    vocabulary = Vocabulary(**{**vars(LEADS), "never_inputs": frozenset({"call"})})
    context = build_context(written(vocabulary, leads="lead_id\nL1", events=EVENTS), "lead")
    assert context.types.names == ("email_sent", "email_clicked")


def test_columns_that_no_event_fills_give_no_features(written):
    history = written(LEADS, leads="lead_id\nL1", events="lead_id type occurred_at\nL1 a 2026-01-01")
    names = contract_of(build_context(history, "lead")).names
    assert not [name for name in names if name.startswith(("from_", "value_", "actors_", "answered_", "first_"))]


# ---- deal ----------------------------------------------------------------------------------------------------------

STAGES = """
    entity       entity_id  stage  entered_at
    opportunity  O1         demo   2026-01-11
    opportunity  O1         offer  2026-01-31
    opportunity  O1         demo   2026-02-10
    opportunity  O1         offer  2026-02-14
    opportunity  O1         won    2026-02-24
    opportunity  O2         offer  2026-02-01"""
OPPORTUNITIES = """
    opportunity_id  created_at  amount  margin  expected_close
    O1              2026-01-01  900     90      2026-02-24
    O2              2026-01-01  500     -       2026-03-01
    O3              2026-01-01  -       10      -"""


def test_the_stage_has_a_place_an_age_and_a_norm(written, row):
    """Norms: open 10 and 31 days (median 20.5), demo 20 and 4 (12), offer 10; going back to demo is no step forward."""
    history = written(DEALS, opportunities=OPPORTUNITIES, stages=STAGES)
    assert build_context(history, "opportunity").norms == {"demo": 12.0, "offer": 10.0, "open": 20.5}
    expect(row(history, "O1", "2026-01-06"), stage="open", stage_position=0, stage_age_days=5.0,
           stage_age_ratio=5 / 20.5, stage_changes_count=0, stage_returns_count=0, age_days=5.0)
    expect(row(history, "O1", "2026-02-13"), stage="demo", stage_position=1, stage_age_days=3.0,
           stage_age_ratio=0.25, stage_changes_count=3, stage_returns_count=1)
    expect(row(history, "O1", "2026-02-24"), stage="won", stage_position=3, stage_age_ratio=None,
           stage_changes_count=5)


def test_a_stage_nobody_has_left_has_no_norm(written, row):
    history = written(DEALS, opportunities=OPPORTUNITIES, stages="""
        entity       entity_id  stage  entered_at
        opportunity  O1         lost   2026-02-01""")
    expect(row(history, "O2", "2026-02-01"), stage_age_days=31.0, stage_age_ratio=None)
    expect(row(history, "O1", "2026-02-01"), stage="lost", stage_position=None, stage_returns_count=0)


FIELDS = """
    entity       entity_id  field           value                old_value            changed_at
    opportunity  O1         amount          800.0                1000.0               2026-01-10
    opportunity  O1         amount          800.0                800.0                2026-01-12
    opportunity  O1         amount          900.0                800.0                2026-01-20
    opportunity  O1         expected_close  2026-02-10           2026-02-01           2026-01-10
    opportunity  O1         expected_close  2026-02-05           2026-02-10           2026-01-12
    opportunity  O1         expected_close  2026-02-24           2026-02-05           2026-01-20
    opportunity  O3         amount          400.0                -                    2026-01-20
    opportunity  O3         amount          300.0                400.0                2026-01-30"""


def test_amounts_and_pushes_are_read_from_the_recorded_changes(written, row):
    history = written(DEALS, opportunities=OPPORTUNITIES, fields=FIELDS)
    expect(row(history, "O1", "2026-01-05"), amount=1000.0, amount_changes_count=0, amount_first_ratio=1.0,
           margin_share=0.09, expected_close_days=27.0, overdue=0.0, close_pushes_count=0, close_pushed_days=0.0)
    expect(row(history, "O1", "2026-01-20"), amount=900.0, amount_changes_count=2, amount_first_ratio=0.9,
           margin_share=0.1, expected_close_days=35.0, close_pushes_count=2, close_pushed_days=28.0)
    expect(row(history, "O2", "2026-03-03"), amount=500.0, amount_changes_count=0, amount_first_ratio=1.0,
           margin_share=None, expected_close_days=-2.0, overdue=1.0)


def test_an_amount_that_is_filled_in_later_has_no_first_one_before(written, row):
    history = written(DEALS, opportunities=OPPORTUNITIES, fields=FIELDS)
    expect(row(history, "O3", "2026-01-19"), amount=None, amount_changes_count=0, amount_first_ratio=None,
           margin_share=None, expected_close_days=None, overdue=None)
    expect(row(history, "O3", "2026-01-20"), amount=400.0, amount_changes_count=0, amount_first_ratio=1.0)
    expect(row(history, "O3", "2026-01-30"), amount=300.0, amount_changes_count=1, amount_first_ratio=0.75)


def test_activity_and_stakeholders_of_a_deal(written, row):
    history = written(DEALS, opportunities=OPPORTUNITIES, events="""
        opportunity_id  contact_id  type  occurred_at
        O1              C1          call  2025-12-30
        O1              C1          call  2026-01-02
        O1              C2          call  2026-01-08
        O1              -           call  2026-01-14""")
    expect(row(history, "O1", "2026-01-03"), activity_per_week=1.0, stakeholders_count=1)
    expect(row(history, "O1", "2026-01-15"), activity_per_week=1.5, stakeholders_count=2)
    expect(row(history, "O2", "2026-01-15"), activity_per_week=0.0, stakeholders_count=0)


def test_money_has_the_currency_as_its_unit(written):
    contract = contract_of(build_context(written(DEALS, opportunities=OPPORTUNITIES), "opportunity"))
    assert {f.name: (f.unit, f.about) for f in contract.features if f.name == "amount"} == {"amount": ("CHF", "deal")}
