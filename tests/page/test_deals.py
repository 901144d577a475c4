"""The list of deals as a manager uses it: search, filters, sorting, more rows as one scrolls; the address keeps all of it."""

from typing import Any

import pytest
from browsing import PHONE, Visit, number, visit
from sites import Site

pytestmark = pytest.mark.page


def column(seen: Visit, key: str) -> list[str]:
    """What a column of the list shows, row by row."""
    return list(seen.page.evaluate("""(key) => { const table = document.querySelector('.records-list table');
        const place = [...table.querySelectorAll('thead th')].findIndex((cell) => cell.dataset.key === key);
        return [...table.querySelectorAll('tbody tr')].map((row) => row.children[place].innerText.trim()); }""", key))


def ids(seen: Visit) -> list[str]:
    return [text.split("\n")[0] for text in column(seen, "deal")]


def sort(seen: Visit, key: str) -> None:
    seen.click(seen.page.locator(f".records-list th[data-key={key}] button"))


def test_the_most_is_expected_of_the_first_and_a_heading_sorts_both_ways(browser: Any, site: Site) -> None:
    with visit(browser, site.address) as seen:
        seen.go("/deals")
        expected = [number(text) for text in column(seen, "expected_amount")]
        assert expected == sorted(expected, reverse=True)
        for down in (True, False):
            sort(seen, "amount")
            heading = seen.page.locator(".records-list th[data-key=amount]")
            assert heading.get_attribute("aria-sort") == ("descending" if down else "ascending")
            amounts = [number(text) for text in column(seen, "amount")]
            assert amounts == sorted(amounts, reverse=down)
        shown = ids(seen)
        seen.page.reload()
        seen.wait()
        assert ids(seen) == shown


def test_a_search_a_stage_and_a_risk_narrow_the_list_and_the_address_brings_them_back(browser: Any, demo: Site) -> None:
    with visit(browser, demo.address) as seen:
        seen.go("/deals")
        everything, stage = ids(seen), column(seen, "stage_age")[0].split("\n")[0]
        seen.page.get_by_role("combobox", name="Stage").select_option(stage)
        seen.wait()
        assert {text.split("\n")[0] for text in column(seen, "stage_age")} == {stage} and len(ids(seen)) < len(everything)
        flag = seen.page.locator(".toggles button:not([disabled])").first
        seen.click(flag)
        narrowed = ids(seen)
        told = demo.get("v1/opportunities", open="true", stage=stage, flag=flagged(seen))
        assert len(narrowed) == told["in_all"] == number(seen.text(".said"))
        seen.page.reload()
        seen.wait()
        assert ids(seen) == narrowed
        assert seen.page.locator(".toggles button[aria-pressed=true]").count() == 1
        seen.page.get_by_role("searchbox").fill(narrowed[0])
        seen.until("location.hash.includes('q=')")
        seen.wait()
        assert ids(seen) == narrowed[:1]
        seen.page.get_by_role("searchbox").fill("nobody is called so")
        seen.page.get_by_text("No deal matches").wait_for()
        seen.click(seen.page.get_by_text("Take all filters away"))
        assert ids(seen) == everything


def flagged(seen: Visit) -> str:
    return str(seen.page.evaluate("new URLSearchParams(location.hash.split('?')[1]).get('flag')"))


def test_more_come_as_one_scrolls(browser: Any, maven: Site) -> None:
    with visit(browser, maven.address) as seen:
        seen.go("/deals")
        first = len(ids(seen))
        seen.page.mouse.wheel(0, 100_000)
        seen.until(f"document.querySelectorAll('.records-list tbody tr').length > {first}")
        seen.wait()
        shown = ids(seen)
        assert len(shown) == len(set(shown)) <= maven.get("v1/opportunities", open="true", limit=1)["in_all"]


def test_the_pickers_of_period_and_people_hold_on_every_view(browser: Any, demo: Site) -> None:
    with visit(browser, demo.address) as seen:
        seen.go("/forecast")
        seen.page.get_by_role("combobox", name="Whose").select_option(label="Citra Dewi")
        seen.page.get_by_role("combobox", name="Period").select_option("2026-Q3")
        seen.wait()
        period = seen.page.get_by_role("combobox", name="Period").input_value()
        assert f"period={period}" in seen.page.url and period in seen.text(".lead")
        seen.click(seen.page.get_by_role("navigation", name="Views").get_by_role("link", name="Deals"))
        assert set(column(seen, "owner")) == {"Citra Dewi"} and f"period={period}" in seen.page.url
        assert number(seen.text(".lead")) == demo.get("v1/opportunities", open="true", owner="u03", limit=1)["in_all"]
        seen.page.reload()
        seen.wait()
        assert set(column(seen, "owner")) == {"Citra Dewi"}
        assert seen.page.get_by_role("combobox", name="Whose").input_value() == "owner:u03"


def test_a_phone_shows_the_deals_without_moving_sideways(browser: Any, demo: Site) -> None:
    with visit(browser, demo.address, PHONE, has_touch=True, is_mobile=True) as seen:
        seen.go("/deals")
        seen.page.locator(".records-list tbody a").first.tap()
        seen.wait()
        assert "#/deals/" in seen.page.url and seen.wide() <= 0
