"""The keys of [tables]: your own tables as they are, and how their values are cleaned."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Entity = Literal["lead", "opportunity"]
Direction = Literal["from_us", "from_them"]


class Keys(BaseModel):
    """A part of the file; an unknown key is a mistake, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Condition(Keys):
    """A test of one column, written as a table where equality is not enough."""

    in_: list[str | int | float | bool] | None = Field(None, alias="in", description="the value is one of these")
    not_in: list[str | int | float | bool] | None = Field(None, description="the value is none of these")
    present: bool | None = Field(None, description="true: the column is filled; false: it is missing")
    at_least: float | None = Field(None, description="a number not below this")
    at_most: float | None = Field(None, description="a number not above this")
    starts_with: str | None = Field(None, description="a text that begins so")
    contains: str | None = Field(None, description="a text that contains this")


Where = dict[str, str | int | float | bool | list[str | int | float | bool] | Condition]


class Join(Keys):
    """Columns looked up in another table; joins run in order, so chains work in both directions."""

    table: str = Field(description="the table to look in, by its name under [tables]")
    on: dict[str, str] = Field(min_length=1, description="our column = their column")
    columns: list[str] | dict[str, str] = Field(description='their columns to take, as a list or as { new_name = "their_name" }')
    where: Where = Field(default_factory=dict, description="rows of the other table that may match")
    prefer: str | None = Field(None,
                               description="where several rows match, the one with true, 1 or yes here wins; else the first")


class FirstOf(Keys):
    """One row per value of ``by``: the first in the given order (a log whose cases are its first events)."""

    by: str = Field(description="the column that names the case")
    order: list[str] = Field(default_factory=list, description="columns to sort by first; default: the order of the file")


class TableSource(Keys):
    """One of the user's own tables, as it is, and how its values are cleaned."""

    file: str | list[str] | None = Field(None,
                                         description="a .csv, .csv.gz, .parquet or .jsonl file in the data folder, or a list")
    query: str | None = Field(None, description="an SQL query, with url or url_env")
    url: str | None = Field(None, description="the database's SQLAlchemy URL (no password here: use url_env)")
    url_env: str | None = Field(None, description="the environment variable that holds the database's URL")
    of: str | None = Field(None, description="another table under [tables] to start from")
    delimiter: str = Field(",", min_length=1, max_length=1, description="what separates CSV columns")
    encoding: str = Field("utf-8", description="the CSV's encoding")
    decimal: Literal[".", ","] = Field(".", description='what stands before the decimals: "," reads 1.234,50 as 1234.5')
    reference: bool = Field(False, description="a lookup table (products, owners) that requests to the service do not carry")
    missing: list[str] = Field(default_factory=list, description='texts that mean "not filled in", besides the empty one')
    values: dict[str, dict[str, str]] = Field(default_factory=dict, description="per column, values to rename")
    times: dict[str, str] = Field(default_factory=dict,
                                  description='per column, "iso", "epoch_s", "epoch_ms" or a strptime format')
    compose: dict[str, str] = Field(default_factory=dict, description='new columns from others: full_type = "{channel}_{action}"')
    joins: list[Join] = Field(default_factory=list, description="columns looked up in other tables")
    where: Where = Field(default_factory=dict, description="rows to keep; all conditions must hold")
    first_of: FirstOf | None = Field(None, description="keep one row per case")
