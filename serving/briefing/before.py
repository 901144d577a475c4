"""The saved forecast to tell changes from, and one saved by itself every week so that there is one."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from leadcast.moment import days
from leadcast.period import Period
from leadcast.places import state_folder
from leadcast.snapshots import FOLDER, About, Snapshot, list_snapshots, read_snapshot, readable_snapshots
from leadcast.vocabulary import Entity
from leadcast.workspace.model import Workspace

LEAST_DAYS = 5.0
"""A forecast saved on Wednesday is not last week's on Friday."""
KEPT = "kept by itself"


def saved_before(
    workspace: Workspace, period: Period, as_of: np.datetime64, entity: Entity, currency: str, least_days: float = LEAST_DAYS
) -> Snapshot | None:
    """The newest saved forecast of a period that lies so many days before a moment; None where there is none.

    Raises
    ------
    SnapshotError : a file cannot be read
    """
    folder = state_folder(workspace) / FOLDER
    known = [about for about in list_snapshots(folder) if about.base is None and about.as_of <= as_of - days(least_days)
             and _same(about, period) and (about.entity, about.currency) == (entity, currency)]
    return read_snapshot(folder, known[-1].id) if known else None


def is_kept(workspace: Workspace, period: Period, now: np.datetime64) -> bool:
    """Is the period's forecast saved by itself for this day or week of the calendar, as [forecast] keep says?

    A damaged file counts as none: the next ones are saved all the same.
    """
    known, _ = readable_snapshots(state_folder(workspace) / FOLDER)
    ours = [about for about in known if about.note == KEPT and _same(about, period)]
    return any(slot_of(workspace, about.as_of) == slot_of(workspace, now) for about in ours)


def slot_of(workspace: Workspace, moment: np.datetime64) -> tuple[int, ...]:
    """The day of the calendar, or its week, that holds a moment where the workspace is."""
    zone = workspace.workspace.timezone
    written: datetime = moment.astype("datetime64[us]").item()
    day: date = written.replace(tzinfo=UTC).astimezone(ZoneInfo(zone) if zone else UTC).date()
    year, week, _ = day.isocalendar()
    return (year, week) if workspace.forecast.keep == "week" else (day.year, day.month, day.day)


def _same(about: About, period: Period) -> bool:
    return bool(about.period.start == period.start and about.period.end == period.end)
