"""Insert, and what to do where the row is there already: the one place where the two databases are spoken to differently."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Table, case, column, or_, select, table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError


def keep_known(connection: Connection, table: Table) -> Any:
    """An insert that leaves a row with the same primary key as it is."""
    return _insert(connection, table).on_conflict_do_nothing(index_elements=list(table.primary_key.columns))


def replace_known(connection: Connection, table: Table, unless_later: str | None = None) -> Any:
    """An insert that brings a row with the same primary key to what is given.

    Parameters
    ----------
    unless_later : a column of times; a row that has a later one than is given stays as it is
    """
    statement = _insert(connection, table)
    keys = {column.name for column in table.primary_key.columns}
    given = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    no_later = None if unless_later is None else table.c[unless_later] <= statement.excluded[unless_later]
    return statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=given, where=no_later)


def _insert(connection: Connection, table: Table) -> Any:
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def insert_or_add(connection: Connection, table: Table, counter: str, newest: str) -> Any:
    """An insert that, where the row is there already, only adds to its counter and keeps the later of two times."""
    statement = _insert(connection, table)
    held, given = table.c[newest], statement.excluded[newest]
    told = {counter: table.c[counter] + statement.excluded[counter], newest: case((given > held, given), else_=held)}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=told)


class Pouring:
    """Very many rows into one table, the quick way of each database: a prepared statement, or COPY through a table of its own.

    Parameters
    ----------
    names : the columns of the rows, in the order of the table
    replaced : those that a known row is brought to; none: a known row is left as it is
    stamps : columns that are written with a change but do not make one
    """

    def __init__(self, connection: Connection, into: Table, names: Sequence[str], replaced: Collection[str] = (),
                 stamps: Collection[str] = ()) -> None:
        self.connection, self.into, self.names = connection, into, list(names)
        self.replaced, self.stamps = set(replaced), set(stamps)
        self._beside = f"poured_{into.name}"
        self._sqlite = connection.dialect.name == "sqlite"
        if not self._sqlite:
            connection.exec_driver_sql(f"CREATE TEMPORARY TABLE {self._beside} (LIKE {into.name}) ON COMMIT DROP")
        self._statement = self._written()

    def pour(self, rows: Sequence[tuple[Any, ...]]) -> int:
        """Write some rows; returns how many were new or different."""
        if self._sqlite:
            return self.connection.exec_driver_sql(self._statement, list(rows)).rowcount
        self._copy(rows)
        done = self.connection.execute(self._statement, execution_options={"preserve_rowcount": True}).rowcount
        self.connection.exec_driver_sql(f"TRUNCATE {self._beside}")
        return done

    def _copy(self, rows: Sequence[tuple[Any, ...]]) -> None:
        columns = ", ".join(f'"{name}"' for name in self.names)
        statement = f"COPY {self._beside} ({columns}) FROM STDIN"
        driver: Any = self.connection.connection.driver_connection
        refusal: Any = self.connection.dialect.loaded_dbapi.Error
        try:
            with driver.cursor() as cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
        except refusal as refused:  # past SQLAlchemy, so that nobody has put it into its words yet
            raise DBAPIError.instance(statement, None, refused, refusal) from refused

    def _written(self) -> Any:
        statement = _insert(self.connection, self.into)
        if not self._sqlite:
            beside = table(self._beside, *(column(name) for name in self.names))
            statement = statement.from_select(self.names, select(*beside.c))
        key = list(self.into.primary_key.columns)
        if self.replaced:
            differs = or_(*(self.into.c[name].is_distinct_from(statement.excluded[name]) for name in sorted(self.replaced)))
            given = {name: statement.excluded[name] for name in sorted(self.replaced | self.stamps)}
            statement = statement.on_conflict_do_update(index_elements=key, set_=given, where=differs)
        else:
            statement = statement.on_conflict_do_nothing(index_elements=key)
        if not self._sqlite:
            return statement
        compiled = statement.compile(self.connection.engine, column_keys=self.names)
        assert compiled.positiontup == self.names, "the columns of a prepared statement stand in the order of the table"
        return str(compiled)
