"""The company as Dynamics 365 exports its views to Excel, saved as CSV by a German Excel; and its audit history."""

import numpy as np

from leadcast.simulate import company
from leadcast.simulate.blocks import Block
from leadcast.simulate.dialects.changelog import Writers, change_log, last_open_stage, written
from leadcast.simulate.dialects.dynamics_activities import activities
from leadcast.simulate.dialects.dynamics_words import (
    CATEGORY,
    DISQUALIFIED,
    LEAD_STATUS,
    RATING,
    STAGE,
    STATUS_REASON,
    comma,
    date,
    deal_number,
    guid,
    lead_number,
    minute,
    owner_name,
)
from leadcast.simulate.dialects.world import World, each, email, firm, is_closed, last_expected, person, renamed, world
from leadcast.simulate.dirt import Dirt
from leadcast.simulate.tables import where_else_none
from leadcast.simulate.writing import Columns
from leadcast.table import NOT_A_TIME, TIME, Table

LEAD_FIELDS = {"stage": "Status Reason", "owner": "Owner"}
DEAL_FIELDS = {"stage": "Sales Stage", "amount": "Est. Revenue (Base)", "expected_close": "Est. Close Date",
               "category": "Forecast Category"}


def dynamics_tables(block: Block, leads: int, dirt: Dirt) -> dict[str, Columns]:
    """What one block adds to each file; amounts are those of the (Base) columns, in the organisation's currency."""
    here = world(block, leads, in_euros=True)
    return {"Leads": _leads(here), "Opportunities": _deals(here), "Audit": _audit(here), **activities(here)}


def dynamics_lookups(leads: int) -> dict[str, Columns]:
    """The users."""
    managers = {"m01": "Carla Ortiz", "m02": "Dmitri Orlov", "m03": "Eva Lindqvist"}
    return {"Users": {"Full Name": np.array([row[1] for row in company.OWNERS], dtype=object),
                      "Manager": np.array([managers[row[2]] for row in company.OWNERS], dtype=object),
                      "Business Unit": np.array([row[3] for row in company.OWNERS], dtype=object)}}


def _leads(here: World) -> Columns:
    leads = here.now.leads
    deal = np.array([here.deal_of.get(lead) for lead in leads["lead_id"]], dtype=object)
    return {
        **_hidden(leads["lead_id"], here.lead_since, "Lead"),
        "Lead Number": each(leads["lead_id"], lead_number), "Name": each(leads["contact_id"], person),
        "Company Name": each(leads["account_id"], firm), "Email": each(leads["contact_id"], email),
        "Created On": minute(leads["created_at"]), "Owner": each(leads["owner"], owner_name),
        "Status": np.array([LEAD_STATUS.get(stage, "Open") for stage in here.lead_stage], dtype=object),
        "Status Reason": _reasons(here), "Lead Source": leads["source"], "Source Campaign": leads["campaign"],
        "Industry": leads["industry"], "No. of Employees": comma(leads["employees"], 0), "Country/Region": leads["country"],
        "Job Title": leads["seniority"], "Department": leads["role"], "Request Type": leads["request"],
        "Marketing Material": np.where(leads["newsletter"] == 1, "Send", "Do Not Send"), "Budget": leads["budget"],
        "Qualifying Opportunity": each(deal, deal_number), "Parent Account for lead": _account(leads, deal),
    }


def _reasons(here: World) -> np.ndarray:
    """Today's status reason: of a disqualified lead, why."""
    stages = here.now.stages.take(here.now.stages["stage"] == company.LEAD_LOST)
    why = dict(zip(stages["entity_id"], stages["reason"], strict=True))
    return np.array([DISQUALIFIED[why[lead]] if lead in why else STATUS_REASON[stage]
                     for lead, stage in zip(here.now.leads["lead_id"], here.lead_stage, strict=True)], dtype=object)


def _account(leads: Table, deal: np.ndarray) -> np.ndarray:
    return each(where_else_none(np.array([i is not None for i in deal], bool), leads["account_id"]), firm)


