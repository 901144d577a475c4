"""Does a file, a row or an answer name somebody? What is looked for when a person is erased."""

import html
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

FEWEST, FEWEST_MIXED, FEWEST_WORDS = 8, 5, 12


@dataclass(frozen=True)
class Mentions:
    """What names somebody.

    An id such as ``17`` stands in every table for something else; it counts only as the whole value of a field or column whose
    name ends in *id*. A telling one, such as ``L0000899`` or an address, counts wherever it stands as a word of its own.

    Attributes
    ----------
    ids : of the person's records
    texts : values of theirs that nobody else has
    """

    ids: frozenset[str]
    texts: frozenset[str] = frozenset()

    @cached_property
    def telling(self) -> tuple[str, ...]:
        """What can be looked for in any text."""
        texts = {text for text in self.texts if is_telling(text, is_id=False)}
        return tuple(sorted(texts | {one for one in self.ids if is_telling(one)}))

    @cached_property
    def _spelt(self) -> list[bytes]:
        spellings = {spelt.encode("utf-8", "surrogatepass") for text in self.telling for spelt in _spellings(text)}
        return sorted(spellings, key=len, reverse=True)

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        any_of = b"|".join(re.escape(spelt) for spelt in self._spelt)
        return re.compile(rb"(?<![0-9A-Za-z_])(?:" + any_of + rb")(?![0-9A-Za-z_])")

    def _may_be_in(self, content: bytes) -> bool:
        """A quick look without boundaries of words: a database of a gigabyte takes a second, not half a minute."""
        return any(spelt in content for spelt in self._spelt)

    def in_bytes(self, content: bytes) -> bool:
        """Does any telling one stand in it?"""
        return self._may_be_in(content) and self._pattern.search(content) is not None

    def blanked(self, content: bytes) -> bytes:
        """The same bytes with an x for each byte of a telling one: as long as before, and JSON, HTML or SVG as before."""
        return self._pattern.sub(lambda found: b"x" * len(found.group()), content) if self._may_be_in(content) else content

    def in_json(self, data: Any, key: str = "") -> bool:
        """Does a value, or a key, anywhere in plain data name them?"""
        if isinstance(data, Mapping):
            return any(self.in_field(key, name) or self.in_json(value, name) for name, value in data.items())
        if isinstance(data, list | tuple):
            return any(self.in_json(value, key) for value in data)
        return self.in_field(key, data)

    def in_field(self, name: str, value: Any) -> bool:
        """Does the value of a field or a column name them?"""
        if value is None or isinstance(value, bool):
            return False
        text = str(value).strip()
        if text in self.ids and name.rstrip("_0123456789").lower().endswith(("id", "ids")):
            return True
        return text in self.texts or self.in_bytes(text.encode("utf-8", "surrogatepass"))

    def in_row(self, names: Sequence[str], cells: Iterable[str]) -> bool:
        return any(self.in_field(name, cell) for name, cell in zip(names, cells, strict=False))

    def in_json_text(self, text: str) -> bool:
        """The same as :meth:`in_json` of a JSON text; a text that is none is looked through as it stands."""
        try:
            return self.in_json(json.loads(text))
        except ValueError:
            return self.in_bytes(text.encode("utf-8", "surrogatepass"))

    def needles(self) -> list[str]:
        """Texts of which one stands in every JSON text that names them: a quick first look, done by a database."""
        return sorted({spelt for text in self.ids | self.texts for spelt in _in_json(text)})


def is_telling(text: str, is_id: bool = True) -> bool:
    """Is it so peculiar that it names somebody wherever it stands?

    A value that could be a plain word is not: blanking every *background* would spoil each report page that has a colour.

    Examples
    --------
    >>> [is_telling(text) for text in ("L0899", "lead-of-ann", "17")]
    [True, True, False]
    >>> [is_telling(text, is_id=False) for text in ("ann@acme.example", "+49 30 901820", "called Ann twice", "background")]
    [True, True, True, False]
    """
    letters, digits = sum(c.isalpha() for c in text), sum(c.isdigit() for c in text)
    if "\n" in text or len(text) < FEWEST_MIXED:
        return False
    if "@" in text or (letters and digits) or digits >= FEWEST:
        return True
    if is_id:
        return len(text) >= FEWEST
    return (" " in text and len(text) >= FEWEST_WORDS) or (len(text) >= FEWEST and any(c.isupper() for c in text[1:]))


def _spellings(text: str) -> Collection[str]:
    """A text as it stands in plain text, JSON, HTML, CSV and addresses."""
    return {text, html.escape(text), html.escape(text, quote=False), text.replace('"', '""'), quote(text, errors="surrogatepass"),
            quote(text, safe="", errors="surrogatepass"),
            *_in_json(text)}


def _in_json(text: str) -> tuple[str, str]:
    return json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]
