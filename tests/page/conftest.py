"""Three sites in a real browser: the simulated company, real loan applications, and Maven's owners, regions and products."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import a_browser
from sites import Site, served, trained_copy


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    with a_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = trained_copy("demo", tmp_path_factory.mktemp("demo") / "copy", None)
    with served("demo", folder, None, "2026-05-20") as site:
        yield site


@pytest.fixture(scope="session")
def loans(tmp_path_factory: pytest.TempPathFactory, loan_data: Path) -> Iterator[Site]:
    folder = trained_copy("loan-funnel", tmp_path_factory.mktemp("loans") / "copy", loan_data)
    with served("loans", folder, loan_data, "2012-01-20") as site:
        yield site


@pytest.fixture(scope="session")
def maven(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Iterator[Site]:
    data = shared_data / "maven-crm-sales-opportunities"
    folder = trained_copy("maven", tmp_path_factory.mktemp("maven") / "copy", data)
    with served("maven", folder, data, "2017-08-15") as site:
        yield site


@pytest.fixture(scope="session", params=["demo", "loans", "maven"])
def site(request: pytest.FixtureRequest) -> Site:
    """Each of them in turn."""
    found: Site = request.getfixturevalue(request.param)
    return found
