"""The world as a CRM exports it: many tables, keyed by contact, lead, deal and account, with the CRM's own names and habits."""

import numpy as np

from leadcast.history import History
from leadcast.simulate import company
from leadcast.simulate.blocks import Block
from leadcast.simulate.canonical import canonical_tables, cut
from leadcast.simulate.dirt import Dirt
from leadcast.simulate.writing import Columns, day, epoch_ms, local, number, with_offset
from leadcast.table import Table

STATUS = dict(zip((*company.LEAD_STAGES, company.LEAD_LOST),
                  ("New", "Marketing Qualified", "Sales Qualified", "Converted", "Disqualified"), strict=True))
STAGE = dict(zip((*company.DEAL_STAGES, company.DEAL_LOST),
                 ("Discovery", "Proposal", "Negotiation", "Closed Won", "Closed Lost"), strict=True))
FIELDS = {"amount": "Amount", "expected_close": "CloseDate", "category": "ForecastCategory", "owner": "OwnerId"}
SESSIONS = ("web_session", "web_pricing", "web_form")
CHANNELS = ("email", "call")


def crm_tables(block: Block, leads: int, dirt: Dirt) -> dict[str, Columns]:
    """What one block adds to each file, as known at the end of the data."""
    now = cut(canonical_tables(block, in_euros=False), leads)
    return {
        "accounts": _accounts(block, dirt), "contacts": _contacts(block, dirt), "leads": _leads(now, dirt),
        **_events(now, dirt), "deals": _deals(now), "deal_contacts": _deal_contacts(now, block),
        "deal_stage_history": _deal_stages(now), "lead_status_history": _lead_stages(now, dirt), "field_history": _fields(now),
    }


def crm_lookups(leads: int) -> dict[str, Columns]:
    """The files that do not grow with the leads."""
    owners, quotas, rates = company.owners(), company.quotas(leads), company.rates()
    names, lines, prices, _ = zip(*company.PRODUCTS, strict=True)
    return {
        "users": {"UserId": owners["owner"], "Name": owners["name"], "ManagerId": owners["manager"], "Region": owners["region"],
                  "ValidFrom": with_offset(owners["valid_from"])},
        "quotas": {"UserId": quotas["owner"], "Region": quotas["region"], "Quarter": quotas["period"],
                   "Target": number(quotas["amount"]), "Currency": quotas["currency"]},
        "rates": {"Currency": rates["currency"], "From": with_offset(rates["valid_from"]), "EurPerUnit": number(rates["rate"])},
        "products": {"ProductId": _product_ids(np.array(names, dtype=object)), "ProductName": np.array(names, dtype=object),
                     "Line": np.array(lines, dtype=object), "ListPrice": number(np.array(prices))},
    }


def _accounts(block: Block, dirt: Dirt) -> Columns:
    accounts = block.accounts
    return {
        "AccountId": accounts["account_id"], "Industry": dirt.spelled(accounts["industry"]),
        "Employees": dirt.thousands(number(accounts["employees"])), "Country": dirt.spelled(accounts["country"]),
    }


def _contacts(block: Block, dirt: Dirt) -> Columns:
    contacts = block.contacts
    return {"ContactId": contacts["contact_id"], "AccountId": contacts["account_id"], "Role": dirt.spelled(contacts["role"]),
            "Seniority": contacts["seniority"]}


def _leads(now: History, dirt: Dirt) -> Columns:
    leads = now.leads
    deal = dict(zip(now.opportunities["lead_id"], now.opportunities["opportunity_id"], strict=True))
    columns = {
        "LeadId": leads["lead_id"], "CreatedDate": local(leads["created_at"]), "ContactId": leads["contact_id"],
        "OwnerId": leads["owner"],
        "LeadSource": dirt.spelled(leads["source"]), "Campaign": leads["campaign"], "Request": leads["request"],
        "Newsletter": dirt.flags(leads["newsletter"]), "Budget": leads["budget"],
        "ConvertedDealId": np.array([deal.get(i) for i in leads["lead_id"]], dtype=object),
    }
    return dirt.broken("leads", columns, "LeadId", "CreatedDate")


