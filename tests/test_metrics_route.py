"""What Prometheus reads: counts by template, gauges of models and store, few series whatever is asked; and a dashboard."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from gated import Gated, gated

from leadcast.store import StoreUnavailable, tables
from leadcast.workspace.model import Workspace
from serving.gauges import drift_of
from serving.metrics import count_ingested, count_scores, note_lags
from serving.metrics_folder import new_metrics_folder

TRAINED = np.datetime64("2026-02-01", "us")


@pytest.fixture
def door(tmp_path) -> Gated:
    """A service with a model of sql, which is 28 days and 8 hours old, and one of win, which cannot answer."""
    made = gated(tmp_path)
    sql, win = (SimpleNamespace(bundle=SimpleNamespace(facts=SimpleNamespace(trained_as_of=end),
                                                       report={"metrics": {"model": {"ece": error}}}))
                for end, error in ((TRAINED, 0.0125), (np.datetime64("1970-01-01", "us"), None)))
    workspace = SimpleNamespace(folder=tmp_path)
    made.app.state.desk = SimpleNamespace(scorers={"sql": sql, "win": win}, workspace=workspace)
    made.app.state.alarms = {"win": "it cannot answer"}
    return made


def read(door: Gated) -> dict[str, float]:
    """Series with their labels -> value."""
    answer = door.ask("GET", "/metrics")
    assert answer.status_code == 200 and answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = [line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines if "_created" not in name}


def risen(door: Gated, before: dict[str, float]) -> dict[str, float]:
    return {name: value - before.get(name, 0.0) for name, value in read(door).items()
            if value != before.get(name, 0.0) and "/metrics" not in name}


def test_scores_and_items_are_counted_by_what_they_are(door):
    before = read(door)
    count_scores("sql", "acme-sql/3-1f0c", ["A", "B", "A"], "store", unseen=2)
    count_scores("sql", "acme-sql/3-1f0c", [], "store")
    count_ingested("events", "created", 5)
    count_ingested("events", "rejected", 0)
    note_lags([0.5, 30.0, -2.0])
    assert risen(door, before) == {
        'leadcast_scores_total{grade="A",model="acme-sql/3-1f0c",source="store",target="sql"}': 2,
        'leadcast_scores_total{grade="B",model="acme-sql/3-1f0c",source="store",target="sql"}': 1,
        'leadcast_unseen_values_total{target="sql"}': 2, 'leadcast_ingested_total{resource="events",status="created"}': 5,
        'leadcast_ingest_lag_seconds_bucket{le="1.0"}': 2, 'leadcast_ingest_lag_seconds_bucket{le="10.0"}': 2,
        **{f'leadcast_ingest_lag_seconds_bucket{{le="{le}"}}': 3 for le in (
            "60.0", "600.0", "3600.0", "21600.0", "86400.0", "259200.0", "604800.0", "2.592e+06", "+Inf")},
        "leadcast_ingest_lag_seconds_count": 3, "leadcast_ingest_lag_seconds_sum": 30.5}


def test_requests_are_counted_by_the_routes_template(door):
    before = read(door)
    for path in ("/v1/ledger/1", "/v1/ledger/2", "/nothing", "/v1/score/leads"):
        door.ask("GET", path)
    counts = {name: value for name, value in risen(door, before).items() if name.startswith("leadcast_requests_total")}
    assert counts == {'leadcast_requests_total{method="GET",route="/v1/ledger/{number}",status="404"}': 2,
                      'leadcast_requests_total{method="GET",route="(none)",status="404"}': 1,
                      'leadcast_requests_total{method="GET",route="/v1/score/leads",status="405"}': 1}


def test_ten_thousand_paths_and_methods_make_no_series(door):
    import asyncio

    from gated import scope_of

    async def ask_many(count: int) -> None:
        async def nothing(message: object = None) -> dict:
            return {"type": "http.request", "body": b"", "more_body": False}

        for number in range(count):
            path = f"/{number}/v1/{number:x}"
            await door.gate(scope_of(method=f"M{number}" if number % 2 else "GET", path=path, raw_path=path.encode(),
                                     headers=[(b"host", b"127.0.0.1")]), nothing, nothing)

    asyncio.run(ask_many(4))
    before = set(read(door))
    asyncio.run(ask_many(10_000))
    assert set(read(door)) == before


def test_models_say_how_old_and_how_well_they_are(door):
    told = read(door)
    assert told['leadcast_model_age_seconds{target="sql"}'] == 28 * 86_400 + 8 * 3_600
    assert told['leadcast_calibration_error{target="sql"}'] == 0.0125
    assert (told['leadcast_model_alarm{target="sql"}'], told['leadcast_model_alarm{target="win"}']) == (0, 1)
    assert not [name for name in told if 'age_seconds{target="win"' in name or 'error{target="win"' in name]


def test_an_alarm_of_the_registry_is_told_too(door):
    door.app.state.alarms["registry"] = "it does not answer"
    assert read(door)['leadcast_model_alarm{target="registry"}'] == 1


def test_the_store_says_what_waits(door):
    with door.store.writing() as connection:
        marks = [{"entity": "lead", "entity_id": one, "since": 0, "events": 1} for one in "ab"]
        connection.execute(tables.waiting.insert(), marks)
    told = read(door)
    assert (told["leadcast_store_up"], told["leadcast_waiting"]) == (1, 2)


def test_a_dead_store_and_no_models_are_told_and_no_error(door, monkeypatch):
    def dead(store):
        raise StoreUnavailable("it does not answer")

    monkeypatch.setattr("serving.gauges.waiting_count", dead)
    door.app.state.desk = None
    told = read(door)
    assert (told["leadcast_store_up"], told["leadcast_ready"]) == (0, 0) and "leadcast_waiting" not in told


def test_drift_is_told_where_it_was_looked_at(tmp_path, door):
    assert not [name for name in read(door) if name.startswith("leadcast_drift")]
    (tmp_path / ".leadcast").mkdir()
    said = {"drift": {"sql": {"features": [{"psi": 0.02}, {"psi": 0.31}, {"psi": None}]}, "gone": {"features": [{"psi": 9}]}}}
    (tmp_path / ".leadcast" / "drift.json").write_text(json.dumps(said))
    told = {name: value for name, value in read(door).items() if name.startswith("leadcast_drift")}
    assert told == {'leadcast_drift_psi_max{target="sql"}': 0.31}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"drift": {"sql": {}}}', '{"drift": {"sql": {"features": [1]}}}'])
def test_a_file_of_drift_that_cannot_be_read_is_left_out(tmp_path, text):
    (tmp_path / "drift.json").write_text(text)
    assert drift_of(tmp_path / "drift.json", ["sql"]) == {}


def test_every_series_of_the_dashboard_exists_and_every_series_is_on_it(door, tmp_path, repository):
    count_scores("sql", "m/1", ["A"], "record", 1)
    count_ingested("leads", "created")
    (tmp_path / ".leadcast").mkdir()
    (tmp_path / ".leadcast" / "drift.json").write_text('{"drift": {"sql": {"features": [{"psi": 0.1}]}}}')
    door.ask("GET", "/livez")
    exist = {name.split("{")[0] for name in read(door)}
    board = json.loads((repository / "deploy" / "grafana" / "leadcast.json").read_text(encoding="utf-8"))
    expressions = " ".join(target["expr"] for panel in board["panels"] for target in panel["targets"])
    asked = set(re.findall(r"leadcast_\w+", expressions))
    assert asked <= exist
    family = re.compile(r"_(bucket|count|sum)$")
    assert {family.sub("", name) for name in exist} == {family.sub("", name) for name in asked}
    places = [tuple(panel["gridPos"].values()) for panel in board["panels"]]
    assert len(set(places)) == len(places) and len({panel["id"] for panel in board["panels"]}) == len(places)


# ---- several workers ------------------------------------------------------------------------------------------------

COUNT = """
import sys
from serving.metrics import count_ingested, series
count_ingested("leads", "created", int(sys.argv[1]))
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
counted, told = series(), CollectorRegistry()
if counted.folder is None:
    told = counted.registry
