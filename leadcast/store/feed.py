"""The tables ``bi_*`` of a star schema in a database: all replaced in one transaction, and nothing else touched."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import pyarrow as pa
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Double,
    MetaData,
    Table,
    Text,
    delete,
    func,
    inspect,
    select,
)
from sqlalchemy.types import TypeEngine

from leadcast.store.engine import Store, StoreError
from leadcast.store.feed_erasure import MANIFEST, PREFIX, leave_out_erased, let_erasures_wait

Progress = Callable[[str, int, int], None]
_AT_ONCE = 5_000
_LOCK = 7_310_524
"""The number under which PostgreSQL lets one process export at a time; SQLite writes alone anyway."""
_VIEWS_ON = """
    SELECT DISTINCT view.relname FROM pg_depend
    JOIN pg_rewrite ON pg_depend.objid = pg_rewrite.oid JOIN pg_class view ON pg_rewrite.ev_class = view.oid
    WHERE pg_depend.refobjid = to_regclass(%(name)s) AND view.relname <> %(name)s ORDER BY 1
"""


def write_tables(
    store: Store, tables: Mapping[str, pa.Table], manifest: Mapping[str, Any], progress: Progress | None = None
) -> dict[str, Any]:
    """Replace the tables ``bi_NAME`` and ``bi_schema``; whoever reads meanwhile sees all the old ones.

    A table whose columns are as they were is emptied and filled, so that rights and views on it stay. Whoever was erased from
    the store is left out: the files that leadcast.toml names may still hold them.

    Parameters
    ----------
    tables : by name; the metadata of a column may say ``key``: primary
    manifest : plain data with ``tables``, a list of dicts with ``name``; kept as JSON in ``bi_schema``

    Returns
    -------
    the manifest with each table's name in the database (``table``) and the ``rows`` that are there

    Raises
    ------
    StoreError : tables of these names are there that no export wrote, or a view needs one whose columns change
    StoreUnavailable, StoreFull : the database does not answer, or has no room left
    """
    metadata = MetaData()
    made = {name: _table(f"{PREFIX}{name}", table.schema, metadata) for name, table in tables.items()}
    about = Table(MANIFEST, metadata, Column("manifest", Text, nullable=False))
    tell = progress or (lambda what, done, total: None)
    with store.writing() as connection:
        if not store.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        let_erasures_wait(connection)
        _check(connection, store, [table.name for table in made.values()])
        for place, (name, table) in enumerate(made.items()):
            tell(f"writing {table.name}", place, len(made))
            _renew(connection, store, table)
            for rows in _pieces(tables[name]):
                connection.execute(table.insert(), rows)
        leave_out_erased(connection, {table.name: table for table in made.values()})
        rows_of = {name: connection.execute(select(func.count()).select_from(table)).scalar_one() for name, table in made.items()}
        told = [{**one, "table": f"{PREFIX}{one['name']}", "rows": rows_of[one["name"]]} for one in manifest["tables"]]
        whole = {**manifest, "tables": told}
        _renew(connection, store, about)
        connection.execute(about.insert(), [{"manifest": json.dumps(whole, ensure_ascii=False, allow_nan=False)}])
    return whole


def _table(name: str, schema: pa.Schema, metadata: MetaData) -> Table:
    return Table(name, metadata, *(_column(field) for field in schema))


def _column(field: pa.Field) -> Column[Any]:
    is_primary = (field.metadata or {}).get(b"key") == b"primary"
    return Column(field.name, _type(field.type), primary_key=is_primary, autoincrement=False)


def _type(kind: pa.DataType) -> TypeEngine[Any]:
    if pa.types.is_timestamp(kind):
        return DateTime(timezone=True)
    known: dict[pa.DataType, TypeEngine[Any]] = {
        pa.int64(): BigInteger(), pa.float64(): Double(), pa.bool_(): Boolean(), pa.date32(): Date(), pa.string(): Text()}
    return known[kind]


def _check(connection: Connection, store: Store, names: Collection[str]) -> None:
    there = {*inspect(connection).get_table_names(), *inspect(connection).get_view_names()}
    strange = sorted(there & set(names))
    if strange and MANIFEST not in there:
        raise StoreError(f"{store.place} has a table {strange[0]} that no export wrote ({MANIFEST} is not there). Rename it, or "
                         "export into another database.")


def _renew(connection: Connection, store: Store, table: Table) -> None:
    """An empty table of these columns."""
    if not inspect(connection).has_table(table.name):
        table.create(connection)
    elif _is_as(connection, table):
        connection.execute(delete(table))
    else:
        _drop(connection, store, table)
        table.create(connection)


def _is_as(connection: Connection, table: Table) -> bool:
    dialect = connection.dialect
    there = [(column["name"], column["type"].compile(dialect)) for column in inspect(connection).get_columns(table.name)]
    return there == [(column.name, column.type.compile(dialect)) for column in table.columns]


def _drop(connection: Connection, store: Store, table: Table) -> None:
    views = [] if store.is_sqlite else list(connection.exec_driver_sql(_VIEWS_ON, {"name": table.name}).scalars())
    if views:
        raise StoreError(f"The columns of {table.name} change, and the view {views[0]} needs it. Drop the view, export, and make "
                         "it again.")
    table.drop(connection)


def _pieces(table: pa.Table) -> Iterator[list[dict[str, Any]]]:
    for batch in table.to_batches(max_chunksize=_AT_ONCE):
        if batch.num_rows:
            yield batch.to_pylist()
