"""What comes out of the store is what the files say: after a load, and after the same came in one by one in any order."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from leadcast.cli import main
from leadcast.history import History
from leadcast.mapping import read_history
from leadcast.simulate import simulate
from leadcast.store import Store, open_store, tables
from leadcast.store.bulk import load_history
from leadcast.store.columns import micro
from leadcast.store.histories import whole_history
from leadcast.store.intake import Item, Put, Receipt, take_in
from leadcast.store.intake_entities import put_leads, put_opportunities
from leadcast.store.intake_events import put_events
from leadcast.store.intake_fields import put_fields
from leadcast.store.intake_stages import put_stages
from leadcast.store.intake_team import put_owners, put_quotas
from leadcast.store.intake_terms import Terms
from leadcast.table import Table
from leadcast.workspace import read_workspace
from leadcast.workspace.model import Workspace
from serving.scores import score_table

PARTS: dict[str, Put] = {"leads": put_leads, "opportunities": put_opportunities, "events": put_events, "stages": put_stages,
                         "fields": put_fields, "owners": put_owners, "quotas": put_quotas}
KNOWN_AFTER = {"events": "occurred_at", "stages": "entered_at", "fields": "changed_at"}


def items_of(history: History, part: str) -> Iterator[dict[str, Any]]:
    """A canonical table as somebody sends it who knows no more than the files; recorded when these say, else at once."""
    table, entity = getattr(history, part), {"leads": "lead", "opportunities": "opportunity"}.get(part)
    names = [a.name for a in history.vocabulary.attributes if a.entity == entity]
    for row in range(table.rows):
        item = {name: value for name in table.names if (value := _plain(table, name, row)) is not None}
        if part in KNOWN_AFTER:
            item.setdefault("recorded_at", item[KNOWN_AFTER[part]])
        if part == "fields":
            item |= {name: _stated(table, name, row) for name in ("value", "old_value")}
        if entity is not None:
            item["attributes"] = {name: item.pop(name) for name in names if name in item}
        yield item


def _plain(table: Table, name: str, row: int) -> Any:
    cell = table[name][row]
    if table[name].dtype.kind == "M":
        return None if np.isnat(cell) else cell.item().replace(tzinfo=UTC)
    return None if cell is None or cell != cell else float(cell) if table[name].dtype.kind == "f" else cell


def _stated(table: Table, name: str, row: int) -> str | None:
    """A value of field history as a sender writes it: a time with its offset."""
    text = table[name][row]
    return f"{text}Z" if text is not None and table["field"][row] == "expected_close" else text


def send(store: Store, terms: Terms, batches: list[tuple[str, list[Item]]], end: np.datetime64) -> int:
    """Everything into the store; how many items were rejected."""
    outcomes = [outcome for part, items in batches
                for outcome in take_in(store, terms, part, items, Receipt(micro(end)), PARTS[part])]
    return sum(outcome.status == "rejected" for outcome in outcomes)


def scrambled(history: History, parts: list[str], seed: int, size: int = 1000) -> list[tuple[str, list[Item]]]:
    """Batches in random order with a tenth of the items twice."""
    draw, batches = random.Random(seed), []
    for part in parts:
        items = list(items_of(history, part))
        items += draw.sample(items, len(items) // 10)
        draw.shuffle(items)
        batches += [(part, items[start:start + size]) for start in range(0, len(items), size)]
    draw.shuffle(batches)
    return batches


def scores_of(trained: Any, history: History) -> pd.DataFrame:
    table = score_table(history, trained.bundles, trained.history.end, explain=False)
    return table.sort_values(["target", "entity_id"], ignore_index=True)


def counts(store: Store) -> dict[str, int]:
    with store.reading() as connection:
        return {name: connection.execute(select(func.count()).select_from(tables.metadata.tables[name])).scalar()
                for name in ("leads", "opportunities", "events", "stages", "field_history", "owners", "quotas")}


def test_after_a_load_scores_from_the_store_are_those_from_the_files_to_the_last_digit(store, trained):
    load_history(store, trained.history, trained.history.end)
    loaded = whole_history(store, trained.history.vocabulary, trained.history.end)
    pd.testing.assert_frame_equal(scores_of(trained, loaded), scores_of(trained, trained.history), check_exact=True)


def test_every_table_comes_out_of_the_store_as_it_went_in(store, trained):
    history = trained.history
    load_history(store, history, history.end)
    loaded = whole_history(store, history.vocabulary, history.end)
    for name in ("leads", "opportunities", "events", "stages", "fields", "owners", "quotas"):
        first, second = (getattr(h, name).frame().astype(str) for h in (history, loaded))
        columns = list(first.columns)
        first, second = (frame[columns].sort_values(columns, ignore_index=True) for frame in (first, second))
        pd.testing.assert_frame_equal(first, second)


def test_a_second_load_adds_nothing_and_one_with_more_adds_what_is_new(store, trained):
    history = trained.history
    load_history(store, history.known_at(history.end - np.timedelta64(30, "D")), history.end)
    early = counts(store)
    load_history(store, history, history.end)
    assert counts(store) == {name: getattr(history, {"field_history": "fields"}.get(name, name)).rows for name in early}
    assert early["events"] < counts(store)["events"]
    assert set(load_history(store, history, history.end).values()) == {0}


def test_a_fact_that_the_files_hold_twice_is_held_twice(store, trained):
    history = trained.history
    some = history.events.take(np.array([0, 0, 1]))
    for _ in range(2):
        load_history(store, History(history.vocabulary, history.leads, history.opportunities, some, *(
            getattr(history, name) for name in ("stages", "fields", "owners", "quotas")), end=history.end), history.end)
    assert counts(store)["events"] == 3


def test_what_came_in_one_by_one_in_any_order_and_twice_looks_and_scores_as_the_files_on_every_day(store, trained):
    terms, history = Terms(trained.workspace), trained.history
    assert send(store, terms, scrambled(history, list(PARTS), 1), history.end) == 0
    assert counts(store) == {name: getattr(history, {"field_history": "fields"}.get(name, name)).rows for name in counts(store)}
    sent = whole_history(store, history.vocabulary, history.end)
    pd.testing.assert_frame_equal(scores_of(trained, sent), scores_of(trained, history), check_exact=True)
    for days in (30, 200):
        then, there = (known_leads(known, days) for known in (history, sent))
        pd.testing.assert_frame_equal(there, then[list(there.columns)], check_exact=True)


def known_leads(history: History, days: int) -> pd.DataFrame:
    """The leads as they were known so many days before the end, with how much was known of each."""
    then = history.known_at(history.end - np.timedelta64(days, "D"))
    rows = then.leads.rows
    counted = {f"{name} of all": np.full(rows, float(getattr(then, name).rows)) for name in ("events", "stages", "fields")}
    return then.leads.with_columns(**counted).frame().sort_values("lead_id", ignore_index=True)


# ---- stages and deals that events tell ----------------------------------------------------------------------------


def stage_rows(history: History, ids: set[str]) -> list[tuple[str, ...]]:
    table = history.stages
    return sorted((table["entity"][row], table["entity_id"][row], table["stage"][row], str(table["entered_at"][row]))
                  for row in range(table.rows) if table["entity_id"][row] in ids)


def told_by_events(store: Store, history: History, terms: Terms, leads: set[str], parts: list[str], seed: int) -> History:
    """What the store makes of some leads' rows, sent in any order."""
    cut = {name: getattr(history, name) for name in ("leads", "opportunities", "events")}
    for name, table in cut.items():
        cut[name] = table.take(np.isin(table["lead_id"], list(leads)))
    some = History(history.vocabulary, cut["leads"], cut["opportunities"], cut["events"], *(
        getattr(history, name) for name in ("stages", "fields", "owners", "quotas")), end=history.end)
    assert send(store, terms, scrambled(some, parts, seed, 40), history.end) == 0
    return whole_history(store, history.vocabulary, history.end)


