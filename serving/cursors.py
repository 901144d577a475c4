"""Cursors of lists: where a page ended, as an opaque text that a client hands back."""

import base64
import json
from typing import Any

from leadcast.errors import RequestError

_BIGGEST = 2**63


def written_cursor(*key: str | int) -> str:
    """The last row's sort key as a text for an address.

    Examples
    --------
    >>> read_cursor(written_cursor(17, "L1"), int, str)
    (17, 'L1')
    """
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def read_cursor(text: str, *kinds: type) -> Any:
    """The sort key again, each part of its kind.

    Raises
    ------
    RequestError : it is no cursor of such a list
    """
    try:
        key = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        fits = isinstance(key, list) and [type(part) for part in key] == list(kinds)
        for part in key if fits else ():
            fits = fits and ("\x00" not in part and bool(part.encode()) if isinstance(part, str) else abs(part) < _BIGGEST)
    except (ValueError, RecursionError):
        fits = False
    if not fits:
        raise RequestError("no cursor of this list: send back the next of an earlier page", ("cursor",))
    return tuple(key)