else:
    MultiProcessCollector(told, str(counted.folder))
print(*[line for line in generate_latest(told).decode().splitlines() if line.startswith("leadcast_ingested_total")])
"""


def counting(repository: Path, number: int, folder: Path, before: str = "") -> str:
    environ = {**os.environ, "LEADCAST_METRICS_DIR": str(folder), "PYTHONPATH": str(repository)}
    command = [sys.executable, "-c", before + COUNT, str(number)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_what_workers_count_adds_up_and_outlives_them(repository, tmp_path):
    assert counting(repository, 2, tmp_path).endswith(" 2.0")
    assert counting(repository, 3, tmp_path) == 'leadcast_ingested_total{resource="leads",status="created"} 5.0'


def test_room_is_set_aside_before_anything_is_counted(repository, tmp_path):
    counting(repository, 2, tmp_path)
    files = list(tmp_path.iterdir())
    assert {file.name.split("_")[0] for file in files} == {"counter", "histogram"}
    assert all(file.stat().st_blocks * 512 >= 1 << 20 for file in files)


def test_where_there_is_no_room_a_worker_counts_for_itself(repository, tmp_path):
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
    assert counting(repository, 2, tmp_path, full).endswith(" 2.0")
    assert not list(tmp_path.iterdir())


def test_every_server_has_a_folder_of_its_own_and_those_of_the_dead_are_removed(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    old, foreign = tmp_path / f"leadcast-{os.getuid()}-{ended.pid}-x", tmp_path / f"leadcast-{os.getuid() + 1}-{ended.pid}-x"
    old.mkdir()
    foreign.mkdir()
    first, second = (new_metrics_folder(tmp_path / "state", memory=tmp_path) for _ in range(2))
    assert first != second and first.stat().st_mode & 0o777 == 0o700
    assert not old.exists() and foreign.exists()


def test_without_memory_to_use_it_lies_beside_the_workspace(tmp_path):
    folder = new_metrics_folder(tmp_path / "state", memory=tmp_path / "nowhere")
    assert folder.parent == tmp_path / "state" / "metrics"


def test_the_service_is_started_with_a_folder_for_its_counts(tmp_path):
    from serving.launch import environment

    environ = environment(Workspace.model_construct(folder=tmp_path), None)
    assert Path(environ["LEADCAST_METRICS_DIR"]).is_dir() and environ["FORWARDED_ALLOW_IPS"] == ""
