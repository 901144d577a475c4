"""When each target came to be known as reached, or as settled, for every lead or deal."""

from dataclasses import dataclass

import numpy as np

from leadcast.history import History
from leadcast.moment import days
from leadcast.observations import stages_reached
from leadcast.settled import final_outcomes, is_settled, learned_of
from leadcast.table import NOT_A_TIME, TIME
from leadcast.vocabulary import Target


@dataclass(frozen=True)
class Outcomes:
    """Per lead or deal, as known at the end of its history; NaT = not so far.

    Attributes
    ----------
    reached : UTC, shape (entities,); when it was known that the target was reached, within its horizon if it has one
    resolved : UTC, shape (entities,); when it was first known to be settled: reached, closed, or out of time
    ended : UTC, shape (entities,); when it was first known to be reached or closed, whatever the horizon
    """

    reached: np.ndarray
    resolved: np.ndarray
    ended: np.ndarray


def outcomes_of(history: History, target: Target) -> Outcomes:
    """Every entity's outcome for one target, as known at ``history.end``; without a date, it counts as known once it has come."""
    if is_settled(history, target):
        return _undated(history, target)
    reached = history.entered(target.entity, stages_reached(history, target)).first_known()
    closed = history.closings(target.entity).first_known()
    ended = np.fmin(reached, closed)
    expiry = _expiry(history, target)
    in_time = np.where(reached > expiry, NOT_A_TIME, reached)
    resolved = np.fmin(ended, np.where(expiry <= history.end, expiry, NOT_A_TIME))
    return Outcomes(in_time, resolved, ended)


def _undated(history: History, target: Target) -> Outcomes:
    known = learned_of(history, target)
    reached = np.where(final_outcomes(history, target) == 1.0, known, NOT_A_TIME)
    return Outcomes(reached, known, np.full(len(known), NOT_A_TIME, TIME))


def _expiry(history: History, target: Target) -> np.ndarray:
    created = history.entities(target.entity)["created_at"]
    if target.horizon_days is None:
        return np.full(len(created), NOT_A_TIME, TIME)
    return created + days(target.horizon_days)
