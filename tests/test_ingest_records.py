"""Leads and deals into the store: what is new, what changed and since when, on SQLite and on PostgreSQL."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from ingested import NOW, STAGE, at, attributes, change, changes, only_error, rows, statuses

from leadcast.store import tables
from leadcast.store.erased import bury
from leadcast.store.histories import whole_history
from leadcast.store.intake_entities import put_leads, put_opportunities
from leadcast.store.intake_events import put_events
from leadcast.store.intake_fields import put_fields
from leadcast.store.intake_stages import put_stages


def test_a_new_lead_is_known_as_it_was_created_and_has_no_field_history(store, put):
    assert statuses(put(put_leads, {"lead_id": "L1", "owner": "ann", "attributes": {"industry": "Retail"}})) == ["created"]
    assert rows(store, tables.leads, "lead_id", "owner", "created_at") == [("L1", "ann", "2026-03-10T12:00:00")]
    assert attributes(store) == {"industry": "Retail"}
    assert changes(store) == []


def test_a_key_that_an_item_does_not_hold_stays_and_null_clears_it(store, put):
    put(put_leads, {"lead_id": "L1", "owner": "ann", "source": "web", "created_at": at("03-01")})
    assert statuses(put(put_leads, {"lead_id": "L1", "source": None})) == ["updated"]
    assert rows(store, tables.leads, "owner", "source") == [("ann", None)]


def test_the_same_again_is_unchanged(store, put):
    item = {"lead_id": "L1", "owner": "ann", "created_at": at("03-01"), "attributes": {"employees": 7, "newsletter": True}}
    assert statuses(put(put_leads, item)) == ["created"]
    assert statuses(put(put_leads, item, now=NOW + timedelta(days=1))) == ["unchanged"]
    assert changes(store) == []


def test_what_changed_goes_into_the_field_history_so_that_a_past_day_can_be_rebuilt(store, terms, put):
    put(put_leads, {"lead_id": "L1", "owner": "ann", "created_at": at("03-01"), "attributes": {"employees": 7}})
    put(put_leads, {"lead_id": "L1", "owner": "bob", "attributes": {"employees": "1,200"}, "changed_at": at("03-05")})
    assert changes(store) == [("employees", "2026-03-05T00:00:00", "7.0", "1200.0"),
                              ("owner", "2026-03-05T00:00:00", "ann", "bob")]
    history = whole_history(store, terms.vocabulary, np.datetime64("2026-03-11", "us"))
    row = np.array([0])
    known = [history.value_at("lead", "owner", row, np.array([day], "datetime64[us]"))[0] for day in ("2026-03-09", "2026-03-11")]
    assert known == ["ann", "bob"]  # it was told on the 10th


def test_a_change_older_than_the_newest_known_is_remembered_but_does_not_stand(store, put):
    put(put_leads, {"lead_id": "L1", "owner": "ann", "created_at": at("03-01")})
    put(put_leads, {"lead_id": "L1", "owner": "cem", "changed_at": at("03-06")})
    assert statuses(put(put_leads, {"lead_id": "L1", "owner": "bob", "changed_at": at("03-03")})) == ["updated"]
    assert rows(store, tables.leads, "owner") == [("cem",)]
    assert changes(store) == [("owner", "2026-03-03T00:00:00", "ann", "bob"), ("owner", "2026-03-06T00:00:00", "ann", "cem")]
    assert statuses(put(put_leads, {"lead_id": "L1", "owner": "bob", "changed_at": at("03-03")})) == ["unchanged"]


def test_two_changes_in_one_batch_both_count_and_the_later_stands(store, put):
    put(put_leads, {"lead_id": "L1", "owner": "ann", "created_at": at("03-01")})
    assert statuses(put(put_leads, {"lead_id": "L1", "owner": "bob"}, {"lead_id": "L1", "owner": "ann"},
                        {"lead_id": "L1", "owner": "bob"})) == ["updated"] * 3
    assert rows(store, tables.leads, "owner") == [("bob",)]
    assert sorted((old, new) for _, _, old, new in changes(store)) == [("ann", "bob"), ("ann", "bob"), ("bob", "ann")]


def test_created_at_does_not_change_any_more(put):
    put(put_leads, {"lead_id": "L1", "created_at": at("03-01")})
    assert statuses(put(put_leads, {"lead_id": "L1", "created_at": at("03-01")})) == ["unchanged"]
    path, message = only_error(put(put_leads, {"lead_id": "L1", "created_at": at("03-02")}))
    assert path == "created_at" and message.startswith("differs from what is known")


def test_what_lies_far_in_the_future_is_rejected(put):
    path, message = only_error(put(put_leads, {"lead_id": "L1", "created_at": NOW + timedelta(days=2)}))
    assert (path, message) == ("created_at", "lies more than a day in the future")


def test_an_unknown_attribute_is_named_with_the_nearest_known_one(put):
    path, message = only_error(put(put_leads, {"lead_id": "L1", "attributes": {"industri": "x"}}))
    assert path == "attributes.industri"
    assert message == 'unknown attribute; did you mean "industry"? Known here: employees, industry, newsletter, renewal'


@pytest.mark.parametrize(("given", "kept"), [
    ({"employees": "€ 1,200.50"}, {"employees": 1200.5}), ({"employees": 3}, {"employees": 3.0}),
    ({"newsletter": "yes"}, {"newsletter": 1.0}), ({"newsletter": False}, {"newsletter": 0.0}),
    ({"newsletter": 1}, {"newsletter": 1.0}), ({"industry": " Retail "}, {"industry": "Retail"}), ({"industry": ""}, {}),
    ({"industry": 7}, {"industry": "7"}), ({"renewal": "2026-03-01T10:00:00+02:00"}, {"renewal": "2026-03-01T08:00:00.000000"}),
])
def test_attributes_are_read_as_the_mapping_reads_them(store, put, given, kept):
    put(put_leads, {"lead_id": "L1", "attributes": given})
    assert attributes(store) == kept


@pytest.mark.parametrize(("given", "said"), [
    ({"employees": "many"}, "not a number"), ({"employees": True}, "not a number"), ({"employees": 10**400}, "not a number"),
    ({"newsletter": "perhaps"}, "neither yes nor no: write true or false"),
    ({"renewal": "2026-03-01 10:00"}, "not a time: write it as 2026-03-01T08:00:00Z or with an offset"),
])
def test_a_value_of_another_kind_is_rejected(put, given, said):
    [name] = given
    assert only_error(put(put_leads, {"lead_id": "L1", "attributes": given})) == (f"attributes.{name}", said)


def test_one_bad_item_does_not_hinder_the_others_and_is_kept(store, put):
    outcomes = put(put_leads, {"lead_id": "L1"}, {"lead_id": "L2", "attributes": {"employees": "many"}}, {"lead_id": "L3"})
    assert statuses(outcomes) == ["created", "rejected", "created"]
    [(*where, item, errors)] = rows(store, tables.rejected, "resource", "place", "request_id", "item", "errors")
    assert where == ["leads", 1, "r1"]
    assert json.loads(item) == {"lead_id": "L2", "attributes": {"employees": "many"}}
    assert json.loads(errors) == [{"path": "attributes.employees", "message": "not a number"}]


def test_amounts_are_kept_in_the_reporting_currency_at_the_rate_of_the_deals_first_day(store, put):
    put(put_opportunities, {"opportunity_id": "D1", "created_at": at("03-04"), "amount": 100.0, "currency": "usd"})
    put(put_opportunities, {"opportunity_id": "D2", "created_at": at("03-05"), "amount": 100.0, "currency": "USD"})
    put(put_opportunities, {"opportunity_id": "D3", "created_at": at("03-05"), "amount": 100.0})
    put(put_opportunities, {"opportunity_id": "D1", "amount": 200.0, "currency": "USD"})
    assert rows(store, tables.opportunities, "opportunity_id", "amount", "currency") == [
        ("D1", 100.0, "EUR"), ("D2", 80.0, "EUR"), ("D3", 100.0, "EUR")]


def test_an_amount_without_a_rate_is_rejected(put):
    for created, code in (("03-05", "JPY"), ("03-05", "USD")):
        day = at(created) if code == "JPY" else datetime(2025, 1, 1, tzinfo=UTC)
        deal = {"opportunity_id": "D1", "created_at": day, "amount": 1.0, "currency": code}
        path, message = only_error(put(put_opportunities, deal))
        assert path == "currency" and "there are rates for: USD. Send the amount in EUR" in message


def test_another_currency_without_its_amount_is_rejected(put):
    path, message = only_error(put(put_opportunities, {"opportunity_id": "D1", "currency": "USD"}))
    assert (path, message) == ("currency", "amounts are kept in EUR: send amount and margin along with it")


def test_a_date_of_creation_that_nobody_knew_may_come_later(store, put):
    put(put_opportunities, {"opportunity_id": "D1"})
    with store.writing() as connection:
        connection.execute(tables.opportunities.update().values(created_at=None))  # as a load leaves a deal without a date
    assert statuses(put(put_opportunities, {"opportunity_id": "D1", "created_at": at("03-01")})) == ["updated"]
    assert rows(store, tables.opportunities, "created_at") == [("2026-03-01T00:00:00",)]


def test_of_who_was_erased_not_even_the_rejected_item_is_kept(store, put):
    with store.writing() as connection:
        bury(connection, "lead", ["L1-secret"], 1)
    [outcome] = put(put_leads, {"lead_id": "L1-secret", "owner": "ann"})
    assert (outcome.id, outcome.status) == ("", "rejected")
    assert rows(store, tables.rejected, "item") == []


def test_who_was_erased_does_not_come_back(store, put):
    with store.writing() as connection:
        bury(connection, "lead", ["L1"], 1)
    said = "was erased; it does not come back"
    assert only_error(put(put_leads, {"lead_id": "L1"})) == ("lead_id", said)
    assert only_error(put(put_opportunities, {"opportunity_id": "D1", "lead_id": "L1"})) == ("lead_id", said)
    assert only_error(put(put_events, {"lead_id": "L1", "type": "call", "occurred_at": NOW})) == ("lead_id", said)
    assert only_error(put(put_stages, STAGE)) == ("entity_id", said)
    assert only_error(put(put_fields, change("owner", "bob", "03-03"))) == ("entity_id", said)
