"""Everything on the page can be taken along: tables as CSV, charts as pictures."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from browsing import Visit, visit
from sites import Site

pytestmark = pytest.mark.page
FORMULA = '=HYPERLINK("http://elsewhere.example","see")'


def downloaded(seen: Visit, button: Any) -> bytes:
    with seen.page.expect_download() as caught:
        button.click()
    return Path(caught.value.path()).read_bytes()


def test_the_csv_has_every_deal_and_no_cell_that_a_spreadsheet_would_run(browser: Any, maven: Site) -> None:
    with visit(browser, maven.address) as seen:
        seen.page.route("**/v1/opportunities?*limit=500*", with_formula)
        seen.go("/deals")
        told = maven.get("v1/opportunities", open="true", limit=1)
        content = downloaded(seen, seen.page.locator(".records-list .table-tools").get_by_role("button", name="CSV"))
    rows = list(csv.DictReader(content.decode("utf-8-sig").splitlines()))
    assert len(rows) == told["in_all"] > 500
    assert len({row["Deal"] for row in rows}) == len(rows)
    assert {row["account_id"] for row in rows} == {"", f"'{FORMULA}"}


def with_formula(route: Any) -> None:
    """The service's own answer, in which somebody has planted a formula."""
    answer = route.fetch()
    told = answer.json()
    told["items"][0]["account_id"] = FORMULA
    route.fulfill(response=answer, body=json.dumps(told))


def test_a_chart_is_taken_along_as_a_picture_and_as_numbers(browser: Any, demo: Site) -> None:
    with visit(browser, demo.address) as seen:
        seen.go("/forecast")
        chart = seen.page.locator("figure.chart").first
        drawing = downloaded(seen, chart.get_by_role("button", name="SVG")).decode()
        photograph = downloaded(seen, chart.get_by_role("button", name="PNG"))
        chart.locator("summary").click()
        numbers = downloaded(seen, chart.get_by_role("button", name="CSV")).decode("utf-8-sig")
    assert drawing.startswith("<svg") and "today" in drawing and photograph.startswith(b"\x89PNG")
    heading, *rows = numbers.splitlines()
    assert heading.split(",")[:3] == ["By the end of", "Closed won", "Expected"] and len(rows) > 10
