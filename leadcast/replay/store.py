"""Replays on disk: one file each, whole or not there."""

import json
import os
from pathlib import Path

import numpy as np

from leadcast.errors import LeadcastError
from leadcast.replay.replay import Replay


class ReplayError(LeadcastError):
    """A replay's file that cannot be read or written."""


def replay_file(folder: Path, as_of: np.datetime64) -> Path:
    """Where the replay of a day is kept.

    Examples
    --------
    >>> replay_file(Path("replays"), np.datetime64("2026-01-03T22:07:50.254", "us")).name
    '20260103T220750.254000.json'
    """
    return folder / (str(as_of.astype("datetime64[us]")).replace("-", "").replace(":", "") + ".json")


def write_replay(folder: Path, replay: Replay) -> Path:
    """Write a replay; whoever reads while it is written, or after it was cut short, finds the old file or none.

    Raises
    ------
    ReplayError : the folder cannot be written
    """
    file = replay_file(folder, replay.as_of)
    text = json.dumps(replay.to_json(), allow_nan=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{os.getpid()}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(file)
    except OSError as refused:
        raise ReplayError(f"{file} cannot be written: {refused.strerror}.") from None
    return file


def read_replay(file: Path) -> Replay:
    """A replay as it was written.

    Raises
    ------
    ReplayError : it is not there, or not a whole replay of this format
    """
    try:
        return Replay.from_json(json.loads(file.read_text(encoding="utf-8")))
    except OSError as refused:
        raise ReplayError(f"{file.name} cannot be read: {refused.strerror}.") from None
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise ReplayError(f"{file.name} is no replay ({wrong or type(wrong).__name__}). Run leadcast backtest --fresh.") from None
