"""What the page shows is what the API says, and that is what the commands print."""

from typing import Any

import pytest
from browsing import number, shows, visit
from sites import Site

pytestmark = pytest.mark.page


def test_the_forecast_is_that_of_the_api_and_of_the_command(browser: Any, site: Site) -> None:
    with visit(browser, site.address) as seen:
        with seen.page.expect_response(lambda answer: "/v1/outlook" in answer.url) as caught:
            seen.go("/forecast")
        outlook = caught.value.json()
        tiles, sums = seen.tiles(), lines_of(seen)
        seen.page.get_by_role("button", name="Deals", exact=True).click()
        counted = seen.tiles()
    amounts, counts, quota = outlook["total"]["amount"], outlook["total"]["count"], outlook["total"]["quota"]
    for label, key in (("Expected", "total"), ("Closed won", "won"), ("From open deals", "open"), ("From new deals", "new")):
        assert shows(tiles[label], amounts[key]) and shows(counted[label], counts[key]), label
    assert abs(number(sums["Expected"]) - amounts["total"]) <= 0.5
    assert [sum(amounts[key] for key in ("won", "open", "new"))] == pytest.approx([amounts["total"]])
    assert ("Chance of quota" in tiles) == (quota is not None)
    if quota is not None:
        assert shows(tiles["Chance of quota"], outlook["total"]["reach"])
        assert shows(tiles["Short of quota"], outlook["total"]["gap"])
    asked = {"period": outlook["period"]["name"], "as_of": outlook["as_of"]}
    posted = site.post("v1/forecast", asked)
    printed = site.command("forecast", "--period", asked["period"], "--as-of", asked["as_of"])
    for told in (posted, printed):
        assert figures(told["total"]["amount"]) == pytest.approx(figures(amounts)), told["total"]
        assert figures(told["total"]["count"]) == pytest.approx(figures(counts))
        if quota is not None:
            assert told["total"]["goal"]["reach"] == pytest.approx(outlook["total"]["reach"])


def figures(measure: dict[str, Any]) -> list[float]:
    return [measure[key] for key in ("won", "open", "new", "total")]


def lines_of(seen: Any) -> dict[str, str]:
    """The sum beside the quota's bar: label and amount."""
    return dict(seen.page.evaluate("""[...document.querySelectorAll('.statement > div')].map((line) =>
        [line.querySelector('dt').firstChild.textContent.trim(), line.querySelector('dd').textContent])"""))


def test_the_deals_are_those_of_the_list_and_their_sums_are_its_sums(browser: Any, site: Site) -> None:
    deals = all_of(site, "v1/opportunities", open="true")
    with visit(browser, site.address) as seen:
        seen.go("/deals")
        tiles, lead = seen.tiles(), seen.text(".lead")
    assert number(tiles["Open deals"]) == len(deals)
    assert shows(tiles["Worth"], sum(deal["amount"] or 0 for deal in deals))
    assert shows(tiles["Expected"], sum(deal["expected_amount"] or 0 for deal in deals))
    assert number(tiles["With a risk"]) == sum(bool(deal["signs"] and deal["signs"]["flags"]) for deal in deals)
    assert number(lead) == len(deals)


def all_of(site: Site, path: str, **query: str) -> list[dict[str, Any]]:
    """Every item of a list, page by page."""
    page = site.get(path, limit=500, **query)
    items, in_all = page["items"], page["in_all"]
    while page["next"]:
        page = site.get(path, limit=500, cursor=page["next"], **query)
        items += page["items"]
    assert len(items) == in_all
    return items


def test_the_funnel_counts_what_the_command_counts(browser: Any, site: Site) -> None:
    with visit(browser, site.address) as seen:
        with seen.page.expect_response(lambda answer: "/v1/funnel?" in answer.url) as caught:
            seen.go("/funnel?entered=all")
        answer, tiles = caught.value.json(), seen.tiles()
        seen.page.locator("figure.chart summary").first.click()
        rows = seen.page.locator("figure.chart table").first.locator("tbody tr").all_inner_texts()
    printed = site.command("funnel", "--path", "deals", "--as-of", answer["as_of"])
    assert printed["whole"]["entered"] == answer["whole"]["entered"] == number(tiles["Entered"])
    assert printed["whole"]["won"] == number(tiles["Won"])
    counts = [(stage["stage"], stage["reached"], stage["lost"]) for stage in printed["whole"]["stages"]]
    assert [(cells[0], number(cells[1]), number(cells[4])) for cells in (row.split("\t") for row in rows)] == counts
