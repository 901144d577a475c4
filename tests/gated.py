"""The app behind its gate, in process, with a store and clocks that a test sets."""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from fastapi import FastAPI
from fixtures_store import blank_sqlite

from leadcast.moment import as_utc
from leadcast.store import Store, open_engine
from leadcast.store.api_keys import ApiKey, make_key
from serving.app import build_app
from serving.gate import Gate
from serving.gate_settings import GateSettings
from serving.known_keys import KnownKeys
from serving.rates import Buckets

START = datetime(2026, 3, 1, 8, tzinfo=UTC)


@dataclass
class Gated:
    """``ask`` sends a request as uvicorn would hand it over; ``pass_seconds`` lets time go by."""

    app: FastAPI
    gate: Gate
    store: Store
    clock: list[datetime]
    ticks: list[float]
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, client: tuple[str, int] | None = ("127.0.0.1", 5), base: str = "http://127.0.0.1",
            **more: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.gate, client=client)
            async with httpx.AsyncClient(transport=transport, base_url=base) as asker:
                return await asker.request(method, path, **{**more, "headers": {**self.headers, **more.get("headers", {})}})

        return asyncio.run(send())

    def key(self, *scopes: str, name: str = "", **more: Any) -> tuple[str, ApiKey]:
        """A new key, known to the gate at once."""
        text, made = make_key(self.store, name or f"key {len(scopes)} {self.ticks[0]}", scopes, self.now, **more)
        self.pass_seconds(2)
        return text, made

    def pass_seconds(self, seconds: float) -> None:
        self.ticks[0] += seconds
        self.clock[0] += timedelta(seconds=seconds)

    @property
    def now(self) -> np.datetime64:
        return as_utc(self.clock[0])


def gated(folder: Path, settings: GateSettings | None = None) -> Gated:
    store = open_engine(blank_sqlite(folder / "gated.db"))
    clock, ticks = [START], [100.0]
    app = build_app(lambda: clock[0])
    app.state.store = store
    gate = Gate(app, app.state, settings, KnownKeys(app.state, lambda: ticks[0]))
    gate.requests, gate.failures = (Buckets(ticks=lambda: ticks[0]) for _ in range(2))
    return Gated(app, gate, store, clock, ticks)


class Lines(logging.Handler):
    """``with Lines() as lines``: what our loggers write meanwhile, as the service's log would have it."""

    def __init__(self) -> None:
        from serving.request_log import OneLine

        super().__init__()
        self.setFormatter(OneLine())
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))

    def of(self, logger: str) -> list[dict[str, Any]]:
        return [line for text in self.texts if (line := json.loads(text))["logger"] == logger]

    def __enter__(self) -> "Lines":
        self.root = logging.getLogger("leadcast")
        self.level = self.root.level
        self.root.addHandler(self)
        self.root.setLevel(logging.DEBUG)
        return self

    def __exit__(self, *_: object) -> None:
        self.root.removeHandler(self)
        self.root.setLevel(self.level)


def scope_of(**more: Any) -> dict[str, Any]:
    """A request as a server hands it over."""
    return {"type": "http", "method": "GET", "path": "/livez", "raw_path": b"/livez", "query_string": b"", "headers": [],
            "client": ("127.0.0.1", 5), "server": ("127.0.0.1", 3000), "scheme": "http", **more}


def raw(gate: Gate, messages: list[Callable[[], Any]], **scope: Any) -> list[dict[str, Any]]:
    """What the gate sends for a request whose parts come as these say."""
    sent: list[dict[str, Any]] = []

    async def go() -> None:
        left = iter(messages)

        async def receive() -> Any:
            part = next(left)()
            return await part if asyncio.iscoroutine(part) else part

        async def send(message: Any) -> None:
            sent.append(message)

        await gate(scope_of(**scope), receive, send)

    asyncio.run(go())
    return sent
