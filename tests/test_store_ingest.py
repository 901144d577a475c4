"""Records into the store: what is new, what changed and since when, on SQLite and on PostgreSQL."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryDirectory
from threading import Barrier, Thread
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from sqlalchemy import func, select

from leadcast.simulate import simulate
from leadcast.store import Store, open_engine, tables
from leadcast.store.changes import version_of
from leadcast.store.erased import bury
from leadcast.store.histories import whole_history
from leadcast.store.intake import Outcome, Put, Receipt, Taken, take_in
from leadcast.store.intake_entities import put_leads, put_opportunities
from leadcast.store.intake_events import put_events
from leadcast.store.intake_fields import put_fields
from leadcast.store.intake_parties import put_accounts, put_contacts
from leadcast.store.intake_stages import put_stages
from leadcast.store.intake_team import put_owners, put_quotas
from leadcast.store.intake_terms import Terms
from leadcast.store.intake_values import micro_of
from leadcast.store.migrate import migrate
from leadcast.workspace import read_workspace

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
WORKSPACE = """
[workspace]
name = "acme"
currency = "EUR"

[tables.leads]
file = "leads.csv"
[tables.deals]
file = "deals.csv"
[tables.rates]
file = "rates.csv"

[leads]
table = "leads"
columns = { lead_id = "id", created_at = "created", contact_id = "contact", account_id = "account", owner = "owner" }

[leads.attributes]
industry = "industry"
employees = { type = "number" }
newsletter = { type = "flag" }
renewal = { type = "time" }

[opportunities]
table = "deals"
columns = { opportunity_id = "id", created_at = "created", lead_id = "lead", amount = "amount", currency = "currency" }
attributes = { industry = "industry" }

[[pipelines]]
entity = "lead"
stages = ["new", "mql", "sql", "won", "lost"]
won = ["won"]
lost = ["lost"]

[[pipelines]]
entity = "opportunity"
stages = ["offer", "won", "lost"]
won = ["won"]
lost = ["lost"]

