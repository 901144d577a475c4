"""What was read and what was wrong with it: counted, kept with an example, never dropped in silence."""

from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Finding:
    """One kind of trouble in one table, with how often and one example."""

    table: str
    problem: str
    rows: int
    example: str
    rejected: bool


@dataclass(frozen=True)
class SourceRows:
    """The raw rows that became leads or deals, in their order, every column as text (NaN = missing), mapped or not."""

    key: str
    table: str
    frame: pd.DataFrame


@dataclass
class Quality:
    """The data-quality report of one reading.

    ``read`` and ``kept`` count rows by canonical table; ``rejected`` holds the rejected raw rows by table,
    with a column ``reason``; ``findings`` say what was wrong, rejected or only worth knowing; ``sources`` keeps the raw rows
    of leads and deals for the leakage gate (not those of a request).
    """

    read: dict[str, int] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    rejected: dict[str, pd.DataFrame] = field(default_factory=dict)
    sources: dict[str, list[SourceRows]] = field(default_factory=dict)
