"""How leads and deals stand besides their scores: ages, last contacts, moved dates, and the risks that follow from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from leadcast.history import History
from leadcast.moment import days_between, local_days
from leadcast.queue import last_events
from leadcast.table import TIME
from leadcast.vocabulary import Entity
from leadcast.workspace.risks import RiskKeys

FLAGS = ("stalled", "pushed", "silent", "single_contact", "overdue")
"""Every risk there is, in the order in which they are told."""


@dataclass(frozen=True)
class Usual:
    """What a workspace records, and how long its stages usually take.

    Attributes
    ----------
    norms : stage -> median days in it of those that then moved on
    events : are there events at all? Where there are none nobody is silent
    pushes : are changes of the owner's date recorded?
    """

    norms: Mapping[str, float] = field(default_factory=dict)
    events: bool = False
    pushes: bool = False


@dataclass(frozen=True)
class Signs:
    """The signs of n leads or deals; a number or moment that there is not is NaN or NaT. All of shape (n,) but ``flags``.

    Attributes
    ----------
    as_of : UTC; nothing that became known later is looked at
    stage : object, None where no pipeline is declared
    stage_age_days, stage_norm_days : days in its stage, and the median of those that moved on from it
    last_event_at, last_touch_at, last_answer_at : of any kind, from us, from them; UTC
    waiting_days, quiet_days : since the last touch from us, since the last event; without one, since creation
    days_to_close : whole days of the calendar until its owner's date, 0 on that day, negative where it is past; of deals
    pushes : how often that date was moved out
    contacts : different contacts in its events
    flags : boolean, shape (n, len(FLAGS))
    """

    as_of: np.ndarray
    stage: np.ndarray
    stage_age_days: np.ndarray
    stage_norm_days: np.ndarray
    last_event_at: np.ndarray
    last_touch_at: np.ndarray
    last_answer_at: np.ndarray
    waiting_days: np.ndarray
    quiet_days: np.ndarray
    days_to_close: np.ndarray
    pushes: np.ndarray
    contacts: np.ndarray
    flags: np.ndarray

    def __len__(self) -> int:
        return len(self.as_of)


def signs_of(
    history: History, entity: Entity, rows: np.ndarray, as_of: np.datetime64, usual: Usual, risks: RiskKeys,
    timezone: str | None = None,
) -> Signs:
    """How leads or deals stand, each as known at ``as_of``; the same numbers alone and in a batch.

    - **stalled**: in its stage for more than ``stalled_times`` as long as those took that moved on from it.
    - **pushed**: its owner moved the expected close out at least ``pushes`` times; of deals.
    - **silent**: no event in (as_of - silent_days, as_of], and it was created before them.
    - **single_contact**: fewer than ``contacts`` different contacts in its events; of deals whose events tell.
    - **overdue**: the day that its owner gave is over; of deals.

    Parameters
    ----------
    rows : where each stands in its table, shape (n,)
    as_of : UTC
    timezone : where the owners' days begin and end; None: UTC
    """
    when, is_deal = np.full(len(rows), as_of, TIME), entity == "opportunity"
    stage, since = history.stage_at(entity, rows, when)
    age = days_between(since, when)
    norm = np.array([usual.norms.get(name) or np.nan for name in stage], float)
    last, touched, answered = last_events(history, entity, rows, as_of)
    created = history.entities(entity)["created_at"][rows]
    waiting, quiet = (days_between(np.where(np.isnat(moment), created, moment), when) for moment in (touched, last))
    none = np.full(len(rows), np.nan)
    to_close = _days_to_close(history, rows, when, timezone) if is_deal else none
    pushes = _pushes(history, rows, when, usual.pushes) if is_deal else none
    contacts = _contacts(history, entity, rows, when)
    silent = (quiet >= risks.silent_days) & (days_between(created, when) >= risks.silent_days) & usual.events
    alone = (contacts < risks.contacts) & is_deal
    flags = [age > risks.stalled_times * norm, pushes >= risks.pushes, silent, alone, to_close < 0]
    return Signs(when, stage, age, norm, last, touched, answered, waiting, quiet, to_close, pushes, contacts,
                 np.stack(flags, axis=1))


def _days_to_close(history: History, rows: np.ndarray, when: np.ndarray, timezone: str | None) -> np.ndarray:
    """Whole days until the owner's date: an owner gives a day, kept as its first moment, and has until that day is over."""
    promised, today = (local_days(moments, timezone).astype(TIME) for moments in (
        history.value_at("opportunity", "expected_close", rows, when), when))
    return days_between(today, promised)


def _pushes(history: History, rows: np.ndarray, when: np.ndarray, recorded: bool) -> np.ndarray:
    """How often the expected close of each deal was moved out, NaN where such changes are not recorded; shape (n,)."""
    found = history.changes("opportunity", "expected_close")
    if found is None:
        return np.full(len(rows), 0.0 if recorded else np.nan)
    entries, new, old = found
    asked, position = entries.known_pairs(rows, when)
    first = np.concatenate(([True], asked[1:] != asked[:-1]))[:len(asked)]
    before = np.where(first, old[position], new[position - 1])
    count = np.bincount(asked[new[position] > before], minlength=len(rows)).astype(float)
    return count if recorded else np.where(entries.count_known(rows, when) > 0, count, np.nan)


def _contacts(history: History, entity: Entity, rows: np.ndarray, when: np.ndarray) -> np.ndarray:
    """How many different contacts the events of each name, NaN where they do not tell; shape (n,).

    An event that was found by its contact alone names that contact whoever else was there: a lead or deal that has only such
    events has told nothing.
    """
    entries, n = history.linked_events(entity), len(rows)
    asked, position = entries.known_pairs(rows, when)
    codes, names = history.events.coded("contact_id")
    has = codes[entries.source[position]] >= 0
    asked, source = asked[has], entries.source[position[has]]
    others = [link for link in history.vocabulary.links(entity) if link != "contact"]
    found_else = [history.events.coded(f"{link}_id")[0][source] >= 0 for link in others]
    tells = np.bincount(asked[np.any([np.zeros(len(source), bool), *found_else], axis=0)], minlength=n) > 0
    different = np.unique(asked * np.int64(max(len(names), 1)) + codes[source])
    return np.where(tells, np.bincount(different // max(len(names), 1), minlength=n), np.nan)
