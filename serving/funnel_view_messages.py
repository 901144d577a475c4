"""What the funnel's further views ask and answer over HTTP, as types."""

from typing import Literal

from pydantic import BaseModel, Field

from serving.funnel_messages import FunnelQuery
from serving.messages import Id, Moment

UNITS = Literal["week", "month", "quarter"]


class CohortQuery(FunnelQuery):
    """Whose cohorts, by what unit of time, and what they are to reach."""

    unit: UNITS = Field("month", description="created in the same week, month or quarter")
    stage: Id | None = Field(None, description="what they are to reach; default: the last stage, the win")


class ResponseQuery(FunnelQuery):
    """Whose first responses, and what they are to lead to."""

    stage: Id | None = Field(None, description="what they are to reach; default: sql where there is such a stage, else the win")
    horizon_days: float | None = Field(None, gt=0, le=3_660, allow_inf_nan=False, description=(
        "within how many days of the creation; default: the horizon of the target for that stage, else 60"))


class Seen(BaseModel):
    """What every view tells of itself."""

    as_of: Moment
    path: str
    currency: str
    pipelines: list[str]
    notes: list[str]


class Place(BaseModel):
    """A stage of a path."""

    entity: str
    stage: str


# ---- bottlenecks ----------------------------------------------------------------------------------------------


class Bottleneck(BaseModel):
    """What a stage costs. Money is in the reporting currency; null where no amounts or no wins are known."""

    entity: str
    stage: str
    rank: int = Field(description="1: costs most")
    reached: int
    median_days: float | None = Field(description="half have left by then, those in it still counted too (Kaplan and Meier)")
    won_median_days: float | None = Field(description="the same of those who were won in the end: the norm")
    waiting: int = Field(description="stand in it now, open")
    waiting_median_days: float | None = Field(description="since when half of them do, in days")
    money_waiting: float | None = Field(description="their amounts together")
    extra_days: float | None = Field(description="days beyond the norm, the mean over those who passed or wait there")
    extra_days_in_all: float | None = Field(description="the same, added up over them")
    lost: int = Field(description="lost there")
    delay_cost: float | None = Field(description="what 30 days would bring more if won deals had not stayed beyond the norm")
    drop_cost: float | None = Field(description=(
        "per 30 days: deals lost there x their mean amount x the chance of a win of those who come to the next stage"))
    cost: float | None = Field(description="delay_cost + drop_cost; those of several stages overlap and are no sum")
    stays: int = Field(description="of how many it is known how long they stayed, those still in it included")
    median_above_days: float | None = Field(description="where half have not left yet: the median is more than that")
    slowest: bool = Field(description="the stage with the longest median, of those with at least ten stays")
    sentence: str


class Alarm(BaseModel):
    """A stage that has become worse than before, by more than chance and more than the workspace lets pass."""

    kind: Literal["drop_off", "time_in_stage"]
    entity: str
    stage: str
    day: float = Field(description="shares are of those who had gone on (drop_off) or left (time_in_stage) by this day after "
                                   "they came into the stage")
    since: Moment = Field(description="now: those who came into the stage since then; before: the earlier ones")
    before: float
    before_low: float = Field(description="95 % interval")
    before_high: float
    before_count: int
    now: float
    now_low: float
    now_high: float
    now_count: int
    sentence: str


class BottleneckGroup(BaseModel):
    """The stage that costs most of a group."""

    name: str
    entered: int
    bottleneck: Bottleneck | None


class BottlenecksAnswer(Seen):
    """Stages by what they cost, the dearest first, and alarms."""

    entered: int
    window_days: float | None = Field(description="over how many days they entered: what turns sums into sums per 30 days")
    won_per_30_days: float | None = Field(description="what was won; to compare costs with")
    stages: list[Bottleneck]
    slowest: Place | None
    alarms: list[Alarm]
    by: str | None
    groups: list[BottleneckGroup]


# ---- cohorts --------------------------------------------------------------------------------------------------


