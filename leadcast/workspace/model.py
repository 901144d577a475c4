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

    lead_id: str = Field(description="the lead's id")
    created_at: str | None = Field(None, description="when it came in; needed unless an order is given")
    order: str | None = Field(None, description="a column that rises with time, where there is no date")
    contact_id: str | None = Field(None, description="the contact it belongs to")
    account_id: str | None = Field(None, description="the account it belongs to")
    owner: str | None = Field(None, description="who works on it")
    source: str | None = Field(None, description="where it came from")
    pipeline: str | None = Field(None, description="the pipeline it runs through, by its name under [[pipelines]]")


class LeadSource(Keys):
    """A table of leads."""

    table: str = Field(description="a table under [tables]")
    where: Where = Field(default_factory=dict, description="which of its rows count")
    order: Literal["file"] | None = Field(None, description='"file": undated leads stand in the file in order of time')
    columns: LeadColumns = Field(description="which column is what")
    attributes: Attributes = Field(
        default_factory=dict, description='further columns that models may look at: name = "column" or a table of keys')


class OpportunityColumns(Keys):
    """Our name = the user's column."""

    opportunity_id: str = Field(description="the deal's id")
    created_at: str | None = Field(None, description="when it began; needed unless created_by_event is given")
    lead_id: str | None = Field(None, description="the lead it came from")
    contact_id: str | None = Field(None, description="the contact it belongs to")
    account_id: str | None = Field(None, description="the account it belongs to")
    amount: str | None = Field(None, description="what it is worth")
    margin: str | None = Field(None, description="what it earns")
    currency: str | None = Field(None, description="the currency of amount and margin; blank: the reporting currency")
    expected_close: str | None = Field(None, description="when it is expected to close")
    close_date: str | None = Field(None,
                                   description="one column that is the expectation while open and the outcome's date once closed")
    owner: str | None = Field(None, description="who works on it")
    category: str | None = Field(None, description="the CRM's forecast category")
    pipeline: str | None = Field(None, description="the pipeline it runs through, by its name under [[pipelines]]")


class OpportunitySource(Keys):
    """A table of deals, or deals derived from a lead's history."""

    table: str = Field(description="a table under [tables]")
    where: Where = Field(default_factory=dict, description="which of its rows count")
    created_by_event: list[str] = Field(default_factory=list,
                                        description="the deal begins at its lead's first event of these types")
    columns: OpportunityColumns = Field(description="which column is what")
    attributes: Attributes = Field(default_factory=dict, description="further columns that models may look at, as for leads")


class EventColumns(Keys):
    """Our name = the user's column; at least one of the four keys."""

    lead_id: str | None = Field(None, description="the lead it belongs to")
    opportunity_id: str | None = Field(None, description="the deal it belongs to; then it reaches no other")
    contact_id: str | None = Field(None, description="the contact it belongs to")
    account_id: str | None = Field(None, description="the account it belongs to")
    occurred_at: str = Field(description="when it happened")
    recorded_at: str | None = Field(None, description="when the CRM learned of it, where that may be later")
    event_id: str | None = Field(None, description="its id; a second row with the same id is a duplicate")
    sequence: str | None = Field(None, description="a number that breaks ties of time")
    actor: str | None = Field(None, description="who did it")
    value: str | None = Field(None, description="a number that goes with it, such as minutes or pages")


class DirectionColumn(Keys):
    """Who an event comes from, where a column says so."""

    column: str = Field(description="the column that tells")
    from_us: list[str] = Field(default_factory=list, description="its values for events from us")
    from_them: list[str] = Field(default_factory=list, description="its values for events from them")


class EventSource(Keys):
    """A table of events: page visits, e-mails, calls, a log."""

    table: str = Field(description="a table under [tables]")
    where: Where = Field(default_factory=dict, description="which of its rows count")
    type: str = Field(description='a constant ("web_session") or composed from columns ("{channel}_{action}")')
    direction: Direction | DirectionColumn | None = Field(None, description='"from_us", "from_them", or a column that tells')
    never_inputs: list[str] = Field(default_factory=list,
                                    description="types written together with the outcome; kept, but no feature sees them")
    columns: EventColumns = Field(description="which column is what")
    attributes: Attributes = Field(default_factory=dict, description="further columns to keep")


