"""What a report consists of, before anybody writes it: sentences, tiles, charts and tables of plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["text", "money", "count", "expected", "percent", "days", "date", "times", "number", "points", "yes"]
"""How a value is written: expected keeps a digit of small numbers; times is a ratio; yes is true or false; a date is an ISO
moment, UTC, of which the day is shown."""
Row = Mapping[str, Any]
Sentence = Sequence[str]
"""Parts of a sentence, of which some are :class:`serving.report.words.Strong`."""


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    key : of the rows' values; a missing one is None
    meaning : for who wonders what it says
    bar : shares as bars, too
    adds_up : the rows make up a total
    signed : more than nothing is written with a plus
    on_paper : does it stand in the HTML file, where there is less room than in a workbook?
    """

    key: str
    label: str
    kind: Kind = "text"
    meaning: str = ""
    bar: bool = False
    adds_up: bool = False
    signed: bool = False
    on_paper: bool = True


@dataclass(frozen=True)
class Table:
    """Rows of plain values.

    Attributes
    ----------
    foot : a row for all of them together, where one is told
    none : what is said where there are no rows
    """

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    foot: Row | None = None
    none: str = "Nothing to tell."


@dataclass(frozen=True)
class Said:
    """A paragraph.

    Attributes
    ----------
    kind : lead (the answer of a section), plain, or quiet
    """

    text: Sentence
    kind: Literal["lead", "plain", "quiet"] = "plain"


@dataclass(frozen=True)
class Tile:
    """A figure that is read at a glance."""

    label: str
    value: str
    note: str = ""
    tone: Literal["", "main", "good", "warn", "bad"] = ""


@dataclass(frozen=True)
class Tiles:
    """Figures side by side."""

    tiles: Sequence[Tile]


@dataclass(frozen=True)
class Chart:
    """A template of the page with its rows.

    Attributes
    ----------
    name : of the template in serving/page/static/charts
    alt : its message in a sentence
    data : further data sets by name
    without : marks of this style are left out
    """

    name: str
    rows: Sequence[Row]
    alt: str
    height: int
    data: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    without: str = ""


@dataclass(frozen=True)
class Heading:
    """The title of a part of a section, and what it means."""

    text: str
    meaning: str = ""


Block = Said | Tiles | Chart | Heading | Table


@dataclass(frozen=True)
class Section:
    """A view of the page."""

    name: str
    title: str
    blocks: Sequence[Block]


def known_columns(table: Table, kinds: Sequence[Kind] | None = None) -> list[Column]:
    """The columns without those of which nothing is known; the first one always stays.

    Parameters
    ----------
    kinds : only columns of these kinds are left out; None: of any
    """
    told = [row for row in (*table.rows, table.foot) if row is not None]
    return [column for place, column in enumerate(table.columns) if not told
            or not place or (kinds is not None and column.kind not in kinds)
            or any(row.get(column.key) not in (None, "") for row in told)]


def notes_said(notes: Sequence[str]) -> list[Said]:
    """Notes of an answer, each once."""
    return [Said((note,), "quiet") for note in dict.fromkeys(notes)]


def plain_text(sentence: Sentence) -> str:
    """A sentence without emphasis."""
    return "".join(sentence)
