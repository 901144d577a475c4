"""A real browser on the page: what a reader does, and what must never happen while they do it."""

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
SERIOUS = ("serious", "critical")
POLL_MILLISECONDS, CALM = 40, 3
READY = ("!document.querySelector('.loading') && [...document.querySelectorAll('.canvas')]"
         ".every((c) => c.querySelector('svg, .failed') || c.getBoundingClientRect().width === 0)")
STRANGE = re.compile(r"\b(?:NaN|undefined|null|Infinity)\b|\[object")
"""What a page shows where nobody thought of a case."""


def chromium() -> str:
    """Where Chromium is; the test is skipped where it is not, unless CI insists."""
    found = os.environ.get("LEADCAST_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if os.environ.get("LEADCAST_INSIST"):
            raise AssertionError("no Chromium here (Debian: apt-get install chromium)")
        pytest.skip("no Chromium here (Debian: apt-get install chromium)")
    return found


@contextmanager
def a_browser() -> Iterator[Any]:
    """``with a_browser() as browser``: Chromium, without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Visit:
    """One reader's visit; ``with visit(browser, address) as seen`` checks at its end that nothing went wrong meanwhile.

    Attributes
    ----------
    page : as Playwright drives it
    said : errors and warnings of the console, and of scripts
    elsewhere : addresses of other hosts that the page asked for
    pending : requests under way
    clicks : how often the reader has clicked
    """

    page: Any
    address: str
    said: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    clicks: int = 0

    def go(self, place: str) -> None:
        """Open a view by what stands after the #, and wait until everything is drawn."""
        self.page.goto(f"{self.address}/#{place}")
        self.wait()

    def wait(self) -> None:
        """Until nothing loads and no chart is still being drawn."""
        self.until(READY)

    def until(self, so: str, seconds: float = 30) -> None:
        """Until an expression is true and no request is under way, for a moment on end."""
        begun, calm = time.monotonic(), 0
        while calm < CALM:
            assert time.monotonic() - begun < seconds, f"it did not come to {so}: {self.page.url}, {self.pending}"
            self.page.wait_for_timeout(POLL_MILLISECONDS)
            calm = calm + 1 if not self.pending and self.page.evaluate(so) else 0

    def tiles(self) -> dict[str, str]:
        """The numbers that are to be seen first, by their labels."""
        return dict(self.page.evaluate(
            "[...document.querySelectorAll('.tile')].map((t) => [t.querySelector('.tile-label').firstChild.textContent,"
            " t.querySelector('.tile-value').innerText.trim()])"))

    def click(self, what: Any) -> None:
        self.clicks += 1
        what.click()
        self.wait()

    def text(self, where: str = "main") -> str:
        return str(self.page.inner_text(where))

    def wide(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def strange(self) -> list[str]:
        """Words that no reader should meet."""
        return STRANGE.findall(self.text("body"))

    def in_theme(self, theme: str) -> None:
        """As if the system changed to light or dark colours."""
        self.page.emulate_media(color_scheme=theme)
        self.wait()

    def findings(self, *only: str) -> list[str]:
        """What axe finds serious; by these rules alone, if some are named."""
        from axe_playwright_python.sync_playwright import Axe

        options = {"resultTypes": ["violations"], **({"runOnly": list(only)} if only else {})}
        found = Axe().run(self.page, options=options).response["violations"]
        serious = [one for one in found if one["impact"] in SERIOUS]
        return [f"{one['id']}: {one['help']} ({node['target']})" for one in serious for node in one["nodes"]]

    def picture(self, folder: Path, name: str) -> None:
        """Keep what is seen, for whoever wants to look."""
        folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=folder / f"{name}.png", full_page=True)


@contextmanager
def visit(browser: Any, address: str, size: dict[str, int] = DESKTOP, theme: str = "light", **more: Any) -> Iterator[Visit]:
    context = browser.new_context(viewport=size, color_scheme=theme, locale="en-GB", **more)
    page = context.new_page()
    page.set_default_timeout(20_000)
    seen, host = Visit(page, address), urlsplit(address).netloc
    page.on("console", lambda line: seen.said.append(line.text) if line.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: seen.said.append(str(error)))
    page.on("request", lambda asked: _begun(seen, asked.url, host))
    for ended in ("requestfinished", "requestfailed"):
        page.on(ended, lambda asked: seen.pending.remove(asked.url) if asked.url in seen.pending else None)
    yield seen
    context.close()
    assert not seen.elsewhere, "the page asked other hosts"
    assert not seen.said, "the console has something to say"


def _begun(seen: Visit, address: str, host: str) -> None:
    if not address.startswith("http"):
        return
    seen.pending.append(address)
    if urlsplit(address).netloc != host:
        seen.elsewhere.append(address)


UNITS = {"k": 1e3, "m": 1e6, "bn": 1e9, "%": 0.01}
NUMBER = re.compile(r"([-\u2212]?)[^\d.\u2212-]*(\d[\d,]*(?:\.(\d+))?)\s*(k|m|bn|%)?")


def number(text: str) -> float:
    """A number as the page writes it in British English.

    Examples
    --------
    >>> number("€1.21m"), number("-€24,053"), number("26%"), number("€685k in all")
    (1210000.0, -24053.0, 0.26, 685000.0)
    """
    return _read(text)[0]


def shows(text: str, value: float) -> bool:
    """Is it this number, as precisely as it is written?

    Examples
    --------
    >>> shows("€685k", 684_804.1), shows("€685k", 686_000), shows("7.9 deals", 7.94)
    (True, False, True)
    """
    written, step = _read(text)
    return abs(written - value) <= 0.501 * step


def _read(text: str) -> tuple[float, float]:
    """The number, and what one more in its last digit would be."""
    found = NUMBER.search(text)
    assert found, f"no number in {text!r}"
    sign, digits, decimals, unit = found.groups()
    scale = UNITS.get(unit, 1.0)
    return round((-1 if sign else 1) * float(digits.replace(",", "")) * scale, 6), scale * 10 ** -len(decimals or "")
