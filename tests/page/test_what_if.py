"""What if: changes that add up, their effect as the API tells it, and a scenario kept with a note."""

import json
from typing import Any

import pytest
from browsing import Visit, shows, visit
from sites import Site

pytestmark = pytest.mark.page


def button(seen: Visit, name: str) -> Any:
    return seen.page.locator(".changing").get_by_role("button", name=name, exact=True)


def told_by(seen: Visit, site: Site, press: Any) -> dict[str, Any]:
    """What the service makes of the changes after a press; the same as when a program asks for it."""
    with seen.page.expect_response(lambda answer: answer.url.endswith("/v1/scenarios")) as caught:
        seen.click(press)
    sent, told = json.loads(caught.value.request.post_data), caught.value.json()
    assert caught.value.status == 200, told
    assert site.post("v1/scenarios", {**sent, "as_of": told["as_of"]})["after"] == told["after"]
    assert shows(seen.tiles()["Expected"], told["after"]["amount"]["total"])
    return dict(told)


def test_changes_add_up_and_the_address_brings_them_back(browser: Any, site: Site) -> None:
    with visit(browser, site.address) as seen:
        seen.go("/what-if")
        before = seen.tiles()["Expected"]
        seen.click(button(seen, "Leave out"))
        dropped = told_by(seen, site, button(seen, "Leave out the largest open deal"))
        assert dropped["after"]["amount"]["total"] < dropped["before"]["amount"]["total"]
        seen.click(button(seen, "Win rate"))
        lifted = told_by(seen, site, button(seen, "Add this change"))
        assert lifted["after"]["amount"]["total"] > dropped["after"]["amount"]["total"]
        shown = seen.tiles()
        seen.page.reload()
        seen.wait()
        assert seen.tiles() == shown and seen.page.locator(".changes li").count() == 2
        seen.click(seen.page.get_by_role("button", name="Take all away"))
        assert seen.tiles()["Expected"] == before


def test_a_deal_with_another_amount_is_kept_with_a_note_and_opened_again(browser: Any, demo: Site) -> None:
    deal = demo.get("v1/opportunities", open="true", sort="amount", limit=1)["items"][0]
    with visit(browser, demo.address) as seen:
        seen.go(f"/deals/{deal['opportunity_id']}")
        seen.click(seen.page.get_by_role("link", name="What if …"))
        seen.page.get_by_role("spinbutton", name="Amount").fill(str(round(3 * deal["amount"])))
        seen.page.get_by_role("spinbutton", name="Chance").fill("90")
        after = told_by(seen, demo, button(seen, "Add this change"))["after"]
        seen.page.get_by_role("textbox", name="Note").fill("If the largest triples")
        seen.click(seen.page.get_by_role("button", name="Save this scenario"))
        kept = seen.page.get_by_role("table", name="Scenarios that were saved")
        seen.click(kept.get_by_role("link", name="If the largest triples"))
        assert "scenario=" in seen.page.url and shows(seen.tiles()["Expected"], after["amount"]["total"])
        assert deal["opportunity_id"] in seen.text(".sentences") and "If the largest triples" in seen.text(".result")
