"""The keys of ``leadcast.toml``: how a user's own tables become leads, deals and their histories.

Plain declarations. Reading and checking the file is in :mod:`leadcast.workspace.load`, applying it to
tables in :mod:`leadcast.mapping`. Each ``description`` is the sentence that ``docs/workspace.md`` prints.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Entity = Literal["lead", "opportunity"]
Direction = Literal["from_us", "from_them"]


def _as_list(value: Any) -> Any:
    """A role may be one table (``[leads]``) or several (``[[leads]]``)."""
    return [value] if isinstance(value, dict) else value


class Keys(BaseModel):
    """A part of the file; an unknown key is a mistake, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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


class Attribute(Keys):
    """One further column of a lead or deal."""

    column: str | None = Field(None, description="the source column; default: the attribute's own name")
    type: Literal["category", "number", "flag", "time"] = Field("category", description="how the values are read")
    about: Literal["fit", "engagement"] = Field("fit", description="what it speaks of: who they are, or what they do")
    known: str = Field("creation", pattern=r"^(creation|outcome|stage:.+)$",
                       description='when it is known: "creation", "stage:NAME" or "outcome" (then never an input)')


def _attribute(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


Attributes = dict[str, Annotated[Attribute, BeforeValidator(_attribute)]]


class LeadColumns(Keys):
    """Our name = the user's column."""

    lead_id: str
    created_at: str | None = None
    order: str | None = Field(None, description="a column that rises with time, where there is no date")
    contact_id: str | None = None
    account_id: str | None = None
    owner: str | None = None
    source: str | None = None
    pipeline: str | None = None


class LeadSource(Keys):
    """A table of leads."""

    table: str
    where: Where = Field(default_factory=dict)
    order: Literal["file"] | None = Field(None, description='"file": undated leads stand in the file in order of time')
    columns: LeadColumns
    attributes: Attributes = Field(default_factory=dict)


class OpportunityColumns(Keys):
    """Our name = the user's column."""

    opportunity_id: str
    created_at: str | None = None
    lead_id: str | None = None
    contact_id: str | None = None
    account_id: str | None = None
    amount: str | None = None
    margin: str | None = None
    currency: str | None = None
    expected_close: str | None = None
    close_date: str | None = Field(None,
                                   description="one column that is the expectation while open and the outcome's date once closed")
    owner: str | None = None
    category: str | None = Field(None, description="the CRM's forecast category")
    pipeline: str | None = None


class OpportunitySource(Keys):
    """A table of deals, or deals derived from a lead's history."""

    table: str
    where: Where = Field(default_factory=dict)
    created_by_event: list[str] = Field(default_factory=list,
                                        description="the deal begins at its lead's first event of these types")
    columns: OpportunityColumns
    attributes: Attributes = Field(default_factory=dict)


class EventColumns(Keys):
    """Our name = the user's column; at least one of the four keys."""

    lead_id: str | None = None
    opportunity_id: str | None = None
    contact_id: str | None = None
    account_id: str | None = None
    occurred_at: str
    recorded_at: str | None = None
    event_id: str | None = None
    sequence: str | None = Field(None, description="a number that breaks ties of time")
    actor: str | None = None
    value: str | None = None


class DirectionColumn(Keys):
    """Who an event comes from, where a column says so."""

    column: str
    from_us: list[str] = Field(default_factory=list)
    from_them: list[str] = Field(default_factory=list)


class EventSource(Keys):
    """A table of events: page visits, e-mails, calls, a log."""

    table: str
    where: Where = Field(default_factory=dict)
    type: str = Field(description='a constant ("web_session") or composed from columns ("{channel}_{action}")')
    direction: Direction | DirectionColumn | None = Field(None, description='"from_us", "from_them", or a column that tells')
    never_inputs: list[str] = Field(default_factory=list,
                                    description="types written together with the outcome; kept, but no feature sees them")
    columns: EventColumns
    attributes: Attributes = Field(default_factory=dict)


class StageColumns(Keys):
    """Our name = the user's column."""

    id: str = Field(description="the lead's or deal's id")
    stage: str | None = None
    old_stage: str | None = Field(None, description="the value before the change; the first one is the stage at creation")
    entered_at: str | None = None
    recorded_at: str | None = None
    reason: str | None = None


class _StagesBase(Keys):
    entity: Entity
    where: Where = Field(default_factory=dict)
    values: dict[str, str] = Field(default_factory=dict,
                                   description="source value = our stage; a value that is not listed keeps its name")


class StagesFromRows(_StagesBase):
    """Rows that say when a stage was entered (or changed from old to new)."""

    from_: Literal["rows"] = Field(alias="from")
    table: str
    columns: StageColumns


class StagesFromEvents(_StagesBase):
    """Stage entries derived from events."""

    from_: Literal["events"] = Field(alias="from")
    events: dict[str, str] = Field(min_length=1, description="event type = our stage; several types may lead to one stage")
    occurrence: Literal["first", "every"] = Field("first", description="only the first entry of each stage, or every one")


class StagesFromDates(_StagesBase):
    """Date columns: the deal is won at ``won_date``."""

    from_: Literal["dates"] = Field(alias="from")
    table: str
    columns: StageColumns
    dates: dict[str, str] = Field(min_length=1, description="date column = our stage")


class StagesFromCurrent(_StagesBase):
    """A column that holds the stage of today; known only at the export unless a date column tells."""

    from_: Literal["current"] = Field(alias="from")
    table: str
    columns: StageColumns


class StagesFromOutcome(_StagesBase):
    """A plain outcome column in a table without dates (blank = open)."""

    from_: Literal["outcome"] = Field(alias="from")
    table: str
    columns: StageColumns
    won: list[str]
    lost: list[str] = Field(default_factory=list)
    open: list[str] = Field(default_factory=list)


class StagesFromSilence(_StagesBase):
    """Lost by rule: no event for so many days."""

    from_: Literal["silence"] = Field(alias="from")
    after_days: float = Field(gt=0)
    stage: str = "lost"


StageSource = Annotated[
    StagesFromRows | StagesFromEvents | StagesFromDates | StagesFromCurrent | StagesFromOutcome | StagesFromSilence,
    Field(discriminator="from_"),
]


class FieldColumns(Keys):
    """Our name = the user's column."""

    id: str
    field: str | None = None
    value: str
    old_value: str | None = None
    changed_at: str
    recorded_at: str | None = None


class FieldSource(Keys):
    """Rows that say when a field of a lead or deal changed."""

    entity: Entity
    table: str
    where: Where = Field(default_factory=dict)
    field: str | None = Field(None, description="the field, where the table is about one only")
    fields: dict[str, str] = Field(default_factory=dict,
                                   description="source field = our column or attribute; others are left out")
    columns: FieldColumns


class OwnerColumns(Keys):
    owner: str
    name: str | None = None
    manager: str | None = None
    region: str | None = None
    valid_from: str | None = None


class OwnerSource(Keys):
    """Who belongs to whom."""

    table: str
    where: Where = Field(default_factory=dict)
    columns: OwnerColumns


class QuotaColumns(Keys):
    owner: str | None = None
    region: str | None = None
    period: str = Field(description="2026, 2026-Q1, 2026-03 or the first day of the period")
    amount: str
    currency: str | None = None


class QuotaSource(Keys):
    """What an owner or region is to win in a period."""

    table: str
    where: Where = Field(default_factory=dict)
    columns: QuotaColumns


class RateColumns(Keys):
    currency: str
    valid_from: str
    rate: str = Field(description="units of the reporting currency for one unit of this one")


class RateSource(Keys):
    """Dated exchange rates into the reporting currency."""

    table: str
    where: Where = Field(default_factory=dict)
    columns: RateColumns


class Pipeline(Keys):
    """The stages of leads or deals, in the user's own words."""

    entity: Entity
    name: str = "default"
    stages: list[str] = Field(min_length=1, description="in order; the first is where one begins")
    won: list[str] = Field(default_factory=list)
    lost: list[str] = Field(default_factory=list)


class Target(Keys):
    """What a model is to say: will this stage be entered within the horizon?"""

    entity: Entity
    stages: list[str] = Field(default_factory=list, description="the stages that count as reached; default: the won ones")
    horizon_days: float | None = Field(None, gt=0, description="default: found from the data's own pace")


class Links(Keys):
    """How events reach a lead or deal; each event counts once for each."""

    lead: list[Literal["lead", "contact", "account"]] = ["lead", "contact"]
    opportunity: list[Literal["opportunity", "lead", "contact", "account"]] = ["opportunity", "lead", "contact"]
    shared: Literal["all", "nearest_open", "primary"] = Field(
        "all", description="an event that reaches several deals: all of them, the nearest open one, or the first (primary)")


class General(Keys):
    """The workspace itself."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="lowercase letters, digits and hyphens; names the models")
    data: str = Field(".", description="the folder of the files, seen from leadcast.toml; --data DIR overrides it")
    timezone: str | None = Field(None, description="of times written without an offset, such as Europe/Berlin")
    currency: str = Field("EUR", pattern=r"^[A-Z]{3}$", description="the reporting currency")
    ends_at: str | None = Field(None, description="when the data end; default: the newest recorded time")


class Workspace(Keys):
    """A whole ``leadcast.toml``."""

    workspace: General
    tables: dict[str, TableSource] = Field(min_length=1)
    leads: Annotated[list[LeadSource], BeforeValidator(_as_list)] = Field(default_factory=list)
    opportunities: Annotated[list[OpportunitySource], BeforeValidator(_as_list)] = Field(default_factory=list)
    events: Annotated[list[EventSource], BeforeValidator(_as_list)] = Field(default_factory=list)
    stages: Annotated[list[StageSource], BeforeValidator(_as_list)] = Field(default_factory=list)
    field_history: Annotated[list[FieldSource], BeforeValidator(_as_list)] = Field(default_factory=list)
    owners: Annotated[list[OwnerSource], BeforeValidator(_as_list)] = Field(default_factory=list)
    quotas: Annotated[list[QuotaSource], BeforeValidator(_as_list)] = Field(default_factory=list)
    rates: Annotated[list[RateSource], BeforeValidator(_as_list)] = Field(default_factory=list)
    pipelines: Annotated[list[Pipeline], BeforeValidator(_as_list)] = Field(default_factory=list)
    targets: dict[str, Target] = Field(default_factory=dict)
    links: Links = Links()
    folder: Path = Field(default=Path(), exclude=True, description="where leadcast.toml lies; set on reading")
