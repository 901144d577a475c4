"""By which columns the leads or deals of a store can be grouped, without reading them all."""

from sqlalchemy import Column, Connection, select

from leadcast.grouping import OF_OWNERS, SOURCE
from leadcast.store import tables
from leadcast.store.listing import RECORDS
from leadcast.vocabulary import Entity, Vocabulary


def columns_there(connection: Connection, vocabulary: Vocabulary, entity: Entity) -> list[str]:
    """As :func:`leadcast.grouping.group_columns` of the same records: the owner and their team, the source, attributes of texts.

    Columns of the record that nobody has filled are left out.
    """
    table = RECORDS[entity]
    own = [name for name in ("owner", SOURCE) if name in table.c and _is_filled(connection, table.c[name])]
    team = OF_OWNERS if own and _is_filled(connection, tables.owners.c.owner) else ()
    attributes = [one.name for one in vocabulary.attributes_of(entity) if one.type == "category"]
    of_lead = [SOURCE] if entity == "opportunity" and _is_filled(connection, tables.leads.c.source) else []
    return list(dict.fromkeys([*own[:1], *team, *own[1:], *attributes, *of_lead]))


def _is_filled(connection: Connection, column: Column) -> bool:
    return connection.execute(select(column).where(column.is_not(None)).limit(1)).first() is not None
