"""The cookie of somebody who has signed in on the page: whose key it was and until when, signed; never the key itself."""

import base64
import hmac
from hashlib import sha256

import numpy as np

from leadcast.store.api_keys import ApiKey, KeyRing
from leadcast.store.columns import micro

COOKIE = "leadcast_session"
HOURS = 12


def session_of(ring: KeyRing, key: ApiKey, now: np.datetime64) -> str:
    """The cookie's value, for 12 hours; it ends with its key."""
    claim = f"{key.key_id}.{micro(now + np.timedelta64(HOURS, 'h'))}"
    return f"{claim}.{_signature(ring, claim)}"


def session_holder(ring: KeyRing, cookie: str, now: np.datetime64) -> ApiKey | None:
    """The live key somebody has signed in with; None: the cookie is not ours, is over, or its key is."""
    claim, _, signature = cookie.rpartition(".")
    is_ours = hmac.compare_digest(signature.encode(), _signature(ring, claim).encode())
    key_id, _, until = claim.partition(".")
    if not (is_ours and ring.session_secret and until.isascii() and until.isdigit() and micro(now) < int(until)):
        return None
    key = ring.keys.get(key_id)
    return key if key is not None and key.is_live(now) else None


def _signature(ring: KeyRing, claim: str) -> str:
    made = hmac.new(ring.session_secret or b"none", claim.encode("utf-8", "replace"), sha256).digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")
