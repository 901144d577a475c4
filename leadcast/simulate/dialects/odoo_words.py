"""How Odoo writes things: one number for a lead and the deal it becomes, False for nothing, UTC without saying so."""

import numpy as np

from leadcast.simulate import company
from leadcast.simulate.dialects.world import OWNER_NAMES

STATUS = {"new": "New", "mql": "Marketing Qualified", "sql": "Sales Qualified", "converted": "converted",
          company.LEAD_LOST: "lost"}
"""The last two are no values of the status: conversion is a date, and what is lost is archived."""
STAGE = {"discovery": "New", "proposal": "Proposition", "negotiation": "Negotiation", "won": "Won", company.DEAL_LOST: "lost"}
NOTHING = "False"


def record_id(ours: str) -> str:
    """A lead keeps its number when it becomes an opportunity."""
    return str(int(ours[1:]))


def owner_name(owner: str) -> str:
    """Many2one columns show names."""
    return OWNER_NAMES[owner]


def utc(times: np.ndarray) -> np.ndarray:
    """2024-07-01 00:16:21, in UTC, which it does not say; False for none."""
    texts = np.array([text.replace("T", " ") for text in times.astype("datetime64[s]").astype(str)], dtype=object)
    texts[np.isnat(times)] = NOTHING
    return texts


def flag(values: np.ndarray) -> np.ndarray:
    """"True" and "False"."""
    return np.where(values, "True", "False").astype(object)


def filled(texts: np.ndarray) -> np.ndarray:
    """Missing values as the API gives them."""
    return np.array([NOTHING if text is None else text for text in texts], dtype=object)


def money(values: np.ndarray) -> np.ndarray:
    """Floats of two decimals, as Python writes them; 0.0 for none."""
    return np.array([repr(float(value)) for value in np.round(np.nan_to_num(values), 2)], dtype=object)
