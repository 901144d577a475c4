"""The id under which a request is found again: in the answer, in the log, in the ledger."""

import re
from contextvars import ContextVar
from uuid import uuid4

HEADER = "X-Request-ID"
CURRENT: ContextVar[str] = ContextVar("request_id", default="")
"""Of the request that is being answered here; empty where nobody stands at the gate."""
_USABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")


def accepted(given: str | None) -> str:
    """The id that a caller sent, where it is 8 to 64 letters, digits or ``._-``; else a new one.

    Examples
    --------
    >>> accepted("crm-2026.03_17"), len(accepted("no good")), len(accepted(None))
    ('crm-2026.03_17', 32, 32)
    """
    return given if given is not None and _USABLE.fullmatch(given) else uuid4().hex
