"""With the keyboard alone: everything is reached in the order of reading, seen where it is, and pressed with Enter."""

from typing import Any

import pytest
from browsing import Visit, visit
from sites import Site

pytestmark = pytest.mark.page
FOCUSED = """() => {
    const at = document.activeElement;
    const style = getComputedStyle(at);
    const box = at.getBoundingClientRect();
    return {
        tag: at.tagName,
        text: (at.getAttribute('aria-label') || at.innerText || at.id || '').trim().slice(0, 60),
        href: at.getAttribute('href') || '',
        heading: at.closest('th[scope=col]')?.dataset.key ?? null,
        row: Boolean(at.closest('tbody')),
        marked: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== 'none',
        seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
    };
}"""


def tab(seen: Visit) -> dict[str, Any]:
    seen.page.keyboard.press("Tab")
    found: dict[str, Any] = seen.page.evaluate(FOCUSED)
    assert found["marked"] and found["seen"], f"nobody sees where the keyboard is: {found}"
    return found


def tab_until(seen: Visit, wanted: str, most: int = 60) -> list[dict[str, Any]]:
    """Press Tab until something of this kind has the focus; all that had it on the way."""
    passed = [tab(seen)]
    while not passed[-1][wanted]:
        assert len(passed) < most, passed
        passed.append(tab(seen))
    return passed


def test_the_keyboard_goes_from_the_top_to_a_heading_that_sorts_and_to_a_row(browser: Any, demo: Site) -> None:
    with visit(browser, demo.address) as seen:
        seen.go("/deals")
        passed = tab_until(seen, "heading")
        texts = [one["text"] for one in passed]
        assert texts[0] == "Skip to the content"
        views = texts.index("Forecast")
        assert texts[views:views + 6] == ["Forecast", "What if", "Deals", "Leads", "Funnel", "Model"]
        tags = [one["tag"] for one in passed[views + 6:views + 8]]
        assert tags == ["SELECT", "BUTTON"], "no period here"
        key = passed[-1]["heading"]
        seen.page.keyboard.press("Enter")
        seen.wait()
        assert seen.page.locator(f".records-list th[data-key={key}]").get_attribute("aria-sort")
        seen.page.locator(f".records-list th[data-key={key}] button").focus()
        row = next(one for one in iter(lambda: tab(seen), None) if one["row"])
        assert row["href"].startswith("#/deals/")
        seen.page.keyboard.press("Enter")
        seen.wait()
        assert "#/deals/" in seen.page.url and seen.page.locator("h1").inner_text().startswith("Deal ")


def test_the_skip_link_leads_past_the_header(browser: Any, demo: Site) -> None:
    with visit(browser, demo.address) as seen:
        seen.go("/forecast")
        tab(seen)
        seen.page.keyboard.press("Enter")
        seen.wait()
        seen.page.keyboard.press("Tab")
        assert seen.page.evaluate("document.activeElement.closest('main') !== null")
        assert "quota" in seen.text(".lead")


def test_an_explanation_opens_with_the_focus_and_closes_with_escape(browser: Any, demo: Site) -> None:
    with visit(browser, demo.address) as seen:
        seen.go("/forecast")
        why = seen.page.locator(".tile .why").first
        tip = seen.page.locator(".tile .tip").first
        why.focus()
        assert tip.is_visible()
        seen.page.keyboard.press("Escape")
        assert not tip.is_visible()
