"""Mistakes in the keys of ``leadcast.toml``, in plain words: the key, what was found, what would be right."""

import copy
import difflib
import json
from collections.abc import Iterable
from typing import Any, get_args, get_origin

from pydantic import ValidationError

from leadcast.workspace.keys import Place, choices_of, is_part, keys_of, locate, members_of
from leadcast.workspace.model import StageSource

_WANTED = {
    "string_type": "a text in quotes", "float_type": "a number", "int_type": "a number", "bool_type": "true or false",
    "list_type": "a list, [...]", "dict_type": "a table of keys, { ... }", "finite_number": "a finite number",
    "too_short": "at least one entry", "string_too_short": "one character", "string_too_long": "one character",
}
_PATTERNS = {
    "known": '"creation", "outcome" or "stage:NAME"',
    "currency": 'three capital letters, such as "EUR"',
    "name": 'lowercase letters, digits and hyphens, such as "my-crm"',
}


def explained(error: ValidationError, parsed: dict[str, Any]) -> tuple[list[str], list[str], dict[str, Any]]:
    """Each mistake in one line.

    Returns
    -------
    (lines; the parts of the file that hold an unknown key; the file without its unknown keys)
    """
    lines: list[str] = []
    holders: list[str] = []
    trimmed = copy.deepcopy(parsed)
    for each in error.errors():
        place = locate(each["loc"], parsed)
        line = _line(place, str(each["type"]), each.get("ctx") or {})
        if line is not None and line not in lines:
            lines.append(line)
        if each["type"] == "extra_forbidden":
            holders.append(place.shown.rpartition(".")[0])
            _drop(trimmed, place.steps)
    return lines, holders, trimmed


def _line(place: Place, kind: str, context: dict[str, Any]) -> str | None:
    """One mistake; None where another kind of content was meant, whose own line tells more."""
    if place.site is not None:
        if not isinstance(place.site.value, dict) or place.site.shown.rpartition(".")[2] == "file":
            return f"{place.site.shown}: found {shown(place.site.value)}; right would be {_wanted_at(place.site)}."
        if not (is_part(place.tried) or get_origin(place.tried) is dict):
            return None
    if kind == "extra_forbidden" or (place.shown == "folder" and place.holder.__name__ == "Workspace"):
        known = list(keys_of(place.holder))
        key = str(place.steps[-1])
        return f"{place.shown}: unknown key{did_you_mean(key, known)} Known here: {', '.join(known)}."
    if kind == "missing":
        about = place.field.description if place.field is not None and place.field.description else "it is needed"
        return f"{place.shown}: missing key; {about}."
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _from(place)
    return f"{place.shown}: found {shown(place.value)}; right would be {_wanted(place, kind, context)}"


_BOUNDS = {"greater_than": ("gt", "above"), "less_than": ("lt", "below"),
           "greater_than_equal": ("ge", "of at least"), "less_than_equal": ("le", "of at most")}


def _from(place: Place) -> str:
    """A stage source that does not say, or says wrongly, what it comes from."""
    tags = [str(tag) for part in get_args(get_args(StageSource)[0]) for tag in choices_of(part.model_fields["from_"].annotation)]
    found = place.value.get("from") if isinstance(place.value, dict) else place.value
    if found is None:
        return f"{place.shown}.from: missing key; one of {quoted(tags)}."
    return f"{place.shown}.from: found {shown(found)}; right would be one of {quoted(tags)}{did_you_mean(str(found), tags)}"


def _wanted(place: Place, kind: str, context: dict[str, Any]) -> str:
    if kind == "literal_error" and place.field is not None:
        choices = [str(c) for c in choices_of(place.field.annotation)]
        return f"one of {quoted(choices)}{did_you_mean(str(place.value), choices)}"
    if kind == "string_pattern_mismatch":
        return f"{_PATTERNS.get(str(place.steps[-1]), 'another form')}."
    if kind in _BOUNDS:
        name, bound = _BOUNDS[kind]
        return f"a number {bound} {context[name]:g}."
    if kind in ("model_type", "model_attributes_type"):
        part = next((m for m in members_of(place.field.annotation if place.field else None) if is_part(m)), None)
        return f"a table of keys ({', '.join(keys_of(part))})." if part else "a table of keys, { ... }."
    return f"{_WANTED.get(kind, place.field.description if place.field is not None else 'something else')}."


def _wanted_at(site: Place) -> str:
    """What a key that may hold different things would take."""
    key = str(site.steps[-1])
    if len(site.steps) > 1 and site.steps[-2] == "where":
        return 'a text, a number, true or false, a list of them, or a condition such as { not_in = ["..."] }'
    return {"direction": '"from_us", "from_them", or { column = "...", from_us = ["..."], from_them = ["..."] }',
            "columns": 'a list of columns, or { new_name = "their_name" }', "file": "a file name in quotes, or a list of them",
            }.get(key, "something else")


def _drop(parsed: Any, steps: tuple[str | int, ...]) -> None:
    for step in steps[:-1]:
        parsed = parsed[step]
    parsed.pop(steps[-1], None)


# ---- small words ----------------------------------------------------------------------------------------------


def did_you_mean(found: str, known: Iterable[str]) -> str:
    """A hint to the nearest known word, and the end of the sentence."""
    names = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(found.casefold(), list(names), 1, cutoff=0.6)
    return f'; did you mean "{names[near[0]]}"?' if near else "."


def shown(value: Any) -> str:
    """A value as the file has it, short."""
    if isinstance(value, dict):
        return "a table" if value else "an empty table"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, str | bool | int | float) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
