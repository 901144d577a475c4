"""A store of one's own for a test, on both databases: an SQLite file and a real PostgreSQL, without a row in them.

Making the tables takes longer than most tests, so each process makes them once: further SQLite stores are copies of the first
file, and the one PostgreSQL database is emptied before each test.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy

from leadcast.store import Store, open_engine
from leadcast.store.migrate import migrate
from leadcast.store.tables import metadata


@pytest.fixture(params=["sqlite", "postgresql"])
def store_address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with our tables and no rows that nobody else uses, as ``LEADCAST_STORE_URL`` takes it."""
    if request.param == "sqlite":
        return blank_sqlite(tmp_path / "store.db")
    address: str = request.getfixturevalue("postgres_address")
    take_rows_out(address)
    return address


@pytest.fixture
def store(store_address: str) -> Iterator[Store]:
    """An open, empty store; a test with it runs once on SQLite and once on PostgreSQL."""
    opened = open_engine(store_address)
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table: for tests of what makes them."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    with own_database(request.getfixturevalue("postgres_url")) as address:
        yield address


@pytest.fixture(scope="session")
def postgres_address(postgres_url: str) -> Iterator[str]:
    """This process's PostgreSQL database, with our tables in it."""
    with own_database(postgres_url) as address:
        make_tables(address)
        yield address


@contextmanager
def own_database(server: str) -> Iterator[str]:
    """``with own_database(url) as address``: an empty PostgreSQL database, gone afterwards."""
    name = f"leadcast_test_{uuid4().hex[:12]}"
    engine = sqlalchemy.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit TO off")  # no test cuts the power
    try:
        yield sqlalchemy.make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        engine.dispose()


def blank_sqlite(file: Path) -> str:
    """The URL of a new SQLite store with our tables and no rows; its file is new."""
    with file.open("xb") as new:
        new.write(_blank_file())
    return f"sqlite:///{file}"


@cache
def _blank_file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "blank.db"
        make_tables(f"sqlite:///{file}")
        return file.read_bytes()


def make_tables(address: str) -> None:
    store = open_engine(address)
    migrate(store)
    store.close()


def take_rows_out(address: str) -> None:
    """Empty every table of ours and let ids begin at 1 again; whoever is still connected is sent away first."""
    serials = [f"{table.name}_id_seq" for table in metadata.sorted_tables if "id" in table.c]
    engine = sqlalchemy.create_engine(address, poolclass=sqlalchemy.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                                   "WHERE datname = current_database() AND pid <> pg_backend_pid()")
        # TRUNCATE would make a new file for each table and index, and wait for the disk for each.
        connection.exec_driver_sql("; ".join([*(f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)),
                                              *(f"SELECT setval('{serial}', 1, false)" for serial in serials)]))