class StageColumns(Keys):
    """Our name = the user's column."""

    id: str = Field(description="the lead's or deal's id")
    stage: str | None = Field(None, description="the stage, or the outcome")
    old_stage: str | None = Field(None, description="the value before the change; the first one is the stage at creation")
    entered_at: str | None = Field(None, description="when it was entered")
    recorded_at: str | None = Field(None, description="when the CRM learned of it, where that may be later")
    reason: str | None = Field(None, description="why, for won and lost")


class _StagesBase(Keys):
    entity: Entity = Field(description="whose stages these are")
    where: Where = Field(default_factory=dict, description="which of its rows count")
    values: dict[str, str] = Field(default_factory=dict,
                                   description="source value = our stage; a value that is not listed keeps its name")


class StagesFromRows(_StagesBase):
    """Rows that say when a stage was entered (or changed from old to new)."""

    from_: Literal["rows"] = Field(alias="from", description="one row per stage entry, or per change from old to new")
    table: str = Field(description="a table under [tables]")
    columns: StageColumns = Field(description="which column is what")


class StagesFromEvents(_StagesBase):
    """Stage entries derived from events."""

    from_: Literal["events"] = Field(alias="from", description="what happened tells the stage")
    events: dict[str, str] = Field(min_length=1, description="event type = our stage; several types may lead to one stage")
    occurrence: Literal["first", "every"] = Field("first", description="only the first entry of each stage, or every one")


class StagesFromDates(_StagesBase):
    """Date columns: the deal is won at ``won_date``."""

    from_: Literal["dates"] = Field(alias="from", description="one date column per stage")
    table: str = Field(description="a table under [tables]")
    columns: StageColumns = Field(description="which column is what")
    dates: dict[str, str] = Field(min_length=1, description="date column = our stage")


class StagesFromCurrent(_StagesBase):
    """A column that holds the stage of today; known only at the export unless a date column tells."""

    from_: Literal["current"] = Field(alias="from", description="a column with the stage of today")
    table: str = Field(description="a table under [tables]")
    columns: StageColumns = Field(description="which column is what")


class StagesFromOutcome(_StagesBase):
    """A plain outcome column in a table without dates (blank = open)."""

    from_: Literal["outcome"] = Field(alias="from", description="a column with won, lost or open")
    table: str = Field(description="a table under [tables]")
    columns: StageColumns = Field(description="which column is what")
    won: list[str] = Field(description="values that mean won")
    lost: list[str] = Field(default_factory=list, description="values that mean lost")
    open: list[str] = Field(default_factory=list, description="values that mean open; blank does too")


class StagesFromSilence(_StagesBase):
    """Lost by rule: no event for so many days."""

    from_: Literal["silence"] = Field(alias="from", description="nothing happened for long")
    after_days: float = Field(gt=0, description="days of silence after which it counts as lost")
    stage: str = Field("lost", description="the stage it then enters")


StageSource = Annotated[
    StagesFromRows | StagesFromEvents | StagesFromDates | StagesFromCurrent | StagesFromOutcome | StagesFromSilence,
    Field(discriminator="from_"),
]


class FieldColumns(Keys):
    """Our name = the user's column."""

    id: str = Field(description="the lead's or deal's id")
    field: str | None = Field(None, description="the name of the field that changed")
    value: str = Field(description="its value after the change")
    old_value: str | None = Field(None, description="its value before the change")
    changed_at: str = Field(description="when it changed")
    recorded_at: str | None = Field(None, description="when the CRM learned of it, where that may be later")


class FieldSource(Keys):
    """Rows that say when a field of a lead or deal changed."""

    entity: Entity = Field(description="whose field this is")
    table: str = Field(description="a table under [tables]")
    where: Where = Field(default_factory=dict, description="which of its rows count")
    field: str | None = Field(None, description="the field, where the table is about one only")
    fields: dict[str, str] = Field(default_factory=dict,
                                   description="source field = our column or attribute; others are left out")
    columns: FieldColumns = Field(description="which column is what")


class OwnerColumns(Keys):
    owner: str = Field(description="as leads and deals name them")
    name: str | None = Field(None, description="how to print them")
    manager: str | None = Field(None, description="whom they report to")
    region: str | None = Field(None, description="where they sell")
    valid_from: str | None = Field(None, description="since when this is so")


