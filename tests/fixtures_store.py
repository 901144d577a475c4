"""A store of one's own for a test, on both databases: an SQLite file and a real PostgreSQL, gone afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy

from leadcast.store import Store, open_engine
from leadcast.store.migrate import migrate


@pytest.fixture(params=["sqlite", "postgresql"])
def store_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database that nobody else uses, as ``LEADCAST_STORE_URL`` takes it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    with own_database(request.getfixturevalue("postgres_url")) as address:
        yield address


@pytest.fixture
def store(store_address: str) -> Iterator[Store]:
    """An open, empty store; a test with it runs once on SQLite and once on PostgreSQL."""
    opened = open_engine(store_address)
    migrate(opened)
    yield opened
    opened.close()


@contextmanager
def own_database(server: str) -> Iterator[str]:
    """``with own_database(url) as address``: an empty PostgreSQL database, gone afterwards."""
    name = f"leadcast_test_{uuid4().hex[:12]}"
    engine = sqlalchemy.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield sqlalchemy.make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        engine.dispose()
