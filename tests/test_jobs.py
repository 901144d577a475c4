"""Bulk scoring: the same file whatever happens in between, nobody twice, nobody left out, and what a job does not survive."""

import asyncio
import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import httpx
import numpy as np
import pytest

import serving.jobs
from leadcast.store import StoreUnavailable, open_store
from leadcast.store.bulk import load_history
from leadcast.store.columns import micro
from leadcast.store.erased import bury
from leadcast.store.jobs import Wanted, end_job, list_jobs, make_job, read_job
from leadcast.store.leases import take
from leadcast.workspace import read_workspace
from serving.desk import open_desk
from serving.erase import erase
from serving.job_files import jobs_folder
from serving.jobs import WAITS, forget_jobs, is_busy, run_jobs
from serving.scores import score_table

ROOT = Path(__file__).resolve().parent.parent
PART = 50


@pytest.fixture(scope="module")
def at_hand(trained, tmp_path_factory):
    """(desk, store) of a workspace of one's own, with the whole history in its store."""
    folder = tmp_path_factory.mktemp("jobs") / "workspace"
    shutil.copytree(trained.folder, folder)
    opened = read_workspace(folder)
    store = open_store(opened)
    load_history(store, trained.history, trained.history.end)
    yield open_desk(folder), store
    store.close()


@pytest.fixture
def now(trained):
    return trained.history.end


def wanted(now, **given) -> Wanted:
    plain = {"target": None, "owners": None, "ids": None, "explain": False, "format": "csv"}
    return Wanted(**{"entity": "lead", "as_of": micro(now), **plain, **given})


def made(at_hand, now, job_id: str, **given) -> str:
    with at_hand[1].writing() as connection:
        make_job(connection, job_id, wanted(now, **given), micro(now))
    return job_id


def run_to_end(at_hand, now, at_once: int = PART) -> None:
    desk, store = at_hand
    while is_busy(store):
        run_jobs(store, desk, "tester", now, at_once)


def result(at_hand, job_id: str) -> bytes:
    desk, store = at_hand
    return (jobs_folder(desk.workspace) / job_id / read_job(store, job_id).file).read_bytes()


def test_a_finished_job_holds_the_scores_of_the_batch_to_the_last_digit_in_the_order_of_ids(at_hand, trained, now):
    job = made(at_hand, now, "a" * 32)
    run_to_end(at_hand, now)
    rows = list(csv.DictReader(io.StringIO(result(at_hand, job).decode())))
    batch = score_table(trained.history, trained.bundles, now)
    batch = batch[batch["entity"] == "lead"]
    expected = {(row["entity_id"], row["target"]): row["probability"] for row in batch.to_dict("records")}
    assert {(row["entity_id"], row["target"]): float(row["probability"]) for row in rows} == expected
    ids = [row["entity_id"] for row in rows]
    assert ids == sorted(ids)
    found, everybody = read_job(at_hand[1], job), trained.history.leads.rows
    assert (found.status, found.total, found.done, found.rows) == ("done", everybody, everybody, len(rows))
    folder = jobs_folder(at_hand[0].workspace) / job
    assert [path.name for path in folder.iterdir()] == ["result.csv"]


def test_jsonl_holds_the_same_rows_and_reasons_where_they_are_asked_for(at_hand, trained, now):
    some = trained.scores[trained.scores["entity"] == "lead"]["entity_id"].drop_duplicates().tolist()[:5]
    job = made(at_hand, now, "b" * 32, ids=(*some, "unknown"), format="jsonl", explain=True, target="mql")
    run_to_end(at_hand, now)
    rows = [json.loads(line) for line in result(at_hand, job).splitlines()]
    assert {row["entity_id"] for row in rows} <= set(some) and {row["target"] for row in rows} == {"mql"} and rows[0]["reasons"]


def test_a_job_of_some_owners_holds_nobody_elses(at_hand, trained, now):
    owner = trained.history.leads["owner"][0]
    job = made(at_hand, now, "c" * 32, owners=(owner,))
    run_to_end(at_hand, now)
    of = dict(zip(trained.history.leads["lead_id"], trained.history.leads["owner"], strict=True))
    owners = {of[row["entity_id"]] for row in csv.DictReader(io.StringIO(result(at_hand, job).decode()))}
    assert owners == {owner}


