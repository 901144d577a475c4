"""``leadcast serve`` as a process on a workspace, its child processes, and clients that keep it busy."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psutil
from fixtures_trained import ROOT, wait_for

from leadcast.workspace.model import Workspace

WORKER, COMPANION, BENTOML = "_bentoml_impl.worker.service", "leadcast work", "bentoml serve"


class Running:
    """``with Running(workspace) as running``: the service, ready; ended by its own process id."""

    def __init__(self, workspace: Workspace, *options: str, environ: dict[str, str] | None = None) -> None:
        from serving.launch import free_port

        self.workspace, self.port = workspace, free_port()
        self.command = [sys.executable, "-m", "leadcast", "serve", "-w", str(workspace.folder), "--port", str(self.port),
                        *options]
        self.environ = {**os.environ, "PYTHONPATH": str(ROOT), **(environ or {})}
        self.log = workspace.folder / "serve.log"

    def __enter__(self) -> "Running":
        with self.log.open("w") as log:
            self.process = subprocess.Popen(self.command, env=self.environ, stdout=log, stderr=log, start_new_session=True)
        try:
            wait_for(f"{self.address}/readyz", 200)
        except AssertionError:
            self.__exit__()
            raise AssertionError(self.log.read_text()) from None
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def children(self, what: str) -> list[psutil.Process]:
        """The processes under it whose command line holds these words."""
        found = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in found if what in " ".join(_command_line(child))]

    def status(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()


def _command_line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@dataclass
class Crowd:
    """Clients with connections that stay open, each asking again and again; what they saw.

    Attributes
    ----------
    failed : requests that were sent on an open connection and got no answer
    turned_away : connections that were not accepted
    answers : (monotonic seconds, status, models named)
    """

    port: int
    body: dict[str, Any]
    clients: int = 8
    pause: float = 0.08
    failed: list[str] = field(default_factory=list)
    turned_away: int = 0
    answers: list[tuple[float, int, frozenset[str]]] = field(default_factory=list)

    def __enter__(self) -> "Crowd":
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(self.clients)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(60)

    def wait_for(self, enough: Callable[["Crowd"], bool], seconds: float = 60) -> float:
        """Seconds until it is so."""
        begun = time.monotonic()
        while not enough(self):
            assert time.monotonic() - begun < seconds, f"{len(self.answers)} answers, {self.failed[:3]}"
            time.sleep(0.02)
        return time.monotonic() - begun

    def since(self, moment: float) -> list[tuple[float, int, frozenset[str]]]:
        return [answer for answer in list(self.answers) if answer[0] >= moment]

    def _ask(self) -> None:
        text, connection = json.dumps(self.body), None
        while not self.over.wait(self.pause):
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
                    connection.connect()
            except OSError:
                self.turned_away, connection = self.turned_away + 1, None
                continue
            connection = self._one(connection, text)

    def _one(self, connection: http.client.HTTPConnection, text: str) -> http.client.HTTPConnection | None:
        try:
            connection.request("POST", "/v1/score/leads", text, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            said, closes = json.loads(answer.read()), answer.will_close
        except (OSError, http.client.HTTPException, ValueError) as lost:
            self.failed.append(f"{type(lost).__name__}: {lost}")
            connection.close()
            return None
        models = frozenset(score["model"] for result in said.get("results", []) for score in result.get("scores", []))
        self.answers.append((time.monotonic(), answer.status, models))
        if not closes:
            return connection
        connection.close()
        return None


def a_lead(trained: Any) -> dict[str, Any]:
    """A request with one open lead."""
    entity_id = trained.scores[trained.scores["entity"] == "lead"]["entity_id"].iloc[0]
    record = trained.records.of(trained.history, "lead", entity_id)
    return {"as_of": f"{trained.history.end}Z", "skip_bad_rows": True, "explain": False, "records": [record]}


def until(so: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


def gone(processes: list[psutil.Process]) -> bool:
    return not [process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
