"""Who stayed in which stage from when to when, as known at a moment."""

from dataclasses import dataclass

import numpy as np

from leadcast.history import History
from leadcast.moment import days_between
from leadcast.table import NOT_A_TIME, TIME
from leadcast.vocabulary import Entity

LOST, ELSEWHERE = -1, -2
"""In place of a step: closed as lost; in a stage that is not of the path."""


@dataclass(frozen=True, eq=False)
class Visits:
    """One row per stay in a stage, by whom and in order.

    Attributes
    ----------
    asked : whose it is, a place in ``rows``; shape (visits,), and so the others
    code : the step, ``LOST`` or ``ELSEWHERE``
    since, until : UTC; the last one lasts until the moment of looking
    last : is it where they stand?
    lasts : has that stay not ended yet?
    """

    asked: np.ndarray
    code: np.ndarray
    since: np.ndarray
    until: np.ndarray
    last: np.ndarray
    lasts: np.ndarray

    @classmethod
    def of(cls, history: History, entity: Entity, rows: np.ndarray, as_of: np.datetime64, code: np.ndarray,
           ends: np.ndarray | None = None) -> "Visits":
        """The visits of these leads or deals, whose rows are of shape (n,); ``code`` is the step of each row of the stages.

        What ``ends`` at a moment (NaT: does not), shape (n,), is stayed in no longer.
        """
        standing = history.standing_stages(entity)
        asked, position = standing.known_pairs(rows, np.full(len(rows), as_of, TIME))
        source = standing.source[position]
        entered, created = history.stages["entered_at"][source], history.entities(entity)["created_at"][rows]
        begins = np.ones(len(rows), bool)  # in the first stage at creation, where no entry is as early
        first = np.diff(asked, prepend=-1) != 0
        begins[asked[first]] = ~(entered[first] <= created[asked[first]])
        owner = np.concatenate([np.flatnonzero(begins), asked])
        order = np.argsort(owner, kind="stable")
        owner = owner[order]
        codes = np.concatenate([np.zeros(int(begins.sum()), np.int64), code[source]])[order]
        since = np.concatenate([created[begins], entered])[order]
        last = np.diff(owner, append=len(rows)) != 0
        until = np.where(last, as_of, np.roll(since, -1))
        over = np.zeros(len(owner), bool)
        if ends is not None:
            over = ends[owner] <= until
            until = np.where(over, ends[owner], until)
        return cls(owner, codes, since, until, last, last & ~over)

    def current(self, rows: int) -> np.ndarray:
        """The step in which each stands, shape (rows,)."""
        found = np.full(rows, ELSEWHERE, np.int64)
        found[self.asked[self.last]] = self.code[self.last]
        return found

    def last_at(self, rows: int) -> np.ndarray:
        """Since when each stands there, shape (rows,)."""
        found = np.full(rows, np.datetime64("NaT"), TIME)
        found[self.asked[self.last]] = self.since[self.last]
        return found

    def stays(self, rows: int, steps: int, on_the_way: int) -> tuple[np.ndarray, np.ndarray]:
        """(days in each step, whether the last stay in it is over), each of shape (rows, steps); the win is no stay."""
        counts = (self.code >= 0) & (self.code < on_the_way)
        asked, code = self.asked[counts], self.code[counts]
        length = np.maximum(days_between(self.since[counts], self.until[counts]), 0.0)
        place = asked * steps + code
        total = np.bincount(place, length, rows * steps).astype(float)  # an undated stay is NaN, and so is its sum
        total[np.bincount(place, minlength=rows * steps) == 0] = np.nan
        left = np.ones(rows * steps, bool)
        left[place[self.lasts[counts]]] = False
        return total.reshape(rows, steps), left.reshape(rows, steps)


def first_reached(
    created: np.ndarray, asked: np.ndarray, code: np.ndarray, entered: np.ndarray, furthest: np.ndarray, steps: int
) -> np.ndarray:
    """When each first came as far as each step or further, UTC; NaT where it did not or nobody knows when; shape (n, steps).

    Parameters
    ----------
    created, furthest : of each, shape (n,)
    asked, code, entered : of each stage entry whose it is, its step (or ``LOST``, ``ELSEWHERE``) and when, shape (entries,)
    """
    found = np.full((len(created), steps), NOT_A_TIME, TIME)
    found[:, 0] = created
    on = code >= 0
    np.fmin.at(found, (asked[on], code[on]), entered[on])
    found = np.fmin.accumulate(found[:, ::-1], axis=1)[:, ::-1]
    undated = (code > 0) & np.isnat(entered)
    found[asked[undated], code[undated]] = NOT_A_TIME
    found[np.arange(steps) > furthest[:, None]] = NOT_A_TIME
    return found
