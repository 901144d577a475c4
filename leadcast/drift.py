"""Has the world moved since a model was trained? Recent rows and outcomes against what the model learned from."""

from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from leadcast.moment import iso
from leadcast.profile import bin_codes, count_bins, shares, stability_index

ALARMS = 0.01
"""Of a hundred looks at a world that stands still, so many may see a feature move."""
LEAST_SHIFT = 0.03
"""A bin whose share changed by less is not worth a word."""
CLEAR = 0.1
USUAL = 1.25
GONE = 0.2
MATTERS, MATTERS_ALONE = 0.1, 0.02
SURE = 3.0
LEAST_GAP = 0.02
COHORTS = 4
FEWEST = 30


@dataclass(frozen=True)
class Movement:
    """One feature (or the score) then and now.

    Attributes
    ----------
    psi : population stability index, 0 = the same; shift : the largest change of one bin's share
    missing_then, missing_now, unseen_now : shares of rows
    part : its part in what the model says, all features together 1
    moved : by more than chance and the usual movement between periods explain
    """

    name: str
    psi: float
    shift: float
    missing_then: float
    missing_now: float
    unseen_now: float
    part: float
    moved: bool

    @property
    def went_missing(self) -> bool:
        return self.moved and self.missing_now - self.missing_then > GONE

    @property
    def words(self) -> str:
        if not self.moved:
            return "as before"
        if self.went_missing:
            return f"missing in {self.missing_now:.0%} of rows, was {self.missing_then:.0%}"
        if self.unseen_now > LEAST_SHIFT:
            return f"{self.unseen_now:.0%} of rows hold a value never seen in training"
        return "moved far" if self.psi > CLEAR else "moved"


@dataclass(frozen=True)
class Cohort:
    """Matured outcomes of one stretch of time, or of the order where there are no times: what was said, what came, and the 95 %
    band of the difference."""

    start: str | None
    end: str | None
    rows: int
    entities: int
    said: float
    came: float
    low: float
    high: float


@dataclass(frozen=True)
class Outcomes:
    """What came of the rows that the model has not seen.

    Attributes
    ----------
    gap : said minus came over all of them, low and high its 95 % band
    rate_then, rate_now : the base rate of the newest training periods, and since
    """

    cohorts: tuple[Cohort, ...]
    gap: float
    low: float
    high: float
    off: bool
    rate_then: float
    rate_now: float
    rate_moved: bool


def compare_inputs(profile: dict[str, Any], values: np.ndarray, log_odds: np.ndarray, entities: int) -> list[Movement]:
    """Every feature now against its profile, then the score itself; rates learned from outcomes are left to the outcomes.

    A feature moved where its PSI, or the share of one of its bins, is further away than sampling (counted in entities; one alarm
    in a hundred looks, over all features together) and the largest movement between training's own periods explain.

    Parameters
    ----------
    values : rows of the model's contract, shape (n, p); log_odds : what it says of them, shape (n,)
    entities : how many different leads or deals the rows are of
    """
    watched = [(column, values[:, place]) for place, column in enumerate(profile["features"]) if not column["learned"]]
    columns = [*watched, (profile["score"], log_odds)]
    level = ALARMS / 2 / len(columns)
    return [_movement(column, now, entities, profile["entities"], level) for column, now in columns]


def _movement(column: dict[str, Any], now: np.ndarray, entities: int, entities_then: int, level: float) -> Movement:
    bins, codes = count_bins(column), bin_codes(column, now)
    then, found = np.array(column["shares"]), shares(codes, bins)
    sampling = 1 / max(entities, 1) + 1 / max(entities_then, 1)
    filled = max(int(((then > 1 / entities_then) | (np.bincount(codes, minlength=bins) > 0)).sum()), 2)
    psi, change = stability_index(then, found), np.abs(found - then)
    most = USUAL * column["usual"] + chi_square(filled - 1, level) * sampling
    pooled = np.clip((then + found) / 2, 0, 1)
    errors = NormalDist().inv_cdf(1 - level / 2 / filled)
    bound = USUAL * column["usual_shift"] + errors * np.sqrt(pooled * (1 - pooled) * sampling)
    moved = bool(change.max() > LEAST_SHIFT and (psi > most or (change > bound).any()))
    unseen = 0.0 if column["levels"] is None else float((now == -1).mean() - then[-2])
    missing = column["missing"], float(np.isnan(now).mean())
    return Movement(column["name"], psi, float(change.max()), *missing, max(unseen, 0.0), column["part"], moved)


def chi_square(freedom: int, level: float) -> float:
    """What a chi-square variable exceeds with this chance (Wilson and Hilferty 1931).

    Examples
    --------
    >>> round(chi_square(10, 0.05), 1)
    18.3
    """
    ninth = 2 / (9 * freedom)
    return float(freedom * (1 - ninth + NormalDist().inv_cdf(1 - level) * ninth**0.5) ** 3)


