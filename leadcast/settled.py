"""Outcomes without a date: static exports, and tables that tell how a lead ended but not when.

There a row can be looked at once only, as it came, and its label is the final outcome. Where not even the creation has a
date, the given order makes a clock of our own, which nobody ever sees: one tick a row, all before the end of the data.
"""

import numpy as np

from leadcast.history import History
from leadcast.observations import Observations, stages_reached
from leadcast.table import NOT_A_TIME, TIME
from leadcast.vocabulary import Entity, Target

TICK = np.timedelta64(2, "us")
JUST_AFTER = np.timedelta64(1, "us")
"""From a look to the moment from which the row's outcome counts as known to later rows."""


def is_settled(history: History, target: Target) -> bool:
    """Has nobody's entry into the target's stages a date, so that only the final outcome can be told?"""
    stages = history.stages.take(history.entered(target.entity, stages_reached(history, target)).source)
    dated = ~np.isnat(stages["entered_at"]) | (stages["recorded_at"] < history.end)
    return not dated.any() and bool(stages.rows or history.undated(target.entity))


def arrivals(history: History, entity: Entity) -> np.ndarray:
    """When each lead or deal came, UTC, shape (entities,): its creation, or its place in the order where none has a date.

    Equal places come at once; those without a place come last.
    """
    table = history.entities(entity)
    if not history.undated(entity):
        return table["created_at"]
    places = np.unique(table["order"], return_inverse=True)[1]
    return (history.end - (places.max() + 1 - places) * TICK).astype(TIME)


def final_outcomes(history: History, target: Target) -> np.ndarray:
    """How it ended, as known at the end of the data: 1 = reached, 0 = closed without it, NaN = still open; (entities,)."""
    rows = np.arange(len(history.ids(target.entity)))
    end = np.full(len(rows), history.end, TIME)
    reached = history.entered(target.entity, stages_reached(history, target)).count_known(rows, end) > 0
    closed = history.closed_at(target.entity, rows, end)
    return np.where(reached, 1.0, np.where(closed, 0.0, np.nan))


def learned_of(history: History, target: Target) -> np.ndarray:
    """When each final outcome counts as known to the rows that came later, NaT where it is open; shape (entities,)."""
    open_still = np.isnan(final_outcomes(history, target))
    return np.where(open_still, NOT_A_TIME, arrivals(history, target.entity) + JUST_AFTER)


def as_they_came(history: History, observations: Observations) -> Observations:
    """The same leads or deals looked at when they came (at the given moment where that is unknown, or later)."""
    came = arrivals(history, observations.entity)[history.rows(observations.entity, observations.entity_id)]
    as_of = np.where(np.isnat(came), observations.as_of, np.minimum(came, observations.as_of))
    return Observations(observations.entity, observations.entity_id, as_of, observations.weight)
