"""The service's app in process, on the trained workspace's history in a store, beside the commands on the same files."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from click.testing import CliRunner, Result
from fastapi import FastAPI
from fixtures_store import blank_sqlite
from fixtures_trained import TrainedWorkspace

from leadcast.cli import main
from leadcast.store import Store, open_engine
from leadcast.store.bulk import load_history
from leadcast.workspace import read_workspace
from serving.app import build_app
from serving.caller import ANYONE, Caller, Limit
from serving.desk import Desk
from serving.scores import Scorer

DAY = np.timedelta64(1, "D")


@contextmanager
def filled_store(trained: TrainedWorkspace, folder: Path) -> Iterator[Store]:
    """``with filled_store(...) as store``: SQLite with the trained workspace's history in it."""
    store = open_engine(blank_sqlite(folder / "store.db"))
    load_history(store, trained.history, trained.history.end)
    yield store
    store.close()


@dataclass
class AskedService:
    """``ask`` sends a request as a caller; ``command`` runs a command on the files that the store was filled with."""

    app: FastAPI
    folder: Path
    data: Path
    end: np.datetime64
    caller: Caller = ANYONE

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        async def with_caller(scope: Any, receive: Any, send: Any) -> None:
            scope.setdefault("state", {})["caller"] = self.caller
            await self.app(scope, receive, send)

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(with_caller)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=60) as asker:
                written = {} if body is None else {"content": json.dumps(body), "headers": {"Content-Type": "application/json"}}
                return await asker.request(method, path, **written, **more)

        return asyncio.run(send())

    def get(self, path: str, /, **query: Any) -> Any:
        answer = self.ask("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any, status: int = 200) -> Any:
        answer = self.ask("POST", path, body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def refused(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, str, list[str]]:
        """(status, code, paths of what is wrong) of a request that is refused."""
        answer = self.ask(method, path, body, **more)
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        told = answer.json()
        return answer.status_code, told["code"], [error["path"] for error in told["errors"]]

    @contextmanager
    def limited_to(self, *owners: str) -> Iterator[None]:
        self.caller = Caller("k1", "limited", limit=Limit("owner", owners))
        try:
            yield
        finally:
            self.caller = ANYONE

    def run(self, name: str, *arguments: object) -> Result:
        """What a command on the files did, however it ended."""
        given = [name, "-w", self.folder, "--data", self.data, *arguments]
        return CliRunner().invoke(main, [str(a) for a in given], catch_exceptions=False)

    def command(self, name: str, *arguments: object) -> Any:
        result = self.run(name, *arguments, "--json")
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    @property
    def forecasts(self) -> Path:
        return self.folder / ".leadcast" / "forecasts"

    @property
    def quarter(self) -> str:
        day = str(self.end + DAY)
        return f"{day[:4]}-Q{(int(day[5:7]) + 2) // 3}"


def asked_service(trained: TrainedWorkspace, store: Store | None, folder: Path) -> AskedService:
    """A workspace of one's own with the trained models; now is the end of the data."""
    (folder / "leadcast.toml").write_bytes((trained.folder / "leadcast.toml").read_bytes())
    end = trained.history.end
    app = build_app(lambda: end.astype("datetime64[us]").item().replace(tzinfo=UTC))
    scorers = {target: Scorer(bundle) for target, bundle in trained.bundles.items()}
    app.state.desk = Desk(read_workspace(folder, trained.folder), scorers, None)
    app.state.store = store
    return AskedService(app, folder, trained.folder, end)
