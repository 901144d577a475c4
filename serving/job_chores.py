"""The companion's chores about jobs: go on with them, and remove old ones."""

import time
from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from leadcast.moment import as_utc, days
from serving.jobs import forget_jobs, is_busy, run_jobs
from serving.refresh_chores import AtHand

SECONDS_AT_ONCE = 2.0
"""Then it is another chore's turn: news waits no longer for a job of a million."""
KEPT_DAYS = 7.0


def jobs_chore(at_hand: AtHand) -> Callable[[datetime], list[str]]:
    """Do some parts of the oldest job."""
    holder = uuid4().hex

    def run(now: datetime) -> list[str]:
        said: list[str] = []
        until = time.monotonic() + SECONDS_AT_ONCE
        while is_busy(at_hand.store) and time.monotonic() < until and not said:
            said = run_jobs(at_hand.store, at_hand.desk(now), holder, as_utc(now))
        return said

    return run


def old_jobs_chore(at_hand: AtHand) -> Callable[[datetime], list[str]]:
    """Remove jobs and their files a week after they ended."""

    def run(now: datetime) -> list[str]:
        gone = forget_jobs(at_hand.store, at_hand.workspace, as_utc(now), as_utc(now) - days(KEPT_DAYS))
        return [f"{gone} jobs of more than {KEPT_DAYS:g} days ago and their files removed"] if gone else []

    return run
