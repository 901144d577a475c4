"""The four published data sets as tables in the order of time, without what their publishers say gives the answer away."""

from pathlib import Path

import pandas as pd

from benchmarks.data_sets import DataSet

OFFER_TO_OUTCOME = pd.Timedelta(days=25)  # offers younger than this at the export had no time to end, and quick ends would rule
ENDS = {"A_APPROVED": 1, "A_DECLINED": 0, "A_CANCELLED": 0}


def published_sets(folder: Path) -> list[DataSet]:
    """X Education, Olist, the loan funnel and Maven, from the folders their SOURCE.md files describe."""
    return [x_education(folder / "x-education-leads"), olist(folder / "olist-marketing-funnel"),
            loan_funnel(folder / "bpi-challenge-2012"), maven(folder / "maven-crm-sales-opportunities")]


def x_education(folder: Path) -> DataSet:
    """Leads in the order of their number; what sales wrote down, and the vendor's score, left out."""
    rows = pd.read_csv(folder / "leads.csv").sort_values("Lead Number", kind="stable")
    rows = rows.mask(rows == "Select")
    late = [c for c in rows if c.startswith("Asymmetrique")]
    return DataSet("x-education", rows, "Prospect ID", "Lead Number", None, "Converted", "1",
                   ("Tags", "Lead Quality", "Lead Profile", "Last Activity", "Last Notable Activity", *late), (),
                   {"source": "Lead Source"}, "X Education lead scoring (upGrad, IIIT-B)")


def olist(folder: Path) -> DataSet:
    """Leads of 2018; those of 2017 miss their wins."""
    leads = pd.read_csv(folder / "olist_marketing_qualified_leads_dataset.csv")
    deals = pd.read_csv(folder / "olist_closed_deals_dataset.csv")
    leads["won"] = leads["mql_id"].isin(deals["mql_id"]).astype(int)
    rows = leads[leads["first_contact_date"] >= "2018"].sort_values(["first_contact_date", "mql_id"], kind="stable")
    return DataSet("olist", rows, "mql_id", None, "first_contact_date", "won", "1", (), (), {"source": "origin"},
                   "Marketing Funnel by Olist")


def maven(folder: Path) -> DataSet:
    """Closed deals at the moment they were engaged. Invented data: there is nothing to find."""
    deals, accounts, products, teams = (pd.read_csv(folder / f"{name}.csv")
                                        for name in ("sales_pipeline", "accounts", "products", "sales_teams"))
    deals = deals[deals["deal_stage"].isin(["Won", "Lost"])].replace({"product": {"GTXPro": "GTX Pro"}})
    rows = deals.merge(accounts, how="left", on="account").merge(products, how="left", on="product")
    rows = rows.merge(teams, how="left", on="sales_agent").sort_values(["engage_date", "opportunity_id"], kind="stable")
    return DataSet("maven", rows, "opportunity_id", None, "engage_date", "deal_stage", "Won", ("close_date", "close_value"), (),
                   {"owner": "sales_agent", "account_id": "account"}, "CRM Sales Opportunities (Maven Analytics)")


def loan_funnel(folder: Path) -> DataSet:
    """Applications at their first offer, with counts of what had happened by then; approved or not in the end.

    The same table for everybody, so that models are compared and not the features that Leadcast makes of a history.
    """
    cases = pd.read_csv(folder / "cases.csv.gz", dtype={"case_id": str})
    events = pd.read_csv(folder / "events.csv.gz", dtype={"case_id": str})
    events["at"] = pd.to_datetime(events["timestamp"], utc=True, format="ISO8601")
    offers = events[events["activity"] == "O_SENT"].groupby("case_id")["at"].min().rename("offer_at")
    ended = events[events["activity"].isin(list(ENDS))].groupby("case_id")["activity"].last().map(ENDS).rename("won")
    past = events.merge(offers, on="case_id").query("at <= offer_at").sort_values(["case_id", "event_seq"])
    kind = "n_" + past["activity"].str.replace(" ", "_") + "_" + past["lifecycle"].str.lower()
    seen = past.groupby("case_id")
    summary = pd.DataFrame({"events": seen.size(), "people": seen["resource"].nunique(),
                            "last_person": "person " + seen["resource"].last().astype("Int64").astype("string")})
    summary = summary.join(pd.crosstab(past["case_id"], kind))
    rows = cases.merge(offers, on="case_id").merge(ended, on="case_id").merge(summary.reset_index(), on="case_id")
    began = pd.to_datetime(rows.pop("registered_at"), utc=True, format="ISO8601")
    rows["hours_to_offer"] = ((rows["offer_at"] - began).dt.total_seconds() / 3600).round(3)
    rows = rows[rows["offer_at"] < rows["offer_at"].max() - OFFER_TO_OUTCOME].sort_values("offer_at", kind="stable")
    rows["offer_at"] = rows["offer_at"].dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return DataSet("loan-funnel", rows, "case_id", None, "offer_at", "won", "1", (), (), {},
                   "BPI Challenge 2012 (doi 10.4121/uuid:3926db30-f712-4394-aebc-75976070e91f)")
