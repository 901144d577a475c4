"""How many were won, lost or still open by each day, from deals some of which are still open: no model, only counting.

At one and the same day an outcome comes before the end of observation: a deal watched for exactly 28 days and still open
is known not to be won within 28.
"""

from dataclasses import dataclass

import numpy as np

from leadcast.errors import SchemaError

CENSORED, WON, LOST = 0, 1, 2
NO_ONE_LEFT = 1e-12


@dataclass(frozen=True)
class Survival:
    """A share that starts at 1 and steps down: ``share`` from each of ``days`` on; both of shape (m,), days ascending."""

    days: np.ndarray
    share: np.ndarray

    def at(self, days: np.ndarray) -> np.ndarray:
        """The share after the steps at ``days``; past the last day it stays where it was."""
        return np.append(1.0, self.share)[np.searchsorted(self.days, days, side="right")]

    def before(self, days: np.ndarray) -> np.ndarray:
        """The share just before ``days``: steps at the very day are not counted."""
        return np.append(1.0, self.share)[np.searchsorted(self.days, days, side="left")]


@dataclass(frozen=True)
class Incidence:
    """Won and lost as they add up over time, where one rules out the other.

    Attributes
    ----------
    days : where anything changes, ascending, shape (m,)
    won, lost, open : shares by the end of each day, shape (m,); they sum to 1
    at_risk, wins, losses : weight open just before each day, and of the outcomes at it, shape (m,)
    """

    days: np.ndarray
    won: np.ndarray
    lost: np.ndarray
    at_risk: np.ndarray
    wins: np.ndarray
    losses: np.ndarray

    @property
    def open(self) -> np.ndarray:
        return np.maximum(1.0 - self.won - self.lost, 0.0)

    def won_by(self, days: np.ndarray) -> np.ndarray:
        """Share won by ``days``, shape of ``days``; NaN where nobody was watched so long and some were still open."""
        return self._by(self.won, days)

    def lost_by(self, days: np.ndarray) -> np.ndarray:
        """Share lost by ``days``; NaN as in :meth:`won_by`."""
        return self._by(self.lost, days)

    def _by(self, share: np.ndarray, days: np.ndarray) -> np.ndarray:
        known = np.append(0.0, share)[np.searchsorted(self.days, days, side="right")]
        unseen = (np.asarray(days) > self.days[-1]) & (self.open[-1] > NO_ONE_LEFT)
        return np.where(unseen, np.nan, known)

    def won_variance(self, day: float) -> float:
        """Sampling variance of the share won by ``day``, of Greenwood's kind (Andersen, Borgan, Gill and Keiding 1993, IV.4).

        A deal open at a day is worth 1 if won there, 0 if lost, and the chance of being won from then on if it stays
        open; the variance of that worth, over how many were open, is added over the days. Without censoring this is
        p (1 - p) / n.
        """
        upto = int(np.searchsorted(self.days, day, side="right"))
        if not upto:
            return 0.0
        before = np.append(1.0, self.open[: upto - 1])
        after, at_risk = self.open[:upto], np.maximum(self.at_risk[:upto], NO_ONE_LEFT)
        won = self.wins[:upto] / at_risk
        stays = np.maximum(1.0 - won - self.losses[:upto] / at_risk, 0.0)
        left = self.won[upto - 1] - self.won[:upto]
        later = np.where(after > NO_ONE_LEFT, left / np.maximum(after, NO_ONE_LEFT), 0.0)
        worth = won + stays * later
        return float((before**2 / at_risk * np.maximum(won + stays * later**2 - worth**2, 0.0)).sum())


def aalen_johansen(
    duration: np.ndarray, event: np.ndarray, entry: np.ndarray | None = None, weight: np.ndarray | None = None
) -> Incidence:
    """Shares won and lost by each day, counting deals for as long as they were watched (Aalen and Johansen 1978).

    Parameters
    ----------
    duration : days until the outcome or the end of observation, shape (n,), >= 0
    event : 0 still open then, 1 won, 2 lost, shape (n,)
    entry : day from which the deal was watched, shape (n,), before ``duration``; a deal that was already old when records
        began would have left no trace had it ended sooner, so it is not counted before. None: watched from day 0.
        While very few are watched the estimate is rough, and their outcomes may close the curve for good.
    weight : of each row, shape (n,); None for 1 each

    Raises
    ------
    SchemaError : lengths differ, an event is not 0, 1 or 2, a duration is missing or negative, an entry is not before it

    Examples
    --------
    Of four deals one is won on day 1, one watched until day 2, one lost on day 3, one won on day 4. On day 3 two are
    left of the three quarters that were open: each is worth 3/8.

    >>> found = aalen_johansen(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1, 0, 2, 1]))
    >>> found.won.tolist(), found.lost.tolist()
    ([0.25, 0.25, 0.25, 0.625], [0.0, 0.0, 0.375, 0.375])
    """
    duration, event, weight = checked(duration, event, weight)
    days, at = np.unique(duration, return_inverse=True)
    wins, losses = (np.bincount(at, weight * (event == kind), len(days)) for kind in (WON, LOST))
    at_risk = _at_risk(days, at, duration, entry, weight)
    share = np.maximum(at_risk, NO_ONE_LEFT)
    open_after = np.cumprod(np.clip(1.0 - (wins + losses) / share, 0.0, 1.0))
    open_before = np.append(1.0, open_after[:-1])
    return Incidence(
        days, np.cumsum(open_before * wins / share), np.cumsum(open_before * losses / share), at_risk, wins, losses
    )


