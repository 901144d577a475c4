"""How far curves were off over past weeks, beside chance, and paired differences between Leadcast and its peers."""

from dataclasses import dataclass, field

import numpy as np

from benchmarks.measures import auc
from benchmarks.product import NAME
from leadcast.metrics import Draws
from leadcast.metrics.forecasting import chance_error, loss_difference


@dataclass(frozen=True, eq=False)
class SaidOfWeek:
    """What every method said of everyone open on a past day.

    Attributes
    ----------
    came : 1 = won by the horizon, shape (n, K)
    said : by method, P(won by each horizon), shape (n, K)
    seconds : by method, to fit and to predict
    """

    as_of: np.datetime64
    entity_id: np.ndarray
    came: np.ndarray
    said: dict[str, np.ndarray]
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Figures:
    """One method at one horizon, means over the weeks.

    Attributes
    ----------
    error : |sum of chances - wins| / wins, over the weeks that brought any
    bias : (sum of chances - wins) / wins, both summed over the weeks
    to_chance : the error over what chance alone gives if Leadcast's chances are right
    behind : the method's Brier score less Leadcast's, and its 95 % band, whole deals drawn; above 0 Leadcast is better
    """

    error: float
    bias: float
    brier: float
    auc: float
    to_chance: float
    behind: tuple[float, float, float] | None


def chance(weeks: list[SaidOfWeek], place: int) -> float:
    """Mean over the weeks of the error that is left if Leadcast's chances are all right."""
    return _mean([chance_error(np.clip(week.said[NAME][:, place], 0.0, 1.0)) for week in weeks])


def figures(weeks: list[SaidOfWeek], method: str, place: int) -> Figures:
    """The figures of a method at the horizon of this place."""
    said, came = [week.said[method][:, place] for week in weeks], [week.came[:, place] for week in weeks]
    wins, sums = np.array([c.sum() for c in came]), np.array([s.sum() for s in said])
    brought = wins > 0
    error = float((np.abs(sums - wins)[brought] / wins[brought]).mean()) if brought.any() else float("nan")
    return Figures(
        error, float((sums - wins).sum() / wins.sum()) if brought.any() else float("nan"),
        float(np.mean([np.mean((s - c) ** 2) for s, c in zip(said, came, strict=True)])),
        _mean([auc(c, s) for s, c in zip(said, came, strict=True)]),
        error / chance(weeks, place), None if method == NAME else _behind(weeks, method, place),
    )


def _mean(values: list[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def _behind(weeks: list[SaidOfWeek], method: str, place: int) -> tuple[float, float, float]:
    loss = {name: np.concatenate([(w.said[name][:, place] - w.came[:, place]) ** 2 for w in weeks]) for name in (method, NAME)}
    weight = np.concatenate([np.full(len(w.entity_id), 1.0 / len(w.entity_id)) for w in weeks])
    return loss_difference(loss[method], loss[NAME], Draws(np.concatenate([w.entity_id for w in weeks]), weight))
