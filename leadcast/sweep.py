"""Everything in the state folder that is no database, without what names somebody who was erased."""

import csv
import json
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leadcast.anonymise import anonymise_snapshots
from leadcast.mentions import Mentions

MANIFEST = "manifest.json"
DATABASES = (".db", ".db-wal", ".db-shm", ".db-journal")
BY_ROW = ("rejected", "rejected-input", "jobs")
"""Folders whose files hold a person per row."""
FORECASTS, BACKTEST, JOBS, RECORD = "forecasts", "backtest", "jobs", "one-record.json"
TEXT_ENDINGS = (".json", ".jsonl", ".csv", ".md", ".html", ".svg", ".txt", ".log", ".toml", ".yaml", ".yml", "")


@dataclass
class Swept:
    """What was done to files, and what could not be.

    Attributes
    ----------
    removed : rows, files or mentions by place, as an answer names them
    changed : files that were written anew, within the folder
    named_by : files that name them still and cannot be changed without breaking what they are part of
    left : what could not be read or written, in words
    """

    removed: Counter[str] = field(default_factory=Counter)
    changed: list[Path] = field(default_factory=list)
    named_by: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def sweep(folder: Path, mentions: Mentions, aliases: Mapping[str, str], anywhere: bool = True) -> Swept:
    """Take somebody out of every file under a folder; a file that cannot be changed is told, and the others are done.

    Rows of theirs leave rejected rows and results of jobs; saved forecasts and replays keep the row under a random id; of any
    other file the letters are overwritten in place, so that a log that is being written to and a page that is shown stay whole.

    Parameters
    ----------
    aliases : a random id for each lead or deal that is erased
    anywhere : also overwrite what is telling wherever it stands; right only where somebody of that id is known
    """
    swept = Swept()
    renamed, unread = anonymise_snapshots(folder / FORECASTS, aliases, mentions)
    swept.removed["forecasts (anonymised)"] += len(renamed)
    swept.left += [f"forecasts/{name}: it was changed and cannot be read; remove it" for name in unread]
    for path in _files(folder):
        try:
            _sweep_one(folder, path, mentions, aliases, anywhere, swept)
        except (OSError, ValueError, csv.Error) as refused:
            said = refused.strerror if isinstance(refused, OSError) else "it cannot be read"
            swept.left.append(f"{path.relative_to(folder).as_posix()}: {said}")
    swept.removed = +swept.removed
    return swept


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        top = path.relative_to(folder).parts[0]
        if path.is_file() and not path.is_symlink() and not path.name.endswith(DATABASES) and top != FORECASTS:
            yield path


def _sweep_one(
    folder: Path, path: Path, mentions: Mentions, aliases: Mapping[str, str], anywhere: bool, swept: Swept
) -> None:
    place = path.relative_to(folder)
    top = place.parts[0]
    if top in BY_ROW and path.suffix in (".csv", ".jsonl"):
        if gone := drop_rows(path, mentions.in_row if top != JOBS else rows_of(mentions.ids)):
            swept.removed[f"rows of {top}"] += gone
            swept.changed.append(place)
    elif place.name == RECORD:
        if mentions.in_json_text(path.read_text(encoding="utf-8")):
            path.unlink()
            swept.removed[RECORD] += 1
    elif top == BACKTEST and path.suffix == ".json":
        swept.removed["backtest (anonymised)"] += _alias_replay(path, aliases)
    elif anywhere and path.suffix in TEXT_ENDINGS:
        if (path.parent / MANIFEST).exists():
            if mentions.in_bytes(path.read_bytes()):
                swept.named_by.append(place.as_posix())
        else:
            swept.removed[f"mentions in {top}"] += blank(path, mentions)


def rows_of(ids: Collection[str]) -> Callable[[list[str], Iterable[Any]], bool]:
    """Is a row of scores theirs? Only its ``entity_id`` says so; in CSV an apostrophe may stand in front of it."""

    def is_theirs(names: list[str], cells: Iterable[Any]) -> bool:
        one = str(dict(zip(names, cells, strict=False)).get("entity_id", ""))
        return one in ids or one.removeprefix("'") in ids

    return is_theirs


def drop_rows(path: Path, is_theirs: Callable[[list[str], Any], bool]) -> int:
    """Write a CSV or JSON lines file without somebody's rows, every other byte as it was; returns how many went."""
    beside, gone = path.with_name(f".{path.name}.part"), 0
    try:
        with path.open(encoding="utf-8", newline="") as lines, beside.open("w", encoding="utf-8", newline="") as out:
            for text, names, cells in _csv_rows(lines) if path.suffix == ".csv" else _json_rows(lines):
                if is_theirs(names, cells):
                    gone += 1
                else:
                    out.write(text)
            out.flush()
            os.fsync(out.fileno())
        if gone:
            beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return gone


def _csv_rows(lines: Iterable[str]) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each row as it is written, the header's names, and its cells; a header is a row without names."""
    taken: list[str] = []

    def tapped() -> Iterator[str]:
        for line in lines:
            taken.append(line)
            yield line

    names: list[str] = []
    for number, cells in enumerate(csv.reader(tapped())):
        yield "".join(taken), names, cells
        taken.clear()
        names = cells if number == 0 else names


def _json_rows(lines: Iterable[str]) -> Iterator[tuple[str, list[str], list[Any]]]:
    for line in lines:
        row = json.loads(line)
        yield line, list(row), list(row.values())


def blank(path: Path, mentions: Mentions) -> int:
    """Overwrite what names somebody where it stands; the file keeps its length, and whoever writes to it goes on."""
    content = path.read_bytes()
    cleared = mentions.blanked(content)
    if cleared == content:
        return 0
    mode = path.stat().st_mode
    path.chmod(mode | 0o200)
    with path.open("r+b") as file:
        file.write(cleared)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(mode)
    return 1


def _alias_replay(path: Path, aliases: Mapping[str, str]) -> int:
    """The ids of a replay of a past day; what was said of each stands beside, in their order."""
    data = json.loads(path.read_text(encoding="utf-8"))
    ids = data.get("entity_id", []) if isinstance(data, dict) else []
    kept = [aliases.get(one, one) for one in ids]
    if kept == ids:
        return 0
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(json.dumps({**data, "entity_id": kept}), encoding="utf-8")
    beside.replace(path)
    return 1
