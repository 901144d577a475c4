"""Keys that open the service: made once, shown once, kept as a hash.

A secret is 256 random bits, so a plain SHA-256 keeps it: slow hashes are for passwords, which can be guessed. Nobody can try
2^256 of them, and a quick hash cannot be used to keep the service busy.
"""

import hmac
import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from sqlalchemy import Connection, Row, select, update

from leadcast.errors import LeadcastError
from leadcast.store import tables
from leadcast.store.columns import micro
from leadcast.store.engine import Store
from leadcast.store.upsert import keep_known

MARK = "lc"
SECRET_BYTES = 32
MOST_LIVE = 2
SESSION_SECRET = "session_secret"
_NOBODY = sha256(b"").hexdigest()


class KeyMistake(LeadcastError):
    """A key that cannot be made, or that is not there."""


@dataclass(frozen=True)
class ApiKey:
    """A key as the store keeps it.

    Attributes
    ----------
    key_id : its public part
    limit_by, limit_to : whose records it may see: owner, manager or region, and their names; None: everybody's
    rate_per_minute : requests; None: the service's default
    created_at, expires_at, revoked_at, last_used_at : microseconds since 1970, UTC
    """

    key_id: str
    name: str
    secret_hash: str
    scopes: frozenset[str]
    limit_by: str | None
    limit_to: tuple[str, ...]
    rate_per_minute: int | None
    created_at: int
    expires_at: int | None = None
    revoked_at: int | None = None
    last_used_at: int | None = None

    def is_live(self, now: np.datetime64) -> bool:
        return self.revoked_at is None and (self.expires_at is None or micro(now) < self.expires_at)


@dataclass(frozen=True)
class KeyRing:
    """Every key there ever was, and the secret that signs sessions; what one look at the store gives."""

    keys: Mapping[str, ApiKey]
    session_secret: bytes

    def holder(self, text: str, now: np.datetime64) -> ApiKey | None:
        """The live key that a text is, compared in constant time; an unknown id costs the same work as a wrong secret."""
        mark, _, rest = text.partition("_")
        key_id, _, secret = rest.partition("_")
        known = self.keys.get(key_id)
        said = sha256(secret.encode("utf-8", "replace")).hexdigest()
        is_it = hmac.compare_digest(said, known.secret_hash if known else _NOBODY)
        return known if known and is_it and mark == MARK and known.is_live(now) else None


def make_key(
    store: Store, name: str, scopes: Collection[str], now: np.datetime64, limit_by: str | None = None,
    limit_to: Collection[str] = (), expires_at: np.datetime64 | None = None, rate_per_minute: int | None = None,
) -> tuple[str, ApiKey]:
    """Make a key; its text is in no other place afterwards.

    Returns
    -------
    the text to send, ``lc_<key id>_<secret>``, and what the store keeps of it

    Raises
    ------
    KeyMistake : a live key has that name, or admin is to be limited
    """
    with store.writing() as connection:
        if _live(connection, name, now):
            raise KeyMistake(f"A live key is named {name!r}. Choose another name, or make a second one for it: "
                             f"leadcast keys rotate {name}.")
        if limit_by is not None and "admin" in scopes:
            raise KeyMistake("A key with the scope admin may do everything, so it cannot be limited to an owner, manager or "
                             "region. Leave out one of the two.")
        text, key = _new(name, frozenset(scopes), now, limit_by, tuple(limit_to), expires_at, rate_per_minute)
        _insert(connection, key)
    return text, key


def rotate_key(
    store: Store, name: str, now: np.datetime64, expires_at: np.datetime64 | None = None
) -> tuple[str, ApiKey, ApiKey]:
    """Make a second key with the same name, scopes and limit, so that one can be exchanged for the other without a gap.

    Returns
    -------
    the text to send, the new key, and the old one, to be revoked once nobody uses it

    Raises
    ------
    KeyMistake : no live key has that name, or two have
    """
    with store.writing() as connection:
        live = _live(connection, name, now)
        if not live:
            raise KeyMistake(f"No live key is named {name!r}. leadcast keys list shows them all.")
        if len(live) >= MOST_LIVE:
            raise KeyMistake(f"Two keys named {name!r} are live already ({', '.join(key.key_id for key in live)}). Revoke the "
                             f"older one first: leadcast keys revoke {live[0].key_id}.")
        old = live[0]
        text, new = _new(name, old.scopes, now, old.limit_by, old.limit_to, expires_at, old.rate_per_minute)
        _insert(connection, new)
    return text, new, old


