"""The outermost layer: whatever comes passes here first, and whatever goes out passes here last."""

import logging
import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from leadcast.errors import LeadcastError
from leadcast.moment import as_utc
from leadcast.store import StoreUnavailable
from serving.addresses import client_address, is_loopback, is_trusted
from serving.clock import wall_time
from serving.door import NO_KEYS
from serving.gate_settings import GateSettings
from serving.identity import STRANGER, WrongKey, identify, may
from serving.known_keys import KnownKeys
from serving.metrics import count_request
from serving.permissions import is_open
from serving.problems import NotReady, Refused, problem, told
from serving.rates import Buckets
from serving.request_id import CURRENT, HEADER, accepted
from serving.request_log import METHODS, SERVICE, UNMATCHED, note_request
from serving.sizes import ClientGone, has_body, read_body, replayed

GONE = 499
"""What the log and the metrics call a request whose client did not wait."""
ALWAYS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "x-frame-options": "DENY"}
SIGN_IN, READY = "/v1/session", "/readyz"
MOST_PATH = 8_192
OTHER = "(other)"
log = logging.getLogger(SERVICE)


@dataclass
class Exchange:
    """A request and its answer, as far as they have come."""

    scope: dict[str, Any]
    receive: Callable[[], Any]
    send: Callable[[Any], Any]
    headers: dict[str, str]
    request_id: str
    address: str
    status: int = GONE
    taken: int = 0
    given: int = 0
    began: float = field(default_factory=time.perf_counter)

    async def answer(self, message: Any) -> None:
        """Send a part of the answer, with the headers that every answer has."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": [*message.get("headers", ()), *self._more(message.get("headers", ()))]}
        else:
            self.given += len(message.get("body", b""))
        await self.send(message)

    def _more(self, there: Any) -> list[tuple[bytes, bytes]]:
        names = {name.lower() for name, _ in there}
        wanted = {**ALWAYS, HEADER.lower(): self.request_id}
        if self.scope["path"].startswith("/v1"):
            wanted["cache-control"] = "no-store"
        return [(name.encode(), value.encode()) for name, value in wanted.items() if name.encode() not in names]

    def done(self, log_addresses: bool) -> None:
        """Count it, and write its line into the log."""
        seconds = time.perf_counter() - self.began
        method = self.scope["method"] if self.scope["method"] in METHODS else OTHER
        route = getattr(self.scope.get("route"), "path", UNMATCHED)
        count_request(route, method, self.status, seconds)
        told_address = {"address": self.address} if log_addresses else {}
        note_request({"request_id": self.request_id, "method": method, "route": route, "status": self.status,
                      "ms": round(seconds * 1000, 2), "caller": self.scope["state"]["caller"].key_id, "bytes_in": self.taken,
                      "bytes_out": self.given, **told_address})


class Gate:
    """An ASGI app around ours: ids, keys, limits, one error shape, headers, metrics and a log.

    Parameters
    ----------
    state : of the app, whose ``store`` and ``clock`` are looked at; its ``gate_settings``, if any, go before ``settings``
    """

    def __init__(self, app: Any, state: Any, settings: GateSettings | None = None, keys: KnownKeys | None = None) -> None:
        self.app, self.state, self._settings = app, state, settings or GateSettings()
        self.keys = keys or KnownKeys(state)
        self.requests, self.failures = Buckets(), Buckets()

    @property
    def settings(self) -> GateSettings:
        return getattr(self.state, "gate_settings", None) or self._settings

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = self._exchange(scope, receive, send)
        token = CURRENT.set(exchange.request_id)
        try:
            await self._answer(exchange)
        except ClientGone:
            pass  # the log line says so
        except Exception as bug:
            log.error("unexpected: %s", type(bug).__name__, exc_info=bug)
            if exchange.status == GONE:
                answer = problem(500, "unexpected", "Something went wrong inside the service; its log says what.")
                await answer(exchange.scope, receive, exchange.answer)
        finally:
            exchange.done(self.settings.log_addresses)
            CURRENT.reset(token)

    def _exchange(self, scope: Any, receive: Any, send: Any) -> Exchange:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in reversed(scope["headers"])}
        request_id = accepted(headers.get(HEADER.lower()))
        state = {**scope.get("state", {}), "request_id": request_id, "caller": STRANGER}
        ours = {**scope, "state": state}
        if is_trusted(scope, self.settings.proxies) and headers.get("x-forwarded-proto") in ("http", "https"):
            ours["scheme"] = headers["x-forwarded-proto"]
        address = client_address(scope, headers.get("x-forwarded-for", ""), self.settings.proxies)
        return Exchange(ours, receive, send, headers, request_id, address)

    async def _answer(self, exchange: Exchange) -> None:
        try:
            await self._let_in(exchange)
            receive = exchange.receive
            if has_body(exchange.headers):
                body = await read_body(receive, exchange.headers, self.settings)
                exchange.taken, receive = len(body), replayed(body, receive)
        except LeadcastError as refused:
            await told(refused)(exchange.scope, exchange.receive, exchange.answer)
            return
        await self.app(exchange.scope, receive, exchange.answer)
        if exchange.scope["path"] == SIGN_IN and exchange.status == 401:
            self._note_failure(exchange)

    async def _let_in(self, exchange: Exchange) -> None:
        """Say who asks, or refuse."""
        scope, settings = exchange.scope, self.settings
        method, path = scope["method"], scope["path"]
        if len(scope.get("raw_path") or b"") + len(scope.get("query_string", b"")) > MOST_PATH:
            raise Refused(414, "too_long", f"The path and query are longer than {MOST_PATH:,} bytes.")
        if is_open(method, path):
            if path == READY:
                await self._see_door()
            if path == SIGN_IN:
                address = f"address {exchange.address}"
                _wait(self.failures.wait(address, settings.share(settings.failures_per_minute)))
                _wait(self.requests.take(address, settings.share(settings.per_minute)))
            return
        try:
            ring, now = await self.keys.ring(), as_utc(wall_time(self.state))
            if self._others_reach_it() and not ring.keys:
                raise Refused(403, "keys_needed", NO_KEYS)
            found = identify(scope, exchange.headers, ring, now, settings, exchange.address)
        except WrongKey:
            _wait(self._note_failure(exchange))
            raise
        scope["state"]["caller"] = found.caller
        per_minute = settings.per_minute if found.per_minute is None else found.per_minute
        _wait(self.requests.take(found.bucket, settings.share(per_minute)))
        may(found, method, path, exchange.headers)
        if found.caller.key_id:
            self.keys.note(found.caller.key_id)

    def _others_reach_it(self) -> bool:
        bound = getattr(self.state, "bound", None)
        return bound is not None and not is_loopback(bound)

    async def _see_door(self) -> None:
        """Do not call a service ready that lets nobody in: its store is not open, or others reach it and it has no keys."""
        if self.state.store is None:
            raise NotReady(self.state.store_trouble)
        if self._others_reach_it():
            with suppress(StoreUnavailable):
                if not (await self.keys.ring()).keys:
                    raise Refused(503, "not_ready", NO_KEYS)

    def _note_failure(self, exchange: Exchange) -> float:
        """Count a wrong key; 0, or for how many seconds its address has tried too many."""
        return self.failures.take(f"address {exchange.address}", self.settings.share(self.settings.failures_per_minute))


def _wait(seconds: float) -> None:
    if seconds > 0:
        raise Refused(429, "too_many", "Too many requests; Retry-After says for how many seconds to wait.",
                      {"Retry-After": str(math.ceil(seconds))})