def test_the_size_of_the_parts_does_not_show_in_the_file(at_hand, now):
    one, two = made(at_hand, now, "d" * 32), "e" * 32
    run_to_end(at_hand, now, 37)
    made(at_hand, now, two)
    run_to_end(at_hand, now, 1_000)
    assert result(at_hand, one) == result(at_hand, two)


RUNNER = """
import os, signal, sys
import numpy as np
import serving.jobs
from leadcast.store import open_store
from serving.desk import open_desk
folder, now, where = sys.argv[1:]
desk = open_desk(folder)
store = open_store(desk.workspace)
note, parts = serving.jobs.note_progress, 0
def die(*given, **changed):
    global parts
    parts += "after" in changed and changed["after"] is not None
    if parts == 2 and where == "before":  # the second part is there, the store does not know
        os.kill(os.getpid(), signal.SIGKILL)
    done = note(*given, **changed)
    if parts == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return done
serving.jobs.note_progress = die
while True:
    serving.jobs.run_jobs(store, desk, "killed", np.datetime64(now), 50)
"""


@pytest.mark.parametrize("where", ["before", "after"])
def test_after_a_kill_the_job_goes_on_and_its_file_is_that_of_a_job_nobody_disturbed(at_hand, now, where):
    desk, store = at_hand
    undisturbed = made(at_hand, now, ("1" if where == "before" else "3") * 32)
    run_to_end(at_hand, now)
    job = made(at_hand, now, ("2" if where == "before" else "4") * 32)
    command = [sys.executable, "-c", RUNNER, str(desk.workspace.folder), str(now), where]
    killed = subprocess.run(command, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL
    found = read_job(store, job)
    assert (found.status, found.parts) == ("running", 1 if where == "before" else 2)
    assert run_jobs(store, desk, "next", now, PART) == [] and read_job(store, job).parts == found.parts  # its lease still holds
    later = now + np.timedelta64(60, "s")
    while is_busy(store):
        run_jobs(store, desk, "next", later, PART)
    assert result(at_hand, job) == result(at_hand, undisturbed)


def test_of_two_runners_one_works(at_hand, now):
    desk, store = at_hand
    later = now + np.timedelta64(3600, "s")
    job = made(at_hand, now, "5" * 32)
    assert take(store, serving.jobs.LEASE, "other", later, 30)
    run_jobs(store, desk, "tester", later, PART)
    assert read_job(store, job).parts == 0
    while is_busy(store):
        run_jobs(store, desk, "other", later, PART)
    assert read_job(store, job).status == "done"


def test_a_cancelled_job_stops_and_leaves_no_file(at_hand, now):
    desk, store = at_hand
    later = now + np.timedelta64(7200, "s")
    job = made(at_hand, now, "6" * 32)
    run_jobs(store, desk, "tester", later, PART)
    end_job(store, job, micro(later))
    assert run_jobs(store, desk, "tester", later, PART) == [] and read_job(store, job).status == "cancelled"
    folder = jobs_folder(desk.workspace) / job
    shutil.rmtree(folder)
    end_job(store, job, micro(later))
    assert read_job(store, job) is None


def test_a_part_that_was_being_written_while_its_job_was_cancelled_is_removed(at_hand, now, monkeypatch):
    desk, store = at_hand
    later = now + np.timedelta64(7200, "s")
    job = made(at_hand, now, "7" * 32)
    write = serving.jobs.write_part

    def cancelled_meanwhile(file: Path, rows: list) -> None:
        write(file, rows)
        end_job(store, job, micro(later))

    monkeypatch.setattr(serving.jobs, "write_part", cancelled_meanwhile)
    run_jobs(store, desk, "tester", later, PART)
    assert not (jobs_folder(desk.workspace) / job).exists()


def test_a_full_disk_makes_a_job_wait_and_it_goes_on_once_there_is_room(at_hand, now):
    desk, store = at_hand
    later = now + np.timedelta64(10_800, "s")
    job = made(at_hand, now, "8" * 32)
    code = ("import resource, sys\nimport numpy as np\n"
            "from leadcast.store import open_store\nfrom serving.desk import open_desk\n"
            "from serving.jobs import run_jobs\ndesk = open_desk(sys.argv[1])\nstore = open_store(desk.workspace)\n"
            "def run(at_once):\n    return run_jobs(store, desk, 'full', np.datetime64(sys.argv[2]), at_once)\n"
            "run(50)\n"
            "import serving.job_files as files\n"
            "whole = files._write_whole\n"
            "def limited(file, pieces):\n"
            "    resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))\n"
            "    try:\n        whole(file, pieces)\n"
            "    finally:\n        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
            "files._write_whole = limited\n"
            "print(run(50), run(50))\n")
    ran = subprocess.run([sys.executable, "-c", code, str(desk.workspace.folder), str(later)], cwd=ROOT, timeout=120, check=True,
                         env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True)
    assert ran.stdout == f"['{job} waits: no room on the disk'] []\n"
    found = read_job(store, job)
    assert (found.status, found.parts, found.error) == ("running", 1, WAITS)
    assert [path.name for path in (jobs_folder(desk.workspace) / job).iterdir()] == ["part-000001.csv"]
    even_later = later + np.timedelta64(60, "s")
    while is_busy(store):
        run_jobs(store, desk, "tester", even_later, PART)
    assert read_job(store, job).status == "done" and read_job(store, job).error is None


def test_whoever_is_erased_while_a_job_runs_is_not_in_its_file(at_hand, now, trained, monkeypatch):
    desk, store = at_hand
    later = now + np.timedelta64(14_400, "s")
    ids = sorted(trained.scores[trained.scores["entity"] == "lead"]["entity_id"].unique())[:6]
    job = made(at_hand, now, "9" * 32, ids=tuple(ids))
    run_jobs(store, desk, "tester", later, 3)
    write = serving.jobs.write_part

    def erased_meanwhile(file: Path, rows: list) -> None:
        erase(desk.workspace, store, "lead", ids[0], later)  # in a part that is there already
        erase(desk.workspace, store, "lead", ids[4], later)  # in the part that is being written
        write(file, rows)

    with monkeypatch.context() as patch:
        patch.setattr(serving.jobs, "write_part", erased_meanwhile)
        run_jobs(store, desk, "tester", later, 3)
    while is_busy(store):
        run_jobs(store, desk, "tester", later, 3)
    rows = list(csv.DictReader(io.StringIO(result(at_hand, job).decode())))
    assert {row["entity_id"] for row in rows} == {ids[1], ids[2], ids[3], ids[5]} and read_job(store, job).rows == len(rows)
    erase(desk.workspace, store, "lead", ids[1], later)
    found = read_job(store, job)
    assert ids[1] not in result(at_hand, job).decode() and found.rows < len(rows)
    import hashlib

    assert found.checksum == hashlib.sha256(result(at_hand, job)).hexdigest()


def test_a_job_waits_for_a_database_that_does_not_answer(at_hand, now, monkeypatch):
    desk, store = at_hand
    later = now + np.timedelta64(15_000, "s")
    job = made(at_hand, now, "c0" * 16, ids=("nobody",))

    def silent(*_):
        raise StoreUnavailable("The store postgresql://secret-host/db does not answer: no.")

    with monkeypatch.context() as patch:
        patch.setattr(serving.jobs, "next_step", silent)
        assert run_jobs(store, desk, "tester", later, PART) == []
    found = read_job(store, job)
    assert found.status == "running" and found.error is None
    while is_busy(store):
        run_jobs(store, desk, "tester", later, PART)
    assert read_job(store, job).status == "done"


def test_a_job_that_meets_a_bug_fails_without_its_values_and_the_next_one_has_its_turn(at_hand, now, monkeypatch):
    desk, store = at_hand
    later = now + np.timedelta64(15_500, "s")
    first, second = made(at_hand, now, "c1" * 16, ids=("nobody",)), made(at_hand, now, "c2" * 16, ids=("nobody",))

    def stumble(*_):
        raise KeyError("ann@acme.example")

    with monkeypatch.context() as patch:
        patch.setattr(serving.jobs, "next_step", stumble)
        said = run_jobs(store, desk, "tester", later, PART)
    assert len(said) == 1 and said[0].startswith(f"{first} failed: a fault of the program: KeyError in test_jobs.py, line ")
    found = read_job(store, first)
    assert (found.status, found.error) == ("failed", "a fault of the program: KeyError")
    while is_busy(store):
        run_jobs(store, desk, "tester", later, PART)
    assert read_job(store, second).status == "done"


def test_whoever_is_erased_while_the_parts_are_joined_is_not_in_the_result(at_hand, now, trained, monkeypatch):
    desk, store = at_hand
    later = now + np.timedelta64(16_000, "s")
    ids = sorted(trained.scores[trained.scores["entity"] == "lead"]["entity_id"].unique())[-3:]
    job = made(at_hand, now, "c3" * 16, ids=tuple(ids))
    run_jobs(store, desk, "tester", later, 10)
    looked = serving.jobs._erased_meanwhile
    looks: list[set[str]] = []

    def then_erased(*given):
        found = looked(*given)
        if not looks:  # its tombstone comes right after the first look; its sweep of the files was before
            with store.writing() as connection:
                bury(connection, "lead", [ids[0]], micro(later))
        looks.append(found)
        return found

    monkeypatch.setattr(serving.jobs, "_erased_meanwhile", then_erased)
    while is_busy(store):
        run_jobs(store, desk, "tester", later, 10)
    rows = list(csv.DictReader(io.StringIO(result(at_hand, job).decode())))
    assert {row["entity_id"] for row in rows} == set(ids[1:]) and read_job(store, job).rows == len(rows)


def test_an_ended_job_does_not_keep_the_last_id_and_an_unfinished_one_not_that_of_the_erased(at_hand, now, trained):
    desk, store = at_hand
    later = now + np.timedelta64(16_500, "s")
    ids = sorted(trained.scores[trained.scores["entity"] == "lead"]["entity_id"].unique())[-8:-3]
    some = made(at_hand, now, "c4" * 16, ids=tuple(ids))
    run_jobs(store, desk, "tester", later, 2)
    assert read_job(store, some).after == ids[1]
    erase(desk.workspace, store, "lead", ids[1], later)
    assert read_job(store, some).after == ids[0]
    while is_busy(store):
        run_jobs(store, desk, "tester", later, 2)
    assert read_job(store, some).after is None
    rows = list(csv.DictReader(io.StringIO(result(at_hand, some).decode())))
    assert {row["entity_id"] for row in rows} == {ids[0], *ids[2:]}
    everybody = made(at_hand, now, "c5" * 16)
    run_jobs(store, desk, "tester", later, 3)
    last = read_job(store, everybody).after
    erase(desk.workspace, store, "lead", last, later)
    before = read_job(store, everybody).after
    assert before is not None and before < last
    end_job(store, everybody, micro(later))
    assert read_job(store, everybody).after is None


def test_a_job_and_the_answer_under_its_key_are_kept_together_or_not_at_all(at_hand, now, monkeypatch):
    import serving.idempotent

    store = at_hand[1]

    def refuse(*_):
        raise StoreUnavailable("no")

    monkeypatch.setattr(serving.idempotent, "seal", refuse)
    before = {job.job_id for job in list_jobs(store, 500)}
    assert client(at_hand, now)("POST", "/v1/jobs/score", {"entity": "lead"}, {"Idempotency-Key": "lost"}).status_code == 503
    assert {job.job_id for job in list_jobs(store, 500)} == before


def test_old_jobs_go_with_their_files(at_hand, now):
    desk, store = at_hand
    later = now + np.timedelta64(18_000, "s")
    job = made(at_hand, now, "f" * 32)
    while is_busy(store):
        run_jobs(store, desk, "tester", later, 1_000)
    assert forget_jobs(store, desk.workspace, later, later - np.timedelta64(1, "D")) == 0
    assert forget_jobs(store, desk.workspace, later, later + np.timedelta64(1, "s")) >= 1
    assert read_job(store, job) is None and not (jobs_folder(desk.workspace) / job).exists()


# ---- over HTTP ----------------------------------------------------------------------------------------------------


def client(at_hand, now):
    from serving.app import build_app

    app = build_app(lambda: datetime.fromisoformat(f"{now}+00:00"))
    app.state.desk, app.state.store = at_hand

    async def ask(method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as asking:
            return await asking.request(method, path, json=body, headers=headers)

    return lambda *given: asyncio.run(ask(*given))


def test_a_job_over_http_from_asking_to_its_file_and_away_again(at_hand, now):
    ask, store = client(at_hand, now), at_hand[1]
    asked = ask("POST", "/v1/jobs/score", {"entity": "lead", "target": "mql"})
    assert asked.status_code == 202 and asked.json()["status"] == "queued" and asked.json()["as_of"] == f"{now}Z"[:19] + "Z"
    place = asked.headers["location"]
    early = ask("GET", f"{place}/file")
    assert early.status_code == 409 and early.json()["code"] == "conflict"
    later = now + np.timedelta64(21_600, "s")
    while is_busy(store):
        run_jobs(store, at_hand[0], "tester", later, 1_000)
    done = ask("GET", place).json()
    assert (done["status"], done["done"], done["error"]) == ("done", done["total"], None)
    file = ask("GET", done["file"])
    assert file.headers["content-type"] == "text/csv; charset=utf-8" and len(file.text.splitlines()) == done["rows"] + 1
    assert done["id"] in [job["id"] for job in ask("GET", "/v1/jobs?limit=500").json()["items"]]
    assert ask("DELETE", place).status_code == 204 and ask("GET", place).status_code == 404


def test_asking_twice_under_one_key_makes_one_job(at_hand, now):
    from serving.app import build_app

    app = build_app(lambda: datetime.fromisoformat(f"{now}+00:00"))
    app.state.desk, app.state.store = at_hand

    async def twice() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as asking:
            key = {"Idempotency-Key": "k"}
            return [await asking.post("/v1/jobs/score", json={"entity": "lead"}, headers=key) for _ in range(2)]

    first, second = asyncio.run(twice())
    assert first.json()["id"] == second.json()["id"] and first.headers["location"] == second.headers["location"]
    end_job(at_hand[1], first.json()["id"], micro(now))


def test_jobs_are_listed_newest_first_page_by_page(at_hand, now):
    ask, store = client(at_hand, now), at_hand[1]
    with store.writing() as connection:
        for number in range(3):
            make_job(connection, f"{number}{'0' * 31}", wanted(now), micro(now) + number + 10**12)
    first = ask("GET", "/v1/jobs?limit=2").json()
    second = ask("GET", f"/v1/jobs?limit=2&cursor={first['next']}").json()
    assert [job["id"][0] for job in first["items"]] == ["2", "1"] and second["items"][0]["id"][0] == "0"
    for job in [*first["items"], *second["items"]]:
        end_job(store, job["id"], micro(now))


@pytest.mark.parametrize(("body", "path"), [
    ({"entity": "deal"}, "entity"), ({"entity": "lead", "target": "none"}, "target"), ({"entity": "lead", "x": 1}, "x"),
    ({"entity": "lead", "filters": {"ids": []}}, "filters.ids"), ({"entity": "lead", "as_of": "2026-01-01"}, "as_of"),
    ({"entity": "lead", "format": "xlsx"}, "format"),
])
def test_a_job_that_cannot_be_is_refused_with_the_path(at_hand, now, body, path):
    refused = client(at_hand, now)("POST", "/v1/jobs/score", body)
    assert refused.status_code == 422 and refused.json()["errors"][0]["path"] == path


def test_a_cursor_that_is_none_and_an_id_that_is_none_are_refused(at_hand, now):
    ask = client(at_hand, now)
    assert ask("GET", "/v1/jobs?cursor=%C3%BC").status_code == 422
    assert ask("GET", "/v1/jobs/nothing").status_code == 422
    assert ask("GET", f"/v1/jobs/{'ab' * 16}").status_code == 404


def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe_and_a_number_does_not(tmp_path):
    from serving.job_files import join_parts, write_part
    from serving.score_columns import COLUMNS

    row = {**dict.fromkeys(COLUMNS), "entity": "lead", "entity_id": "=1+1", "log_odds": -1.5, "reasons": [{"feature": "f"}]}
    write_part(tmp_path / "part-000001.csv", [row])
    assert join_parts([tmp_path / "part-000001.csv"], tmp_path / "result.csv")[0] == 1
    cells = next(csv.DictReader((tmp_path / "result.csv").open()))
    assert (cells["entity_id"], cells["log_odds"], cells["reasons"]) == ("'=1+1", "-1.5", '[{"feature": "f"}]')
    assert join_parts([tmp_path / "part-000001.csv"], tmp_path / "result.csv", {"=1+1"})[0] == 0


def test_the_companion_does_jobs(at_hand, now):
    from click.testing import CliRunner

    from leadcast.cli import main

    desk, store = at_hand
    job = made(at_hand, now, "ab" * 16, ids=("nobody",))
    for _ in range(2):  # the part, if the first look takes long; then the end
        ran = CliRunner().invoke(main, ["work", "-w", str(desk.workspace.folder), "--once", "--only", "models", "--only", "jobs"])
        assert ran.exit_code == 0, ran.output
    found = read_job(store, job)
    assert (found.status, found.rows) == ("done", 0) and result(at_hand, job).decode().count("\n") == 1
