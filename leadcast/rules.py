"""Rules: points in log-odds for what a feature shows, so that there is an answer before anything can be learned."""

import json
from dataclasses import asdict, dataclass

import numpy as np


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

    def fits(self, values: np.ndarray) -> np.ndarray:
        """Which of the term's columns fit, boolean, shape (n, columns)."""
        seen = values[:, list(self.columns)]
        if self.missing:
            return np.isnan(seen)
        if self.codes is not None:
            return np.isin(seen, self.codes)
        low = -np.inf if self.at_least is None else self.at_least
        high = np.inf if self.at_most is None else self.at_most
        return (seen >= low) & (seen <= high)


@dataclass(frozen=True)
class Rules:
    """Points added up, from a base: no training is needed, though the points may have been scaled by what came true."""

    base: float
    terms: tuple[Term, ...]
    kind: str = "rules"

    def log_odds(self, values: np.ndarray) -> np.ndarray:
        total = np.full(len(values), self.base)
        for term in self.terms:
            total += np.where(term.fits(values).any(1), term.points, 0.0)
        return total

    def contributions(self, values: np.ndarray) -> tuple[np.ndarray, float]:
        parts = np.zeros(values.shape)
        for term in self.terms:
            fits = term.fits(values)
            rows = np.flatnonzero(fits.any(1))
            parts[rows, np.array(term.columns)[fits[rows].argmax(1)]] += term.points
        return parts, self.base

    def to_text(self) -> str:
        return json.dumps({"base": self.base, "terms": [asdict(term) for term in self.terms]}, allow_nan=False) + "\n"

    @classmethod
    def from_text(cls, text: str) -> "Rules":
        data = json.loads(text)
        return cls(float(data["base"]), tuple(_term(**term) for term in data["terms"]))


def _term(columns: list[int], codes: list[int] | None, points: float, why: str, at_least: float | None, at_most: float | None,
          missing: bool) -> Term:
    return Term(tuple(columns), points, why, at_least, at_most, None if codes is None else tuple(codes), missing)
