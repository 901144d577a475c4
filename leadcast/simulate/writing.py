"""Files written block by block, the same bytes for the same world."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TextIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from leadcast.simulate import company
from leadcast.table import Table

Columns = Mapping[str, np.ndarray]


class Files:
    """CSV files in a folder and Parquet files in its ``truth``; each is begun by its first rows and closed at the end."""

    def __init__(self, folder: Path, truth: str, delimiter: str = ",") -> None:
        self.folder, self.truth, self.delimiter = folder, folder / truth, delimiter
        self._open = ExitStack()
        self._texts: dict[str, TextIO] = {}
        self._parquets: dict[str, pq.ParquetWriter] = {}

    def __enter__(self) -> "Files":
        self.truth.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._open.close()

    def csv(self, name: str, columns: Columns) -> None:
        """Rows of texts below those already there; None is an empty cell."""
        first = name not in self._texts
        if first:
            path = self.folder / f"{name}.csv"
            self._texts[name] = self._open.enter_context(path.open("w", encoding="utf-8", newline=""))
        frame = pd.DataFrame(dict(columns))
        frame.to_csv(self._texts[name], index=False, header=first, lineterminator="\n", sep=self.delimiter)

    def parquet(self, name: str, table: Table) -> None:
        """Rows of a table; times in microseconds, UTC."""
        arrow = pa.table({column: _arrow(table[column]) for column in table.names})
        if name not in self._parquets:
            writer = pq.ParquetWriter(self.truth / f"{name}.parquet", arrow.schema, compression="zstd")
            self._parquets[name] = self._open.enter_context(writer)
        self._parquets[name].write_table(arrow)


def _arrow(column: np.ndarray) -> pa.Array:
    if column.dtype.kind == "M":
        return pa.array(column, pa.timestamp("us", tz="UTC"))
    return pa.array(column, pa.string(), from_pandas=True) if column.dtype.kind == "O" else pa.array(column)


# ---- how the CRM writes its values --------------------------------------------------------------------------------


def local(times: np.ndarray) -> np.ndarray:
    """Local times without an offset, as the CRM's screens show them: 2024-07-01 08:16:21."""
    return _spaced(_text(times + company.UTC_OFFSET, "s"), " ")


def with_offset(times: np.ndarray) -> np.ndarray:
    """Local times with their offset: 2024-07-01T08:16:21+08:00."""
    texts = _text(times + company.UTC_OFFSET, "s")
    return np.array([None if text is None else f"{text}+08:00" for text in texts], dtype=object)


def day(times: np.ndarray) -> np.ndarray:
    """Local dates: 2024-07-01."""
    return _text(times + company.UTC_OFFSET, "D")


def epoch_ms(times: np.ndarray) -> np.ndarray:
    """Milliseconds since 1970."""
    return times.astype("datetime64[ms]").astype(np.int64)


def number(values: np.ndarray) -> np.ndarray:
    """Numbers as Python writes them, whole ones without a point; NaN as an empty cell."""
    return np.array([None if np.isnan(v) else str(int(v)) if v == int(v) else repr(float(v)) for v in values], dtype=object)


def _text(times: np.ndarray, unit: str) -> np.ndarray:
    texts = times.astype(f"datetime64[{unit}]").astype(str).astype(object)
    texts[np.isnat(times)] = None
    return texts


def _spaced(texts: np.ndarray, gap: str) -> np.ndarray:
    return np.array([None if text is None else text.replace("T", gap) for text in texts], dtype=object)
