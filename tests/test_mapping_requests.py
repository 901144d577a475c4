"""A record sent to the service gives the canonical rows that the files give, dirty values included."""

import csv
import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from leadcast.errors import RequestError, SourceError
from leadcast.history import History
from leadcast.mapping import ReferenceTables, read_history
from leadcast.table import Table
from leadcast.workspace import Workspace, read_workspace
from serving.columns import asked_columns, mistyped
from serving.records import read_record

TOML = """
[workspace]
name = "dirty"
timezone = "Europe/Berlin"
currency = "EUR"

[tables.leads]
file = "leads.csv"
missing = ["Select", "-"]
values = { Source = { google = "Google", GTXPro = "GTX Pro" } }
joins = [{ table = "products", on = { Product = "Product" }, columns = ["Line"] }]

[tables.products]
file = "products.csv"
reference = true

[tables.deals]
file = "deals.csv"

[tables.rates]
file = "rates.csv"

[tables.visits]
file = "visits.csv"
times = { At = "epoch_ms" }
compose = { Kind = "{Page}/{Part}" }

[tables.changes]
file = "changes.csv"

[leads]
table = "leads"
columns = { lead_id = "Id", created_at = "Created", source = "Source", owner = "Rep" }

[leads.attributes]
employees = { column = "Employees", type = "number" }
newsletter = { column = "Newsletter", type = "flag" }
line = "Line"
last_seen = { column = "Seen", type = "time" }

[opportunities]
table = "deals"

[opportunities.columns]
opportunity_id = "Id"
lead_id = "Lead"
created_at = "Opened"
amount = "Amount"
currency = "Cur"
close_date = "Close"

[events]
table = "visits"
type = "{Kind}"
columns = { lead_id = "Lead", occurred_at = "At", sequence = "No", value = "Seconds" }

[[pipelines]]
entity = "lead"
stages = ["new", "mql", "lost"]
lost = ["lost"]

[[pipelines]]
entity = "opportunity"
stages = ["open", "talk", "won", "lost"]
won = ["won"]
lost = ["lost"]

[[stages]]
entity = "lead"
from = "events"
events = { "price/top" = "mql" }

[[stages]]
entity = "lead"
from = "silence"
after_days = 20

[[stages]]
entity = "opportunity"
from = "current"
table = "deals"
columns = { id = "Id", stage = "Stage", entered_at = "Close" }

[field_history]
entity = "lead"
table = "changes"
columns = { id = "Lead", field = "Field", value = "New", changed_at = "At" }
fields = { Source = "source", Employees = "employees", Newsletter = "newsletter", Rep = "owner" }

[rates]
table = "rates"
columns = { currency = "Cur", valid_from = "From", rate = "Rate" }
"""

FILES: dict[str, list[dict[str, Any]]] = {
    "leads": [
        {"Id": "001", "Created": "2024-03-01T09:00:00+02:00", "Source": " google ", "Rep": "Ann", "Employees": 250,
         "Newsletter": True, "Product": "GTX", "Seen": "2024-10-27 02:30"},
        {"Id": 2, "Created": "2024-03-31 02:30", "Source": "Select", "Rep": None, "Employees": "1,200",
         "Newsletter": "no", "Product": None, "Seen": None},
        {"Id": "003", "Created": "2024-03-02", "Source": "GTXPro", "Rep": "-", "Employees": "a few",
         "Newsletter": 1, "Product": "none", "Seen": "soon"},
        {"Id": "003", "Created": "2024-03-02", "Source": "twice", "Rep": "Bob", "Employees": 0.5,
         "Newsletter": False, "Product": "GTX", "Seen": ""},
        {"Id": None, "Created": "2024-03-02", "Source": "nobody", "Rep": None, "Employees": None,
         "Newsletter": None, "Product": None, "Seen": None},
        {"Id": "005", "Created": "31/31/2024", "Source": "x", "Rep": "Bob", "Employees": 1e3,
         "Newsletter": "maybe", "Product": "GTX", "Seen": None},
    ],
    "deals": [
        {"Id": "D1", "Lead": "001", "Opened": "2024-03-10", "Amount": 1000.1, "Cur": "usd",
         "Stage": "won", "Close": "2024-03-20"},
        {"Id": "D2", "Lead": "2", "Opened": "2024-04-10", "Amount": "€ 2,000", "Cur": None,
         "Stage": "talk", "Close": "2024-06-01"},
        {"Id": "D3", "Lead": "003", "Opened": "2024-04-11", "Amount": None, "Cur": "USD",
         "Stage": "nowhere", "Close": None},
    ],
    "visits": [
        {"Lead": "001", "At": 1709300000000, "No": 1, "Page": "price", "Part": "top", "Seconds": 3.25},
        {"Lead": "001", "At": 1709300000000, "No": 1, "Page": "price", "Part": "top", "Seconds": 3.25},
        {"Lead": "001", "At": "1711900000000", "No": None, "Page": "home", "Part": None, "Seconds": "long"},
        {"Lead": "2", "At": None, "No": 3, "Page": "home", "Part": "top", "Seconds": 1},
        {"Lead": None, "At": 1709300000000, "No": 4, "Page": "home", "Part": "top", "Seconds": 1},
        {"Lead": "2", "At": 1714500000123, "No": 5, "Page": None, "Part": None, "Seconds": 1},
    ],
    "changes": [
        {"Lead": "001", "Field": "Source", "New": "google", "At": "2024-03-05 10:00"},
        {"Lead": "001", "Field": "Source", "New": "Google", "At": "2024-03-06 10:00"},
        {"Lead": "001", "Field": "Employees", "New": 300, "At": "2024-03-06 10:00"},
        {"Lead": "001", "Field": "Newsletter", "New": "YES", "At": "2024-03-06 10:00"},
        {"Lead": "2", "Field": "Employees", "New": "many", "At": "2024-03-06 10:00"},
        {"Lead": "2", "Field": "Rep", "New": "-", "At": "2024-04-06 10:00"},
        {"Lead": "2", "Field": "Mood", "New": "good", "At": "2024-04-06 10:00"},
        {"Lead": "9", "Field": "Rep", "New": "Ann", "At": "2024-04-06 10:00"},
    ],
}
TABLES = ("leads", "opportunities", "events", "stages", "fields", "owners", "quotas")


