"""The company as Odoo's API gives it: leads and deals in one table, changes in the values that its messages track."""

import numpy as np

from leadcast.simulate import company
from leadcast.simulate.blocks import Block
from leadcast.simulate.dialects.changelog import change_log, last_open_stage, of_fields, written
from leadcast.simulate.dialects.odoo_messages import messages
from leadcast.simulate.dialects.odoo_words import STAGE, STATUS, filled, flag, money, owner_name, record_id, utc
from leadcast.simulate.dialects.world import OWNER_NAMES, World, each, email, firm, last_expected, person, renamed, world
from leadcast.simulate.dirt import Dirt
from leadcast.simulate.tables import where_else_none
from leadcast.simulate.writing import Columns, day, number
from leadcast.table import NOT_A_TIME, Table

CHANCES = {"discovery": 22.4, "proposal": 48.1, "negotiation": 71.9, "won": 100.0, "lost": 0.0}


def odoo_tables(block: Block, leads: int, dirt: Dirt) -> dict[str, Columns]:
    """What one block adds to each model's file; amounts are in the company's currency, as Odoo keeps them."""
    here = world(block, leads, in_euros=True)
    return {"crm_lead": _crm_lead(here), "mail_tracking_value": _tracking(here), **messages(here)}


def odoo_lookups(leads: int) -> dict[str, Columns]:
    """The users."""
    return {"res_users": {"id": np.array([str(int(row[0][1:]) + 5) for row in company.OWNERS], dtype=object),
                          "name": np.array([row[1] for row in company.OWNERS], dtype=object),
                          "sale_team_id": np.array([row[3] for row in company.OWNERS], dtype=object)}}


def _crm_lead(here: World) -> Columns:
    leads = here.now.leads
    deal = _deal_rows(here)
    converted = deal >= 0
    stage = _of_deal(here.deal_stage, deal)
    since = np.append(here.deal_since, NOT_A_TIME)[deal]
    lost = (here.lead_stage == company.LEAD_LOST) | (stage == company.DEAL_LOST)
    closed = np.where(stage == "won", since, NOT_A_TIME)
    closed = np.where(lost, np.where(converted, since, here.lead_since), closed)
    chance = np.array([CHANCES.get(name, 9.7) for name in stage])
    amount = _of_deal(here.now.opportunities["amount"], deal)
    return {
        "id": each(leads["lead_id"], record_id), "name": each(leads["account_id"], firm),
        "type": np.where(converted, "opportunity", "lead"), "active": flag(~lost), "create_date": utc(leads["created_at"]),
        "date_conversion": utc(_of_deal(here.now.opportunities["created_at"], deal)), "date_closed": utc(closed),
        "date_last_stage_update": utc(np.where(converted, since, leads["created_at"])),
        "date_deadline": filled(_of_deal(day(last_expected(here)), deal)), "stage_id": _stage_today(here, deal),
        "x_studio_lead_status": renamed(_status_today(here), STATUS), "user_id": each(leads["owner"], owner_name),
        "partner_name": each(leads["account_id"], firm), "contact_name": each(leads["contact_id"], person),
        "email_from": each(leads["contact_id"], email), "country_id": filled(leads["country"]),
        "source_id": filled(leads["source"]), "campaign_id": filled(leads["campaign"]), "function": filled(leads["seniority"]),
        "x_studio_department": filled(leads["role"]), "x_studio_industry": filled(leads["industry"]),
        "x_studio_employees": filled(number(leads["employees"])), "x_studio_request": filled(leads["request"]),
        "x_studio_newsletter": flag(leads["newsletter"] == 1), "x_studio_budget": filled(leads["budget"]),
        "expected_revenue": money(amount), "prorated_revenue": money(amount * (chance / 100.0)), "probability": money(chance),
        "automated_probability": money(chance), "lost_reason_id": filled(_lost_reason(here)),
        "day_close": money((closed - leads["created_at"]) / np.timedelta64(1, "D")),
        **_terms(here.now.opportunities, deal),
    }


