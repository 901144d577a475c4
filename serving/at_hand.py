"""What a route reaches for: the desk, the store, the time, the caller."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from fastapi import Request

from leadcast.moment import as_utc
from serving.caller import ANYONE, Caller
from serving.problems import NotReady

if TYPE_CHECKING:
    from leadcast.store import Store
    from serving.desk import Desk

Clock = Callable[[], datetime]


def desk_of(request: Request) -> "Desk":
    """The models that answer now; a request keeps the one it began with.

    Raises
    ------
    NotReady : none are loaded; says why
    """
    if request.app.state.desk is None:
        raise NotReady(request.app.state.trouble)
    desk: Desk = request.app.state.desk
    return desk


def store_of(request: Request) -> "Store":
    """The open store.

    Raises
    ------
    NotReady : it could not be opened; says why
    """
    if request.app.state.store is None:
        raise NotReady(request.app.state.store_trouble)
    store: Store = request.app.state.store
    return store


def now_of(request: Request) -> np.datetime64:
    """The present moment, UTC, to the microsecond."""
    clock: Clock = request.app.state.clock
    return as_utc(clock().astimezone(UTC))


def caller_of(request: Request) -> Caller:
    """Who asks; put there by the outermost layer, which has checked the key."""
    caller: Caller = request.scope.get("state", {}).get("caller", ANYONE)
    return caller


def request_id_of(request: Request) -> str:
    """The request's id, as it stands in the answer's header and in the log."""
    return str(request.scope.get("state", {}).get("request_id", ""))
