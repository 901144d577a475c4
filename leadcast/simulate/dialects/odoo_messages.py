"""What happened, as Odoo keeps it: messages, meetings, quotations, mailings, visits."""

import numpy as np

from leadcast.simulate.dialects.odoo_words import filled, owner_name, record_id, utc
from leadcast.simulate.dialects.world import WEB, World, each
from leadcast.simulate.writing import Columns, number
from leadcast.table import NOT_A_TIME, Table

KINDS = {"call_outbound": ("notification", "Activities", "Call"), "call_inbound": ("notification", "Activities", "Inbound Call"),
         "email_sent": ("email_outgoing", "Discussions", "False"), "email_replied": ("email", "Discussions", "False")}
PAGES = {"web_session": "/", "web_pricing": "/pricing", "web_form": "/contactus-thank-you"}


def messages(here: World) -> dict[str, Columns]:
    """One file per model; ids of related records as "/.id", as an export with technical names has them."""
    meetings, quotes = here.of_type("meeting", "demo"), here.of_type("quote")
    answers, visits = here.of_type("email_opened", "email_clicked"), here.of_type(*WEB)
    won = set(here.now.opportunities["opportunity_id"][here.deal_stage == "won"])
    return {
        "mail_message": _mail_message(here),
        "calendar_event": {
            "id": meetings["event_id"], "opportunity_id/.id": each(meetings["lead"], record_id),
            "start": utc(meetings["occurred_at"]), "duration": number(meetings["value"] / 60),
            "categ_ids": np.where(meetings["type"] == "demo", "Product Demo", "Meeting"),
            "user_id": each(meetings["actor"], owner_name),
        },
        "sale_order": {
            "id": quotes["event_id"], "opportunity_id/.id": each(quotes["opportunity_id"], record_id),
            "create_date": utc(quotes["occurred_at"]), "user_id": each(quotes["actor"], owner_name),
            "state": np.array(["sale" if deal in won else "sent" for deal in quotes["opportunity_id"]], dtype=object),
        },
        "mailing_trace": {
            "id": answers["event_id"], "model": np.full(answers.rows, "crm.lead", object),
            "res_id": each(answers["lead"], record_id),
            "open_datetime": _when(answers, "email_opened"), "links_click_datetime": _when(answers, "email_clicked"),
        },
        "website_track": {
            "id": visits["event_id"], "visitor_id/lead_ids/.id": each(visits["lead"], record_id),
            "visit_datetime": utc(visits["occurred_at"]),
            "page_id/url": np.array([PAGES[name] for name in visits["type"]], dtype=object),
        },
    }


def _mail_message(here: World) -> Columns:
    """E-mails and finished activities, and the notes that the system writes: "Opportunity Won" among them."""
    done = here.of_type(*KINDS)
    wins = here.now.stages.take(here.now.stages["stage"] == "won")
    told = [("notification", "Opportunity Won", "False")] * wins.rows
    kinds = np.array([*(KINDS[name] for name in done["type"]), *told], dtype=object)
    return {
        "id": np.append(done["event_id"], each(wins["entity_id"], lambda i: f"9{i[1:]}")),
        "model": np.full(len(kinds), "crm.lead", object),
        "res_id": np.append(each(done["lead"], record_id), each(wins["entity_id"], record_id)),
        # An activity is written down when it is marked done.
        "date": utc(np.append(np.fmax(done["occurred_at"], done["recorded_at"]), wins["entered_at"])),
        "message_type": kinds[:, 0], "subtype_id": kinds[:, 1], "mail_activity_type_id": kinds[:, 2],
        "author_id": np.append(filled(each(done["actor"], owner_name)), np.full(wins.rows, "OdooBot", object)),
    }


def _when(events: Table, kind: str) -> np.ndarray:
    return utc(np.where(events["type"] == kind, events["occurred_at"], NOT_A_TIME))
