"""What changed: a number that moves with every write of records, and who has news since the last score."""

from collections.abc import Collection, Mapping

from sqlalchemy import BigInteger, Connection, String, cast, select, update

from leadcast.store import tables
from leadcast.store.parts import in_parts
from leadcast.store.upsert import insert_or_add, keep_known
from leadcast.vocabulary import ENTITIES, Entity, Vocabulary

VERSION = "version"


def bump(connection: Connection) -> None:
    """Say that records changed; whoever keeps a history in memory reads it again."""
    one_more = cast(cast(tables.meta.c.value, BigInteger) + 1, String)
    moved = update(tables.meta).where(tables.meta.c.name == VERSION).values(value=one_more)
    if not connection.execute(moved).rowcount:  # the very first; somebody else may be writing the very first as well
        connection.execute(keep_known(connection, tables.meta), {"name": VERSION, "value": "0"})
        connection.execute(moved)


def version_of(connection: Connection) -> int:
    """The number that moves with every write of records; 0 before the first."""
    found = connection.execute(select(tables.meta.c.value).where(tables.meta.c.name == VERSION)).scalar()
    return int(found or 0)


def reached(connection: Connection, vocabulary: Vocabulary, keys: Mapping[str, Collection[str]]) -> dict[Entity, set[str]]:
    """Which leads and deals some rows speak of, by the links that the workspace declares.

    Parameters
    ----------
    keys : ids by link, such as {"lead": {"L1"}, "contact": {"C7"}}; links are lead, opportunity, contact, account
    """
    return {entity: set().union(*(_linked(connection, entity, link, keys.get(link, ())) for link in vocabulary.links(entity)))
            for entity in ENTITIES}


def mark_waiting(connection: Connection, ids: Mapping[Entity, Collection[str]], at: int) -> None:
    """Remember that these have news of ``at`` (microseconds); one mark each, with how much there is and when the newest came.

    A mark is taken away only by a score that saw its newest news; one of an earlier moment is made, and leaves the mark.
    """
    rows = [{"entity": entity, "entity_id": one, "since": at, "events": 1}
            for entity, some in ids.items() for one in sorted(some)]
    if rows:
        connection.execute(insert_or_add(connection, tables.waiting, "events", newest="since"), rows)


def _linked(connection: Connection, entity: Entity, link: str, ids: Collection[str]) -> set[str]:
    table = tables.leads if entity == "lead" else tables.opportunities
    return {found for some in in_parts(ids) for found in connection.execute(
        select(table.c[f"{entity}_id"]).where(table.c[f"{link}_id"].in_(some))).scalars()}

