"""Tombstones beside the store: a store that comes back from an older backup still learns who was erased since."""

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select

from leadcast.snapshots import list_snapshots, read_snapshot
from leadcast.store import tables
from leadcast.store.engine import Store
from leadcast.store.erased import SECRET, Erasable, id_hash

NAME = "erased.json"


@dataclass(frozen=True)
class Stones:
    """Hashes of ids under one secret."""

    secret: str
    hashes: frozenset[str]


def note_buried(folder: Path, store: Store) -> None:
    """Write all tombstones of the store into ``erased.json``; those that only the file knows stay in it."""
    with store.reading() as connection:
        mine = _of_store(connection)
    if mine is None:
        return
    known = {stones.secret: stones.hashes for stones in read_buried(folder)}
    known[mine.secret] = known.get(mine.secret, frozenset()) | mine.hashes
    text = json.dumps([{"secret": secret, "hashes": sorted(hashes)} for secret, hashes in known.items()], indent=1)
    number, beside = tempfile.mkstemp(dir=folder, prefix=f".{NAME}-")  # readable by its owner only
    with os.fdopen(number, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    Path(beside).replace(folder / NAME)


def read_buried(folder: Path) -> list[Stones]:
    """What ``erased.json`` knows; nothing where there is none."""
    try:
        found = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return [Stones(str(one["secret"]), frozenset(one["hashes"])) for one in found]


def come_back(folder: Path, store: Store) -> list[tuple[Erasable, str]]:
    """Whoever was erased and is in the store or in a saved forecast again, by kind and id, leads first.

    Ids are hashed as they were when the tombstones were set, and compared: nobody's id is kept for this.
    """
    with store.reading() as connection:
        mine = _of_store(connection)
        stones = [*read_buried(folder), *([] if mine is None else [mine])]
        if not stones:
            return []
        found = {(entity, one) for entity, one in _ids(connection) if _is_under(stones, entity, one)}
    found |= {(entity, one) for entity, one in _in_forecasts(folder) if _is_under(stones, entity, one)}
    return sorted(found, key=lambda who: (("lead", "opportunity", "contact").index(who[0]), who[1]))


def _of_store(connection: Connection) -> Stones | None:
    secret = connection.execute(select(tables.meta.c.value).where(tables.meta.c.name == SECRET)).scalar()
    if secret is None:
        return None
    return Stones(str(secret), frozenset(connection.execute(select(tables.tombstones.c.id_hash)).scalars()))


def _is_under(stones: list[Stones], entity: Erasable, one: str) -> bool:
    return any(id_hash(some.secret, entity, one) in some.hashes for some in stones if some.hashes)


def _ids(connection: Connection) -> Iterator[tuple[Erasable, str]]:
    """Every id that a row of the store is about or points to."""
    linked: dict[Erasable, str] = {"lead": "lead_id", "opportunity": "opportunity_id", "contact": "contact_id"}
    for entity, column in linked.items():
        for table in (tables.leads, tables.opportunities, tables.contacts, tables.events):
            if column in table.c:
                asked = select(table.c[column]).where(table.c[column].is_not(None)).distinct()
                yield from ((entity, one) for one in connection.execute(asked).scalars())
    for table in (tables.stages, tables.fields, tables.scores, tables.signs, tables.score_history, tables.ledger, tables.waiting):
        for row in connection.execute(select(table.c.entity, table.c.entity_id).distinct()):
            yield row.entity, row.entity_id


def _in_forecasts(folder: Path) -> Iterator[tuple[Erasable, str]]:
    forecasts = folder / "forecasts"
    for about in list_snapshots(forecasts):
        saved = read_snapshot(forecasts, about.id)
        yield from ((about.entity, one) for one in (*saved.rows["entity_id"], *saved.closed))