def as_csv(value: Any) -> str:
    """A JSON value as an export would write it."""
    return "" if value is None else json.dumps(value) if isinstance(value, bool) else str(value)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "leadcast.toml").write_text(TOML)
    for name, rows in FILES.items():
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(rows[0])
        writer.writerows([as_csv(v) for v in row.values()] for row in rows)
        (tmp_path / f"{name}.csv").write_text(out.getvalue())
    (tmp_path / "products.csv").write_text("Product,Line\nGTX,Graphics\n")
    (tmp_path / "rates.csv").write_text("Cur,From,Rate\nUSD,2024-01-01,0.9\n")
    return read_workspace(tmp_path)


def as_text(table: Table) -> dict[str, list[str]]:
    return {name: [repr(value) for value in table[name].tolist()] for name in table.names}


def same(one: History, other: History) -> None:
    for name in TABLES:
        assert as_text(getattr(one, name)) == as_text(getattr(other, name)), name
    assert one.end == other.end


def frames(pick: Callable[[dict[str, Any]], bool] = lambda row: True) -> dict[str, pd.DataFrame]:
    return {name: pd.DataFrame([row for row in rows if pick(row)], dtype=object) for name, rows in FILES.items()}


def test_the_same_rows_from_files_and_from_a_request(workspace: Workspace) -> None:
    files, request = read_history(workspace), read_history(workspace, frames())
    same(files, request)
    assert files.quality.read == {**request.quality.read}
    assert files.quality.kept == request.quality.kept
    assert [(f.table, f.problem, f.rows) for f in files.quality.findings if f.problem != "no match in products"] == [
        (f.table, f.problem, f.rows) for f in request.quality.findings if f.problem != "no match in products"]


def test_frames_that_pandas_typed_itself_give_the_same(workspace: Workspace) -> None:
    guessed = {name: pd.DataFrame(rows) for name, rows in FILES.items()}
    same(read_history(workspace), read_history(workspace, guessed))


def test_one_lead_alone_gives_its_own_rows_of_the_whole(workspace: Workspace) -> None:
    whole = read_history(workspace)
    alone = read_history(workspace, frames(lambda row: str(row.get("Lead", row.get("Id"))) in ("001", "D1")), ends_at=whole.end)
    assert alone.ids("lead").tolist() == ["001"] and alone.ids("opportunity").tolist() == ["D1"]
    for name, key in (("leads", "lead_id"), ("opportunities", "lead_id"), ("events", "lead_id")):
        table = getattr(whole, name)
        assert as_text(table.take(np.flatnonzero(table[key] == "001"))) == as_text(getattr(alone, name)), name
    for name in ("stages", "fields"):
        table = getattr(whole, name)
        own = np.flatnonzero(np.isin(table["entity_id"], ["001", "D1"]))
        assert as_text(table.take(own)) == as_text(getattr(alone, name)), name


def test_lookup_tables_are_read_once(workspace: Workspace) -> None:
    references = ReferenceTables(workspace)
    assert references.names == {"products", "rates"}
    read_history(workspace, frames(), references)
    for name in ("products", "rates"):
        (workspace.folder / f"{name}.csv").unlink()
    same(read_history(workspace, frames(), references), read_history(workspace, frames(), references))


