"""Choices on the views of leads and of the funnel; the address brings them back."""

from typing import Any

import pytest
from browsing import number, visit
from sites import Site

pytestmark = pytest.mark.page


def test_a_cell_of_the_grid_shows_its_leads(browser: Any, demo: Site) -> None:
    with visit(browser, demo.address) as seen:
        seen.go("/leads")
        cell = seen.page.locator("table.grid button:not([disabled])").first
        many = number(cell.locator("strong").inner_text())
        seen.click(cell)
        assert cell.get_attribute("aria-pressed") == "true" and "cell=" in seen.page.url
        assert many == number(seen.text(".said"))
        seen.page.reload()
        seen.wait()
        assert many == number(seen.text(".said"))
        assert seen.page.locator("table.grid button[aria-pressed=true]").count() == 1


def test_another_target_has_other_probabilities(browser: Any, demo: Site) -> None:
    with visit(browser, demo.address) as seen:
        seen.go("/leads")
        targets = seen.page.get_by_role("group", name="Target").get_by_role("button")
        other = targets.and_(seen.page.locator("[aria-pressed=false]")).first
        name, before = other.inner_text(), seen.text("table.grid")
        seen.click(other)
        assert f"target={name}" in seen.page.url and seen.text("table.grid") != before
        seen.page.reload()
        seen.wait()
        assert targets.and_(seen.page.locator("[aria-pressed=true]")).inner_text() == name


def test_the_funnel_follows_its_path_its_slice_and_its_parts(browser: Any, demo: Site) -> None:
    with visit(browser, demo.address) as seen:
        seen.go("/funnel")
        deals = number(seen.tiles()["Entered"])
        seen.click(seen.page.get_by_role("group", name="Whose stages").get_by_role("button", name="Leads", exact=True))
        assert "path=leads" in seen.page.url and number(seen.tiles()["Entered"]) > deals
        seen.click(seen.page.get_by_role("navigation", name="Parts of the funnel").get_by_role("link", name="Compare"))
        row = seen.page.locator("tbody tr").first
        entered = number(row.locator("td").first.inner_text())
        seen.click(row.get_by_role("link"))
        seen.click(seen.page.get_by_role("link", name="Stages"))
        assert number(seen.tiles()["Entered"]) == entered
        seen.page.reload()
        seen.wait()
        assert number(seen.tiles()["Entered"]) == entered
        seen.click(seen.page.locator(".narrowed button"))
        assert number(seen.tiles()["Entered"]) > entered


def test_no_part_of_the_funnel_loses_the_choice_of_whose(browser: Any, maven: Site) -> None:
    with visit(browser, maven.address) as seen:
        seen.go("/funnel?region=East")
        east = number(seen.tiles()["Entered"])
        seen.click(seen.page.get_by_role("link", name="Compare"))
        seen.click(seen.page.get_by_role("link", name="Stages"))
        assert number(seen.tiles()["Entered"]) == east
        seen.page.get_by_role("combobox", name="Whose").select_option("")
        seen.wait()
        assert number(seen.tiles()["Entered"]) > east
