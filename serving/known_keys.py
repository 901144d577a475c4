"""The keys as they were a moment ago, so that not every request asks the store, and none waits for one that does not answer.

A key that is revoked or made counts within two seconds. Where the store does not answer, the keys known last go on for a minute,
as does the fact that there are none; then nobody is let in until it answers again.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from leadcast.moment import as_utc
from leadcast.store import Store, StoreUnavailable
from leadcast.store.api_keys import KeyRing, note_used, read_ring
from serving.clock import wall_time
from serving.problems import NotReady

FRESH_SECONDS = 2.0
LAST_SECONDS = 60.0
PATIENCE_SECONDS = 1.0
NOTED_EVERY_SECONDS = 60.0
log = logging.getLogger("leadcast.service")


def key_store(state: Any) -> Store:
    """The store whose keys count: that of the records, unless a past day is shown."""
    store: Store = getattr(state, "key_store", None) or state.store
    return store


class KnownKeys:
    """Keys of the store that ``state.store`` names, or of ``state.key_store`` where that is another.

    Parameters
    ----------
    ticks : seconds that only go forward
    """

    def __init__(self, state: Any, ticks: Callable[[], float] = time.monotonic) -> None:
        self.state, self.ticks = state, ticks
        self._ring: tuple[float, KeyRing] | None = None
        self._reading: Future[None] | None = None
        self._tried = -FRESH_SECONDS
        self._slow = False
        self._used: set[str] = set()
        self._noted = ticks()
        self._threads = ThreadPoolExecutor(2, "keys")  # one reads, one notes: a store that cannot write must not keep keys alive

    async def ring(self) -> KeyRing:
        """The keys.

        Raises
        ------
        NotReady : the store is not open
        StoreUnavailable : it has not answered for a minute
        """
        if self.state.store is None:
            raise NotReady(self.state.store_trouble)
        if self._age() >= FRESH_SECONDS:
            await self._read()
        if self._ring is None or self._age() >= LAST_SECONDS:
            raise StoreUnavailable("The store does not say who may ask.")
        return self._ring[1]

    def note(self, key_id: str) -> None:
        """Remember that a key was used; the store hears of it once a minute."""
        self._used.add(key_id)
        if self.ticks() - self._noted >= NOTED_EVERY_SECONDS:
            used, self._used, self._noted = self._used, set(), self.ticks()
            self._threads.submit(self._write_used, used)

    def _age(self) -> float:
        return float("inf") if self._ring is None else self.ticks() - self._ring[0]

    async def _read(self) -> None:
        """Begin to read, unless somebody does or it has just failed; wait for it a little while."""
        if self._reading is None or self._reading.done():
            if self.ticks() - self._tried < FRESH_SECONDS:
                return
            self._tried, self._slow = self.ticks(), False
            self._reading = self._threads.submit(self._read_now)
        if not self._slow:
            waited = asyncio.wrap_future(self._reading)
            await asyncio.wait({waited}, timeout=PATIENCE_SECONDS)
            self._slow = not waited.done()  # whoever comes now does not wait as well

    def _read_now(self) -> None:
        began = self.ticks()
        try:
            self._ring = began, read_ring(key_store(self.state))
        except Exception as failed:
            log.warning("the keys could not be read: %s", type(failed).__name__)

    def _write_used(self, used: set[str]) -> None:
        try:
            note_used(key_store(self.state), used, as_utc(wall_time(self.state)))
        except Exception as failed:
            log.warning("when keys were last used could not be noted: %s", type(failed).__name__)