class OwnerSource(Keys):
    """Who belongs to whom."""

    table: str = Field(description="a table under [tables]")
    where: Where = Field(default_factory=dict, description="which of its rows count")
    columns: OwnerColumns = Field(description="which column is what")


class QuotaColumns(Keys):
    owner: str | None = Field(None, description="whose quota it is")
    region: str | None = Field(None, description="which region's quota it is")
    period: str = Field(description="2026, 2026-Q1, 2026-03 or the first day of the period")
    amount: str = Field(description="what is to be won")
    currency: str | None = Field(None, description="its currency; blank: the reporting currency")


class QuotaSource(Keys):
    """What an owner or region is to win in a period."""

    table: str = Field(description="a table under [tables]")
    where: Where = Field(default_factory=dict, description="which of its rows count")
    columns: QuotaColumns = Field(description="which column is what")


class RateColumns(Keys):
    currency: str = Field(description="three letters, such as USD")
    valid_from: str = Field(description="since when this rate holds")
    rate: str = Field(description="units of the reporting currency for one unit of this one")


class RateSource(Keys):
    """Dated exchange rates into the reporting currency."""

    table: str = Field(description="a table under [tables]")
    where: Where = Field(default_factory=dict, description="which of its rows count")
    columns: RateColumns = Field(description="which column is what")


class Pipeline(Keys):
    """The stages of leads or deals, in the user's own words."""

    entity: Entity = Field(description="leads or deals")
    name: str = Field("default", description="as the pipeline column has it; needed where there are several")
    stages: list[str] = Field(min_length=1, description="in order; the first is where one begins")
    won: list[str] = Field(default_factory=list, description="the stages that end it well")
    lost: list[str] = Field(default_factory=list, description="the stages that end it otherwise")


class Target(Keys):
    """What a model is to say: will this stage be entered within the horizon?"""

    entity: Entity = Field(description="leads or deals")
    stages: list[str] = Field(default_factory=list, description="the stages that count as reached; default: the won ones")
    horizon_days: float | None = Field(None, gt=0, description="default: found from the data's own pace")


class Links(Keys):
    """How events reach a lead or deal; each event counts once for each."""

    lead: list[Literal["lead", "contact", "account"]] = Field(
        ["lead", "contact"], description="the ids by which events reach a lead")
    opportunity: list[Literal["opportunity", "lead", "contact", "account"]] = Field(
        ["opportunity", "lead", "contact"], description="the ids by which events reach a deal; its own comes first and alone")
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

    workspace: General = Field(description="the workspace itself")
    tables: dict[str, TableSource] = Field(min_length=1, description="your own tables, as they are, each under a name")
    leads: Annotated[list[LeadSource], BeforeValidator(_as_list)] = Field(default_factory=list, description="the tables of leads")
    opportunities: Annotated[list[OpportunitySource], BeforeValidator(_as_list)] = Field(
        default_factory=list, description="the tables of deals")
    events: Annotated[list[EventSource], BeforeValidator(_as_list)] = Field(
        default_factory=list, description="the tables of events")
    stages: Annotated[list[StageSource], BeforeValidator(_as_list)] = Field(
        default_factory=list, description="where stage entries come from")
    field_history: Annotated[list[FieldSource], BeforeValidator(_as_list)] = Field(
        default_factory=list, description="where changes of fields come from")
    owners: Annotated[list[OwnerSource], BeforeValidator(_as_list)] = Field(
        default_factory=list, description="who belongs to whom")
    quotas: Annotated[list[QuotaSource], BeforeValidator(_as_list)] = Field(default_factory=list, description="what is to be won")
    rates: Annotated[list[RateSource], BeforeValidator(_as_list)] = Field(default_factory=list, description="exchange rates")
    pipelines: Annotated[list[Pipeline], BeforeValidator(_as_list)] = Field(
        default_factory=list, description="the stages in order")
    targets: dict[str, Target] = Field(
        default_factory=dict, description="what to predict; default: mql, sql and win, as far as there are such stages")
    links: Links = Field(default=Links(), description="how events reach leads and deals")
    folder: Path = Field(default=Path(), exclude=True, description="where leadcast.toml lies; set on reading")
