"""One deal's page: why it has its score, how the score moved, what happened; those that are not there."""

import json
from typing import Any

import pytest
from browsing import number, visit
from sites import Site

pytestmark = pytest.mark.page


def test_the_reasons_of_a_deal_add_up_to_its_score(browser: Any, site: Site) -> None:
    deal = site.get("v1/opportunities", open="true", limit=1)["items"][0]
    with visit(browser, site.address) as seen:
        seen.go("/deals")
        seen.go(f"/deals/{deal['opportunity_id']}")
        reasons = seen.page.get_by_role("table", name="Reasons of the score").locator("td.number").all_inner_texts()
        *effects, total = [number(text) for text in reasons]
        assert len(effects) > 2 and sum(effects) == pytest.approx(total, abs=0.006 * len(effects))
        assert total == pytest.approx(deal["scores"][-1]["log_odds"], abs=0.3)  # the clock went on since the list was made
        headings = seen.page.locator("main h2").all_inner_texts()
        assert {"Why this score", "Score over time", "What happened"} <= set(headings)


def test_a_deal_says_what_happened_the_newest_first(browser: Any, demo: Site) -> None:
    deal = demo.get("v1/opportunities", open="true", sort="created", order="asc", limit=1)["items"][0]
    told = demo.get(f"v1/opportunities/{deal['opportunity_id']}")
    with visit(browser, demo.address) as seen:
        seen.go(f"/deals/{deal['opportunity_id']}")
        assert seen.page.locator(".happening").count() and f"Stage: {deal['stage']}" in seen.text(".timeline")
        assert len(seen.page.locator(".timeline h3").all()) > 1
    moments = [one["at"] for one in told["happened"]]
    assert moments == sorted(moments, reverse=True)


def test_an_unknown_and_an_erased_one_say_so(browser: Any, demo: Site) -> None:
    for place, told in (("deals/nobody", "There is no deal nobody"), ("leads/erased", "This lead was erased")):
        with visit(browser, demo.address) as seen:
            seen.page.route("**/v1/leads/erased?*", erased)
            seen.go(f"/{place}")
            assert told in seen.text() and not seen.findings()
            seen.said = [line for line in seen.said if "Failed to load resource" not in line]  # of the browser, not of the page


def erased(route: Any) -> None:
    """As the service answers where erasure is allowed: one that shows a past day refuses it."""
    route.fulfill(status=410, content_type="application/problem+json", body=json.dumps({"status": 410, "code": "erased"}))
