"""Every view on every site, on a desk and on a phone, in light and dark."""

import os
from pathlib import Path
from typing import Any

import pytest
from browsing import DESKTOP, PHONE, Visit, visit
from sites import Site

pytestmark = pytest.mark.page
VIEWS = ["/forecast", "/what-if", "/deals", "/deals/ONE", "/leads", "/leads/ONE", "/funnel", "/funnel?part=compare",
         "/funnel?part=cohorts", "/funnel?part=sources", "/funnel?part=response", "/model"]
PICTURES = os.environ.get("LEADCAST_PICTURES")


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_whole(browser: Any, site: Site, view: str) -> None:
    place = of_one(site, view)
    if place is None:
        pytest.skip("there are no leads here")
    for width, size in (("desk", DESKTOP), ("phone", PHONE)):
        with visit(browser, site.address, size) as seen:
            seen.go(place)
            assert not seen.strange() and seen.wide() <= 0
            assert not seen.page.locator("main .failed").count(), seen.text()
            assert not seen.findings() and not unsaid_charts(seen)
            picture(seen, site, view, f"{width}-light")
            seen.in_theme("dark")
            assert not seen.findings("color-contrast")
            picture(seen, site, view, f"{width}-dark")


def of_one(site: Site, view: str) -> str | None:
    """The view of one deal or lead: the first of its list."""
    if not view.endswith("/ONE"):
        return view
    entity, path = ("opportunity", "v1/opportunities") if view.startswith("/deals") else ("lead", "v1/leads")
    items = site.get(path, open="true", limit=1)["items"]
    return view.replace("ONE", items[0][f"{entity}_id"]) if items else None


def unsaid_charts(seen: Visit) -> list[str]:
    """Charts that say to a screen reader how they are made instead of what they show."""
    return list(seen.page.evaluate("[...document.querySelectorAll('.canvas')].filter((c) => c.getAttribute('role') !== 'img' "
                                   "|| !/\\d/.test(c.ariaLabel) || c.ariaLabel.includes('Rows:')).map((c) => c.ariaLabel)"))


def picture(seen: Visit, site: Site, view: str, kind: str) -> None:
    if PICTURES:
        seen.page.wait_for_timeout(400)  # charts are being drawn in their new colours
        seen.picture(Path(PICTURES), f"{site.name}{view.replace('/', '-').replace('?part=', '-')}-{kind}")
