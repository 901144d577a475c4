"""Contacts and accounts into the store, and what they lend to their leads and deals."""

from datetime import timedelta

from ingested import NOW, at, attributes, changes, rows, statuses

from leadcast.store import tables
from leadcast.store.intake_entities import put_leads
from leadcast.store.intake_parties import put_accounts, put_contacts


def test_a_contacts_attributes_count_for_its_leads_that_give_none(store, put):
    put(put_contacts, {"contact_id": "C1", "attributes": {"industry": "Retail", "employees": 5}})
    put(put_leads, {"lead_id": "L1", "contact_id": "C1", "created_at": at("03-01"), "attributes": {"employees": 9}})
    assert attributes(store) == {"industry": "Retail", "employees": 9.0}
    assert changes(store) == []


def test_a_contact_that_changes_is_written_through_with_field_history(store, put):
    put(put_contacts, {"contact_id": "C1", "attributes": {"industry": "Retail", "employees": 5}})
    put(put_leads, {"lead_id": "L1", "contact_id": "C1", "created_at": at("03-01"), "attributes": {"employees": 9}})
    other = {"contact_id": "C1", "attributes": {"industry": "Software", "employees": 6}}
    assert statuses(put(put_contacts, other)) == ["updated"]
    assert attributes(store) == {"industry": "Software", "employees": 9.0}
    assert changes(store) == [("industry", "2026-03-10T12:00:00", "Retail", "Software")]
    assert rows(store, tables.waiting, "entity", "entity_id", "events") == [("lead", "L1", 2)]


def test_an_attribute_of_ones_own_goes_before_the_contacts_and_null_hands_it_back(store, put):
    put(put_leads, {"lead_id": "L1", "contact_id": "C1", "attributes": {"industry": "Retail"}})
    put(put_contacts, {"contact_id": "C1", "attributes": {"industry": "Software"}})
    assert attributes(store) == {"industry": "Retail"}
    put(put_leads, {"lead_id": "L1", "attributes": {"industry": None}})
    assert attributes(store) == {"industry": "Software"}
    put(put_contacts, {"contact_id": "C1", "attributes": {"industry": None}}, now=NOW + timedelta(hours=1))
    assert attributes(store) == {}


def test_a_contact_goes_before_its_account_which_is_its_leads_account_too(store, put):
    put(put_leads, {"lead_id": "L1", "contact_id": "C1"})
    put(put_contacts, {"contact_id": "C1", "account_id": "A1", "attributes": {"employees": 3}})
    put(put_accounts, {"account_id": "A1", "attributes": {"industry": "Retail", "employees": 1}})
    assert attributes(store) == {"industry": "Retail", "employees": 3.0}


def test_a_lead_that_comes_to_another_contact_is_lent_by_that_one(store, put):
    put(put_contacts, {"contact_id": "C1", "attributes": {"industry": "Retail"}}, {"contact_id": "C2"})
    put(put_leads, {"lead_id": "L1", "contact_id": "C1", "created_at": at("03-01")})
    put(put_leads, {"lead_id": "L1", "contact_id": "C2"})
    assert attributes(store) == {}
    assert changes(store) == [("industry", "2026-03-10T12:00:00", "Retail", None)]