def test_a_column_that_a_record_leaves_out_is_missing(workspace: Workspace) -> None:
    history = read_history(workspace, {"leads": pd.DataFrame([{"Id": "7", "Created": "2024-05-05"}])})
    assert history.leads["source"].tolist() == [None] and np.isnan(history.leads["employees"]).all()


def test_a_column_with_nearly_the_mapped_name_is_noted_without_its_value(workspace: Workspace) -> None:
    lead = {"Id": "L1", "created": "2024-01-01", "Employes": "secret", "Source": "web", "Rep": "ann", "Hat": "x"}
    visits = [{"Lead": "L1", "At": 1704200000000, "Page": "price", "Part": "top", "No": 1, "Seconds": 5}, {"seconds": 5}]
    tables = {"leads": [lead], "visits": visits, "deals": []}
    assert mistyped(tables, asked_columns(workspace)) == [
        "leads: no column Created; did you mean it with created?", "leads: no column Employees; did you mean it with Employes?",
        "visits: no column Seconds; did you mean it with seconds?"]
    exact = {**lead, "Created": lead["created"]}
    _, notes = read_record(workspace, {"leads": exact}, np.datetime64("2024-02-01", "us"), ReferenceTables(workspace))
    assert notes == ["leads: no column Employees; did you mean it with Employes?"]


def test_a_table_that_is_not_known_is_named(workspace: Workspace) -> None:
    with pytest.raises(SourceError, match=r"There is no table lead under \[tables\] in leadcast.toml; there is leads, pro"):
        read_history(workspace, {"lead": pd.DataFrame()})


def test_what_was_recorded_after_the_moment_asked_for_is_left_out(workspace: Workspace) -> None:
    at = np.datetime64("2024-03-15", "us")
    history = read_history(workspace, frames(), ends_at=at)
    assert history.end == at
    assert history.ids("opportunity").tolist() == ["D1"]
    assert not (history.stages["entered_at"] > at).any()
    assert any(f.problem == "after the end of the data; left out" for f in history.quality.findings)
    for name, read in history.quality.read.items():
        turned_away = sum(f.rows for f in history.quality.findings if f.rejected and f.table == name)
        assert read == history.quality.kept[name] + turned_away, name


def test_neither_a_refusal_nor_a_note_shows_a_value_of_the_record(workspace: Workspace) -> None:
    deal = {"Id": "D7", "Opened": "2024-03-01", "Amount": 5, "Cur": "EUR", "Stage": "private"}
    at, references = np.datetime64("2024-06-01", "us"), ReferenceTables(workspace)
    _, notes = read_record(workspace, {"deals": deal}, at, references)
    assert [note for note in notes if "a value is a stage of no deal pipeline" in note] and "private" not in " ".join(notes)
    with pytest.raises(RequestError, match='amounts in a value and EUR cannot be added up') as refused:
        read_record(workspace, {"deals": {**deal, "Cur": "private"}}, at, references)
    assert "private" not in str(refused.value).lower()


def test_one_lead_is_mapped_quickly(workspace: Workspace) -> None:
    references = ReferenceTables(workspace)
    tables = frames(lambda row: str(row.get("Lead", row.get("Id"))) in ("001", "D1"))
    read_history(workspace, tables, references)
    started = time.process_time()
    for _ in range(5):
        read_history(workspace, tables, references)
    assert (time.process_time() - started) / 5 < 0.5, "seconds of this process; a busy machine does not count"


def test_rows_of_json_lines_may_hold_objects_as_their_file_does(tmp_path: Path) -> None:
    (tmp_path / "leadcast.toml").write_text(
        '[workspace]\nname = "lines"\ntimezone = "UTC"\n[tables.leads]\nfile = "leads.jsonl"\n[leads]\ntable = "leads"\n'
        'columns = { lead_id = "id", created_at = "at" }\nattributes = { tags = "tags" }\n')
    row = {"id": "1", "at": "2024-01-01", "tags": ["b", "a"], "user": {"agent": {"name": "x"}}}
    (tmp_path / "leads.jsonl").write_text(json.dumps(row))
    workspace = read_workspace(tmp_path)
    end = np.datetime64("2024-02-01", "us")
    sent, notes = read_record(workspace, {"leads": row}, end, ReferenceTables(workspace))
    assert as_text(sent.leads) == as_text(read_history(workspace).leads) and not notes
    for _ in range(60):
        row["user"] = {"more": row["user"]}
    with pytest.raises(RequestError, match="nested deeper than 50 levels") as refused:
        read_record(workspace, {"leads": row}, end, ReferenceTables(workspace))
    assert refused.value.path == ("leads", "user")