def kaplan_meier(
    duration: np.ndarray, happened: np.ndarray, entry: np.ndarray | None = None, weight: np.ndarray | None = None
) -> Survival:
    """Share to whom it has not happened yet, after each day (Kaplan and Meier 1958).

    Parameters
    ----------
    duration, entry, weight : as in :func:`aalen_johansen`
    happened : False where observation ended first, shape (n,)

    Examples
    --------
    >>> kaplan_meier(np.array([1.0, 2.0, 3.0]), np.array([True, False, True])).share.round(3).tolist()
    [0.667, 0.667, 0.0]
    """
    found = aalen_johansen(duration, np.asarray(happened, bool).astype(int), entry, weight)
    return Survival(found.days, found.open)


def censoring_survival(duration: np.ndarray, event: np.ndarray, weight: np.ndarray | None = None) -> Survival:
    """Share whose observation would not have ended yet, had no outcome come first: G of Graf et al. (1999).

    Whoever has an outcome at a day leaves before those whose observation ends at it. So the share still open times
    G is exactly the share still watched, and an outcome at T was seen with probability G(T-): ``before(T)``.

    Examples
    --------
    >>> censoring_survival(np.array([1.0, 2.0, 2.0, 3.0]), np.array([0, 1, 0, 2])).share.tolist()
    [0.75, 0.375, 0.375]
    """
    duration, event, weight = checked(duration, event, weight)
    days, at = np.unique(duration, return_inverse=True)
    ended = np.bincount(at, weight * (event == CENSORED), len(days))
    at_risk = _at_risk(days, at, duration, None, weight) - np.bincount(at, weight * (event != CENSORED), len(days))
    return Survival(days, np.cumprod(np.clip(1.0 - ended / np.maximum(at_risk, NO_ONE_LEFT), 0.0, 1.0)))


def checked(
    duration: np.ndarray, event: np.ndarray, weight: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The three as arrays of one length, n > 0; SchemaError says what does not fit."""
    duration, event = np.asarray(duration, float), np.asarray(event)
    weight = np.ones(len(duration)) if weight is None else np.asarray(weight, float)
    if not len(duration) or not len(duration) == len(event) == len(weight):
        raise SchemaError(f"duration, event and weight need the same length, above 0; they have {len(duration)}, "
                          f"{len(event)} and {len(weight)}. Pass one of each per row.")
    if not (duration >= 0).all():
        raise SchemaError(f"duration must be days >= 0; {int((~(duration >= 0)).sum())} of {len(duration)} are negative or "
                          "missing. Count from as_of, and leave out rows whose outcome came before it.")
    if not (weight >= 0).all() or not weight.sum() > 0:
        raise SchemaError(f"weights must be >= 0 and not all 0; {int((~(weight > 0)).sum())} of {len(weight)} are not above 0. "
                          "Leave out weight to count each row once.")
    if not np.isin(event, (CENSORED, WON, LOST)).all():
        found = sorted({str(kind) for kind in event[~np.isin(event, (CENSORED, WON, LOST))]})
        raise SchemaError(f"event must be 0 (still open), 1 (won) or 2 (lost); found {', '.join(found[:3])}. Translate it first.")
    return duration, event, weight


def _at_risk(
    days: np.ndarray, at: np.ndarray, duration: np.ndarray, entry: np.ndarray | None, weight: np.ndarray
) -> np.ndarray:
    """Weight watched just before each day: entered before it, and neither ended nor had its outcome before it."""
    staying = np.cumsum(np.bincount(at, weight, len(days))[::-1])[::-1]
    if entry is None:
        return staying
    entry = np.asarray(entry, float)
    if len(entry) != len(duration) or not (entry < duration).all():
        raise SchemaError("entry must be one day per row, before its duration; found "
                          f"{len(entry)} for {len(duration)} rows"
                          + (f", {int((~(entry < duration)).sum())} not before" if len(entry) == len(duration) else "")
                          + ". Leave out rows that ended before they were watched.")
    order = np.argsort(entry)
    to_come = np.append(np.cumsum(weight[order][::-1])[::-1], 0.0)
    watched = staying - to_come[np.searchsorted(entry[order], days, side="left")]
    return np.where(watched > NO_ONE_LEFT * weight.sum(), watched, 0.0)
