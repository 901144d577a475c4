"""The habits of real exports: values in several spellings, "Select", rows twice, rows that nobody can read."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from leadcast.simulate.writing import Columns

SPELLINGS = {
    "google": ("Google", "google", "Google Ads", " google"),
    "linkedin": ("LinkedIn", "Linkedin", "linkedin"),
    "Software": ("Software", "Software", "SaaS"),
    "Manufacturing": ("Manufacturing", "manufacturing", "Mfg"),
    "United States": ("United States", "USA", "U.S."),
    "Singapore": ("Singapore", "SG"),
}


class Dirt:
    """Spoils the columns of one table and counts what it planted; random, but the same for a seed.

    Attributes
    ----------
    planted : (file, what) -> rows, where what is "duplicate", "bad time" or "missing id"
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self.planted: Counter[tuple[str, str]] = Counter()

    def spelled(self, texts: np.ndarray, blanks: Sequence[str | None] = ("Select", None)) -> np.ndarray:
        """Several spellings of the same value, and several ways not to fill it in."""
        which = self._rng.integers(0, 12, len(texts))
        choices = {text: (SPELLINGS.get(text, (text,)) if text is not None else blanks) for text in set(texts)}
        return np.array([choices[text][w % len(choices[text])] for text, w in zip(texts, which, strict=True)], dtype=object)

    def flags(self, values: np.ndarray) -> np.ndarray:
        """Yes and no, as several hands write them."""
        words = (("No", "false", "0"), ("Yes", "true", "1"))
        which = self._rng.integers(0, 3, len(values))
        return np.array([words[int(v)][w] for v, w in zip(values, which, strict=True)], dtype=object)

    def thousands(self, texts: np.ndarray) -> np.ndarray:
        """Some large whole numbers with a comma: 1,200."""
        comma = self._rng.random(len(texts)) < 0.4
        large = np.array([text is not None and len(text) > 3 for text in texts], bool)
        return np.array([f"{int(t):,}" if c else t for t, c in zip(texts, comma & large, strict=True)], dtype=object)

    def twice(self, file: str, columns: Columns, share: float = 0.004) -> dict[str, np.ndarray]:
        """Some rows stand twice, the second time later in the file."""
        count = len(next(iter(columns.values())))
        again = np.flatnonzero(self._rng.random(count) < share)
        self.planted[file, "duplicate"] += len(again)
        return {name: np.concatenate([column, column[again]]) for name, column in columns.items()}

    def broken(self, file: str, columns: Columns, key: str, time: str, share: float = 0.002) -> dict[str, np.ndarray]:
        """Some more rows that cannot be read: every other one without its key, the rest with a time that is none."""
        count = len(next(iter(columns.values())))
        rows = np.flatnonzero(self._rng.random(count) < share)
        added = {name: column[rows].astype(object) for name, column in columns.items()}
        no_key = np.arange(len(rows)) % 2 == 0
        added[key][no_key] = None
        added[time][~no_key] = "00.00.0000"
        self.planted[file, "missing id"] += int(no_key.sum())
        self.planted[file, "bad time"] += int((~no_key).sum())
        return {name: np.concatenate([column.astype(object), added[name]]) for name, column in columns.items()}


def write_planted(path: Path, planted: Counter[tuple[str, str]]) -> None:
    """What was planted, as JSON: file -> what -> rows."""
    files = sorted({file for file, _ in planted})
    found = {file: {what: rows for (name, what), rows in sorted(planted.items()) if name == file and rows} for file in files}
    path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
