"""Leads and deals as the service tells them: the record, its stage, its current scores, and of one all that happened."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from leadcast.moment import EARLIEST, LATEST
from serving.messages import AsOf, Id, Moment, Score
from serving.sorted_cursor import MOST_LETTERS

Time = Annotated[AsOf, Field(ge=EARLIEST, lt=LATEST)]


class Asked(BaseModel):
    """Which leads or deals, in which order, and which page."""

    model_config = ConfigDict(extra="forbid")

    owner: Id | None = None
    manager: Id | None = Field(None, description="whose owners' records, as the owners are now")
    region: Id | None = Field(None, description="whose owners' records, as the owners are now")
    source: Id | None = Field(None, description="of a lead; of a deal, its lead's")
    stage: Id | None = Field(None, description="as known now")
    open: Literal["true", "false", "all"] = Field("all", description="true: neither won nor lost")
    target: Id | None = Field(
        None, description="of which grade and probability are. Default: the last of the workspace's targets of this kind")
    grade: Literal["A", "B", "C", "D"] | None = None
    min_probability: float | None = Field(None, ge=0, le=1, allow_inf_nan=False)
    created_after: Time = Field(None, description="at this moment or later")
    created_before: Time = None
    changed_since: Time = Field(None, description="the record changed at this moment or later")
    q: Id | None = Field(None, description="how the id begins")
    sort: Literal["probability", "score", "created", "changed"] = "probability"
    order: Literal["desc", "asc"] = Field("desc", description="what has no such value comes last either way, then by id")
    limit: int = Field(50, ge=1, le=500)
    cursor: str | None = Field(None, max_length=MOST_LETTERS, description="next of the page before")


class AskedOne(BaseModel):
    """How much of one lead or deal to tell."""

    model_config = ConfigDict(extra="forbid")

    explain: bool = Field(True, description="with reasons that add up to each score's log-odds")
    events_limit: int = Field(100, ge=0, le=1000, description="how much of what happened, the newest first")
    moves_limit: int = Field(100, ge=0, le=1000, description="how many kept values of each score, the newest")


class CurrentScore(Score):
    """The score that is kept, made anew with every piece of news and at least every hour."""

    as_of: Moment | None = Field(description="of which moment it is; null where the data have no dates")


class Record(BaseModel):
    """What leads and deals have in common."""

    contact_id: str | None
    account_id: str | None
    owner: str | None
    created_at: Moment | None
    pipeline: str | None
    stage: str | None = Field(description="as known now; null where no pipeline is declared")
    stage_since: Moment | None
    attributes: dict[str, Any] = Field(description="in the workspace's own words; what is not known is left out")
    changed_at: Moment = Field(description="when the record last changed here")
    scores: list[CurrentScore] = Field(description="the kept ones, of every target that is open; none where it is closed")


class Lead(Record):
    """A lead as it is now."""

    lead_id: str
    source: str | None


class Opportunity(Record):
    """A deal as it is now."""

    opportunity_id: str
    lead_id: str | None
    amount: float | None
    margin: float | None
    currency: str | None
    expected_close: Moment | None = Field(description="as its owner says")
    category: str | None


class LeadPage(BaseModel):
    """Some leads, and where to go on."""

    items: list[Lead]
    next: str | None = Field(description="the cursor of the next page; null: there is none")


class OpportunityPage(BaseModel):
    """Some deals, and where to go on."""

    items: list[Opportunity]
    next: str | None = Field(description="the cursor of the next page; null: there is none")


class Happening(BaseModel):
    """Something that happened to a lead or deal."""

    kind: Literal["event", "stage", "field"]
    what: str = Field(description="the type of an event, the stage that was entered, the field that changed")
    at: Moment | None
    known_at: Moment | None = Field(description="when it could be known here")
    value: float | str | None = Field(None, description="of an event, or what a field changed to")
    old_value: str | None = None
    direction: str | None = Field(None, description="from_us or from_them")
    actor: str | None = None
    reason: str | None = None


class Move(BaseModel):
    """One kept value of a score, and why it is another than the one before."""

    target: str
    at: Moment
    score: float
    probability: float
    grade: str
    model: str
    cause: Literal["first", "events", "model", "time", "rebuilt"] = Field(
        description="rebuilt: worked out afterwards, as it would have been said then")
    events: int = Field(description="how much became known since the value before")
    why: str = Field(description="the same in words")


class Other(BaseModel):
    """The contact or account behind it."""

    id: str
    attributes: dict[str, Any]


class Whole(BaseModel):
    """What is told of one lead or deal alone; its scores are those of this very moment."""

    contact: Other | None = Field(description="null: the store knows no more than the id")
    account: Other | None
    happened: list[Happening] = Field(description="the newest first")
    happened_in_all: int = Field(description="how much there is")
    moves: list[Move] = Field(description="by target, the oldest first")


class WholeLead(Lead, Whole):
    """A lead with its history, and why its scores are what they are."""


class WholeOpportunity(Opportunity, Whole):
    """A deal with its history, and why its scores are what they are."""
