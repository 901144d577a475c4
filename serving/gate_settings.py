"""What the gate lets through, from the environment."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

from leadcast.errors import LeadcastError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SettingError(LeadcastError):
    """An environment variable that cannot be used."""


@dataclass(frozen=True)
class GateSettings:
    """Limits of a worker.

    Attributes
    ----------
    most_bytes : of a body
    most_depth : how deep arrays and objects of a body may be nested
    body_seconds : how long a body may take to arrive
    per_minute : requests of a key, over all workers; 0: no limit
    per_minute_without_keys : the same of an address, where there are no keys
    failures_per_minute : wrong keys from one address, over all workers
    proxies : whose X-Forwarded-* headers, and whose ``proxy_header``, are believed
    proxy_header : names the user whom a trusted proxy has signed in; empty: none does
    log_addresses : whether the log may tell the client's address
    """

    most_bytes: int = 8 << 20
    most_depth: int = 100
    body_seconds: float = 10.0
    per_minute: int = 6_000
    per_minute_without_keys: int = 60_000
    failures_per_minute: int = 10
    workers: int = 1
    proxies: tuple[Network, ...] = ()
    proxy_header: str = ""
    log_addresses: bool = False

    def share(self, per_minute: int) -> float:
        """This worker's part of a limit that holds for all of them."""
        return per_minute / self.workers


def read_gate_settings(environ: Mapping[str, str]) -> GateSettings:
    """The settings that the environment asks for.

    Raises
    ------
    SettingError : one of them cannot be used; says which
    """
    usual = GateSettings()
    header = environ.get("LEADCAST_TRUSTED_PROXY_HEADER", "").strip().lower()
    proxies = _networks(environ, "LEADCAST_TRUSTED_PROXY")
    if header and not proxies:
        raise SettingError("LEADCAST_TRUSTED_PROXY_HEADER is set, but LEADCAST_TRUSTED_PROXY does not say whose header to "
                           "believe: write the proxy's address, such as 127.0.0.1 or 10.0.0.0/24.")
    return GateSettings(
        most_bytes=_whole(environ, "LEADCAST_MOST_BYTES", usual.most_bytes, 1024),
        most_depth=_whole(environ, "LEADCAST_MOST_DEPTH", usual.most_depth, 10),
        body_seconds=float(_whole(environ, "LEADCAST_BODY_SECONDS", int(usual.body_seconds), 1)),
        per_minute=_whole(environ, "LEADCAST_PER_MINUTE", usual.per_minute, 0),
        per_minute_without_keys=_whole(environ, "LEADCAST_PER_MINUTE", usual.per_minute_without_keys, 0),
        workers=_whole(environ, "LEADCAST_WORKERS", 1, 1),
        proxies=proxies, proxy_header=header, log_addresses=environ.get("LEADCAST_LOG_ADDRESSES") == "1",
    )


def _whole(environ: Mapping[str, str], name: str, usual: int, least: int) -> int:
    text = environ.get(name, "").strip()
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and least <= int(text) <= 1 << 40):
        raise SettingError(f"{name} is {text!r}: write a whole number, {least:,} or more.")
    return int(text)


def _networks(environ: Mapping[str, str], name: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in environ.get(name, "").split(",") if part.strip())
    except ValueError as refused:
        raise SettingError(f"{name}: {refused}. Write addresses or networks with commas between, such as 10.0.0.0/24.") from None
