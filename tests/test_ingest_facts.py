"""Events, stage entries and changes of fields into the store, and the stages that events make."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from ingested import EVENT, NOW, STAGE, Intake, at, attributes, change, changes, only_error, rows, statuses, terms_of

from leadcast.store import Store, tables
from leadcast.store.changes import version_of
from leadcast.store.histories import whole_history
from leadcast.store.intake import Outcome
from leadcast.store.intake_entities import put_leads, put_opportunities
from leadcast.store.intake_events import put_events
from leadcast.store.intake_fields import put_fields
from leadcast.store.intake_stages import put_stages

# ---- events and stages ----------------------------------------------------------------------------------------------


def test_an_event_that_is_known_is_unchanged_and_recorded_when_it_came_first(store, put):
    assert statuses(put(put_events, EVENT, EVENT)) == ["created", "unchanged"]
    assert statuses(put(put_events, EVENT, now=NOW + timedelta(days=1))) == ["unchanged"]
    assert rows(store, tables.events, "event_id", "occurred_at", "recorded_at") == [
        ("E1", "2026-03-02T00:00:00", "2026-03-10T12:00:00")]


def test_the_same_event_with_another_content_is_rejected_and_the_first_stands(store, put):
    put(put_events, EVENT)
    path, message = only_error(put(put_events, {**EVENT, "value": 4.0}))
    assert path == "event_id" and message.startswith("is known with another content")
    assert rows(store, tables.events, "value") == [(3.0,)]


def test_an_event_without_an_id_is_told_by_its_content(put):
    plain = {name: value for name, value in EVENT.items() if name != "event_id"}
    assert statuses(put(put_events, plain, plain, {**plain, "value": 4.0})) == ["created", "unchanged", "created"]


def test_an_event_about_a_lead_that_comes_later_is_kept_and_reaches_it(store, terms, put):
    assert statuses(put(put_events, EVENT)) == ["created"]
    assert rows(store, tables.waiting, "entity_id") == []
    put(put_leads, {"lead_id": "L1", "created_at": at("03-01")})
    history = whole_history(store, terms.vocabulary, np.datetime64("2026-03-11", "us"))
    assert len(history.linked_events("lead").known) == 1


@pytest.mark.parametrize(("more", "path", "said"), [
    ({"lead_id": None}, "lead_id", "an event needs at least one of"),
    ({"occurred_at": NOW + timedelta(days=1, seconds=1)}, "occurred_at", "lies more than a day in the future"),
    ({"recorded_at": NOW + timedelta(seconds=1)}, "recorded_at", "lies in the future"),
    ({"recorded_at": at("03-01")}, "recorded_at", "lies before occurred_at"),
])
def test_an_event_that_cannot_be_is_rejected(put, more, path, said):
    found, message = only_error(put(put_events, {**EVENT, **more}))
    assert found == path and message.startswith(said)


def test_everybody_whom_an_event_reaches_has_news(store, put):
    put(put_leads, {"lead_id": "L1", "contact_id": "C1"}, {"lead_id": "L2"})
    put(put_opportunities, {"opportunity_id": "D1", "lead_id": "L2"})
    with store.writing() as connection:
        connection.execute(tables.waiting.delete())
    put(put_events, {"contact_id": "C1", "type": "web", "occurred_at": NOW}, {"lead_id": "L2", "type": "web", "occurred_at": NOW})
    assert rows(store, tables.waiting, "entity", "entity_id", "events") == [
        ("lead", "L1", 1), ("lead", "L2", 1), ("opportunity", "D1", 1)]


def test_every_write_moves_the_version_and_one_that_changes_nothing_does_not(store, put):
    def version() -> int:
        with store.reading() as connection:
            return version_of(connection)

    before = version()
    put(put_events, EVENT)
    assert version() == before + 1
    put(put_events, EVENT)
    assert version() == before + 1




def test_a_stage_of_no_pipeline_is_rejected_naming_those_there_are(put):
    path, message = only_error(put(put_stages, {**STAGE, "stage": "mqll"}))
    assert path == "stage"
    assert message == 'a stage of no lead pipeline; did you mean "mql"? Known here: "new", "mql", "sql", "won", "lost"'


def test_a_stage_entry_that_is_known_is_unchanged_but_takes_a_reason_that_comes_later(store, put):
    assert statuses(put(put_stages, STAGE, STAGE)) == ["created", "unchanged"]
    assert statuses(put(put_stages, {**STAGE, "reason": "fair"})) == ["updated"]
    assert statuses(put(put_stages, {**STAGE, "reason": "fair"}, STAGE)) == ["unchanged", "unchanged"]
    assert only_error(put(put_stages, {**STAGE, "reason": "web"}))[0] == "reason"
    assert rows(store, tables.stages, "stage", "reason") == [("mql", "fair")]


# ---- changes of fields ----------------------------------------------------------------------------------------------


def test_the_newest_change_is_what_the_lead_holds_whatever_the_order(store, put):
    put(put_leads, {"lead_id": "L1", "owner": "ann", "created_at": at("03-01")})
    assert statuses(put(put_fields, change("owner", "cem", "03-06"), change("owner", "bob", "03-03"))) == ["created", "created"]
    assert rows(store, tables.leads, "owner") == [("cem",)]
    assert statuses(put(put_fields, change("owner", "cem", "03-06"))) == ["unchanged"]


def test_changes_that_come_before_their_lead_count_for_it(store, terms, put):
    put(put_fields, change("employees", "50", "03-04", old_value=5), change("owner", "bob", "03-04", old_value="ann"))
    put(put_leads, {"lead_id": "L1", "owner": "ann", "created_at": at("03-01"), "changed_at": at("03-01"),
                    "attributes": {"employees": 5}})
    assert rows(store, tables.leads, "owner") == [("bob",)]
    assert attributes(store) == {"employees": 50.0}


@pytest.mark.parametrize(("item", "path", "said"), [
    (change("ownr", "bob", "03-03"), "field", 'no field with a history; did you mean "owner"?'),
    (change("contact_id", "C2", "03-03"), "field", "no field with a history"),
    (change("employees", "many", "03-03"), "value", "not a number"),
    (change("employees", 1, "03-03", recorded_at=at("03-02")), "recorded_at", "lies before changed_at"),
])
def test_a_change_that_cannot_be_is_rejected(put, item, path, said):
    found, message = only_error(put(put_fields, item))
    assert found == path and message.startswith(said)


def test_a_new_lead_that_says_otherwise_than_changes_before_it_has_changed_since(store, put):
    put(put_fields, change("owner", "ann", "03-02"), change("source", "web", "03-02"))
    put(put_leads, {"lead_id": "L1", "created_at": at("03-01"), "owner": "bob", "source": "web"})
    assert rows(store, tables.leads, "owner", "source") == [("bob", "web")]
    assert [found for found in changes(store) if found[0] == "owner"][1:] == [("owner", "2026-03-10T12:00:00", "ann", "bob")]


# ---- stages that events make ----------------------------------------------------------------------------------------


TWO_SOURCES = """
[[events]]
table = "leads"
type = "x"
columns = { lead_id = "id", occurred_at = "created" }

