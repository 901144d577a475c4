"""How a table of the feed is described: its columns, what kind each is of, and what it means."""

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

Kind = Literal["key", "text", "date", "time", "number", "count", "flag"]
TYPES: dict[Kind, pa.DataType] = {
    "key": pa.int64(), "text": pa.string(), "date": pa.date32(), "time": pa.timestamp("us", "UTC"), "number": pa.float64(),
    "count": pa.int64(), "flag": pa.bool_(),
}


@dataclass(frozen=True)
class Column:
    """A column of the feed.

    Attributes
    ----------
    of : the table whose row a key (or a date) names; None where it names none
    is_primary : no two rows of the table have the same
    """

    name: str
    kind: Kind
    meaning: str
    of: str | None = None
    is_primary: bool = False

    @property
    def key(self) -> str:
        """``primary``, the table that it points to, or nothing."""
        return "primary" if self.is_primary else f"-> {self.of}" if self.of else ""


@dataclass(frozen=True)
class Shape:
    """A table of the feed.

    Attributes
    ----------
    meaning : what one row is
    attributes_of : the entity whose attributes, named in leadcast.toml, come on top
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    attributes_of: Literal["lead", "opportunity"] | None = None

    @property
    def primary(self) -> str | None:
        return next((column.name for column in self.columns if column.is_primary), None)


def primary(name: str, meaning: str) -> Column:
    return Column(name, "key", meaning, is_primary=True)


def day(name: str, meaning: str) -> Column:
    """A date in the workspace's time zone, which finds its row in dim_date."""
    return Column(name, "date", meaning, "dim_date")


def times(**meanings: str) -> tuple[Column, ...]:
    return tuple(Column(name, "time", meaning) for name, meaning in meanings.items())


def texts(**meanings: str) -> tuple[Column, ...]:
    return tuple(Column(name, "text", meaning) for name, meaning in meanings.items())


def numbers(**meanings: str) -> tuple[Column, ...]:
    return tuple(Column(name, "number", meaning) for name, meaning in meanings.items())


def counts(**meanings: str) -> tuple[Column, ...]:
    return tuple(Column(name, "count", meaning) for name, meaning in meanings.items())


def flags(**meanings: str) -> tuple[Column, ...]:
    return tuple(Column(name, "flag", meaning) for name, meaning in meanings.items())


LEAD = Column("lead_key", "key", "the lead; 0 where it is about none", "dim_lead")
DEAL = Column("deal_key", "key", "the deal; 0 where it is about none", "dim_deal")
OWNER = Column("owner_key", "key", "the owner as the team stood at the row's moment; 0 where nobody owns it", "dim_owner")
SOURCE = Column("source_key", "key", "where it came from; 0 where that is not known", "dim_source")
STAGE = Column("stage_key", "key", "the stage in which it stands; 0 where none is known", "dim_stage")
MODEL = Column("model_key", "key", "the model that says so", "dim_model")
