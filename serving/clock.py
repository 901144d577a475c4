"""What time it is for the service: the present, or, started with --as-of, that day; the clock goes on from there."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

SHIFT = "LEADCAST_CLOCK_SHIFT"
"""So many seconds the clock is behind; for all processes of one service the same."""
Clock = Callable[[], datetime]


def shifted(clock: Clock, environ: Mapping[str, str]) -> Clock:
    """The clock that the environment asks for: itself, or behind it.

    Examples
    --------
    >>> noon = datetime(2026, 3, 1, 12)
    >>> shifted(lambda: noon, {SHIFT: "86400"})().isoformat()
    '2026-02-28T12:00:00'
    """
    behind = timedelta(seconds=float(environ.get(SHIFT) or 0))
    return (lambda: clock() - behind) if behind else clock


def wall_time(state: Any) -> datetime:
    """The present moment by which keys and sessions end, whatever day the service shows."""
    told: datetime = (getattr(state, "wall", None) or state.clock)()
    return told
