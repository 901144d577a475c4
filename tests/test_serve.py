"""``leadcast serve`` as it runs: champions change under load, parts of it are killed, the registry goes, and it is stopped."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from fixtures_running import BENTOML, COMPANION, WORKER, Crowd, Running, a_lead, gone, until
from fixtures_trained import TrainedWorkspace
from fixtures_versions import crown, put, put_broken, put_damaged_at_birth, workspace_copy

from leadcast.cli import main
from leadcast.workspace.model import Workspace
from serving.chores import Chore, do_chores, do_once
from serving.copies import read_alarms, read_pointer, serving_folder
from serving.stopping import Stop
from serving.supervise import Child, GaveUp, end, tend


@pytest.fixture(scope="module")
def running(trained: TrainedWorkspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Two workers and the companion, on a registry of their own."""
    workspace = workspace_copy(trained, tmp_path_factory.mktemp("serve") / "copy")
    with Running(workspace, "--workers", "2", "--drain-seconds", "1") as running:
        yield running


def pointed(running: Running, target: str) -> str:
    return read_pointer(serving_folder(running.workspace))[target].version


def all_name(crowd: Crowd, version: str, most: int = 30) -> bool:
    """Do the newest answers all name this version? Each of two workers gives about half of them."""
    newest = list(crowd.answers)[-most:]
    return len(newest) == most and all(any(model.endswith(f"-mql/{version}") for model in models) for _, _, models in newest)


def of_mql(answers: list[tuple[float, int, frozenset[str]]]) -> set[str]:
    return {model.partition("-mql/")[2] for _, _, models in answers for model in models if "-mql/" in model}


def test_a_new_champion_takes_over_under_load_and_going_back_too(running, trained):
    from training.promote import roll_to

    old = pointed(running, "mql")
    with Crowd(running.port, a_lead(trained)) as crowd:
        crowd.wait_for(lambda c: len(c.answers) > 50)
        new = put(running.workspace, trained.bundles["mql"], "another")
        took = crowd.wait_for(lambda c: all_name(c, new))
        roll_to(running.workspace, trained.history, "mql", "previous", "2026-07-01T08:00:00+00:00")
        back = crowd.wait_for(lambda c: all_name(c, old))
    print(f"took over in {took:.1f} s, went back in {back:.1f} s, {len(crowd.answers)} answers")
    assert crowd.failed == [] and {status for _, status, _ in crowd.answers} == {200}
    assert of_mql(crowd.answers) == {old, new}


def test_broken_champions_change_nothing_but_the_alarms(running, trained):
    before = {target: pointed(running, target) for target in trained.bundles}
    trees = next(name for name, bundle in trained.bundles.items() if bundle.curve is not None)
    workers = {worker.pid for worker in running.children(WORKER)}
    with Crowd(running.port, a_lead(trained)) as crowd:
        put_damaged_at_birth(running.workspace, trained.bundles[trees])
        put_broken(running.workspace, trained.bundles["mql"], "bit", lambda folder: (folder / "context.json").write_bytes(b"{}"))
        until(lambda: set(read_alarms(serving_folder(running.workspace))) == {"mql", trees})
        seen = len(crowd.answers)
        crowd.wait_for(lambda c: len(c.answers) > seen + 50)
    assert crowd.failed == [] and {status for _, status, _ in crowd.answers} == {200}
    assert {target: pointed(running, target) for target in trained.bundles} == before
    assert running.status("/readyz") == 200 and {worker.pid for worker in running.children(WORKER)} == workers
    crown(running.workspace, "mql", 1)
    crown(running.workspace, trees, 1)
    until(lambda: read_alarms(serving_folder(running.workspace)) == {})


def test_without_the_registry_it_answers_and_a_killed_worker_comes_back(running, trained):
    database = running.workspace.folder / ".leadcast" / "mlflow.db"
    database.rename(database.with_suffix(".away"))
    until(lambda: "registry" in read_alarms(serving_folder(running.workspace)))
    version = pointed(running, "mql")
    with Crowd(running.port, a_lead(trained)) as crowd:
        crowd.wait_for(lambda c: len(c.answers) > 30)
        first, _ = running.children(WORKER)
        first.kill()
        killed = time.monotonic()
        crowd.wait_for(lambda c: len(c.since(killed)) > 50)
        until(lambda: len(running.children(WORKER)) == 2)
        seen = len(crowd.answers)
        crowd.wait_for(lambda c: len(c.answers) > seen + 50)
    database.with_suffix(".away").rename(database)
    assert len(crowd.failed) <= crowd.clients, "at most the requests that the killed one held"
    assert {status for _, status, _ in crowd.answers} == {200} and of_mql(crowd.answers) == {version}
    until(lambda: read_alarms(serving_folder(running.workspace)) == {})