[[stages]]
from = "events"
entity = "lead"
events = { form = "mql" }

[[stages]]
from = "events"
entity = "lead"
events = { call = "mql" }
"""


@pytest.fixture
def put_of_two_sources(store: Store, tmp_path: Path) -> Callable[..., list[Outcome]]:
    put = Intake(store, terms_of(tmp_path, TWO_SOURCES))
    put(put_leads, {"lead_id": "L1", "created_at": at("03-01")})
    return partial(put, put_events)


def test_two_sources_that_share_a_stage_leave_each_others_entries(store, put_of_two_sources):
    put_of_two_sources({"lead_id": "L1", "type": "form", "occurred_at": at("03-02"), "recorded_at": at("03-02")},
                       {"lead_id": "L1", "type": "call", "occurred_at": at("03-03"), "recorded_at": at("03-03")})
    entries = [("mql", "2026-03-02T00:00:00"), ("mql", "2026-03-03T00:00:00")]
    assert rows(store, tables.stages, "stage", "entered_at") == entries
    put_of_two_sources({"lead_id": "L1", "type": "form", "occurred_at": at("03-04"), "recorded_at": at("03-04")})
    assert rows(store, tables.stages, "stage", "entered_at") == entries


@pytest.mark.parametrize("days", [("03-05", "03-04"), ("03-04", "03-05")])
def test_an_entry_made_by_two_events_of_one_moment_is_known_since_the_first_was(store, put_of_two_sources, days):
    for day in days:
        put_of_two_sources({"lead_id": "L1", "type": "form", "event_id": day, "occurred_at": at("03-02"), "recorded_at": at(day)})
    assert rows(store, tables.stages, "entered_at", "recorded_at") == [("2026-03-02T00:00:00", "2026-03-04T00:00:00")]


def test_news_of_more_than_a_statement_takes_is_asked_for_in_parts(store, put, monkeypatch):
    monkeypatch.setattr("leadcast.store.parts.AT_ONCE", 2)
    put(put_opportunities, *({"opportunity_id": f"D{number}", "lead_id": f"L{number}"} for number in range(5)))
    with store.writing() as connection:
        connection.execute(tables.waiting.delete())
    put(put_leads, *({"lead_id": f"L{number}"} for number in range(5)))
    assert len(rows(store, tables.waiting, "entity", "entity_id")) == 10
