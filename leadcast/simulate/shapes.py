"""The same world in three poorer shapes: today's state, one event log, a static table without dates."""

import numpy as np

from leadcast.history import History
from leadcast.simulate import company
from leadcast.simulate.blocks import Block
from leadcast.simulate.canonical import canonical_tables, cut
from leadcast.simulate.crm import STAGE, STATUS
from leadcast.simulate.dirt import Dirt
from leadcast.simulate.tables import stack
from leadcast.simulate.writing import Columns, day, number, with_offset
from leadcast.table import Table

LOG_STAGES = {
    "new": "Lead created", "mql": "Lead qualified by marketing", "sql": "Lead qualified by sales",
    "disqualified": "Lead disqualified", "converted": "Deal opened", "proposal": "Proposal sent",
    "negotiation": "Negotiation started", "won": "Deal won", "lost": "Deal lost",
}
LAST = {"converted": "Deal opened", company.LEAD_LOST: "Closed by owner"}
SPELLED = ("industry", "country", "source", "role")
FIT = ("industry", "employees", "country", "role", "seniority", "source", "campaign", "request")


def snapshot_tables(block: Block, leads: int, dirt: Dirt) -> dict[str, Columns]:
    """Leads and deals as two list exports show them today: no events, no history, dates of the last change only."""
    now = cut(canonical_tables(block), leads)
    people, deals = now.leads, now.opportunities
    status, since = now.stage_at("lead", np.arange(people.rows), np.full(people.rows, now.end))
    stage, _ = now.stage_at("opportunity", np.arange(deals.rows), np.full(deals.rows, now.end))
    return {
        "leads": dirt.broken("leads", {
            "Lead ID": people["lead_id"], "Create Date": with_offset(people["created_at"]), "Owner": people["owner"],
            **_fit(people, dirt), "Status": _renamed(status, STATUS), "Status Date": with_offset(since),
        }, "Lead ID", "Create Date"),
        "deals": {
            "Deal ID": deals["opportunity_id"], "Lead ID": deals["lead_id"], "Create Date": with_offset(deals["created_at"]),
            "Owner": deals["owner"], "Product": deals["product"], "Segment": deals["segment"], "Competitor": deals["competitor"],
            "Discount": number(deals["discount"]), "Stakeholders": number(deals["stakeholders"]),
            "Amount (EUR)": number(deals["amount"]), "Stage": _renamed(stage, STAGE), "Close Date": day(deals["expected_close"]),
        },
    }


def log_tables(block: Block, leads: int, dirt: Dirt) -> dict[str, Columns]:
    """One event log: case, activity, time, resource, and the case's attributes on every row; stages are activities too."""
    now = cut(canonical_tables(block), leads)
    rows = stack([_stage_rows(now), _event_rows(now, block)])
    lead = now.rows("lead", rows["case"])
    rows = rows.take(rows["time"] >= now.leads["created_at"][lead])
    rows = rows.take(np.lexsort((rows["rank"], rows["time"], rows["case"])))
    lead = now.rows("lead", rows["case"])
    number_in_case = np.arange(rows.rows) - np.searchsorted(lead, lead, "left")
    people = now.leads.take(lead)
    amount = np.full(now.leads.rows, np.nan)
    amount[now.rows("lead", now.opportunities["lead_id"])] = _first_amounts(now)
    columns = {
        "case_id": rows["case"], "activity": rows["activity"], "timestamp": with_offset(rows["time"]), "step": number_in_case + 1,
        "resource": rows["resource"], **_fit(people, dirt),
        "deal_amount": number(np.where(rows["activity"] == LOG_STAGES["converted"], amount[lead], np.nan)),
    }
    return {"log": dirt.broken("log", columns, "case_id", "timestamp", share=0.0005)}


def export_tables(block: Block, leads: int, dirt: Dirt) -> dict[str, Columns]:
    """One static table without dates: ids that rise in time, what was known at the form, and how it ended."""
    now = cut(canonical_tables(block), leads)
    people = now.leads
    status, _ = now.stage_at("lead", np.arange(people.rows), np.full(people.rows, now.end))
    ending = np.array([{"converted": "1", company.LEAD_LOST: "0"}.get(s) for s in status], dtype=object)
    lead = block.events["lead"]
    before = block.events["occurred_at"] < people["created_at"][lead]
    visits, prices = (np.bincount(lead[before & mask], minlength=people.rows) for mask in
                      (np.ones(len(lead), bool), block.events["type"] == "web_pricing"))
    return {"leads": {
        "Lead Number": np.array([str(700_000 + int(i[1:])) for i in people["lead_id"]], dtype=object), "Owner": people["owner"],
        **_fit(people, dirt), "Newsletter": dirt.flags(people["newsletter"]), "Total Visits": visits, "Price List Visits": prices,
        # Filled in when the matter is over: a leak that a mapping has to name.
        "Last Activity": _renamed(status, {**dict.fromkeys(company.LEAD_STAGES, "Call planned"), **LAST}),
        "Converted": ending,
    }}


def _fit(people: Table, dirt: Dirt) -> dict[str, np.ndarray]:
    spelled = {name: dirt.spelled(people[name]) if name in SPELLED else people[name] for name in FIT}
    return spelled | {"employees": number(people["employees"])}


def _stage_rows(now: History) -> Table:
    """Every stage entry as an activity; a deal belongs to the case of its lead."""
    lead_of = dict(zip(now.opportunities["opportunity_id"], now.opportunities["lead_id"], strict=True))
    owner = dict(zip(now.leads["lead_id"], now.leads["owner"], strict=True))
    stages = now.stages
    case = np.array([lead_of.get(i, i) for i in stages["entity_id"]], dtype=object)
    return Table({
        "case": case, "activity": _renamed(stages["stage"], LOG_STAGES), "time": stages["entered_at"],
        "resource": np.array([owner[c] for c in case], dtype=object), "rank": np.zeros(stages.rows),
    })


def _event_rows(now: History, block: Block) -> Table:
    """Every other event known by the end; sessions belong to the case that caused them."""
    kept = block.events.take(block.events["recorded_at"] <= now.end)
    return Table({
        "case": now.leads["lead_id"][kept["lead"]], "activity": kept["type"], "time": kept["occurred_at"],
        "resource": kept["actor"], "rank": np.ones(kept.rows),
    })


def _first_amounts(now: History) -> np.ndarray:
    """What each deal was worth when it was opened."""
    deals = now.opportunities
    return now.value_at("opportunity", "amount", np.arange(deals.rows), deals["created_at"])


def _renamed(texts: np.ndarray, names: dict[str, str]) -> np.ndarray:
    return np.array([names[text] for text in texts], dtype=object)
