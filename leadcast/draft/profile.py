"""What the columns of a user's file look like: the evidence from which a first mapping is drafted."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import pandas as pd

from leadcast.draft.kinds import kind_of
from leadcast.draft.words import COLUMN_WORDS, slug

EPOCHS: dict[str | None, Literal["s", "ms"]] = {"epoch_s": "s", "epoch_ms": "ms"}
NOT_FILLED_IN = {"select", "n/a", "#n/a", "null", "-", "--", "nan", "(not set)", "not set", "not provided", "(blank)",
                 "[[unknown]]", "(no value)", "no value", "(empty)", "(none)"}
"""Words that mean "not filled in" wherever they stand often; "none" and "unknown" may be answers."""
ODD_WORDS = NOT_FILLED_IN | {"none", "unknown", "na", "?"}


@dataclass(frozen=True)
class ColumnProfile:
    """One column: what its values are, how full and how varied.

    Attributes
    ----------
    kind : time, number, flag, category or text
    time_format : what ``[tables.X.times]`` would say
    has_offset : its times say how far they are from UTC
    day_or_month : dates that can be read either way
    decimal_comma : its numbers are written 1.234,50
    missing_words : words that mean "not filled in", each often enough to be no accident
    top : the most frequent values
    """

    name: str
    rows: int
    filled: int
    distinct: int
    kind: str
    top: tuple[str, ...] = ()
    missing_words: tuple[str, ...] = ()
    time_format: str | None = None
    has_offset: bool = True
    day_or_month: bool = False
    decimal_comma: bool = False

    @property
    def is_key(self) -> bool:
        """Nearly always filled and nearly never repeated: a broken row or two must not hide the key."""
        full = self.filled >= 0.98 * self.rows and self.distinct >= 0.98 * self.filled
        return self.rows > 0 and full and self.kind not in ("time", "flag") and not self.is_fraction

    @property
    def is_fraction(self) -> bool:
        """Numbers with decimals: an amount, never a key."""
        return self.kind == "number" and any("." in value or "," in value for value in self.top)


@dataclass(frozen=True)
class TableProfile:
    """One of the user's tables.

    Attributes
    ----------
    files : its files, as ``[tables]`` names them
    frame : its rows as texts, NaN where missing
    options : further keys of ``[tables.NAME]``: delimiter, encoding, decimal
    """

    name: str
    files: tuple[str, ...]
    columns: tuple[ColumnProfile, ...]
    frame: pd.DataFrame = field(repr=False)
    options: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return len(self.frame)

    @cached_property
    def by_name(self) -> dict[str, ColumnProfile]:
        return {c.name: c for c in self.columns}

    def column(self, name: str | None) -> ColumnProfile | None:
        return self.by_name.get(name or "")

    @cached_property
    def _prefix(self) -> str:
        """What all columns begin with, such as "Deal - "."""
        first = self.columns[0].name if len(self.columns) > 1 else ""
        shared = [first[:end] for end in range(len(first)) if all(c.name.startswith(first[:end]) for c in self.columns)]
        return next((s for s in reversed(shared) if s.endswith((" - ", ".", ": "))), "")

    def short(self, column: str) -> str:
        """A column's name without what all columns begin with."""
        return column.removeprefix(self._prefix)

    def fits(self, pattern: str, column: str) -> bool:
        """Whether a pattern of :data:`COLUMN_WORDS` fits a column's name."""
        return re.fullmatch(pattern, slug(self.short(column)).replace("_", "")) is not None

    def of_kind(self, *kinds: str) -> list[ColumnProfile]:
        return [c for c in self.columns if c.kind in kinds]

    def values(self, column: str | None, most: int = 60) -> list[str]:
        """The most frequent values, frequent ones first."""
        profile = self.column(column)
        if profile is None:
            return []
        counts = self.frame[profile.name].value_counts()
        return [v for v in counts.index[:most] if v not in profile.missing_words]

    def moments(self, column: str) -> pd.Series:
        """A column's times, UTC, NaT where there is none; without an offset they are taken as UTC."""
        profile, texts = self.by_name[column], self.frame[column]
        if unit := EPOCHS.get(profile.time_format):
            return pd.to_datetime(pd.to_numeric(texts, errors="coerce"), unit=unit, errors="coerce", utc=True)
        form = "ISO8601" if profile.time_format in (None, "iso") else profile.time_format
        return pd.to_datetime(texts, errors="coerce", utc=True, format=form)

    def find(self, word: str, *kinds: str, but: tuple[str | None, ...] = ()) -> str | None:
        """The column whose name fits the word best and whose values are of one of these kinds."""
        free = [c.name for c in self.columns if c.filled and c.name not in but and (not kinds or c.kind in kinds)]
        return next((name for pattern in COLUMN_WORDS[word] for name in free if self.fits(pattern, name)), None)


def profile_column(texts: pd.Series) -> ColumnProfile:
    """The kind, fill and variety of one column of texts (NaN = missing)."""
    counts = texts.value_counts()
    plain = [v for v in counts.index if str(v).lower() not in ("false", "true")]
    false = {"false"} if len(plain) > 1 else set()  # Odoo writes False where nothing is
    counts.index = counts.index.astype(str)
    odd = counts[[str(v).lower() in ODD_WORDS | false for v in counts.index]]
    kind = kind_of(str(texts.name), counts.drop(odd.index))
    if kind.kind == "flag":
        odd = odd[[str(v).lower() not in ("false",) for v in odd.index]]
    means_missing = (NOT_FILLED_IN if kind.kind in ("category", "text") else ODD_WORDS) | false
    often = max(2, 0.002 * counts.sum())
    words = tuple(sorted(str(w) for w, n in odd.items() if str(w).lower() in means_missing and n >= often))
    values = counts.drop(list(words))
    return ColumnProfile(
        str(texts.name), len(texts), int(values.sum()), len(values), kind.kind, tuple(map(str, values.index[:12])), words,
        kind.time_format, kind.has_offset, kind.day_or_month, kind.decimal_comma)
