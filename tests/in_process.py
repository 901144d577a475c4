"""Requests to our app in this process, on the trained models and a store."""

import asyncio
from datetime import UTC

import httpx
import numpy as np
from fixtures_trained import TrainedWorkspace
from stored_company import desk_of

from leadcast.store import Store
from serving.app import build_app
from serving.caller import Caller


def ask(
    store: Store | None, trained: TrainedWorkspace, path: str, caller: Caller | None = None, now: np.datetime64 | None = None,
    put: object = None,
) -> httpx.Response:
    """The answer to a GET, or to a PUT of what is given, as if it were ``now`` (default: the end of the data)."""
    moment = (trained.history.end if now is None else now).item().replace(tzinfo=UTC)
    app = build_app(lambda: moment)
    app.state.desk, app.state.store = desk_of(trained), store

    async def as_caller(scope: dict, receive: object, send: object) -> None:
        await app({**scope, "state": {} if caller is None else {"caller": caller}}, receive, send)

    async def fetch() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(as_caller), base_url="http://here") as client:
            return await (client.get(path) if put is None else client.put(path, json=put))

    return asyncio.run(fetch())
