"""What is learned across leads and deals: levels, windows, rates, stored and read back to the last digit."""

import json
from collections import Counter

import numpy as np
import pytest

from features import Context, build_context, contract_of, feature_table
from features.documentation import describe
from features.levels import OTHER, learn_levels
from features.pace import windows_for
from features.rates import Steps, lift
from features.slugs import slug, slugs, unique
from leadcast.contract import Contract
from leadcast.observations import Observations
from leadcast.simulate import true_history
from leadcast.table import TIME
from leadcast.vocabulary import Attribute, Pipeline, Target, Vocabulary

VOCABULARY = Vocabulary(
    attributes=(Attribute("industry", "lead"),),
    pipelines=(Pipeline("lead", "default", ("new", "mql", "sql"), ("won",), ("lost",)),),
    targets=(Target("mql", "lead", ("mql",), 30.0),),
)


@pytest.fixture(scope="module")
def company():
    return true_history(300, seed=1)


# ---- levels --------------------------------------------------------------------------------------------------------

def test_frequent_values_keep_their_name_and_rare_ones_share_one():
    levels = learn_levels(Counter(web=90, fair=6, ads=6, fax=4))
    assert (levels.kept, levels.pooled, levels.names) == (("web", "ads", "fair"), ("fax",), ("web", "ads", "fair", OTHER))
    np.testing.assert_equal(levels.codes(np.array(["fair", "fax", "pigeon", None], object)), [2.0, 3.0, -1.0, np.nan])


def test_at_most_so_many_values_keep_their_name():
    levels = learn_levels(Counter({f"v{i:02}": 50 - i for i in range(40)}), most=30)
    assert (len(levels.kept), len(levels.pooled), levels.names[-1]) == (30, 10, OTHER)


def test_where_few_rows_are_known_every_value_keeps_its_name():
    assert learn_levels(Counter(b=1, a=1)).names == ("a", "b")


def test_a_column_that_names_individuals_is_no_feature_and_leaves_no_name_behind(written):
    lines = [f"L{i} 2026-01-01 person-{i}@example.com" for i in range(100)]
    history = written(VOCABULARY, leads="\n".join(["lead_id created_at industry", *lines]), stages="""
        entity  entity_id  stage  entered_at
        lead    L1         mql    2026-01-05""")
    context = build_context(history, "lead")
    assert not [name for name in contract_of(context).names if name.startswith("industry")]
    assert "example.com" not in json.dumps(context.to_json())


def test_the_values_of_recorded_changes_count_as_met(written):
    history = written(VOCABULARY, leads="lead_id created_at industry\nL1 2026-01-01 steel", fields="""
        entity  entity_id  field     value  old_value  changed_at
        lead    L1         industry  steel  iron       2026-02-01""")
    assert set(build_context(history, "lead").levels["industry"].kept) == {"iron", "steel"}


# ---- windows -------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("days", "expected"), [
    ([0.04] * 10 + [0.3] * 20 + [12.0] * 10, ["6h", "1d", "14d"]),
    ([0.01] * 30 + [0.5] * 18 + [25.0] * 2, ["1h", "6h", "30d"]),
    ([30.0] * 10 + [90.0] * 10 + [200.0] * 10, ["30d", "90d", "180d"]),
    ([1000.0] * 30, ["90d", "180d", "365d"]),
    ([0.001] * 30, ["1h", "6h", "1d"]),
    ([5.0] * 19, ["7d", "30d", "90d"]),
    ([float("nan")] * 50, ["7d", "30d", "90d"]),
])
def test_windows_follow_the_time_to_an_outcome(days, expected):
    found = [w.slug for w in windows_for(np.array(days) * 24)]
    assert len(set(found)) == 3
    assert found == expected


# ---- rates ---------------------------------------------------------------------------------------------------------

def times(*texts: str) -> np.ndarray:
    return np.array(texts, TIME)


def test_steps_count_what_was_known_by_then_and_exactly_then():
    steps = Steps.group(np.array([1, 0, 1, -1, 1]), times("2026-01-03", "2026-01-02", "2026-01-01", "2026-01-01", "NaT"), 3)
    keys, when = np.array([0, 0, 1, 1, 1, 2, -1]), ("01-01", "01-02", "01-01", "01-02T23:59", "01-03", "01-03", "01-03")
    assert steps.count(keys, times(*(f"2026-{t}" for t in when))).tolist() == [0, 1, 1, 1, 2, 0, 0]
    assert steps.latest().count(keys, times(*["2026-01-01"] * 7)).tolist() == [1, 1, 2, 2, 2, 0, 0]


def test_a_lift_needs_an_overall_rate():
    np.testing.assert_allclose(lift(np.array([20.0, 0, 5, 5]), np.array([20.0, 0, 0, 0]), np.array([0.5, 0.5, 0.0, np.nan])),
                               [1.5, 1.0, np.nan, np.nan])


def test_a_lead_counts_as_missed_once_its_horizon_has_passed_and_as_reached_only_within_it(written):
    history = written(VOCABULARY, leads="""
        lead_id  created_at  owner
        L1       2026-01-01  ann
        L2       2026-01-01  ann
        L3       2026-01-01  ann
        L4       2026-06-01  ann""", stages="""
        entity  entity_id  stage  entered_at
        lead    L1         mql    2026-01-05
        lead    L2         mql    2026-02-05
        lead    L3         lost   2026-01-10""")
    context = build_context(history, "lead", np.datetime64("2026-06-15"))
    when = times("2026-01-04", "2026-01-05", "2026-01-10", "2026-01-30", "2026-01-31", "2026-02-05")
    resolved, reached = context.rates["owner"].counts("mql", np.zeros(len(when), int), when)
    assert (resolved.tolist(), reached.tolist()) == ([0, 1, 2, 2, 3, 3], [0, 1, 1, 1, 1, 1])


