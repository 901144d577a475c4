"""How Dynamics 365 writes things into Excel, and a German Excel into CSV: labels, local times to the minute, decimal commas."""

import uuid

import numpy as np

from leadcast.simulate import company
from leadcast.simulate.dialects.world import OWNER_NAMES

DISQUALIFIED = dict(zip(company.LOST_LEAD_REASONS, ("Cannot Contact", "No Longer Interested", "Lost", "Canceled"), strict=True))
"""The reason of a disqualified lead is its status reason."""
STATUS_REASON = {"new": "New", "mql": "Marketing Qualified", "sql": "Sales Qualified", "converted": "Qualified",
                 company.LEAD_LOST: "Disqualified"}
LEAD_STATUS = {"converted": "Qualified", company.LEAD_LOST: "Disqualified"}
STAGE = dict(zip((*company.DEAL_STAGES, company.DEAL_LOST), ("Qualify", "Propose", "Close", "Won", "Lost"), strict=True))
CATEGORY = {"pipeline": "Pipeline", "best case": "Best case", "commit": "Committed", "closed": "Won", "omitted": "Lost"}
RATING = {"discovery": "Cold", "proposal": "Warm", "negotiation": "Warm", "won": "Hot", "lost": "Cold"}


def guid(ours: str) -> str:
    """The record's key, as the hidden first column has it."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, ours))


def lead_number(lead_id: str) -> str:
    """An autonumber column; names of leads are not unique, and lookups show names."""
    return f"LD-{int(lead_id[1:]):06d}"


def deal_number(opportunity_id: str) -> str:
    """As :func:`lead_number`."""
    return f"OPP-{int(opportunity_id[1:]):06d}"


def owner_name(owner: str) -> str:
    """Lookups show names."""
    return OWNER_NAMES[owner]


def minute(times: np.ndarray) -> np.ndarray:
    """Local time as a German view shows it: 01.07.2024 16:16."""
    return _shown(times, "m")


def date(times: np.ndarray) -> np.ndarray:
    """Local date: 01.07.2024."""
    return _shown(times, "D")


def comma(values: np.ndarray, decimals: int = 2) -> np.ndarray:
    """Numbers as a German Excel writes them: 1.234,50; NaN as an empty cell."""
    swap = str.maketrans(",.", ".,")
    return np.array([None if np.isnan(v) else f"{v:,.{decimals}f}".translate(swap) for v in values], dtype=object)


def _shown(times: np.ndarray, unit: str) -> np.ndarray:
    texts = (times + company.UTC_OFFSET).astype(f"datetime64[{unit}]").astype(str)
    return np.array([None if text == "NaT" else f"{text[8:10]}.{text[5:7]}.{text[:4]}{text[10:].replace('T', ' ')}"
                     for text in texts], dtype=object)
