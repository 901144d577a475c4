"""``leadcast report``'s file opened by whoever it was mailed to: it asks nobody for anything, and has nothing to complain of."""

from pathlib import Path
from typing import Any

import pytest
from browsing import DESKTOP, PHONE, STRANGE, visit
from sites import Site, run

pytestmark = pytest.mark.page


def test_the_report_opens_from_a_folder(browser: Any, site: Site, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    data = [] if site.data is None else ["--data", str(site.data)]
    run("report", "-w", str(site.folder), *data, "--as-of", site.day, "--out", str(file))
    for size in (DESKTOP, PHONE):
        with visit(browser, "file://", size) as seen:
            seen.page.goto(file.as_uri())
            seen.page.wait_for_load_state("load")
            assert not STRANGE.findall(seen.text("body")) and seen.wide() <= 0
            assert not seen.findings()
