"""Counting a funnel: who reached each stage, who went on, how long it took, and what it brings a day."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from leadcast.funnel.paths import Paths, Step
from leadcast.metrics.incidence import kaplan_meier

ROUNDED = 1e-9


@dataclass(frozen=True)
class Stay:
    """How long people stay in a stage, all their stays together, in days.

    Those who are in it still count for as long as they have been (Kaplan and Meier 1958): to leave them out would call every
    stage shorter than it is. A quarter, half and three quarters have left by ``q25``, ``median`` and ``q75``; None where so many
    have not left yet.

    Attributes
    ----------
    known : of how many the length is known, those still in it included
    won_median : of those who were won in the end
    """

    known: int
    q25: float | None
    median: float | None
    q75: float | None
    won_median: float | None


@dataclass(frozen=True)
class Stage:
    """One stage of a funnel.

    Attributes
    ----------
    reached : how many came as far as this or further, each once; a stage that was left out counts as passed
    moved_on : of them, how many came further; None of the last stage
    lost : of them, how many were lost without coming further
    still_there : how many stand in it now, open
    from_previous : reached of those at the stage before, as a share; None of the first and where there were none
    overall : reached of all that entered, as a share
    """

    step: Step
    reached: int
    moved_on: int | None
    lost: int
    still_there: int
    from_previous: float | None
    overall: float | None
    days: Stay | None

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        told = {**vars(self), "days": None if self.days is None else dict(vars(self.days))}
        return {"entity": self.step.entity, "stage": self.step.stage, **{key: told[key] for key in told if key != "step"}}


@dataclass(frozen=True)
class Velocity:
    """What a funnel brings a day: opportunities under way times win rate times average deal, over the length of the cycle.

    Attributes
    ----------
    opportunities : how many of those who entered are open now
    win_rate : won of those who are won or lost by now
    average_amount : of won deals that have an amount
    cycle_days : the mean from creation to the win
    per_day : None where one of the others is not known, or the cycle takes no time
    """

    opportunities: int
    win_rate: float | None
    average_amount: float | None
    cycle_days: float | None
    per_day: float | None


@dataclass(frozen=True)
class Funnel:
    """The funnel of everyone, or of a group."""

    name: str | None
    entered: int
    won: int
    lost: int
    open: int
    stages: tuple[Stage, ...]
    velocity: Velocity

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"name": self.name, "entered": self.entered, "won": self.won, "lost": self.lost, "open": self.open,
                "stages": [stage.to_json() for stage in self.stages], "velocity": dict(vars(self.velocity))}


def funnel_of(paths: Paths, name: str | None = None) -> Funnel:
    """Count paths.

    Examples
    --------
    >>> steps = tuple(Step("lead", stage) for stage in ("new", "sql", "won"))
    >>> nothing = np.full((5, 3), np.nan)
    >>> found = funnel_of(Paths("lead", steps, np.arange(5), np.array([0, 0, 1, 1, 2]), np.array([-1, -1, 1, 1, 2]),
    ...                         np.array([0, 0, 0, 0, 1], bool), nothing, nothing == 0, nothing[:, 0], nothing[:, 0],
    ...                         never := np.full((5, 3), np.datetime64("NaT", "us")), never[:, 0]))
    >>> [(s.reached, s.from_previous, s.overall) for s in found.stages]
    [(5, None, 1.0), (3, 0.6, 0.6), (1, 0.3333333333333333, 0.2)]
    """
    reached = [int((paths.furthest >= place).sum()) for place in range(len(paths.steps))]
    stages = tuple(_stage(paths, place, reached) for place in range(len(paths.steps)))
    won, lost = int(paths.won.sum()), int(paths.lost.sum())
    return Funnel(name, len(paths), won, lost, len(paths) - won - lost, stages, velocity_of(paths, won, lost))


def _stage(paths: Paths, place: int, reached: list[int]) -> Stage:
    last = place == len(paths.steps) - 1
    lost = int((paths.lost & (paths.furthest == place)).sum())
    there = int(((paths.current == place) & ~paths.won).sum())
    return Stage(
        paths.steps[place], reached[place], None if last else reached[place + 1], lost, there,
        share_of(reached[place], reached[place - 1]) if place else None, share_of(reached[place], len(paths)),
        stay_of(paths.days[:, place], paths.left[:, place], paths.won),
    )


def stay_of(days: np.ndarray, left: np.ndarray, won: np.ndarray) -> Stay | None:
    """How long a stage takes; None where nobody is known to have been in it.

    Parameters
    ----------
    days : in the stage, NaN where not known, shape (n,)
    left, won : is that stay over, and was it won in the end; shape (n,)

    Examples
    --------
    Two of four have left after 1 and 3 days, two are in it still, after 2 and 9.

    >>> left, won = np.array([True, True, False, False]), np.array([True, False, False, False])
    >>> stay = stay_of(np.array([1.0, 3.0, 2.0, 9.0]), left, won)
    >>> stay.q25, stay.median, stay.q75, stay.won_median
    (1.0, 3.0, None, 1.0)
    """
    known = ~np.isnan(days)
    if not known.any():
        return None
    of_won = known & won
    q25, median, q75 = quartiles(days[known], left[known])
    return Stay(int(known.sum()), q25, median, q75, quartiles(days[of_won], left[of_won])[1] if of_won.any() else None)


def quartiles(days: np.ndarray, left: np.ndarray) -> tuple[float | None, float | None, float | None]:
    """By which day a quarter, half and three quarters have left (Kaplan and Meier); None where so many have not yet."""
    still = kaplan_meier(days, left)
    q25, median, q75 = (np.flatnonzero(still.share <= 1 - share + ROUNDED) for share in (0.25, 0.5, 0.75))
    first = [float(still.days[places[0]]) if len(places) else None for places in (q25, median, q75)]
    return first[0], first[1], first[2]


def velocity_of(paths: Paths, won: int, lost: int) -> Velocity:
    amounts, cycles = paths.amount[paths.won & ~np.isnan(paths.amount)], paths.cycle[paths.won & ~np.isnan(paths.cycle)]
    rate = share_of(won, won + lost)
    amount = float(amounts.mean()) if len(amounts) else None
    cycle = float(cycles.mean()) if len(cycles) else None
    under_way = len(paths) - won - lost
    per_day = None if rate is None or amount is None or not cycle else under_way * rate * amount / cycle
    return Velocity(under_way, rate, amount, cycle, per_day)


def velocity_notes(paths: Paths) -> list[str]:
    """What a reader should know of a velocity of 0."""
    if not len(paths) or not (paths.won | paths.lost).all():
        return []
    return ["Nobody is open any more: velocity, which is of those under way, is 0."]


def share_of(part: int, whole: int) -> float | None:
    return part / whole if whole else None
