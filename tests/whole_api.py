"""The whole API in process, behind its gate: the trained models, their history in a store, and files of its own."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import httpx
from fixtures_trained import TrainedWorkspace
from fixtures_versions import workspace_copy

from leadcast.moment import as_utc
from leadcast.store import Store, open_engine
from leadcast.store.api_keys import make_key
from leadcast.store.bulk import load_history
from leadcast.store.migrate import migrate
from serving.app import build_app
from serving.desk import Desk
from serving.gate import Gate
from serving.gate_settings import GateSettings
from serving.scores import Scorer

LIMITLESS = GateSettings(per_minute=0, per_minute_without_keys=0, failures_per_minute=10**9)


@dataclass
class WholeApi:
    """``headers`` hold a key that may do everything; it is the end of the data."""

    gate: Gate
    store: Store
    headers: dict[str, str]
    documented: dict[tuple[str, str], set[str]]

    def send(self, method: str, path: str, content: bytes | str | None = None, **more: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.gate), base_url="http://127.0.0.1") as asker:
                headers = {**self.headers, **({} if content is None else {"Content-Type": "application/json"})}
                return await asker.request(method, path, content=content, headers=headers, **more)

        return asyncio.run(ask())

    def told(self, method: str, path: str, content: bytes | str | None = None, **more: Any) -> tuple[int, Any]:
        """(status, parsed body) of an answer, once it is seen to be no bug, documented, and JSON without NaN."""
        answer = self.send(method, path, content, **more)
        where = path.partition("?")[0]
        statuses = self.documented.get((method, where), self.documented.get((method, where.rsplit("/", 1)[0]), set()))
        assert answer.status_code < 500 and str(answer.status_code) in statuses, (answer.status_code, answer.text[:400])
        said = json.loads(answer.content, parse_constant=_no_number)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json" and said["code"], answer.text[:400]
        return answer.status_code, said


def _no_number(text: str) -> None:
    raise AssertionError(f"{text} is not JSON")


@contextmanager
def whole_api(trained: TrainedWorkspace, folder: Path, address: str) -> Iterator[WholeApi]:
    from leadcast.mapping import ReferenceTables

    store = open_engine(address)
    migrate(store)
    load_history(store, trained.history, trained.history.end)
    workspace = workspace_copy(trained, folder)
    now = trained.history.end.astype("datetime64[us]").item().replace(tzinfo=UTC)
    app = build_app(lambda: now)
    scorers = {target: Scorer(bundle) for target, bundle in trained.bundles.items()}
    app.state.desk, app.state.store = Desk(workspace, scorers, ReferenceTables(workspace)), store
    text, _ = make_key(store, "admin", ("admin",), as_utc(now))
    documented = {(method.upper(), path.partition("/{")[0]): set(found["responses"])
                  for path, methods in app.openapi()["paths"].items() for method, found in methods.items()}
    try:
        yield WholeApi(Gate(app, app.state, LIMITLESS), store, {"X-API-Key": text}, documented)
    finally:
        store.close()
