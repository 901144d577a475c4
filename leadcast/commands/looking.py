"""What the commands about forecasts have in common: to make one, to keep it, to find it again."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from leadcast.options import finite, warn_of_hindsight

if TYPE_CHECKING:
    import numpy as np

    from leadcast.bundle import Bundle
    from leadcast.history import History
    from leadcast.period import Period
    from leadcast.snapshots import Snapshot
    from leadcast.workspace.model import Workspace
    from serving.outlook import Outlook

PERIOD_HELP = "month, quarter, week, year, 2026, 2026-Q1, 2026-03, 2026-W07, FY2026, FY2026-Q1 or FROM..TO."


def champions_of(opened: "Workspace") -> "dict[str, Bundle]":
    from serving.registry import load_champions

    return load_champions(opened)


def look_at(
    opened: "Workspace", history: "History", champions: "dict[str, Bundle]", when: "np.datetime64",
    period: "Period | str | None" = None, by: str | None = None, quota: float | None = None,
) -> "Outlook":
    """A period's forecast in the workspace's calendar, from what was known then; says on stderr if the model knows more.

    By default of the month, by owner, or by stage where nobody owns anything.
    """
    from serving.asked_forecasts import Asked, look_of
    from serving.outlook import winning

    if quota is not None:
        finite("--quota", quota)
    bundle = winning(history, champions)
    warn_of_hindsight({bundle.target.name: bundle}, when)
    return look_of(opened, history, champions, Asked(when, period, by, quota))


def forecasts_folder(opened: "Workspace") -> Path:
    from leadcast.places import state_folder
    from leadcast.snapshots import FOLDER

    return state_folder(opened) / FOLDER


def read_saved(opened: "Workspace", which: str) -> "Snapshot":
    from leadcast.snapshots import read_snapshot

    return read_snapshot(forecasts_folder(opened), which)


def keep(opened: "Workspace", snapshot: "Snapshot") -> str:
    """Save a snapshot and return its id."""
    from leadcast.snapshots import write_snapshot

    return write_snapshot(forecasts_folder(opened), snapshot)


def now() -> "np.datetime64":
    """The moment at which a command is given."""
    from leadcast.moment import as_utc

    return as_utc(datetime.now(UTC))