def test_events_make_stages_as_the_mapping_derives_them(store, tmp_path):
    simulate(tmp_path, 60, 3, "log")
    workspace = read_workspace(tmp_path)
    history = read_history(workspace)
    leads, sources = set(history.leads["lead_id"]), Terms(workspace).from_events
    assert {source.entity for source in sources} == {"lead", "opportunity"}
    sent = told_by_events(store, history, Terms(workspace), leads, ["leads", "opportunities", "events"], 4)
    ids = leads | set(history.opportunities["opportunity_id"])
    assert stage_rows(history, ids) and stage_rows(sent, ids) == stage_rows(history, ids)


@pytest.fixture(scope="module")
def loans(repository: Path, loan_data: Path) -> tuple[Workspace, History]:
    workspace = read_workspace(repository / "examples" / "loan-funnel", loan_data)
    return workspace, read_history(workspace)


def test_the_loan_funnels_deals_begin_with_an_event_and_its_stages_follow(store, loans):
    workspace, history = loans
    leads = set(random.Random(1).sample(list(history.leads["lead_id"]), 80))
    sent = told_by_events(store, history, Terms(workspace), leads, ["leads", "events"], 5)
    assert stage_rows(sent, leads) == stage_rows(history, leads)
    deals = [h.opportunities.take(np.isin(h.opportunities["lead_id"], list(leads))).frame().sort_values("opportunity_id")
             for h in (history, sent)]
    columns = ["opportunity_id", "lead_id", "created_at", "amount", "currency"]
    assert len(deals[0]) > 10
    pd.testing.assert_frame_equal(*(deal[columns].reset_index(drop=True) for deal in deals), check_exact=True)


