"""Where the store is, and how it is opened: SQLite in WAL mode beside the workspace, or the database a URL names."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError, TimeoutError

from leadcast.errors import LeadcastError
from leadcast.places import state_folder
from leadcast.workspace.model import Workspace

URL = "LEADCAST_STORE_URL"
KEYS_URL = "LEADCAST_KEYS_URL"
"""The store whose keys count, where it is another than the one that is served."""
BUSY_SECONDS = 10
_FULL = ("disk is full", "no space left", "disk i/o error", "could not extend file", "could not write")


class StoreError(LeadcastError):
    """The store cannot be opened, or does not hold what was asked for."""


class StoreUnavailable(StoreError):
    """The database does not answer; nothing was written. Trying again later is right."""


class StoreFull(StoreError):
    """There is no room left to write; nothing was written."""


@dataclass(frozen=True, eq=False)
class Store:
    """An open store; safe to share between threads, not between processes.

    Attributes
    ----------
    place : the URL as it may be shown, without a password
    """

    engine: Engine
    place: str

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the store throughout, and writes nothing.

        Raises
        ------
        StoreUnavailable : the database does not answer
        """
        with self._said(), self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            else:
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection
            connection.rollback()

    @contextmanager
    def writing(self, survive_power_cut: bool = True, longest_wait: float = BUSY_SECONDS) -> Iterator[Connection]:
        """A transaction: all of it is kept once the block ends, or nothing.

        Parameters
        ----------
        survive_power_cut : wait until it is on the disk; without it the last moments before a power cut may be lost, nothing
            before a mere crash of the process
        longest_wait : seconds to wait for others who write; by default a request's patience

        Raises
        ------
        StoreUnavailable : the database does not answer, or others wrote for longer
        StoreFull : there is no room left
        """
        with self._said(), self.engine.connect() as connection, self._waiting(connection, longest_wait):
            if self.is_sqlite:  # wait for one's turn now: a read that becomes a write later may not wait
                connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if survive_power_cut else 'NORMAL'}")
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            elif not survive_power_cut:
                connection.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")
            yield connection
            connection.commit()

    @contextmanager
    def _waiting(self, connection: Connection, longest: float) -> Iterator[None]:
        """Wait for the locks of others for so many seconds at most; the connection is as before afterwards."""
        if longest == BUSY_SECONDS:
            yield
        elif not self.is_sqlite:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout TO {round(longest * 1_000)}")
            yield
        else:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={round(longest * 1_000)}")
            try:
                yield
            finally:
                connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_SECONDS * 1_000}")

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as refused:
            raise _in_words(refused, self.place) from refused
        except TimeoutError:
            raise StoreUnavailable(f"The store {self.place} is busy: every connection is in use.") from None

    def close(self) -> None:
        self.engine.dispose()


def store_url(workspace: Workspace) -> str:
    """``LEADCAST_STORE_URL``, else an SQLite database beside the workspace."""
    return os.environ.get(URL) or f"sqlite:///{(state_folder(workspace) / 'store.db').resolve()}"


def open_engine(url: str) -> Store:
    """Connect to a store as it is, whatever its tables are; nothing is made but an SQLite file.

    Raises
    ------
    StoreError : the URL cannot be used, or its driver is not installed
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _sqlite(url, parsed.database)
        engine = create_engine(parsed, pool_size=5, max_overflow=10, pool_pre_ping=True, pool_timeout=BUSY_SECONDS,
                               hide_parameters=True, connect_args={"connect_timeout": BUSY_SECONDS})
    except (ArgumentError, ModuleNotFoundError, SQLAlchemyError) as refused:
        raise StoreError(f"{URL} cannot be used: {str(refused).splitlines()[0]}. Write sqlite:///PATH or "
                         "postgresql+psycopg://USER@HOST/DATABASE (pip install leadcast[postgres]).") from None
    return Store(engine, parsed.render_as_string(hide_password=True))


def _sqlite(url: str, file: str | None) -> Store:
    if not file or file == ":memory:":
        raise StoreError(f"{URL} names no file: a store in memory would be lost. Write sqlite:///PATH.")
    path = Path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
    engine = create_engine(url, hide_parameters=True, pool_size=20, max_overflow=20, pool_timeout=BUSY_SECONDS,
                           connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions are begun by us, not by the driver
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON", "cache_size=-32768",
                       "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")

    return Store(engine, url)


def _in_words(refused: DBAPIError, place: str) -> Exception:
    text = str(refused.orig).lower()
    if any(words in text for words in _FULL):
        return StoreFull(f"The store {place} has no room left: nothing was written. Free some space and send it again.")
    if refused.connection_invalidated or "operationalerror" in type(refused).__name__.lower() or "interface" in text:
        first = str(refused.orig).splitlines()[0] if str(refused.orig) else type(refused.orig).__name__
        return StoreUnavailable(f"The store {place} does not answer: {first}.")
    return refused
