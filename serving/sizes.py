"""A request's body: read once, within bounds of bytes, depth and time, then given on whole."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from serving.gate_settings import GateSettings
from serving.problems import Refused

POLITE = 4
"""So many times the limit is read and thrown away, so that the sender comes to read the answer."""
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json", re.ASCII)
_NO_MARKS = bytes(set(range(256)) - set(b'[]{}"'))
_STEPS = np.zeros(256, np.int8)
_STEPS[list(b"[{")], _STEPS[list(b"]}")] = 1, -1
_CLOSES = {"Connection": "close"}


class ClientGone(Exception):
    """Nobody waits for the answer any more."""


def has_body(headers: Mapping[str, str]) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


async def read_body(receive: Any, headers: Mapping[str, str], settings: GateSettings) -> bytes:
    """The whole body.

    Raises
    ------
    Refused : 413 too large, 408 too slow, 415 not JSON, 422 nested too deep
    ClientGone : the connection was closed
    """
    if not _JSON.fullmatch(headers.get("content-type", "").partition(";")[0].strip().lower()):
        raise Refused(415, "wrong_content_type", "Send JSON, with the header Content-Type: application/json.", _CLOSES)
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Refused(415, "encoded", "Send the body as it is, without a Content-Encoding.", _CLOSES)
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length) > POLITE * settings.most_bytes:
        raise _too_large(settings)
    try:
        async with asyncio.timeout(settings.body_seconds):
            body = await _read(receive, settings)
    except TimeoutError:
        raise Refused(408, "too_slow", f"The body did not arrive within {settings.body_seconds:g} seconds.", _CLOSES) from None
    if depth_exceeds(body, settings.most_depth):
        raise Refused(422, "too_deep", f"Arrays and objects may be nested {settings.most_depth} deep.")
    return body


async def _read(receive: Any, settings: GateSettings) -> bytes:
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        part, more = message.get("body", b""), message.get("more_body", False)
        size += len(part)
        if size <= settings.most_bytes:
            parts.append(part)
        else:
            parts.clear()
            if size > POLITE * settings.most_bytes:
                break
    if size > settings.most_bytes:
        raise _too_large(settings)
    return b"".join(parts)


def _too_large(settings: GateSettings) -> Refused:
    return Refused(413, "too_large", f"The body is larger than {settings.most_bytes:,} bytes; send less at once.", _CLOSES)


def depth_exceeds(body: bytes, most: int) -> bool:
    """Are its arrays and objects nested deeper than ``most``? Counted on the bytes, outside of texts, before anything is parsed.

    Examples
    --------
    >>> depth_exceeds(b'[[1], {"a": "[[[[[["}]', 2), depth_exceeds(b'[[[1]]]', 2), depth_exceeds(b'["\\\\"[[[["]', 1)
    (False, True, False)
    """
    if body.count(b"[") + body.count(b"{") <= most:
        return False
    marks = np.frombuffer(body.replace(rb"\\", b"").replace(rb'\"', b"").translate(None, _NO_MARKS), np.uint8)
    outside = np.cumsum(marks == ord('"'), dtype=np.uint8) % 2 == 0  # of texts; counting modulo 256 keeps even and odd apart
    return bool(np.cumsum(_STEPS[marks[outside]], dtype=np.int32).max(initial=0) > most)


def replayed(body: bytes, receive: Any) -> Any:
    """A ``receive`` that gives the body in one piece, then what the connection says."""
    left = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Any:
        return left.pop() if left else await receive()

    return again
