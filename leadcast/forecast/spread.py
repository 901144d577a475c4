"""What is uncertain about a period besides chance: a shock that open deals share, the pace of new business, amounts."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import betaincinv, gammainc, gammaincinv

from leadcast.errors import LeadcastError

LARGEST_SHOCK = 0.5  # a shock above a half would need values outside -1 to 1 before it looks like a bell


class SpreadError(LeadcastError):
    """A spread that cannot be: a negative size, no ratio of amounts."""


@dataclass(frozen=True)
class Spread:
    """How far a period can stray from its expected value although every probability is right on average.

    A good or bad month moves all open deals together. In log-odds such a shock z moves a deal of probability p by z, so
    the probability by p (1 - p) z to first order, and that form is used here as it stands: ``p(z) = p + p (1 - p) z``.
    The mean over a symmetric z is then p **exactly**, and with z in [-1, 1] so is p(z) in [0, 1]. z is a symmetric beta
    stretched over [-1, 1]: a bell for small sizes, and of exactly the standard deviation asked for.

    Attributes
    ----------
    open_sd : standard deviation of the shock shared by open deals, in log-odds; one above ``LARGEST_SHOCK`` counts as that
    new_cv : coefficient of variation of a factor of mean 1 (gamma) that all new business shares
    ratios : equally likely ratios of the amount at the win to the amount now
    seed : of the draws of money

    Raises
    ------
    SpreadError : a size is negative or not a number, there is no ratio or one below 0

    Examples
    --------
    >>> Spread(open_sd=0.2, ratios=(0.5, 1.0)).mean_ratio
    0.75
    """

    open_sd: float = 0.0
    new_cv: float = 0.0
    ratios: tuple[float, ...] = (1.0,)
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("open_sd", "new_cv"):
            if not 0 <= getattr(self, name) < math.inf:
                raise SpreadError(f"A spread's {name} is 0 or more; found {getattr(self, name)}. Learn it from past replays, "
                                  "or write 0 for chance alone.")
        if not self.ratios or not all(0 <= ratio < math.inf for ratio in self.ratios):
            raise SpreadError(f"A spread's ratios are numbers of 0 or more, at least one; found {list(self.ratios)[:5]}. "
                              "Write (1.0,) where amounts do not change.")

    @property
    def mean_ratio(self) -> float:
        return self.ratio_moment(1)

    def ratio_moment(self, power: int) -> float:
        """Mean of ratio ** power."""
        return float(np.mean(np.array(self.ratios) ** power))

    def shocks(self, n: int) -> np.ndarray:
        """Equally likely values of the open deals' shock, rising, of mean 0 and standard deviation ``open_sd``, shape (n,).

        Examples
        --------
        >>> Spread(open_sd=0.2).shocks(4).round(3).tolist()
        [-0.272, -0.076, 0.076, 0.272]
        """
        size = min(self.open_sd, LARGEST_SHOCK)
        if n == 1 or size < 1e-9:
            return np.zeros(n)
        shape = (1 / size**2 - 1) / 2  # 2 B - 1 has the variance 1 / (2 shape + 1)
        z = 2 * betaincinv(shape, shape, (np.arange(n) + 0.5) / n) - 1
        z = (z - z[::-1]) / 2
        return np.clip(z * size / z.std(), -1.0, 1.0)  # a few points alone lie too near the middle

    def paces(self, n: int) -> np.ndarray:
        """Equally likely values of new business's factor, rising, of mean 1, shape (n,): the means of n equal parts of a gamma.

        Examples
        --------
        >>> Spread(new_cv=0.5).paces(2).round(3).tolist()
        [0.615, 1.385]
        """
        if self.new_cv < 1e-4:
            return np.ones(n)
        shape = 1 / self.new_cv**2
        cuts = gammaincinv(shape, np.arange(1, n) / n)
        return n * np.diff(np.concatenate([[0.0], gammainc(shape + 1, cuts), [1.0]]))

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratios": list(self.ratios)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Spread":
        return cls(float(data["open_sd"]), float(data["new_cv"]), tuple(map(float, data["ratios"])), int(data["seed"]))
