"""Scores as plain columns, and what is made of them: a table for people, rows for JSON."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from leadcast.curves import WinCurves
from leadcast.moment import NO_TIME
from leadcast.table import NOT_A_TIME, TIME
from leadcast.vocabulary import Entity
from serving.reasons import Reason

COLUMNS = ["entity", "entity_id", "as_of", "target", "probability", "log_odds", "score", "grade", "fit_score", "engagement_score",
           "reasons", "trend", "won_by", "expected_close", "close_from", "close_to", "won_ever", "enough_information", "unseen",
           "rung", "model"]
ALIKE = ("entity", "target", "rung", "model")
MOMENTS = ("won_by", "expected_close", "close_from", "close_to")
NUMBERS = ("probability", "log_odds", "score", "fit_score", "engagement_score", "trend", "won_ever")


@dataclass(frozen=True)
class Scores:
    """n scores of one target, without pandas; a number or moment that there is not is NaN or NaT.

    Attributes
    ----------
    entity, target, rung, model : the same for all
    entity_id : object, shape (n,)
    as_of : the moment of each look, UTC, shape (n,)
    probability, log_odds : shape (n,)
    score, fit_score, engagement_score : percentiles 0-100 in the reference population, shape (n,)
    grade : of the score, object, shape (n,)
    sums : what fit, engagement and deal each add to the blend's log-odds, shape (n,)
    reasons : per row the terms that add up to its log-odds; None where nobody asked for them
    trend : the score less that of a week before, NaN where it was not open then, shape (n,)
    won_by, expected_close, close_from, close_to : UTC, shape (n,)
    won_ever : P(won in the end), shape (n,)
    enough_information : boolean, shape (n,)
    unseen : how many of each row's categories were never seen in training, shape (n,)
    values : the features they were made from, shape (n, p)
    never_seen : over all rows, how many values of each feature were never seen in training
    curves : the chances over time; None where the target is not to be won
    """

    entity: Entity
    target: str
    rung: str
    model: str
    entity_id: np.ndarray
    as_of: np.ndarray
    probability: np.ndarray
    log_odds: np.ndarray
    score: np.ndarray
    grade: np.ndarray
    fit_score: np.ndarray
    engagement_score: np.ndarray
    sums: dict[str, np.ndarray]
    reasons: list[list[Reason]] | None
    trend: np.ndarray
    won_by: np.ndarray
    expected_close: np.ndarray
    close_from: np.ndarray
    close_to: np.ndarray
    won_ever: np.ndarray
    enough_information: np.ndarray
    unseen: np.ndarray
    values: np.ndarray
    never_seen: dict[str, int]
    curves: WinCurves | None = None

    def __len__(self) -> int:
        return len(self.entity_id)

    def frame(self) -> pd.DataFrame:
        """A table of ``COLUMNS``, a row for each score; times are timezone-aware UTC."""
        if not len(self):
            return pd.DataFrame(columns=COLUMNS)
        told = {name: getattr(self, name) for name in COLUMNS}
        told |= {name: np.full(len(self), told[name], object) for name in ALIKE}
        told |= {name: _times(told[name]) for name in MOMENTS}
        told["as_of"], told["reasons"] = _times(_shown(self.as_of)), np.full(len(self), None, object)
        if self.reasons is not None:
            told["reasons"][:] = self.reasons
        return pd.DataFrame(told, columns=COLUMNS)

    def rows(self) -> list[dict[str, Any]]:
        """The rows of :meth:`frame` as JSON holds them: times as ISO UTC, a missing value as None."""
        told: dict[str, list[Any]] = {name: [getattr(self, name)] * len(self) for name in ALIKE}
        told |= {name: getattr(self, name).tolist() for name in ("entity_id", "grade", "enough_information", "unseen")}
        told |= {name: _known(getattr(self, name)) for name in NUMBERS}
        moments = {"as_of": _shown(self.as_of), **{name: getattr(self, name) for name in MOMENTS}}
        for name, column in moments.items():
            told[name] = [None if moment is None else f"{moment.isoformat()}Z" for moment in column.astype(TIME).tolist()]
        told["reasons"] = [None] * len(self) if self.reasons is None else list(self.reasons)
        return [dict(zip(COLUMNS, row, strict=True)) for row in zip(*(told[name] for name in COLUMNS), strict=True)]


def _known(numbers: np.ndarray) -> list[float | None]:
    """Numbers as JSON holds them: None where there is none."""
    found: list[float | None] = numbers.tolist()
    for place in np.flatnonzero(~np.isfinite(numbers)).tolist():
        found[place] = None
    return found


def _shown(as_of: np.ndarray) -> np.ndarray:
    """No time where the data have none: nobody is shown the moment that stands for it inside."""
    return np.where(as_of > NO_TIME, as_of, NOT_A_TIME)


def _times(moments: np.ndarray) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(moments.astype(TIME)).tz_localize("UTC")