def compare_outcomes(
    profile: dict[str, Any], said: np.ndarray, outcome: np.ndarray, as_of: np.ndarray, entity: np.ndarray, dated: bool = True
) -> Outcomes | None:
    """What was said of rows the model has not seen, against what came of them; None where fewer than 30 entities have matured.

    Off, or moved, is what three standard errors cannot explain; they count entities, and how the base rate went up and down
    between the periods of the training.

    Parameters
    ----------
    dated : ``as_of`` are times of the world; otherwise they only tell the order
    """
    if len(set(entity)) < FEWEST:
        return None
    periods = profile["base_rate"]
    wander = _wander(periods)
    gap, error = _gap(said, outcome, entity)
    last = periods[-2:]
    then = float(np.average([p["came"] for p in last], weights=[p["rows"] for p in last]))
    now, groups = float(outcome.mean()), len(set(entity))
    noise = (then * (1 - then) * (1 / groups + 1 / sum(p["entities"] for p in last)) + wander**2) ** 0.5
    order = np.argsort(as_of, kind="stable")
    blocks = np.array_split(order, min(COHORTS, max(1, groups // FEWEST)))
    cohorts = (_cohort(said[rows], outcome[rows], as_of[rows] if dated else None, entity[rows]) for rows in blocks)
    return Outcomes(
        tuple(cohorts), gap, gap - 1.96 * error, gap + 1.96 * error,
        abs(gap) > max(LEAST_GAP, SURE * (error**2 + wander**2) ** 0.5), then, now,
        abs(now - then) > max(LEAST_GAP, SURE * noise),
    )


def _wander(periods: list[dict[str, Any]]) -> float:
    """How far base rates stray from period to period beyond chance (standard deviation)."""
    came = np.array([p["came"] for p in periods])
    chance = np.mean([p["came"] * (1 - p["came"]) / p["entities"] for p in periods])
    return float(max(0.0, came.var(ddof=1) - chance) ** 0.5) if len(came) > 1 else 0.0


def _gap(said: np.ndarray, outcome: np.ndarray, entity: np.ndarray) -> tuple[float, float]:
    """Mean of said minus came, and its standard error with whole entities drawn."""
    group = np.unique(entity.astype(str), return_inverse=True)[1]
    gap = float((said - outcome).mean())
    sums = np.bincount(group, said - outcome - gap)
    return gap, float((sums**2).sum() ** 0.5 / len(said))


def _cohort(said: np.ndarray, outcome: np.ndarray, as_of: np.ndarray | None, entity: np.ndarray) -> Cohort:
    gap, error = _gap(said, outcome, entity)
    start, end = (None, None) if as_of is None else (iso(as_of.min()), iso(as_of.max()))
    return Cohort(start, end, len(said), len(set(entity)), float(said.mean()), float(outcome.mean()),
                  gap - 1.96 * error, gap + 1.96 * error)


@dataclass(frozen=True)
class Drift:
    """Everything that was compared, and what to do about it."""

    movements: list[Movement]
    outcomes: Outcomes | None

    @property
    def moved(self) -> list[Movement]:
        """The features that moved, those with the largest part in the model first; not the score."""
        return sorted((m for m in self.movements[:-1] if m.moved), key=lambda m: -m.part)

    @property
    def score(self) -> Movement:
        return self.movements[-1]

    @property
    def reasons(self) -> list[str]:
        """Why to retrain; empty where there is no need."""
        found = []
        if self.outcomes is not None and self.outcomes.off:
            found.append(f"it says {abs(self.outcomes.gap):.1%} too {'much' if self.outcomes.gap > 0 else 'little'}, "
                         "more than chance explains")
        if self.outcomes is not None and self.outcomes.rate_moved:
            found.append(f"the base rate went from {self.outcomes.rate_then:.1%} to {self.outcomes.rate_now:.1%}")
        gone = [m.name for m in self.moved if m.went_missing and m.part >= MATTERS_ALONE]
        if gone:
            found.append(f"{', '.join(gone)} went missing: look at the source first")
        part = sum(m.part for m in self.moved)
        if part >= MATTERS:
            found.append(f"features that make {part:.0%} of what the model says have moved")
        return found

    @property
    def words(self) -> str:
        if self.reasons:
            return f"retrain: {'; '.join(self.reasons)}"
        if self.moved:
            part = sum(m.part for m in self.moved)
            what = "1 feature moved, but it makes" if len(self.moved) == 1 else f"{len(self.moved)} features moved, but they make"
            return f"{what} only {part:.0%} of what it says: no need to retrain"
        return "nothing moved that chance does not explain"

    def to_json(self) -> dict[str, Any]:
        return {"retrain": bool(self.reasons), "verdict": self.words, "reasons": self.reasons,
                "features": [{**asdict(m), "words": m.words} for m in self.movements[:-1]], "score": asdict(self.score),
                "outcomes": None if self.outcomes is None else asdict(self.outcomes)}
