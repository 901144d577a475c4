"""Rules: points in log-odds for what a feature shows, so that there is an answer before anything can be learned."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property, partial

import numpy as np

AT_ONCE = 10_000
"""Rows looked at together, so that the memory for all questions at once stays bounded."""


@dataclass(frozen=True)
class Term:
    """One rule, tied to the columns of a contract; its points count once, for the first of its columns that fits.

    Attributes
    ----------
    columns : places in the contract, at least one
    at_least, at_most : a number within these fits, None = no bound
    codes : a category at one of these places of its levels fits, None = not asked
    missing : a value that is not known fits (and nothing else)
    """

    columns: tuple[int, ...]
    points: float
    why: str
    at_least: float | None = None
    at_most: float | None = None
    codes: tuple[int, ...] | None = None
    missing: bool = False

    def questions(self) -> Iterator[tuple[int, float, float]]:
        """What it asks: a column, and the lowest and the highest value that fit; NaN for both where only a missing one does."""
        low = -np.inf if self.at_least is None else self.at_least
        high = np.inf if self.at_most is None else self.at_most
        bounds = [(np.nan, np.nan)] if self.missing else [(low, high)] if self.codes is None else [(c, c) for c in self.codes]
        return ((column, *bound) for column in self.columns for bound in bounds)


@dataclass(frozen=True)
class Rules:
    """Points added up, from a base: no training is needed, though the points may have been scaled by what came true."""

    base: float
    terms: tuple[Term, ...]
    kind: str = "rules"

    def log_odds(self, values: np.ndarray) -> np.ndarray:
        total, (rows, _, points) = np.full(len(values), self.base), self._given(values)
        np.add.at(total, rows, points)
        return total

    def contributions(self, values: np.ndarray) -> tuple[np.ndarray, float]:
        parts, (rows, columns, points) = np.zeros(values.shape), self._given(values)
        np.add.at(parts, (rows, columns), points)
        return parts, self.base

    def by_group(self, group: np.ndarray, groups: int) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, float]]:
        return partial(self._split, group, groups)

    def _split(self, group: np.ndarray, groups: int, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        total, sums = np.full(len(values), self.base), np.zeros((groups, len(values)))
        rows, columns, points = self._given(values)
        np.add.at(total, rows, points)
        np.add.at(sums, (group[columns], rows), points)
        return total, sums, self.base

    def _given(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Row, column and points of every term that fits, by row, then in the order of the terms; each of shape (given,)."""
        term, column, low, high, points = self._questions
        before = np.searchsorted(term, term)  # the first question of the same term
        found = []
        for start in range(0, len(values), AT_ONCE):
            seen = values[start:start + AT_ONCE, column]
            fits = ((seen >= low) & (seen <= high)) | (np.isnan(low) & np.isnan(seen))
            so_far = np.cumsum(fits, axis=1)
            first = fits & (so_far - (so_far - fits)[:, before] == 1)
            rows, questions = np.nonzero(first)
            found.append((rows + start, column[questions], points[questions]))
        empty = np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
        rows, columns, given = (np.concatenate(parts) for parts in zip(empty, *found, strict=True))
        return rows, columns, given

    @cached_property
    def _questions(self) -> tuple[np.ndarray, ...]:
        """Of every question: its term's number, the column, the lowest and the highest fit, the points; each (questions,)."""
        asked = [(number, *question, term.points) for number, term in enumerate(self.terms) for question in term.questions()]
        number, column, *rest = np.array(asked, float).reshape(-1, 5).T
        return number.astype(np.int64), column.astype(np.int64), *rest

    def to_text(self) -> str:
        return json.dumps({"base": self.base, "terms": [asdict(term) for term in self.terms]}, allow_nan=False) + "\n"

    @classmethod
    def from_text(cls, text: str) -> "Rules":
        data = json.loads(text)
        return cls(float(data["base"]), tuple(_term(**term) for term in data["terms"]))


def _term(columns: list[int], codes: list[int] | None, points: float, why: str, at_least: float | None, at_most: float | None,
          missing: bool) -> Term:
    return Term(tuple(columns), points, why, at_least, at_most, None if codes is None else tuple(codes), missing)
