"""Who asks: the key a request came with, what it may do, and whose records it may see."""

from dataclasses import dataclass
from typing import Literal

Scope = Literal["score", "ingest", "read", "admin"]
SCOPES: tuple[Scope, ...] = ("score", "ingest", "read", "admin")


@dataclass(frozen=True)
class Limit:
    """Only the records of some owners: named themselves, or by their manager or region."""

    by: Literal["owner", "manager", "region"]
    to: tuple[str, ...]


@dataclass(frozen=True)
class Caller:
    """Whoever sent a request.

    Attributes
    ----------
    key_id : the public part of its key; empty where the service asks for none
    limit : None: every record
    """

    key_id: str = ""
    name: str = ""
    scopes: frozenset[str] = frozenset(SCOPES)
    limit: Limit | None = None


ANYONE = Caller()
"""Where no keys are set, whoever reaches the loopback address may do everything."""
