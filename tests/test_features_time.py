"""Blind to the future: whatever is recorded after ``as_of`` may change, vanish or appear, the row stays as it is."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import build_context, contract_of, feature_table
from leadcast.entries import later_of
from leadcast.history import History
from leadcast.observations import Observations
from leadcast.schema import FIELDS
from leadcast.simulate import true_history
from leadcast.table import NOT_A_TIME, TIME, Table
from leadcast.vocabulary import Attribute, Pipeline, Target, Vocabulary

DAY = np.timedelta64(1, "D")
CHANGED = (("lead", "owner"), ("opportunity", "amount"), ("opportunity", "expected_close"), ("opportunity", "category"))
VOCABULARY = Vocabulary(
    attributes=(Attribute("industry", "lead"),), pipelines=(Pipeline("lead", "default", ("new", "mql"), ("won",), ("lost",)),),
    targets=(Target("mql", "lead", ("mql",), 30.0),),
)


@pytest.fixture(scope="module")
def company() -> History:
    return true_history(150, seed=1)


# ---- another future ------------------------------------------------------------------------------------------------

def another_future(history: History, as_of: np.datetime64, seed: int) -> History:
    """The same past, and after ``as_of`` something else: rows gone, rows changed, rows that never were."""
    chance = np.random.default_rng(seed)
    events = _scramble(history.events, later_of(history.events["occurred_at"], history.events["recorded_at"]) > as_of, chance,
                       {"type": ["invented", "call_inbound"], "direction": ["from_us", "from_them", None], "value": [1e6, np.nan],
                        "occurred_at": [as_of + DAY, as_of + 3 * DAY], "actor": ["nobody"]})
    stages = _scramble(history.stages, later_of(history.stages["entered_at"], history.stages["recorded_at"]) > as_of, chance,
                       {"stage": ["won", "lost", "converted", "mql", "invented"], "entered_at": [as_of + DAY, as_of + 2 * DAY]})
    return replace(_other_values(history, as_of), events=events, stages=stages)


def _scramble(table: Table, future: np.ndarray, chance: np.random.Generator, words: dict[str, list]) -> Table:
    rows = np.flatnonzero(future)
    kept = chance.permutation(rows)[: len(rows) // 2]
    invented = chance.integers(0, table.rows, 20)
    other = table.take(np.concatenate([kept, invented]))
    changed = {name: np.array([of[i] for i in chance.integers(0, len(of), other.rows)], table[name].dtype)
               for name, of in words.items()}
    other = other.with_columns(**changed, recorded_at=np.full(other.rows, NOT_A_TIME))
    return _stacked(table.take(~future), other)


def _stacked(*tables: Table) -> Table:
    return Table({name: np.concatenate([table[name] for table in tables]) for name in tables[0].names})


def _other_values(history: History, as_of: np.datetime64) -> History:
    """Leads and deals of the future are gone; fields change once more after ``as_of``; what is known later only is another."""
    past = history.known_at(as_of)
    fields = past.fields
    tables = {"lead": past.leads, "opportunity": past.opportunities}
    for entity, name in CHANGED:
        old = tables[entity][name]
        new = np.full(len(old), as_of + 9 * DAY if old.dtype == TIME else 1.0 if old.dtype.kind == "f" else "invented", old.dtype)
        fields = _stacked(fields, _changes(entity, past.ids(entity), name, old, new, as_of + DAY))
        tables[entity] = tables[entity].with_columns(**{name: new})
    budget = past.leads["budget"].copy()
    budget[[v is None for v in budget]] = "invented"
    return replace(history, leads=tables["lead"].with_columns(budget=budget), opportunities=tables["opportunity"], fields=fields)


def _changes(entity: str, ids: np.ndarray, name: str, old: np.ndarray, new: np.ndarray, at: np.datetime64) -> Table:
    old_value, value = (np.array([None if v is None or v != v else str(v) for v in column], object) for column in (old, new))
    texts = {"entity": np.full(len(ids), entity, object), "entity_id": ids, "field": np.full(len(ids), name, object)}
    return FIELDS.check(Table({**texts, "value": value, "old_value": old_value, "changed_at": np.full(len(ids), at, TIME)}))


def looks_at(history: History, entity: str, as_of: np.datetime64) -> Observations:
    """All that exists by then, at that moment and at earlier ones."""
    table = history.entities(entity)
    there = table["created_at"] <= as_of
    ids, created = history.ids(entity)[there], table["created_at"][there]
    halfway = created + (as_of - created) // 2
    moments = np.concatenate([np.full(len(ids), as_of, TIME), halfway])
    return Observations(entity, np.concatenate([ids, ids]), moments, np.ones(2 * len(ids)))


@settings(max_examples=25, deadline=None)
@given(days=st.floats(5, 500), seed=st.integers(0, 2**32 - 1), entity=st.sampled_from(["lead", "opportunity"]))
def test_rows_and_contexts_are_blind_to_the_future(company, days, seed, entity):
    as_of = company.end - np.timedelta64(int(days * 86400), "s")
    looks = looks_at(company, entity, as_of)
    other = another_future(company, as_of, seed)
    context = build_context(company, entity)
    rows = feature_table(company, looks, context).values
    np.testing.assert_array_equal(feature_table(other, looks, context).values, rows)
    then = build_context(company, entity, as_of)
    assert build_context(other, entity, as_of).to_json() == then.to_json()
    np.testing.assert_array_equal(feature_table(other, looks, then).values, feature_table(company, looks, then).values)
    np.testing.assert_array_equal(feature_table(company.known_at(as_of), looks, context).values, rows)


def test_another_future_is_really_another(company):
    as_of = company.end - 200 * DAY
    other, looks = another_future(company, as_of, 1), Observations.at("lead", company.known_at(as_of).ids("lead"), company.end)
    context = build_context(company, "lead")
    names = np.array(contract_of(context).names)
    differs = (feature_table(other, looks, context).values != feature_table(company, looks, context).values).any(axis=0)
    assert {"stage", "owner", "call_inbound_count_all", "events_count_all", "value_sum_all", "budget"} <= set(names[differs])


# ---- edges ---------------------------------------------------------------------------------------------------------

@pytest.fixture
def value(written):
    """One feature of lead L1 at a moment, in windows of 7, 30 and 90 days."""

    def of(name: str, as_of: str, **tables: str) -> float:
        history = written(VOCABULARY, leads="lead_id created_at industry\nL1 2026-01-01 steel", **tables)
        context = build_context(history, "lead")
        looks = Observations.at("lead", np.array(["L1"], object), np.datetime64(as_of, "us"))
        return feature_table(history, looks, context).values[0, contract_of(context).names.index(name)]

    return of


@pytest.mark.parametrize(("as_of", "expected"), [
    ("2026-03-01T11:59:59.999999", 0), ("2026-03-01T12:00:00", 1), ("2026-03-08T11:59:59.999999", 1), ("2026-03-08T12:00:00", 0),
])
def test_a_window_holds_its_own_end_and_not_its_start(value, as_of, expected):
    events = "lead_id type occurred_at\nL1 call 2026-03-01T12:00:00"
    assert value("call_count_7d", as_of, events=events) == expected
    assert value("events_count_7d", as_of, events=events) == expected
    assert value("active_days_count_7d", as_of, events=events) == expected


def test_the_window_before_begins_where_the_last_one_ends(value):
    events = "lead_id type occurred_at\nL1 call 2026-03-01"
    days = ("2026-03-07", "2026-03-08", "2026-03-14", "2026-03-15")
    assert [value("events_trend_7d", day, events=events) for day in days] == [1, -1, -1, 0]


def test_a_stage_entered_at_the_very_moment_counts(value):
    stages = "entity entity_id stage entered_at\nlead L1 mql 2026-03-01"
    assert [value("stage_changes_count", t, stages=stages) for t in ("2026-02-28T23:59:59.999999", "2026-03-01")] == [0, 1]


def test_an_answer_at_the_end_of_its_window_counts(value):
    touch = "lead_id type occurred_at direction\nL1 mail 2026-03-01 from_us\nL1 mail {} from_them"
    assert value("answered_share_7d", "2026-04-01", events=touch.format("2026-03-08")) == 1
    assert value("answered_share_7d", "2026-04-01", events=touch.format("2026-03-08T00:00:00.000001")) == 0


@pytest.mark.parametrize(("as_of", "count", "last"), [("2026-03-04", 1, 4.0), ("2026-03-05", 2, 3.0)])
def test_a_late_record_is_invisible_until_it_is_recorded(value, as_of, count, last):
    events = "lead_id type occurred_at recorded_at\nL1 call 2026-02-28 -\nL1 call 2026-03-02 2026-03-05"
    assert (value("call_count_7d", as_of, events=events), value("call_last_days", as_of, events=events)) == (count, last)


def test_a_late_record_takes_its_place_by_when_it_happened(value):
    events = """
        lead_id  type  occurred_at  recorded_at  direction
        L1       mail  2026-03-01   -            from_us
        L1       mail  2026-03-20   -            from_us
        L1       mail  2026-03-04   2026-03-25   from_them"""
    assert [value("answered_share_7d", day, events=events) for day in ("2026-03-24", "2026-04-01")] == [0.0, 0.5]
    assert value("from_them_last_days", "2026-04-01", events=events) == 28.0


def test_a_stage_recorded_late_and_overtaken_is_no_step_back(value):
    stages = """
        entity  entity_id  stage  entered_at  recorded_at
        lead    L1         won    2026-03-02  -
        lead    L1         mql    2026-03-01  2026-03-10"""
    assert [value(f"stage_{what}_count", "2026-03-11", stages=stages) for what in ("changes", "returns")] == [1, 0]


def test_an_event_of_a_deal_that_comes_later_is_nobody_else_s(written):
    vocabulary = Vocabulary(pipelines=(Pipeline("opportunity", "default", ("open", "won"), ("won",)),))
    history = written(vocabulary, opportunities="opportunity_id contact_id created_at\nold ann 2026-01-01\nnew ann 2026-03-01",
                      events="opportunity_id contact_id type occurred_at\nnew ann call 2026-02-01\n- ann call 2026-01-05")
    as_of = np.datetime64("2026-02-15", "us")
    for known in (history, history.known_at(as_of)):
        old = Observations.at("opportunity", np.array(["old"], object), as_of)
        table = feature_table(known, old, build_context(known, "opportunity", as_of))
        assert table.frame(old)["call_count_all"].tolist() == [1.0]
