"""What the companion of the service does beside it, again and again, in one process: one chore after the other.

A chore is a name, how often, and a function of the time that returns lines to tell. Add one to :func:`chores_of`.
"""

import threading
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

from leadcast.errors import LeadcastError
from leadcast.workspace.model import Workspace
from serving.stopping import Stop

Tell = Callable[[str], None]
DAY_SECONDS = 86_400.0


@dataclass(frozen=True)
class Chore:
    """Something to do.

    Attributes
    ----------
    every : seconds from the end of one run to the next
    run : takes the time, UTC; returns lines that say what it did, none where there was nothing to do
    apart : in a thread of its own, as it must not wait for the others
    """

    name: str
    every: float
    run: Callable[[datetime], Iterable[str]]
    apart: bool = False


def chores_of(workspace: Workspace, data: Path | None = None) -> list[Chore]:
    """What there is to do for a workspace, in this order."""
    from serving.briefing.chores import kept_forecast_chore, outlooks_chore
    from serving.job_chores import jobs_chore, old_jobs_chore
    from serving.refresh_chores import AtHand, everyone_chore, news_chore, retention_chore

    at_hand = AtHand(workspace, data)
    return [Chore("models", 1.0, models_chore(workspace, data), apart=True), Chore("news", 0.25, news_chore(at_hand)),
            Chore("refresh", 5.0, everyone_chore(at_hand)), Chore("retention", DAY_SECONDS, retention_chore(at_hand)),
            Chore("outlooks", 5.0, outlooks_chore(at_hand)), Chore("forecast", 60.0, kept_forecast_chore(at_hand)),
            Chore("jobs", 0.5, jobs_chore(at_hand)), Chore("old jobs", DAY_SECONDS, old_jobs_chore(at_hand))]


def models_chore(workspace: Workspace, data: Path | None) -> Callable[[datetime], list[str]]:
    """Bring new champions; the first look also reads the copies that are here already."""
    from serving.keeper import look_once

    looks = count()
    return lambda now: look_once(workspace, now, data, sure=next(looks) == 0)


def do_once(chores: Sequence[Chore], clock: Callable[[], datetime], tell: Tell) -> bool:
    """Run each chore once; says whether all went well."""
    outcomes = [_do(chore, clock(), tell) for chore in chores]
    return not any(outcomes)


def do_chores(chores: Sequence[Chore], stop: Stop, clock: Callable[[], datetime], tell: Tell) -> None:
    """Run every chore when it is due, until it is asked to stop; what goes wrong with one is told once, and the others go on."""
    for chore in chores:
        if chore.apart:
            threading.Thread(target=_keep_doing, args=([chore], stop, clock, tell), name=chore.name, daemon=True).start()
    _keep_doing([chore for chore in chores if not chore.apart], stop, clock, tell)


def _keep_doing(chores: Sequence[Chore], stop: Stop, clock: Callable[[], datetime], tell: Tell) -> None:
    due = dict.fromkeys((chore.name for chore in chores), time.monotonic())
    told: dict[str, str | None] = {}
    while not stop.asked:
        for chore in chores:
            if stop.asked or time.monotonic() < due[chore.name]:
                continue
            told[chore.name] = _do(chore, clock(), tell, told.get(chore.name))
            due[chore.name] = time.monotonic() + chore.every
        stop.wait(max(0.0, min(due.values(), default=1.0) - time.monotonic()))


def _do(chore: Chore, now: datetime, tell: Tell, before: str | None = None) -> str | None:
    """Run a chore; returns what went wrong, which is told unless it is what went wrong ``before``."""
    try:
        for line in chore.run(now):
            tell(f"{chore.name}: {line}")
    except Exception as trouble:
        said = _in_a_line(trouble)
        if said != before:
            tell(f"{chore.name} failed: {said}")
        return said
    return None


def _in_a_line(trouble: Exception) -> str:
    """A mistake in its own words; of a bug only what and where, as its message may hold somebody's data."""
    if isinstance(trouble, LeadcastError):
        return " ".join(str(trouble).split())
    last = traceback.extract_tb(trouble.__traceback__)[-1]
    return f"{type(trouble).__name__} in {Path(last.filename).name}, line {last.lineno}"
