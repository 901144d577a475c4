"""A job's files: parts that are whole or not there, joined into one at the end."""

import csv
import hashlib
import io
import json
import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from leadcast.places import state_folder
from leadcast.store import Store
from leadcast.store.jobs import note_result, read_job
from leadcast.sweep import drop_rows, rows_of
from leadcast.workspace.model import Workspace
from serving.score_columns import COLUMNS
from serving.write import harmless

PIECE = 1 << 20
RESULT = "result"


def jobs_folder(workspace: Workspace) -> Path:
    return state_folder(workspace) / "jobs"


def part_file(folder: Path, number: int, ending: str) -> Path:
    return folder / f"part-{number:06d}.{ending}"


def result_file(folder: Path, ending: str) -> Path:
    return folder / f"{RESULT}.{ending}"


def write_part(file: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write a part on its own, with a header if it is CSV; once it is there, it is all there, even after a power cut."""
    _write_whole(file, [_text(file.suffix, rows).encode("utf-8")])


def join_parts(parts: Sequence[Path], result: Path, erased: Collection[str] = ()) -> tuple[int, str]:
    """Make one file of all parts, in their order, and remove what was made before under its name.

    Parameters
    ----------
    erased : ids whose rows are left out

    Returns
    -------
    how many rows it has, and its SHA-256
    """
    if erased:
        for part in parts:
            drop_rows(part, rows_of(erased))
    header = _text(result.suffix, []).encode("utf-8")
    _write_whole(result, _joined(parts, header))
    return measured(result)


def ids_in(file: Path) -> set[str]:
    """The leads or deals that a part speaks of; those whose CSV cell begins with an apostrophe as it is, and without it."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows: Iterable[dict[str, Any]] = csv.DictReader(lines) if file.suffix == ".csv" else map(json.loads, lines)
        written = {str(row["entity_id"]) for row in rows}
    return written | {one.removeprefix("'") for one in written}


def measured(result: Path) -> tuple[int, str]:
    """(rows, SHA-256) of a result."""
    digest = hashlib.sha256()
    with result.open("rb") as content:
        while piece := content.read(PIECE):
            digest.update(piece)
    with result.open(encoding="utf-8", newline="") as lines:
        rows = sum(1 for _ in csv.reader(lines)) - 1 if result.suffix == ".csv" else sum(1 for _ in lines)
    return rows, digest.hexdigest()


def note_changed_files(workspace: Workspace, store: Store, changed: Iterable[Path]) -> None:
    """Where rows left a finished job's result, write down how many it has now, and its new checksum.

    Parameters
    ----------
    changed : files within the state folder
    """
    for file in changed:
        if file.parts[0] == "jobs" and file.stem == RESULT and read_job(store, file.parts[1]) is not None:
            note_result(store, file.parts[1], *measured(state_folder(workspace) / file))


def remove_files(workspace: Workspace, job_id: str) -> None:
    shutil.rmtree(jobs_folder(workspace) / job_id, ignore_errors=True)


def _text(suffix: str, rows: Sequence[dict[str, Any]]) -> str:
    """CSV with one line per row, or one JSON object per line; a text that a spreadsheet would run gets an apostrophe."""
    if suffix != ".csv":
        return "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(row[name]) for name in COLUMNS] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return str(value)
    return harmless(value)


def _joined(parts: Sequence[Path], header: bytes) -> Iterator[bytes]:
    yield header
    for part in parts:
        with part.open("rb") as content:
            content.seek(len(header))
            while piece := content.read(PIECE):
                yield piece


def _write_whole(file: Path, pieces: Iterable[bytes]) -> None:
    beside = file.with_name(f".{file.name}.part")
    try:
        with beside.open("wb") as out:
            for piece in pieces:
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(file)
        _settle(file.parent)
    finally:
        beside.unlink(missing_ok=True)


def _settle(folder: Path) -> None:
    """A rename lasts through a power cut once its folder is on the disk, too."""
    place = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(place)
    finally:
        os.close(place)
