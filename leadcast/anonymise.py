"""Saved forecasts without somebody's name: the row stays under a random id, so that every total holds."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from leadcast.mentions import Mentions
from leadcast.renamed import add_renamed
from leadcast.snapshots import About, Snapshot, SnapshotError, list_snapshots, read_snapshot, write_snapshot

NOTE = "Somebody in it was erased; their deal goes by a random id."
AMOUNTS = ("entity_id", "kind")
"""Columns of texts that are not looked through."""


def anonymise_snapshots(folder: Path, aliases: Mapping[str, str], mentions: Mentions) -> tuple[dict[str, str], list[str]]:
    """Write every saved forecast that names somebody anew, under the id of its new content, and remove the old file.

    Amounts, dates, owner and chances stay as they are; the id becomes a random one, texts of theirs are left out.
    A scenario follows the forecast it came from.

    Parameters
    ----------
    aliases : the random id of each erased lead or deal; the same in all forecasts, so that two can still be compared

    Returns
    -------
    new ids by old ones, and the files that could not be read
    """
    if not folder.is_dir():
        return {}, []
    renamed: dict[str, str] = {}
    unread, known = [], {path.stem for path in folder.glob("*.json")}
    for path in sorted(folder.glob("*.json")):
        if path.name == "renamed.json" or not _names(path.read_bytes(), aliases, mentions):
            continue
        try:
            renamed |= _write_anew(folder, path.stem, aliases, mentions)
        except SnapshotError:
            unread.append(path.name)
    while followed := _follow(folder, renamed):
        renamed = {old: followed.get(new, new) for old, new in renamed.items()} | followed
    renamed = {old: new for old, new in renamed.items() if old in known}  # less those that a scenario had for a moment
    if renamed:
        add_renamed(folder, renamed)
    return renamed, unread


def _names(content: bytes, aliases: Mapping[str, str], mentions: Mentions) -> bool:
    quoted = (f'"{needle}"'.encode() for needle in Mentions(frozenset(aliases), mentions.texts).needles())
    return mentions.in_bytes(content) or any(text in content for text in quoted)


def _write_anew(folder: Path, which: str, aliases: Mapping[str, str], mentions: Mentions) -> dict[str, str]:
    old = read_snapshot(folder, which)
    about = _about(old.about, aliases, mentions)
    new = Snapshot(about, _rows(old.rows, aliases, mentions), {aliases.get(key, key): what for key, what in old.closed.items()})
    if new.id == old.id:
        return {}
    return _replace(folder, which, replace(new, about=replace(about, note=_with_note(about.note))))


def _replace(folder: Path, old: str, new: Snapshot) -> dict[str, str]:
    """The new one first: a crash in between leaves both, and the next erasure takes the old one away."""
    saved = write_snapshot(folder, new)
    if saved != old:
        (folder / f"{old}.json").unlink()
    return {old: saved}


def _follow(folder: Path, renamed: Mapping[str, str]) -> dict[str, str]:
    """Scenarios whose base goes by another id now."""
    found: dict[str, str] = {}
    for about in list_snapshots(folder) if renamed else []:
        if about.base is not None and about.base in renamed:
            old = read_snapshot(folder, about.id)
            found |= _replace(folder, about.id, replace(old, about=replace(old.about, base=renamed[about.base], id="")))
    return found


def _about(about: About, aliases: Mapping[str, str], mentions: Mentions) -> About:
    changes = tuple(_sentence(change, aliases, mentions) for change in about.changes)
    return replace(about, changes=changes, note=_sentence(about.note, aliases, mentions), id="")


def _sentence(text: str, aliases: Mapping[str, str], mentions: Mentions) -> str:
    for one, alias in aliases.items():
        text = re.sub(rf"(?<!\w){re.escape(one)}(?!\w)", alias, text)
    for own in sorted(mentions.texts, key=len, reverse=True):
        text = text.replace(own, "x")
    return mentions.blanked(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def _with_note(note: str) -> str:
    return note if NOTE in note else f"{note} {NOTE}".strip()


def _rows(rows: pd.DataFrame, aliases: Mapping[str, str], mentions: Mentions) -> pd.DataFrame:
    columns = {str(name): rows[name] for name in rows.columns}
    for name, column in columns.items():
        if column.dtype == object and name not in AMOUNTS:
            kept = [None if isinstance(v, str) and mentions.in_field(name, v) else v for v in column]
            columns[name] = pd.Series(_objects(kept), dtype=object)
    columns["entity_id"] = pd.Series(_objects([aliases.get(one, one) for one in rows["entity_id"]]), dtype=object)
    return pd.DataFrame(columns)


def _objects(values: list[object]) -> np.ndarray:
    found = np.empty(len(values), object)
    found[:] = values
    return found
