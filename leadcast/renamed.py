"""Snapshots that go by another id, because somebody in them was erased: the old id still finds them."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

NAME = "renamed.json"


def read_renamed(folder: Path) -> dict[str, str]:
    """New ids by old ones; no file: none."""
    try:
        found = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return {str(old): str(new) for old, new in found.items()}


def add_renamed(folder: Path, renamed: Mapping[str, str]) -> None:
    """Remember more; an id that was renamed before leads to the newest at once. Written beside and renamed."""
    known = {old: renamed.get(new, new) for old, new in read_renamed(folder).items()} | dict(renamed)
    number, beside = tempfile.mkstemp(dir=folder, prefix=f".{NAME}-")
    with os.fdopen(number, "w", encoding="utf-8") as out:
        json.dump(known, out, indent=1, sort_keys=True)
        out.flush()
        os.fsync(out.fileno())
    Path(beside).replace(folder / NAME)
