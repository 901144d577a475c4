"""A process, a disk or a database goes: what was answered holds, and who cannot be answered is told so."""

import json
import os
import signal
import socket
import threading
import time
from contextlib import ExitStack, contextmanager

import httpx
import psutil
import pytest
from acknowledged import Traffic
from faulty_places import own_postgres, small_disk
from fixtures_running import WORKER, Running, gone, until
from fixtures_versions import workspace_copy
from sqlalchemy import func, select
from whole_api import whole_api

from leadcast.moment import days
from leadcast.store import open_engine, tables
from leadcast.store.bulk import load_history
from leadcast.store.migrate import migrate
from serving.scores import score_table

LEADS = 12


@pytest.fixture(scope="module")
def known(trained):
    """(moment, ids, what each scored then by target): 20 days before the end, so that nothing written now counts."""
    as_of = trained.history.end - days(20)
    table = score_table(trained.history, trained.bundles, as_of)
    of_leads = table[table["entity"] == "lead"]
    ids = list(dict.fromkeys(of_leads["entity_id"]))[:LEADS]
    expected = {(row.entity_id, row.target): row.probability for row in of_leads.itertuples() if row.entity_id in ids}
    return f"{as_of}Z", ids, expected


@contextmanager
def filled(trained, address):
    store = open_engine(address)
    migrate(store)
    load_history(store, trained.history, trained.history.end)
    try:
        yield store
    finally:
        store.close()


def address_in(folder):
    return f"sqlite:///{folder / 'store.db'}"


def with_store(address):
    return {"LEADCAST_STORE_URL": address, "LEADCAST_PER_MINUTE": "0"}


# ---- processes that are killed ---------------------------------------------------------------------------------------


def everything_of(running):
    return [psutil.Process(running.process.pid), *running.children("")]


def kill_all(running):
    """The supervisor, BentoML, the workers and the companion, as if the machine had stopped."""
    processes = everything_of(running)
    os.kill(running.process.pid, signal.SIGKILL)
    for process in processes[1:]:
        if process.is_running():
            process.kill()
    running.process.wait(20)
    until(lambda: gone(processes))


def test_what_was_acknowledged_outlives_killed_workers_and_a_killed_service(trained, known, tmp_path):
    as_of, ids, expected = known
    address = address_in(tmp_path)
    workspace = workspace_copy(trained, tmp_path / "copy")
    with filled(trained, address) as store:
        with Running(workspace, environ=with_store(address)) as running, Traffic(running.port, ids, as_of) as traffic:
            traffic.wait_for(30)
            running.children(WORKER)[0].kill()
            traffic.wait_for(60)
            kill_all(running)
        traffic.check(store, expected)
        assert {status for _, status in traffic.statuses} == {200}
        with Running(workspace, environ=with_store(address)) as running, Traffic(running.port, ids, as_of, name="again") as again:
            again.wait_for(10)
            assert running.status(f"/v1/leads/{sorted(traffic.leads)[-1].replace(' ', '%20')}") == 200
        again.leads |= traffic.leads
        again.events |= traffic.events
        again.check(store, expected)
    print(f"{len(again.leads)} leads, {len(again.events)} events acknowledged and there, {traffic.cut} requests cut")


@pytest.mark.long
def test_ten_killings_lose_nothing_that_was_acknowledged(trained, known, tmp_path, store_address):
    as_of, ids, expected = known
    workspace = workspace_copy(trained, tmp_path / "copy")
    leads, events, cut = set(), set(), 0
    with filled(trained, store_address) as store:
        for round_ in range(5):
            with Running(workspace, environ=with_store(store_address)) as running:
                traffic = Traffic(running.port, ids, as_of, 0.005, f"round {round_}", leads, events)
                with traffic:
                    traffic.wait_for(100)
                    running.children(WORKER)[round_ % 2].kill()
                    traffic.wait_for(100)
                    kill_all(running)
            cut += traffic.cut
            traffic.check(store, expected)
    print(f"{len(leads)} leads, {len(events)} events acknowledged and there, {cut} requests cut")


# ---- disks that are full ---------------------------------------------------------------------------------------------


def put_lead(api, one):
    return api.send("PUT", "/v1/leads", json.dumps({"items": [{"lead_id": one, "attributes": {"campaign": "x" * 900}}]}))


