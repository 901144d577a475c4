"""The companion's chores that keep current scores fresh and forget what is old."""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from leadcast.errors import LeadcastError
from leadcast.moment import as_utc, days
from leadcast.store import Store, open_store
from leadcast.store.refreshes import last_refresh
from leadcast.store.retention import forget_old
from leadcast.workspace.model import Workspace
from serving.desk import Desk
from serving.refresh import MOST_WAITING, AlreadyRefreshing, refresh_all, refresh_waiting
from serving.watch import Surroundings, Watch

BATCHES = 20
"""So many batches of who waits in one go: then it is another chore's turn."""
_MINUTES_OF_A_DAY = 1_440


class AtHand:
    """The store and the models that answer, for one process: opened when first asked for, and the models followed."""

    def __init__(self, workspace: Workspace, data: Path | None = None) -> None:
        self.workspace, self.data = workspace, data
        self._store: Store | None = None
        self._watch: Watch | None = None
        self._state = SimpleNamespace(desk=None, trouble="", alarms={}, loaded_at=None, draining=False)

    @property
    def store(self) -> Store:
        """The open store.

        Raises
        ------
        StoreUnavailable : the database does not answer
        """
        if self._store is None:
            self._store = open_store(self.workspace)
        return self._store

    def desk(self, now: datetime) -> Desk:
        """The models that answer now.

        Raises
        ------
        LeadcastError : none do; says why
        """
        if self._watch is None:
            self._watch = Watch(self._state, Surroundings(self.workspace.folder, self.data), lambda: now)
            self._watch.open()
        else:
            self._watch.look()
        if self._state.desk is None:
            raise LeadcastError(self._state.trouble)
        desk: Desk = self._state.desk
        return desk


def news_chore(at_hand: AtHand) -> Callable[[datetime], list[str]]:
    """Score who has news; says nothing, as it happens all the time."""

    def run(now: datetime) -> list[str]:
        clock = _going_on(now)
        for _ in range(BATCHES):
            if refresh_waiting(at_hand.store, at_hand.desk(now), clock()) < MOST_WAITING:
                break
        return []

    return run


def everyone_chore(at_hand: AtHand) -> Callable[[datetime], list[str]]:
    """Score everyone anew when the time has come, or at once where another model answers than before.

    Of two hosts whose models differ each does the latter once, not in turns for ever.
    """
    ours: set[str] = set()

    def run(now: datetime) -> list[str]:
        desk, clock = at_hand.desk(now), _going_on(now)
        every = at_hand.workspace.service.refresh_minutes / _MINUTES_OF_A_DAY
        with at_hand.store.reading() as connection:
            last = last_refresh(connection)
        models = {scorer.model for scorer in desk.scorers.values()}
        if last is not None and models in (last.models, ours) and clock() < last.at + days(every):
            return []
        try:
            done = refresh_all(at_hand.store, desk, clock(), clock=clock)
        except AlreadyRefreshing:
            return []
        ours.clear()
        ours.update(models)
        return [f"{done.scored['lead']:,} leads and {done.scored['opportunity']:,} deals scored, {done.moved:,} scores moved, "
                f"{done.left:,} left"]

    return run


def retention_chore(at_hand: AtHand) -> Callable[[datetime], list[str]]:
    """Forget what is older than leadcast.toml says."""
    keys = at_hand.workspace.service

    def run(now: datetime) -> list[str]:
        gone = forget_old(at_hand.store, as_utc(now), keys.ledger_days, keys.history_days)
        return [f"{count:,} old rows of {table} are gone" for table, count in gone.items()]

    return run


def _going_on(now: datetime) -> Callable[[], np.datetime64]:
    """A clock that goes on from a moment."""
    began, start = time.monotonic(), as_utc(now)
    return lambda: start + np.timedelta64(round((time.monotonic() - began) * 1e6), "us")
