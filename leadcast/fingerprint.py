"""What data a model has seen, as one SHA-256."""

import hashlib

import numpy as np

from leadcast.history import History
from leadcast.table import Table

TABLES = ("leads", "opportunities", "events", "stages", "fields", "owners", "quotas")


def fingerprint(history: History) -> str:
    """SHA-256 over every canonical table, row by row in order, and the end of the data."""
    digest = hashlib.sha256(str(history.end).encode())
    for name in TABLES:
        _add(digest, name, getattr(history, name))
    return digest.hexdigest()


def _add(digest: "hashlib._Hash", name: str, table: Table) -> None:
    digest.update(f"\0{name}:{table.rows}".encode())
    for column in sorted(table.names):
        values = table[column]
        digest.update(f"\0{column}:{values.dtype.str}".encode())
        if values.dtype.kind == "O":
            texts = ("\1" if v is None else f"\2{v}" for v in values)
            digest.update("\0".join(texts).encode("utf-8", "surrogatepass"))
        else:
            digest.update(np.ascontiguousarray(values).tobytes())
