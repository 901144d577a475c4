"""Until when the store's data reach: looked up once, and again only after a write or once a record of the future has come."""

from dataclasses import dataclass
from threading import Lock

import numpy as np
from fastapi import Request

from leadcast.store import Store
from leadcast.store.changes import version_of
from leadcast.store.newest import newest_and_next
from serving.at_hand import store_of

_MAKING = Lock()


@dataclass(frozen=True)
class _Known:
    """What was found in a version of the records: it holds from ``since`` on, until ``ahead`` (NaT: for ever)."""

    version: int
    since: np.datetime64
    newest: np.datetime64
    ahead: np.datetime64

    def holds(self, version: int, now: np.datetime64) -> bool:
        return version == self.version and bool(self.since <= now) and not bool(now >= self.ahead)


@dataclass
class DataEnd:
    """Remembers the newest time of a store's records; looking it up reads every event."""

    store: Store
    _known: _Known | None = None

    def at(self, now: np.datetime64) -> np.datetime64:
        """The newest time up to ``now``, as :func:`leadcast.store.newest.newest_known` tells it; NaT: none.

        Raises
        ------
        StoreUnavailable : the database does not answer
        """
        with self.store.reading() as connection:
            version, known = version_of(connection), self._known
            if known is None or not known.holds(version, now):
                known = self._known = _Known(version, now, *newest_and_next(connection, now))
        return known.newest


def data_end_of(request: Request) -> DataEnd:
    """The app's own, made when it is first asked for and again where the store is another.

    Raises
    ------
    NotReady : the store is not open
    """
    state, store = request.app.state, store_of(request)
    with _MAKING:
        known: DataEnd | None = getattr(state, "data_end", None)
        if known is None or known.store is not store:
            known = state.data_end = DataEnd(store)
    return known
