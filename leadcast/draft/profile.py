"""What the columns of a user's file look like: the evidence from which a first mapping is drafted."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from leadcast.errors import SourceError

ROWS_LOOKED_AT = 200_000
NOT_FILLED_IN = ("", "select", "n/a", "na", "none", "null", "-", "unknown", "(not set)", "not provided")
FLAGS = {"0", "1", "true", "false", "yes", "no", "y", "n", "t", "f"}
_ISO = re.compile(r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?\s?(Z|[+-]\d{2}:?\d{2})?$")
_STRPTIME = (
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%Y/%m/%d",
    "%d-%m-%Y",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%d.%m.%Y %H:%M",
    "%m/%d/%Y %I:%M %p",
)


@dataclass(frozen=True)
class ColumnProfile:
    """One column: what its values are, how full and how varied.

    ``kind`` is time, number, flag, category or text; ``time_format`` is what ``[tables.X.times]`` would say.
    """

    name: str
    rows: int
    filled: int
    distinct: int
    kind: str
    top: tuple[str, ...]
    missing_words: tuple[str, ...] = ()
    time_format: str | None = None
    has_offset: bool = True

    @property
    def is_key(self) -> bool:
        """Nearly always filled and nearly never repeated: a broken row or two must not hide the key."""
        return (
            self.rows > 0
            and self.filled >= 0.98 * self.rows
            and self.distinct >= 0.98 * self.filled
            and self.kind not in ("time", "flag")
        )


@dataclass(frozen=True)
class TableProfile:
    """One file."""

    name: str
    file: str
    rows: int
    columns: tuple[ColumnProfile, ...]
    frame: pd.DataFrame

    def column(self, name: str | None) -> ColumnProfile | None:
        return next((c for c in self.columns if c.name == name), None)

    def of_kind(self, *kinds: str) -> list[ColumnProfile]:
        return [c for c in self.columns if c.kind in kinds]


def profile_file(path: Path, root: Path) -> TableProfile:
    """Look at a file's first rows.

    Raises
    ------
    SourceError : the file is absent, empty or of a kind that Leadcast does not read
    """
    frame = _read(path)
    if frame.empty:
        raise SourceError(f"{path.name} holds no rows; leadcast init needs some to look at.")
    name = re.sub(r"[^a-z0-9]+", "_", path.name.lower().split(".")[0]).strip("_")
    file = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
    return TableProfile(name, file, len(frame), tuple(profile_column(frame[c]) for c in frame.columns), frame)


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise SourceError(f"{path} is not a file; give leadcast init the files of your export.")
    try:
        if path.name.endswith((".csv", ".csv.gz")):
            return pd.read_csv(path, dtype=str, keep_default_na=False, nrows=ROWS_LOOKED_AT)
        if path.suffix == ".parquet":
            return pd.read_parquet(path).head(ROWS_LOOKED_AT).astype(str).replace({"nan": "", "None": "", "NaT": "", "<NA>": ""})
        if path.suffix == ".jsonl":
            return pd.read_json(path, lines=True, dtype=False, nrows=ROWS_LOOKED_AT).astype(str)
    except (ValueError, OSError, UnicodeDecodeError) as problem:
        raise SourceError(f"{path.name} cannot be read: {problem}") from None
    raise SourceError(f"{path.name} is no .csv, .csv.gz, .parquet or .jsonl file, which is what Leadcast reads.")


def profile_column(texts: pd.Series) -> ColumnProfile:
    """The kind, fill and variety of one column of texts."""
    texts = texts.str.strip()
    lower = texts.str.lower()
    words = tuple(sorted(w for w in texts[lower.isin(NOT_FILLED_IN)].unique() if w))
    values = texts[~lower.isin(NOT_FILLED_IN)]
    counts = values.value_counts()
    distinct = counts.index.to_series()
    kind, time_format, has_offset = _kind(distinct, counts.to_numpy())
    return ColumnProfile(
        str(texts.name), len(texts), len(values), len(counts), kind, tuple(counts.index[:12]), words, time_format, has_offset
    )


def _kind(distinct: pd.Series, counts: np.ndarray) -> tuple[str, str | None, bool]:
    if not len(distinct):
        return "category", None, True
    if set(distinct.str.lower()) <= FLAGS and 2 <= len(distinct) <= 4:
        return "flag", None, True
    sample, weight = distinct.head(2000), counts[:2000]
    total = weight.sum()
    if weight[sample.str.match(_ISO)].sum() >= 0.95 * total:
        return "time", "iso", bool(sample.str.contains(r"(?:Z|[+-]\d{2}:?\d{2})$").mean() > 0.95)
    numbers = pd.to_numeric(sample, errors="coerce")
    if weight[numbers.notna()].sum() >= 0.95 * total:
        return ("time", epoch, True) if (epoch := _epoch(numbers.dropna())) else ("number", None, True)
    for form in _STRPTIME:
        if weight[pd.to_datetime(sample, format=form, errors="coerce").notna()].sum() >= 0.95 * total:
            return "time", form, False
    return ("category" if len(distinct) <= max(50, 0.05 * counts.sum()) else "text"), None, True


def _epoch(numbers: pd.Series) -> str | None:
    """Numbers between the years 2000 and 2045 in seconds or milliseconds, with no other reading likely."""
    for form, unit in (("epoch_ms", 1000.0), ("epoch_s", 1.0)):
        if len(numbers) > 5 and numbers.between(946_684_800 * unit, 2_366_841_600 * unit).all():
            return form
    return None
