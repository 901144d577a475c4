"""Score tables as files: one kind of value per column, nothing a spreadsheet would run."""

import json
from pathlib import Path

import pandas as pd
import pytest

from serving.write import OutputError, write_table

TABLE = pd.DataFrame({
    "entity_id": ["=1+1", "L2"],
    "as_of": pd.to_datetime(["2026-03-01T00:00:00Z"] * 2),
    "trend": [1.5, float("nan")],
    "probability": [0.1 + 0.2, 1 / 3],
    "reasons": [[{"text": "naïve, \"quoted\"", "contribution": -0.1}], []],
})


def test_csv_escapes_formulas_and_keeps_every_digit(tmp_path: Path) -> None:
    write_table(TABLE, tmp_path / "new" / "scores.csv")
    read = pd.read_csv(tmp_path / "new" / "scores.csv")
    assert read["entity_id"].tolist() == ["'=1+1", "L2"]
    assert read["as_of"].tolist() == ["2026-03-01T00:00:00Z"] * 2
    assert read["probability"].tolist() == TABLE["probability"].tolist()
    assert json.loads(read["reasons"][0]) == TABLE["reasons"][0]


def test_parquet_gives_the_same_table_back_with_reasons_as_json(tmp_path: Path) -> None:
    write_table(TABLE, tmp_path / "scores.parquet")
    read = pd.read_parquet(tmp_path / "scores.parquet")
    assert read["entity_id"].tolist() == ["=1+1", "L2"]
    assert read["as_of"].tolist() == TABLE["as_of"].tolist()
    assert [json.loads(text) for text in read["reasons"]] == TABLE["reasons"].tolist()


def test_json_has_null_for_what_is_missing(tmp_path: Path) -> None:
    write_table(TABLE, tmp_path / "scores.json")
    rows = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    assert rows[1] == {"entity_id": "L2", "as_of": "2026-03-01T00:00:00Z", "trend": None, "probability": 1 / 3, "reasons": []}


def test_an_unknown_ending_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"scores.xlsx: its ending says no known format; known are .csv, .parquet, .json"):
        write_table(TABLE, tmp_path / "scores.xlsx")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"cannot be written: (File exists|Not a directory)"):
        write_table(TABLE, tmp_path / "file" / "scores.csv")
