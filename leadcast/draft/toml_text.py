"""TOML as a person would write it: short tables inline, comments beside the guess they explain."""

import json
import re
from collections.abc import Mapping
from typing import Any

QUESTION = "QUESTION"


def key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def value(thing: Any) -> str:
    """A TOML value on one line."""
    if isinstance(thing, bool):
        return "true" if thing else "false"
    if isinstance(thing, Mapping):
        return "{ " + ", ".join(f"{key(k)} = {value(v)}" for k, v in thing.items()) + " }"
    if isinstance(thing, list | tuple):
        return "[" + ", ".join(value(v) for v in thing) + "]"
    return json.dumps(thing, ensure_ascii=False) if isinstance(thing, str) else str(thing)


class Draft:
    """Lines of a file being written; a question is a comment that starts with ``QUESTION``."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def section(self, header: str, *comments: str) -> None:
        self.lines += ["", *(f"# {c}" for c in comments), header]

    def set(self, name: str, thing: Any, ask: str | None = None, say: str | None = None) -> None:
        """``name = value``, left out where there is no value; a question stands above its line."""
        if thing is None or thing == {} or thing == []:
            return
        if ask:
            self.lines.append(f"# {QUESTION}: {ask}")
        self.lines.append(f"{key(name)} = {value(thing)}" + (f"  # {say}" if say else ""))

    def say(self, comment: str) -> None:
        self.lines.append(f"# {comment}")

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip() + "\n"
