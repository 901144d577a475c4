"""``leadcast init``: files as they come, names of tables, and messages for what cannot be read."""

import gzip
import tomllib
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from leadcast.draft import draft_workspace
from leadcast.errors import SourceError
from leadcast.mapping import read_history
from leadcast.workspace import read_workspace

READABLE = "none of .csv, .csv.gz, .parquet, .jsonl, which is what Leadcast reads"
TABLE = pd.DataFrame({"id": [f"L{i:03d}" for i in range(30)], "created": [f"2024-01-{i % 28 + 1:02d}" for i in range(30)],
                      "source": ["web", "fair", "call"] * 10})


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """``file(name, content)``: a file in the test's folder."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def refusal(*paths: Path) -> str:
    with pytest.raises(SourceError) as refused:
        draft_workspace(list(paths), paths[0].parent)
    return str(refused.value)


@pytest.mark.parametrize(("name", "content", "message"), [
    ("empty.csv", "", "empty.csv is empty."),
    ("header.csv", "id,created\n", "header.csv holds no rows; leadcast init needs some to look at."),
    ("wide.csv", "id,created\n1,2,3,4\n", "wide.csv cannot be read: its rows have more fields than its header."),
    ("broken.parquet", "not parquet", '"broken.parquet" cannot be read: '),
    ("broken.jsonl", "{\n", '"broken.jsonl" cannot be read: '),
    ("broken.csv.gz", "plain text", "broken.csv.gz cannot be read: Not a gzipped file (b'pl')."),
    ("book.xlsx", "x", f"book.xlsx is {READABLE}; save each sheet as CSV."),
    ("list.tsv", "x", f"list.tsv is {READABLE}; name it .csv."),
    ("notes.csv", "word,meaning\nfit,who they are\ndeal,a chance\n",
     "None of the files looks like leads, deals or a log of events; found notes (word, meaning). "),
])
def test_what_cannot_be_read_is_said(file: Callable[..., Path], name: str, content: str, message: str) -> None:
    assert refusal(file(name, content)).startswith(message)


def test_an_absent_file(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    assert refusal(path) == f"{path} is not a file; give leadcast init the files of your export."


def test_one_file_twice(file: Callable[..., Path]) -> None:
    path = file("leads.csv", TABLE.to_csv(index=False))
    assert refusal(path, path) == "leads.csv is given twice; give each file once."


def test_two_tables_of_one_name(file: Callable[..., Path]) -> None:
    one, other = file("a/leads.csv", TABLE.to_csv(index=False)), file("b/Leads.csv", TABLE.to_csv(index=False))
    assert refusal(one, other) == "a/leads.csv and b/Leads.csv would both become the table leads; rename one of the files."


def drafted(folder: Path, *paths: Path) -> dict:
    text = draft_workspace(list(paths), folder)
    (folder / "leadcast.toml").write_text(text, encoding="utf-8")
    return tomllib.loads(text)


def test_files_alike_but_for_numbers_are_one_table(file: Callable[..., Path], tmp_path: Path) -> None:
    years = {year: TABLE.assign(id=TABLE["id"] + str(year)) for year in (2023, 2024)}
    parts = [file(f"leads-{year}.csv", table.to_csv(index=False)) for year, table in years.items()]
    made = drafted(tmp_path, *parts)
    assert made["tables"] == {"leads": {"file": ["leads-2023.csv", "leads-2024.csv"]}}
    assert read_history(read_workspace(tmp_path)).leads.rows == 60


def test_names_of_tables_leave_out_what_all_files_share(file: Callable[..., Path], tmp_path: Path) -> None:
    leads = file("acme_crm_export_leads_2024.csv", TABLE.to_csv(index=False))
    users = file("acme_crm_export_users_2024.csv", "owner,manager\nann,eve\nbob,eve\n")
    made = drafted(tmp_path, leads, users)
    assert set(made["tables"]) == {"leads", "users"}


def test_semicolons_decimal_commas_and_an_old_encoding(file: Callable[..., Path], tmp_path: Path) -> None:
    phases = ("Gewonnen", "Verloren", "Angebot")
    lines = [f"D{i:03d};{i % 28 + 1:02d}.01.2024;1.{i:03d},50;{phases[i % 3]};Jäger" for i in range(30)]
    path = file("deals.csv", "\n".join(["Deal Nr;Angelegt;Betrag;Phase;Betreuer", *lines]).encode("cp1252"))
    made = drafted(tmp_path, path)
    assert made["tables"]["deals"] == {"file": "deals.csv", "encoding": "cp1252", "delimiter": ";", "decimal": ",",
                                       "times": {"Angelegt": "%d.%m.%Y"}}
    deals = read_history(read_workspace(tmp_path)).opportunities
    assert (deals["amount"][1], deals["owner"][1], str(deals["created_at"][1])[:10]) == (1001.5, "Jäger", "2024-01-02")


def test_dates_that_can_be_read_both_ways_are_asked_for(file: Callable[..., Path], tmp_path: Path) -> None:
    days = [f"{i % 12 + 1:02d}/{i % 11 + 1:02d}/2024" for i in range(30)]
    path = file("leads.csv", TABLE.assign(created=days).to_csv(index=False))
    text = draft_workspace([path], tmp_path)
    assert "# QUESTION: does the day stand before the month in created? Both ways can be read." in text


@pytest.mark.parametrize("ending", [".csv.gz", ".parquet", ".jsonl"])
def test_other_kinds_of_files(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"leads{ending}"
    if ending == ".csv.gz":
        path.write_bytes(gzip.compress(TABLE.to_csv(index=False).encode()))
    elif ending == ".parquet":
        TABLE.to_parquet(path)
    else:
        TABLE.to_json(path, orient="records", lines=True)
    made = drafted(tmp_path, path)
    assert made["leads"]["columns"] == {"lead_id": "id", "created_at": "created", "source": "source"}
    assert read_history(read_workspace(tmp_path)).leads.rows == 30


def test_what_fits_nothing_is_named(file: Callable[..., Path], tmp_path: Path) -> None:
    leads = file("leads.csv", TABLE.to_csv(index=False))
    words = file("dictionary.csv", "column,meaning\nid,the key\nsource,whence\n")
    text = draft_workspace([leads, words], tmp_path)
    assert "# Not used, as it fits nothing above: dictionary.csv." in text
    assert "# QUESTION: nothing says which leads were won. Is there a column that does?" in text


def test_without_outcomes_a_target_is_drafted_for_the_rules(file: Callable[..., Path], tmp_path: Path) -> None:
    made = drafted(tmp_path, file("leads.csv", TABLE.to_csv(index=False)))
    assert made["targets"] == {"win": {"entity": "lead", "stages": ["won"]}} and "stages" not in made
    assert read_history(read_workspace(tmp_path)).stages.rows == 0


def test_a_yes_or_no_about_becoming_a_customer_is_the_outcome(file: Callable[..., Path], tmp_path: Path) -> None:
    table = TABLE.assign(**{"Became customer": ["Yes", "No", None] * 10, "Company size": ["1-10", "11-50"] * 15})
    made = drafted(tmp_path, file("leads.csv", table.to_csv(index=False)))
    (stages,) = [made["stages"]] if isinstance(made["stages"], dict) else made["stages"]
    assert (stages["columns"]["stage"], stages["won"], stages["lost"]) == ("Became customer", ["Yes"], ["No"])
    assert made["leads"]["attributes"]["company_size"] == "Company size"
