"""A worker follows the pointer, the alarms and the drain file; what answers changes in one assignment or not at all."""

import asyncio
import json
import shutil
import socket
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from fixtures_trained import TrainedWorkspace
from fixtures_versions import workspace_copy

from leadcast.bundle_files import write_bundle
from leadcast.errors import RegistryError
from leadcast.workspace.model import Workspace
from serving.copies import Alarm, Copy, copy_of, read_pointer, serving_folder, write_alarms, write_pointer
from serving.draining import CLOSED, DRAINING, Draining, let_nobody_in
from serving.watch import Surroundings, Watch

NOW = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
TARGETS = ("mql", "sql", "win")


@pytest.fixture(scope="module")
def copied(trained: TrainedWorkspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with copies of its champions, and of a second version of each beside."""
    workspace = workspace_copy(trained, tmp_path_factory.mktemp("swap") / "copied")
    folder = serving_folder(workspace)
    first = {}
    for target, bundle in trained.bundles.items():
        for number, mark in ((1, ""), (2, "\nsecond\n")):
            other = replace(bundle, card=bundle.card + mark)
            checksum = write_bundle(other, folder / "new")
            copy = copy_of(target, number, checksum)
            (folder / copy.folder).parent.mkdir(parents=True, exist_ok=True)
            (folder / "new").rename(folder / copy.folder)
            if number == 1:
                first[target] = copy
    write_pointer(folder, first)
    return workspace


class Worker:
    """A worker's watch without its thread, and the state that it keeps."""

    def __init__(self, workspace: Workspace, drain: Path | None = None) -> None:
        self.folder = serving_folder(workspace)
        self.state = SimpleNamespace(desk=None, trouble="", alarms={}, loaded_at=None, draining=False)
        self.watch = Watch(self.state, Surroundings(workspace.folder, drain=drain), lambda: NOW)
        self.watch.open()

    def versions(self) -> dict[str, str]:
        return {target: scorer.bundle.version for target, scorer in self.state.desk.scorers.items()}

    def name(self, target: str, number: int) -> Copy:
        """Let the pointer name another copy of a target."""
        place = next((self.folder / "models" / target).glob(f"{number}-*"))
        checksum = json.loads((place / "manifest.json").read_text())["checksum"]
        copy = copy_of(target, number, checksum)
        write_pointer(self.folder, {**(read_pointer(self.folder) or {}), target: copy})
        return copy


@pytest.fixture
def workspace(copied: Workspace, tmp_path: Path) -> Workspace:
    from leadcast.workspace import read_workspace

    shutil.copytree(copied.folder, tmp_path / "own")
    return read_workspace(tmp_path / "own")


def refuse(*_: object) -> None:
    raise RegistryError("nobody may ask the registry")


def test_with_a_pointer_a_worker_never_asks_the_registry(workspace, monkeypatch):
    monkeypatch.setattr("serving.registry.load_champions", refuse)
    worker = Worker(workspace)
    assert worker.versions() == {target: copy.version for target, copy in read_pointer(worker.folder).items()}
    assert (worker.state.loaded_at, worker.state.alarms) == (NOW, {})


def test_without_a_pointer_the_registry_answers_and_a_pointer_is_followed_once_it_is_there(workspace, trained):
    folder = serving_folder(workspace)
    (folder / "champions.json").rename(folder / "aside.json")
    worker = Worker(workspace)
    assert worker.versions() == {target: bundle.version for target, bundle in trained.bundles.items()}
    (folder / "aside.json").rename(folder / "champions.json")
    copy = worker.name("sql", 2)
    worker.watch.look()
    assert worker.versions()["sql"] == copy.version


def test_a_new_version_takes_over_and_the_others_are_not_loaded_again(workspace):
    worker = Worker(workspace)
    desk = worker.state.desk
    copy = worker.name("sql", 2)
    worker.watch.look()
    assert worker.versions() == {**{t: s.bundle.version for t, s in desk.scorers.items()}, "sql": copy.version}
    assert list(worker.state.desk.scorers) == list(desk.scorers)
    assert all(worker.state.desk.scorers[target] is desk.scorers[target] for target in ("mql", "win"))
    assert desk.scorers["sql"].bundle.version != copy.version, "a request keeps the desk that it began with"


def test_going_back_is_another_change_of_the_pointer(workspace):
    worker = Worker(workspace)
    before = worker.versions()
    worker.name("sql", 2)
    worker.watch.look()
    worker.name("sql", 1)
    worker.watch.look()
    assert worker.versions() == before


@pytest.mark.parametrize("name", ["members.json", "manifest.json"])
def test_a_damaged_copy_does_not_take_over_and_is_tried_again(workspace, name, monkeypatch):
    worker = Worker(workspace)
    desk, before = worker.state.desk, worker.versions()
    copy = worker.name("sql", 2)
    file = worker.folder / copy.folder / name
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    worker.watch.look()
    assert worker.versions() == before and worker.state.desk is desk
    assert worker.state.alarms["sql"].startswith(f"version {copy.version} cannot answer here: ")
    file.write_bytes(whole)
    monkeypatch.setattr("serving.watch.RETRY_SECONDS", -1)
    worker.watch.look()
    assert worker.versions()["sql"] == copy.version and worker.state.alarms == {}


def test_one_target_can_change_while_another_cannot(workspace):
    worker = Worker(workspace)
    before = worker.versions()
    broken, good = worker.name("sql", 2), worker.name("win", 2)
    (worker.folder / broken.folder / "calibrator.json").unlink()
    worker.watch.look()
    assert worker.versions() == {**before, "win": good.version} and worker.state.alarms.keys() == {"sql"}


def test_files_of_another_version_under_the_name_of_a_copy_do_not_answer(workspace):
    worker = Worker(workspace)
    before = worker.versions()
    copy = worker.name("sql", 2)
    shutil.rmtree(worker.folder / copy.folder)
    shutil.copytree(next((worker.folder / "models" / "sql").glob("1-*")), worker.folder / copy.folder)
    worker.watch.look()
    assert worker.versions() == before and "somebody put others in their place" in worker.state.alarms["sql"]


def test_a_pointer_that_cannot_be_read_or_is_gone_changes_nothing(workspace):
    worker = Worker(workspace)
    desk = worker.state.desk
    (worker.folder / "champions.json").write_text("{")
    with pytest.raises(Exception, match="leadcast work writes it again"):
        worker.watch.look()
    worker.watch.look()
    (worker.folder / "champions.json").unlink()
    worker.watch.look()
    assert worker.state.desk is desk


def test_a_worker_starts_with_what_can_answer_and_says_what_cannot(workspace):
    folder = serving_folder(workspace)
    (folder / read_pointer(folder)["sql"].folder / "members.json").write_text("[]")
    worker = Worker(workspace)
    assert list(worker.versions()) == ["mql", "win"] and worker.state.alarms.keys() == {"sql"}


def test_a_worker_without_any_model_gets_ready_once_there_is_one(workspace):
    folder = serving_folder(workspace)
    (folder / "champions.json").rename(folder / "aside.json")
    (folder.parent / "mlflow.db").unlink()
    worker = Worker(workspace)
    assert worker.state.desk is None and "Run leadcast train" in worker.state.trouble
    (folder / "aside.json").rename(folder / "champions.json")
    worker.watch.look()
    assert list(worker.versions()) == ["mql", "sql", "win"]


def test_models_that_mean_other_columns_do_not_answer(workspace):
    toml = workspace.folder / "leadcast.toml"
    toml.write_text(toml.read_text().replace('currency = "EUR"', 'currency = "USD"'))
    worker = Worker(workspace)
    assert worker.state.desk is None and "trained with another leadcast.toml" in worker.state.trouble


def test_the_keepers_alarms_come_and_go(workspace):
    worker = Worker(workspace)
    write_alarms(worker.folder, {"registry": Alarm("", "it does not answer", "", "")})
    worker.watch.look()
    assert worker.state.alarms == {"registry": "it does not answer"}
    write_alarms(worker.folder, {})
    worker.watch.look()
    assert worker.state.alarms == {}


def test_the_watch_goes_on_after_what_nobody_expected(workspace, monkeypatch):
    worker = Worker(workspace)
    looks = threading.Event()

    def look() -> None:
        if looks.is_set():
            worker.watch.stopped.set()
        looks.set()
        raise RuntimeError("unexpected")

    monkeypatch.setattr("serving.watch.EVERY_SECONDS", 0.001)
    monkeypatch.setattr(worker.watch, "look", look)
    worker.watch.start()
    worker.watch.join(30)
    assert not worker.watch.is_alive() and looks.is_set()


def test_a_worker_drains_once_the_file_says_so(workspace, tmp_path):
    drain = tmp_path / "drain"
    worker = Worker(workspace, drain)
    worker.watch.look()
    assert worker.state.draining is False
    drain.write_text(DRAINING)
    worker.watch.look()
    assert worker.state.draining is True


@pytest.mark.skipif(sys.platform != "linux", reason="a filter of Linux")
def test_the_watch_closes_the_door_when_the_file_says_so(workspace, tmp_path):
    (tmp_path / "drain").write_text(CLOSED)
    with listening() as door:
        worker = Worker(workspace, tmp_path / "drain")
        worker.watch.around = replace(worker.watch.around, listening=door.fileno())
        worker.watch.look()
        with pytest.raises(TimeoutError):
            socket.create_connection(door.getsockname(), timeout=0.2)


@pytest.mark.skipif(sys.platform != "linux", reason="a filter of Linux")
def test_behind_a_closed_door_who_was_let_in_is_served_and_nobody_else_comes():
    with listening() as door, socket.create_connection(door.getsockname(), timeout=5) as early:
        let_nobody_in(door.fileno())
        with pytest.raises(TimeoutError):
            socket.create_connection(door.getsockname(), timeout=0.2)
        served, _ = door.accept()
        with served:
            early.sendall(b"question")
            assert served.recv(20) == b"question"
            served.sendall(b"answer")
            assert early.recv(20) == b"answer"


def listening() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def test_while_draining_every_answer_closes_its_connection_and_readyz_says_so():
    state = SimpleNamespace(draining=False)

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x", b"y")]})
        await send({"type": "http.response.body", "body": b"{}"})

    def ask(path: str) -> tuple[int, dict[bytes, bytes]]:
        sent = []

        async def send(message):
            sent.append(message)

        asyncio.run(Draining(app, state)({"type": "http", "path": path, "method": "GET"}, None, send))
        return sent[0]["status"], dict(sent[0]["headers"])

    assert ask("/readyz") == (200, {b"x": b"y"})
    state.draining = True
    assert ask("/v1/models") == (200, {b"x": b"y", b"connection": b"close"})
    status, headers = ask("/readyz")
    assert (status, headers[b"connection"], headers[b"content-type"]) == (503, b"close", b"application/problem+json")


def test_a_request_that_began_before_the_drain_closes_its_connection_too():
    state, sent = SimpleNamespace(draining=False), []

    async def app(scope, receive, send):
        state.draining = True
        await send({"type": "http.response.start", "status": 200})

    async def send(message):
        sent.append(message)

    asyncio.run(Draining(app, state)({"type": "http", "path": "/"}, None, send))
    assert sent[0]["headers"] == [(b"connection", b"close")]
