"""Several who write at once lose nothing, and any order of the same facts gives the same store."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier, Thread
from typing import Any

import pytest
from fixtures_store import blank_sqlite
from hypothesis import given, settings
from hypothesis import strategies as some
from ingested import NOW, at, attributes, change, rows
from sqlalchemy import func, select

from leadcast.simulate import simulate
from leadcast.store import Store, open_engine, tables
from leadcast.store.changes import version_of
from leadcast.store.intake import Put, Receipt, Taken, take_in
from leadcast.store.intake_entities import put_leads
from leadcast.store.intake_events import put_events
from leadcast.store.intake_fields import put_fields
from leadcast.store.intake_parties import put_contacts
from leadcast.store.intake_stages import put_stages
from leadcast.store.intake_terms import Terms
from leadcast.store.intake_values import micro_of
from leadcast.workspace import read_workspace

# ---- several at once ------------------------------------------------------------------------------------------------


def together(*tasks: Callable[[], Any]) -> list[BaseException]:
    """Run tasks at the same time; what they raised."""
    ready, raised = Barrier(len(tasks)), []

    def run(task: Callable[[], Any]) -> None:
        ready.wait()
        try:
            task()
        except BaseException as mistake:
            raised.append(mistake)

    threads = [Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_a_collision_of_two_writers_is_tried_again(store, terms):
    if store.is_sqlite:
        pytest.skip("SQLite lets one write at a time")
    tried: list[int] = []

    def put_once_more(connection: Any, *more: Any) -> Taken:
        tried.append(1)
        if len(tried) == 1:
            connection.exec_driver_sql("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END $$")
        return put_leads(connection, *more)

    [outcome] = take_in(store, terms, "leads", [{"lead_id": "L1"}], Receipt(micro_of(NOW)), put_once_more)
    assert (outcome.status, len(tried)) == ("created", 2)


def test_a_new_lead_and_its_new_contact_written_at_once_find_each_other(store, terms, put):
    """The contact comes while the lead is written but not yet kept."""
    contact = Thread(target=lambda: put(put_contacts, {"contact_id": "C1", "attributes": {"industry": "Retail"}}))

    def put_slowly(*more: Any) -> Taken:
        taken = put_leads(*more)
        contact.start()
        contact.join(0.5)
        return taken

    take_in(store, terms, "leads", [{"lead_id": "L1", "contact_id": "C1"}], Receipt(micro_of(NOW)), put_slowly)
    contact.join()
    assert attributes(store) == {"industry": "Retail"}


def test_two_events_at_once_make_one_stage_entry(store, tmp_path):
    simulate(tmp_path, 60, 3, "log")
    terms = Terms(read_workspace(tmp_path))
    kind = next(iter(next(source for source in terms.from_events if source.entity == "lead").events))
    events = [{"lead_id": "L1", "type": kind, "occurred_at": NOW - timedelta(hours=1, seconds=number)} for number in range(6)]

    def task(event: dict[str, Any]) -> Callable[[], Any]:
        recorded = {**event, "recorded_at": NOW - timedelta(minutes=30)}
        return lambda: take_in(store, terms, "events", [recorded], Receipt(micro_of(NOW)), put_events)

    take_in(store, terms, "leads", [{"lead_id": "L1", "created_at": at("03-01")}], Receipt(micro_of(NOW)), put_leads)
    assert together(*map(task, events)) == []
    assert rows(store, tables.stages, "entity_id", "entered_at") == [("L1", "2026-03-10T10:59:55")]


def test_several_writers_of_the_same_leads_lose_nothing(store, put):
    names = ("owner", "source", "contact_id", "account_id", "pipeline")

    def writer(name: str, place: int) -> Callable[[], Any]:
        ids = [f"L{number}" for number in range(8)]
        ordered = ids if place % 2 else ids[::-1]
        return lambda: [put(put_leads, *({"lead_id": one, name: f"{name}{turn}"} for one in ordered)) for turn in range(6)]

    assert together(*(writer(name, place) for place, name in enumerate(names))) == []
    assert rows(store, tables.leads, *names) == [tuple(f"{name}5" for name in names)] * 8
    with store.reading() as connection:
        count = connection.execute(select(func.count()).select_from(tables.fields)).scalar()
        assert version_of(connection) == 30
    assert count == sum(1 for name in ("owner", "source") for _ in range(6)) * 8 - _known_at_creation(store)


def _known_at_creation(store: Store) -> int:
    """Values that needed no field history, since their lead was made with them: at most one name for each lead."""
    with store.reading() as connection:
        old = connection.execute(select(tables.fields.c.entity_id, tables.fields.c.field).where(
            tables.fields.c.old_value.is_(None))).fetchall()
    return 16 - len(old)


def test_events_and_contacts_written_at_once_are_all_there(store, put):
    put(put_leads, *({"lead_id": f"L{number}", "contact_id": "C1"} for number in range(5)))
    visit = {"contact_id": "C1", "type": "web", "occurred_at": NOW}
    raised = together(
        *(lambda turn=turn: put(put_contacts, {"contact_id": "C1", "attributes": {"industry": f"I{turn}"}}) for turn in range(4)),
        *(lambda number=number: put(put_leads, {"lead_id": f"L{number}", "source": "web"}) for number in range(5)),
        *(lambda turn=turn: put(put_events, {**visit, "event_id": f"E{turn}"}, {**visit, "event_id": "same"})
          for turn in range(4)),
    )
    assert raised == []
    assert len(rows(store, tables.events, "event_id")) == 5
    [(lent,)] = rows(store, tables.contacts, "attributes")
    assert set(rows(store, tables.leads, "source", "attributes")) == {("web", lent)}


# ---- in any order ---------------------------------------------------------------------------------------------------


facts = some.lists(some.one_of(
    some.builds(lambda one, kind, day, value: ("events", {"lead_id": one, "type": kind, "occurred_at": at(day), "value": value,
                                                          "recorded_at": at("03-09")}),
                some.sampled_from(["L1", "L2"]), some.sampled_from(["call", "web"]), some.sampled_from(["03-01", "03-02"]),
                some.sampled_from([1.0, 2.0])),
    some.builds(lambda one, stage, day: ("stages", {"entity": "lead", "entity_id": one, "stage": stage, "entered_at": at(day),
                                                    "recorded_at": at("03-09")}),
                some.sampled_from(["L1", "L2"]), some.sampled_from(["mql", "sql"]), some.sampled_from(["03-01", "03-02"])),
    some.builds(lambda field, value, day: ("fields", change(field, value, day, old_value="x", recorded_at=at("03-09"))),
                some.sampled_from(["owner", "source"]), some.sampled_from(["a", "b"]), some.sampled_from(["03-01", "03-02"])),
    some.just(("leads", {"lead_id": "L1", "created_at": at("02-01"), "pipeline": "default"})),
), min_size=1, max_size=12)
PUTS: dict[str, Put] = {"events": put_events, "stages": put_stages, "fields": put_fields, "leads": put_leads}


@settings(deadline=None, max_examples=40)
@given(facts, some.data())
def test_any_order_and_repetition_of_the_same_facts_gives_the_same_store(terms, sent, data):
    again = data.draw(some.permutations(sent + data.draw(some.lists(some.sampled_from(sent), max_size=5))))
    assert _content(terms, sent) == _content(terms, again)


def _content(terms: Terms, sent: list[tuple[str, dict[str, Any]]]) -> dict[str, list[tuple[Any, ...]]]:
    with TemporaryDirectory() as folder:
        store = open_engine(blank_sqlite(Path(folder) / "store.db"))
        for part, item in sent:
            [outcome] = take_in(store, terms, part, [item], Receipt(micro_of(NOW)), PUTS[part])
            assert outcome.status != "rejected"
        kept = {table.name: rows(store, table, *({column.name for column in table.c} - {"place", "received_at"}))
                for table in (tables.events, tables.stages, tables.fields)}
        store.close()
    return kept