def test_a_first_event_that_is_recorded_late_changes_no_past_day(store, tmp_path):
    simulate(tmp_path, 60, 3, "log")
    workspace = read_workspace(tmp_path)
    terms = Terms(workspace)
    source = next(s for s in terms.from_events if s.entity == "lead")
    kind, stage = next(iter(source.events.items()))

    def tell(day: int, hour: int) -> None:
        item = {"lead_id": "L1", "type": kind, "occurred_at": datetime(2026, 3, day, hour, tzinfo=UTC)}
        take_in(store, terms, "events", [item], Receipt(micro(np.datetime64("2026-03-10T12", "us")) + hour), put_events)

    take_in(store, terms, "leads", [{"lead_id": "L1", "created_at": datetime(2026, 3, 1, tzinfo=UTC)}],
            Receipt(micro(np.datetime64("2026-03-10", "us"))), put_leads)
    for day, hour in ((5, 1), (6, 2), (4, 3)):
        tell(day, hour)
    table = whole_history(store, terms.vocabulary, np.datetime64("2026-03-11", "us")).stages
    assert [str(at)[:10] for at in np.sort(table["entered_at"])] == ["2026-03-04", "2026-03-05"]
    assert set(table["stage"]) == {source.values.get(stage, stage)}


# ---- the command --------------------------------------------------------------------------------------------------


def load(folder: Path, *more: str) -> str:
    done = CliRunner().invoke(main, ["load", "-w", str(folder), *more], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_the_command_loads_the_files_says_how_much_and_what_comes_next(tmp_path, monkeypatch):
    monkeypatch.delenv("LEADCAST_STORE_URL", raising=False)
    simulate(tmp_path, 40, 1, "crm")
    said = load(tmp_path)
    assert "rows are new or changed in the store .leadcast/store.db." in said
    assert said.rstrip().endswith("Next: leadcast refresh, then leadcast serve and leadcast work")
    assert "knew all of it already" in load(tmp_path)
    assert (tmp_path / ".leadcast" / "rejected").is_dir()


def test_the_command_tells_programs_what_was_read_rejected_and_written(tmp_path, monkeypatch):
    monkeypatch.delenv("LEADCAST_STORE_URL", raising=False)
    simulate(tmp_path, 40, 1, "crm")
    told = json.loads(load(tmp_path, "--json"))["tables"]
    workspace = read_workspace(tmp_path)
    history = read_history(workspace)
    assert told["leads"] == {"read": history.quality.read["leads"], "kept": 40, "written": 40,
                             "rejected": history.quality.read["leads"] - 40}
    store = open_store(workspace)
    assert counts(store)["events"] == told["events"]["written"] == history.events.rows
    store.close()


def test_changes_of_one_moment_are_all_kept_in_their_order(store, loans):
    _, history = loans
    load_history(store, history, history.end)
    loaded = whole_history(store, history.vocabulary, history.end)
    assert loaded.fields.rows == history.fields.rows and loaded.events.rows == history.events.rows
    rows, when = np.arange(history.leads.rows), np.full(history.leads.rows, history.end)
    places = loaded.rows("lead", history.leads["lead_id"])
    assert (loaded.value_at("lead", "owner", places, when) == history.value_at("lead", "owner", rows, when)).all()


def test_a_mistake_while_loading_leaves_the_store_as_it_was(store, trained):
    def stop(table: str, done: int, of: int) -> None:
        if table == "stages":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_history(store, trained.history, trained.history.end, stop)
    assert set(counts(store).values()) == {0}