def test_a_deal_lost_first_and_won_later_is_known_as_lost_in_between(written):
    history = written(VOCABULARY, leads="lead_id owner\nL1 ann", stages="""
        entity  entity_id  stage  entered_at
        lead    L1         lost   2026-01-05
        lead    L1         mql    2026-01-20""")
    when = times("2026-01-05", "2026-01-20")
    resolved, reached = build_context(history, "lead").rates["owner"].counts("mql", np.zeros(2, int), when)
    assert (resolved.tolist(), reached.tolist()) == ([1, 1], [0, 1])


def test_skipping_a_stage_is_reaching_it(written):
    history = written(VOCABULARY, leads="lead_id owner\nL1 ann\nL2 ann", stages="""
        entity  entity_id  stage  entered_at
        lead    L1         sql    2026-01-05
        lead    L2         lost   2026-01-05""")
    resolved, reached = build_context(history, "lead").rates["owner"].counts("mql", np.zeros(1, int), times("2026-01-05"))
    assert (resolved.tolist(), reached.tolist()) == ([2], [1])


# ---- the context as a whole ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("entity", ["lead", "opportunity"])
def test_a_context_survives_json_to_the_last_digit(company, entity):
    context = build_context(company, entity)
    text = json.dumps(context.to_json(), sort_keys=True)
    again = Context.from_json(json.loads(text))
    assert json.dumps(again.to_json(), sort_keys=True) == text
    assert contract_of(again).to_json() == contract_of(context).to_json()
    looks = Observations.at(entity, company.ids(entity), company.end - np.timedelta64(40, "D"))
    np.testing.assert_array_equal(feature_table(company, looks, again).values, feature_table(company, looks, context).values)


@pytest.mark.parametrize("entity", ["lead", "opportunity"])
def test_the_latest_context_gives_the_same_rows_from_its_moment_on(company, entity):
    moment = company.end - np.timedelta64(30, "D")
    context = build_context(company, entity, moment)
    for later in (0, 30):
        looks = Observations.at(entity, company.ids(entity), moment + np.timedelta64(later, "D"))
        rows = [feature_table(company, looks, c).values for c in (context, context.latest())]
        np.testing.assert_array_equal(*rows)
    assert len(json.dumps(context.latest().to_json())) < len(json.dumps(context.to_json()))


@pytest.mark.parametrize("entity", ["lead", "opportunity"])
def test_a_context_is_learned_from_what_was_known_then(company, entity):
    moment = company.end - np.timedelta64(100, "D")
    assert build_context(company, entity, moment).to_json() == build_context(company.known_at(moment), entity).to_json()
    assert build_context(company, entity, moment).to_json() != build_context(company, entity).to_json()


def test_a_context_of_nothing_still_gives_rows(written):
    history = written(Vocabulary(), leads="lead_id\nL1", opportunities="opportunity_id\nO1")
    for entity in ("lead", "opportunity"):
        context = build_context(history, entity)
        table = feature_table(history, Observations.at(entity, history.ids(entity), history.end), context)
        assert table.values.shape == (1, len(contract_of(context).features))
        assert Context.from_json(context.to_json()).to_json() == context.to_json()


# ---- names ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("text", "expected"), [
    ("Email Clicked", "email_clicked"), ("E-Mail: Größe!", "e_mail_grosse"), ("A_SUBMITTED", "a_submitted"), ("  ", "unnamed"),
    ("日本", "u65e5u672c"), ("x" * 80, "x" * 48), ("Café № 5", "cafe_no_5"),
])
def test_slugs_are_lowercase_ascii(text, expected):
    assert slug(text) == expected


def test_a_slug_that_is_taken_gets_a_number():
    assert slugs(["e-mail", "E mail", "e_mail_2", "events"], taken=["events"]) == {
        "e-mail": "e_mail", "E mail": "e_mail_2", "e_mail_2": "e_mail_2_2", "events": "events_2"}
    assert unique(["a", "a", "a_2"]) == ["a", "a_2", "a_2_2"]


def test_colliding_types_and_attributes_stay_apart_in_the_contract(written):
    vocabulary = Vocabulary(attributes=(Attribute("Owner", "lead"), Attribute("stage", "lead"), Attribute("Größe", "lead"),
                                        Attribute("Grösse", "lead")), pipelines=VOCABULARY.pipelines)
    history = written(vocabulary, leads="lead_id owner created_at\nL1 ann 2026-01-01",
                      events="lead_id type occurred_at\nL1 e-mail 2026-01-01\nL1 E_Mail 2026-01-02\nL1 events 2026-01-03")
    context = build_context(history, "lead")
    names = contract_of(context).names
    assert len(set(names)) == len(names)
    assert {"owner", "owner_2", "stage", "stage_2", "grosse", "grosse_2", "e_mail_count_7d", "e_mail_2_count_7d",
            "events_count_7d", "events_2_count_7d"} <= set(names)
    assert Contract.from_json(json.loads(json.dumps(contract_of(context).to_json()))) == contract_of(context)


@pytest.mark.parametrize("entity", ["lead", "opportunity"])
def test_every_feature_has_a_name_a_unit_a_group_and_a_sentence(company, entity):
    table = describe(contract_of(build_context(company, entity)))
    assert table.columns.tolist() == ["name", "unit", "group", "doc"]
    assert table["name"].is_unique
    assert table["name"].str.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*").all()
    assert (table["unit"].str.len() > 0).all()
    assert set(table["group"]) == {"fit", "engagement", "deal"}
    assert table["doc"].str.fullmatch(r"[A-Z].+[^.]").all()