def _deals(here: World) -> Columns:
    deals, stage = here.now.opportunities, here.deal_stage
    closed, won = is_closed(stage), stage == "won"
    open_stage = last_open_stage(here, won=False)
    return {
        **_hidden(deals["opportunity_id"], here.deal_since, "Opportunity"),
        "Opportunity Number": each(deals["opportunity_id"], deal_number), "Topic": each(deals["account_id"], firm),
        "Lead Number (Originating Lead) (Lead)": each(deals["lead_id"], lead_number), "Account": each(deals["account_id"], firm),
        "Created On": minute(deals["created_at"]), "Owner": each(deals["owner"], owner_name),
        "Status": np.where(closed, renamed(stage, STAGE), "Open"),
        "Status Reason": np.where(won, "Won", np.where(closed, "Out-Sold", "In Progress")),
        "Sales Stage": renamed(open_stage, STAGE), "Est. Close Date": date(last_expected(here)),
        "Actual Close Date": date(np.where(closed, here.deal_since, NOT_A_TIME)),
        "Est. Revenue (Base)": comma(deals["amount"]), "Actual Revenue (Base)": comma(np.where(won, deals["amount"], np.nan)),
        "Margin (Base)": comma(deals["margin"]), "Probability": np.where(won, "100", np.where(closed, "0", "50")).astype(object),
        "Rating": renamed(stage, RATING), "Forecast Category": renamed(deals["category"], CATEGORY), "Product": deals["product"],
        "Product Line": deals["line"], "Segment": deals["segment"], "Main Competitor": deals["competitor"],
        "Discount": comma(deals["discount"]), "Stakeholders": comma(deals["stakeholders"], 0),
        "Industry (Account) (Account)": deals["industry"], "No. of Employees (Account) (Account)": comma(deals["employees"], 0),
        "Country/Region (Account) (Account)": deals["country"], "Lead Source (Originating Lead) (Lead)": deals["source"],
        "Loss Reason": deals["lost_reason"],
    }


def _hidden(ids: np.ndarray, since: np.ndarray, entity: str) -> Columns:
    """The three columns with which an export can be imported again."""
    return {f"(Do Not Modify) {entity}": each(ids, guid), "(Do Not Modify) Row Checksum": each(ids, lambda i: f"{guid(i)[:8]}=="),
            "(Do Not Modify) Modified On": minute(since)}


# ---- the audit history --------------------------------------------------------------------------------------------


def _audit(here: World) -> Columns:
    """Old and new values by label; closing a deal changes its status, not its sales stage."""
    lead, deal = change_log(here, "lead"), _without_last_expectation(here)
    status: Writers = {"stage": lambda values: renamed(values, {**STATUS_REASON, **DISQUALIFIED}),
                       "owner": lambda values: each(values, owner_name)}
    terms: Writers = {
        "stage": lambda values: renamed(values, STAGE), "amount": lambda values: comma(values.astype(float)),
        "expected_close": lambda values: date(values.astype(TIME)), "category": lambda values: renamed(values, CATEGORY),
    }
    ends = np.isin(deal["new"].astype(str), ("won", company.DEAL_LOST)) & (deal["field"] == "stage")
    old = np.where(ends, "Open", written(deal, "old", terms))
    field = np.where(ends, "Status", renamed(deal["field"], DEAL_FIELDS))
    return {
        "Changed Date": minute(np.append(lead["at"], deal["at"])),
        "Entity": np.repeat(np.array(["Lead", "Opportunity"], dtype=object), [lead.rows, deal.rows]),
        "Record Id": each(np.append(lead["entity_id"], deal["entity_id"]), guid),
        "Event": np.full(lead.rows + deal.rows, "Update", object),
        "Changed Field": np.append(renamed(lead["field"], LEAD_FIELDS), field),
        "Old Value": np.append(written(lead, "old", status), old),
        "New Value": np.append(written(_with_reasons(here, lead), "new", status), written(deal, "new", terms)),
    }


def _with_reasons(here: World, log: Table) -> Table:
    """Why a lead was disqualified, where the log says that it was."""
    stages = here.now.stages.take(here.now.stages["stage"] == company.LEAD_LOST)
    why = dict(zip(stages["entity_id"], stages["reason"], strict=True))
    new = np.array([why[i] if value == company.LEAD_LOST else value
                    for i, value in zip(log["entity_id"], log["new"], strict=True)], dtype=object)
    return log.with_columns(new=new)


def _without_last_expectation(here: World) -> Table:
    """The estimated close date stays as it was; the actual one is a column of its own."""
    log = change_log(here, "opportunity")
    ended = dict(zip(here.now.opportunities["opportunity_id"], np.where(is_closed(here.deal_stage), here.deal_since, NOT_A_TIME),
                     strict=True))
    at_end = log["at"] == np.array([ended[i] for i in log["entity_id"]], TIME)
    return log.take(~(at_end & (log["field"] == "expected_close")))
