"""``leadcast init`` on exports shaped like those of known CRMs: their names, their ways of writing, their links."""

import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from leadcast.draft import draft_workspace
from leadcast.mapping import read_history
from leadcast.workspace import read_workspace

N = 60
Drafted = Callable[..., tuple[dict[str, Any], Any, str]]


@pytest.fixture
def drafted(tmp_path: Path) -> Drafted:
    """``drafted({"leads.csv": frame})``: the drafted file, the history it gives, its text."""

    def draft(files: dict[str, pd.DataFrame]) -> tuple[dict[str, Any], Any, str]:
        for name, frame in files.items():
            frame.to_csv(tmp_path / name, index=False)
        text = draft_workspace([tmp_path / name for name in files], tmp_path)
        (tmp_path / "leadcast.toml").write_text(text, encoding="utf-8")
        return tomllib.loads(text), read_history(read_workspace(tmp_path)), text

    return draft


def frame(n: int = N, **columns: Callable[[int], object]) -> pd.DataFrame:
    """A table of texts; ``a__b`` becomes the column "a b"."""
    return pd.DataFrame({name.replace("__", " "): [make(i) for i in range(n)] for name, make in columns.items()}, dtype=str)


def at(i: int, form: str = "%Y-%m-%d %H:%M", days: int = 0) -> str:
    return (pd.Timestamp("2024-01-01 09:30") + pd.Timedelta(days=i + days)).strftime(form)


def entries(history: Any, entity: str) -> Counter:
    return Counter(history.stages["stage"][history.stages["entity"] == entity].tolist())


def test_contacts_with_a_lifecycle_and_deals_beside(drafted: Drafted) -> None:
    """As HubSpot exports them: contacts are the leads, "became a ..." dates their stages."""
    contacts = frame(
        Record__ID=lambda i: 5000 + i, Email=lambda i: f"a{i}@x.example", Contact__owner=lambda i: ("Ann", "Bob")[i % 2],
        Create__Date=at, Lifecycle__Stage=lambda i: ("Lead", "Marketing Qualified Lead", "Customer")[i % 3],
        Original__Source=lambda i: ("PAID", "ORGANIC")[i % 2], Number__of__Pageviews=lambda i: i,
        Became__a__Marketing__Qualified__Lead__Date=lambda i: at(i, days=3) if i % 3 else "",
        Became__a__Customer__Date=lambda i: at(i, days=30) if i % 3 == 2 else "")
    deals = frame(20, Record__ID=lambda i: 7000 + i, Deal__Stage=lambda i: ("Closed Won", "Closed Lost", "Contract Sent")[i % 3],
                  Deal__owner=lambda i: ("Ann", "Bob")[i % 2], Amount=lambda i: 100 + i, Create__Date=at,
                  Close__Date=lambda i: at(i, days=40), Associated__Contact__IDs=lambda i: 5000 + 3 * i)
    file, history, text = drafted({"hubspot-crm-exports-all-contacts-2024-12-01.csv": contacts,
                                   "hubspot-crm-exports-all-deals-2024-12-01.csv": deals})
    assert set(file["tables"]) == {"contacts", "deals"}
    assert "# QUESTION: there is no table of leads; does each contact count as one?" in text
    assert entries(history, "lead") == {"mql": 40, "won": 20}
    assert entries(history, "opportunity") == {"Closed Won": 7, "Closed Lost": 7, "Contract Sent": 6}
    assert history.opportunities["lead_id"][:2].tolist() == ["5000", "5003"]
    assert set(history.opportunities["owner"]) == {"Ann", "Bob"}


