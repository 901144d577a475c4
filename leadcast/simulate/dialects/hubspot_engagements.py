"""What happened, as HubSpot keeps it: calls, e-mails, meetings, quotes, e-mail events, visits."""

import numpy as np

from leadcast.simulate.dialects.hubspot_words import address, contact_id, deal_id, instant, owner_id
from leadcast.simulate.dialects.world import WEB, World, each
from leadcast.simulate.writing import Columns, epoch_ms, number

PAGES = {"web_session": "https://www.example.com/", "web_pricing": "https://www.example.com/pricing",
         "web_form": "https://www.example.com/demo"}


def engagements(here: World) -> dict[str, Columns]:
    """One file for each kind, each row with the contact it is associated with."""
    calls, mails = here.of_type("call_outbound", "call_inbound"), here.of_type("email_sent", "email_replied")
    meetings, quotes = here.of_type("meeting", "demo"), here.of_type("quote")
    answers, visits = here.of_type("email_opened", "email_clicked"), here.of_type(*WEB)
    return {
        "calls": {
            "hs_object_id": calls["event_id"], "hs_timestamp": instant(calls["occurred_at"]),
            "hs_createdate": instant(calls["recorded_at"]),
            "hs_call_direction": np.where(calls["direction"] == "from_us", "OUTBOUND", "INBOUND"),
            "hs_call_duration": number(60_000 * calls["value"]), "hubspot_owner_id": each(calls["actor"], owner_id),
            "contactId": each(calls["lead"], contact_id),
        },
        "emails": {
            "hs_object_id": mails["event_id"], "hs_timestamp": instant(mails["occurred_at"]),
            "hs_email_direction": np.where(mails["direction"] == "from_us", "EMAIL", "INCOMING_EMAIL"),
            "hubspot_owner_id": each(mails["actor"], owner_id), "contactId": each(mails["lead"], contact_id),
        },
        "meetings": {
            "hs_object_id": meetings["event_id"], "hs_meeting_start_time": instant(meetings["occurred_at"]),
            "hs_activity_type": meetings["type"], "duration_minutes": number(meetings["value"]),
            "hubspot_owner_id": each(meetings["actor"], owner_id), "contactId": each(meetings["lead"], contact_id),
        },
        "quotes": {
            "hs_object_id": quotes["event_id"], "hs_createdate": instant(quotes["occurred_at"]),
            "hubspot_owner_id": each(quotes["actor"], owner_id), "dealId": each(quotes["opportunity_id"], deal_id),
        },
        "email_events": {
            "id": answers["event_id"], "type": np.where(answers["type"] == "email_opened", "OPEN", "CLICK"),
            "created": epoch_ms(answers["occurred_at"]), "recipient": each(answers["lead"], address),
        },
        "events": {
            "id": visits["event_id"], "objectId": each(visits["lead"], contact_id), "occurredAt": instant(visits["occurred_at"]),
            "eventType": np.where(visits["type"] == "web_form", "e_submitted_form", "e_visited_page"),
            "hs_url": np.array([PAGES[name] for name in visits["type"]], dtype=object), "pages": number(visits["value"]),
        },
    }
