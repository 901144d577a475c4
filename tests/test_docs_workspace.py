"""docs/workspace.md cannot rot: its worked mappings are run, its tables of keys are the model's own."""

import csv
import io
import re
import sqlite3
from pathlib import Path

import pandas as pd
import pytest

from leadcast.history import History
from leadcast.mapping import read_history
from leadcast.mapping.canonical import canonical_texts
from leadcast.workspace import model, read_workspace
from leadcast.workspace.keys import keys_of
from leadcast.workspace.reference import with_key_tables

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "workspace.md").read_text(encoding="utf-8")
WORKED = PAGE.split("\n## Worked mappings")[1].split("\n## Every key")[0] + "\n## "
SECTIONS = dict(re.findall(r"^### (.+?)\n(.*?)(?=^### |^## )", WORKED, re.DOTALL | re.MULTILINE))
BLOCK = re.compile(r"^```(\w+)(?: ([^\n]+))?\n(.*?)^```", re.DOTALL | re.MULTILINE)
NAMES = {"field_history": "fields"}


def read_section(text: str, folder: Path) -> tuple[History, dict[str, str]]:
    """Write a section's files, read its workspace; also its expected tables."""
    expected = {}
    for language, label, content in BLOCK.findall(text):
        if language == "toml":
            (folder / "leadcast.toml").write_text(content, encoding="utf-8")
        elif label.startswith("expected "):
            expected[label.removeprefix("expected ")] = content
        elif language == "sql":
            with sqlite3.connect(folder / label) as database:
                database.executescript(content)
        else:
            (folder / label).write_text(content, encoding="utf-8")
    return read_history(read_workspace(folder)), expected


def as_rows(history: History, name: str, columns: list[str]) -> list[list[str]]:
    """Columns of a canonical (or rejected) table as the page writes them."""
    if name.startswith("rejected "):
        frame: pd.DataFrame = history.quality.rejected[name.removeprefix("rejected ")]
        return [["" if pd.isna(v) else str(v) for v in row] for row in frame[columns].to_numpy()]
    table = getattr(history, NAMES.get(name, name))
    texts = [canonical_texts(table[column]) for column in columns]
    return [["" if v is None else v.removesuffix(".000000") for v in row] for row in zip(*texts, strict=True)]


@pytest.mark.parametrize("section", SECTIONS)
def test_worked_mapping(section: str, tmp_path: Path) -> None:
    history, expected = read_section(SECTIONS[section], tmp_path)
    assert expected
    for name, content in expected.items():
        header, *rows = csv.reader(io.StringIO(content))
        assert as_rows(history, name, header) == rows, name


def test_every_kind_of_source_has_a_worked_mapping() -> None:
    text = " ".join(SECTIONS.values())
    kinds = ["rows", "events", "dates", "current", "outcome", "silence"]
    assert all(f'from = "{kind}"' in text for kind in kinds)
    for key in ("query", "prefer", "first_of", "created_by_event", "close_date", "old_stage", "never_inputs", "epoch_ms",
                "decimal", "rates", "quotas", "owners", "pipeline =", 'order = "', "joins"):
        assert key in text, key


def test_every_read_row_is_kept_or_rejected(tmp_path: Path) -> None:
    for number, section in enumerate(SECTIONS.values()):
        folder = tmp_path / str(number)
        folder.mkdir()
        quality = read_section(section, folder)[0].quality
        for table, read in quality.read.items():
            rejected = sum(f.rows for f in quality.findings if f.rejected and f.table == table)
            kept_aside = sum(len(rows) for name, rows in quality.rejected.items() if name.split(".")[0] == table)
            assert read == quality.kept[table] + rejected and rejected == kept_aside, (table, section[:60])


def test_the_tables_of_keys_are_the_models_own() -> None:
    assert with_key_tables(PAGE) == PAGE, "run: python -m leadcast.workspace.reference docs/workspace.md"


def test_the_page_names_every_key() -> None:
    parts = [p for p in vars(model).values() if isinstance(p, type) and issubclass(p, model.Keys)]
    named = set(re.findall(r"<!-- keys of (\w+) -->", PAGE))
    for part in parts:
        if part.__name__ not in ("Keys", "_StagesBase"):
            assert part.__name__ in named, part.__name__
            assert all(f"`{key}`" in PAGE for key in keys_of(part)), part.__name__
            assert all(field.description for field in keys_of(part).values()), part.__name__
