"""The tables of keys in ``docs/workspace.md``, written from the model.

``python -m leadcast.workspace.reference docs/workspace.md`` writes them anew between their marks; a test says when that is due.
"""

import json
import re
import sys
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from leadcast.workspace import model
from leadcast.workspace.keys import is_part, keys_of, members_of
from leadcast.workspace.model import Keys

MARKS = re.compile(r"(<!-- keys of (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_NAMES = {str: "text", float: "number", int: "number", bool: "true or false", NoneType: "nothing"}


def with_key_tables(page: str) -> str:
    """The page, every table of keys between ``<!-- keys of PART -->`` and ``<!-- end -->`` as the model has it."""
    return MARKS.sub(lambda match: match[1] + key_table(getattr(model, match[2])) + match[3], page)


def key_table(part: type[Keys]) -> str:
    """One row per key: how it is written, what it holds, what it means, what it is when left out."""
    rows = [f"| `{key}` | {kind(f.annotation)} | {_meaning(f)} | {_default(f)} |" for key, f in keys_of(part).items()]
    return "\n".join(["| key | holds | meaning | default |", "| --- | --- | --- | --- |", *rows]) + "\n"


def kind(annotation: Any) -> str:
    """What a key holds, in words.

    Examples
    --------
    >>> kind(list[str] | None), kind(dict[str, str]), kind(Literal["a", "b"])
    ('list of text', 'table of text', '`"a"` or `"b"`')
    """
    if annotation == model.Where:
        return "conditions"
    words = [_kind(member) for member in members_of(annotation)]
    return " or ".join(dict.fromkeys(words))


def _kind(member: Any) -> str:
    if is_part(member):
        return "keys"
    if get_origin(member) is Literal:
        return " or ".join(f'`"{choice}"`' for choice in get_args(member))
    if get_origin(member) is list:
        return f"list of {kind(get_args(member)[0])}"
    if get_origin(member) is dict:
        return f"table of {kind(get_args(member)[1])}"
    return _NAMES.get(member, "text")


def _meaning(field: FieldInfo) -> str:
    return str(field.description).replace("|", "\\|")


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined and field.default_factory is None:
        return "**needed**"
    default = field.default
    if default is None or field.default_factory is not None or is_part(type(default)):
        return ""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return "`" + json.dumps(default) + "`"


if __name__ == "__main__":
    place = Path(sys.argv[1])
    place.write_text(with_key_tables(place.read_text(encoding="utf-8")), encoding="utf-8")
