"""The table of rows: equal alone and in a batch, in any order, whatever the records look like."""

import sys
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import features.table
from features import build_context, contract_of, feature_table
from leadcast.errors import SchemaError
from leadcast.history import History
from leadcast.observations import Observations
from leadcast.simulate import true_history
from leadcast.table import TIME
from leadcast.vocabulary import Attribute, Pipeline, Target, Vocabulary

DAY = np.timedelta64(1, "D")
VOCABULARY = Vocabulary(
    attributes=(Attribute("industry", "lead"),), pipelines=(Pipeline("lead", "default", ("new", "mql"), ("won",), ("lost",)),),
    targets=(Target("mql", "lead", ("mql",), 30.0),),
)
LEADS = "lead_id created_at contact_id industry\nL1 2026-01-01 C1 steel\nL2 2026-01-01 C2 wood"


@pytest.fixture(scope="module")
def company() -> History:
    return true_history(200, seed=1)


@pytest.fixture(scope="module", params=["lead", "opportunity"])
def looks(company, request) -> Observations:
    """Two looks at each lead or deal."""
    ids, created = company.ids(request.param), company.entities(request.param)["created_at"]
    as_of = np.concatenate([created + 5 * DAY, created + 40 * DAY])
    return Observations(request.param, np.concatenate([ids, ids]), as_of, np.ones(len(as_of)))


def named(table: features.table.FeatureTable, row: int = 0) -> dict[str, float]:
    return dict(zip(table.contract.names, table.values[row].tolist(), strict=True))


def at(history: History, entity: str, *ids: str, as_of: str = "2026-06-01") -> Observations:
    return Observations.at(entity, np.array(ids, object), np.datetime64(as_of, "us"))


# ---- subsets and orders --------------------------------------------------------------------------------------------

def test_a_batch_equals_its_rows_one_by_one(company, looks):
    context = build_context(company, looks.entity)
    whole = feature_table(company, looks, context).values
    for row in range(0, len(looks), 7):
        np.testing.assert_array_equal(feature_table(company, looks.take(np.array([row])), context).values[0], whole[row])


def test_parts_of_bounded_size_give_the_same_rows(company, looks, monkeypatch):
    context = build_context(company, looks.entity)
    whole = feature_table(company, looks, context).values
    for pairs, rows in ((40, 1000), (10**6, 7), (1, 1000)):
        monkeypatch.setattr(features.table, "MOST_PAIRS", pairs)
        monkeypatch.setattr(features.table, "MOST_ROWS", rows)
        np.testing.assert_array_equal(feature_table(company, looks, context).values, whole)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_observations_and_of_records_does_not_matter(company, seed):
    chance = np.random.default_rng(seed)
    for entity in ("lead", "opportunity"):
        ids = company.ids(entity)
        looks = Observations.at(entity, ids, company.end - 60 * DAY)
        context = build_context(company, entity)
        rows = feature_table(company, looks, context).values
        shuffled = replace(company, **{name: getattr(company, name).take(chance.permutation(getattr(company, name).rows))
                                       for name in ("leads", "opportunities", "events", "fields")})
        order = chance.permutation(len(ids))
        assert build_context(shuffled, entity).to_json() == context.to_json()
        np.testing.assert_array_equal(feature_table(shuffled, looks.take(order), context).values, rows[order])


def test_sums_agree_to_the_last_digit_when_events_of_one_moment_swap(written):
    values = ("0.1", "0.7", "1e16", "0.3", "-1e16")
    texts = [f"L1 mail 2026-01-02 {v}" for v in values]
    found = set()
    for lines in (texts, texts[::-1], texts[2:] + texts[:2]):
        history = written(VOCABULARY, leads=LEADS, events="\n".join(["lead_id type occurred_at value", *lines]))
        found.add(named(feature_table(history, at(history, "lead", "L1"), build_context(history, "lead")))["value_sum_all"])
    assert len(found) == 1


def test_an_observation_asked_twice_is_answered_twice(company, looks):
    twice = looks.take(np.repeat(np.arange(20), 2))
    values = feature_table(company, twice, build_context(company, looks.entity)).values
    np.testing.assert_array_equal(values[::2], values[1::2])


def test_no_observation_gives_no_row(company, looks):
    context = build_context(company, looks.entity)
    table = feature_table(company, looks.take(np.zeros(0, int)), context)
    assert table.values.shape == (0, len(contract_of(context).features))


def test_the_frame_has_the_names_and_the_index(company, looks):
    table = feature_table(company, looks, build_context(company, looks.entity))
    frame = table.frame(looks)
    assert (frame.index.names, list(frame.columns)) == (["entity_id", "as_of"], table.contract.names)
    np.testing.assert_array_equal(frame.to_numpy(), table.values)


# ---- records as they come ------------------------------------------------------------------------------------------

def test_the_same_event_by_two_links_counts_once(written):
    history = written(VOCABULARY, leads=LEADS, events="lead_id contact_id type occurred_at\nL1 C1 mail 2026-02-01")
    assert named(feature_table(history, at(history, "lead", "L1"), build_context(history, "lead")))["mail_count_all"] == 1


