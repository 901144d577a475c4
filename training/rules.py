"""Rules scaled by what came true: with no outcome they stand as written, with some they count as much as they have proved."""

from dataclasses import replace

import numpy as np

from leadcast.calibration import log_odds
from leadcast.contract import Contract
from leadcast.rule_book import Expectation
from leadcast.rules import Rules, Term

SPREAD = 0.5
MOST = 2.0
STAGE_COUNTS = 10.0
STAGE = ("stage", "stage_position")


def expect(contract: Contract, values: np.ndarray, expectation: Expectation) -> Rules:
    """The rules as they are written, level with the expected rate on these rows; what is served while no outcome is known.

    Parameters
    ----------
    values : of those to be scored, shape (n, p), n may be 0
    """
    points = expectation.rules.log_odds(values) if len(values) else np.zeros(1)
    return replace(expectation.rules, base=_level(points, expectation.rate))


def fit_rules(
    values: np.ndarray, contract: Contract, outcome: np.ndarray, weight: np.ndarray, entity: np.ndarray, expectation: Expectation,
    share: float = 1.0,
) -> Rules:
    """The rules with two numbers and a rate by stage from what came true, all drawn towards what is expected.

    The base follows the share that came, beside ``counts_as`` leads at the expected rate. Every stage is drawn from its rule
    towards its own share, by 10 leads. All other points are multiplied by one number near 1 where outcomes are few, and
    near 0 where they have not told anyone apart. Several looks at one lead count as one lead.

    Parameters
    ----------
    outcome, weight, entity : 0 or 1, weight and owner of each row, shape (n,), n > 0
    share : of what the points beside the stage's would count; with 0 only the rate by stage is left
    """
    each = weight * len(set(entity)) / weight.sum()
    total = each.sum() + expectation.counts_as
    rate = float(((each * outcome).sum() + expectation.counts_as * expectation.rate) / total)
    by_stage, other = _parted(expectation.rules.terms, contract)
    stages = (*by_stage, *_stage_terms(values, contract, outcome, each, Rules(0.0, by_stage), rate))
    offset, points = Rules(0.0, stages).log_odds(values), Rules(0.0, other).log_odds(values)
    base, slope = _fit(offset, points, outcome, each, expectation, share)
    return Rules(base, (*stages, *(replace(term, points=term.points * slope) for term in other)))


def _parted(terms: tuple[Term, ...], contract: Contract) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
    """Terms that speak of the stage only, and the others."""
    places = {place for place, feature in enumerate(contract.features) if feature.name in STAGE}
    own = tuple(term for term in terms if set(term.columns) <= places)
    return own, tuple(term for term in terms if term not in own)


def _stage_terms(
    values: np.ndarray, contract: Contract, outcome: np.ndarray, each: np.ndarray, written: Rules, rate: float
) -> tuple[Term, ...]:
    """What each stage seen adds to its rules, so that it comes out between what they say and what came."""
    column = next((place for place, feature in enumerate(contract.features) if feature.name == "stage"), None)
    if column is None:
        return ()
    said = written.log_odds(values)
    said = said - np.average(said, weights=each) if len(said) else said
    terms = []
    for code, level in enumerate(contract.features[column].levels or ()):
        rows = np.flatnonzero(values[:, column] == code)
        if len(rows):
            usual = float(log_odds(rate)) + float(np.average(said[rows], weights=each[rows]))
            seen, came = each[rows].sum(), (each[rows] * outcome[rows]).sum()
            drawn = (came + STAGE_COUNTS * _share(usual)) / (seen + STAGE_COUNTS)
            terms.append(Term((column,), float(log_odds(drawn)) - usual, f"what came of those in stage {level}", codes=(code,)))
    return tuple(terms)


def _fit(
    offset: np.ndarray, points: np.ndarray, outcome: np.ndarray, each: np.ndarray, expectation: Expectation, share: float
) -> tuple[float, float]:
    """Base and slope by Newton's method; the expectation is one more row of ``counts_as`` leads, an average one."""
    middle = [np.average(x, weights=each) for x in (offset, points)]
    offset, points = np.append(offset, middle[0]), np.append(points, middle[1])
    outcome, each = np.append(outcome, expectation.rate), np.append(each, expectation.counts_as)
    design = np.stack([np.ones(len(points)), points])
    found, prior = np.array([_level(offset + points, float(np.average(outcome, weights=each))), 1.0]), np.array([0.0, SPREAD**-2])
    for _ in range(100):
        p = _sigmoid(offset + found[0] * design[0] + found[1] * design[1])
        slope = np.array([(row * each * (p - outcome)).sum() for row in design]) + prior * (found - 1.0)
        curve = np.array([[(a * b * each * p * (1 - p)).sum() for a in design] for b in design]) + np.diag(prior)
        step = np.clip(np.linalg.solve(curve, slope), -1.0, 1.0)
        found = found - step
        if np.abs(step).max() < 1e-12:
            break
    slope_kept = share * float(np.clip(found[1], 0.0, MOST))
    return _level(offset + slope_kept * points, float(np.average(outcome, weights=each)), each), slope_kept


def _level(said: np.ndarray, rate: float, weight: np.ndarray | None = None) -> float:
    """What to add so that the mean probability is the rate, by bisection."""
    low, high = -40.0, 40.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if np.average(_sigmoid(said + middle), weights=weight) < rate else (low, middle)
    return (low + high) / 2


def _share(z: float) -> float:
    return float(_sigmoid(np.array([z]))[0])


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-z))
