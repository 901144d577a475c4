"""The company as HubSpot gives it away by its API: properties by internal name, one history of all properties, associations.

A contact is a lead. Whoever came back under another address is a second contact, as in most portals.
"""

import numpy as np

from leadcast.simulate import company
from leadcast.simulate.blocks import Block
from leadcast.simulate.dialects.changelog import change_log, written
from leadcast.simulate.dialects.hubspot_engagements import engagements
from leadcast.simulate.dialects.hubspot_words import (
    CATEGORY,
    DEAL_PROPERTIES,
    LEAD_PROPERTIES,
    LIFECYCLE,
    NO_VALUE,
    PROBABILITY,
    STAGE,
    address,
    company_id,
    contact_id,
    deal_id,
    filled,
    flag,
    instant,
    owner_id,
)
from leadcast.simulate.dialects.world import World, each, firm, is_closed, renamed, world
from leadcast.simulate.dirt import Dirt
from leadcast.simulate.tables import stack, where_else_none
from leadcast.simulate.writing import Columns, epoch_ms, number
from leadcast.table import TIME, Table
from leadcast.vocabulary import Entity


def hubspot_tables(block: Block, leads: int, dirt: Dirt) -> dict[str, Columns]:
    """What one block adds to each file."""
    here = world(block, leads)
    return {
        "contacts": _contacts(here), "companies": _companies(here), "deals": _deals(here),
        "associations": _associations(here), "property_history": _history(here), **engagements(here),
    }


def hubspot_lookups(leads: int) -> dict[str, Columns]:
    """Owners and exchange rates."""
    names = [row[1].split(" ") for row in company.OWNERS]
    ids = np.array([row[0] for row in company.OWNERS], dtype=object)
    rates = company.rates()
    return {
        "owners": {"id": each(ids, owner_id), "firstName": np.array([n[0] for n in names], dtype=object),
                   "lastName": np.array([n[1] for n in names], dtype=object),
                   "teams": np.array([row[3] for row in company.OWNERS], dtype=object)},
        "exchange_rates": {"fromCurrencyCode": rates["currency"], "toCurrencyCode": np.full(rates.rows, "EUR", object),
                           "conversionRate": number(rates["rate"]), "effectiveAt": instant(rates["valid_from"])},
    }


def _contacts(here: World) -> Columns:
    leads = here.now.leads
    won = {here.lead_of[d]: k for k, d in enumerate(here.now.opportunities["opportunity_id"]) if here.deal_stage[k] == "won"}
    customer = np.array([won.get(i, -1) for i in leads["lead_id"]])
    paid = np.append(here.now.opportunities["amount"], np.nan)[customer]
    closed = np.append(here.deal_since, np.datetime64("NaT"))[customer]
    return {
        "hs_object_id": each(leads["lead_id"], contact_id), "createdate": instant(leads["created_at"]),
        "email": each(leads["lead_id"], address), "associatedcompanyid": each(leads["account_id"], company_id),
        "lifecyclestage": np.where(customer >= 0, "customer", renamed(here.lead_stage, {**LIFECYCLE, "disqualified": "lead"})),
        "hs_lead_status": np.where(here.lead_stage == company.LEAD_LOST, "UNQUALIFIED", "IN_PROGRESS"),
        "hubspot_owner_id": each(leads["owner"], owner_id), "lead_source": filled(leads["source"]),
        "job_function": filled(leads["role"]), "hs_seniority": filled(leads["seniority"]),
        "utm_campaign": filled(leads["campaign"]), "request_type": filled(leads["request"]),
        "newsletter": flag(leads["newsletter"] == 1), "budget": filled(leads["budget"]),
        "num_associated_deals": number(np.array([float(i in here.deal_of) for i in leads["lead_id"]])),
        "recent_deal_amount": number(paid), "total_revenue": number(paid), "closedate": instant(closed),
        "days_to_close": number(np.floor((closed - leads["created_at"]) / np.timedelta64(1, "D"))),
        "lastmodifieddate": instant(np.maximum(here.lead_since, leads["created_at"])),
    }


def _companies(here: World) -> Columns:
    leads = here.now.leads
    _, first = np.unique(leads["account_id"].astype(str), return_index=True)
    some = leads.take(first)
    return {
        "hs_object_id": each(some["account_id"], company_id), "name": each(some["account_id"], firm),
        "industry": filled(each(some["industry"], str.upper)), "numberofemployees": number(some["employees"]),
        "country": some["country"],
    }


