"""The user's files as tables of text, with what ``[tables]`` must say to read them again."""

import gzip
import os
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from leadcast.draft.profile import TableProfile, profile_column
from leadcast.errors import SourceError
from leadcast.mapping.sources import ENDINGS, from_frame, read_source
from leadcast.workspace.model import TableSource

ROWS_LOOKED_AT = 300_000
_OTHER = {".xlsx": "save each sheet as CSV", ".xls": "save each sheet as CSV", ".tsv": "name it .csv", ".txt": "name it .csv",
          ".json": "write one record per line, as .jsonl", ".zip": "unpack it", ".db": "use query and url"}


def read_tables(files: list[Path], folder: Path) -> tuple[str, list[TableProfile]]:
    """All files, as the data folder seen from leadcast.toml and one table per file; files alike in all but digits are one table.

    Raises
    ------
    SourceError : a file is absent, empty, unreadable, given twice, or of a kind that Leadcast does not read
    """
    paths = [path.absolute() for path in files]  # a link stays the name that the user gave it
    _check(paths)
    data = Path(os.path.commonpath([path.parent for path in paths]))
    read = {path: _read(path) for path in paths}
    groups: dict[tuple[str, ...], list[Path]] = {}
    for path in paths:
        frame, options = read[path]
        groups.setdefault((re.sub(r"\d+", "#", _plain(path)), *frame.columns, *options.values()), []).append(path)
    groups = _apart(groups.values())
    tables = _named([_table([(path, *read[path]) for path in alike], data, len(alike) > 1) for alike in groups.values()])
    try:
        return Path(os.path.relpath(data, folder)).as_posix(), tables
    except ValueError:  # another drive
        return data.as_posix(), tables


def _apart(groups: Iterable[list[Path]]) -> dict[tuple[str, ...], list[Path]]:
    """Files of one name in two folders are no parts of one table; only numbers in the name tell parts apart."""
    parts: dict[tuple[str, ...], list[Path]] = {}
    for alike in groups:
        together = len({_plain(p) for p in alike}) == len(alike)
        for path in alike:
            parts.setdefault((str(alike[0]),) if together else (str(path),), []).append(path)
    return parts


def _check(paths: list[Path]) -> None:
    for path in paths:
        if not path.is_file():
            raise SourceError(f"{path} is not a file; give leadcast init the files of your export.")
        if not path.name.lower().endswith(ENDINGS):
            hint = next((hint for end, hint in _OTHER.items() if path.name.lower().endswith(end)), "export it as CSV")
            raise SourceError(f"{path.name} is none of {', '.join(ENDINGS)}, which is what Leadcast reads; {hint}.")
        if paths.count(path) > 1:
            raise SourceError(f"{path.name} is given twice; give each file once.")


def _named(tables: list[TableProfile]) -> list[TableProfile]:
    """Names without what all files share and without trailing dates, where they stay different."""
    words = [t.name.split("_") for t in tables]
    while len(words) > 1 and all(len(w) > 1 for w in words) and len({w[0] for w in words}) == 1:
        words = [w[1:] for w in words]
    while len(words) > 1 and all(len(w) > 1 for w in words) and len({w[-1] for w in words}) == 1:
        words = [w[:-1] for w in words]
    short = [re.sub(r"(_\d+)+$|^(\d+_)+", "", "_".join(w)) for w in words]
    if len(set(short)) == len(tables) and all(short):
        return [replace(t, name=name) for t, name in zip(tables, short, strict=True)]
    seen: dict[str, TableProfile] = {}
    for table in tables:
        if first := seen.get(table.name):
            raise SourceError(f"{first.files[0]} and {table.files[0]} would both become the table {table.name}; "
                              "rename one of the files.")
        seen[table.name] = table
    return tables


def _table(alike: list[tuple[Path, pd.DataFrame, dict[str, str]]], data: Path, several: bool) -> TableProfile:
    (path, _, options), *_ = alike
    frame = pd.concat([frame for _, frame, _ in alike], ignore_index=True)
    name = _plain(path)
    name = re.sub(r"_?\d+", "", name).strip("_") or name if several else name
    columns = tuple(profile_column(frame[c]) for c in frame.columns)
    numbers = [c for c in columns if c.kind == "number"]
    if any(c.decimal_comma for c in numbers) and not any(c.is_fraction and not c.decimal_comma for c in numbers):
        options = {**options, "decimal": ","}
    return TableProfile(name, tuple(p.relative_to(data).as_posix() for p, _, _ in alike), columns, frame, options)


def _plain(path: Path) -> str:
    """A file's name as a table's: ``HubSpot deals-2024.csv.gz`` becomes ``hubspot_deals_2024``."""
    stem = re.sub(rf"({'|'.join(map(re.escape, reversed(ENDINGS)))})$", "", path.name, flags=re.IGNORECASE)
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", stem)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_") or "table"


def _read(path: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    """The first rows as trimmed texts, and the options to read them with."""
    try:
        frame, options = _read_csv(path) if ".csv" in path.name.lower() else (_read_other(path), {})
    except pd.errors.EmptyDataError:
        raise SourceError(f"{path.name} is empty.") from None
    except (ValueError, OSError, EOFError, pd.errors.ParserError) as problem:
        raise SourceError(f"{path.name} cannot be read: {' '.join(str(problem).split()).rstrip('.')}.") from None
    if frame.empty:
        raise SourceError(f"{path.name} holds no rows; leadcast init needs some to look at.")
    return frame, options


def _read_csv(path: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    options = _options(path)
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, na_filter=False, nrows=ROWS_LOOKED_AT,
                        sep=options.get("delimiter", ","), encoding=options.get("encoding", "utf-8-sig"))
    if not isinstance(frame.index, pd.RangeIndex):
        raise ValueError("its rows have more fields than its header")
    return from_frame(path.name, frame).frame, options


def _read_other(path: Path) -> pd.DataFrame:
    try:
        return read_source("", TableSource(file=path.name), path.parent).frame.head(ROWS_LOOKED_AT)
    except SourceError as refused:  # its message begins with the place in leadcast.toml, which is not there yet
        raise SourceError(str(refused).partition(": ")[2]) from None


def _options(path: Path) -> dict[str, str]:
    """Delimiter and encoding, where they are not a comma and UTF-8; judged by the first lines."""
    with gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb") as file:
        start = file.read(1 << 18)
    options = {}
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        options["encoding"] = "utf-16"
    elif not _is_utf8(start):
        options["encoding"] = "cp1252"
    text = start.decode(options.get("encoding", "utf-8-sig"), errors="ignore")
    header = next((line for line in text.splitlines() if line.strip()), "")
    unquoted = re.sub(r'"[^"]*"', "", header)
    best = max((",", ";", "\t", "|"), key=unquoted.count)
    if best != "," and unquoted.count(best):
        options["delimiter"] = best
    return options


def _is_utf8(start: bytes) -> bool:
    """The last character may be cut."""
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(start) - 4
    return True
