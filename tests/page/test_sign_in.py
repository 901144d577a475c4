"""A service with keys: the page asks for one, keeps it for a while, and shows what it may see."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import Visit, number, visit
from sites import Site, run, served, trained_copy

pytestmark = pytest.mark.page


@pytest.fixture(scope="module")
def locked(demo: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str]]:
    """The address of a service on the demo's records, a key that reads all, and one that reads one owner's."""
    folder = trained_copy("demo", tmp_path_factory.mktemp("locked") / "copy", None)
    reader, limited = _key(folder, "reader"), _key(folder, "citra", "--owner", "u03")
    with served("locked", folder, None, demo.day, reader) as site:
        yield site.address, reader, limited


def _key(folder: Path, name: str, *more: str) -> str:
    return str(json.loads(run("keys", "add", name, "-w", str(folder), "--scope", "read", *more, "--json").stdout)["key"])


def sign_in(seen: Visit, key: str) -> None:
    seen.page.get_by_label("Your key").fill(key)
    seen.page.get_by_role("dialog", name="Sign in").get_by_role("button", name="Sign in").click()


def test_a_wrong_key_is_refused_and_a_right_one_opens_until_one_signs_out(browser: Any, locked: tuple[str, str, str]) -> None:
    address, key, _ = locked
    with visit(browser, address) as seen:
        seen.page.goto(f"{address}/#/deals")
        seen.page.get_by_role("dialog", name="Sign in").wait_for()
        assert not seen.findings() and "deal" not in seen.text()
        sign_in(seen, "lc_wrong")
        seen.page.get_by_text("This key is not known").wait_for()
        sign_in(seen, key)
        seen.page.locator(".lead").wait_for()
        seen.wait()
        assert number(seen.text(".lead")) > 0
        seen.page.reload()
        seen.page.locator(".lead").wait_for()
        seen.page.get_by_role("button", name="Sign out").click()
        seen.page.get_by_role("dialog", name="Sign in").wait_for()
        seen.said = [line for line in seen.said if "401" not in line]  # of the browser, not of the page


def test_a_key_of_one_owner_shows_nothing_of_others(browser: Any, locked: tuple[str, str, str], demo: Site) -> None:
    address, _, key = locked
    with visit(browser, address) as seen:
        seen.page.goto(f"{address}/#/deals")
        sign_in(seen, key)
        seen.page.locator(".lead").wait_for()
        seen.wait()
        assert number(seen.text(".lead")) == demo.get("v1/opportunities", open="true", owner="u03", limit=1)["in_all"]
        others = {owner["label"] for owner in demo.get("v1/workspace")["team"]["owner"]} - {"Citra Dewi"}
        for view in ("/deals", "/forecast", "/funnel", "/leads", "/what-if", "/model"):
            seen.go(view)
            assert not [name for name in others if name in seen.text("body")], view
            assert not seen.page.locator("main .failed").count(), seen.text()
        seen.said = [line for line in seen.said if "401" not in line]
