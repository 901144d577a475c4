"""How an open deal changes in the CRM: amounts negotiated, close dates pushed, forecast categories by stage."""

import numpy as np

from leadcast.simulate import company

PUSHES = 12
Change = tuple[np.ndarray, np.ndarray, np.ndarray]
"""When, the new value, the old value; shape (n,) each, when = NaN where nothing changes."""


def draw_amounts(rng: np.random.Generator, amount: np.ndarray, entered: np.ndarray) -> list[Change]:
    """Changes of the amount on entering proposal and negotiation; the scope moves, then the price comes down.

    Parameters
    ----------
    entered : days, shape (n, 4), discovery to won, NaN for stages never entered

    Returns
    -------
    list of (at, new value, old value), each of shape (n,), at = NaN where nothing changes
    """
    changes = []
    for stage, chance, low, high in ((1, 0.5, 0.8, 1.3), (2, 0.4, 0.86, 0.98)):
        moves = rng.random(len(amount)) < chance
        changed = np.round(amount * rng.uniform(low, high, len(amount)), -1)
        moves &= (changed != amount) & np.isfinite(entered[:, stage])
        changes.append((np.where(moves, entered[:, stage], np.nan), changed, amount))
        amount = np.where(moves, changed, amount)
    return changes


def draw_pushes(rng: np.random.Generator, guess: np.ndarray, closed: np.ndarray) -> list[Change]:
    """The expected close, pushed out whenever it comes near and the deal is still open; set to the day it closes at the end.

    Parameters
    ----------
    guess : the first expectation, days after the deal's creation, shape (n,)
    closed : when the deal is won or lost, days after its creation, shape (n,)

    Returns
    -------
    list of (at, new value, old value), days after the deal's creation, at = NaN where nothing changes
    """
    changes = []
    expected = guess
    for _ in range(PUSHES):
        noticed = expected - rng.uniform(0.5, 4.0, len(guess))
        later = expected + np.round(rng.uniform(10.0, 45.0, len(guess)))
        pushed = noticed < closed
        changes.append((np.where(pushed, noticed, np.nan), later, expected))
        expected = np.where(pushed, later, expected)
    return [*changes, (closed, closed, expected)]


def categories(entered: np.ndarray, lost: np.ndarray) -> list[Change]:
    """The forecast category follows the stage.

    Returns
    -------
    list of (at, new value, old value), at = NaN where the stage is never entered
    """
    names = [company.CATEGORIES[stage] for stage in (*company.DEAL_STAGES, company.DEAL_LOST)]
    changes = [(entered[:, k], _full(names[k], entered), _full(names[k - 1], entered)) for k in range(1, entered.shape[1])]
    last = np.array(names, dtype=object)[np.isfinite(entered).sum(axis=1) - 1]
    return [*changes, (lost, _full(names[-1], entered), last)]


def _full(name: str, like: np.ndarray) -> np.ndarray:
    return np.full(len(like), name, object)
