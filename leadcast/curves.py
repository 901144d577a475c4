"""Curves over time: P(won by t) and P(lost by t) of deals (or leads), and what is read off them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

FURTHEST = 36_500.0
"""Nobody means a close a hundred years ahead; a last step in which next to nothing ends would say so."""
ROUNDED = 4
"""Days are told to the ten-thousandth, so that the last digits of a sum cannot move a date."""


@dataclass(frozen=True)
class WinCurves:
    """Won and lost compete over time; what is neither is still open.

    Between the grid's days the chance grows evenly. Beyond the last one the pace of the last step goes on, until all that is
    still open is decided in the last step's proportion of won to lost; where losses are not on record nothing is said
    beyond, and P(won ever) is that of the last day.

    Attributes
    ----------
    days : the grid, days ahead, rising from 0, shape (k + 1,)
    won, lost : P(won by) and P(lost by) each of the days, rising, shape (n, k + 1)

    Examples
    --------
    >>> curves = WinCurves(np.array([0.0, 10.0, 20.0]), np.array([[0.0, 0.2, 0.3]]), np.array([[0.0, 0.3, 0.45]]))
    >>> curves.won_by(15.0).round(3).tolist(), curves.ever().round(3).tolist()
    ([0.25], [0.4])
    >>> curves.days_until(0.5).tolist()
    [10.0]
    """

    days: np.ndarray
    won: np.ndarray
    lost: np.ndarray

    def __len__(self) -> int:
        return len(self.won)

    def take(self, rows: np.ndarray) -> "WinCurves":
        return WinCurves(self.days, self.won[rows], self.lost[rows])

    def won_by(self, days: np.ndarray | float) -> np.ndarray:
        """P(won within so many days from now), shape (n,); 0 for days in the past."""
        _, share, _ = self._tail
        return self._by(self.won, share, days)

    def lost_by(self, days: np.ndarray | float) -> np.ndarray:
        """P(lost within so many days from now), shape (n,)."""
        _, share, _ = self._tail
        return self._by(self.lost, 1.0 - share, days)

    def open_at(self, days: np.ndarray | float) -> np.ndarray:
        """P(still open after so many days), shape (n,): what slips past that day."""
        return np.clip(1.0 - self.won_by(days) - self.lost_by(days), 0.0, 1.0)

    def between(self, start: np.ndarray | float, end: np.ndarray | float) -> np.ndarray:
        """P(won between two days from now), shape (n,); a start in the past counts as now."""
        return np.clip(self.won_by(end) - self.won_by(start), 0.0, 1.0)

    def ever(self) -> np.ndarray:
        """P(won in the end), shape (n,)."""
        still, share, _ = self._tail
        return self.won[:, -1] + still * share

    def days_until(self, share: float) -> np.ndarray:
        """The day by which this share of its chance of ever being won has come, shape (n,): 0.5 is the expected close.

        Days beyond the grid follow the last step's pace; NaN where it is never won.
        """
        goal = share * self.ever()
        reached = (self.won < goal[:, None]).sum(1)
        right = np.clip(reached, 1, len(self.days) - 1)
        rows = np.arange(len(self.won))
        low, high = self.won[rows, right - 1], self.won[rows, right]
        part = (goal - low) / np.where(high > low, high - low, np.inf)
        inside = self.days[right - 1] + part * (self.days[right] - self.days[right - 1])
        still, won_share, rate = self._tail
        to_come = still * won_share
        left = np.where(to_come > 0, (goal - self.won[:, -1]) / np.where(to_come > 0, to_come, 1.0), 0.0)
        beyond = self.days[-1] - np.log1p(-np.clip(left, 0.0, 1.0 - 1e-9)) / np.where(rate > 0, rate, np.inf)
        found = np.where(reached >= len(self.days), beyond, inside)
        return np.round(np.where(goal > 0, np.minimum(found, FURTHEST), np.nan), ROUNDED)

    def scaled_to(self, won: np.ndarray, days: float) -> "WinCurves":
        """The curves of deals of which P(won within ``days``) is known to be ``won``, shape (n,).

        In every step the odds of winning are multiplied by one number for each deal, and the odds of losing if it is not won
        stay as they are: the shape over time is the curve's, the level is the given one.
        """
        still = 1.0 - self.won - self.lost
        at_risk = np.maximum(still[:, :-1], 1e-12)
        win = np.clip(np.diff(self.won, axis=1) / at_risk, 1e-9, 1 - 1e-9)
        lose = np.clip(np.diff(self.lost, axis=1) / at_risk / (1 - win), 0.0, 1.0)
        odds = win / (1 - win)
        reached = self._reached(odds, lose, days)
        low, high = np.full(len(won), -12.0), np.full(len(won), 12.0)
        for _ in range(50):
            middle = (low + high) / 2
            too_low = reached(np.exp(middle)) < won
            low, high = np.where(too_low, middle, low), np.where(too_low, high, middle)
        return _compete(self.days, odds * np.exp((low + high) / 2)[:, None], lose)

    def _reached(self, odds: np.ndarray, lose: np.ndarray, days: float) -> Callable[[np.ndarray], np.ndarray]:
        """P(won by a day) as a function of what the odds are multiplied by, shape (n,): the same digits as the whole curves
        give. Within the grid it needs only the steps up to that day, one below the other."""
        if days > self.days[-1]:
            return lambda times: _compete(self.days, odds * times[:, None], lose).won_by(days)
        right = int(np.clip(np.searchsorted(self.days, days, "left"), 1, len(self.days) - 1))
        part = np.clip((days - self.days[right - 1]) / (self.days[right] - self.days[right - 1]), 0.0, 1.0)
        first, not_lost = np.ascontiguousarray(odds[:, :right].T), np.ascontiguousarray(1 - lose[:, :right].T)

        def reached(times: np.ndarray) -> np.ndarray:
            scaled = first * times
            win = scaled / (1 + scaled)
            still = np.cumprod((1 - win) * not_lost, axis=0)
            win[1:] *= still[:-1]
            won = np.cumsum(win, axis=0)
            before = won[-2] if right > 1 else 0.0
            return np.asarray(before + part * (won[-1] - before))

        return reached

    def _by(self, chance: np.ndarray, share: np.ndarray, days: np.ndarray | float) -> np.ndarray:
        """A chance by some days; ``share`` of what is decided beyond the grid is its own."""
        when = np.broadcast_to(np.asarray(days, float), (len(chance),))
        right = np.clip(np.searchsorted(self.days, when, "left"), 1, len(self.days) - 1)
        rows, left = np.arange(len(chance)), right - 1
        part = np.clip((when - self.days[left]) / (self.days[right] - self.days[left]), 0.0, 1.0)
        inside = chance[rows, left] + part * (chance[rows, right] - chance[rows, left])
        still, _, rate = self._tail
        return inside + share * still * -np.expm1(-rate * np.maximum(when - self.days[-1], 0.0))

    @cached_property
    def _tail(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Beyond the grid: what is still open, how much of it will be won, and its rate of decision a day; each (n,)."""
        still = np.clip(1.0 - self.won[:, -1] - self.lost[:, -1], 0.0, 1.0)
        win, lose = (chance[:, -1] - chance[:, -2] for chance in (self.won, self.lost))
        told = (self.lost[:, -1] > 0) & (win + lose > 0)
        share = np.where(told, win / np.where(told, win + lose, 1.0), 0.0)
        before = np.maximum(still + win + lose, 1e-12)
        pace = -np.log(np.clip(1.0 - (win + lose) / before, 1e-9, 1.0)) / (self.days[-1] - self.days[-2])
        return np.where(told, still, 0.0), share, np.where(told, pace, 0.0)


def curves_of(days: np.ndarray, win: np.ndarray, lose: np.ndarray) -> WinCurves:
    """Curves from hazards.

    Parameters
    ----------
    days : the grid, shape (k + 1,)
    win : P(won in a step | open at its beginning), shape (n, k)
    lose : P(lost in it | open at its beginning and not won in it), shape (n, k)

    Examples
    --------
    >>> curves_of(np.array([0.0, 7.0, 14.0]), np.array([[0.5, 0.5]]), np.array([[0.5, 0.0]])).won.tolist()
    [[0.0, 0.5, 0.625]]
    """
    return _compete(days, win / (1 - win), lose)


def _compete(days: np.ndarray, odds: np.ndarray, lose: np.ndarray) -> WinCurves:
    win = odds / (1 + odds)
    stay = (1 - win) * (1 - lose)
    still = np.concatenate([np.ones((len(win), 1)), np.cumprod(stay, axis=1)[:, :-1]], axis=1)
    zero = np.zeros((len(win), 1))
    won = np.concatenate([zero, np.cumsum(still * win, axis=1)], axis=1)
    lost = np.concatenate([zero, np.cumsum(still * (1 - win) * lose, axis=1)], axis=1)
    return WinCurves(days, won, lost)
