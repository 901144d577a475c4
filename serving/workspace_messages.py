"""What the service tells of the workspace it answers for, as types."""

from pydantic import BaseModel, Field

from leadcast.vocabulary import Entity
from serving.caller import Scope
from serving.messages import Moment


class Choice(BaseModel):
    """Something to choose, and how people call it."""

    name: str
    label: str


class PeriodChoice(Choice):
    """A period to choose: its start belongs to it, its end does not."""

    start: Moment
    end: Moment


class TargetTold(BaseModel):
    """A target that a model answers for."""

    name: str
    entity: Entity
    horizon_days: float | None = Field(description="null: of the final outcome")
    won: bool = Field(description="is it to be won?")


class PipelineTold(BaseModel):
    """A pipeline with its stages in order."""

    name: str
    entity: Entity
    stages: list[str]
    won: list[str]
    lost: list[str]


class Team(BaseModel):
    """Whose leads and deals there are, as the teams are now; a limited key sees its own."""

    region: list[Choice]
    manager: list[Choice]
    owner: list[Choice]


class CallerTold(BaseModel):
    """Who asks."""

    name: str
    scopes: list[Scope]
    limited: bool = Field(description="sees some owners' records alone")
    signed_in: bool = Field(description="with a session of the page")


class WorkspaceAnswer(BaseModel):
    """The workspace, in the words that other calls take."""

    name: str
    version: str = Field(description="of Leadcast")
    timezone: str
    currency: str
    now: Moment
    clock_stands: bool = Field(description="the service was started with --as-of, and shows a past day")
    data_end: Moment | None = Field(description="when the newest record was known; null: the store is empty")
    stale_days: float = Field(description="data older than this are stale")
    period: str = Field(description="the one that now is in, which forecasts show first")
    periods: list[PeriodChoice]
    targets: list[TargetTold]
    pipelines: list[PipelineTold]
    columns: dict[Entity, list[str]] = Field(description="columns to group and filter by")
    team: Team
    caller: CallerTold