def test_types_and_values_never_seen_are_counted_and_harm_nothing(written):
    context = build_context(written(VOCABULARY, leads=LEADS, events="lead_id type occurred_at\nL1 mail 2026-02-01"), "lead")
    later = written(VOCABULARY, leads=LEADS.replace("wood", "glass"), events="""
        lead_id  type  occurred_at
        L1       mail  2026-02-01
        L2       fax   2026-02-01
        L2       fax   2026-02-02
        L2       mail  2026-02-03""")
    table = feature_table(later, at(later, "lead", "L1", "L2"), context)
    assert table.unseen == {"event_type": 2, "industry": 1}
    row = named(table, 1)
    assert (row["industry"], row["mail_count_all"], row["events_count_all"]) == (-1.0, 1.0, 3.0)
    assert not [name for name in table.contract.names if name.startswith("fax")]


def test_rare_event_types_count_among_all_events(written, monkeypatch):
    monkeypatch.setattr("features.context.MOST_TYPES", 1)
    history = written(VOCABULARY, leads=LEADS, events="""
        lead_id  type  occurred_at
        L1       mail  2026-02-01
        L1       mail  2026-02-02
        L1       fax   2026-02-03""")
    table = feature_table(history, at(history, "lead", "L1"), build_context(history, "lead"))
    row = named(table)
    assert (row["mail_count_all"], row["events_count_all"], table.unseen) == (2.0, 3.0, {})
    assert not [name for name in table.contract.names if name.startswith("fax")]


def test_a_history_without_events_stages_and_fields_gives_rows(written):
    full = written(VOCABULARY, leads=LEADS, events="lead_id type occurred_at direction\nL1 mail 2026-02-01 from_us")
    bare = written(VOCABULARY, leads=LEADS)
    row = named(feature_table(bare, at(bare, "lead", "L1"), build_context(full, "lead")))
    assert (row["mail_count_all"], row["stage"], row["age_days"], np.isnan(row["mail_last_days"])) == (0.0, 0.0, 151.0, True)


def test_an_undated_lead_has_no_ages(written):
    history = written(VOCABULARY, leads="lead_id industry created_at\nL1 steel -\nL2 steel 2026-01-05",
                      events="lead_id type occurred_at\nL1 mail 2026-02-01")
    row = named(feature_table(history, at(history, "lead", "L1"), build_context(history, "lead")))
    assert {name for name in ("age_days", "stage_age_days", "created_hour", "mail_last_days") if np.isnan(row[name])} == {
        "age_days", "stage_age_days", "created_hour"}


def test_ten_thousand_events_in_one_lead(written):
    start, step = np.datetime64("2026-01-01"), np.timedelta64(10, "m")
    lines = [f"L1 {'mail' if i % 2 else 'call'} {start + i * step} from_us 1" for i in range(10_000)]
    history = written(VOCABULARY, leads=LEADS, events="\n".join(["lead_id type occurred_at direction value", *lines]))
    context = build_context(history, "lead")
    row = named(feature_table(history, at(history, "lead", "L1", as_of="2026-03-11T10:30"), context))
    expected = {"mail_count_all": 5000, "events_count_7d": 1008, "active_days_count_30d": 30, "value_sum_all": 10_000,
                "event_last_days": 0.0, "answered_share_7d": 0.0}
    assert {name: row[name] for name in expected} == expected


# ---- mistakes ------------------------------------------------------------------------------------------------------

def test_a_context_of_leads_does_not_fit_deals(company):
    with pytest.raises(SchemaError, match="are of opportunity rows, the context was built for lead rows; build it with"):
        feature_table(company, at(company, "opportunity", "O1"), build_context(company, "lead"))


def test_an_id_that_is_not_in_the_history_is_named(company):
    with pytest.raises(SchemaError, match="lead 'nobody' is not in the history, which holds 200 of them"):
        feature_table(company, at(company, "lead", "nobody"), build_context(company, "lead"))


# ---- the simulated company -----------------------------------------------------------------------------------------

def test_rows_of_the_simulated_company_are_plausible(company, looks):
    table = feature_table(company, looks, build_context(company, looks.entity))
    columns = dict(zip(table.contract.names, table.values.T, strict=True))
    assert table.unseen == {}
    assert not np.isinf(table.values).any()
    assert set(np.unique(columns["age_days"])) == {5.0, 40.0}
    for name, column in columns.items():
        known = column[~np.isnan(column)]
        if name.endswith("_share"):
            assert ((known >= 0) & (known <= 1.2)).all(), name
        if "_count" in name or name.endswith(("_lift", "_last_days")):
            assert (known >= 0).all(), name


def test_no_key_reaches_more_than_were_resolved(company):
    context = build_context(company, "lead")
    end = np.array([company.end], TIME)
    for name, rates in context.rates.items():
        codes = np.arange(len(rates.keys))
        resolved, reached = rates.counts("mql", codes, np.repeat(end, len(codes)))
        assert (reached <= resolved).all(), name
        assert resolved.sum() <= context.base.resolved["mql"].counts[0], name


def test_one_leads_row_takes_few_calls(company):
    """A row in about a millisecond, counted in calls of functions, which no busy machine makes more of."""
    context = build_context(company, "lead").latest()
    one = Observations.at("lead", company.ids("lead")[:1], company.end)
    feature_table(company, one, context)
    calls = Counter()
    sys.setprofile(lambda frame, event, argument: calls.update([event]))
    try:
        feature_table(company, one, context)
    finally:
        sys.setprofile(None)
    assert calls["call"] + calls["c_call"] < 3000, calls
