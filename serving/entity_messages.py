"""Leads and deals as the service tells them: the record, its stage, its current scores, and of one all that happened."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.messages import Moment, Score
from serving.sign_messages import CurvePoint, Signs


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
    signs: Signs | None = Field(description="how it stands besides; null where it is closed, or was not looked at yet")
    curve: list[CurvePoint] | None = Field(
        description="the chances over time, at up to nine days ahead; null where no model says when it is won")


class Lead(Record):
    """A lead as it is now."""

    lead_id: str
    source: str | None


class Opportunity(Record):
    """A deal as it is now."""

    opportunity_id: str
    lead_id: str | None
    source: str | None = Field(description="its lead's")
    amount: float | None
    margin: float | None
    currency: str | None
    expected_close: Moment | None = Field(description="as its owner says")
    category: str | None
    expected_amount: float | None = Field(description="probability of the target that is asked for, times amount")


class LeadPage(BaseModel):
    """Some leads, and where to go on."""

    items: list[Lead]
    next: str | None = Field(description="the cursor of the next page; null: there is none")
    in_all: int | None = Field(description="how many there are on all pages; told with the first page, null after it")


class OpportunityPage(BaseModel):
    """Some deals, and where to go on."""

    items: list[Opportunity]
    next: str | None = Field(description="the cursor of the next page; null: there is none")
    in_all: int | None = Field(description="how many there are on all pages; told with the first page, null after it")
    amount_in_all: float | None = Field(description="their amounts together, also with the first page only; null: none is known")
    expected_amount_in_all: float | None = Field(description="their expected amounts together, also with the first page only; "
                                                                "null: none is known")


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
