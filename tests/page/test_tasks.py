"""Five questions of a Monday morning, answered by sight: from the first page in at most two clicks, without scrolling far."""

from typing import Any

import pytest
from browsing import Visit, visit
from sites import Site

pytestmark = pytest.mark.page
BELOW = 1.25
"""So many screens may the answer lie from the top."""


def in_sight(seen: Visit, text: str) -> bool:
    """Are these words on the page where a reader sees them without searching?"""
    return bool(seen.page.evaluate("""([text, below]) => {
        const walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_ELEMENT);
        for (let node = walk.nextNode(); node; node = walk.nextNode()) {
          const box = node.getBoundingClientRect();
          if (box.width && box.bottom < innerHeight * below && box.top >= 0 && node.innerText?.includes(text)) return true;
        }
        return false; }""", [text, BELOW]))


def test_will_the_quarter_be_reached_and_what_changed_and_what_is_risky(browser: Any, demo: Site) -> None:
    with visit(browser, demo.address) as seen:
        seen.go("")
        outlook = demo.get("v1/outlook")
        assert in_sight(seen, f"the chance to reach it in 2026-Q2 is {round(100 * outlook['total']['reach'])}%")
        largest = sorted(outlook["changes"]["deals"], key=lambda deal: -abs(deal["money"]))[:3]
        assert len(largest) == 3 and all(in_sight(seen, f"{deal['entity_id']} {deal['what']}") for deal in largest)
        assert in_sight(seen, f"Riskiest in commit: {outlook['riskiest_in_commit']['entity_id']}")
        assert seen.clicks == 0


def test_which_stage_is_the_slowest_and_what_it_costs(browser: Any, demo: Site) -> None:
    with visit(browser, demo.address) as seen:
        seen.go("")
        with seen.page.expect_response(lambda answer: "/v1/funnel/bottlenecks" in answer.url) as caught:
            seen.click(seen.page.get_by_role("link", name="Funnel"))
        slow = next(stage for stage in caught.value.json()["stages"] if stage["slowest"])
        assert seen.tiles()["Slowest stage"] == slow["stage"] and in_sight(seen, "Slowest stage")
        assert slow["cost"] and in_sight(seen, f"costs €{round(slow['cost'] / 1000)}")
        assert seen.clicks == 1


def test_which_source_is_served_worst(browser: Any, demo: Site) -> None:
    with visit(browser, demo.address) as seen:
        seen.go("")
        seen.click(seen.page.get_by_role("link", name="Funnel"))
        seen.click(seen.page.get_by_role("link", name="Sources"))
        shown = seen.tiles()["Worst served"]
        nobody = "No source stands out as served worse"
        assert in_sight(seen, nobody if shown == "None" else f"Worst served: {shown}") and seen.clicks == 2
