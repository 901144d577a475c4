"""The funnel's further views at the command line and over HTTP: the same numbers, limited keys, and clear mistakes."""

import json

import numpy as np
import pytest
from asked_service import AskedService, asked_service, filled_store

from leadcast.funnel.response import first_answers
from leadcast.store.answers import heard_from_us

VIEWS = ("bottlenecks", "cohorts", "sources", "response")


@pytest.fixture(scope="module")
def filled(trained, tmp_path_factory):
    with filled_store(trained, tmp_path_factory.mktemp("filled")) as store:
        yield store


@pytest.fixture
def service(trained, filled, tmp_path) -> AskedService:
    return asked_service(trained, filled, tmp_path)


@pytest.mark.parametrize(("view", "query", "options"), [
    ("bottlenecks", {"by": "region"}, ("--by", "region")),
    ("bottlenecks", {"path": "leads_to_deals", "where": "industry:Retail"},
     ("--path", "leads_to_deals", "--where", "industry:Retail")),
    ("cohorts", {"unit": "quarter", "path": "leads", "stage": "sql", "by": "source"},
     ("--unit", "quarter", "--path", "leads", "--stage", "sql", "--by", "source")),
    ("sources", {}, ()), ("sources", {"by": "industry", "as_of": "2026-01-01T00:00:00Z"},
                          ("--by", "industry", "--as-of", "2026-01-01")),
    ("response", {"by": "source"}, ("--by", "source")), ("response", {"stage": "mql"}, ("--stage", "mql")),
])
def test_the_store_gives_the_view_that_the_command_gives_on_the_files(service, view, query, options):
    found, expected = service.get(f"/v1/funnel/{view}", **query), service.command("funnel", "--view", view, *options)
    assert {**found, "as_of": None} == {**expected, "as_of": None}


@pytest.mark.parametrize("when", ["2025-06-01", "2026-02-01T12:00"])
def test_the_store_knows_first_answers_as_the_events_tell_them(trained, filled, when):
    moment, history = np.datetime64(when, "us"), trained.history
    expected = first_answers(history, moment)
    found = heard_from_us(filled, history).first(moment)
    assert expected is not None and 0 < (~np.isnat(found)).sum() < history.leads.rows
    assert np.array_equal(found, expected, equal_nan=True)


def test_each_view_is_printed(service):
    for view, said in (("bottlenecks", "Slowest. "), ("cohorts", "week 4"), ("sources", "days to win"),
                       ("response", "95 % interval")):
        shown = service.run("funnel", "--view", view)
        assert shown.exit_code == 0 and said in shown.stdout, view


@pytest.mark.parametrize("view", VIEWS)
def test_a_limited_key_sees_its_own_alone(service, view):
    groups = service.get("/v1/funnel", by="owner", path="leads")["groups"]
    name, others = groups[0]["name"], [group["name"] for group in groups[1:]]
    with service.limited_to(name):
        mine = service.get(f"/v1/funnel/{view}", by="owner", path="leads")
    assert not [other for other in others if json.dumps(other) in json.dumps(mine)]
    all_of_them = service.get(f"/v1/funnel/{view}", path="leads", **({"owner": name} if view != "sources" else
                                                                     {"owner": name, "by": "owner"}))
    for key in {"stages", "pooled", "whole", "bands"} & set(mine):
        assert mine[key] == all_of_them[key]


@pytest.mark.parametrize(("view", "query", "paths"), [
    ("bottlenecks", {"by": "zebra-7731"}, ["by"]), ("bottlenecks", {"where": "zebra"}, ["where"]),
    ("bottlenecks", {"where": "zebra:7731"}, ["where"]), ("cohorts", {"unit": "zebra"}, ["unit"]),
    ("cohorts", {"stage": "zebra-7731"}, ["stage"]), ("response", {"horizon_days": "0"}, ["horizon_days"]),
    ("response", {"stage": "new"}, ["stage"]), ("sources", {"path": "zebra"}, ["path"]), ("sources", {"unit": "week"}, ["unit"]),
])
def test_what_cannot_be_is_refused_with_its_path_and_without_its_value(service, view, query, paths):
    assert service.refused("GET", f"/v1/funnel/{view}", params=query) == (422, "invalid_request", paths)
    assert "zebra-7731" not in service.ask("GET", f"/v1/funnel/{view}", params=query).text


def test_slices_are_told_in_the_query_and_add_up(service):
    whole = service.get("/v1/funnel", path="leads")["whole"]["entered"]
    groups = service.get("/v1/funnel", path="leads", by="industry")["groups"]
    parts = [service.get("/v1/funnel", path="leads", where=f"industry:{group['name']}")["whole"]["entered"]
             for group in groups if group["name"] != "(none)"]
    assert parts == [group["entered"] for group in groups if group["name"] != "(none)"] and sum(parts) <= whole


def test_costs_are_sent_listed_and_told_by_source(service, trained, tmp_path):
    with filled_store(trained, tmp_path) as store:
        own = asked_service(trained, store, tmp_path)
        body = {"items": [{"source": "webinar", "period": "2026-Q1", "amount": 9000}]}
        assert own.ask("PUT", "/v1/costs", body).json()["created"] == 1
        assert own.get("/v1/costs", source="webinar")["items"] == [
            {"source": "webinar", "campaign": None, "period": "2026-Q1", "amount": 9000.0, "currency": "EUR"}]
        found = own.get("/v1/funnel/sources", period="2026-Q1")
        webinar, = (source for source in found["sources"] if source["name"] == "webinar")
        assert webinar["cost"] == pytest.approx(9000.0) == found["whole"]["cost"]
        assert webinar["cost_per_lead"] == pytest.approx(9000.0 / webinar["leads"])
        with own.limited_to("u01"):
            assert own.get("/v1/costs")["items"] == [] and own.get("/v1/funnel/sources")["whole"]["cost"] is None
            assert own.ask("PUT", "/v1/costs", body).json()["rejected"] == 1