def test_history_of_properties_associations_and_two_pipelines(drafted: Drafted) -> None:
    """As HubSpot's interface gives them: numbers for ids, milliseconds for times, engagements through associations."""
    moment = {i: int(pd.Timestamp(at(i)).timestamp() * 1000) for i in range(400)}
    contacts = frame(vid=lambda i: 500 + i, createdate=lambda i: moment[i],
                     lifecyclestage=lambda i: ("lead", "customer")[i % 2])
    deals = frame(dealId=lambda i: 30000 + i, pipeline=lambda i: ("default", "renewals")[i % 2], amount=lambda i: 10 * i + 7,
                  dealstage=lambda i: ("closedwon", "churned")[i % 2], createdate=lambda i: moment[i],
                  closedate=lambda i: moment[i + 60])
    between = frame(contactId=lambda i: 500 + i, dealId=lambda i: 30000 + i)
    done = frame(90, engagementId=lambda i: 700000 + i, type=lambda i: ("EMAIL", "CALL")[i % 2], timestamp=lambda i: moment[i])
    whose = frame(180, engagementId=lambda i: 700000 + i // 2, objectType=lambda i: ("CONTACT", "DEAL")[i % 2],
                  objectId=lambda i: (500, 30000)[i % 2] + i // 2 % N)
    steps = (1, "presentation", "due"), (60, "closedwon", "churned")
    changed = [("DEAL", 30000 + i, "dealstage", moment[i + days], stages[i % 2]) for i in range(N) for days, *stages in steps]
    changes = pd.DataFrame(changed, columns=["objectType", "objectId", "property", "timestamp", "value"])
    file, history, _ = drafted({"contacts.csv": contacts, "deals.csv": deals, "contact_deal.csv": between,
                                "engagements.csv": done, "engagement_assoc.csv": whose, "property_history.csv": changes})
    assert [(p["name"], p["stages"]) for p in file["pipelines"] if p["entity"] == "opportunity"] == [
        ("default", ["presentation", "closedwon"]), ("renewals", ["due", "churned"])]
    assert entries(history, "opportunity") == {"presentation": 30, "closedwon": 30, "due": 30, "churned": 30}
    assert history.opportunities["lead_id"][:2].tolist() == ["500", "501"]
    assert history.events.rows == 180
    assert [e["where"] for e in file["events"]] == [{"objectType": "CONTACT"}, {"objectType": "DEAL"}]


def test_tasks_for_leads_and_contacts_and_a_history_of_fields(drafted: Drafted) -> None:
    """As Salesforce exports them: one column for ids of several kinds, stages among the changes of fields."""
    iso = "%Y-%m-%dT%H:%M:%S.000+0000"
    lead = frame(Id=lambda i: f"00Q{i:05d}", Email=lambda i: f"l{i}@x.example", LeadSource=lambda i: ("Web", "Event")[i % 2],
                 Status=lambda i: ("Closed - Converted", "Working - Contacted", "Closed - Not Converted")[i % 3],
                 ConvertedDate=lambda i: at(i, "%Y-%m-%d", 9) if i % 3 == 0 else "", CreatedDate=lambda i: at(i, iso),
                 ConvertedOpportunityId=lambda i: f"006{i:05d}" if i % 3 == 0 else "", Rating=lambda i: ("Hot", "")[i % 2])
    contact = frame(Id=lambda i: f"003{i:05d}", Title=lambda i: ("CEO", "CTO")[i % 2])
    deal = frame(20, Id=lambda i: f"006{3 * i:05d}", StageName=lambda i: ("Closed Won", "Prospecting")[i % 2],
                 Amount=lambda i: 10 + i, CloseDate=lambda i: at(i, "%Y-%m-%d", 60), CreatedDate=lambda i: at(i, iso, 9),
                 IsWon=lambda i: ("true", "false")[i % 2])
    changed = [(f"006{3 * i:05d}", *change) for i in range(20) for change in (
        ("StageName", "Prospecting", "Proposal", at(i, iso, 20)), ("CloseDate", at(i), at(i, days=5), at(i, iso, 30)),
        ("StageName", "Proposal", ("Closed Won", "Prospecting")[i % 2], at(i, iso, 50)))]
    changes = pd.DataFrame(changed, columns=["OpportunityId", "Field", "OldValue", "NewValue", "CreatedDate"])
    task = frame(80, Id=lambda i: f"00T{i:05d}", WhoId=lambda i: f"{('00Q', '003')[i % 2]}{i % N:05d}",
                 Type=lambda i: ("Call", "Email")[i % 2], ActivityDate=lambda i: at(i, "%Y-%m-%d"))
    file, history, _ = drafted({"Lead.csv": lead, "Contact.csv": contact, "Opportunity.csv": deal, "Task.csv": task,
                                "OpportunityFieldHistory.csv": changes})
    assert entries(history, "lead") == {"Closed - Converted": 20, "Working - Contacted": 20, "Closed - Not Converted": 20}
    assert file["pipelines"][1]["stages"] == ["Prospecting", "Proposal", "Closed Won"]
    assert entries(history, "opportunity") == {"Proposal": 20, "Closed Won": 10, "Prospecting": 10}
    assert file["field_history"][0]["fields"] == {"CloseDate": "expected_close"}
    assert history.opportunities["lead_id"][:2].tolist() == ["00Q00000", "00Q00003"]
    assert history.events["lead_id"][:2].tolist() == ["00Q00000", None]
    assert history.events["contact_id"][:2].tolist() == [None, "00300001"]


def test_one_column_for_the_way_and_one_for_the_end(drafted: Drafted) -> None:
    """As Dynamics exports them: a sales stage, and a status that says open, won or lost."""
    american = "%m/%d/%Y %I:%M %p"
    leads = frame(**{"(Do Not Modify) Lead": lambda i: f"g-{i:04d}",
                     "Status__Reason": lambda i: ("New", "Qualified", "Lost")[i % 3], "Created__On": lambda i: at(i, american),
                     "Lead__Source": lambda i: ("Web", "Ad")[i % 2]})
    deals = frame(30, **{"(Do Not Modify) Opportunity": lambda i: f"o-{i:04d}", "Originating__Lead": lambda i: f"g-{2 * i:04d}",
                         "Created__On": lambda i: at(i, american), "Est.__Close__Date": lambda i: at(i, "%m/%d/%Y", 50),
                         "Est.__Revenue": lambda i: 10.5 + i, "Status": lambda i: ("Open", "Won", "Lost")[i % 3],
                         "Actual__Close__Date": lambda i: at(i, "%m/%d/%Y", 45) if i % 3 else "",
                         "Sales__Stage": lambda i: ("1-Qualify", "2-Develop")[i % 2]})
    file, history, _ = drafted({"Leads.csv": leads, "Opportunities.csv": deals})
    assert file["opportunities"]["columns"].items() >= {
        "amount": "Est. Revenue", "expected_close": "Est. Close Date", "lead_id": "Originating Lead"}.items()
    assert file["pipelines"][1]["stages"] == ["1-Qualify", "2-Develop", "Won", "Lost"]
    assert entries(history, "opportunity") == {"1-Qualify": 5, "2-Develop": 5, "Won": 10, "Lost": 10}
    assert "status" not in file["opportunities"].get("attributes", {})


def test_one_table_for_leads_and_deals(drafted: Drafted) -> None:
    """As Odoo has it: False where nothing is, lost where no longer active."""
    table = frame(id=lambda i: i + 1, type=lambda i: ("lead", "opportunity")[i % 2], create_date=at,
                  date_conversion=lambda i: at(i, days=2) if i % 2 else "False",
                  date_closed=lambda i: at(i, days=20) if i % 4 == 3 else "False",
                  stage_id=lambda i: ("New", "New", "New", "Proposition", "New", "Won", "New", "Won")[i % 8],
                  active=lambda i: i % 8 != 3, lost_reason_id=lambda i: "Too expensive" if i % 8 == 3 else "False",
                  expected_revenue=lambda i: 100.0 * i)
    file, history, _ = drafted({"crm_lead.csv": table})
    assert (history.leads.rows, history.opportunities.rows) == (60, 30)
    assert file["tables"]["crm_lead"]["values"]["date_closed"] == {"False": ""}
    assert entries(history, "lead") == {"sql": 30}
    assert entries(history, "opportunity")["lost"] == 8
    assert file["opportunities"]["where"] == {"type": "opportunity"}


def test_all_columns_begin_alike(drafted: Drafted) -> None:
    """As Pipedrive exports them: "Deal - " before every name, and a time for won and for lost."""
    deals = frame(**{
        "Deal - ID": lambda i: i + 1, "Deal - Organization": lambda i: f"Org {i % 9}", "Deal - Value": lambda i: 10 * i,
        "Deal - Currency of Value": lambda i: "EUR", "Deal - Status": lambda i: ("Open", "Won", "Lost")[i % 3],
        "Deal - Stage": lambda i: ("Lead In", "Proposal Made")[i % 2], "Deal - Deal created": at,
        "Deal - Won time": lambda i: at(i, days=9) if i % 3 == 1 else "",
        "Deal - Lost time": lambda i: at(i, days=8) if i % 3 == 2 else "",
        "Deal - Expected close date": lambda i: at(i, "%Y-%m-%d", 20)})
    file, history, _ = drafted({"deals-123-7.csv": deals})
    assert entries(history, "opportunity") == {"Lead In": 10, "Proposal Made": 10, "won": 20, "lost": 20}
    assert file["opportunities"]["columns"]["expected_close"] == "Deal - Expected close date"
    assert file["workspace"]["currency"] == "EUR"
    assert "attributes" not in file["opportunities"]
