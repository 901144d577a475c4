"""Data sets for the comparison: rows in the order of time, one outcome each, and the columns that would give it away.

A set is a folder with ``data.csv`` (every row, oldest first) and ``meta.json``:

    {"id": "Lead Number", "order": "Lead Number" or "created_at": "first_contact_date",
     "target": "Converted", "positive": 1, "leaks": ["Tags"], "times": [], "roles": {"source": "Lead Source"},
     "source": "publisher and title"}

The newest 30 % of the rows are the test, the rest is what every model learns from.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

TEST_SHARE = 0.30
SECONDS_OF_A_DAY = 86_400


@dataclass(frozen=True)
class DataSet:
    """Rows in the order of time, with the names of the columns that are not inputs.

    Attributes
    ----------
    rows : every row, oldest first
    identity : column that names a row; never an input
    order : column that rises with time and says nothing else, or None
    created_at : column with the date or time of the row, or None
    target, positive : the outcome's column, and the value that means yes
    leaks : columns known only during or after the outcome
    times : further columns that hold a date
    roles : columns that a user of Leadcast would map to a role of a lead, e.g. {"owner": "sales_agent"}
    source : publisher and title
    """

    name: str
    rows: pd.DataFrame
    identity: str
    order: str | None
    created_at: str | None
    target: str
    positive: str
    leaks: tuple[str, ...]
    times: tuple[str, ...]
    roles: dict[str, str]
    source: str

    @property
    def usable(self) -> pd.DataFrame:
        """The rows without the leaks; ids, times, inputs and the outcome."""
        return self.rows.drop(columns=[name for name in self.leaks if name in self.rows])

    @property
    def first_test_row(self) -> int:
        return round(len(self.rows) * (1 - TEST_SHARE))

    @property
    def outcome(self) -> np.ndarray:
        """1.0 or 0.0 for every row, shape (n,)."""
        return (self.rows[self.target].astype(str) == self.positive).to_numpy(dtype=float)

    @property
    def test_outcome(self) -> np.ndarray:
        return self.outcome[self.first_test_row:]

    def inputs(self) -> pd.DataFrame:
        """What a peer may look at: the columns that are neither id, order, outcome nor leak; of created_at its calendar only.

        The date itself is left out: it only tells the training rows from the newer ones. Other dates become days before it.
        """
        frame = self.usable.drop(columns=[self.identity, self.target])
        if self.order in frame:
            frame = frame.drop(columns=[self.order])
        if self.created_at is not None:
            moment = pd.to_datetime(frame.pop(self.created_at), utc=True, format="mixed")
            for name in self.times:
                before = moment - pd.to_datetime(frame[name], utc=True, format="mixed")
                frame[name] = before.dt.total_seconds() / SECONDS_OF_A_DAY
            frame = frame.assign(created_month=moment.dt.month, created_weekday=moment.dt.weekday, created_hour=moment.dt.hour)
        return frame.loc[:, frame.iloc[: self.first_test_row].nunique() > 1]


def read_set(folder: Path) -> DataSet:
    """One set from its folder; see the head of this module for the files."""
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    rows = pd.read_csv(folder / "data.csv", low_memory=False)
    identity = meta["id"]
    rows[identity] = rows[identity].astype(str)
    return DataSet(folder.name, rows, identity, meta.get("order"), meta.get("created_at"), meta["target"], str(meta["positive"]),
                   tuple(meta.get("leaks", ())), tuple(meta.get("times", ())), meta.get("roles", {}), meta.get("source", ""))


def read_sets(folder: Path) -> list[DataSet]:
    """Every set below a folder, by name."""
    return [read_set(path.parent) for path in sorted(folder.glob("*/meta.json"))]