def count(store, table):
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table))


def test_on_a_full_disk_writes_are_refused_whole_and_taken_again_once_there_is_room(trained, known, tmp_path):
    with small_disk(tmp_path / "disk", 96) as disk, whole_api(trained, tmp_path / "copy", address_in(disk.folder)) as api:
        assert put_lead(api, "before").status_code == 200
        disk.full()
        taken, refused = {"before"}, None
        for number in range(2000):  # room that the write-ahead log has already is used up first
            answer = put_lead(api, f"L {number}")
            if answer.status_code != 200:
                refused = answer
                break
            taken.add(f"L {number}")
        assert refused is not None and (refused.status_code, refused.json()["code"]) == (507, "store_full")
        kept = count(api.store, tables.leads)
        batch = {"items": [{"lead_id": f"B {n}", "attributes": {"campaign": "y" * 900}} for n in range(200)]}
        assert api.send("PUT", "/v1/leads", json.dumps(batch)).status_code == 507
        assert count(api.store, tables.leads) == kept, "nothing of a refused batch is there"
        assert api.send("GET", "/v1/leads/before").status_code == 200 and api.send("GET", "/v1/leads").status_code == 200
        scored = [api.send("POST", "/v1/score/leads", json.dumps({"ids": known[1]})).status_code for _ in range(40)]
        assert set(scored) <= {200, 507} and scored[-1] == 507, "what cannot go into the ledger is not said"
        assert (count(api.store, tables.ledger) > 0) == (200 in scored), "what was said stands in the ledger"
        disk.free()
        assert put_lead(api, "after").status_code == 200
        assert api.send("POST", "/v1/score/leads", f'{{"ids": ["{known[1][0]}"]}}').status_code == 200
        with api.store.reading() as connection:
            there = set(connection.scalars(select(tables.leads.c.lead_id)))
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert {one for one in there if one.startswith(("L ", "B "))} | {"before", "after"} == taken | {"after"}


@pytest.mark.long
def test_a_running_service_on_a_full_disk_says_so_and_goes_on_by_itself(trained, known, tmp_path):
    """Everything lies on it: the store, the log, the copies of models, BentoML's home."""
    as_of, ids, expected = known
    with small_disk(tmp_path / "disk", 256) as disk:
        workspace = workspace_copy(trained, disk.folder / "copy")
        address = address_in(disk.folder)
        with filled(trained, address) as store, Running(workspace, environ=with_store(address)) as running:
            workers = {worker.pid for worker in running.children(WORKER)}
            with Traffic(running.port, ids, as_of) as traffic:
                traffic.wait_for(30)
                disk.full()
                traffic.wait_for(30, status=507)
                assert running.status("/livez") == 200 and running.status("/readyz") == 200
                assert running.status("/metrics") == 200 and running.status(f"/v1/leads/{ids[0]}") == 200
                disk.free()
                traffic.wait_for(60)
            assert {worker.pid for worker in running.children(WORKER)} == workers, "nobody died of it"
            assert set(traffic.codes) == {"store_full"} and traffic.cut == 0
            traffic.check(store, expected)
    print(f"{traffic.statuses}")


# ---- a database that goes and comes ----------------------------------------------------------------------------------


def test_without_its_database_it_says_try_again_and_goes_on_once_that_is_back(trained, known, tmp_path):
    with own_postgres() as server, whole_api(trained, tmp_path / "copy", server.url) as api:
        assert put_lead(api, "before").status_code == 200
        server.stop("immediate")
        for method, path, body in [("PUT", "/v1/leads", '{"items": [{"lead_id": "lost"}]}'), ("GET", "/v1/leads", None),
                                   ("POST", "/v1/score/leads", f'{{"ids": ["{known[1][0]}"]}}')]:
            answer = api.send(method, path, body)
            assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable"), answer.text
            assert answer.headers["retry-after"] == "5"
        assert api.send("GET", "/livez").status_code == 200 and api.send("GET", "/readyz").status_code == 200
        server.start()
        assert put_lead(api, "after").status_code == 200
        with api.store.reading() as connection:
            there = set(connection.scalars(select(tables.leads.c.lead_id)))
        assert {"before", "after"} <= there and "lost" not in there


