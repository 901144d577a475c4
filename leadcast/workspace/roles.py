"""The keys of leads, deals, events, changes of fields, owners, quotas, costs and rates: what your tables are."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from leadcast.workspace.tables import Direction, Entity, Keys, Where


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
    created_at: str | None = Field(
        None, description="when it began; needed unless created_by_event or an order is given; blank: known at the end only")
    order: str | None = Field(None, description="a column that rises with time, where there is no date")
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
    order: Literal["file"] | None = Field(None, description='"file": undated deals stand in the file in order of time')
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
    event_id: str | None = Field(
        None, description="its id; a second row with it for the same lead, deal, contact and account is a duplicate")
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
    period: str = Field(description="2026, 2026-Q1, FY2026-Q1, 2026-03 or the first day of the period")
    amount: str = Field(description="what is to be won")
    currency: str | None = Field(None, description="its currency; blank: the reporting currency")


class QuotaSource(Keys):
    """What an owner or region is to win in a period."""

    table: str = Field(description="a table under [tables]")
    where: Where = Field(default_factory=dict, description="which of its rows count")
    columns: QuotaColumns = Field(description="which column is what")


class CostColumns(Keys):
    source: str | None = Field(None, description="the source of leads that it was spent on, as leads name it")
    campaign: str | None = Field(None, description="which campaign; leads have an attribute of that name to be told by it")
    period: str | None = Field(None, description="2026, 2026-Q1, FY2026-Q1, 2026-03, 2026-W07 or 2026-03-01..2026-03-31")
    first_day: str | None = Field(None, description="instead of period: the first day, as 2026-03-01")
    last_day: str | None = Field(None, description="and the last one, which belongs to it")
    amount: str = Field(description="what was spent")
    currency: str | None = Field(None, description="its currency; blank: the reporting currency")


class CostSource(Keys):
    """What a campaign cost in a period; spread evenly over its days."""

    table: str = Field(description="a table under [tables]")
    where: Where = Field(default_factory=dict, description="which of its rows count")
    columns: CostColumns = Field(description="which column is what")


class RateColumns(Keys):
    currency: str = Field(description="three letters, such as USD")
    valid_from: str = Field(description="since when this rate holds")
    rate: str | None = Field(None, description="units of the reporting currency for one unit of this one")
    inverse_rate: str | None = Field(
        None,
        description="the other way round, as Salesforce and Odoo have it: units of this currency for one of the reporting one")


class RateSource(Keys):
    """Dated exchange rates into the reporting currency."""

    table: str = Field(description="a table under [tables]")
    where: Where = Field(default_factory=dict, description="which of its rows count")
    columns: RateColumns = Field(description="which column is what")
