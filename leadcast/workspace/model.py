"""The keys of ``leadcast.toml``: how a user's own tables become leads, deals and their histories.

Plain declarations; this module gathers them. Reading and checking the file is in :mod:`leadcast.workspace.load`, applying it
to tables in :mod:`leadcast.mapping`. Each ``description`` is the sentence that ``docs/workspace.md`` prints.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from leadcast.workspace.forecast import ForecastKeys
from leadcast.workspace.funnel import FunnelKeys
from leadcast.workspace.promotion import Promotion
from leadcast.workspace.risks import RiskKeys
from leadcast.workspace.roles import (
    Attribute,
    Attributes,
    CostColumns,
    CostSource,
    DirectionColumn,
    EventColumns,
    EventSource,
    FieldColumns,
    FieldSource,
    LeadColumns,
    LeadSource,
    OpportunityColumns,
    OpportunitySource,
    OwnerColumns,
    OwnerSource,
    QuotaColumns,
    QuotaSource,
    RateColumns,
    RateSource,
)
from leadcast.workspace.rules import Rules, RuleWhen
from leadcast.workspace.service import ServiceKeys
from leadcast.workspace.stage_sources import (
    StageColumns,
    StagesFromCurrent,
    StagesFromDates,
    StagesFromEvents,
    StagesFromOutcome,
    StagesFromRows,
    StagesFromSilence,
    StageSource,
)
from leadcast.workspace.tables import Condition, Direction, Entity, FirstOf, Join, Keys, TableSource, Where

__all__ = [
    "Attribute", "Attributes", "Condition", "CostColumns", "CostSource", "Direction", "DirectionColumn", "Entity",
    "EventColumns", "EventSource", "FieldColumns", "FieldSource", "FirstOf", "ForecastKeys", "FunnelKeys", "General", "Join",
    "Keys", "LeadColumns", "LeadSource", "Leaks", "Links", "OpportunityColumns", "OpportunitySource", "OwnerColumns",
    "OwnerSource", "Pipeline", "Promotion", "QuotaColumns", "QuotaSource", "RateColumns", "RateSource", "RiskKeys", "Rules",
    "RuleWhen", "ServiceKeys", "StageColumns", "StageSource", "StagesFromCurrent", "StagesFromDates", "StagesFromEvents",
    "StagesFromOutcome", "StagesFromRows", "StagesFromSilence", "TableSource", "Target", "Team", "Where", "Workspace",
]


def _as_list(value: Any) -> Any:
    """A role may be one table (``[leads]``) or several (``[[leads]]``)."""
    return [value] if isinstance(value, dict) else value


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
    horizon_days: float | None = Field(None, gt=0, allow_inf_nan=False, description="default: found from the data's own pace")


class Links(Keys):
    """How events reach a lead or deal; each event counts once for each."""

    lead: list[Literal["lead", "contact", "account"]] = Field(
        ["lead", "contact"], description="the ids by which events reach a lead")
    opportunity: list[Literal["opportunity", "lead", "contact", "account"]] = Field(
        ["opportunity", "lead", "contact"], description="the ids by which events reach a deal; its own comes first and alone")
    shared: Literal["all", "nearest_open", "primary"] = Field(
        "all", description="an event that reaches several deals: all of them, the nearest open one, or the first (primary)")


class Leaks(Keys):
    """What the leakage gate lets pass."""

    allow: list[str] = Field(default_factory=list,
                             description="columns, as your table calls them, that models may use although they look like leaks")


class Team(Keys):
    """How much the people who work leads and deals can take up."""

    leads_per_day: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="how many leads (or deals) the team can take up a day")
    leads_per_week: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="the same by week; a number a day goes first")


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
    costs: Annotated[list[CostSource], BeforeValidator(_as_list)] = Field(
        default_factory=list, description="what campaigns cost")
    rates: Annotated[list[RateSource], BeforeValidator(_as_list)] = Field(default_factory=list, description="exchange rates")
    pipelines: Annotated[list[Pipeline], BeforeValidator(_as_list)] = Field(
        default_factory=list, description="the stages in order")
    targets: dict[str, Target] = Field(
        default_factory=dict, description="what to predict; default: mql, sql and win, as far as there are such stages")
    rules: Rules = Field(default=Rules(), description="points for what is seen, until there is enough to learn from")
    team: Team = Field(default=Team(), description="how many leads or deals the team can take up")
    leaks: Leaks = Field(default=Leaks(), description="what the leakage gate lets pass")
    links: Links = Field(default=Links(), description="how events reach leads and deals")
    promotion: Promotion = Field(default=Promotion(), description="when a newly trained model may take over")
    forecast: ForecastKeys = Field(default=ForecastKeys(), description="calendar, curve over time, where records begin")
    risks: RiskKeys = Field(default=RiskKeys(), description="from when on a deal or lead gets a risk flag")
    funnel: FunnelKeys = Field(default=FunnelKeys(), description="when a stage that has become worse is an alarm")
    service: ServiceKeys = Field(default=ServiceKeys(), description="how often scores are refreshed, how long answers are kept")
    folder: Path = Field(default=Path(), exclude=True, description="where leadcast.toml lies; set on reading")
