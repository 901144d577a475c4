"""Current scores are kept fresh: at once where there is news, and all of them every now and then, as time passes too."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import numpy as np

from leadcast.errors import LeadcastError
from leadcast.store import Store
from leadcast.store.leases import release, renew, take
from leadcast.store.refreshes import note_refresh
from leadcast.store.waiting import how_many, ids_after, marks_of, oldest_marks, surely_closed
from leadcast.vocabulary import ENTITIES, Entity
from serving.desk import Desk
from serving.rescore import Refreshed, rescore

LEASE, LEASE_SECONDS = "refresh", 60.0
AT_ONCE = 2_000
MOST_WAITING = 500
Progress = Callable[[str, int, int], None]
Clock = Callable[[], np.datetime64]


class AlreadyRefreshing(LeadcastError):
    """Another process refreshes the scores of this store."""


def refresh_waiting(
    store: Store, desk: Desk, now: np.datetime64, most: int = MOST_WAITING, as_of: np.datetime64 | None = None
) -> int:
    """Score those who have waited longest with news, and only them; one runner at a time.

    Whoever gets more news meanwhile keeps the mark and comes again.

    Parameters
    ----------
    now : the present moment, UTC
    most : so many at a time
    as_of : what the scores are of; default: now

    Returns
    -------
    how many were taken up; 0 where nobody waits, or another process is at it
    """
    when = now if as_of is None else as_of
    if not is_anybody_waiting(store, when):  # a look costs nothing; a lease is a write
        return 0
    holder = uuid4().hex
    if not take(store, LEASE, holder, now, LEASE_SECONDS):
        return 0
    try:
        return _take_up(store, desk, when, most)[0]
    finally:
        release(store, LEASE, holder)


def is_anybody_waiting(store: Store, when: np.datetime64) -> bool:
    """Has anybody news that a score of this moment would see?"""
    with store.reading() as connection:
        return bool(oldest_marks(connection, when, 1))


def refresh_all(
    store: Store, desk: Desk, now: np.datetime64, progress: Progress | None = None, *, clock: Clock | None = None,
    as_of: np.datetime64 | None = None,
) -> Refreshed:
    """Score everyone who is open anew; who is closed has no current score any more.

    Memory is bounded: 2,000 leads or deals at a time. Between these, those with news get their turn, so that they never wait
    for the whole. A score is kept for who is scored for the first time as it would have been a week before, so that its trend
    is on record from then on.

    Parameters
    ----------
    now : the present moment, UTC
    progress : called with (leads or opportunities, done, in all)
    clock : the present moment as it goes on, by which the lease is held for as long as it takes; default: it stands still
    as_of : what the scores are of; default: now

    Raises
    ------
    AlreadyRefreshing : another process is at it
    """
    holder, clock = uuid4().hex, clock or (lambda: now)
    if not take(store, LEASE, holder, clock(), LEASE_SECONDS):
        raise AlreadyRefreshing("Another process refreshes these scores: nothing was done. Wait for it to end.")
    when, done = now if as_of is None else as_of, Refreshed()
    try:
        for entity in dict.fromkeys(scorer.bundle.entity for scorer in desk.scorers.values()):
            for ids in _chunks(store, entity, progress):
                done += _chunk(store, desk, entity, ids, when)
                if not renew(store, LEASE, holder, clock(), LEASE_SECONDS):
                    raise AlreadyRefreshing("Another process took over the refresh of these scores, as this one was too slow.")
                if as_of is None:
                    _take_up(store, desk, clock(), MOST_WAITING)
        if as_of is None:
            with store.writing(survive_power_cut=False) as connection:
                note_refresh(connection, when, [scorer.model for scorer in desk.scorers.values()])
    finally:
        release(store, LEASE, holder)
    return done


def _take_up(store: Store, desk: Desk, when: np.datetime64, most: int) -> tuple[int, Refreshed]:
    """Score those who have waited longest; how many, and what came of it."""
    with store.reading() as connection:
        marks = oldest_marks(connection, when, most)
    done = Refreshed()
    for entity in ENTITIES:
        mine = [mark for mark in marks if mark.entity == entity]
        if mine:
            done += rescore(store, desk, entity, [mark.entity_id for mark in mine], when, mine)
    return len(marks), done


def _chunks(store: Store, entity: Entity, progress: Progress | None) -> Iterator[list[str]]:
    """Every id that the store holds, some at a time; tells how far it is once they are done."""
    with store.reading() as connection:
        total, done, last = how_many(connection, entity), 0, None
    while True:
        with store.reading() as connection:
            ids = ids_after(connection, entity, last, AT_ONCE)
        if not ids:
            return
        yield ids
        last, done = ids[-1], done + len(ids)
        if progress is not None:
            progress("leads" if entity == "lead" else "opportunities", done, max(total, done))


def _chunk(store: Store, desk: Desk, entity: Entity, ids: list[str], as_of: np.datetime64) -> Refreshed:
    with store.reading() as connection:
        marks = marks_of(connection, entity, ids, as_of)
        closed = surely_closed(connection, desk.vocabulary, entity, ids, as_of)
    return rescore(store, desk, entity, ids, as_of, marks, closed, rebuild=True)
