"""What happened, as Salesforce and its Account Engagement keep it: tasks, meetings, e-mails, quotes, visits."""

import numpy as np

from leadcast.simulate.dialects.salesforce_words import flag, id_of, instant, prospect_id
from leadcast.simulate.dialects.world import World, each, person
from leadcast.simulate.writing import Columns, day, number
from leadcast.table import Table

CLICK, OPEN, WON, VISIT, SUBMIT, PRIORITY = "1", "11", "9", "20", "4", "2"
TYPES = {"web_session": (VISIT, "Visit"), "web_pricing": (PRIORITY, "Priority Page"), "web_form": (SUBMIT, "Form"),
         "email_opened": (OPEN, "Email"), "email_clicked": (CLICK, "Email")}


def activities(here: World) -> dict[str, Columns]:
    """Task, Event, EmailMessage and Quote.

    When a lead is converted, Salesforce moves all it has done to the new contact (WhoId) and deal (WhatId).
    """
    calls, mails = here.of_type("call_outbound", "call_inbound"), here.of_type("email_sent", "email_replied")
    meetings, quotes = here.of_type("meeting", "demo"), here.of_type("quote")
    return {
        "Task": {
            **_whose(here, calls, "00T"), "Subject": np.full(calls.rows, "Call", object),
            "TaskSubtype": np.full(calls.rows, "Call", object), "Status": np.full(calls.rows, "Completed", object),
            "CallType": np.where(calls["direction"] == "from_us", "Outbound", "Inbound"),
            "CallDurationInSeconds": number(60 * calls["value"]), "ActivityDate": day(calls["occurred_at"]),
            "CompletedDateTime": instant(calls["recorded_at"]), "OwnerId": each(calls["actor"], id_of("005")),
        },
        "EmailMessage": {
            "Id": each(_lettered(mails), id_of("02s")), "Activity.WhoId": _who(here, mails), "RelatedToId": _what(here, mails),
            "Incoming": flag(mails["type"] == "email_replied"), "MessageDate": instant(mails["occurred_at"]),
            "CreatedById": each(mails["actor"], id_of("005")),
        },
        "Event": {
            **_whose(here, meetings, "00U"), "Type": np.where(meetings["type"] == "demo", "Demo", "Meeting"),
            "StartDateTime": instant(meetings["occurred_at"]), "DurationInMinutes": number(meetings["value"]),
            "OwnerId": each(meetings["actor"], id_of("005")),
        },
        "Quote": {
            "Id": each(_lettered(quotes), id_of("0Q0")), "OpportunityId": each(quotes["opportunity_id"], id_of("006")),
            "CreatedDate": instant(quotes["occurred_at"]), "CreatedById": each(quotes["actor"], id_of("005")),
            "Status": np.where(_won(here, quotes), "Accepted", "Presented"),
        },
    }


def visitor_activities(here: World) -> Columns:
    """Visits, forms, opens and clicks of prospects; and "Opportunity Won", which tells the answer."""
    done = here.of_type(*TYPES)
    person_of = dict(zip(here.now.leads["lead_id"], here.now.leads["contact_id"], strict=True))
    entries = here.entries("opportunity")
    wins = entries.take(entries["stage"] == "won")
    winners = np.array([person_of[here.lead_of[d]] for d in wins["entity_id"]], dtype=object)
    people = np.array([person_of[i] for i in done["lead"]], dtype=object)
    codes = np.array([TYPES[name] for name in done["type"]], dtype=object).reshape(-1, 2)
    return {
        "id": np.append(done["event_id"], each(wins["entity_id"], lambda i: f"9{i[1:]}")),
        "prospectId": each(np.append(people, winners), prospect_id),
        "prospectName": each(np.append(people, winners), person),
        "type": np.append(codes[:, 0], np.full(wins.rows, WON, object)),
        "typeName": np.append(codes[:, 1], np.full(wins.rows, "Opportunity Won", object)),
        "createdAt": instant(np.append(done["occurred_at"], wins["entered_at"])),
        "visitorPageViewCount": number(np.append(done["value"], np.full(wins.rows, np.nan))),
    }


def _whose(here: World, events: Table, prefix: str) -> Columns:
    return {"Id": each(_lettered(events), id_of(prefix)), "WhoId": _who(here, events), "WhatId": _what(here, events)}


def _lettered(events: Table) -> np.ndarray:
    return each(events["event_id"], lambda i: f"E{i}")


def _who(here: World, events: Table) -> np.ndarray:
    """The lead; once it is converted, its contact."""
    lead, contact = id_of("00Q"), id_of("003")
    return each(events["lead"], lambda i: contact(i) if i in here.deal_of else lead(i))


def _what(here: World, events: Table) -> np.ndarray:
    deals = np.array([here.deal_of.get(i) for i in events["lead"]], dtype=object)
    return each(deals, id_of("006"))


def _won(here: World, events: Table) -> np.ndarray:
    won = set(here.now.opportunities["opportunity_id"][here.deal_stage == "won"])
    return np.array([i in won for i in events["opportunity_id"]], bool)
