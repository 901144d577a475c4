"""Records as senders put them in, and what became of them; canonical names, with the workspace's own words as attributes."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from leadcast.moment import EARLIEST, LATEST
from leadcast.vocabulary import Entity
from serving.messages import ID_LENGTH, Id, Moment, id_text, plain_text, written_time
from serving.problems import FieldError

MOST_ITEMS, MOST_ATTRIBUTES = 1000, 200


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) and len(value) <= ID_LENGTH else value


Key = Annotated[Id, BeforeValidator(_trimmed)]
Text = Annotated[Annotated[str, Field(max_length=ID_LENGTH), AfterValidator(id_text)] | None,
                 AfterValidator(lambda text: text.strip() or None if text else None)]
"""A text without blanks around it; an empty one is none, as in a file."""
_Within = Annotated[AwareDatetime, Field(ge=EARLIEST, lt=LATEST)]
When = Annotated[_Within | None, BeforeValidator(written_time)]
Then = Annotated[_Within, BeforeValidator(written_time)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Plain = (Annotated[str, Field(max_length=ID_LENGTH), AfterValidator(plain_text)] | Annotated[bool, Field(strict=True)]
         | Annotated[int, Field(strict=True)] | Number | None)
Attributes = Annotated[dict[Id, Plain], Field(
    max_length=MOST_ATTRIBUTES, description="the workspace's attributes by name; a number or flag may stand as a text, a time is "
    "ISO with an offset, null clears the value")]
CHANGED = "since when what differs is so; default: now"
RECORDED = "when it was recorded, for backfills: not in the future, not before it happened; default: now"


class Sent(BaseModel):
    """One item; what it does not hold is left as it is."""

    model_config = ConfigDict(extra="forbid")


class LeadItem(Sent):
    """A lead as it is now."""

    lead_id: Key
    created_at: When = Field(None, description="when it came in; it does not change any more. Default: now")
    contact_id: Text = None
    account_id: Text = None
    owner: Text = None
    source: Text = None
    pipeline: Text = Field(None, description="the name of one of the workspace's lead pipelines")
    order: Number | None = Field(None, description="a number that rises with time, where leads have no dates")
    attributes: Attributes = Field(default_factory=dict)
    changed_at: When = Field(None, description=CHANGED)


class OpportunityItem(Sent):
    """A deal as it is now."""

    opportunity_id: Key
    created_at: When = Field(None, description="when it began; it does not change any more. Default: now")
    lead_id: Text = None
    contact_id: Text = None
    account_id: Text = None
    owner: Text = None
    amount: Number | None = Field(None, description="in the reporting currency, or in the item's currency")
    margin: Number | None = None
    currency: Text = Field(None, description="of amount and margin, three letters; they are kept in the reporting currency")
    expected_close: When = None
    category: Text = Field(None, description="the CRM's forecast category")
    pipeline: Text = None
    order: Number | None = None
    attributes: Attributes = Field(default_factory=dict)
    changed_at: When = Field(None, description=CHANGED)


class EventItem(Sent):
    """Something that happened; at least one of the four ids."""

    lead_id: Text = None
    opportunity_id: Text = Field(None, description="the deal it belongs to; then it reaches no other")
    contact_id: Text = None
    account_id: Text = None
    type: Key
    event_id: Text = Field(None, description="its own id; without one its content is what tells it from others")
    direction: Literal["from_us", "from_them"] | None = None
    actor: Text = None
    occurred_at: Then
    recorded_at: When = Field(None, description=RECORDED)
    sequence: Number | None = Field(None, description="breaks ties of time")
    value: Number | None = Field(None, description="a number that goes with it, such as minutes or pages")


class StageItem(Sent):
    """A lead or deal entered a stage; won and lost are stages."""

    entity: Entity
    entity_id: Key
    stage: Key = Field(description="a stage of the workspace's pipelines")
    entered_at: Then
    recorded_at: When = Field(None, description=RECORDED)
    reason: Text = None


class FieldItem(Sent):
    """A column or attribute of a lead or deal changed."""

    entity: Entity
    entity_id: Key
    field: Key
    value: Plain
    old_value: Plain = Field(None, description="what it held before; default: as the changes before and after tell")
    changed_at: Then
    recorded_at: When = Field(None, description=RECORDED)


class ContactItem(Sent):
    """A contact; its attributes count for its leads and deals that give none themselves."""

    contact_id: Key
    account_id: Text = None
    attributes: Attributes = Field(default_factory=dict)


class AccountItem(Sent):
    """An account; its attributes count for its contacts' leads and deals that have none otherwise."""

    account_id: Key
    attributes: Attributes = Field(default_factory=dict)


class OwnerItem(Sent):
    """Who works on leads and deals, under whom and where."""

    owner: Key
    name: Text = None
    manager: Text = None
    region: Text = None
    valid_from: When = Field(None, description="since when this is so; null: always")


class QuotaItem(Sent):
    """What an owner or a region is to win in a period."""

    owner: Text = None
    region: Text = None
    period: Key = Field(description="2026, 2026-Q1, FY2026-Q1, 2026-03, or the first day of the period")
    amount: Number
    currency: Text = Field(None, description="it is kept in the reporting currency, at the rate of the period's first day")


class CostItem(Sent):
    """What a source, or a campaign of it, cost in a period; spread evenly over its days."""

    source: Text = Field(None, description="as leads name it")
    campaign: Text = Field(None, description="as the attribute campaign of leads names it, where there is one")
    period: Key = Field(description="2026, 2026-Q1, FY2026-Q1, 2026-03, 2026-W07 or 2026-03-01..2026-03-31")
    amount: Number
    currency: Text = Field(None, description="it is kept in the reporting currency, at the rate of the period's first day")


class ItemResult(BaseModel):
    """What became of one item."""

    index: int
    id: str = Field(description="of the record; of an event without an id, the key it is kept under; empty where it was erased")
    status: Literal["created", "updated", "unchanged", "rejected"]
    errors: list[FieldError] = Field(default_factory=list)


class BatchAnswer(BaseModel):
    """One result per item, in the order of the request. All that was taken is written once this is answered."""

    results: list[ItemResult]
    created: int
    updated: int
    unchanged: int
    rejected: int


class ContactSeen(BaseModel):
    contact_id: str
    account_id: str | None
    attributes: dict[str, Any]
    changed_at: Moment


class AccountSeen(BaseModel):
    account_id: str
    attributes: dict[str, Any]
    changed_at: Moment


class OwnerSeen(BaseModel):
    owner: str
    name: str | None
    manager: str | None
    region: str | None
    valid_from: Moment | None


class QuotaSeen(BaseModel):
    owner: str | None
    region: str | None
    period: str
    amount: float
    currency: str | None


class CostSeen(BaseModel):
    source: str | None
    campaign: str | None
    period: str
    amount: float
    currency: str | None


class FieldSeen(BaseModel):
    entity: Entity
    entity_id: str
    field: str
    value: str | None = Field(description="as field history keeps it: numbers as Python writes them, times as ISO, UTC")
    old_value: str | None
    changed_at: Moment
    recorded_at: Moment | None


def example(**item: Any) -> ConfigDict:
    """The example of a batch of one item."""
    return ConfigDict(extra="forbid", json_schema_extra={"example": {"items": [item]}})


