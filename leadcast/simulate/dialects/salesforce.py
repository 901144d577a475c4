"""The company as Data Loader exports it from Salesforce: one file per object, API names, times in UTC."""

import numpy as np

from leadcast.simulate.blocks import Block
from leadcast.simulate.dialects.changelog import Writers, change_log, of_fields, written
from leadcast.simulate.dialects.salesforce_activities import activities, visitor_activities
from leadcast.simulate.dialects.salesforce_company import product_ids
from leadcast.simulate.dialects.salesforce_words import CATEGORY, PROBABILITY, STAGE, STATUS, flag, id_of, instant, prospect_id
from leadcast.simulate.dialects.world import OWNER_NAMES, World, each, email, firm, is_closed, person, renamed, world
from leadcast.simulate.dirt import Dirt
from leadcast.simulate.tables import stack, where_else_none
from leadcast.simulate.writing import Columns, day, number
from leadcast.table import TIME, Table


def salesforce_tables(block: Block, leads: int, dirt: Dirt) -> dict[str, Columns]:
    """What one block adds to each object's file."""
    here = world(block, leads)
    return {
        "Lead": _leads(here), "LeadHistory": _lead_history(here), "Account": _accounts(here), "Opportunity": _deals(here),
        "OpportunityFieldHistory": _deal_history(here), "Prospect": _prospects(here), **activities(here),
        "VisitorActivity": visitor_activities(here),
    }


def _leads(here: World) -> Columns:
    leads = here.now.leads
    converted = here.lead_stage == "converted"
    deal = np.array([here.deal_of.get(i) for i in leads["lead_id"]], dtype=object)
    mine = where_else_none(converted, leads["lead_id"])
    return {
        "Id": each(leads["lead_id"], id_of("00Q")), "IsDeleted": flag(np.zeros(leads.rows, bool)),
        "Name": each(leads["contact_id"], person), "Email": each(leads["contact_id"], email),
        "Company": each(leads["account_id"], firm), "Title": leads["seniority"], "Department__c": leads["role"],
        "Industry": leads["industry"], "NumberOfEmployees": number(leads["employees"]), "Country": leads["country"],
        "LeadSource": leads["source"], "Campaign__c": leads["campaign"], "Request_Type__c": leads["request"],
        "Newsletter__c": flag(leads["newsletter"] == 1), "Budget__c": leads["budget"],
        "Status": renamed(here.lead_stage, STATUS), "OwnerId": each(leads["owner"], id_of("005")),
        "CreatedDate": instant(leads["created_at"]), "LastModifiedDate": instant(here.lead_since),
        "IsConverted": flag(converted), "ConvertedDate": day(np.where(converted, here.lead_since, np.datetime64("NaT", "us"))),
        "ConvertedAccountId": each(where_else_none(converted, leads["account_id"]), id_of("001")),
        "ConvertedContactId": each(mine, id_of("003")), "ConvertedOpportunityId": each(deal, id_of("006")),
    }


def _accounts(here: World) -> Columns:
    """Only firms of converted leads have an account."""
    deals = here.now.opportunities
    _, first = np.unique(deals["account_id"].astype(str), return_index=True)
    some = deals.take(first)
    return {
        "Id": each(some["account_id"], id_of("001")), "Name": each(some["account_id"], firm), "Industry": some["industry"],
        "NumberOfEmployees": number(some["employees"]), "BillingCountry": some["country"],
    }