def _deals(here: World) -> Columns:
    deals, stage = here.now.opportunities, here.deal_stage
    closed, won = is_closed(stage), stage == "won"
    chance = renamed(stage, PROBABILITY)
    return {
        "hs_object_id": each(deals["opportunity_id"], deal_id), "dealname": each(deals["account_id"], firm),
        "pipeline": np.full(deals.rows, "default", object), "dealstage": renamed(stage, STAGE),
        "createdate": instant(deals["created_at"]), "closedate": instant(deals["expected_close"]),
        "amount": number(deals["amount"]), "deal_currency_code": deals["currency"], "margin": number(deals["margin"]),
        "hubspot_owner_id": each(deals["owner"], owner_id), "hs_manual_forecast_category": renamed(deals["category"], CATEGORY),
        "product": deals["product"], "product_line": deals["line"], "segment": deals["segment"],
        "competitors": deals["competitor"], "discount": number(deals["discount"]), "stakeholders": number(deals["stakeholders"]),
        "hs_is_closed": flag(closed), "hs_is_closed_won": flag(won), "hs_deal_stage_probability": chance,
        "hs_closed_amount": number(np.where(won, deals["amount"], 0.0)),
        "hs_projected_amount": number(np.round(deals["amount"] * chance.astype(float), 2)),
        "closed_lost_reason": filled(deals["lost_reason"]),
        "closed_won_reason": filled(where_else_none(won, np.full(deals.rows, "best fit", object))),
        "hs_v2_date_entered_closedwon": instant(np.where(won, here.deal_since, np.datetime64("NaT", "us"))),
    }


def _associations(here: World) -> Columns:
    """Contacts and companies of the deals; a colleague without a label stands before the primary contact, where there is one."""
    deals, leads = here.now.opportunities, here.now.leads
    last = dict(zip(leads["account_id"], leads["lead_id"], strict=True))
    colleague = np.array([last[a] for a in deals["account_id"]], dtype=object)
    other = colleague != deals["lead_id"]
    parts = [(deals["opportunity_id"][other], "contact", each(colleague[other], contact_id), NO_VALUE),
             (deals["opportunity_id"], "contact", each(deals["lead_id"], contact_id), "Primary"),
             (deals["opportunity_id"], "company", each(deals["account_id"], company_id), "Primary")]
    counts = [len(part[0]) for part in parts]
    return {
        "fromObjectType": np.full(sum(counts), "deal", object),
        "fromObjectId": each(np.concatenate([p[0] for p in parts]), deal_id),
        "toObjectType": np.repeat(np.array([p[1] for p in parts], dtype=object), counts),
        "toObjectId": np.concatenate([p[2] for p in parts]),
        "label": np.repeat(np.array([p[3] for p in parts], dtype=object), counts),
    }


# ---- histories ----------------------------------------------------------------------------------------------------


def _history(here: World) -> Columns:
    """Every value a property ever had, the first one included, in milliseconds; dates are milliseconds too."""
    leads, deals = _values(here, "lead"), _values(here, "opportunity")
    people = stack([leads, _customers(here, deals)])
    people = people.take(np.lexsort((people["at"], people["entity_id"].astype(str))))
    contact = written(people, "new", {"stage": lambda v: renamed(v, {**LIFECYCLE, "customer": "customer"}),
                                      "owner": lambda v: each(v, owner_id)})
    deal = written(deals, "new", {
        "stage": lambda v: renamed(v, STAGE), "owner": lambda v: each(v, owner_id), "category": lambda v: renamed(v, CATEGORY),
        "expected_close": lambda v: epoch_ms(v.astype(TIME)).astype(str).astype(object),
    })
    unfit = people["new"] == company.LEAD_LOST
    properties = np.where(unfit, "hs_lead_status", renamed(people["field"], LEAD_PROPERTIES))
    return {
        "objectType": np.repeat(np.array(["contact", "deal"], dtype=object), [people.rows, deals.rows]),
        "objectId": np.append(each(people["entity_id"], contact_id), each(deals["entity_id"], deal_id)),
        "property": np.append(properties, renamed(deals["field"], DEAL_PROPERTIES)), "value": np.append(contact, deal),
        "timestamp": epoch_ms(np.append(people["at"], deals["at"])),
        "sourceType": np.full(people.rows + deals.rows, "CRM_UI", object),
    }


def _customers(here: World, deals: Table) -> Table:
    """When a deal is won, its contact becomes a customer."""
    won = deals.take((deals["field"] == "stage") & (deals["new"] == "won"))
    contacts = np.array([here.lead_of[deal] for deal in won["entity_id"]], dtype=object)
    return won.with_columns(entity_id=contacts, new=np.full(won.rows, "customer", object))


def _values(here: World, entity: Entity) -> Table:
    """The change log with a row for the first value of each field."""
    log, table = change_log(here, entity), here.now.entities(entity)
    rows = np.arange(table.rows)
    begins = []
    for field in (LEAD_PROPERTIES if entity == "lead" else DEAL_PROPERTIES):
        first = (here.now.stage_at(entity, rows, table["created_at"])[0] if field == "stage"
                 else here.now.value_at(entity, field, rows, table["created_at"]))
        texts = np.array([str(value) for value in first], dtype=object)
        begins.append(Table({"entity_id": here.now.ids(entity), "field": np.full(len(rows), field, object),
                             "old": np.full(len(rows), None, object), "new": texts, "at": table["created_at"]}))
    log = stack([*begins, log])
    return log.take(np.lexsort((log["at"], log["entity_id"].astype(str))))
