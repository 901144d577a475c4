"""The parts that a number or code is made of: letters, digits, places, runs between separators."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leadcast.leaks.measures import rank_correlation, ranks
from leadcast.leaks.values import Values

SIDE = 0.9
LEVELS = 100
FRONT, BACK, RUNS = 16, 4, 4
SIZE = 0.01
_RUNS = re.compile(r"[A-Za-z]+|\d+")
_PLACES = ("first", "second", "third", "fourth")


@dataclass(frozen=True)
class Piece:
    """One part of a code: its name in words, and the level that each row has; n levels."""

    name: str
    codes: np.ndarray
    levels: int


def pieces_of(values: Values, order: np.ndarray) -> list[Piece]:
    """Everything that could be hidden in a code, of all rows; rows without a value are level 0 of each piece."""
    filled = values.filled
    if values.numbers is not None:
        numbers = np.where(filled, values.numbers, np.nan)
        return [*_of_digits(numbers), *_of_place(numbers, order, named="the number", counted=False)]
    found = [*_of_texts(values)]
    for run, numbers in _runs_of_digits(values):
        found += [*_of_digits(numbers), *_of_place(numbers, order, named=run, counted=True)]
    return found


def trailing_number(values: Values) -> np.ndarray:
    """The number itself, or the last run of digits in each code; NaN where there is none."""
    if values.numbers is not None:
        return values.numbers
    if values.raw.dtype.kind == "M":
        return np.full(len(values), np.nan)
    runs = [[r for r in _RUNS.findall(str(t)) if r.isdigit()] for t in values.coded[1]]
    return np.append([float(r[-1][-15:]) if r else np.nan for r in runs], np.nan)[values.coded[0]]


def _of_texts(values: Values) -> Iterator[Piece]:
    """Letters at the beginning, single characters by their place, runs of letters, the length."""
    place, texts = values.coded[0], [str(t) for t in values.coded[1]]
    width = max(len(t) for t in texts)
    letters = np.array([t.ljust(width) for t in texts], f"U{width}").view("U1").reshape(len(texts), width)
    ended = np.array([t.rjust(width) for t in texts], f"U{width}").view("U1").reshape(len(texts), width)
    runs = [[r for r in _RUNS.findall(t) if r.isalpha()] for t in texts]
    told: list[tuple[str, np.ndarray]] = [(f"the character at place {at + 1}", letters[:, at]) for at in range(min(FRONT, width))]
    told += [("the last character" if at == 0 else f"the character at place {at + 1} from the end", ended[:, width - 1 - at])
             for at in range(min(BACK, width))]
    told += [(f"the {_PLACES[k]} run of letters", np.array([r[k] if k < len(r) else "" for r in runs])) for k in range(RUNS)]
    told += [("the first two characters", np.array([t[:2] for t in texts])), ("the length", np.array([len(t) for t in texts]))]
    for name, parts in told:
        codes, found = pd.factorize(parts)
        if 1 < len(found) <= LEVELS:
            yield Piece(name, np.append(codes, 0)[place], len(found))


def _runs_of_digits(values: Values) -> Iterator[tuple[str, np.ndarray]]:
    """(name, the number) of each run of digits that nearly every code has."""
    place, texts = values.coded
    runs = [[r for r in _RUNS.findall(str(t)) if r.isdigit()] for t in texts]
    many = int(np.quantile([len(r) for r in runs], 0.1))
    for k in range(min(many, RUNS)):
        numbers = np.append([float(r[k][-15:]) if k < len(r) else np.nan for r in runs], np.nan)[place]
        yield "the number" if many == 1 else f"the {_PLACES[k]} number", numbers


def _of_digits(numbers: np.ndarray) -> Iterator[Piece]:
    """Even or odd, and the digits too low to be the number's size."""
    has = ~np.isnan(numbers)
    whole = np.nan_to_num(numbers).astype(np.int64)
    largest = SIZE * float(np.median(np.abs(whole[has]))) if has.any() else 0.0
    yield Piece("whether the number is even or odd", whole % 2, 2)
    yield Piece("the last digit", whole % 10, 10)
    for power in range(1, 12):
        if 10**power > largest:
            return
        yield Piece(f"the digit before the last {power}", whole // 10**power % 10, 10)


def _of_place(numbers: np.ndarray, order: np.ndarray, named: str, counted: bool) -> Iterator[Piece]:
    """How large it is, and how far it lies from where its row's time would put it; a measure's size may matter honestly."""
    has = ~np.isnan(numbers)
    rho = rank_correlation(numbers[has], order[has])
    if not counted and abs(rho) < SIDE:
        return
    sign = 1 if rho >= 0 else -1
    placed = np.full(len(numbers), np.nan)
    placed[has] = ranks(sign * numbers[has]) - ranks(order[has])
    for name, measure in ((f"the size of {named}", numbers), (f"the place of {named} in the numbering", placed)):
        slices, names = Values(measure).levels
        yield Piece(name, slices, len(names))