def _deals(here: World) -> Columns:
    deals, stage = here.now.opportunities, here.deal_stage
    closed = is_closed(stage)
    return {
        "Id": each(deals["opportunity_id"], id_of("006")), "IsDeleted": flag(np.zeros(deals.rows, bool)),
        "AccountId": each(deals["account_id"], id_of("001")), "Name": each(deals["account_id"], firm),
        "StageName": renamed(stage, STAGE), "Amount": number(deals["amount"]), "Margin__c": number(deals["margin"]),
        "CurrencyIsoCode": deals["currency"],
        "Probability": renamed(stage, PROBABILITY), "ExpectedRevenue": number(_expected(deals, stage)),
        "CloseDate": day(deals["expected_close"]), "LeadSource": deals["source"], "IsClosed": flag(closed),
        "IsWon": flag(stage == "won"), "ForecastCategoryName": renamed(deals["category"], CATEGORY),
        "OwnerId": each(deals["owner"], id_of("005")), "CreatedDate": instant(deals["created_at"]),
        "LastStageChangeDate": instant(here.deal_since),
        "HasOpenActivity": flag(~closed), "HasOverdueTask": flag(stage == "lost"),
        "Product2Id__c": each(product_ids(deals["product"]), id_of("01t")), "Segment__c": deals["segment"],
        "MainCompetitors__c": deals["competitor"], "Discount__c": number(deals["discount"]),
        "Stakeholders__c": number(deals["stakeholders"]), "Loss_Reason__c": deals["lost_reason"],
    }


def _expected(deals: Table, stage: np.ndarray) -> np.ndarray:
    return np.round(deals["amount"] * renamed(stage, PROBABILITY).astype(float) / 100, 2)


def _prospects(here: World) -> Columns:
    """One prospect per e-mail address, whatever number of leads it became."""
    leads = here.now.leads
    _, first = np.unique(leads["contact_id"].astype(str), return_index=True)
    people = leads["contact_id"][first]
    return {"id": each(people, prospect_id), "email": each(people, email), "score": np.full(len(people), "0", object)}


# ---- histories ----------------------------------------------------------------------------------------------------

LEAD_FIELDS = {"stage": "Status", "owner": "Owner", "created": "created"}
DEAL_FIELDS = {"stage": "StageName", "amount": "Amount", "expected_close": "CloseDate", "category": "ForecastCategoryName",
               "created": "created"}


def _lead_history(here: World) -> Columns:
    """Changes only, with a row "created" for each lead; an owner's change stands twice, by name and by id."""
    log = _with_creation(change_log(here, "lead"), here.now.leads["lead_id"], here.now.leads["created_at"])
    status: Writers = {"stage": lambda values: renamed(values, STATUS)}
    by_name: Writers = {**status, "owner": lambda values: renamed(values, OWNER_NAMES)}
    by_id: Writers = {"owner": lambda values: each(values, id_of("005"))}
    named, numbered = _history(log, LEAD_FIELDS, by_name), _history(of_fields(log, "owner"), LEAD_FIELDS, by_id)
    rows = {name: np.append(named[name], numbered[name]) for name in named}
    return {"LeadId": each(rows.pop("id"), id_of("00Q")), **rows,
            "DataType": np.repeat(np.array(["Text", "EntityId"], dtype=object), [log.rows, len(numbered["Field"])])}


def _deal_history(here: World) -> Columns:
    deals = here.now.opportunities
    log = _with_creation(change_log(here, "opportunity"), deals["opportunity_id"], deals["created_at"])
    rows = _history(log, DEAL_FIELDS, {
        "stage": lambda values: renamed(values, STAGE), "category": lambda values: renamed(values, CATEGORY),
        "expected_close": lambda values: day(values.astype(TIME)),
    })
    kinds = {"CloseDate": "DateOnly", "Amount": "Currency"}
    return {"OpportunityId": each(rows.pop("id"), id_of("006")), **rows,
            "DataType": np.array([kinds.get(name, "Text") for name in rows["Field"]], dtype=object)}


def _with_creation(log: Table, ids: np.ndarray, created: np.ndarray) -> Table:
    nothing = np.full(len(ids), None, object)
    field = np.full(len(ids), "created", object)
    begins = Table({"entity_id": ids, "field": field, "old": nothing, "new": nothing, "at": created})
    log = stack([begins, log])
    return log.take(np.lexsort((log["at"], log["entity_id"].astype(str))))


def _history(log: Table, names: dict[str, str], writers: Writers) -> dict[str, np.ndarray]:
    return {"id": log["entity_id"], "Field": renamed(log["field"], names), "OldValue": written(log, "old", writers),
            "NewValue": written(log, "new", writers), "CreatedDate": instant(log["at"])}
