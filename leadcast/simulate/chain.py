"""A chain of stages with known truth: sampled, and its probabilities computed exactly.

An entity in stage k goes on with probability ``q``, after a log-normal delay, or drops out after a Weibull delay.
The two clocks differ, so how long it has been in a stage says something about where it is going.
"""

from dataclasses import dataclass, fields

import numpy as np
from scipy.signal import fftconvolve
from scipy.special import ndtr

STEPS = 512


@dataclass(frozen=True)
class Chain:
    """The parameters of n entities through k stages; every array is float of shape (n, k), delays in days.

    Attributes
    ----------
    q : the probability to go on to the next stage, sooner or later
    median, sigma : the log-normal delay of those who go on
    scale, shape : the Weibull delay of those who drop out
    """

    q: np.ndarray
    median: np.ndarray
    sigma: np.ndarray
    scale: np.ndarray
    shape: np.ndarray

    def take(self, rows: np.ndarray) -> "Chain":
        return Chain(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def columns(self) -> dict[str, np.ndarray]:
        """The parameters as named columns ``q_0``, ``q_1``, ...: how the truth keeps them."""
        return {f"{f.name}_{k}": getattr(self, f.name)[:, k] for f in fields(self) for k in range(self.q.shape[1])}

    @classmethod
    def from_columns(cls, columns: dict[str, np.ndarray]) -> "Chain":
        stages = sum(name.startswith("q_") for name in columns)
        return cls(**{f.name: np.stack([columns[f"{f.name}_{k}"] for k in range(stages)], axis=1) for f in fields(cls)})

    def sample(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """One life each: does it go on from each stage (bool), and after how many days does it leave; both (n, k)."""
        on = rng.random(self.q.shape) < self.q
        going = self.median * np.exp(self.sigma * rng.standard_normal(self.q.shape))
        dropping = self.scale * rng.standard_exponential(self.q.shape) ** (1.0 / self.shape)
        return on, np.where(on, going, dropping)

    def reach(
        self, stage: np.ndarray, age: np.ndarray, goal: int, horizon: np.ndarray | float | None, steps: int = STEPS
    ) -> np.ndarray:
        """P(stage ``goal`` is entered within ``horizon`` | in ``stage`` for ``age`` days now), exact to about 1e-4.

        Parameters
        ----------
        stage : int, shape (n,), each below ``goal``
        age : days, shape (n,)
        horizon : days, a number or shape (n,); None = ever
        steps : cells of the grid on which delays of several stages are added up

        Returns
        -------
        float, shape (n,)
        """
        answer = np.empty(len(stage))
        within = None if horizon is None else np.broadcast_to(np.asarray(horizon, float), stage.shape)
        for current in np.unique(stage):
            rows = np.flatnonzero(stage == current)
            for part in np.array_split(rows, max(1, len(rows) // 2000)):
                limit = None if within is None else within[part]
                answer[part] = self.take(part)._reach(int(current), age[part], goal, limit, steps)
        return answer

    def _reach(self, stage: int, age: np.ndarray, goal: int, horizon: np.ndarray | None, steps: int) -> np.ndarray:
        if horizon is None:
            still = self._going_by(stage, age)
            here = (self.q[:, stage] - still) / np.maximum(self._staying(stage, age), 1e-300)
            return here * np.prod(self.q[:, stage + 1:goal], axis=1)
        if goal == stage + 1:
            return self._leaving_up(stage, age, horizon[:, None])[:, 0]
        edges = horizon[:, None] * np.linspace(0.0, 1.0, steps + 1)
        mass = np.diff(self._leaving_up(stage, age, edges), axis=1)
        for between in range(stage + 1, goal - 1):
            mass = fftconvolve(mass, np.diff(self._going_by(between, edges), axis=1), axes=1)[:, :steps]
        # A cell's mass sits at its middle, so after m added stages it sits m half cells late.
        when = (np.arange(steps) + (goal - stage - 1) / 2) / steps * horizon[:, None]
        return (mass * self._going_by(goal - 1, np.maximum(horizon[:, None] - when, 0.0))).sum(axis=1)

    def _going_by(self, stage: int, days: np.ndarray) -> np.ndarray:
        """P(goes on from the stage within ``days`` of entering it); days of shape (n,) or (n, m)."""
        q, median, sigma = (p[:, stage].reshape(-1, *[1] * (days.ndim - 1)) for p in (self.q, self.median, self.sigma))
        return q * ndtr(_log(days / median) / sigma)

    def _staying(self, stage: int, days: np.ndarray) -> np.ndarray:
        """P(still in the stage ``days`` after entering it), shape (n,)."""
        dropping = (1 - self.q[:, stage]) * np.exp(-((days / self.scale[:, stage]) ** self.shape[:, stage]))
        going = self.q[:, stage] * ndtr(-_log(days / self.median[:, stage]) / self.sigma[:, stage])
        return going + dropping

    def _leaving_up(self, stage: int, age: np.ndarray, days: np.ndarray) -> np.ndarray:
        """P(goes on within ``days`` from now | still here at ``age``), shape of ``days``."""
        gone = self._going_by(stage, age[:, None] + days) - self._going_by(stage, age)[:, None]
        return gone / np.maximum(self._staying(stage, age), 1e-300)[:, None]


def _log(days: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.log(days)
