"""The feed as a folder of Parquet or CSV files with schema.json: there as a whole, or not at all."""

import csv
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from leadcast.errors import OutputError
from serving.feed.star import FORMAT, Feed
from serving.write import harmless

Format = Literal["parquet", "csv"]
MANIFEST = "schema.json"
_ROWS_AT_ONCE = 10_000


class NotOurs(OutputError):
    """A folder that holds something else than an export."""


def write_feed(feed: Feed, folder: Path, form: Format) -> dict[str, Any]:
    """Write the tables and the manifest, in place of an earlier export; what goes wrong half way leaves the folder as it was.

    In CSV times are ISO (UTC), a missing value is an empty cell, and a text that a spreadsheet would run as a formula gets an
    apostrophe in front.

    Returns
    -------
    the manifest, each table with its file's name

    Raises
    ------
    NotOurs : the folder is there and holds what no export wrote
    OutputError : the place cannot be written
    """
    check_place(folder)
    manifest = feed.manifest()
    for told in manifest["tables"]:
        told["file"] = f"{told['name']}.{form}"
    try:
        folder.absolute().parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=folder.absolute().parent, prefix=f".{folder.name}.", suffix=".part"))
    except OSError as refused:
        raise OutputError(f"{folder} cannot be written: {refused.strerror}.") from None
    try:
        for name, table in feed.tables.items():
            _WRITERS[form](table, beside / f"{name}.{form}")
        text = json.dumps(manifest, ensure_ascii=False, indent=1, allow_nan=False)
        (beside / MANIFEST).write_text(f"{text}\n", encoding="utf-8")
        beside.chmod(0o755)
        _exchange(beside, folder.absolute())
    except OSError as refused:
        raise OutputError(f"{folder} cannot be written: {refused.strerror}.") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return manifest


def check_place(folder: Path) -> None:
    """Refuse a folder that an export may not replace.

    Raises
    ------
    NotOurs : it holds files that no export wrote, or is a file
    """
    if not folder.exists() and not folder.is_symlink():
        return
    if folder.is_symlink() or not folder.is_dir():
        raise NotOurs(f"{folder} is no folder. Name a new folder, or one of an earlier export.")
    found = {one.name for one in folder.iterdir()}
    if strange := sorted(found - _ours(folder)):
        named = ", ".join(strange[:3]) + (", ..." if len(strange) > 3 else "")
        raise NotOurs(f"{folder} holds {named}, which no export wrote, and an export replaces the whole folder. Name a new "
                      "folder, or one of an earlier export.")


def _ours(folder: Path) -> set[str]:
    """The files that an earlier export says it wrote."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return {MANIFEST, *(told["file"] for told in manifest["tables"])} if manifest["format"] == FORMAT else set()
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _exchange(beside: Path, folder: Path) -> None:
    """Put a finished folder in the place of another; that one is back if it fails."""
    if not folder.exists():
        beside.rename(folder)
        return
    aside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.", suffix=".old"))
    folder.rename(aside / folder.name)
    try:
        beside.rename(folder)
    except OSError:
        (aside / folder.name).rename(folder)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _write_parquet(table: pa.Table, file: Path) -> None:
    pq.write_table(table, file, compression="snappy")


def _write_csv(table: pa.Table, file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([harmless(name) for name in table.column_names])
        for batch in table.to_batches(max_chunksize=_ROWS_AT_ONCE):
            writer.writerows(_rows(batch))
        out.flush()
        os.fsync(out.fileno())


def _rows(batch: pa.RecordBatch) -> Iterator[tuple[Any, ...]]:
    return zip(*([_cell(value) for value in column.to_pylist()] for column in batch.columns), strict=True)


def _cell(value: Any) -> Any:
    """As a spreadsheet and a program both read it; None is an empty cell."""
    if isinstance(value, datetime):
        return f"{value.replace(tzinfo=None).isoformat()}Z"
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else harmless(value)


_WRITERS: dict[Format, Callable[[pa.Table, Path], None]] = {"parquet": _write_parquet, "csv": _write_csv}
