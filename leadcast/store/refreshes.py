"""When all current scores were last made anew, and by which models."""

import json
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, select

from leadcast.store import tables
from leadcast.store.columns import micro
from leadcast.store.upsert import replace_known

REFRESHED = "refreshed"


@dataclass(frozen=True)
class LastRefresh:
    """The newest refresh of everyone; ``models`` such as ``acme-mql/3-1f0c9a2b``."""

    at: np.datetime64
    models: frozenset[str]


def last_refresh(connection: Connection) -> LastRefresh | None:
    """None before the first."""
    kept = connection.execute(select(tables.meta.c.value).where(tables.meta.c.name == REFRESHED)).scalar()
    if kept is None:
        return None
    told = json.loads(kept)
    return LastRefresh(np.datetime64(told["at"], "us"), frozenset(told["models"]))


def note_refresh(connection: Connection, at: np.datetime64, models: Collection[str]) -> None:
    """Say that everyone was scored anew."""
    told = json.dumps({"at": micro(at), "models": sorted(models)})
    connection.execute(replace_known(connection, tables.meta), {"name": REFRESHED, "value": told})