[rates]
table = "rates"
columns = { currency = "currency", valid_from = "from", rate = "rate" }
"""
RATES = "currency,from,rate\nUSD,2026-01-01T00:00:00Z,0.5\nUSD,2026-03-05T00:00:00Z,0.8\n"


@pytest.fixture(scope="module")
def terms(tmp_path_factory: pytest.TempPathFactory) -> Terms:
    folder = tmp_path_factory.mktemp("acme")
    (folder / "leadcast.toml").write_text(WORKSPACE)
    (folder / "rates.csv").write_text(RATES)
    return Terms(read_workspace(folder))


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


@pytest.fixture
def put(store: Store, terms: Terms) -> Callable[..., list[Outcome]]:
    """``put(put_leads, {...}, {...}, now=...)``: a batch into the store."""

    def write(how: Put, *items: dict[str, Any], now: datetime = NOW, owners: frozenset[str] | None = None) -> list[Outcome]:
        return take_in(store, terms, how.__name__.removeprefix("put_"), items, Receipt(micro_of(now), owners, "r1"), how)

    return write


def statuses(outcomes: list[Outcome]) -> list[str]:
    return [outcome.status for outcome in outcomes]


def only_error(outcomes: list[Outcome]) -> tuple[str, str]:
    [outcome] = outcomes
    assert outcome.status == "rejected"
    [error] = outcome.errors
    return error


def rows(store: Store, table: Any, *names: str) -> list[tuple[Any, ...]]:
    """Some columns of all rows in order; times as texts."""
    with store.reading() as connection:
        found = connection.execute(select(*(table.c[name] for name in names))).fetchall()
    return sorted(tuple(_shown(cell) for cell in row) for row in found)


def _shown(cell: Any) -> Any:
    return str(np.datetime64(cell, "us").astype("datetime64[s]")) if isinstance(cell, int) and cell > 10**12 else cell


def changes(store: Store) -> list[tuple[Any, ...]]:
    """Field history: field, old value, value, when."""
    return rows(store, tables.fields, "field", "changed_at", "old_value", "value")


def attributes(store: Store, table: Any = tables.leads) -> dict[str, Any]:
    [(text,)] = rows(store, table, "attributes")
    return dict(json.loads(text))


# ---- leads and deals ----------------------------------------------------------------------------------------------


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


# ---- contacts and accounts ----------------------------------------------------------------------------------------


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


# ---- events and stages --------------------------------------------------------------------------------------------

EVENT = {"lead_id": "L1", "type": "call", "event_id": "E1", "occurred_at": at("03-02"), "value": 3.0}


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


STAGE = {"entity": "lead", "entity_id": "L1", "stage": "mql", "entered_at": at("03-03")}


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


# ---- changes of fields --------------------------------------------------------------------------------------------


def change(field: str, value: Any, day: str, **more: Any) -> dict[str, Any]:
    return {"entity": "lead", "entity_id": "L1", "field": field, "value": value, "changed_at": at(day), **more}


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


# ---- owners and quotas --------------------------------------------------------------------------------------------


def test_owners_are_known_by_the_day_from_which_it_is_so(store, put):
    put(put_owners, {"owner": "ann", "region": "North"}, {"owner": "ann", "region": "South", "valid_from": at("03-01")})
    again = put(put_owners, {"owner": "ann", "manager": "eve"}, {"owner": "ann", "region": "North"})
    assert statuses(again) == ["updated", "unchanged"]
    with store.reading() as connection:
        found = connection.execute(select(tables.owners.c.region, tables.owners.c.manager).order_by("region")).fetchall()
    assert [tuple(row) for row in found] == [("North", "eve"), ("South", None)]


def test_quotas_are_kept_in_the_reporting_currency(store, put):
    put(put_quotas, {"owner": "ann", "period": "2026-Q1", "amount": 100.0, "currency": "USD"},
        {"region": "N", "period": "2026", "amount": 5.0})
    assert rows(store, tables.quotas, "period", "amount", "currency") == [("2026", 5.0, "EUR"), ("2026-Q1", 50.0, "EUR")]
    assert statuses(put(put_quotas, {"owner": "ann", "period": "2026-Q1", "amount": 50.0})) == ["unchanged"]
    assert only_error(put(put_quotas, {"owner": "ann", "period": "soon", "amount": 1.0}))[0] == "period"
    assert only_error(put(put_quotas, {"period": "2026", "amount": 1.0}))[0] == "owner"


# ---- limits -------------------------------------------------------------------------------------------------------

ANNS = frozenset({"ann"})


def test_a_limited_sender_writes_only_its_owners_records_and_gives_none_away(put):
    put(put_leads, {"lead_id": "L1", "owner": "ann"}, {"lead_id": "L2", "owner": "bob"})
    outcomes = put(put_leads, {"lead_id": "L1", "source": "web"}, {"lead_id": "L2", "source": "web"},
                   {"lead_id": "L1", "owner": "bob"}, {"lead_id": "L3"}, {"lead_id": "L4", "owner": "ann"}, owners=ANNS)
    assert statuses(outcomes) == ["updated", "rejected", "rejected", "rejected", "created"]


def test_a_limited_sender_writes_facts_of_its_owners_records_alone(put):
    put(put_leads, {"lead_id": "L1", "owner": "ann", "contact_id": "C1"}, {"lead_id": "L2", "owner": "bob", "contact_id": "C2"})
    def of(**ids: str) -> dict[str, Any]:
        return {"type": "call", "occurred_at": NOW, **ids}

    outcomes = put(put_events, of(lead_id="L1"), of(lead_id="L2"), of(lead_id="L9"), of(contact_id="C1"), of(contact_id="C2"),
                   of(lead_id="L1", contact_id="C2"), owners=ANNS)
    assert statuses(outcomes) == ["created", "rejected", "rejected", "created", "rejected", "rejected"]
    assert statuses(put(put_stages, STAGE, {**STAGE, "entity_id": "L2"}, owners=ANNS)) == ["created", "rejected"]
    assert statuses(put(put_fields, change("source", "web", "03-02"), change("owner", "bob", "03-02"), owners=ANNS)) == [
        "created", "rejected"]
    assert statuses(put(put_contacts, {"contact_id": "C1"}, {"contact_id": "C2"}, owners=ANNS)) == ["created", "rejected"]


def test_a_limited_sender_does_not_say_who_belongs_to_whom(put):
    assert only_error(put(put_owners, {"owner": "ann", "manager": "eve"}, owners=ANNS))[0] == "owner"
    quotas = [{"owner": owner, "period": "2026", "amount": 1.0} for owner in ("ann", "bob")]
    assert statuses(put(put_quotas, *quotas, owners=ANNS)) == ["created", "rejected"]


def test_a_limited_sender_does_not_link_its_records_to_what_others_carry(put):
    put(put_leads, {"lead_id": "L1", "owner": "ann", "contact_id": "C1"}, {"lead_id": "L2", "owner": "bob", "contact_id": "C2"})
    put(put_opportunities, {"opportunity_id": "D2", "owner": "bob", "account_id": "A2"})
    outcomes = put(put_leads, {"lead_id": "L3", "owner": "ann", "contact_id": "C2"}, {"lead_id": "L1", "account_id": "A2"},
                   {"lead_id": "L1", "contact_id": "C1", "account_id": "A9"}, owners=ANNS)
    assert statuses(outcomes) == ["rejected", "rejected", "updated"]
    assert [outcome.errors[0][0] for outcome in outcomes[:2]] == ["contact_id", "account_id"]
    assert statuses(put(put_opportunities, *({"opportunity_id": f"of {lead}", "owner": "ann", "lead_id": lead}
                                             for lead in ("L1", "L2", "L9")), owners=ANNS)) == ["created", "rejected", "created"]


def test_a_limited_sender_keeps_a_link_that_others_share(put):
    put(put_leads, {"lead_id": "L1", "owner": "ann", "contact_id": "C1"}, {"lead_id": "L2", "owner": "bob", "contact_id": "C1"})
    assert statuses(put(put_leads, {"lead_id": "L1", "contact_id": "C1", "source": "web"}, owners=ANNS)) == ["updated"]


# ---- several at once ----------------------------------------------------------------------------------------------


def together(*tasks: Callable[[], Any]) -> list[BaseException]:
    """Run tasks at the same time; what they raised."""
    ready, raised = Barrier(len(tasks)), []

    def run(task: Callable[[], Any]) -> None:
        ready.wait()
        try:
            task()
        except BaseException as mistake:
            raised.append(mistake)

    threads = [Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_a_collision_of_two_writers_is_tried_again(store, terms):
    if store.is_sqlite:
        pytest.skip("SQLite lets one write at a time")
    tried: list[int] = []

    def put_once_more(connection: Any, *more: Any) -> Taken:
        tried.append(1)
        if len(tried) == 1:
            connection.exec_driver_sql("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END $$")
        return put_leads(connection, *more)

    [outcome] = take_in(store, terms, "leads", [{"lead_id": "L1"}], Receipt(micro_of(NOW)), put_once_more)
    assert (outcome.status, len(tried)) == ("created", 2)


def test_a_new_lead_and_its_new_contact_written_at_once_find_each_other(store, terms, put):
    """The contact comes while the lead is written but not yet kept."""
    contact = Thread(target=lambda: put(put_contacts, {"contact_id": "C1", "attributes": {"industry": "Retail"}}))

    def put_slowly(*more: Any) -> Taken:
        taken = put_leads(*more)
        contact.start()
        contact.join(0.5)
        return taken

    take_in(store, terms, "leads", [{"lead_id": "L1", "contact_id": "C1"}], Receipt(micro_of(NOW)), put_slowly)
    contact.join()
    assert attributes(store) == {"industry": "Retail"}


def test_two_events_at_once_make_one_stage_entry(store, tmp_path):
    simulate(tmp_path, 60, 3, "log")
    terms = Terms(read_workspace(tmp_path))
    kind = next(iter(next(source for source in terms.from_events if source.entity == "lead").events))
    events = [{"lead_id": "L1", "type": kind, "occurred_at": NOW - timedelta(hours=1, seconds=number)} for number in range(6)]

    def task(event: dict[str, Any]) -> Callable[[], Any]:
        recorded = {**event, "recorded_at": NOW - timedelta(minutes=30)}
        return lambda: take_in(store, terms, "events", [recorded], Receipt(micro_of(NOW)), put_events)

    take_in(store, terms, "leads", [{"lead_id": "L1", "created_at": at("03-01")}], Receipt(micro_of(NOW)), put_leads)
    assert together(*map(task, events)) == []
    assert rows(store, tables.stages, "entity_id", "entered_at") == [("L1", "2026-03-10T10:59:55")]


def test_several_writers_of_the_same_leads_lose_nothing(store, put):
    names = ("owner", "source", "contact_id", "account_id", "pipeline")

    def writer(name: str, place: int) -> Callable[[], Any]:
        ids = [f"L{number}" for number in range(8)]
        ordered = ids if place % 2 else ids[::-1]
        return lambda: [put(put_leads, *({"lead_id": one, name: f"{name}{turn}"} for one in ordered)) for turn in range(6)]

    assert together(*(writer(name, place) for place, name in enumerate(names))) == []
    assert rows(store, tables.leads, *names) == [tuple(f"{name}5" for name in names)] * 8
    with store.reading() as connection:
        count = connection.execute(select(func.count()).select_from(tables.fields)).scalar()
        assert version_of(connection) == 30
    assert count == sum(1 for name in ("owner", "source") for _ in range(6)) * 8 - _known_at_creation(store)


def _known_at_creation(store: Store) -> int:
    """Values that needed no field history, since their lead was made with them: at most one name for each lead."""
    with store.reading() as connection:
        old = connection.execute(select(tables.fields.c.entity_id, tables.fields.c.field).where(
            tables.fields.c.old_value.is_(None))).fetchall()
    return 16 - len(old)


def test_events_and_contacts_written_at_once_are_all_there(store, put):
    put(put_leads, *({"lead_id": f"L{number}", "contact_id": "C1"} for number in range(5)))
    visit = {"contact_id": "C1", "type": "web", "occurred_at": NOW}
    raised = together(
        *(lambda turn=turn: put(put_contacts, {"contact_id": "C1", "attributes": {"industry": f"I{turn}"}}) for turn in range(4)),
        *(lambda number=number: put(put_leads, {"lead_id": f"L{number}", "source": "web"}) for number in range(5)),
        *(lambda turn=turn: put(put_events, {**visit, "event_id": f"E{turn}"}, {**visit, "event_id": "same"})
          for turn in range(4)),
    )
    assert raised == []
    assert len(rows(store, tables.events, "event_id")) == 5
    [(lent,)] = rows(store, tables.contacts, "attributes")
    assert set(rows(store, tables.leads, "source", "attributes")) == {("web", lent)}


# ---- stages that events make --------------------------------------------------------------------------------------

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
def put_of_two_sources(store: Store, tmp_path: Any) -> Callable[..., list[Outcome]]:
    (tmp_path / "leadcast.toml").write_text(WORKSPACE + TWO_SOURCES)
    terms = Terms(read_workspace(tmp_path))
    take_in(store, terms, "leads", [{"lead_id": "L1", "created_at": at("03-01")}], Receipt(micro_of(NOW)), put_leads)

    def write(*events: dict[str, Any]) -> list[Outcome]:
        return take_in(store, terms, "events", events, Receipt(micro_of(NOW)), put_events)

    return write


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


# ---- in any order -------------------------------------------------------------------------------------------------

facts = some.lists(some.one_of(
    some.builds(lambda one, kind, day, value: ("events", {"lead_id": one, "type": kind, "occurred_at": at(day), "value": value,
                                                          "recorded_at": at("03-09")}),
                some.sampled_from(["L1", "L2"]), some.sampled_from(["call", "web"]), some.sampled_from(["03-01", "03-02"]),
                some.sampled_from([1.0, 2.0])),
    some.builds(lambda one, stage, day: ("stages", {"entity": "lead", "entity_id": one, "stage": stage, "entered_at": at(day),
                                                    "recorded_at": at("03-09")}),
                some.sampled_from(["L1", "L2"]), some.sampled_from(["mql", "sql"]), some.sampled_from(["03-01", "03-02"])),
    some.builds(lambda field, value, day: ("fields", change(field, value, day, old_value="x", recorded_at=at("03-09"))),
                some.sampled_from(["owner", "source"]), some.sampled_from(["a", "b"]), some.sampled_from(["03-01", "03-02"])),
    some.just(("leads", {"lead_id": "L1", "created_at": at("02-01"), "pipeline": "default"})),
), min_size=1, max_size=12)
PUTS: dict[str, Put] = {"events": put_events, "stages": put_stages, "fields": put_fields, "leads": put_leads}


@settings(deadline=None, max_examples=40)
@given(facts, some.data())
def test_any_order_and_repetition_of_the_same_facts_gives_the_same_store(terms, sent, data):
    again = data.draw(some.permutations(sent + data.draw(some.lists(some.sampled_from(sent), max_size=5))))
    assert _content(terms, sent) == _content(terms, again)


def _content(terms: Terms, sent: list[tuple[str, dict[str, Any]]]) -> dict[str, list[tuple[Any, ...]]]:
    with TemporaryDirectory() as folder:
        store = open_engine(f"sqlite:///{folder}/store.db")
        migrate(store)
        for part, item in sent:
            [outcome] = take_in(store, terms, part, [item], Receipt(micro_of(NOW)), PUTS[part])
            assert outcome.status != "rejected"
        kept = {table.name: rows(store, table, *({column.name for column in table.c} - {"place", "received_at"}))
                for table in (tables.events, tables.stages, tables.fields)}
        store.close()
    return kept
