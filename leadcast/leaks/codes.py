"""Numbers and codes that name one row each: their parts should carry nothing."""

import re
from collections.abc import Iterator, Sequence

import numpy as np

from leadcast.leaks.leak import Evidence
from leadcast.leaks.looks import Look
from leadcast.leaks.measures import Z, rank_correlation
from leadcast.leaks.pieces import Piece, trailing_number
from leadcast.leaks.values import Values

UNIQUE, SHARED = 0.8, 0.3
TELLING, TELLING_SHARED, MARGIN = 0.6, 0.7, 0.06
ALONG = 0.98
_CODE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_./#:-]{0,39}$")


def is_code(values: Values, least: float = UNIQUE) -> bool:
    """One value per row (or at least ``least``), short, with digits, without spaces; neither a measure nor a date."""
    filled = int(values.filled.sum())
    if filled < 30 or values.days is not None or values.distinct < least * filled:
        return False
    numbers = values.numbers
    if numbers is not None and values.distinct < UNIQUE * filled:
        return False
    if numbers is not None:
        return bool(np.all(numbers[values.filled] == np.floor(numbers[values.filled])))
    texts = [str(t) for t in values.coded[1][:300]]
    return float(np.mean([bool(_CODE.match(t)) and any(c.isdigit() for c in t) for t in texts])) >= 0.9


def coded_outcome(look: Look, pieces: Sequence[Piece], distinct: float) -> Iterator[Evidence]:
    """A prefix, a letter, a parity, a range or a place out of line that goes with the outcome.

    Parameters
    ----------
    pieces : of all rows, of which the look has those that its question is about
    distinct : values per row; a code that several rows share may say something honest (a product, a region), up to a point
    """
    rows = np.flatnonzero(~np.isnan(look.question.outcome))
    filled = np.flatnonzero(look.values.filled)
    mine = Look(look.question, look.values.take(filled), look.outcome[filled], look.order[filled])
    if min(mine.ones, mine.zeros) < 12:
        return
    least = TELLING if distinct >= UNIQUE else TELLING_SHARED
    best: tuple[float, float, str] | None = None
    for piece in pieces:
        auc, error = mine.auc(piece.codes[rows][filled], piece.levels)
        if auc >= least and auc - Z * error >= least - MARGIN and (best is None or auc > best[0]):
            best = auc, error, piece.name
    if best is not None:
        auc, error, part = best
        reason = (f"{part} of this code tells {look.question.yes} from {look.question.no} (AUC {auc:.2f}, at least "
                  f"{auc - 2 * error:.2f})")
        yield Evidence("code", 0.5 + (auc - 0.5), reason, {"part": part, "auc": round(auc, 4), "question": look.question.name})


def along_time(values: Values, order: np.ndarray) -> Iterator[Evidence]:
    """A running number: a model that sees it learns the calendar."""
    numbers = trailing_number(values)
    has = ~np.isnan(numbers)
    if has.sum() < 100 or has.mean() < 0.5:
        return
    rho = rank_correlation(numbers[has], order[has])
    if abs(rho) >= ALONG:
        reason = f"rises with time (rank correlation {rho:.3f} with the order of creation): it says when, not who"
        yield Evidence("code", 0.3, reason, {"rank_correlation": round(rho, 4)})
