"""Everyone in the store, kept in memory until records change: for forecasts and funnels, which look at all deals."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from threading import Lock

import numpy as np
from fastapi import Request

from leadcast.history import History
from leadcast.store import Store
from leadcast.store.everyone import events_reaching, everyone, version_now
from leadcast.table import Table
from leadcast.vocabulary import Entity, Vocabulary
from serving.at_hand import desk_of, store_of

_MAKING = Lock()


@dataclass
class WholeHistory:
    """Reads everyone once, and again only after a write; the events of those who are scored besides."""

    store: Store
    vocabulary: Vocabulary
    _known: tuple[int, History] | None = None
    _events: tuple[tuple[int, Entity, frozenset[str]], Table] | None = None
    _lock: Lock = field(default_factory=Lock)

    def at(self, now: np.datetime64) -> History:
        """All leads, deals, stages, changes of fields, owners and quotas that the store holds now, without events.

        Its end is ``now``.

        Raises
        ------
        StoreUnavailable : the database does not answer
        """
        with self._lock:
            if self._known is None or self._known[0] != version_now(self.store):
                self._known = everyone(self.store, self.vocabulary, now)
            return replace(self._known[1], end=now)

    def with_events(self, history: History, entity: Entity, ids: Collection[str]) -> History:
        """The same with the events that reach these leads or deals, so that they score as in the whole.

        Those of the last ones asked for are kept, too: who is open changes with the records, and seldom else.

        Raises
        ------
        StoreUnavailable : the database does not answer
        """
        with self._lock:
            asked = version_now(self.store), entity, frozenset(ids)
            if self._events is None or self._events[0] != asked:
                self._events = asked, events_reaching(self.store, history, entity, ids)
            return replace(history, events=self._events[1])


def whole_of(request: Request) -> WholeHistory:
    """The app's own, made when it is first asked for and again where the store or the workspace's words are others.

    Raises
    ------
    NotReady : there are no models, or the store is not open
    """
    state, store, vocabulary = request.app.state, store_of(request), desk_of(request).vocabulary
    with _MAKING:
        whole: WholeHistory | None = getattr(state, "whole", None)
        if whole is None or whole.store is not store or whole.vocabulary != vocabulary:
            whole = state.whole = WholeHistory(store, vocabulary)
    return whole
