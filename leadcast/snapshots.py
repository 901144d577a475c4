"""Snapshots: what a forecast said, kept as it was, one file each.

A file's name ends in the SHA-256 of its content, so that the same forecast has the same name, saving it again changes
nothing, and a file that was changed afterwards is found out.
"""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from leadcast.errors import LeadcastError
from leadcast.period import Period
from leadcast.renamed import read_renamed
from leadcast.snapshot_rows import CLOSED, checked_rows, rows_from_json, rows_to_json
from leadcast.vocabulary import Entity

FORMAT = "leadcast-snapshot/1"
LATEST = "latest"
FOLDER = "forecasts"
"""Of a workspace's snapshots, within the folder where Leadcast writes."""
MEND = "Restore the file from a copy, or remove it and save the forecast again."
_DIGITS = 16
_ID = re.compile(r"\d{8}T\d{6}_[A-Za-z0-9.-]+_[0-9a-f]{16}")


class SnapshotError(LeadcastError):
    """A snapshot that is not there, not the only one meant, or not as it was saved."""


class NoSnapshot(SnapshotError):
    """No snapshot of the name, or more than one."""


class NotKept(SnapshotError):
    """A snapshot could not be written: no room, or no right to."""


@dataclass(frozen=True)
class About:
    """A snapshot without its rows: what a list of them shows.

    Attributes
    ----------
    model : the registered model and its version, such as acme-win/3
    fingerprint : of the data that were known, as :func:`leadcast.fingerprint.fingerprint` gives it
    spread : what is uncertain besides chance, plain data; ``ratios`` are those of the amount at the win to the amount now
    total : the forecast of the whole, plain data
    note : in the words of whoever saved it
    changes : a scenario's overrides, a sentence each
    base : the id of the snapshot that a scenario came from
    id : given by its content; empty as long as nobody has asked
    """

    as_of: np.datetime64
    period: Period
    entity: Entity
    currency: str
    model: str
    fingerprint: str
    spread: Mapping[str, Any] = field(default_factory=dict)
    total: Mapping[str, Any] = field(default_factory=dict)
    quota: float | None = None
    note: str = ""
    changes: tuple[str, ...] = ()
    base: str | None = None
    id: str = ""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A forecast as it was made: about it, its rows, and which deals were closed by then.

    Attributes
    ----------
    rows : the rows of the forecast, as :func:`leadcast.snapshot_rows.checked_rows` wants them
    closed : by id, what became of deals that are in no row: "lost", or "won" (outside of the period), as known at ``as_of``.
        Those that closed since the earlier snapshots to compare with are enough; a deal that is neither in the rows nor here
        counts as removed.
    """

    about: About
    rows: pd.DataFrame
    closed: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", checked_rows(self.rows))
        if strange := sorted({str(what) for what in self.closed.values()} - set(CLOSED)):
            raise SnapshotError(f"A closed deal is {' or '.join(CLOSED)}, not {', '.join(strange)}.")
        if both := sorted(set(self.closed) & set(self.rows["entity_id"])):
            raise SnapshotError(f"{both[0]} is closed and stands in the rows of the forecast, too.")

    @cached_property
    def id(self) -> str:
        """The moment, the period and the content: 20260301T080000_2026-Q1_3f2a91c0d4e5b678."""
        return _id(self.about, _text(self).encode())

    def scenario(self, rows: pd.DataFrame, total: Mapping[str, Any], changes: tuple[str, ...], note: str = "") -> "Snapshot":
        """The same forecast with other rows; ``base`` says which one it came from."""
        about = replace(self.about, total=total, changes=changes, note=note, base=self.id, id="")
        shown = set(rows["entity_id"])
        return Snapshot(about, rows, {key: what for key, what in self.closed.items() if key not in shown})


def write_snapshot(folder: Path, snapshot: Snapshot) -> str:
    """Save a snapshot and return its id; one of the same content is there already: nothing happens.

    Written beside and renamed, so that nobody ever reads half of it; read only.

    Raises
    ------
    NotKept : the folder cannot be written
    SnapshotError : the file is there and was changed
    """
    content = _text(snapshot).encode()
    name = _id(snapshot.about, content)
    path = folder / f"{name}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists():
            _checked(path)
            return name
        _write_beside(path, content)
    except OSError as refused:
        raise NotKept(f"{path} cannot be written: {refused.strerror}.") from None
    return name


def read_snapshot(folder: Path, which: str = LATEST) -> Snapshot:
    """A snapshot by its id, by the beginning of the id or of its last part, or the latest that is no scenario.

    Raises
    ------
    NoSnapshot : there is none, or more than one
    SnapshotError : the file was changed
    """
    path = folder / f"{_find(folder, which)}.json"
    content = _checked(path)
    try:
        data = json.loads(content)
        closed = {key: what for what in CLOSED for key in data["closed"][what]}
        return Snapshot(_about(data["about"], path.stem), rows_from_json(data["rows"]), closed)
    except (ValueError, KeyError, TypeError):
        raise SnapshotError(f"{path.name} is no snapshot of the format {FORMAT}. {MEND}") from None


def list_snapshots(folder: Path) -> list[About]:
    """What is saved, newest moment last; at one moment the scenarios follow the forecasts. No folder: none.

    Reads the first lines only; whether a file was changed shows on reading it.

    Raises
    ------
    SnapshotError : a file cannot be read as a snapshot
    """
    found, damaged = readable_snapshots(folder)
    if damaged:
        raise damaged[0]
    return found


def readable_snapshots(folder: Path) -> tuple[list[About], list[SnapshotError]]:
    """(what is saved as :func:`list_snapshots` has it, why others cannot be read): for who can do without some."""
    found, damaged = [], []
    for path in sorted(one for one in folder.glob("*.json") if _ID.fullmatch(one.stem)):
        try:
            found.append(_first_line(path))
        except SnapshotError as refused:
            damaged.append(refused)
    return sorted(found, key=lambda s: (s.as_of, s.base is not None, s.period.end, s.id)), damaged


# ---- which one ------------------------------------------------------------------------------------------------


def _find(folder: Path, which: str) -> str:
    for name in (which, read_renamed(folder).get(which, "")):
        if _ID.fullmatch(name) and (folder / f"{name}.json").is_file():
            return name
    known = list_snapshots(folder)
    if not known:
        raise NoSnapshot(f"No snapshot is saved in {folder}. Save one with leadcast forecast --save.")
    if which == LATEST:
        return ([s.id for s in known if s.base is None] or [known[-1].id])[-1]
    found = [s.id for s in known if which and (s.id.startswith(which) or s.id.rpartition("_")[2].startswith(which))]
    if len(found) == 1:
        return found[0]
    listed = ", ".join((found or [s.id for s in known])[-5:])
    if found:
        raise NoSnapshot(f"{which!r} is the beginning of {len(found)} snapshots, such as {listed}. Write more of it.")
    raise NoSnapshot(f"There is no snapshot {which!r}; the newest are {listed}. Write an id, its beginning, its last part or "
                        f"{LATEST}.")


# ---- the file -------------------------------------------------------------------------------------------------


def _text(snapshot: Snapshot) -> str:
    """JSON in three lines: about, closed, rows; the first can be read alone."""
    about, period = snapshot.about, snapshot.about.period
    first = {
        "format": FORMAT, "as_of": str(about.as_of.astype("datetime64[us]")),
        "period": {"name": period.name, "start": str(period.start), "end": str(period.end)},
        "entity": about.entity, "currency": about.currency, "model": about.model, "fingerprint": about.fingerprint,
        "spread": dict(about.spread), "total": dict(about.total), "quota": about.quota, "note": about.note,
        "changes": list(about.changes), "base": about.base,
    }
    closed = {what: sorted(key for key, became in snapshot.closed.items() if became == what) for what in CLOSED}
    parts = {"about": first, "closed": closed, "rows": rows_to_json(snapshot.rows)}
    try:
        written = (f'"{name}": {json.dumps(part, allow_nan=False)}' for name, part in parts.items())
        return "{" + ",\n".join(written) + "}\n"
    except ValueError:
        raise SnapshotError("A snapshot's spread, total and quota hold finite numbers; None is for what is missing.") from None


def _about(data: Mapping[str, Any], name: str) -> About:
    if data["format"] != FORMAT:
        raise SnapshotError(f"{name}.json has the format {data['format']!r}, and here {FORMAT!r} is read. Save it anew.")
    period = Period(data["period"]["name"], *(np.datetime64(data["period"][edge], "us") for edge in ("start", "end")))
    return About(
        np.datetime64(data["as_of"], "us"), period, data["entity"], data["currency"], data["model"], data["fingerprint"],
        data["spread"], data["total"], data["quota"], data["note"], tuple(data["changes"]), data["base"], name,
    )


def _first_line(path: Path) -> About:
    try:
        with path.open(encoding="utf-8") as file:
            line = file.readline()
        return _about(json.loads(line.rstrip().removesuffix(",") + "}")["about"], path.stem)
    except (OSError, ValueError, KeyError, TypeError):
        raise SnapshotError(f"{path.name} cannot be read as a snapshot: changed or cut short. {MEND}") from None


def _id(about: About, content: bytes) -> str:
    moment = re.sub(r"[-:]", "", str(about.as_of.astype("datetime64[s]")))
    period = re.sub(r"[^A-Za-z0-9.-]+", "-", about.period.name)
    return f"{moment}_{period}_{hashlib.sha256(content).hexdigest()[:_DIGITS]}"


def _checked(path: Path) -> bytes:
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest()[:_DIGITS] != path.stem.rpartition("_")[2]:
        raise SnapshotError(f"{path.name} is not as it was saved (its SHA-256 is not the one in its name): it was changed or cut "
                            f"short. {MEND}")
    return content


def _write_beside(path: Path, content: bytes) -> None:
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).chmod(0o444)
        Path(beside).replace(path)
    finally:
        Path(beside).unlink(missing_ok=True)
