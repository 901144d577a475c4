"""Who asks: by a key, by the session of the page, by a proxy's word, or anybody on this machine while there are no keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from starlette.requests import cookie_parser

from leadcast.store.api_keys import ApiKey, KeyRing
from serving.addresses import came_by_loopback, is_trusted
from serving.caller import ANYONE, SCOPES, Caller, Limit
from serving.door import NO_KEYS
from serving.gate_settings import GateSettings
from serving.permissions import READING, needed
from serving.problems import Refused
from serving.sessions import COOKIE, session_holder

OURS = "leadcast"
CHALLENGE = {"WWW-Authenticate": "Bearer"}
STRANGER = Caller(scopes=frozenset())
"""Who asks for what is open to everybody."""


@dataclass(frozen=True)
class Identity:
    """A caller, and how often it may ask.

    Attributes
    ----------
    bucket : what its requests are counted under
    by_page : it may be a browser's page that asks, which another site could make ask
    per_minute : None: the service's default
    """

    caller: Caller
    bucket: str
    per_minute: int | None = None
    by_page: bool = False


class WrongKey(Refused):
    """A key was sent that opens nothing."""


def identify(
    scope: Mapping[str, Any], headers: Mapping[str, str], ring: KeyRing, now: np.datetime64, settings: GateSettings, address: str
) -> Identity:
    """Who asks.

    Parameters
    ----------
    address : the client's, where there is nothing else to count its requests under

    Raises
    ------
    WrongKey : a key that is unknown, expired or revoked
    Refused : nothing says who asks, or there are no keys and it comes from elsewhere
    """
    if not ring.keys and not settings.proxy_header:
        if not came_by_loopback(scope, headers.get("host", "")):
            raise Refused(403, "keys_needed", NO_KEYS)
        return Identity(ANYONE, f"address {address}", settings.per_minute_without_keys, by_page=True)
    if text := key_text(headers):
        holder = ring.holder(text, now)
        if holder is None:
            raise WrongKey(401, "wrong_key", "The key is unknown, has expired or was revoked.", CHALLENGE)
        return _of_key(holder)
    if cookie := cookie_parser(headers.get("cookie", "")).get(COOKIE):
        holder = session_holder(ring, cookie, now)
        if holder is not None:
            return _of_key(holder, by_page=True)
    if settings.proxy_header and is_trusted(scope, settings.proxies) and (user := headers.get(settings.proxy_header)):
        return Identity(Caller("proxy", user, frozenset({"read"})), f"proxy {user}", by_page=True)
    raise Refused(401, "key_needed", "Send a key: Authorization: Bearer lc_...", CHALLENGE)


def may(identity: Identity, method: str, path: str, headers: Mapping[str, str]) -> None:
    """Refuse what the caller's key does not open, and what a foreign page may have sent in its user's name.

    Raises
    ------
    Refused : says what is missing
    """
    if identity.by_page and method not in READING:
        if identity.caller is not ANYONE and headers.get("x-requested-with", "").lower() != OURS:
            raise Refused(403, "header_needed", f"A session may change something only with the header X-Requested-With: {OURS}.")
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            raise Refused(403, "other_site", "A page of another site may not change anything here.")
    scope = needed(method, path)
    if scope not in identity.caller.scopes:
        raise Refused(403, "scope_needed", f"This needs a key with the scope {scope}.")


def key_text(headers: Mapping[str, str]) -> str | None:
    """The key in a request's headers, as it was sent; None: there is none."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and token.strip():
        return token.strip()
    return headers.get("x-api-key", "").strip() or None


def caller_with(key: ApiKey) -> Caller:
    """Who holds a key; admin may do everything."""
    scopes = frozenset(SCOPES) if "admin" in key.scopes else key.scopes
    limit = None if key.limit_by is None else Limit(cast(Any, key.limit_by), key.limit_to)
    return Caller(key.key_id, key.name, scopes, limit)


def _of_key(key: ApiKey, by_page: bool = False) -> Identity:
    return Identity(caller_with(key), f"key {key.key_id}", key.rate_per_minute, by_page)
