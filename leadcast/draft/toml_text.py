"""TOML as a person would write it: short tables inline, aligned comments, questions above the lines they ask about."""

import json
import re
import textwrap
from collections.abc import Mapping
from typing import Any

QUESTION = "QUESTION"
WIDTH = 120


def key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def value(thing: Any) -> str:
    """A TOML value on one line.

    Examples
    --------
    >>> value({"a b": [1, True], "c": {"d": "x"}})
    '{ "a b" = [1, true], c = { d = "x" } }'
    """
    if isinstance(thing, bool):
        return "true" if thing else "false"
    if isinstance(thing, Mapping):
        return "{ " + ", ".join(f"{key(k)} = {value(v)}" for k, v in thing.items()) + " }"
    if isinstance(thing, list | tuple):
        return "[" + ", ".join(value(v) for v in thing) + "]"
    return json.dumps(thing, ensure_ascii=False) if isinstance(thing, str) else str(thing)


class Section:
    """One ``[section]`` with its lines; tables too long for a line follow as sections of their own."""

    def __init__(self, header: str, comments: tuple[str, ...]) -> None:
        self.header, self.comments = header, comments
        self.lines: list[tuple[str, str | None]] = []
        self.below: list[Section] = []

    def set(self, name: str, thing: Any, ask: str | None = None, say: str | None = None, inline: bool = False) -> None:
        """``name = value``, left out where there is no value; a question stands above its line, a remark behind it.

        ``inline``: on one line, however long.
        """
        if thing is None or thing == {} or thing == []:
            return
        whole = f"{key(name)} = {value(thing)}"
        if isinstance(thing, Mapping) and len(whole) > WIDTH and not inline:
            self._long(name, dict(thing), ask)
            return
        if ask:
            self.ask(ask)
        if isinstance(thing, list) and isinstance(thing[0], Mapping):
            self.lines += [(f"{key(name)} = [", None), *((f"    {value(row)},", None) for row in thing), ("]", None)]
        elif len(whole) > WIDTH and isinstance(thing, list):
            self.lines += [(f"{key(name)} = [", None), *((f"    {line}", None) for line in _wrapped(thing)), ("]", None)]
        else:
            self.lines.append((whole, say))

    def _long(self, name: str, thing: dict[str, Any], ask: str | None) -> None:
        below = self.sub(name)
        if ask:
            below.ask(ask)
        for inner, of in thing.items():
            below.set(inner, of)

    def sub(self, name: str, *comments: str) -> "Section":
        """A section below this one: ``[leads.attributes]``."""
        section = Section(f"[{self.header.strip('[]')}.{key(name)}]", comments)
        self.below.append(section)
        return section

    def ask(self, question: str) -> None:
        lines = textwrap.wrap(f"{QUESTION}: {question}", WIDTH - 2, subsequent_indent="  ", break_long_words=False)
        self.lines += [(f"# {line}", None) for line in lines]

    def say(self, comment: str) -> None:
        self.lines += [(f"# {line}", None) for line in textwrap.wrap(comment, WIDTH - 2)]

    def text(self) -> list[str]:
        comments = [f"# {line}" for comment in self.comments for line in textwrap.wrap(comment, WIDTH - 2)]
        width = max((len(line) for line, say in self.lines if say and len(line) <= WIDTH / 2), default=0)
        lines = [line if say is None else f"{line:<{width}}  # {say}" for line, say in self.lines]
        below = [line for section in self.below for line in ("", *section.text())]
        bare = not self.lines and self.below and not self.header.startswith("[[")
        return [*comments, *([] if bare else [self.header]), *lines, *(below[1:] if bare and not comments else below)]


class Sheet:
    """The whole file: sections under headings, in the order of the headings."""

    def __init__(self, *headings: str) -> None:
        self._parts: dict[str, list[Section]] = {heading: [] for heading in headings}
        self.opening: list[str] = []
        self.closing: list[str] = []

    def section(self, heading: str, header: str, *comments: str) -> Section:
        section = Section(header, comments)
        self._parts[heading].append(section)
        return section

    @property
    def general(self) -> Section:
        """The first section of all."""
        return next(section for sections in self._parts.values() for section in sections)

    @property
    def text(self) -> str:
        lines = [f"# {line}" for line in self.opening]
        for heading, sections in self._parts.items():
            if sections and heading:
                lines += ["", f"# ---- {heading} ".ljust(WIDTH, "-")]
            for section in sections:
                lines += ["", *section.text()]
        return "\n".join([*lines, "", *(f"# {line}" for line in self.closing)]).strip() + "\n"


def _wrapped(items: list[Any]) -> list[str]:
    """A long list, as many items to a line as fit."""
    lines = [""]
    for item in items:
        text = f"{value(item)},"
        if lines[-1] and len(lines[-1]) + len(text) > WIDTH - 4:
            lines.append("")
        lines[-1] = f"{lines[-1]} {text}".strip()
    return lines
