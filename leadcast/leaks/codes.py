"""Numbers and codes that name one row each: their parts should carry nothing."""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from leadcast.leaks.leak import Evidence
from leadcast.leaks.looks import Look
from leadcast.leaks.measures import Z, rank_correlation
from leadcast.leaks.values import Values

UNIQUE, NEARLY = 0.8, 0.3
TELLING, TELLING_AT_LEAST = 0.6, 0.54
ALONG, SIDE = 0.98, 0.9
_CODE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_./#:-]{0,39}$")
_LAST_DIGITS = re.compile(r"(\d+)\D*$")


def is_code(values: Values) -> bool:
    """One value per row (or nearly), short, with digits, without spaces; neither a measure nor a date."""
    filled = int(values.filled.sum())
    if filled < 30 or values.days is not None or values.distinct < UNIQUE * filled:
        return False
    numbers = values.numbers
    if numbers is not None:
        return bool(np.all(numbers[values.filled] == np.floor(numbers[values.filled])))
    texts = [str(t) for t in values.coded[1][:300]]
    return float(np.mean([bool(_CODE.match(t)) and any(c.isdigit() for c in t) for t in texts])) >= 0.9


def coded_outcome(look: Look) -> Iterator[Evidence]:
    """A prefix, a parity, a range or a place out of line that goes with the outcome."""
    rows = np.flatnonzero(look.values.filled)
    mine = Look(look.question, look.values.take(rows), look.outcome[rows], look.order[rows])
    if min(mine.ones, mine.zeros) < 12:
        return
    best: tuple[float, float, str] | None = None
    for part, codes, levels in _parts(mine):
        auc, error = mine.auc(codes, levels)
        if auc >= TELLING and auc - Z * error >= TELLING_AT_LEAST and (best is None or auc > best[0]):
            best = auc, error, part
    if best is not None:
        auc, error, part = best
        reason = (f"{part} of this code tells {look.question.yes} from {look.question.no} (AUC {auc:.2f}, at least "
                  f"{auc - 2 * error:.2f})")
        yield Evidence("code", 0.5 + (auc - 0.5), reason, {"part": part, "auc": round(auc, 4), "question": look.question.name})


def along_time(values: Values, order: np.ndarray) -> Iterator[Evidence]:
    """A running number: a model that sees it learns the calendar."""
    numbers = _trailing(values)
    has = ~np.isnan(numbers)
    if has.sum() < 100 or has.mean() < 0.5:
        return
    rho = rank_correlation(numbers[has], order[has])
    if abs(rho) >= ALONG:
        reason = f"rises with time (rank correlation {rho:.3f} with the order of creation): it says when, not who"
        yield Evidence("code", 0.3, reason, {"rank_correlation": round(rho, 4)})


def _parts(look: Look) -> Iterator[tuple[str, np.ndarray, int]]:
    """(name, code of each row, how many codes) of everything that could be hidden in a code."""
    values = look.values
    texts = pd.Series([_plain(v) for v in values.coded[1]], dtype=object).astype(str)
    place = values.coded[0]
    pieces: dict[str, pd.Series] = {
        "the letters at the beginning": texts.str.replace(r"[^A-Za-z].*$", "", regex=True).str.slice(0, 6),
        "the first character": texts.str.slice(0, 1), "the first two characters": texts.str.slice(0, 2),
        "the last character": texts.str.slice(-1), "the length": texts.str.len(),
    }
    if values.numbers is not None:
        pieces = {}  # the length and the first digits of a number are its size, which may matter honestly
    for name, column in pieces.items():
        codes, found = pd.factorize(column.to_numpy(dtype=object), use_na_sentinel=False)
        if 1 < len(found) <= 100:
            yield name, np.asarray(codes)[place], len(found)
    numbers = _trailing(values)
    has = ~np.isnan(numbers)
    if has.mean() < 0.9:
        return
    yield "whether the number is even or odd", (np.nan_to_num(numbers).astype(np.int64) % 2), 2
    yield "the last digit", (np.nan_to_num(numbers).astype(np.int64) % 10), 10
    rho = rank_correlation(numbers[has], look.order[has])
    if values.numbers is None or abs(rho) >= SIDE:
        placed = _out_of_line(numbers, look.order, rho)
        for name, measure in (("the size of the number", numbers), ("the place in the numbering", placed)):
            slices, names = Values(np.where(has, measure, np.nan)).levels
            yield name, slices, len(names)


def _out_of_line(numbers: np.ndarray, order: np.ndarray, rho: float) -> np.ndarray:
    """How far a number lies from where its row's time would put it."""
    filled = np.nan_to_num(numbers, nan=float(np.nanmedian(numbers)))
    sign = 1 if rho >= 0 else -1
    placed: np.ndarray = np.argsort(np.argsort(sign * filled, kind="stable")) - np.argsort(np.argsort(order, kind="stable"))
    return placed.astype(float)


def _trailing(values: Values) -> np.ndarray:
    """The last run of digits in each code, NaN where there is none."""
    if values.numbers is not None:
        return values.numbers
    if values.raw.dtype.kind == "M":
        return np.full(len(values), np.nan)
    codes, texts = values.coded
    found = [m[1] if (m := _LAST_DIGITS.search(str(t))) else "" for t in texts]
    return np.append([float(f[-15:]) if f else np.nan for f in found], np.nan)[codes]


def _plain(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value
