"""Whose records are asked for: an owner's, a manager's or a region's, and only those that the caller may see."""

from typing import Protocol

import numpy as np
from fastapi import Request

from leadcast.store.teams import members
from serving.at_hand import store_of
from serving.limits import owners_allowed


class AskedWhose(Protocol):
    """What a question says of owners; None: it does not matter."""

    owner: str | None
    manager: str | None
    region: str | None


def owners_asked(request: Request, asked: AskedWhose, now: np.datetime64) -> frozenset[str] | None:
    """Whose records are asked for and may be seen; None: everybody's.

    Raises
    ------
    NotReady, StoreUnavailable : as for :func:`serving.limits.owners_allowed`
    """
    found = [owners_allowed(request), None if asked.owner is None else frozenset([asked.owner])]
    if asked.manager is not None:
        found.append(members(store_of(request), "manager", [asked.manager], now))
    if asked.region is not None:
        found.append(members(store_of(request), "region", [asked.region], now))
    sets = [some for some in found if some is not None]
    return frozenset.intersection(*sets) if sets else None
