"""Batches of records as requests send them, and pages of them as answers hold them."""

from typing import Annotated, TypeVar

from pydantic import BaseModel, Field

from serving.record_messages import (
    MOST_ITEMS,
    AccountItem,
    AccountSeen,
    ContactItem,
    ContactSeen,
    CostItem,
    CostSeen,
    EventItem,
    FieldItem,
    FieldSeen,
    LeadItem,
    OpportunityItem,
    OwnerItem,
    OwnerSeen,
    QuotaItem,
    QuotaSeen,
    StageItem,
    example,
)

Item = TypeVar("Item")
Batch = Annotated[list[Item], Field(min_length=1, max_length=MOST_ITEMS)]
NEXT = "the cursor of the next page; null: there is none"


class Leads(BaseModel):
    """Leads as they are now."""

    model_config = example(lead_id="L1", created_at="2026-03-01T08:00:00Z", owner="u01", source="fair")
    items: Batch[LeadItem]


class Opportunities(BaseModel):
    """Deals as they are now."""

    model_config = example(opportunity_id="D1", lead_id="L1", amount=12000, expected_close="2026-06-30T00:00:00Z")
    items: Batch[OpportunityItem]


class Events(BaseModel):
    """What happened."""

    model_config = example(lead_id="L1", type="web_session", event_id="S1", occurred_at="2026-03-02T09:30:00+01:00", value=4)
    items: Batch[EventItem]


class Stages(BaseModel):
    """Stages that were entered."""

    model_config = example(entity="lead", entity_id="L1", stage="mql", entered_at="2026-03-03T10:00:00Z")
    items: Batch[StageItem]


class FieldChanges(BaseModel):
    """Fields that changed."""

    model_config = example(entity="opportunity", entity_id="D1", field="amount", value=15000, changed_at="2026-03-04T10:00:00Z")
    items: Batch[FieldItem]


class Contacts(BaseModel):
    """Contacts as they are now."""

    model_config = example(contact_id="C1", account_id="A1", attributes={})
    items: Batch[ContactItem]


class Accounts(BaseModel):
    """Accounts as they are now."""

    model_config = example(account_id="A1", attributes={})
    items: Batch[AccountItem]


class Owners(BaseModel):
    """Who belongs to whom."""

    model_config = example(owner="u01", name="Ann", manager="u09", region="North", valid_from="2026-01-01T00:00:00Z")
    items: Batch[OwnerItem]


class Quotas(BaseModel):
    """What is to be won."""

    model_config = example(owner="u01", period="2026-Q2", amount=250000)
    items: Batch[QuotaItem]


class Costs(BaseModel):
    """What campaigns cost."""

    model_config = example(source="fair", period="2026-Q2", amount=8000)
    items: Batch[CostItem]


class ContactPage(BaseModel):
    items: list[ContactSeen]
    next: str | None = Field(description=NEXT)


class AccountPage(BaseModel):
    items: list[AccountSeen]
    next: str | None = Field(description=NEXT)


class OwnerPage(BaseModel):
    items: list[OwnerSeen]
    next: str | None = Field(description=NEXT)


class QuotaPage(BaseModel):
    items: list[QuotaSeen]
    next: str | None = Field(description=NEXT)


class CostPage(BaseModel):
    items: list[CostSeen]
    next: str | None = Field(description=NEXT)


class FieldPage(BaseModel):
    items: list[FieldSeen]
    next: str | None = Field(description=NEXT)
