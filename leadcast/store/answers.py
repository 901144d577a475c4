"""What leads heard from us, out of the store: when, and nothing else of the events."""

from dataclasses import dataclass

import numpy as np
from sqlalchemy import select

from leadcast.entries import later_of
from leadcast.history import History
from leadcast.links import matches
from leadcast.store import tables
from leadcast.store.columns import times
from leadcast.store.engine import Store
from leadcast.table import NOT_A_TIME, TIME


@dataclass(frozen=True, eq=False)
class Heard:
    """Events from us that reached leads after their creation; only those that were, when they became known, the first so far.

    Attributes
    ----------
    leads : how many there are
    lead : whose, a row of the history's leads; shape (n,), and so the others
    known, at : when it could be known and when it happened, UTC
    """

    leads: int
    lead: np.ndarray
    known: np.ndarray
    at: np.ndarray

    def first(self, as_of: np.datetime64) -> np.ndarray:
        """When each lead first heard from us, as known at ``as_of``; UTC, NaT: not yet; shape (leads,).

        The same as :func:`leadcast.funnel.response.first_answers` of a history with events.
        """
        found, known = np.full(self.leads, NOT_A_TIME, TIME), self.known <= as_of
        np.fmin.at(found, self.lead[known], self.at[known])
        return found


def heard_from_us(store: Store, history: History) -> Heard:
    """All of it, in one pass over the events.

    Parameters
    ----------
    history : as :func:`leadcast.store.everyone.everyone` gives it

    Raises
    ------
    StoreUnavailable : the database does not answer
    """
    links, events = [f"{link}_id" for link in history.vocabulary.lead_links], tables.events.c
    asked = select(events.occurred_at, events.recorded_at, *(events[link] for link in links)).where(
        events.direction == "from_us", events.type.not_in(sorted(history.vocabulary.never_inputs)))
    with store.reading() as connection:
        rows = connection.execute(asked).fetchall()
    columns = list(zip(*rows, strict=True)) or [()] * (len(links) + 2)
    at, recorded = times(columns[0]), times(columns[1])
    pairs = [matches(history.leads[link], np.array(ids, object)) for link, ids in zip(links, columns[2:], strict=True)]
    lead, event = (np.concatenate(part) for part in zip(*pairs, strict=True))
    return _first_so_far(history, lead, later_of(at, recorded)[event], at[event])


def _first_so_far(history: History, lead: np.ndarray, known: np.ndarray, at: np.ndarray) -> Heard:
    after = at >= history.leads["created_at"][lead]
    lead, known, at = lead[after], known[after], at[after]
    order = np.lexsort((at, known, lead))
    lead, known, at = lead[order], known[order], at[order]
    rank = np.unique(at, return_inverse=True)[1] - lead * (len(at) + 1)  # falls from lead to lead, so that each begins anew
    so_far = np.minimum.accumulate(rank)
    first = np.ones(len(lead), bool)
    first[1:] = so_far[1:] < so_far[:-1]
    return Heard(history.leads.rows, lead[first], known[first], at[first])
