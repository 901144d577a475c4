"""How far two groups differ: shares and ranks compared within the same time, with bounds."""

from dataclasses import dataclass

import numpy as np

Z = 3.0
"""Standard errors below the estimate of a lower bound: dozens of columns are looked at in several ways."""
BLOCKS = 5
PRIOR = 4.0
OLDER = 0.6


@dataclass(frozen=True)
class Counts:
    """How often each level is met, by time and outcome.

    Attributes
    ----------
    table : float, shape (levels, strata, 2); the last axis is the outcome, 0 then 1
    """

    table: np.ndarray

    @classmethod
    def of(cls, codes: np.ndarray, levels: int, strata: np.ndarray, outcome: np.ndarray) -> "Counts":
        """From one row per entity: codes in 0..levels-1, strata from 0 on, outcome 0 or 1; each of shape (n,)."""
        many = int(strata.max(initial=0)) + 1
        flat = (codes * many + strata) * 2 + outcome.astype(np.int64)
        return cls(np.bincount(flat, minlength=levels * many * 2).astype(float).reshape(levels, many, 2))

    def gaps(self) -> tuple[np.ndarray, np.ndarray]:
        """Each level's share among outcome 1 minus that among outcome 0, compared within strata.

        Returns
        -------
        (gap, standard error), each of shape (levels,)
        """
        totals = self.table.sum(axis=0)
        weight = totals.prod(axis=1) / np.maximum(totals.sum(axis=1), 1)
        if not weight.sum():
            return np.zeros(len(self.table)), np.ones(len(self.table))
        share = self.table / np.maximum(totals, 1)
        smooth = (self.table + 0.5) / (totals + 1)
        spread = (smooth * (1 - smooth) / np.maximum(totals, 1)).sum(axis=2)
        gap = ((share[:, :, 1] - share[:, :, 0]) * weight).sum(axis=1) / weight.sum()
        return gap, np.sqrt((spread * weight**2).sum(axis=1)) / weight.sum()

    def out_of_fold(self) -> float:
        """AUC of each level's rate in the other strata, ranked within each stratum."""
        base = self.table.sum(axis=(0, 1))
        rest = self.table.sum(axis=1, keepdims=True) - self.table
        rate = (rest[:, :, 1] + PRIOR * base[1] / base.sum()) / (rest.sum(axis=2) + PRIOR)
        return _ranked(rate, self.table)

    def forward(self, older: int) -> float:
        """AUC in the strata from ``older`` on of each level's rate in those before."""
        learned, later = self.table[:, :older].sum(axis=1), self.table[:, older:]
        base = learned.sum(axis=0)
        rate = (learned[:, 1] + PRIOR * base[1] / max(base.sum(), 1)) / (learned.sum(axis=1) + PRIOR)
        return _ranked(np.repeat(rate[:, None], later.shape[1], axis=1), later)


def _ranked(rate: np.ndarray, table: np.ndarray) -> float:
    """AUC within each stratum, weighted by its pairs; rate (levels, strata), table (levels, strata, 2)."""
    wins = pairs = 0.0
    for stratum in range(table.shape[1]):
        values, place = np.unique(rate[:, stratum], return_inverse=True)
        zeros = np.bincount(place, table[:, stratum, 0], len(values))
        ones = np.bincount(place, table[:, stratum, 1], len(values))
        wins += float((ones * (np.cumsum(zeros) - zeros / 2)).sum())
        pairs += float(zeros.sum() * ones.sum())
    return wins / pairs if pairs else 0.5


def auc_error(auc: float, ones: int, zeros: int) -> float:
    """The standard error of an AUC (Hanley and McNeil, 1982)."""
    least, most = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (ones - 1) * (least - auc**2) + (zeros - 1) * (most - auc**2)
    return float(np.sqrt(max(spread, 0.0) / max(ones * zeros, 1)))


def strata_of(order: np.ndarray, count: int) -> np.ndarray:
    """Slices of equal size in order of time, shape (n,)."""
    place = np.empty(len(order), np.int64)
    place[np.argsort(order, kind="stable")] = np.arange(len(order))
    return place * count // max(len(order), 1)


def share_bounds(hits: np.ndarray, of: np.ndarray, z: float = Z) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's interval of a share, each bound of the shape of ``hits``."""
    of = np.maximum(of, 1e-9)
    share, bend = hits / of, z * z / of
    middle, half = share + bend / 2, z * np.sqrt(share * (1 - share) / of + bend / (4 * of))
    return (middle - half) / (1 + bend), (middle + half) / (1 + bend)


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's, 0 where either is constant."""
    first, second = ranks(one), ranks(other)
    if not len(first) or first.std() == 0 or second.std() == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks with ties at their middle, shape (n,)."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(count)
    return (ends - (count - 1) / 2.0)[place]
