"""Erasure, tested by looking for a planted value in every place: every byte of every file, every cell of every table."""

import asyncio
import json
import shutil
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from sqlalchemy import Text, cast, select, text

from leadcast.cli import main
from leadcast.mentions import Mentions
from leadcast.period import Period
from leadcast.snapshots import About, Snapshot, list_snapshots, read_snapshot, write_snapshot
from leadcast.store import tables
from leadcast.store.bulk import load_history
from leadcast.store.erase import _delete_naming
from leadcast.store.erased import is_erased
from leadcast.workspace import read_workspace
from serving.erase import UnknownSubject, erase, erase_again

PLANTED = "7731qx"
LEAD, DEAL, CONTACT, OTHER = f"L{PLANTED}", f"D{PLANTED}", f"C{PLANTED}", "L-other"
EMAIL, NOTE = f"ann.{PLANTED}@acme.example", f"called {PLANTED} twice"
NOW = np.datetime64("2026-07-01T00:00:00", "us")
AT = int(NOW.astype(np.int64))
DAY = 86_400_000_000


@pytest.fixture
def workspace(trained, tmp_path):
    """The trained workspace's registry in a folder of its own, with somebody planted in every kind of file."""
    folder = tmp_path / "workspace"
    shutil.copytree(trained.folder, folder)
    return read_workspace(folder)


@pytest.fixture
def planted(workspace, store):
    plant_records(store)
    plant_files(workspace.folder / ".leadcast")
    assert len(files_with(workspace.folder, PLANTED)) >= 11
    return workspace


def plant_records(store) -> None:
    who = {"entity": "lead", "entity_id": LEAD, "target": "sql"}
    answer = {"as_of": AT, "probability": 0.5, "score": 50.0, "grade": "B", "model": "m/1-a"}
    stamps = {"received_at": AT, "changed_at": AT}
    deal = {"opportunity_id": DEAL, "created_at": AT - 4 * DAY, "lead_id": LEAD, "contact_id": CONTACT, "account_id": "A1",
            "owner": "u01", "amount": 500.0, "attributes": json.dumps({"mail": EMAIL, "segment": "small"}), **stamps}
    rows = {
        "leads": [{"lead_id": LEAD, "created_at": AT - 9 * DAY, "contact_id": CONTACT, "owner": "u01", **stamps,
                   "attributes": json.dumps({"mail": EMAIL, "industry": "Finance"})},
                  {"lead_id": OTHER, "created_at": AT - 9 * DAY, "contact_id": "C-other", "owner": "u02", **stamps,
                   "attributes": json.dumps({"industry": "Finance"})}],
        "opportunities": [deal],
        "contacts": [{"contact_id": CONTACT, "account_id": "A1", "attributes": json.dumps({"note": NOTE}), **stamps}],
        "events": [event("e1", lead_id=LEAD), event("e2", contact_id=CONTACT), event("e3", lead_id=OTHER, actor="u01"),
                   event("e4", opportunity_id=DEAL, contact_id=CONTACT), event("e5", account_id="A1", actor=None)],
        "stages": [{"stage_key": "s1", "entity": "lead", "entity_id": LEAD, "stage": "new", "reason": NOTE, "entered_at": AT,
                    "recorded_at": AT, "received_at": AT, "place": 1}],
        "field_history": [{"field_key": "f1", "entity": "lead", "entity_id": LEAD, "field": "mail", "value": EMAIL,
                           "old_value": f"old.{EMAIL}", "changed_at": AT, "recorded_at": AT, "received_at": AT, "place": 1},
                          {"field_key": "f2", "entity": "opportunity", "entity_id": DEAL, "field": "mail", "value": EMAIL,
                           "old_value": None, "changed_at": AT, "recorded_at": AT, "received_at": AT, "place": 2}],
        "scores": [{**who, **answer}],
        "score_history": [{**who, "at": AT, "probability": 0.5, "score": 50.0, "grade": "B", "model": "m/1-a", "cause": "first",
                           "events": 0}],
        "ledger": [{**who, **answer, "at": AT, "source": "store", "fingerprint": "0", "inputs": b""}],
        "waiting": [{"entity": "lead", "entity_id": LEAD, "since": AT, "events": 1}],
        "rejected": [{"at": AT, "resource": "leads", "place": place, "item": json.dumps(item), "errors": "[]"}
                     for place, item in enumerate(({"lead_id": LEAD, "mail": EMAIL}, {"lead_id": OTHER}))],
        "idempotency": [{"caller": "k", "key": "1", "request_hash": "h", "status": 200, "at": AT,
                         "answer": json.dumps({"results": [{"index": 0, "id": LEAD, "status": "created"}]})},
                        {"caller": "k", "key": "2", "request_hash": "h", "status": 200, "at": AT,
                         "answer": json.dumps({"results": [{"index": 0, "id": OTHER, "status": "created"}]})}],
        "jobs": [{"job_id": "0" * 32, "kind": "score", "request": json.dumps({"entity": "lead", "ids": [LEAD, OTHER]}),
                  "status": "cancelled", "total": 2, "done": 0, "parts": 0, "created_at": AT}],
    }
    with store.writing() as connection:
        for name, some in rows.items():
            for row in some:
                connection.execute(tables.metadata.tables[name].insert(), row)


