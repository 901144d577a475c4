"""Replays: what was said of past days, what came, what simpler ways would have said, and the sum of it all."""

from leadcast.replay.replay import Replay, Told, Wins
from leadcast.replay.store import ReplayError, read_replay, replay_file, write_replay
from leadcast.replay.stretch import Stretch, StretchError, fit_days, past_days, read_stretches
from leadcast.replay.summary import summarise

__all__ = [
    "Replay", "ReplayError", "Stretch", "StretchError", "Told", "Wins", "fit_days", "past_days", "read_replay", "read_stretches",
    "replay_file", "summarise", "write_replay",
]
