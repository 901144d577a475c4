"""A backup that is taken while others write restores to a store in which everything fits together."""

import json
import sqlite3
import tarfile
import threading
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from leadcast.backup import BackupError, make_backup
from leadcast.cli import main
from leadcast.store import open_engine, open_store, tables
from leadcast.store.migrate import migrate
from leadcast.workspace import read_workspace


@pytest.fixture
def workspace(trained, tmp_path):
    """A workspace with a store, a registry's database and a few files; nothing is trained in it."""
    folder = tmp_path / "workspace"
    state = folder / ".leadcast"
    (state / "forecasts").mkdir(parents=True)
    (state / "bentoml").mkdir()
    (folder / "leadcast.toml").write_text((trained.folder / "leadcast.toml").read_text())
    (state / "forecasts" / "a.json").write_text("{}")
    (state / "bentoml" / "big").write_text("made again by itself")
    (state / "service.log").write_text("not kept")
    (state / "calls.jsonl").write_text('{"a": 1}\n{"b": 2')
    with sqlite3.connect(state / "mlflow.db") as connection:
        connection.execute("CREATE TABLE runs (name TEXT)")
        connection.execute("INSERT INTO runs VALUES ('one')")
    return read_workspace(folder)


def write_pairs(store, stop: threading.Event) -> None:
    """A lead and its event in one transaction, again and again: a copy that has one without the other is torn."""
    number = 0
    while not stop.is_set():
        with store.writing(survive_power_cut=False) as connection:
            lead = {"lead_id": f"L{number}", "attributes": "{}", "received_at": 0, "changed_at": 0}
            connection.execute(tables.leads.insert(), lead)
            connection.execute(tables.events.insert(), {"event_key": f"e{number}", "lead_id": f"L{number}", "type": "x",
                                                        "occurred_at": 0, "received_at": 0})
        number += 1


def test_a_backup_under_writes_restores_to_a_consistent_store(workspace, tmp_path):
    store, stop = open_store(workspace), threading.Event()
    writer = threading.Thread(target=write_pairs, args=(store, stop))
    writer.start()
    try:
        made = [make_backup(workspace, tmp_path / f"backup-{number}", "2026-07-01") for number in range(3)]
    finally:
        stop.set()
        writer.join()
    counts = []
    for one in made:
        restored = open_engine(f"sqlite:///{one.place / '.leadcast' / 'store.db'}")
        migrate(restored)
        with restored.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            leads, events = (connection.execute(select(func.count()).select_from(table)).scalar()
                             for table in (tables.leads, tables.events))
        assert leads == events
        counts.append(leads)
    assert counts == sorted(counts)


def test_a_backup_holds_databases_files_and_the_list_of_them_and_nothing_that_is_made_again(workspace, tmp_path):
    open_store(workspace).close()
    make_backup(workspace, tmp_path / "backup", "2026-07-01T00:00:00+00:00")
    listed = json.loads((tmp_path / "backup" / "backup.json").read_text())
    assert sorted(listed["files"]) == [".leadcast/calls.jsonl", ".leadcast/forecasts/a.json", ".leadcast/mlflow.db",
                                       ".leadcast/store.db", "leadcast.toml"]
    assert (tmp_path / "backup" / ".leadcast" / "calls.jsonl").read_text() == '{"a": 1}\n'
    assert ((tmp_path / "backup" / ".leadcast" / "store.db").stat().st_mode & 0o077) == 0


def test_the_command_packs_a_backup_into_a_tar_file_and_never_overwrites_one(workspace, tmp_path):
    open_store(workspace).close()
    place = tmp_path / "backup.tar.gz"
    ran = CliRunner().invoke(main, ["backup", "-w", str(workspace.folder), str(place), "--json"])
    assert ran.exit_code == 0 and json.loads(ran.output)["databases"] == ["mlflow.db", "store.db"]
    with tarfile.open(place) as tar:
        tar.extractall(tmp_path / "restored", filter="data")
    assert (tmp_path / "restored" / "workspace" / ".leadcast" / "forecasts" / "a.json").read_text() == "{}"
    assert [path for path in Path(tmp_path).iterdir() if path.name.startswith(".backup-")] == []
    again = CliRunner().invoke(main, ["backup", "-w", str(workspace.folder), str(place)])
    assert again.exit_code == 2 and "is there already" in again.output
    with pytest.raises(BackupError, match="is there already"):
        make_backup(workspace, place, "now")


def test_a_damaged_database_is_a_clear_refusal_and_leaves_no_half_a_backup(workspace, tmp_path):
    (workspace.folder / ".leadcast" / "mlflow.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(BackupError, match="A database cannot be copied"):
        make_backup(workspace, tmp_path / "backup", "now")
    assert not (tmp_path / "backup").exists()
    assert np.all([not path.name.startswith(".backup-") for path in tmp_path.iterdir()])
