"""How Salesforce writes things: ids, times, flags, rates, and the words of its pick lists."""

from collections.abc import Callable
from string import ascii_lowercase, ascii_uppercase, digits

import numpy as np

from leadcast.simulate import company

STATUS = dict(zip((*company.LEAD_STAGES, company.LEAD_LOST), (
    "Open - Not Contacted", "Marketing Qualified", "Sales Qualified", "Closed - Converted", "Closed - Not Converted",
), strict=True))
STAGE = dict(zip((*company.DEAL_STAGES, company.DEAL_LOST), (
    "Qualification", "Proposal/Price Quote", "Negotiation/Review", "Closed Won", "Closed Lost"), strict=True))
CATEGORY = {"pipeline": "Pipeline", "best case": "Best Case", "commit": "Commit", "closed": "Closed", "omitted": "Omitted"}
PROBABILITY = {"discovery": "10", "proposal": "75", "negotiation": "90", "won": "100", "lost": "0"}

_DIGITS = digits + ascii_uppercase + ascii_lowercase
_CHECK = ascii_uppercase + "012345"


def id_of(prefix: str) -> Callable[[str], str]:
    """Makes ids of 18 characters from ours: the kind's prefix, the org, a number to the base of 62, three for upper case.

    The first 15 are what reports show; they differ in case alone, which spreadsheets and joins that ignore case mix up.

    Examples
    --------
    >>> id_of("00Q")("L0000012")
    '00Q5g000000000CEAQ'
    """
    def write(ours: str) -> str:
        short = f"{prefix}5g0000{_base62(int(ours[1:])):0>6}"
        return short + "".join(_check(short[k:k + 5]) for k in (0, 5, 10))
    return write


def _base62(number_: int) -> str:
    text = ""
    while number_:
        number_, rest = divmod(number_, 62)
        text = _DIGITS[rest] + text
    return text


def _check(five: str) -> str:
    """Which of five characters are upper case, as one character."""
    return _CHECK[sum(1 << k for k, letter in enumerate(five) if letter in ascii_uppercase)]


def prospect_id(contact_id: str) -> str:
    """Account Engagement numbers its prospects itself."""
    return str(30_000_000 + int(contact_id[1:]))


def instant(times: np.ndarray) -> np.ndarray:
    """UTC with milliseconds: 2024-07-01T08:16:21.000Z."""
    texts = times.astype("datetime64[ms]").astype(str).astype(object)
    texts = np.array([f"{text}Z" for text in texts], dtype=object)
    texts[np.isnat(times)] = None
    return texts


def flag(values: np.ndarray) -> np.ndarray:
    """"true" and "false"."""
    return np.where(values, "true", "false").astype(object)
