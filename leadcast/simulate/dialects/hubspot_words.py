"""How HubSpot writes things: record ids, times, flags, what is not filled in, and its internal names."""

import numpy as np

from leadcast.simulate import company
from leadcast.simulate.dialects.world import email

NO_VALUE = "(No value)"
LIFECYCLE = {"new": "lead", "mql": "marketingqualifiedlead", "sql": "salesqualifiedlead", "converted": "opportunity",
             company.LEAD_LOST: "UNQUALIFIED"}
"""The last is no lifecycle stage: HubSpot has none for it, so it is a value of hs_lead_status."""
STAGE = dict(zip((*company.DEAL_STAGES, company.DEAL_LOST), (
    "appointmentscheduled", "presentationscheduled", "contractsent", "closedwon", "closedlost"), strict=True))
CATEGORY = {"pipeline": "PIPELINE", "best case": "BEST_CASE", "commit": "COMMIT", "closed": "CLOSED", "omitted": "OMIT"}
PROBABILITY = {"discovery": "0.2", "proposal": "0.6", "negotiation": "0.9", "won": "1.0", "lost": "0.0"}
LEAD_PROPERTIES = {"stage": "lifecyclestage", "owner": "hubspot_owner_id"}
DEAL_PROPERTIES = {"stage": "dealstage", "amount": "amount", "expected_close": "closedate", "owner": "hubspot_owner_id",
                   "category": "hs_manual_forecast_category"}


def contact_id(lead_id: str) -> str:
    """A record id; every kind of object has numbers of its own."""
    return str(101_000_000 + int(lead_id[1:]))


def company_id(account_id: str) -> str:
    """As :func:`contact_id`."""
    return str(7_000_000_000 + int(account_id[1:]))


def deal_id(opportunity_id: str) -> str:
    """As :func:`contact_id`."""
    return str(9_000_000_000 + int(opportunity_id[1:]))


def owner_id(owner: str) -> str:
    """As :func:`contact_id`."""
    return str(52_000_000 + int(owner[1:]))


def address(lead_id: str) -> str:
    """The e-mail address, by which HubSpot tells contacts apart."""
    return email(lead_id)


def instant(times: np.ndarray) -> np.ndarray:
    """UTC: 2024-07-01T08:16:21Z, with milliseconds where there are any."""
    texts = np.array([f"{text}Z" for text in times.astype("datetime64[s]").astype(str)], dtype=object)
    texts[np.isnat(times)] = None
    return texts


def flag(values: np.ndarray) -> np.ndarray:
    """"true" and "false"."""
    return np.where(values, "true", "false").astype(object)


def filled(texts: np.ndarray) -> np.ndarray:
    """Missing texts as the export writes them."""
    return np.array([NO_VALUE if text is None else text for text in texts], dtype=object)
