"""Files and databases: what can be read, and what is said where it cannot."""

import gzip
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from leadcast.errors import SourceError
from leadcast.mapping import read_history
from leadcast.workspace import read_workspace

LEADS = [{"id": "001", "at": "2024-01-01", "n": "1.50"}, {"id": "2", "at": "2024-01-02", "n": ""}]
CSV = "id,at,n\n001,2024-01-01,1.50\n2,2024-01-02,\n"
Read = Callable[[str], list[tuple[str, str, float]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a workspace whose one table comes from the given keys: (id, day, n) of each lead."""

    def leads(source: str) -> list[tuple[str, str, float]]:
        (tmp_path / "leadcast.toml").write_text(
            f'[workspace]\nname = "w"\ntimezone = "UTC"\n[tables.leads]\n{source}\n'
            '[leads]\ntable = "leads"\ncolumns = { lead_id = "id", created_at = "at" }\n'
            'attributes = { n = { type = "number" } }\n')
        table = read_history(read_workspace(tmp_path)).leads
        return [(i, str(t)[:10], float(n)) for i, t, n in zip(table["lead_id"], table["created_at"], table["n"], strict=True)]

    return leads


def same(found: list[tuple[str, str, float]]) -> bool:
    return repr(found) == repr([("001", "2024-01-01", 1.5), ("2", "2024-01-02", float("nan"))])


def test_csv_keeps_ids_as_they_are(read: Read, tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text(CSV)
    assert same(read('file = "leads.csv"'))


def test_csv_of_another_kind(read: Read, tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_bytes("id;at;n\n001;2024-01-01;1,50\n2;2024-01-02;\n".encode("utf-16"))
    assert same(read('file = "leads.csv"\ndelimiter = ";"\ndecimal = ","\nencoding = "utf-16"'))


def test_a_byte_order_mark_is_no_part_of_the_first_column(read: Read, tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_bytes(b"\xef\xbb\xbf" + CSV.encode())
    assert same(read('file = "leads.csv"'))


def test_gzip_parquet_jsonl_and_several_files(read: Read, tmp_path: Path) -> None:
    (tmp_path / "leads.csv.gz").write_bytes(gzip.compress(CSV.encode()))
    assert same(read('file = "leads.csv.gz"'))
    pd.DataFrame(LEADS).assign(n=[1.5, None], at=pd.to_datetime([r["at"] for r in LEADS])).to_parquet(tmp_path / "leads.parquet")
    assert same(read('file = "leads.parquet"'))
    records = [{**LEADS[0], "n": 1.5}, {"id": 2, "at": "2024-01-02"}]
    (tmp_path / "leads.jsonl").write_text("\n".join(json.dumps(record) for record in records))
    assert same(read('file = "leads.jsonl"'))
    (tmp_path / "second.csv").write_text("n,at,id\n,2024-01-02,2\n")
    (tmp_path / "first.csv").write_text("id,at,n\n001,2024-01-01,1.5\n")
    assert same(read('file = ["first.csv", "second.csv"]'))


def test_numbers_that_are_numbers_stay_so_beside_texts_with_a_decimal_comma(read: Read, tmp_path: Path) -> None:
    pd.DataFrame(LEADS).assign(n=[1.5, None]).to_parquet(tmp_path / "leads.parquet")
    assert same(read('file = "leads.parquet"\ndecimal = ","'))
    (tmp_path / "leads.jsonl").write_text("\n".join(json.dumps({**r, "n": n}) for r, n in zip(LEADS, (1.5, None), strict=True)))
    assert same(read('file = "leads.jsonl"\ndecimal = ","'))
    (tmp_path / "leads.csv").write_text(CSV.replace("1.5", '"1,5"'))
    assert same(read('file = ["leads.jsonl"]\ndecimal = ","')) and same(read('file = ["leads.csv"]\ndecimal = ","'))
    toml = '[workspace]\nname = "x"\ntimezone = "UTC"\n[tables.t]\nfile = "t.csv"\ndecimal = ","\n[leads]\ntable = "t"\n'
    (tmp_path / "leadcast.toml").write_text(f'{toml}columns = {{ lead_id = "id", created_at = "at" }}\n'
                                            'attributes = { n = { type = "number" } }')
    numbers = {"a": 1.234, "b": "1,234", "c": 12345.67}
    sent = pd.DataFrame([{"id": i, "at": "2024-01-01", "n": n} for i, n in numbers.items()], dtype=object)
    assert read_history(read_workspace(tmp_path), {"t": sent}).leads["n"].tolist() == [1.234, 1.234, 12345.67]


def test_integers_with_holes_keep_their_digits_in_parquet(read: Read, tmp_path: Path) -> None:
    big = 2**60 + 1
    frame = pd.DataFrame({"id": pd.array([big, None, 7], dtype="Int64"), "at": ["2024-01-01"] * 3, "n": [None] * 3})
    frame.to_parquet(tmp_path / "leads.parquet")
    assert [row[0] for row in read('file = "leads.parquet"')] == [str(big), "7"]


def test_a_database(read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sqlite3.connect(tmp_path / "crm.db") as database:
        database.executescript("CREATE TABLE l (id TEXT, at TEXT, n REAL); INSERT INTO l VALUES ('001', '2024-01-01', 1.5), "
                               "('2', '2024-01-02', NULL), ('3', '2024-01-03', 2);")
    query = """query = "SELECT * FROM l WHERE id < '3' ORDER BY id" """
    assert same(read(query + '\nurl = "sqlite:///crm.db"'))
    monkeypatch.setenv("CRM_URL", "sqlite:///crm.db")
    assert same(read(query + '\nurl_env = "CRM_URL"'))


@pytest.mark.parametrize(("name", "content", "keys", "message"), [
    ("other.csv", b"id\n1\n", 'file = "leads.csv"',
     r'tables.leads.file: "leads.csv" is not in the data folder .*, which holds other.csv. Correct the name, or say'),
    ("leads.csv", b"Id,at\n1,2024-01-01\n", 'file = "leads.csv"',
     r'leads.columns.lead_id: table "leads" \(leads.csv\) has no column "id"; did you mean "Id"\? It has: Id, at.'),
    ("leads.csv", "id,at,n\nJörg,2024-01-01,1\n".encode("latin-1"), 'file = "leads.csv"',
     r'tables.leads.file: "leads.csv" is not utf-8; say its encoding, such as encoding = "latin-1".'),
    ("leads.csv", CSV.encode(), 'file = "leads.csv"\nencoding = "utf-9"',
     r'tables.leads.file: "leads.csv" cannot be read: unknown encoding: utf-9.'),
    ("leads.csv", b"id,at,n\n1,2,3\n1,2,3,4\n", 'file = "leads.csv"',
     r'tables.leads.file: "leads.csv" cannot be read: Expected 3 fields in line 3, saw 4.'),
    ("leads.csv", b"id,at\n1,2,3\n1,2,3\n", 'file = "leads.csv"',
     r'tables.leads.file: "leads.csv" cannot be read: its rows have more fields than its header.'),
    ("leads.csv", b"", 'file = "leads.csv"',
     r'tables.leads.file: "leads.csv" is empty, it has not even a header. Export it again, or name another file.'),
    ("leads.csv.gz", CSV.encode(), 'file = "leads.csv.gz"',
     r'tables.leads.file: "leads.csv.gz" cannot be read: Not a gzipped file'),
    ("leads.parquet", b"PAR1", 'file = "leads.parquet"', r'tables.leads.file: "leads.parquet" cannot be read: '),
    ("leads.jsonl", b'{"id": 1}\n{"id": \n', 'file = "leads.jsonl"',
     r'tables.leads.file: "leads.jsonl" cannot be read: line 2 is not JSON \(Expecting value\).'),
    ("leads.jsonl", b"[1]\n", 'file = "leads.jsonl"',
     r'tables.leads.file: "leads.jsonl" cannot be read: line 1 is not a JSON object.'),
    ("other.db", b"", 'query = "SELECT 1"\nurl = "sqlite:///crm.db"',
     r'tables.leads: the SQLite file "crm.db" is not in the data folder'),
    ("crm.db", b"", 'query = "SELECT * FROM nowhere"\nurl = "sqlite:///crm.db"',
     r"tables.leads.query: sqlite:///.*crm.db answers: no such table: nowhere."),
    ("crm.db", b"", 'query = "SELECT 1"\nurl_env = "NO_SUCH_VARIABLE"',
     r"tables.leads.url_env: the environment variable NO_SUCH_VARIABLE is not set; it holds the database's URL."),
    ("crm.db", b"", 'query = "SELECT 1"\nurl = "crm.db"',
     r"tables.leads: the database's URL cannot be parsed; right would be sqlite:///"),
])
def test_what_cannot_be_read_is_said(read: Read, tmp_path: Path, name: str, content: bytes, keys: str, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=message):
        read(keys)


def test_a_password_is_not_shown(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_URL", "postgresql+psycopg://me:secret@127.0.0.1:1/crm")
    with pytest.raises(SourceError) as refused:
        read('query = "SELECT 1"\nurl_env = "CRM_URL"')
    assert "secret" not in str(refused.value) and "tables.leads" in str(refused.value)


def test_all_absent_columns_are_named_at_once(read: Read, tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("a,b\n1,2\n")
    with pytest.raises(SourceError) as refused:
        read('file = "leads.csv"')
    keys = [line.split(": ")[0] for line in str(refused.value).splitlines()]
    assert keys == ["leads.columns.lead_id", "leads.columns.created_at"]


def test_an_empty_table_is_no_mistake(read: Read, tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("id,at,n\n")
    assert read('file = "leads.csv"') == []


def test_a_postgresql_database(read: Read, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_URL", postgres_url)
    first = "SELECT '001' AS id, timestamptz '2024-01-01 00:00+00' AS at, 1.50::numeric AS n"
    rows = f"{first} UNION ALL SELECT '2', '2024-01-02 00:00+00', NULL ORDER BY 1"
    assert same(read(f'query = """{rows}"""\nurl_env = "CRM_URL"'))
