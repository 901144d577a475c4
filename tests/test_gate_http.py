"""The gate over real HTTP: two workers, keys in the store, bodies in pieces, one count of everything, and a log to read."""

import http.client
import json
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from fixtures_trained import ROOT, simulated_workspace, wait_for

from leadcast.store import open_store
from leadcast.store.api_keys import make_key, revoke_key, rotate_key
from leadcast.workspace import read_workspace
from serving.launch import command, environment, free_port

NOW = np.datetime64("2026-03-01", "us")
MOST = 100_000


@dataclass
class Locked:
    """A running service that asks for keys."""

    folder: Path
    port: int
    key: str
    key_id: str

    def ask(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None, key: str | None = None,
            chunked: bool = False) -> tuple[int, dict[str, str], str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = {"X-API-Key": self.key if key is None else key, **(headers or {})}
        connection.request(method, path, body, {name: value for name, value in sent.items() if value}, encode_chunked=chunked)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()

    @property
    def log(self) -> str:
        return (self.folder / "service.log").read_text()


@contextmanager
def started(folder: Path, host: str = "127.0.0.1", **more: str) -> Iterator[int]:
    """The port of plain ``bentoml serve`` on a workspace without models."""
    port = free_port()
    environ = {**environment(read_workspace(folder), None), "PYTHONPATH": str(ROOT), **more}
    with (folder / "service.log").open("w") as log:
        process = subprocess.Popen(command(port, host), env=environ, stdout=log, stderr=log, start_new_session=True)
    try:
        wait_for(f"http://127.0.0.1:{port}/livez", 200)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Locked]:
    folder = simulated_workspace(tmp_path_factory.mktemp("locked"), 30, 5)
    store = open_store(read_workspace(folder))
    key, made = make_key(store, "everything", ["admin"], NOW)
    store.close()
    with started(folder, LEADCAST_WORKERS="2", LEADCAST_MOST_BYTES=str(MOST)) as port:
        yield Locked(folder, port, key, made.key_id)


def soon(so: Callable[[], object], seconds: float = 30, pause: float = 0.05) -> bool:
    """Whether it came true: an answer is counted and logged after it is sent, and a key is known a little after it is made."""
    end = time.monotonic() + seconds
    while not (true := so()) and time.monotonic() < end:
        time.sleep(pause)
    return bool(true)


def test_a_key_opens_and_without_one_it_is_closed(locked):
    assert locked.ask("GET", "/v1/models")[0] == 503  # let in; there are no models
    for path in ("/v1/models", "/metrics", "/docs", "/openapi.json", "/nothing"):
        status, headers, _ = locked.ask("GET", path, key="")
        assert (status, headers["www-authenticate"]) == (401, "Bearer"), path
    assert locked.ask("GET", "/livez", key="")[0] == 200


def test_keys_are_exchanged_while_it_runs(locked):
    store = open_store(read_workspace(locked.folder))
    first, old = make_key(store, "crm", ["read"], NOW)
    second, _, _ = rotate_key(store, "crm", NOW)

    def told(key: str, status: int) -> bool:
        """By either worker, very likely. It stops at the first that is otherwise: too many wrong keys are another refusal."""
        return all(locked.ask("GET", "/v1/models", key=key)[0] == status for _ in range(4))

    time.sleep(2.1)  # a worker looks for new keys every two seconds, later where the machine is busy
    assert soon(lambda: told(first, 503), pause=1) and soon(lambda: told(second, 503), pause=1)
    revoke_key(store, old.key_id, NOW)
    assert soon(lambda: told(first, 401), pause=0.5) and told(second, 503)
    store.close()


