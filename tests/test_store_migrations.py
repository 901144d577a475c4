"""The store's tables are made by migrations, and come out as the code has them."""

import threading
from pathlib import Path

import pytest

from leadcast.store import StoreError, open_engine
from leadcast.store.migrate import migrate
from leadcast.store.tables import metadata


def test_what_the_migrations_make_is_what_the_code_uses(bare_address: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    store = open_engine(bare_address)
    migrate(store)
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    store.close()


def test_many_processes_may_migrate_at_once(bare_address: str) -> None:
    failed: list[Exception] = []

    def bring_up() -> None:
        store = open_engine(bare_address)
        try:
            migrate(store)
        except Exception as trouble:
            failed.append(trouble)
        finally:
            store.close()

    threads = [threading.Thread(target=bring_up) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


def test_a_store_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    store = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    migrate(store)
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"was made by a newer Leadcast \(its tables are version 9999; this one knows \d{4}\)"):
        migrate(store)
    store.close()


@pytest.mark.parametrize(("url", "said"), [
    ("sqlite://", "names no file: a store in memory would be lost"),
    ("nonsense", "cannot be used: Could not parse"),
    ("oracle://somewhere/x", "cannot be used"),
])
def test_an_address_that_cannot_be_used_says_what_would_be_right(url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said):
        open_engine(url)