def _terms(deals: Table, deal: np.ndarray) -> Columns:
    """What is written down when a lead becomes an opportunity; False while it is a lead."""
    texts = {"x_studio_product": "product", "x_studio_product_line": "line", "x_studio_segment": "segment",
             "x_studio_competitor": "competitor"}
    numbers = {"x_studio_discount": "discount", "x_studio_stakeholders": "stakeholders", "x_studio_margin": "margin"}
    return {**{ours: filled(_of_deal(deals[name], deal)) for ours, name in texts.items()},
            **{ours: filled(number(_of_deal(deals[name], deal))) for ours, name in numbers.items()}}


def _deal_rows(here: World) -> np.ndarray:
    """The deal each lead became, -1 for none, shape (leads,)."""
    rows = {lead: row for row, lead in enumerate(here.now.opportunities["lead_id"])}
    return np.array([rows.get(lead, -1) for lead in here.now.leads["lead_id"]])


def _of_deal(values: np.ndarray, deal: np.ndarray) -> np.ndarray:
    """A column of the deals for each lead; missing where it became none."""
    nothing: object = {"M": NOT_A_TIME, "f": np.nan}.get(values.dtype.kind)
    return np.append(values, np.array([nothing], dtype=values.dtype))[deal]


def _stage_today(here: World, deal: np.ndarray) -> np.ndarray:
    """Of deals the last stage reached: what is lost is archived and keeps it. Of leads the first."""
    return renamed(np.where(deal >= 0, np.append(last_open_stage(here), ["discovery"])[deal], "discovery"), STAGE)


def _status_today(here: World) -> np.ndarray:
    """The last status reached, conversion and loss aside; shape (leads,)."""
    entries = here.now.stages.take(here.now.stages["entity"] == "lead")
    kept = entries.take(np.isin(entries["stage"].astype(str), ("new", "mql", "sql")))
    last = dict(zip(kept["entity_id"], kept["stage"], strict=True))
    return np.array([last[lead] for lead in here.now.leads["lead_id"]], dtype=object)


def _lost_reason(here: World) -> np.ndarray:
    stages = here.now.stages.take(np.array([reason is not None for reason in here.now.stages["reason"]], bool))
    reasons = {here.lead_of.get(i, i): reason for i, reason in zip(stages["entity_id"], stages["reason"], strict=True)}
    return np.array([reasons.get(lead) for lead in here.now.leads["lead_id"]], dtype=object)


# ---- what the messages track --------------------------------------------------------------------------------------


def _tracking(here: World) -> Columns:
    """Old and new values, each kind in columns of its own; lost is the flag active going from 1 to 0."""
    lead, deal = change_log(here, "lead"), change_log(here, "opportunity")
    lead = lead.take(lead["new"] != "converted")
    parts = [_tracked(lead, "x_studio_lead_status", STATUS), _tracked(deal, "stage_id", STAGE)]
    table = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort((table["mail_message_id/date"], table["mail_message_id/res_id"].astype(int)))
    return {name: column[order] for name, column in table.items()}


def _tracked(log: Table, stage: str, words: dict[str, str]) -> dict[str, np.ndarray]:
    log = of_fields(log, "stage", "owner", "amount")
    lost = np.isin(log["new"].astype(str), (company.LEAD_LOST, company.DEAL_LOST)) & (log["field"] == "stage")
    money_ = log["field"] == "amount"
    field = np.where(lost, "active", renamed(log["field"], {"stage": stage, "owner": "user_id", "amount": "expected_revenue"}))
    columns: dict[str, np.ndarray] = {
        "mail_message_id/res_id": each(log["entity_id"], record_id), "mail_message_id/date": utc(log["at"]),
        "field_id/name": field,
    }
    for side, ours, active in (("old", "old", "1"), ("new", "new", "0")):
        texts = written(log, ours, {"stage": lambda v: renamed(v, words), "owner": lambda v: renamed(v, OWNER_NAMES)})
        columns[f"{side}_value_char"] = where_else_none(~lost & ~money_, texts)
        columns[f"{side}_value_integer"] = np.where(lost, active, "0").astype(object)
        columns[f"{side}_value_float"] = np.where(money_, texts, "0.0")
    return columns
