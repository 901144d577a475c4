"""A table of named NumPy columns: what a history keeps inside; pandas stands at the edges."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

TIME = np.dtype("datetime64[us]")
NOT_A_TIME = np.datetime64("NaT", "us")


class Table:
    """Columns of equal length. Times are ``datetime64[us]`` in UTC, numbers float64, texts object (None = missing).

    Examples
    --------
    >>> t = Table({"lead_id": np.array(["a", "b"], dtype=object), "amount": np.array([1.0, 2.0])})
    >>> t.take(np.array([1]))["lead_id"].tolist(), t.rows, "amount" in t
    (['b'], 2, True)
    """

    __slots__ = ("_codes", "_columns", "rows")

    def __init__(self, columns: Mapping[str, np.ndarray]) -> None:
        self._columns = dict(columns)
        self._codes: dict[str, tuple[np.ndarray, list[str]]] = {}
        self.rows = len(next(iter(self._columns.values()))) if self._columns else 0

    def __getitem__(self, name: str) -> np.ndarray:
        return self._columns[name]

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    @property
    def names(self) -> list[str]:
        return list(self._columns)

    def coded(self, name: str) -> tuple[np.ndarray, list[str]]:
        """A text column as codes (-1 = missing) and the texts they stand for, in order of appearance; worked out once."""
        if name not in self._codes:
            codes, texts = pd.factorize(self._columns[name])
            self._codes[name] = codes, list(texts)
        return self._codes[name]

    def take(self, rows: np.ndarray) -> "Table":
        """The rows of a mask or of positions, in that order."""
        return Table({name: column[rows] for name, column in self._columns.items()})

    def with_columns(self, **columns: np.ndarray) -> "Table":
        """The same table with columns added or replaced."""
        return Table({**self._columns, **columns})

    def frame(self) -> pd.DataFrame:
        """A pandas copy; times become timezone-aware UTC."""
        frame = pd.DataFrame({name: column.copy() for name, column in self._columns.items()})
        for name, column in self._columns.items():
            if column.dtype == TIME:
                frame[name] = frame[name].dt.tz_localize("UTC")
        return frame

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> "Table":
        """Times (aware, or naive UTC) to ``datetime64[us]``, numbers and flags to float64, the rest to object with None."""
        return cls({str(name): _column(frame[name]) for name in frame.columns})

    @classmethod
    def empty(cls, times: Iterable[str] = (), numbers: Iterable[str] = (), texts: Iterable[str] = ()) -> "Table":
        """No rows, but every column of its kind."""
        columns: dict[str, np.ndarray] = {name: np.empty(0, TIME) for name in times}
        columns |= {name: np.empty(0, np.float64) for name in numbers}
        columns |= {name: np.empty(0, object) for name in texts}
        return cls(columns)


def missing_of(dtype: np.dtype) -> object:
    """What stands for a missing value in a column of this kind."""
    return NOT_A_TIME if dtype.kind == "M" else np.nan if dtype.kind == "f" else None


def typed(texts: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Field values as a column of this kind; they are kept as text, numbers as Python writes them, times in ISO format, UTC."""
    if dtype.kind == "O":
        return texts.copy()
    if dtype.kind == "M":
        return np.array([NOT_A_TIME if t is None else np.datetime64(t, "us") for t in texts], TIME)
    return np.array([np.nan if t is None else float(t) for t in texts])


def _column(series: pd.Series) -> np.ndarray:
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        return np.asarray(series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(), dtype=TIME)
    if series.dtype.kind == "M":
        return np.asarray(series.to_numpy(), dtype=TIME)
    if series.dtype.kind in "biuf":
        return series.to_numpy(dtype=np.float64, na_value=np.nan)
    texts = series.astype(object).to_numpy(dtype=object, copy=True)
    texts[pd.isna(texts)] = None
    return texts
