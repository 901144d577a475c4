"""Names of features from the user's own words: lowercase ASCII, no two alike."""

import re
import unicodedata
from collections.abc import Iterable

LONGEST = 48


def slug(text: str) -> str:
    """A text in lowercase ASCII letters, digits and underscores; other scripts become code points.

    Examples
    --------
    >>> slug("E-Mail: Größe!"), slug("звонок"), slug("??")
    ('e_mail_grosse', 'u0437u0432u043eu043du043eu043a', 'unnamed')
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if not unicodedata.combining(c))
    coded = "".join(c if c.isascii() or not c.isalnum() else f"u{ord(c):04x}" for c in plain)
    return re.sub(r"[^a-z0-9]+", "_", coded).strip("_")[:LONGEST].rstrip("_") or "unnamed"


def slugs(texts: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """A slug for each text; one that is taken already gets a number, in the order given.

    Examples
    --------
    >>> slugs(["E-Mail", "e mail", "Call"], taken=["call"])
    {'E-Mail': 'e_mail', 'e mail': 'e_mail_2', 'Call': 'call_2'}
    """
    used, found = set(taken), {}
    for text in texts:
        found[text] = _free(slug(text), used)
        used.add(found[text])
    return found


def unique(names: Iterable[str]) -> list[str]:
    """The names themselves, a repeated one with a number after it.

    Examples
    --------
    >>> unique(["stage", "owner", "stage"])
    ['stage', 'owner', 'stage_2']
    """
    used: set[str] = set()
    found = []
    for name in names:
        found.append(_free(name, used))
        used.add(found[-1])
    return found


def _free(name: str, used: set[str]) -> str:
    number, free = 1, name
    while free in used:
        number += 1
        free = f"{name}_{number}"
    return free


def spoken(text: str) -> str:
    """A user's own word as it reads in a sentence: ``email_clicked`` becomes ``Email clicked``, ``A_SENT`` stays.

    Examples
    --------
    >>> spoken("email_clicked"), spoken("A_SENT"), spoken("Page visit")
    ('Email clicked', 'A_SENT', 'Page visit')
    """
    words = text.replace("_", " ").strip() if text == text.lower() else text
    return words[:1].upper() + words[1:]
