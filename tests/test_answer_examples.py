"""Every route's answer has an example in OpenAPI, out of a real answer; LEADCAST_WRITE_EXAMPLES=1 makes them anew."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from gated import gated
from stored_company import desk_of, fill

from serving.app import build_app
from serving.refresh import refresh_all

FILE = Path(__file__).resolve().parent.parent / "serving" / "answer_examples.json"
JSON = "application/json"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return build_app(lambda: datetime.now(UTC)).openapi()


def answered_with_json(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The description of each answer in JSON that is no error, by method and path."""
    return {f"{method.upper()} {path}": answer["content"][JSON]
            for path, methods in schema["paths"].items() for method, operation in methods.items()
            for status, answer in operation["responses"].items() if status.startswith("2") and JSON in answer.get("content", {})}


def test_every_answer_has_an_example_that_fits_its_own_schema(schema):
    for place, told in answered_with_json(schema).items():
        assert "example" in told, place
        whole = {**told["schema"], "components": schema["components"]}
        assert jsonschema_rs.is_valid(whole, told["example"]), place


def test_an_example_that_does_not_fit_is_found_out(schema):
    told = answered_with_json(schema)["POST /v1/score/leads"]
    wrong = {**told["example"], "results": [{"index": "first"}]}
    assert not jsonschema_rs.is_valid({**told["schema"], "components": schema["components"]}, wrong)


@pytest.mark.skipif(not os.environ.get("LEADCAST_WRITE_EXAMPLES"), reason="only when asked to write them")
def test_write_the_examples_from_real_answers(trained, tmp_path):
    service = gated(tmp_path)
    service.clock[0] = trained.history.end.item().replace(tzinfo=UTC)
    fill(service.store, trained)
    service.app.state.desk = desk_of(trained)
    refresh_all(service.store, service.app.state.desk, trained.history.end)
    found = {}
    for method, path, filled, body in calls(trained):
        answer = service.ask(method, filled(found) if callable(filled) else filled, **({} if body is None else {"json": body}))
        assert answer.is_success, (method, path, answer.text[:500])
        found[f"{method} {path}"] = answer.json()
    told = {place: short(answer) for place, answer in sorted(found.items())}
    FILE.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def calls(trained: Any) -> list[tuple[str, str, Any, Any]]:
    """(method, path as OpenAPI has it, the path that is asked or how to find it, the body)."""
    lead, deal = (trained.scores[trained.scores["entity"] == entity]["entity_id"].iloc[0] for entity in ("lead", "opportunity"))
    now = f"{trained.history.end}Z"
    saved = lambda found: found["POST /v1/forecast"]["saved"]  # noqa: E731
    put = {
        "accounts": {"account_id": "A9", "attributes": {"industry": "Software"}},
        "contacts": {"contact_id": "C9", "account_id": "A9", "attributes": {"seniority": "Director"}},
        "leads": {"lead_id": "L9", "contact_id": "C9", "owner": "u02", "source": "google"},
        "opportunities": {"opportunity_id": "D9", "lead_id": "L9", "contact_id": "C9", "amount": 12000, "currency": "EUR"},
        "events": {"contact_id": "C9", "type": "web_pricing", "occurred_at": now, "event_id": "E9", "value": 4},
        "stages": {"entity": "lead", "entity_id": "L9", "stage": "mql", "entered_at": now},
        "field-history": {"entity": "lead", "entity_id": "L9", "field": "owner", "value": "u03", "changed_at": now},
        "owners": {"owner": "u99", "name": "Kim", "manager": "u01", "region": "North"},
        "quotas": {"owner": "u99", "period": "2026-Q3", "amount": 90000},
        "costs": {"source": "google", "period": "2026-Q2", "amount": 8000},
    }
    return [
        ("GET", "/livez", "/livez", None), ("GET", "/readyz", "/readyz", None),
        ("POST", "/v1/score/leads", "/v1/score/leads", {"ids": [lead]}),
        ("POST", "/v1/score/opportunities", "/v1/score/opportunities", {"ids": [deal]}),
        ("GET", "/v1/ledger", "/v1/ledger?limit=1", None), ("GET", "/v1/ledger/{number}", "/v1/ledger/1", None),
        ("GET", "/v1/models", "/v1/models", None), ("GET", "/v1/models/{target}", "/v1/models/win", None),
        *(("PUT", f"/v1/{name}", f"/v1/{name}", {"items": [item]}) for name, item in put.items()),
        *(("GET", f"/v1/{name}", f"/v1/{name}?limit=1", None) for name in put if name not in ("events", "stages")),
        ("GET", "/v1/leads/{lead_id}", f"/v1/leads/{lead}", None),
        ("GET", "/v1/opportunities/{opportunity_id}", f"/v1/opportunities/{deal}", None),
        ("GET", "/v1/queue", "/v1/queue?limit=1", None),
        ("POST", "/v1/forecast", "/v1/forecast", {"period": "2026-Q3", "save": True, "weeks": 1}),
        ("GET", "/v1/forecasts", "/v1/forecasts", None),
        ("GET", "/v1/forecasts/{forecast_id}", lambda found: f"/v1/forecasts/{saved(found)}?limit=1", None),
        ("GET", "/v1/forecasts/{before}/compare/{after}",
         lambda found: f"/v1/forecasts/{saved(found)}/compare/{saved(found)}", None),
        ("POST", "/v1/scenarios", "/v1/scenarios", {"period": "2026-Q3", "deals": [{"deal_id": deal, "probability": 0.9}]}),
        ("GET", "/v1/workspace", "/v1/workspace", None), ("GET", "/v1/lead-grid", "/v1/lead-grid", None),
        ("GET", "/v1/outlook", "/v1/outlook", None), ("GET", "/v1/accuracy", "/v1/accuracy", None),
        ("GET", "/v1/funnel", "/v1/funnel", None),
        *(("GET", f"/v1/funnel/{view}", f"/v1/funnel/{view}?by=source", None)
          for view in ("bottlenecks", "cohorts", "sources", "response")),
        ("POST", "/v1/calls", "/v1/calls", {"period": "2026-Q3", "who": "Kim", "amount": 250000}),
        ("GET", "/v1/calls", "/v1/calls", None),
        ("POST", "/v1/jobs/score", "/v1/jobs/score", {"entity": "lead"}), ("GET", "/v1/jobs", "/v1/jobs", None),
        ("GET", "/v1/jobs/{job_id}", lambda found: f"/v1/jobs/{found['POST /v1/jobs/score']['id']}", None),
        ("DELETE", "/v1/leads/{lead_id}", "/v1/leads/L9", None),
        ("DELETE", "/v1/opportunities/{opportunity_id}", "/v1/opportunities/D9", None),
    ]


def short(told: Any) -> Any:
    """Of a list its first, of a long text its beginning: an example, not a dump."""
    if isinstance(told, dict):
        return {name: short(value) for name, value in told.items()}
    if isinstance(told, list):
        return [short(value) for value in told[:1]]
    return told if not isinstance(told, str) or len(told) < 300 else f"{told[:200]} ..."