def test_a_killed_companion_is_started_again(running):
    (companion,) = running.children(COMPANION)
    companion.kill()
    until(lambda: [c.pid for c in running.children(COMPANION)] not in ([], [companion.pid]))
    assert running.status("/readyz") == 200
    assert "the companion was killed by SIGKILL; it is started again in" in running.log.read_text()


def test_stopping_it_under_load_loses_no_request(running, trained):
    """The last one that asks for the module's service, which is gone afterwards."""
    with Crowd(running.port, a_lead(trained), pause=0.0) as crowd:
        crowd.wait_for(lambda c: len(c.answers) > 100)
        everything = running.children("")
        assert len(running.children(WORKER)) == 2
        running.process.send_signal(signal.SIGTERM)
        until(lambda: running.status("/readyz") == 503)
        draining = time.monotonic()
        assert running.process.wait(timeout=60) == 0
        crowd.wait_for(lambda c: c.turned_away > 0)
    assert crowd.failed == [] and {status for _, status, _ in crowd.answers} == {200}
    assert len(crowd.since(draining)) > 10, "it answers while it asks its clients to leave"
    until(lambda: gone(everything))


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopping_it_ten_times_under_load_loses_no_request(trained, tmp_path, number):
    workspace = workspace_copy(trained, tmp_path / "copy")
    for _ in range(5):
        with Running(workspace) as running, Crowd(running.port, a_lead(trained), pause=0.0) as crowd:
            crowd.wait_for(lambda c: len(c.answers) > 100)
            running.process.send_signal(number)
            assert running.process.wait(timeout=60) == 0
            crowd.wait_for(lambda c: c.turned_away > 0)
        assert crowd.failed == [] and {status for _, status, _ in crowd.answers} == {200}


@pytest.mark.long
def test_a_killed_service_is_started_again_on_its_port(trained, tmp_path):
    with Running(workspace_copy(trained, tmp_path / "copy")) as running:
        (bentoml,), workers = running.children(BENTOML), running.children(WORKER)
        bentoml.kill()
        until(lambda: gone(workers))
        until(lambda: len(running.children(WORKER)) == 2 and answers(running))
        assert "the service was killed by SIGKILL; it is started again" in running.log.read_text()


@pytest.mark.long
def test_nothing_outlives_a_killed_supervisor(trained, tmp_path):
    with Running(workspace_copy(trained, tmp_path / "copy")) as running:
        everything = running.children("")
        assert len(everything) >= 4
        running.process.kill()
        running.process.wait()
        until(lambda: gone(everything))


@pytest.mark.long
def test_it_starts_without_the_registry_on_the_copies_of_the_last_time(trained, tmp_path):
    workspace = workspace_copy(trained, tmp_path / "copy")
    with Running(workspace, "--no-work") as running:
        assert running.children(COMPANION) == []
    (workspace.folder / ".leadcast" / "mlflow.db").unlink()
    dead = {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}
    for environ in ({}, dead):
        with Running(workspace, environ=environ) as running, Crowd(running.port, a_lead(trained)) as crowd:
            crowd.wait_for(lambda c: len(c.answers) > 20)
            until(lambda: set(read_alarms(serving_folder(workspace))) == {"registry"})
        assert crowd.failed == [] and of_mql(crowd.answers) == {trained.bundles["mql"].version}


def answers(running: Running) -> bool:
    try:
        return running.status("/readyz") == 200
    except OSError:
        return False


def test_the_first_start_that_cannot_answer_is_refused_in_one_line(trained, tmp_path):
    workspace = workspace_copy(trained, tmp_path / "copy")
    toml = workspace.folder / "leadcast.toml"
    toml.write_text(toml.read_text().replace('currency = "EUR"', 'currency = "USD"'))
    said = CliRunner().invoke(main, ["serve", "-w", str(workspace.folder)])
    assert said.exit_code == 2 and said.stderr.count("\n") == 1
    assert said.stderr.startswith("error: version 1-") and "was trained with another leadcast.toml" in said.stderr


@pytest.mark.parametrize(("options", "said"), [
    (["--host", "localhost"], "--host localhost: not an IP address"),
    (["--workers", "0"], "0 is not in the range"),
])
def test_an_option_that_cannot_be_is_refused(trained, options, said):
    result = CliRunner().invoke(main, ["serve", "-w", str(trained.folder), *options])
    assert result.exit_code == 2 and said in result.stderr


def test_work_once_brings_the_champions(trained, tmp_path):
    workspace = workspace_copy(trained, tmp_path / "copy")
    said = CliRunner().invoke(main, ["work", "-w", str(workspace.folder), "--once", "--only", "models"])
    assert said.exit_code == 0 and f"work: models: mql: version {trained.bundles['mql'].version} takes over" in said.stderr


def test_work_knows_its_chores(trained):
    said = CliRunner().invoke(main, ["work", "-w", str(trained.folder), "--once", "--only", "dishes"])
    assert said.exit_code == 2 and "There is no chore dishes; there is models" in said.stderr