@pytest.mark.long
def test_a_running_service_outlives_three_stops_of_its_database(trained, known, tmp_path):
    as_of, ids, expected = known
    with own_postgres() as server, filled(trained, server.url) as store:
        workspace = workspace_copy(trained, tmp_path / "copy")
        with Running(workspace, environ=with_store(server.url)) as running:
            everything = {process.pid for process in everything_of(running)}
            with Traffic(running.port, ids, as_of) as traffic:
                for how in ("fast", "immediate", "fast"):
                    traffic.wait_for(60)
                    server.stop(how)
                    traffic.wait_for(20, status=503)
                    assert running.status("/livez") == 200 and running.status("/readyz") == 200
                    server.start()
                traffic.wait_for(60)
            assert set(traffic.codes) == {"store_unavailable"} and traffic.cut == 0
            assert {process.pid for process in everything_of(running)} == everything
        traffic.check(store, expected)
    print(f"{traffic.statuses}")


# ---- clients that do not go on ---------------------------------------------------------------------------------------


HALVES = {"header": b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: ",
          "body": b"PUT /v1/leads HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"}


def half_open(port, half, stack):
    connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
    connection.sendall(half)
    return connection


def is_closed(connection):
    connection.setblocking(False)
    try:
        while connection.recv(4096):
            pass
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True


@pytest.mark.long
def test_400_half_open_connections_leave_the_others_served(trained, known, tmp_path):
    as_of, ids, expected = known
    address = address_in(tmp_path)
    with filled(trained, address) as store, ExitStack() as stack:
        running = stack.enter_context(Running(workspace_copy(trained, tmp_path / "copy"), environ=with_store(address)))
        with Traffic(running.port, ids, as_of) as traffic:
            traffic.wait_for(100)
            before, began = traffic.p99(), time.monotonic()
            opened = {name: [half_open(running.port, half, stack) for _ in range(200)] for name, half in HALVES.items()}
            traffic.wait_for(200)
            during = traffic.p99(began)
            until(lambda: all(is_closed(one) for one in opened["body"]), 40)
            closed = time.monotonic() - began
        left = sum(not is_closed(one) for one in opened["header"])
        assert traffic.cut == 0 and {status for _, status in traffic.statuses} == {200}
        traffic.check(store, expected)
    print(f"p99 {before * 1000:.0f} ms before, {during * 1000:.0f} ms beside 400 half-open connections; half-sent bodies were "
          f"closed within {closed:.0f} s, {left} of 200 half-sent headers stay open")


# ---- very many requests ----------------------------------------------------------------------------------------------


@pytest.mark.long
def test_100_000_requests_leave_memory_flat(trained, known, tmp_path):
    as_of, ids, _ = known
    address = address_in(tmp_path)
    asked = [("GET", "/v1/leads?limit=5", None), ("GET", f"/v1/leads/{ids[0]}?explain=false", None), ("GET", "/nothing", None),
             ("POST", "/v1/score/leads", {"ids": ids[:2], "as_of": as_of, "explain": False}),
             ("PUT", "/v1/contacts", {"items": [{"contact_id": "C9"}]}), ("PUT", "/v1/leads", {"items": [{"lead": 1}]})]
    with filled(trained, address), Running(workspace_copy(trained, tmp_path / "copy"), environ=with_store(address)) as running:
        workers = running.children(WORKER)
        many(running.port, asked, 20_000)
        early = [worker.memory_info().rss for worker in workers]
        began = time.monotonic()
        many(running.port, asked, 100_000)
        late = [worker.memory_info().rss for worker in workers]
        assert {worker.pid for worker in running.children(WORKER)} == {worker.pid for worker in workers}
        print(f"RSS after 20,000: {[rss >> 20 for rss in early]} MiB, after 120,000: {[rss >> 20 for rss in late]} MiB; "
              f"{100_000 / (time.monotonic() - began):.0f} requests a second")
    assert sum(late) <= 1.1 * sum(early)


def many(port, asked, count):
    def go_on(share):
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            for number in range(share):
                method, path, body = asked[number % len(asked)]
                answer = client.request(method, path, json=body)
                assert answer.status_code < 500, answer.text
                done.append(1)

    done = []
    threads = [threading.Thread(target=go_on, args=(count // 8,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == count // 8 * 8