def test_a_body_in_pieces_over_the_limit_is_a_413(locked):
    pieces = (b" " * 1000 for _ in range(MOST // 1000 + 1))
    status, headers, text = locked.ask("POST", "/v1/score/leads", pieces, {"Content-Type": "application/json",
                                                                            "Transfer-Encoding": "chunked"}, chunked=True)
    assert (status, json.loads(text)["code"]) == (413, "too_large") and headers["content-type"] == "application/problem+json"


def test_a_body_in_pieces_within_the_limit_is_read(locked):
    pieces = (piece for piece in (b'{"records"', b": [", b"]}"))
    status, _, text = locked.ask("POST", "/v1/score/leads", pieces, {"Content-Type": "application/json",
                                                                      "Transfer-Encoding": "chunked"}, chunked=True)
    assert (status, json.loads(text)["code"]) in ((422, "invalid_request"), (503, "not_ready"))


def test_a_body_that_says_it_is_huge_is_refused_at_once(locked):
    with socket.create_connection(("127.0.0.1", locked.port), timeout=30) as wire:
        wire.sendall(f"POST /v1/score/leads HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: {locked.key}\r\n"
                     f"Content-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n".encode())
        answer = wire.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 413 ") and b"connection: close" in answer.lower()


def test_the_workers_count_as_one(locked):
    def livez() -> float:
        text = locked.ask("GET", "/metrics")[2]
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                   if line.startswith("leadcast_requests_total{") and 'route="/livez"' in line)

    before = livez()
    for _ in range(20):
        locked.ask("GET", "/livez")
    assert soon(lambda: livez() == before + 20)
    assert {livez() for _ in range(4)} == {before + 20}


def test_the_log_is_json_and_tells_the_request_by_its_id(locked):
    marked = "trace-0123456789"
    locked.ask("GET", "/v1/models?email=someone@example.com", headers={"X-Request-ID": marked})

    def access() -> list[dict]:
        lines = [json.loads(line) for line in locked.log.splitlines() if marked in line]
        return [line for line in lines if line["logger"] == "leadcast.access"]

    assert soon(access)
    assert [(line["route"], line["status"], line["caller"]) for line in access()] == [("/v1/models", 503, locked.key_id)]
    assert "someone@example.com" not in locked.log and locked.key.split("_", 2)[2] not in locked.log
    assert "127.0.0.1" not in "".join(line for line in locked.log.splitlines() if "leadcast.access" in line)


def test_a_session_over_the_wire(locked):
    body = json.dumps({"key": locked.key})
    status, headers, _ = locked.ask("POST", "/v1/session", body, {"Content-Type": "application/json"}, key="")
    assert status == 204 and re.search("; HttpOnly;.* SameSite=strict", headers["set-cookie"])
    assert locked.ask("GET", "/v1/models", headers={"Cookie": headers["set-cookie"].split(";")[0]}, key="")[0] == 503


def test_nobody_can_say_that_he_is_somebody_elses_address(locked):
    """uvicorn would believe X-Forwarded-For from this machine; the gate's own list decides."""
    codes = [locked.ask("GET", "/v1/models", headers={"X-Forwarded-For": f"10.1.1.{number}"}, key="lc_000000000000_x")[0]
             for number in range(30)]
    assert 429 in codes


def test_plain_bentoml_on_every_address_lets_nobody_in_without_keys(tmp_path):
    folder = simulated_workspace(tmp_path, 30, 5)
    with started(folder, host="0.0.0.0") as port:
        open_house = Locked(folder, port, "", "")
        status, _, text = open_house.ask("GET", "/readyz")
        assert (status, json.loads(text)["code"]) == (503, "not_ready") and "There are no keys" in text
        status, _, text = open_house.ask("GET", "/v1/models")
        assert (status, json.loads(text)["code"]) == (403, "keys_needed")


@pytest.mark.long  # in process in test_gate.py
def test_settings_that_cannot_be_used_keep_the_door_shut(tmp_path):
    folder = simulated_workspace(tmp_path, 30, 5)
    with started(folder, LEADCAST_MOST_BYTES="8M") as port:
        shut = Locked(folder, port, "", "")
        for path in ("/readyz", "/v1/models"):
            status, _, text = shut.ask("GET", path)
            assert (status, json.loads(text)["code"]) == (503, "not_ready") and "LEADCAST_MOST_BYTES" in text

