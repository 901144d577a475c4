"""The ledger: what was answered, when, to whom, by which model and from which inputs."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from sqlalchemy import Row, select

from leadcast.store import tables
from leadcast.store.engine import Store
from leadcast.store.erased import is_any_erased, is_erased

_NAN = np.array([np.nan], "<f8").view("<i8")[0]


@dataclass(frozen=True)
class Entry:
    """One answered score.

    Attributes
    ----------
    told : the score as it was answered, without its reasons; times in microseconds since 1970
    values : the model's own inputs, shape (p,)
    fingerprint : SHA-256 of those inputs
    """

    id: int
    at: int
    request_id: str | None
    caller: str | None
    source: str
    fingerprint: str
    told: dict[str, Any]
    values: np.ndarray


def packed(values: np.ndarray) -> list[tuple[bytes, str]]:
    """Rows of inputs as the ledger keeps them, shape (n, p), each with its fingerprint: the SHA-256 of its float64 bytes.

    Most inputs are zero or missing: two bits say which, and only the others are written out. Compressing each row alone would
    take ten times as long.

    Examples
    --------
    >>> (inputs, fingerprint), = packed(np.array([[1.5, np.nan, 0.0]]))
    >>> unpacked(inputs).tolist(), len(inputs), len(fingerprint)
    ([1.5, nan, 0.0], 13, 64)
    """
    rows = np.ascontiguousarray(values, "<f8")
    bits = rows.view("<i8")
    kind = np.where(bits == _NAN, 1, np.where(bits == 0, 0, 2)).astype(np.uint8)
    flags = np.packbits(np.stack([kind & 1, kind >> 1], axis=2).reshape(len(rows), 2 * rows.shape[1]), axis=1)
    told, ends = rows[kind == 2], np.cumsum((kind == 2).sum(axis=1))
    length = np.array([rows.shape[1]], "<u4").tobytes()
    return [(length + flag.tobytes() + told[end - count:end].tobytes(), sha256(row.tobytes()).hexdigest())
            for flag, end, count, row in zip(flags, ends, (kind == 2).sum(axis=1), rows, strict=True)]


def unpacked(inputs: bytes) -> np.ndarray:
    """The inputs that :func:`packed` has written, shape (p,)."""
    width = int(np.frombuffer(inputs[:4], "<u4")[0])
    told = 4 + (2 * width + 7) // 8
    flags = np.unpackbits(np.frombuffer(inputs[4:told], np.uint8), count=2 * width).reshape(width, 2)
    values = np.where(flags[:, 0] == 1, np.nan, 0.0)
    values[flags[:, 1] == 1] = np.frombuffer(inputs[told:], "<f8")
    return values


def keep(store: Store, rows: Sequence[dict[str, Any]]) -> None:
    """Write entries; when this returns, they outlive a crash of the process. Of who was erased nothing is kept.

    Parameters
    ----------
    rows : the ledger's columns but its number
    """
    if not rows:
        return
    with store.writing(survive_power_cut=False) as connection:
        if is_any_erased(connection):
            gone = {entity: is_erased(connection, entity, {row["entity_id"] for row in rows if row["entity"] == entity})
                    for entity in {row["entity"] for row in rows}}
            rows = [row for row in rows if row["entity_id"] not in gone[row["entity"]]]
        if rows:
            connection.execute(tables.ledger.insert(), rows)


def entry(store: Store, number: int) -> Entry | None:
    """One entry by its number; None where there is none."""
    with store.reading() as connection:
        row = connection.execute(select(tables.ledger).where(tables.ledger.c.id == number)).one_or_none()
    return None if row is None else _entry(row)


def entries(
    store: Store, entity: str | None = None, entity_id: str | None = None, request_id: str | None = None,
    before: int | None = None, most: int = 50, caller: str | None = None,
) -> list[Entry]:
    """The newest entries, of one lead or deal, one request or one caller where that is asked.

    Parameters
    ----------
    before : only entries with a smaller number, to go on from an earlier answer
    """
    ledger = tables.ledger.c
    asked = [column == value for column, value in ((ledger.entity, entity), (ledger.entity_id, entity_id),
                                                   (ledger.request_id, request_id), (ledger.caller, caller))
             if value is not None]
    asked += [] if before is None else [ledger.id < before]
    with store.reading() as connection:
        rows = connection.execute(select(tables.ledger).where(*asked).order_by(ledger.id.desc()).limit(most)).fetchall()
    return [_entry(row) for row in rows]


_ABOUT = ("id", "at", "request_id", "caller", "source", "fingerprint", "inputs")


def _entry(row: Row) -> Entry:
    told = {name: value for name, value in row._mapping.items() if name not in _ABOUT}
    return Entry(row.id, row.at, row.request_id, row.caller, row.source, row.fingerprint, told, unpacked(row.inputs))