class Clock:
    """Each look is a second later."""

    def __init__(self) -> None:
        from datetime import UTC, datetime

        self.now = datetime(2026, 7, 1, tzinfo=UTC)

    def __call__(self):
        from datetime import timedelta

        self.now += timedelta(seconds=1)
        return self.now


def test_a_chore_that_fails_is_told_once_and_the_others_go_on():
    stop, told, ran = Stop(), [], []

    def fail(now):
        raise ZeroDivisionError("a customer's name")

    def count(now):
        ran.append(now)
        if len(ran) == 3:
            stop.ask()
        return [f"run {len(ran)}"]

    do_chores([Chore("bad", 0.0, fail), Chore("good", 0.0, count)], stop, Clock(), told.append)
    assert [line for line in told if line.startswith("good")] == ["good: run 1", "good: run 2", "good: run 3"]
    (failed,) = [line for line in told if line.startswith("bad")]
    assert failed.startswith("bad failed: ZeroDivisionError in test_serve.py, line ") and "customer" not in failed


def test_a_chore_runs_no_more_often_than_it_says():
    stop, ran = Stop(), []

    def often(now):
        ran.append("often")
        if ran.count("often") == 5:
            stop.ask()
        return []

    do_chores([Chore("rarely", 3600, lambda now: ran.append("rarely") or []), Chore("often", 0.0, often)], stop, Clock(), print)
    assert ran.count("rarely") == 1


def test_a_chore_that_stands_apart_does_not_wait_for_the_others():
    stop, met = Stop(), threading.Barrier(2, timeout=30)

    def apart(now):
        met.wait()
        stop.ask()
        return []

    do_chores([Chore("slow", 3600, lambda now: met.wait() or []), Chore("apart", 3600, apart, apart=True)], stop, Clock(), print)
    assert stop.asked


def test_doing_every_chore_once_says_whether_all_went_well():
    told = []
    good, bad = Chore("good", 1, lambda now: ["done"]), Chore("bad", 1, lambda now: 1 / 0)
    assert do_once([good], Clock(), told.append) is True and do_once([bad, good], Clock(), told.append) is False
    assert [line.partition(" in ")[0] for line in told] == ["good: done", "bad failed: ZeroDivisionError", "good: done"]


def child(code: str, vital: bool = True) -> Child:
    return Child("child", [sys.executable, "-c", code], {}, vital)


def died(one: Child, now: float, told: list[str]) -> None:
    """Start it and wait for its death."""
    tend(one, now, told.append)
    one.process.wait(timeout=30)


def test_a_dead_child_is_started_again_after_a_growing_pause():
    told: list[str] = []
    one = child("raise SystemExit(3)")
    for now in (0.0, 10.0, 20.0):
        died(one, now, told)
        tend(one, now + 1, told.append)
    assert told == [f"the child ended with exit code 3; it is started again in {pause} s" for pause in ("0.25", "0.5", "1")]
    tend(one, 21.9, told.append)
    assert one.process is None
    tend(one, 22.0, told.append)
    assert one.process is not None
    end(one)


def test_a_vital_child_that_dies_a_sixth_time_within_a_minute_is_given_up():
    told: list[str] = []
    one = child("import os; os.abort()")
    for now in range(5):
        died(one, 10.0 * now, told)
        tend(one, 10.0 * now + 0.1, told.append)
    died(one, 50.0, told)
    with pytest.raises(GaveUp, match="was killed by SIGABRT, for the 6th time within a minute"):
        tend(one, 50.1, told.append)


def test_deaths_long_ago_do_not_count():
    told: list[str] = []
    one = child("pass")
    for now in range(8):
        died(one, 30.0 * now, told)
        tend(one, 30.0 * now + 0.1, told.append)
    assert len(one.deaths) == 2 and told[-1].endswith("in 0.5 s")


def test_a_child_that_is_not_vital_is_never_given_up():
    told: list[str] = []
    one = child("pass", vital=False)
    for now in range(6):
        died(one, 5.0 * now, told)
        tend(one, 5.0 * now + 0.1, told.append)
    assert told[-1] == "the child ended with exit code 0; it is started again in 60 s"


def test_a_child_that_does_not_stop_is_killed():
    told: list[str] = []
    one = child("import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)")
    one.process = subprocess.Popen(one.command, stdout=subprocess.PIPE, text=True)
    assert one.process.stdout.readline() == "deaf\n"
    end(one, grace=0.1)
    assert one.process.returncode == -signal.SIGKILL and told == []
    one.process.stdout.close()


def test_where_a_file_is_in_the_way_work_says_so_and_goes_on(trained, tmp_path):
    workspace: Workspace = workspace_copy(trained, tmp_path / "copy")
    Path(workspace.folder / ".leadcast" / "serving").write_text("in the way")
    said = CliRunner().invoke(main, ["work", "-w", str(workspace.folder), "--once"])
    assert said.exit_code == 1 and "models failed: " in said.stderr and "Traceback" not in said.stderr
