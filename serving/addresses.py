"""From where a request comes, and whether the door it came through is only this machine's."""

import ipaddress
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from serving.gate_settings import Network

LOCAL_NAMES = ("localhost",)


def is_loopback(host: str) -> bool:
    """Does only this machine reach that address? A name other than localhost is not looked up.

    Examples
    --------
    >>> [is_loopback(host) for host in ("127.0.0.1", "127.8.8.8", "::1", "localhost", "0.0.0.0", "::", "10.0.0.5", "")]
    [True, True, True, True, False, False, False, False]
    """
    if host.lower() in LOCAL_NAMES:
        return True
    try:
        return _address(host).is_loopback
    except ValueError:
        return False


def came_by_loopback(scope: Mapping[str, Any], host_header: str) -> bool:
    """Was the connection made to a loopback address, by a loopback name?

    The name counts because a page on the web may let its own name point to 127.0.0.1 (DNS rebinding) and then ask as one of us.
    """
    server = scope.get("server")
    if server is not None and server[1] is not None and not is_loopback(server[0]):  # a port of None: a socket in the file system
        return False
    return is_loopback(_host_of(host_header))


def is_trusted(scope: Mapping[str, Any], proxies: Collection[Network]) -> bool:
    """Does the request come straight from a proxy that we believe?"""
    peer = scope.get("client")
    return peer is not None and _is_in(peer[0], proxies)


def client_address(scope: Mapping[str, Any], forwarded_for: str, proxies: Collection[Network]) -> str:
    """Who asks: the peer, or behind proxies that we believe the last address that none of them has; an IPv6 network as one."""
    peer = scope.get("client")
    found = str(peer[0]) if peer else ""
    if is_trusted(scope, proxies):
        for hop in reversed([part.strip() for part in forwarded_for.split(",") if part.strip()]):
            found = hop
            if not _is_in(hop, proxies):
                break
    try:
        address = _address(found)
    except ValueError:
        return "unknown"
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _is_in(text: str, networks: Collection[Network]) -> bool:
    try:
        address = _address(text)
    except ValueError:
        return False
    return any(address in network for network in networks)


@lru_cache(4096)
def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.ip_address(text)
    mapped = getattr(address, "ipv4_mapped", None)
    return address if mapped is None else mapped


def _host_of(header: str) -> str:
    """The host of a Host header, without its port.

    Examples
    --------
    >>> _host_of("127.0.0.1:3000"), _host_of("[::1]:3000"), _host_of("localhost")
    ('127.0.0.1', '::1', 'localhost')
    """
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0]
