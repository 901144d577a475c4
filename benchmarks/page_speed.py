"""How soon the page is there with very many open deals: python -m benchmarks.page_speed (make bench-page; needs Chromium).

A simulated company is trained; its open deals are copied until there are enough, with 20 events each, into a store. The service
shows the end of its data; once its companion has scored all and has an outlook at hand, a real browser opens the first view and
the list of deals, in contexts of its own: with nothing kept, and again with the files that browsers keep. Beside it an empty page
of the same server. Medians.
"""

import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from benchmarks.crowd_of_deals import crowd_of_deals
from benchmarks.service import simulated
from benchmarks.service_cases import EVENTS
from serving.launch import HOST, free_port

TITLE = "# The page"
TILE, CHARTS = "document.querySelector('.tile-value')", "document.querySelectorAll('.canvas svg').length >= 3"
ROWS = "document.querySelectorAll('.records-list tbody tr').length >= 50"
VIEWS = [("first view: its first number", "#/forecast", TILE), ("first view: its first three charts", "#/forecast", CHARTS),
         ("deals: the first 50 rows", "#/deals", ROWS)]
EMPTY = ("an empty page", "livez", "document.readyState === 'complete'")
PATIENCE_SECONDS, PREPARING_SECONDS = 60, 1800
HEAD = "| open deals | what | kept files | median ms | slowest ms | × empty page |\n|---|---|---|---|---|---|"


@click.command(help=__doc__)
@click.option("--deals", multiple=True, type=int, default=(10_000, 50_000), show_default=True, help="How many; may be repeated.")
@click.option("--loads", default=7, show_default=True, help="Medians of so many.")
@click.option("--write", type=click.Path(path_type=Path), help="Put the table into this page, such as benchmarks/RESULTS.md.")
def main(deals: tuple[int, ...], loads: int, write: Path | None) -> None:
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        company = simulated(Path(folder) / "company")
        for many in deals:
            fill_store(company, many)
            with service(company) as address, browser() as chromium:
                lines += [line for warm in (False, True) for line in measured(chromium, address, many, warm, loads)]
    page = "\n".join([TITLE, "", about(loads), "", HEAD, *lines, "", "Made by `make bench-page` (needs Chromium)."])
    click.echo(page)
    if write:
        _put(write, page)


def fill_store(folder: Path, deals: int) -> None:
    """A store with so many open deals."""
    from leadcast.mapping import read_history
    from leadcast.store import open_store
    from leadcast.store.bulk import load_history
    from leadcast.workspace import read_workspace

    click.echo(f"filling a store with {deals:,} open deals ...", err=True)
    opened = read_workspace(folder)
    for old in (opened.folder / ".leadcast").glob("*.db*"):
        if not old.name.startswith("mlflow"):
            old.unlink()
    history = crowd_of_deals(read_history(opened), deals, EVENTS)
    store = open_store(opened)
    load_history(store, history, history.end)
    store.close()


@contextmanager
def service(folder: Path) -> Iterator[str]:
    """The address of the service at the end of the data, once scores and outlook are there."""
    port = free_port()
    command = [sys.executable, "-m", "leadcast", "serve", "-w", str(folder), "--port", str(port), "--as-of", "end"]
    with (folder / "serve.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        address = f"http://{HOST}:{port}"
        click.echo("waiting for scores and outlook ...", err=True)
        _until(lambda: _is_ready(address), PREPARING_SECONDS)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _is_ready(address: str) -> bool:
    with suppress(OSError):
        first = _get(f"{address}/v1/opportunities?open=true&limit=1")["items"]
        return bool(first and first[0]["scores"] and _get(f"{address}/v1/outlook")["fresh"])
    return False


def _get(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=PATIENCE_SECONDS) as answer:
        return json.loads(answer.read())


def _until(so: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not ready within {seconds:,.0f} s")
        time.sleep(1)


@contextmanager
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = os.environ.get("LEADCAST_CHROMIUM", "/usr/bin/chromium")
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


def measured(chromium: Any, address: str, deals: int, warm: bool, loads: int) -> list[str]:
    """A line for each view; the empty page's median is what they are beside."""
    found = {name: [_load(chromium, f"{address}/{place}", so, warm) for _ in range(loads)] for name, place, so in (EMPTY, *VIEWS)}
    least = statistics.median(found[EMPTY[0]])
    return [f"| {deals:,} | {name} | {'yes' if warm else 'no'} | {statistics.median(times):,.0f} | {max(times):,.0f} | "
            f"{statistics.median(times) / least:.1f} |" for name, times in found.items()]


def _load(chromium: Any, address: str, so: str, warm: bool) -> float:
    """Milliseconds from the navigation until it is so; ``warm``: of the second visit in one context."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    try:
        if warm:
            _timed(context, address, so)
        return _timed(context, address, so)
    finally:
        context.close()


def _timed(context: Any, address: str, so: str) -> float:
    """The page itself notes the moment, so that the browser's answers to us are not measured."""
    page = context.new_page()
    page.add_init_script(f"""(() => {{ const look = () => {{ if ({so}) window.timed = performance.now();
        else requestAnimationFrame(look); }}; requestAnimationFrame(look); }})()""")
    page.goto(address, wait_until="commit")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := page.evaluate("window.timed ?? null")) is None:  # the page's policy forbids Playwright's own waiting
        if time.monotonic() > deadline:
            raise TimeoutError(f"{address} was not drawn in {PATIENCE_SECONDS} s")
        page.wait_for_timeout(50)
    page.close()
    return float(found)


def about(loads: int) -> str:
    machine = f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"
    return (f"{time.strftime('%Y-%m-%d')}, {machine}; browser and service on the same machine. Open deals in an SQLite store, "
            f"{EVENTS} events each. From the navigation until it is drawn, medians of {loads} loads, each in a new context; with "
            "kept files: of the second visit.")


def _put(file: Path, page: str) -> None:
    """In the place of the table before, else at the end."""
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    before, _, rest = text.partition(f"{TITLE}\n")
    after = rest.partition("\n# ")[2]
    file.write_text(f"{before.rstrip()}\n\n{page}\n" + (f"\n# {after}" if after else ""), encoding="utf-8")


if __name__ == "__main__":
    main()
