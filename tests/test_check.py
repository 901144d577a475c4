"""The data-quality report."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from leadcast.check import print_quality, quality_json
from leadcast.history import History
from leadcast.mapping import read_history
from leadcast.workspace import read_workspace

TOML = """
[workspace]
name = "w"
timezone = "UTC"

[tables.leads]
file = "leads.csv"

[tables.calls]
file = "calls.csv"

[leads]
table = "leads"
columns = { lead_id = "id", created_at = "at", pipeline = "kind" }
attributes = { size = "size", seen = { type = "time" } }

[events]
table = "calls"
type = "call"
columns = { lead_id = "lead", occurred_at = "at" }
never_inputs = ["goodbye"]

[pipelines]
entity = "lead"
stages = ["new", "won"]
won = ["won"]

[stages]
entity = "lead"
from = "dates"
table = "leads"
dates = { won = "won" }
columns = { id = "id" }
"""


@pytest.fixture
def history(tmp_path: Path) -> History:
    leads = [f"{n},2024-01-0{1 + n % 9},default,{n}.5,2024-01-01," for n in range(30)]
    leads += ["30,2024-01-02,partners,7.5,2024-03-01,2023-12-01", "31,never,,,,"]
    (tmp_path / "leads.csv").write_text("\n".join(["id,at,kind,size,seen,won", *leads]))
    (tmp_path / "calls.csv").write_text("lead,at\n1,2024-01-10\n1,2024-01-20\n99,2024-01-21\n")
    (tmp_path / "leadcast.toml").write_text(TOML)
    return read_history(read_workspace(tmp_path))


def test_the_report_as_data(history: History) -> None:
    report = quality_json(history)
    assert report["tables"]["leads"] == {"read": 32, "kept": 31, "rejected": 1}
    assert report["findings"] == [{"table": "leads", "problem": "created_at is not a time", "rows": 1,
                                   "example": 'leads: at = "never", read as iso; times under [tables.leads] can say otherwise',
                                   "rejected": True}]
    assert {(hint["table"], hint["problem"], hint["rows"], hint["example"]) for hint in report["hints"]} == {
        ("events", "reach no lead and no deal (orphans)", 1, "call: lead_id = 99"),
        ("events", "days without any event, in gaps of 4 or more", 9, "the longest from 2024-01-11 to 2024-01-19"),
        ("events", 'never_inputs names "goodbye", but no event has this type', 0, ""),
        ("leads", 'run through a pipeline "partners" that is not declared; taken as the first', 1, ""),
        ("stages", "leads enter a stage more than a day before they are created", 1, "30 enters won"),
        ("leads", 'size is a category but looks like a number; type = "number"?', 31, "0.5"),
        ("leads", 'seen holds times after the creation; known = "outcome" or a stage?', 1, "2024-03-01T00:00:00.000000"),
    }


def test_the_report_on_a_terminal(history: History) -> None:
    out = io.StringIO()
    print_quality(history, Console(file=out, width=120))
    text = out.getvalue()
    for part in ("What was read", "Rejected, kept in .leadcast/rejected/ with the reason", 'leads: at = "never"', "Worth a look",
                 "The data end at 2024-01-21T00:00:00 UTC."):
        assert part in text, part


def test_a_won_stage_that_nobody_enters_is_noticed(tmp_path: Path, history: History) -> None:
    (tmp_path / "leadcast.toml").write_text(TOML.replace('won = ["won"]', 'won = ["Won"]', 1))
    found = quality_json(read_history(read_workspace(tmp_path)))["hints"]
    assert 'never entered "Won", the won stage; is it spelled as in the data?' in {hint["problem"] for hint in found}


def test_a_where_that_no_row_fits_is_said(tmp_path: Path, history: History) -> None:
    (tmp_path / "leadcast.toml").write_text(TOML.replace('type = "call"', 'type = "call"\nwhere = { lead = "one" }').replace(
        'file = "calls.csv"', 'file = "calls.csv"\nwhere = { at = { present = true } }'))
    found = read_history(read_workspace(tmp_path)).quality.findings
    assert ("events", "no row of its table fits where", 3) in {(f.table, f.problem, f.rows) for f in found}
    (tmp_path / "leadcast.toml").write_text(TOML.replace('file = "calls.csv"', 'file = "calls.csv"\nwhere = { lead = "one" }'))
    found = read_history(read_workspace(tmp_path)).quality.findings
    assert ("calls", "no row fits where", 3) in {(f.table, f.problem, f.rows) for f in found}


def test_a_workspace_of_nobody_is_noticed(tmp_path: Path, history: History) -> None:
    (tmp_path / "leads.csv").write_text("id,at,kind,size,seen,won\n")
    found = quality_json(read_history(read_workspace(tmp_path)))["hints"]
    assert "there is no lead and no deal" in {hint["problem"] for hint in found}


def test_one_wrong_date_far_ahead_is_noticed(tmp_path: Path, history: History) -> None:
    with (tmp_path / "calls.csv").open("a") as calls:
        calls.writelines("2,2031-01-01\n")
    problems = [hint["problem"] for hint in quality_json(read_history(read_workspace(tmp_path)))["hints"]]
    assert "lie long after nearly everything else and move the end of the data; is a date wrong? ends_at sets it" in problems