def _events(now: History, dirt: Dirt) -> dict[str, Columns]:
    """Visits by contact, e-mails and calls by lead, the rest by lead or deal."""
    events = now.events
    channel = np.array([name.split("_", 1)[0] for name in events["type"]], dtype=object)
    visit, touch = np.isin(events["type"], SESSIONS), np.isin(channel, CHANNELS)
    visits, touches, rest = (events.take(rows) for rows in (visit, touch, ~visit & ~touch))
    sessions = {
        "SessionId": visits["event_id"], "ContactId": visits["contact_id"], "StartedAt": epoch_ms(visits["occurred_at"]),
        "Pages": number(visits["value"]), "PricingPage": (visits["type"] == "web_pricing").astype(int),
        "Form": (visits["type"] == "web_form").astype(int),
    }
    talks = {
        "TouchId": touches["event_id"], "LeadId": touches["lead_id"], "Channel": channel[touch],
        "Action": np.array([name.split("_", 1)[1] for name in touches["type"]], dtype=object),
        "Direction": np.where(touches["direction"] == "from_us", "Outbound", "Inbound"),
        "OccurredAt": with_offset(touches["occurred_at"]),
        "RecordedAt": with_offset(touches["recorded_at"]), "UserId": touches["actor"], "Minutes": number(touches["value"]),
    }
    activities = {
        "ActivityId": rest["event_id"], "LeadId": rest["lead_id"], "DealId": rest["opportunity_id"], "Kind": rest["type"],
        "StartedAt": with_offset(rest["occurred_at"]), "UserId": rest["actor"], "Minutes": number(rest["value"]),
    }
    return {
        "sessions": dirt.broken("sessions", dirt.twice("sessions", sessions), "ContactId", "StartedAt"),
        "touches": dirt.broken("touches", dirt.twice("touches", talks), "LeadId", "OccurredAt"), "sales_activities": activities,
    }


def _deals(now: History) -> Columns:
    deals = now.opportunities
    stage, _ = now.stage_at("opportunity", np.arange(deals.rows), np.full(deals.rows, now.end))
    return {
        "DealId": deals["opportunity_id"], "CreatedDate": local(deals["created_at"]), "AccountId": deals["account_id"],
        "ProductId": _product_ids(deals["product"]), "Amount": number(deals["amount"]), "Margin": number(deals["margin"]),
        "Currency": deals["currency"], "Stage": _renamed(stage, STAGE), "CloseDate": day(deals["expected_close"]),
        "OwnerId": deals["owner"], "ForecastCategory": deals["category"], "Segment": deals["segment"],
        "Competitor": deals["competitor"], "Discount": number(deals["discount"]),
        "Stakeholders": number(deals["stakeholders"]), "LossReason": deals["lost_reason"],
    }


def _deal_contacts(now: History, block: Block) -> Columns:
    """Who takes part in a deal: a colleague who is not the primary contact stands first, where the account has one."""
    deals, contacts = now.opportunities, block.contacts
    last = dict(zip(contacts["account_id"], contacts["contact_id"], strict=True))
    colleague = np.array([last[a] for a in deals["account_id"]], dtype=object)
    other = np.flatnonzero(colleague != deals["contact_id"])
    row = np.concatenate([other, np.arange(deals.rows)])
    primary = np.repeat([False, True], [len(other), deals.rows])
    order = np.lexsort((primary, row))
    row, primary = row[order], primary[order]
    return {"DealId": deals["opportunity_id"][row], "ContactId": np.where(primary, deals["contact_id"][row], colleague[row]),
            "IsPrimary": np.where(primary, "true", "false")}


def _deal_stages(now: History) -> Columns:
    stages = _entries(now, "opportunity")
    follows = np.append(False, stages["entity_id"][1:] == stages["entity_id"][:-1])[: stages.rows]
    before = np.where(follows, np.roll(stages["stage"], 1), company.DEAL_STAGES[0])
    return {"DealId": stages["entity_id"], "OldStage": _renamed(before, STAGE), "NewStage": _renamed(stages["stage"], STAGE),
            "ChangedAt": with_offset(stages["entered_at"]), "Reason": stages["reason"]}


def _lead_stages(now: History, dirt: Dirt) -> Columns:
    stages = _entries(now, "lead")
    columns = {"LeadId": stages["entity_id"], "Status": _renamed(stages["stage"], STATUS),
               "ChangedAt": with_offset(stages["entered_at"]), "Reason": stages["reason"]}
    return dirt.broken("lead_status_history", columns, "LeadId", "ChangedAt")


def _fields(now: History) -> Columns:
    fields = now.fields
    dates = fields["field"] == "expected_close"
    values = {}
    for name in ("value", "old_value"):
        values[name] = fields[name].copy()
        values[name][dates] = day(fields[name][dates].astype("datetime64[us]"))
    lead = fields["entity"] == "lead"
    return {"Object": np.where(lead, "Lead", "Deal"), "RecordId": fields["entity_id"], "Field": _renamed(fields["field"], FIELDS),
            "OldValue": values["old_value"], "NewValue": values["value"], "ChangedAt": with_offset(fields["changed_at"])}


def _entries(now: History, entity: str) -> Table:
    return now.stages.take(now.stages["entity"] == entity)


def _product_ids(names: np.ndarray) -> np.ndarray:
    ids = {row[0]: f"P{number:02d}" for number, row in enumerate(company.PRODUCTS, start=1)}
    return _renamed(names, ids)


def _renamed(texts: np.ndarray, names: dict[str, str]) -> np.ndarray:
    return np.array([names[text] for text in texts], dtype=object)