def event(key: str, **links: object) -> dict[str, object]:
    plain = {"event_key": key, "type": "email", "event_id": key, "actor": f"actor {PLANTED} twelve", "occurred_at": AT - DAY,
             "recorded_at": AT - DAY, "received_at": AT}
    return {**plain, **links}


def plant_files(state: Path) -> None:
    for name, content in {
        "rejected/leads.csv": f'LeadId,Note,reason\n{OTHER},"two\nlines",bad\n{LEAD},x,bad\nL9,{NOTE},bad\n',
        "rejected-input/leads.csv": f"LeadId,reason\n{LEAD},bad\nL9,bad\n",
        "one-record.json": json.dumps({"records": [{"leads": {"LeadId": LEAD}}]}),
        "service.log": f"10:00 started\n10:01 something about {LEAD}\n",
        "reports/sql.html": f"<p title='{EMAIL}'>{LEAD} and L{PLANTED}9</p>",
        "artifacts/abc/artifacts/report.html": f"<p>{EMAIL}</p>",
        "calls.jsonl": json.dumps({"note": f"{LEAD} is safe"}) + "\n",
        "backtest/sql/day.json": json.dumps({"entity_id": [OTHER, LEAD], "stage": ["new", "new"]}),
        "jobs/" + "1" * 32 + "/result.csv": f"entity,entity_id\nlead,{LEAD}\nlead,{OTHER}\n",
        "jobs/" + "2" * 32 + "/part-000001.jsonl": "".join(json.dumps({"entity_id": i}) + "\n" for i in (LEAD, OTHER)),
    }.items():
        (state / name).parent.mkdir(parents=True, exist_ok=True)
        (state / name).write_text(content.replace(f"L{PLANTED}9", "L-x-9"), encoding="utf-8")
    plant_snapshots(state / "forecasts")


def plant_snapshots(folder: Path) -> None:
    """A forecast with their deal, a scenario that drops it, and one that has nothing to do with it."""
    rows = pd.DataFrame({
        "entity_id": [DEAL, "D2", "D3"], "kind": ["open", "open", "won"], "expected": [0.5, 0.25, 1.0],
        "amount": [500.0, 100.0, 40.0], "owner": ["u01", "u02", "u01"], "mail": [EMAIL, None, None]})
    period = Period("2026-Q3", np.datetime64("2026-07-01", "us"), np.datetime64("2026-10-01", "us"))
    about = About(NOW, period, "opportunity", "EUR", "m/1", "f", total={"expected": 315.0}, note="as planned")
    base = Snapshot(about, rows, {"D9": "lost"})
    other = base.scenario(base.rows.iloc[1:], {"expected": 65.0}, (f"{DEAL} is dropped.",))
    quiet = base.scenario(base.rows, {"expected": 300.0}, ("D2 is worth 40.",))
    for one in (base, other, quiet):
        write_snapshot(folder, one)