def revoke_key(store: Store, which: str, now: np.datetime64, at: np.datetime64 | None = None) -> ApiKey:
    """End a key, by its id or, where one live key has it, by its name.

    Parameters
    ----------
    at : let it expire then instead of ending now

    Raises
    ------
    KeyMistake : no live key is called that, or two are
    """
    with store.writing() as connection:
        live = [key for key in _all(connection) if which in (key.key_id, key.name) and key.is_live(now)]
        if not live:
            raise KeyMistake(f"No live key has the id or name {which!r}. leadcast keys list shows them all.")
        if len(live) > 1:
            raise KeyMistake(f"Two live keys are named {which!r}: {', '.join(key.key_id for key in live)} (the oldest first). "
                             "Name one by its id.")
        end = {"revoked_at": micro(now)} if at is None else {"expires_at": micro(at)}
        connection.execute(update(tables.api_keys).where(tables.api_keys.c.key_id == live[0].key_id).values(end))
    return live[0]


def list_keys(store: Store) -> list[ApiKey]:
    """Every key there ever was, the oldest first."""
    with store.reading() as connection:
        return _all(connection)


def read_ring(store: Store) -> KeyRing:
    """Everything that is needed to tell who asks.

    Raises
    ------
    StoreUnavailable : the database does not answer
    """
    with store.reading() as connection:
        secret = connection.execute(select(tables.meta.c.value).where(tables.meta.c.name == SESSION_SECRET)).scalar()
        return KeyRing({key.key_id: key for key in _all(connection)}, bytes.fromhex(secret or ""))


def verify(store: Store, text: str, now: np.datetime64) -> ApiKey | None:
    """The live key that a text is; None: nobody's."""
    return read_ring(store).holder(text, now)


def any_keys(store: Store) -> bool:
    """Was a key ever made? A door once closed does not open again because its last key was revoked or has expired."""
    with store.reading() as connection:
        return connection.execute(select(tables.api_keys.c.key_id).limit(1)).first() is not None


def note_used(store: Store, key_ids: Collection[str], now: np.datetime64) -> None:
    """Remember when keys were last used, so that one knows which may be revoked."""
    with store.writing(survive_power_cut=False) as connection:
        used = tables.api_keys.c.key_id.in_(sorted(key_ids))
        connection.execute(update(tables.api_keys).where(used).values(last_used_at=micro(now)))


def _new(
    name: str, scopes: frozenset[str], now: np.datetime64, limit_by: str | None, limit_to: tuple[str, ...],
    expires_at: np.datetime64 | None, rate_per_minute: int | None,
) -> tuple[str, ApiKey]:
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(SECRET_BYTES)
    key = ApiKey(key_id, name, sha256(secret.encode()).hexdigest(), scopes, limit_by, limit_to, rate_per_minute, micro(now),
                 None if expires_at is None else micro(expires_at))
    return f"{MARK}_{key_id}_{secret}", key


def _insert(connection: Connection, key: ApiKey) -> None:
    connection.execute(tables.api_keys.insert(), {
        "key_id": key.key_id, "name": key.name, "secret_hash": key.secret_hash, "scopes": " ".join(sorted(key.scopes)),
        "limit_by": key.limit_by, "limit_to": json.dumps(key.limit_to, ensure_ascii=False) if key.limit_by else None,
        "rate_per_minute": key.rate_per_minute, "created_at": key.created_at, "expires_at": key.expires_at})
    secret = {"name": SESSION_SECRET, "value": secrets.token_hex(SECRET_BYTES)}
    connection.execute(keep_known(connection, tables.meta), secret)


def _live(connection: Connection, name: str, now: np.datetime64) -> list[ApiKey]:
    return [key for key in _all(connection) if key.name == name and key.is_live(now)]


def _all(connection: Connection) -> list[ApiKey]:
    table = tables.api_keys
    return [_key(row) for row in connection.execute(select(table).order_by(table.c.created_at, table.c.key_id))]


def _key(row: Row) -> ApiKey:
    return ApiKey(row.key_id, row.name, row.secret_hash, frozenset(row.scopes.split()), row.limit_by,
                  tuple(json.loads(row.limit_to)) if row.limit_to else (), row.rate_per_minute, row.created_at, row.expires_at,
                  row.revoked_at, row.last_used_at)
