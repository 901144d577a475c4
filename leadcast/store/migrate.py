"""The store's tables are brought to the running version before anybody uses them: once, whoever comes first."""

from pathlib import Path

from sqlalchemy import Connection, inspect

from leadcast.store.engine import Store, StoreError, open_engine, store_url
from leadcast.workspace.model import Workspace

SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 7_310_523
"""The number under which PostgreSQL lets one process migrate at a time; SQLite writes alone anyway."""


def open_store(workspace: Workspace, url: str | None = None) -> Store:
    """The workspace's store, its tables made or brought up to date.

    Parameters
    ----------
    url : default: ``LEADCAST_STORE_URL``, else ``.leadcast/store.db`` beside the workspace

    Raises
    ------
    StoreError : the URL cannot be used, or the store was made by a newer version
    StoreUnavailable : the database does not answer
    """
    store = open_engine(url or store_url(workspace))
    migrate(store)
    return store


def migrate(store: Store) -> None:
    """Apply what is missing; several processes may call it at once.

    Raises
    ------
    StoreError : the store was made by a newer version
    """
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(SCRIPTS))
    newest = str(scripts.get_current_head())
    with store.reading() as connection:
        if _version(connection) == newest:
            return
    with store.writing() as connection:
        if not store.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        found = _version(connection)
        if found not in {None, *(script.revision for script in scripts.walk_revisions())}:
            raise StoreError(f"The store {store.place} was made by a newer Leadcast (its tables are version {found}; this one "
                             f"knows {newest}). Run the newer version, or use another store.")
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)