def files_with(folder: Path, needle: str) -> list[str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [path.relative_to(folder).as_posix() for path in files if needle.encode() in path.read_bytes()]


def cells_with(store, needle: str) -> list[str]:
    """Tables of the store with a row that holds a text, whatever the column."""
    with store.reading() as connection:
        texts = {table.name: select(*(cast(column, Text) for column in table.columns if column.name != "inputs"))
                 for table in tables.metadata.sorted_tables}
        return [name for name, asked in texts.items() for row in connection.execute(asked) if needle in str(row)]


def count(store, table) -> int:
    with store.reading() as connection:
        return len(connection.execute(select(table)).fetchall())


def test_after_erasing_the_planted_value_is_in_no_byte_and_no_cell(planted, store, tmp_path):
    done = erase(planted, store, "lead", LEAD, NOW, with_opportunities=True)
    assert files_with(tmp_path, PLANTED) == [] and cells_with(store, PLANTED) == [] and done.left == []


def test_more_needles_than_a_database_takes_at_once_are_all_looked_for(store):
    ids = [f"many-{number:05d}" for number in range(1_500)]
    with store.writing() as connection:
        connection.execute(tables.rejected.insert(), [
            {"at": AT, "resource": "leads", "place": 0, "item": json.dumps({"lead_id": one}), "errors": "[]"}
            for one in (ids[0], ids[700], ids[-1], "another")])
        done = Counter[str]()
        _delete_naming(connection, tables.rejected, "item", Mentions(frozenset(ids), frozenset()), done)
    assert done == {"rejected": 3} and cells_with(store, "another") == ["rejected"]


def test_what_was_removed_is_told_by_place_and_nobody_else_lost_a_row(planted, store):
    done = erase(planted, store, "lead", LEAD, NOW, with_opportunities=True)
    assert done.removed == {
        "leads": 1, "opportunities": 1, "contacts": 1, "events": 3, "stages": 1, "field_history": 2, "scores": 1,
        "score_history": 1, "ledger": 1, "waiting": 1, "rejected": 1, "idempotency": 1, "jobs (changed)": 1,
        "forecasts (anonymised)": 3, "rows of rejected": 2, "rows of rejected-input": 1, "rows of jobs": 2,
        "one-record.json": 1, "backtest (anonymised)": 1,
        "mentions in service.log": 1, "mentions in reports": 1, "mentions in artifacts": 1, "mentions in calls.jsonl": 1,
    }
    assert (count(store, tables.leads), count(store, tables.events), count(store, tables.rejected)) == (1, 2, 1)
    state = planted.folder / ".leadcast"
    assert (state / "rejected/leads.csv").read_text() == f'LeadId,Note,reason\n{OTHER},"two\nlines",bad\n'
    assert (state / "service.log").read_text() == f"10:00 started\n10:01 something about {'x' * len(LEAD)}\n"


def test_a_deal_that_stays_keeps_amount_and_events_and_loses_its_link(planted, store):
    done = erase(planted, store, "lead", LEAD, NOW)
    with store.reading() as connection:
        deal = connection.execute(select(tables.opportunities)).one()
        kept = connection.execute(select(tables.events).where(tables.events.c.opportunity_id == DEAL)).one()
        waits = connection.execute(select(tables.waiting.c.entity_id)).scalars().all()
    assert (deal.lead_id, deal.contact_id, deal.amount, deal.account_id) == (None, None, 500.0, "A1")
    assert json.loads(deal.attributes) == {"segment": "small"}
    assert (kept.contact_id, kept.actor) == (None, None) and waits == [DEAL]
    assert any("1 opportunities of the lead" in line for line in done.kept)
    assert cells_with(store, EMAIL) == [] and cells_with(store, CONTACT) == []


def test_a_contact_that_others_have_stays_with_its_events(planted, store):
    with store.writing() as connection:
        connection.execute(tables.leads.update().where(tables.leads.c.lead_id == OTHER).values(contact_id=CONTACT))
    done = erase(planted, store, "lead", LEAD, NOW, with_opportunities=True)
    assert count(store, tables.contacts) == 1 and "contacts" not in done.removed
    assert any(line.startswith("1 contacts with their events") for line in done.kept)
    with store.reading() as connection:
        assert is_erased(connection, "contact", [CONTACT]) == set()


def test_saved_forecasts_keep_their_totals_under_a_random_id_and_are_found_by_the_old_one(planted, store):
    folder = planted.folder / ".leadcast" / "forecasts"
    before = {about.id: read_snapshot(folder, about.id) for about in list_snapshots(folder)}
    erase(planted, store, "lead", LEAD, NOW, with_opportunities=True)
    assert {about.id for about in list_snapshots(folder)}.isdisjoint(before)
    for old, was in before.items():
        now = read_snapshot(folder, old)
        for name in ("kind", "expected", "amount", "owner"):
            pd.testing.assert_series_equal(now.rows[name], was.rows[name])
        assert dict(now.about.total) == dict(was.about.total)
    names = {read_snapshot(folder, old).rows["entity_id"].iloc[0] for old in before} - {"D2"}
    assert len(names) == 1 and names.pop().startswith("erased-")
    bases = {read_snapshot(folder, old).about.base for old in before} - {None}
    assert bases <= {about.id for about in list_snapshots(folder)}


def test_the_models_that_had_seen_it_are_those_whose_data_reach_beyond_its_creation(planted, store, trained):
    with store.writing() as connection:
        connection.execute(tables.leads.update().where(tables.leads.c.lead_id == OTHER).values(created_at=AT + 1))
    assert trained.history.end < NOW and erase(planted, store, "lead", OTHER, NOW).models == []
    seen = erase(planted, store, "lead", LEAD, NOW).models
    assert all(version.is_champion for version in seen)
    names = [version.model for version in seen]
    assert sorted(names) == sorted(f"{trained.workspace.workspace.name}-{t}/{b.version}" for t, b in trained.bundles.items())


def test_the_second_time_says_already_and_an_unknown_id_is_unknown_and_leaves_no_tombstone(planted, store):
    assert not erase(planted, store, "lead", LEAD, NOW).already
    again = erase(planted, store, "lead", LEAD, NOW)
    assert again.already and again.removed == {}
    with pytest.raises(UnknownSubject):
        erase(planted, store, "lead", "nobody-of-this-id", NOW)
    with store.reading() as connection:
        assert is_erased(connection, "lead", ["nobody-of-this-id", LEAD]) == {LEAD}


def test_a_record_that_is_being_written_while_it_is_erased_does_not_come_back(planted, store):
    """The writer asked before the erasure whether they are erased, and writes afterwards: one of the two has to wait."""
    asked, erased = threading.Event(), threading.Event()

    def write_late() -> None:
        with store.writing() as connection:
            gone = is_erased(connection, "lead", [LEAD])
            asked.set()
            erased.wait(1)  # long enough for an erasure that did not wait
            if not gone:
                late = {"event_key": "late", "lead_id": LEAD, "type": "x", "occurred_at": 0, "received_at": 0}
                connection.execute(tables.events.insert(), late)

    writer = threading.Thread(target=write_late)
    writer.start()
    asked.wait(10)
    erase(planted, store, "lead", LEAD, NOW)
    erased.set()
    writer.join()
    with store.reading() as connection:
        assert connection.execute(select(tables.events).where(tables.events.c.lead_id == LEAD)).first() is None


def test_a_record_of_another_owner_is_unknown_to_a_limited_caller_and_stays(planted, store):
    with pytest.raises(UnknownSubject):
        erase(planted, store, "lead", LEAD, NOW, owners=frozenset({"u02"}))
    assert count(store, tables.leads) == 2 and files_with(planted.folder, PLANTED)


def test_a_short_id_is_removed_where_a_field_says_it_is_one_and_numbers_stay(planted, store):
    state = planted.folder / ".leadcast"
    with store.writing() as connection:
        connection.execute(tables.leads.insert(), {"lead_id": "17", "attributes": "{}", "received_at": AT, "changed_at": AT})
    (state / "rejected" / "more.csv").write_text("LeadId,Pages,reason\n17,3,bad\n4,17,bad\n")
    (state / "reports" / "axis.svg").write_text("<text x='17'>17</text>")
    erase(planted, store, "lead", "17", NOW)
    assert (state / "rejected" / "more.csv").read_text() == "LeadId,Pages,reason\n4,17,bad\n"
    assert (state / "reports" / "axis.svg").read_text() == "<text x='17'>17</text>"


def test_a_batch_does_not_bring_the_erased_back(trained, workspace, store):
    lead, deal = trained.history.leads["lead_id"][3], trained.history.opportunities["opportunity_id"][5]
    load_history(store, trained.history, NOW)
    rows = count(store, tables.leads), count(store, tables.opportunities)
    erase(workspace, store, "lead", lead, NOW)
    erase(workspace, store, "opportunity", deal, NOW)
    load_history(store, trained.history, NOW)
    assert (count(store, tables.leads), count(store, tables.opportunities)) == (rows[0] - 1, rows[1] - 1)
    with store.reading() as connection:
        for table, column, gone in ((tables.events, "lead_id", lead), (tables.stages, "entity_id", lead),
                                    (tables.fields, "entity_id", deal), (tables.events, "opportunity_id", deal),
                                    (tables.opportunities, "lead_id", lead)):
            assert connection.execute(select(table.c[column]).where(table.c[column] == gone)).first() is None, table.name


def test_after_an_old_backup_is_restored_erasing_again_finds_who_was_erased_since(planted, store):
    state = planted.folder / ".leadcast"
    erase(planted, store, "lead", LEAD, NOW, with_opportunities=True)
    with store.writing() as connection:  # a store from before the first erasure: no tombstone, not even the secret
        for table in tables.metadata.sorted_tables:
            connection.execute(table.delete())
    plant_records(store)
    plant_snapshots(state / "forecasts")
    again = erase_again(planted, store, NOW)
    assert {(one.entity, one.entity_id) for one in again} >= {("lead", LEAD), ("opportunity", DEAL)}
    assert cells_with(store, PLANTED) == [] and files_with(state / "forecasts", PLANTED) == []
    assert erase_again(planted, store, NOW) == []


def test_over_http_an_erasure_answers_what_it_did_and_never_the_folders_of_the_machine(planted, store, trained):
    from serving.app import build_app
    from serving.desk import open_desk

    app = build_app(lambda: datetime(2026, 7, 1, tzinfo=UTC))
    app.state.desk, app.state.store = open_desk(planted.folder), store

    def ask(path: str, method: str = "DELETE", body: object = None) -> httpx.Response:
        async def asked() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
                return await client.request(method, path, json=body)

        return asyncio.run(asked())

    answer = ask(f"/v1/leads/{LEAD}?with_opportunities=true")
    assert answer.status_code == 200 and answer.json()["removed"]["leads"] == 1 and not answer.json()["already"]
    assert str(planted.folder) not in answer.text
    for path, item in (("leads", {"lead_id": LEAD, "source": NOTE}), ("opportunities", {"opportunity_id": DEAL, "owner": NOTE}),
                       ("contacts", {"contact_id": CONTACT}), ("opportunities", {"opportunity_id": "D-new", "lead_id": LEAD}),
                       ("events", {"lead_id": LEAD, "type": "email", "occurred_at": "2026-06-01T00:00:00Z", "actor": NOTE})):
        replayed = ask(f"/v1/{path}", "PUT", {"items": [item]}).json()
        assert replayed["rejected"] == 1 and "erased" in str(replayed["results"][0]["errors"]), replayed
    assert cells_with(store, PLANTED) == []
    assert ask(f"/v1/leads/{LEAD}").json()["already"]
    unknown = ask("/v1/opportunities/none-of-this-id")
    assert unknown.status_code == 404 and unknown.json()["code"] == "not_found" and "none-of-this-id" not in unknown.text
    assert ask("/v1/leads/a%00b").status_code == 422


@pytest.mark.parametrize(("spelt", "found"), [
    ("id L7731qx here", True), ('"L7731qx"', True), ("xL7731qx", False), ("L7731qx2", False), ("a&amp;b@c.de", True),
    ("J\\u00f6rg 12345", True),
])
def test_a_telling_text_is_found_as_a_word_however_it_is_spelt(spelt, found):
    who = Mentions(frozenset({"L7731qx"}), frozenset({"a&b@c.de", "Jörg 12345"}))
    assert who.in_bytes(spelt.encode()) is found
    assert len(who.blanked(spelt.encode())) == len(spelt.encode())


def dumped(store) -> Iterator[str]:
    """Every row as a dump writes it, without our own knowledge of its columns."""
    if store.is_sqlite:
        yield from sqlite3.connect(store.engine.url.database).iterdump()
        return
    with store.reading() as connection:
        for table in tables.metadata.sorted_tables:
            yield from connection.execute(text(f"SELECT CAST(t AS text) FROM {table.name} t")).scalars()


def test_a_dump_of_the_database_does_not_name_them(planted, store):
    assert any(PLANTED in row for row in dumped(store))
    erase(planted, store, "lead", LEAD, NOW, with_opportunities=True)
    assert not [row for row in dumped(store) if PLANTED in row]


def test_a_models_own_files_stay_whole_and_are_told_where_they_name_somebody(planted, store):
    bundle = planted.folder / ".leadcast" / "artifacts" / "models" / "m-1"
    bundle.mkdir(parents=True)
    (bundle / "manifest.json").write_text("{}")
    (bundle / "context.json").write_text(json.dumps({"pooled": [EMAIL]}))
    done = erase(planted, store, "lead", LEAD, NOW, with_opportunities=True)
    assert done.left == ["artifacts/models/m-1/context.json: a model's file names them; train again, then delete that version"]
    assert EMAIL in (bundle / "context.json").read_text()


def test_the_command_erases_and_says_where_it_was_and_where_copies_may_be(planted, monkeypatch, store_address, store):
    monkeypatch.setenv("LEADCAST_STORE_URL", store_address)
    there = ["-w", str(planted.folder)]
    ran = CliRunner().invoke(main, ["erase", *there, "lead", LEAD, "--with-opportunities"])
    assert ran.exit_code == 0, ran.output
    assert "1  leads" in ran.output and "backups of the store" in ran.output and cells_with(store, PLANTED) == []
    again = CliRunner().invoke(main, ["erase", *there, "lead", LEAD, "--json"])
    assert json.loads(again.output)["already"]
    assert CliRunner().invoke(main, ["erase", *there, "--again"]).output == "Nobody who was erased is back.\n"
    for wrong in (["lead"], [], ["lead", LEAD, "--again"], ["lead", "nobody-of-this-id"]):
        refused = CliRunner().invoke(main, ["erase", *there, *wrong])
        assert refused.exit_code == 2 and refused.output.startswith("error: ")
