"""Who was erased: tombstones that know an id again without keeping it."""

import hmac
import json
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Literal

from sqlalchemy import Connection, select

from leadcast.store import tables
from leadcast.store.upsert import keep_known, replace_known

Erasable = Literal["lead", "opportunity", "contact"]
"""A contact is erased together with the last lead or deal that it belonged to."""
ERASABLE: tuple[Erasable, ...] = ("lead", "opportunity", "contact")
SECRET = "erasure_secret"
LAST = "last_erasure"
_AT_ONCE = 5_000


def is_erased(connection: Connection, entity: str, ids: Collection[str]) -> set[str]:
    """Those of the ids that were erased and must not come back.

    Costs one small query where nobody was ever erased. Who asks before writing, in one transaction, is safe from an erasure in
    between: see :func:`wait_for_writers`.

    Parameters
    ----------
    entity : lead, opportunity or contact
    """
    if not ids or not is_any_erased(connection):
        return set()
    secret = _secret(connection)
    assert secret is not None
    hashes = {id_hash(secret, entity, one): one for one in ids}
    return {hashes[found] for found in _known(connection, hashes)}


def naming_erased(connection: Connection, items: Sequence[Mapping[str, Any]]) -> list[bool]:
    """Which items, by the keys of the canonical tables, name somebody who was erased: of such nothing may be kept."""
    named = [[*((entity, item.get(f"{entity}_id")) for entity in ERASABLE), (item.get("entity"), item.get("entity_id"))]
             for item in items]
    ids = {entity: {one for some in named for kind, one in some if kind == entity and one} for entity in ERASABLE}
    gone: dict[Any, set[str]] = {entity: is_erased(connection, entity, some) for entity, some in ids.items()}
    return [any(one in gone.get(kind, ()) for kind, one in some) for some in named]


def is_any_erased(connection: Connection) -> bool:
    """Whether anybody was erased at all."""
    return connection.execute(select(tables.tombstones.c.id_hash).limit(1)).first() is not None


def bury(connection: Connection, entity: Erasable, ids: Iterable[str], at: int, models: Collection[str] = ()) -> None:
    """Set a tombstone for each id; one that stands already is left as it is.

    Parameters
    ----------
    at : microseconds since 1970
    models : the registered versions that had seen them
    """
    secret = _secret(connection) or _made_secret(connection)
    names = json.dumps(sorted(models))
    rows = [{"id_hash": id_hash(secret, entity, one), "at": at, "models": names} for one in ids]
    if rows:
        connection.execute(keep_known(connection, tables.tombstones), rows)


def wait_for_writers(connection: Connection) -> None:
    """Let whoever has asked :func:`is_erased` finish first, and whoever asks from now on wait for us: for who erases.

    SQLite has one writer at a time anyway.
    """
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(f"LOCK TABLE {tables.tombstones.name} IN ACCESS EXCLUSIVE MODE")


def mark_erasure(connection: Connection) -> None:
    """Say that somebody is being erased, for :func:`last_erasure`."""
    connection.execute(replace_known(connection, tables.meta), [{"name": LAST, "value": secrets.token_hex(8)}])


def last_erasure(connection: Connection, wait: bool = False) -> str:
    """A text that is another after every erasure, even of somebody who was erased before; empty before the first.

    Whoever keeps what was made of records asks before they are read, and, with ``wait``, in the transaction that keeps it: no
    clock says whether an erasure that began earlier ended in between.

    Parameters
    ----------
    wait : let an erasure that is going on end first, and the next one wait for this transaction
    """
    asked = select(tables.meta.c.value).where(tables.meta.c.name == LAST)
    if wait:
        is_any_erased(connection)  # of PostgreSQL: see wait_for_writers
        asked = asked.with_for_update(read=True)
    return str(connection.execute(asked).scalar() or "")


def id_hash(secret: str, entity: str, entity_id: str) -> str:
    """HMAC-SHA256, 64 hexadecimal digits: without the secret nobody can try ids out against it."""
    text = f"{entity}\x1f{entity_id}".encode("utf-8", "surrogatepass")
    return hmac.digest(bytes.fromhex(secret), text, "sha256").hex()


def _secret(connection: Connection) -> str | None:
    found = connection.execute(select(tables.meta.c.value).where(tables.meta.c.name == SECRET)).scalar()
    return None if found is None else str(found)


def _made_secret(connection: Connection) -> str:
    """Made once; whoever comes second takes the first one's."""
    connection.execute(keep_known(connection, tables.meta), [{"name": SECRET, "value": secrets.token_hex(32)}])
    made = _secret(connection)
    assert made is not None
    return made


def _known(connection: Connection, hashes: Collection[str]) -> Iterator[str]:
    rest = iter(hashes)
    while some := list(islice(rest, _AT_ONCE)):
        yield from connection.execute(select(tables.tombstones.c.id_hash).where(tables.tombstones.c.id_hash.in_(some))).scalars()
