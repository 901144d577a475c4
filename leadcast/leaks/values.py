"""A column's values as levels, numbers and times, whatever text they stand in."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from leadcast.draft.profile import ODD_WORDS

BINS = 24
SPIKE = 0.04
MOST_LEVELS = 400
READABLE = 0.95
LEAST = 12
FORMATS = ("%d.%m.%Y %H:%M", "%d.%m.%Y", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%d/%m/%Y")
DAY = 86_400_000_000
_DATE = re.compile(r"^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}")


@dataclass(frozen=True)
class Values:
    """One column of n entities.

    Attributes
    ----------
    raw : shape (n,); texts (None = missing), floats (NaN) or times (NaT)
    """

    raw: np.ndarray

    def __len__(self) -> int:
        return len(self.raw)

    def take(self, rows: np.ndarray) -> "Values":
        return Values(self.raw[rows])

    def with_words_for_blank_left_out(self) -> "Values":
        """Texts such as "unknown" as missing: who has another one has been asked."""
        if self.raw.dtype.kind != "O":
            return self
        blank = np.array([str(text).strip().lower() in ODD_WORDS for text in self.coded[1]], bool)
        if not blank.any():
            return self
        left = self.raw.copy()
        left[np.append(blank, False)[self.coded[0]]] = None
        return Values(left)

    @cached_property
    def filled(self) -> np.ndarray:
        if self.raw.dtype.kind == "M":
            return ~np.isnat(self.raw)
        return ~np.isnan(self.raw) if self.raw.dtype.kind == "f" else ~pd.isna(self.raw)

    @cached_property
    def coded(self) -> tuple[np.ndarray, np.ndarray]:
        """(place of each value among the distinct ones, -1 where missing; the distinct ones)."""
        codes, found = pd.factorize(self.raw)
        return np.where(self.filled, codes, -1), np.asarray(found)

    @property
    def distinct(self) -> int:
        return len(self.coded[1])

    @cached_property
    def days(self) -> np.ndarray | None:
        """Days since 1970 where the column holds dates, else None."""
        if self.raw.dtype.kind == "M":
            return np.where(self.filled, self.raw.astype("datetime64[us]").astype(np.int64) / DAY, np.nan)
        if self.raw.dtype.kind == "f" or not self.filled.any():
            return None
        codes, texts = self.coded
        if np.mean([bool(_DATE.match(str(t))) for t in texts[:200]]) < READABLE:
            return None
        parsed = _dates(pd.Series(texts, dtype=object).astype(str))
        return None if parsed is None else np.where(codes >= 0, np.append(parsed, np.nan)[codes], np.nan)

    @cached_property
    def numbers(self) -> np.ndarray | None:
        """The values as numbers where they are numbers, else None; decimal commas are read too."""
        if self.raw.dtype.kind == "f":
            return self.raw
        if self.raw.dtype.kind == "M" or not self.filled.any():
            return None
        codes, texts = self.coded
        told = pd.Series(texts, dtype=object).astype(str)
        read = pd.to_numeric(told, errors="coerce").to_numpy(float)
        if np.isnan(read).mean() > 1 - READABLE:
            read = pd.to_numeric(told.str.replace(".", "").str.replace(",", "."), errors="coerce").to_numpy(float)
        if np.isnan(read).mean() > 1 - READABLE:
            return None
        return np.where(codes >= 0, np.append(read, np.nan)[codes], np.nan)

    @cached_property
    def measured(self) -> np.ndarray | None:
        """Numbers or days, where there are more of them than one would take as levels; else None."""
        found = self.days if self.days is not None else self.numbers
        return found if found is not None and self.distinct > LEAST else None

    @cached_property
    def levels(self) -> tuple[np.ndarray, list[str]]:
        """(code of each value, its name); the last level is "missing", the one before rare values together.

        Numbers with many values become slices of equal size; a value that many share is a level of its own.
        """
        if self.measured is not None:
            return _sliced(self.measured, _day if self.days is not None else _number)
        codes, found = self.coded
        count = np.bincount(codes[codes >= 0], minlength=len(found))
        kept = np.argsort(-count, kind="stable")[:MOST_LEVELS]
        place = np.full(len(found) + 1, len(kept))
        place[kept] = np.arange(len(kept))
        place[-1] = len(kept) + 1
        return place[codes], [*(_named(v) for v in found[kept]), "rare values", "missing"]


def _named(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _number(value: float) -> str:
    return f"{value:g}"


def _day(value: float) -> str:
    return str(np.datetime64(int(value), "D"))


def _dates(texts: pd.Series) -> np.ndarray | None:
    for form in ("ISO8601", *FORMATS):
        try:
            parsed = pd.to_datetime(texts, format=form, errors="coerce", utc=True)
        except (ValueError, OverflowError):
            continue
        if parsed.notna().mean() >= READABLE:
            days = parsed.dt.tz_localize(None).to_numpy("datetime64[us]")
            return np.where(np.isnat(days), np.nan, days.astype(np.int64) / DAY)
    return None


def _sliced(numbers: np.ndarray, shown: Callable[[float], str]) -> tuple[np.ndarray, list[str]]:
    """Numbers as slices in rising order, values that many share apart."""
    has = ~np.isnan(numbers)
    values, count = np.unique(numbers[has], return_counts=True)
    spikes = values[count >= max(SPIKE * has.sum(), 5)]
    rest = has & ~np.isin(numbers, spikes)
    edges = np.unique(np.quantile(numbers[rest], np.linspace(0, 1, BINS + 1)[1:-1])) if rest.any() else np.empty(0)
    bounds = [(float(s), 1, shown(s)) for s in spikes]
    lows = [-np.inf, *edges]
    names = {slot: f"from {shown(low)}" if np.isfinite(low) else f"below {shown(edges[0])}" if len(edges) else "all"
             for slot, low in enumerate(lows)}
    bounds += [(float(low), 0, names[slot]) for slot, low in enumerate(lows)]
    order = sorted(range(len(bounds)), key=lambda i: bounds[i][:2])
    place = np.empty(len(bounds), np.int64)
    place[order] = np.arange(len(bounds))
    codes = np.full(len(numbers), len(bounds) + 1)
    codes[rest] = place[len(spikes) + np.searchsorted(edges, numbers[rest], "right")]
    if len(spikes):
        at = np.searchsorted(spikes, np.where(has, numbers, spikes[0]))
        mine = has & ~rest
        codes[mine] = place[at[mine]]
    return codes, [*(bounds[i][2] for i in order), "rare values", "missing"]
