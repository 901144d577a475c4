"""The page in a real browser, each view once; tests/page/ looks closely (make test-page)."""

import shutil
from pathlib import Path

import pytest
from browsing import a_browser, visit
from fixtures_trained import TrainedWorkspace
from sites import served

VIEWS = ["/forecast", "/what-if", "/deals", "/leads", "/funnel", "/model"]


def test_every_view_is_drawn_and_the_console_has_nothing_to_say(trained: TrainedWorkspace, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(trained.folder, folder)
    with a_browser() as browser, served("trained", folder, None, "end") as site, visit(browser, site.address) as seen:
        for view in VIEWS:
            seen.go(view)
            assert seen.page.locator(".lead").count() and not seen.page.locator("main .failed").count(), seen.text()
            assert not seen.strange() and seen.wide() <= 0
            if view == VIEWS[0]:
                assert not seen.findings()


def test_without_chromium_a_test_is_skipped_unless_one_insists(monkeypatch: pytest.MonkeyPatch) -> None:
    import browsing

    monkeypatch.delenv("LEADCAST_CHROMIUM", raising=False)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.delenv("LEADCAST_INSIST", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no Chromium"):
        browsing.chromium()
    monkeypatch.setenv("LEADCAST_INSIST", "1")
    with pytest.raises(AssertionError, match="apt-get install chromium"):
        browsing.chromium()
