"""The queue as the service tells it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from leadcast.vocabulary import Entity
from serving.messages import Id, Moment, Reason
from serving.sign_messages import Flagged


class AskedQueue(BaseModel):
    """Whose queue, for which target, and how much of it."""

    model_config = ConfigDict(extra="forbid")

    owner: Id | None = None
    manager: Id | None = Field(None, description="whose owners' records, as the owners are now")
    region: Id | None = Field(None, description="whose owners' records, as the owners are now")
    target: Id | None = Field(
        None, description="which of the workspace's targets. Default: the last one of leads, where there is one, else of deals")
    limit: int = Field(50, ge=1, le=500)
    explain: bool = Field(True, description="with the three strongest reasons of each")


class Queued(BaseModel):
    """A lead or deal to work on."""

    entity: Entity
    entity_id: str
    owner: str | None
    source: str | None = Field(description="of a lead; of a deal, its lead's")
    stage: str | None
    stage_since: Moment | None
    priority: float = Field(description="what it is sorted by, see priority_is")
    priority_is: Literal["expected_amount", "probability"]
    probability: float
    score: float
    grade: str = Field(description="steady: it rises at the cut, and falls only two points below it")
    fit_score: float | None
    engagement_score: float | None
    trend: float | None
    enough_information: bool
    amount: float | None = Field(description="of a deal, in the workspace's currency")
    expected_amount: float | None = Field(description="probability times amount")
    promised_close: Moment | None = Field(description="of a deal: when it should close, as its owner says")
    days_to_close: float | None = Field(description="whole days until then, 0 on that day; negative: overdue")
    expected_close: Moment | None = Field(description="the median close, if it is won, as the model says")
    last_touch_at: Moment | None = Field(description="the last event from us; null: there was none")
    last_answer_at: Moment | None = Field(description="the last event from them; null: there was none")
    waiting_days: float | None = Field(description="since the last touch from us; without one, since creation")
    flags: list[Flagged] = Field(description="the risks of this moment")
    as_of: Moment | None = Field(description="when its score was made; null where the data have no dates")
    model: str
    reasons: list[Reason] | None = Field(description="the three strongest, of the score as it was made")


class Queue(BaseModel):
    """Whom to work on now, the most worthwhile first.

    Deals with an amount come by probability times amount; then those without one, as all leads, by probability. Among equals who
    has waited longest for a touch from us comes first. Only who is open now.
    """

    target: str
    items: list[Queued]
    in_all: int = Field(description="how many there are, with those that are not shown")
