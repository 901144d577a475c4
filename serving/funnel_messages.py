"""What a funnel asks and answers over HTTP, as types."""

from pydantic import BaseModel, ConfigDict, Field

from leadcast.funnel import Path
from leadcast.moment import EARLIEST, LATEST
from serving.forecast_messages import PERIODS
from serving.messages import AsOf, Id, Moment

MOST_WHERE = 20


class FunnelQuery(BaseModel):
    """Whose funnel; every key may be left out."""

    model_config = ConfigDict(extra="forbid")

    path: Path | None = Field(
        None, description="whose stages; leads_to_deals follows each lead on through its deal. Default: deals, or leads")
    pipeline: Id | None = Field(None, description="default: the first one that is declared")
    period: Id | None = Field(None, description=f"only those created in it: {PERIODS}")
    since: AsOf = Field(None, alias="from", ge=EARLIEST, lt=LATEST, description="only those created at or after it")
    until: AsOf = Field(None, alias="to", ge=EARLIEST, lt=LATEST, description="only those created before it")
    owner: Id | None = Field(None, description="only this one's")
    source: Id | None = Field(None, description="only those that came from there")
    manager: Id | None = Field(None, description="only those whose owner reports to this one")
    region: Id | None = Field(None, description="only those of this region")
    where: list[Id] = Field(default_factory=list, max_length=MOST_WHERE, description=(
        "only those with a value in a column to group by, as column:value, such as product:GTX Pro; may be given several times"))
    by: Id | None = Field(None, description="also by a column: owner, manager, region, source or an attribute")
    as_of: AsOf = Field(None, ge=EARLIEST, lt=LATEST, description="as known then; default: now")


class Stay(BaseModel):
    """Days in a stage, all stays together; those who are in it still count for as long as they have been (Kaplan and Meier)."""

    known: int
    q25: float | None = Field(description="a quarter has left by then; null: not so many have left yet")
    median: float | None
    q75: float | None
    won_median: float | None = Field(description="of those who were won in the end")


class Stage(BaseModel):
    """One stage of a funnel."""

    entity: str
    stage: str
    reached: int = Field(description="came as far as this or further, each once; a stage that was left out counts as passed")
    moved_on: int | None = Field(description="of them, came further; null: the last stage")
    lost: int = Field(description="of them, lost without coming further")
    still_there: int = Field(description="stand in it now, open")
    from_previous: float | None = Field(description="reached, as a share of the stage before")
    overall: float | None = Field(description="reached, as a share of all that entered")
    days: Stay | None


class Velocity(BaseModel):
    """opportunities x win_rate x average_amount / cycle_days = what it brings a day."""

    opportunities: int = Field(description="how many of those who entered are open now, that is, under way")
    win_rate: float | None = Field(description="won of those who are won or lost by now")
    average_amount: float | None = Field(description="of won deals")
    cycle_days: float | None = Field(description="the mean from creation to the win")
    per_day: float | None


class Funnel(BaseModel):
    """The funnel of everyone, or of a group."""

    name: str | None
    entered: int
    won: int
    lost: int
    open: int
    stages: list[Stage]
    velocity: Velocity


class FunnelAnswer(BaseModel):
    """A funnel as a whole and, where asked for, by a column, the largest group first."""

    as_of: Moment
    path: str
    currency: str
    pipelines: list[str]
    whole: Funnel
    by: str | None
    groups: list[Funnel]
    notes: list[str]
