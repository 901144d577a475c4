"""Where tests find the real data and the real services; in CI their absence is a failure, elsewhere a skip that says so."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


def absent(what: str) -> None:
    """Skip with a reason, or fail where the run insists (LEADCAST_INSIST)."""
    if os.environ.get("LEADCAST_INSIST"):
        pytest.fail(f"{what}, and LEADCAST_INSIST is set")
    pytest.skip(what)


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of the real data sets: LEADCAST_SHARED_DATA, or ../shared/data beside the clone."""
    folder = Path(os.environ.get("LEADCAST_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        absent(f"real data sets not found in {folder} (set LEADCAST_SHARED_DATA)")
    return folder


@pytest.fixture(scope="session")
def loan_data(shared_data: Path) -> Path:
    return shared_data / "bpi-challenge-2012"


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """A real PostgreSQL server; LEADCAST_TEST_POSTGRES names another than the local one."""
    import sqlalchemy

    url = os.environ.get("LEADCAST_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
    try:
        engine = sqlalchemy.create_engine(url, connect_args={"connect_timeout": 3})
        engine.connect().close()
    except sqlalchemy.exc.OperationalError as refused:
        absent(f"no PostgreSQL server answers ({refused.orig})")
    engine.dispose()
    return url
