"""What happened, as Dynamics 365 keeps it: phone calls, e-mails, appointments, quotes, marketing interactions."""

import numpy as np

from leadcast.simulate.dialects.dynamics_words import comma, deal_number, guid, lead_number, minute, owner_name
from leadcast.simulate.dialects.world import World, each, renamed
from leadcast.simulate.tables import where_else_none
from leadcast.simulate.writing import Columns
from leadcast.table import Table

LEAD, DEAL = "Lead Number (Regarding) (Lead)", "Opportunity Number (Regarding) (Opportunity)"
INTERACTIONS = {"web_session": "WebsiteVisited", "web_pricing": "PriceListVisited", "web_form": "MarketingFormSubmitted",
                "email_opened": "EmailOpened", "email_clicked": "EmailClicked"}


def activities(here: World) -> dict[str, Columns]:
    """One view per kind of activity; what an activity regards is shown by name, so its number is taken along."""
    calls, mails = here.of_type("call_outbound", "call_inbound"), here.of_type("email_sent", "email_replied")
    meetings, quotes, done = here.of_type("meeting", "demo"), here.of_type("quote"), here.of_type(*INTERACTIONS)
    won = set(here.now.opportunities["opportunity_id"][here.deal_stage == "won"])
    return {
        "Phone Calls": {
            **_activity(calls, "Phone Call"), LEAD: each(calls["lead"], lead_number), "Direction": _way(calls),
            "Actual End": minute(calls["occurred_at"]), "Created On": minute(calls["recorded_at"]),
            "Duration": comma(calls["value"], 0),
        },
        "Email Messages": {
            **_activity(mails, "Email Message"), LEAD: each(mails["lead"], lead_number), "Direction": _way(mails),
            "Actual End": minute(mails["occurred_at"]),
        },
        "Appointments": {
            **_activity(meetings, "Appointment"), **_regards(meetings),
            "Category": np.where(meetings["type"] == "demo", "Demo", "Meeting"), "Start Time": minute(meetings["occurred_at"]),
            "Duration": comma(meetings["value"], 0),
        },
        "Quotes": {
            "(Do Not Modify) Quote": each(quotes["event_id"], guid), "Created On": minute(quotes["occurred_at"]),
            "Opportunity Number (Opportunity) (Opportunity)": each(quotes["opportunity_id"], deal_number),
            "Owner": each(quotes["actor"], owner_name),
            "Status": np.array(["Won" if deal in won else "Active" for deal in quotes["opportunity_id"]], dtype=object),
        },
        "Interactions": {
            "Interaction Id": each(done["event_id"], guid), "Interaction Type": renamed(done["type"], INTERACTIONS),
            "Lead Number": each(done["lead"], lead_number), "Timestamp": minute(done["occurred_at"]),
            "Pages": comma(done["value"], 0),
        },
    }


def _activity(events: Table, kind: str) -> Columns:
    return {f"(Do Not Modify) {kind}": each(events["event_id"], guid), "Owner": each(events["actor"], owner_name)}


def _way(events: Table) -> np.ndarray:
    return np.where(events["direction"] == "from_us", "Outgoing", "Incoming")


def _regards(events: Table) -> Columns:
    """The opportunity, where there is one by then, else the lead."""
    on_deal = np.array([deal is not None for deal in events["opportunity_id"]], bool)
    return {LEAD: each(where_else_none(~on_deal, events["lead"]), lead_number), DEAL: each(events["opportunity_id"], deal_number)}