class Cohort(BaseModel):
    """Those created in one period: how many of them had reached the stage after so many weeks."""

    name: str = Field(description="2026-W07, 2026-02 or 2026-Q1; of a group, its value")
    start: Moment | None
    end: Moment | None
    entered: int
    reached: int
    lost: int = Field(description="lost without reaching it")
    open: int
    share: list[float | None] = Field(description=(
        "by the end of each of `weeks`; null: not observed yet. Lost competes, open is censored (Aalen and Johansen)"))


class Pooled(BaseModel):
    """All cohorts together, with a 95 % band."""

    entered: int
    reached: int
    lost: int
    open: int
    share: list[float | None]
    low: list[float | None]
    high: list[float | None]


class CohortsAnswer(Seen):
    """Conversion by weeks since creation; the newest cohort last."""

    unit: UNITS
    stage: Place
    weeks: list[int] = Field(description="0, 1, 2, ... since creation")
    cohorts: list[Cohort]
    pooled: Pooled
    by: str | None
    groups: list[Cohort] = Field(description="by value, all of its cohorts together")


# ---- sources --------------------------------------------------------------------------------------------------


class FirstResponse(BaseModel):
    """How long leads wait for the first event from us."""

    leads: int
    answered: int
    q25_hours: float | None
    median_hours: float | None = Field(description="half were answered by then, those who wait still counted too")
    q75_hours: float | None
    within_hour: float | None = Field(description="share answered within an hour, of those that are as old")
    within_day: float | None


class Source(BaseModel):
    """What a source brought and what it cost. Null: there is no such stage on the path, or it cannot be told."""

    name: str | None
    entered: int
    leads: int | None
    mql: int | None
    sql: int | None
    deals: int | None
    won: int
    lost: int
    open: int
    win_rate: float | None = Field(description="won of those who are won or lost by now")
    amount_won: float | None
    average_amount: float | None
    cycle_days: float | None = Field(description="the mean from creation to the win")
    per_day: float | None = Field(description="velocity")
    cost: float | None = Field(description="of the campaigns, their days in the period asked for")
    cost_per_lead: float | None
    cost_per_mql: float | None
    cost_per_sql: float | None
    cost_per_win: float | None
    return_on_cost: float | None = Field(description="amount_won / cost")
    response: FirstResponse | None
    conversion: float | None = Field(description="share that reached `stage` within `horizon_days`, of those that are as old "
                                                 "and did not begin there")
    judged: int = Field(description="of how many that is")
    served_rank: int | None = Field(description="1: waits longest for a first response; null: too few to tell, or no source")
    sentence: str


class SourcesAnswer(Seen):
    """By source, or another column, the largest first."""

    by: str
    stage: Place
    horizon_days: float
    whole: Source
    sources: list[Source]
    worst_served: Source | None = Field(description=(
        "waits longer for a first response than the others and converts less, beyond chance; null: nobody stands out"))


# ---- response -------------------------------------------------------------------------------------------------


class Band(BaseModel):
    """Leads that were first answered within a span of time; never: not yet, or not before they reached the stage."""

    name: Literal["5m", "1h", "4h", "1d", "3d", "1w", "later", "never"]
    label: str
    leads: int
    reached: int = Field(description="reached the stage within the horizon")
    share: float | None
    low: float | None = Field(description="95 % interval (Wilson)")
    high: float | None


class Between(BaseModel):
    """How long it took from one stage to a later one; lost and open ones count for as long as they might have come there."""

    name: str | None
    started: int = Field(description="how many came into the first of the two")
    arrived: int
    q25_days: float | None
    median_days: float | None
    q75_days: float | None
    skipped: int = Field(description="passed the first of the two without having been there: left out")


class MqlToSql(BaseModel):
    """Time from MQL to SQL, overall and by group."""

    start: Place
    end: Place
    whole: Between
    groups: list[Between]


class ResponseAnswer(Seen):
    """First response against conversion, and the time from MQL to SQL."""

    stage: Place
    horizon_days: float
    response: FirstResponse | None
    bands: list[Band]
    left_out: int = Field(description="younger than the horizon, in the stage from the beginning, or without dates")
    sentence: str
    by: str | None
    mql_to_sql: MqlToSql | None
