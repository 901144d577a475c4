"""Whose records a caller may see: all, or those of the owners its key is limited to."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from fastapi import Request

from leadcast.store import Store
from serving.at_hand import caller_of, now_of, store_of
from serving.caller import Limit

FRESH_SECONDS = 2.0
"""A change of teams counts after so long at the latest, as a revoked key does."""
MOST_LIMITS = 256


def owners_allowed(request: Request) -> frozenset[str] | None:
    """The owners whose records the caller may see; None: everybody's, also those of nobody.

    A limit to a manager or region means whoever belongs there now, by the store's owners.

    Raises
    ------
    NotReady : the caller is limited to a team, and the store is not open
    StoreUnavailable : the same, and the database does not answer
    """
    limit = caller_of(request).limit
    if limit is None:
        return None
    if limit.by == "owner":
        return frozenset(limit.to)
    return _teams_of(request).of(store_of(request), limit, now_of(request))


def owner_allowed(request: Request, owner: str | None) -> bool:
    """May the caller see a record of this owner? One without an owner is only for callers without a limit.

    Raises
    ------
    NotReady, StoreUnavailable : as for :func:`owners_allowed`
    """
    allowed = owners_allowed(request)
    return allowed is None or owner in allowed


@dataclass
class Teams:
    """Who belonged to whom a moment ago, so that not every request reads the owners."""

    _known: OrderedDict[Limit, tuple[float, frozenset[str]]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, store: Store, limit: Limit, now: np.datetime64) -> frozenset[str]:
        from leadcast.store.teams import members

        assert limit.by != "owner"
        with self._lock:
            read_at, owners = self._known.get(limit, (-np.inf, frozenset()))
        if time.monotonic() - read_at < FRESH_SECONDS:
            return owners
        began = time.monotonic()
        owners = members(store, limit.by, limit.to, now)
        with self._lock:
            self._known[limit] = began, owners
            self._known.move_to_end(limit)
            while len(self._known) > MOST_LIMITS:
                self._known.popitem(last=False)
        return owners


def _teams_of(request: Request) -> Teams:
    state = request.app.state
    if getattr(state, "teams", None) is None:
        state.teams = Teams()
    teams: Teams = state.teams
    return teams
