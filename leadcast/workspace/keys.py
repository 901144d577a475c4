"""The tree of keys of ``leadcast.toml``, walked: for messages and for the reference page."""

from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from leadcast.workspace.model import Keys, Workspace


def keys_of(part: type[Keys]) -> dict[str, FieldInfo]:
    """The keys of a part of the file, as they are written, in order."""
    return {field.alias or name: field for name, field in part.model_fields.items() if not field.exclude}


def members_of(annotation: Any) -> list[Any]:
    """What a key may hold, each kind apart, without "nothing"."""
    if get_origin(annotation) is Annotated:
        return members_of(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [member for inner in get_args(annotation) for member in members_of(inner) if member is not NoneType]
    return [annotation]


def is_part(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Keys)


def choices_of(annotation: Any) -> tuple[Any, ...]:
    """The values that a key may have, where they are listed."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return tuple(choice for inner in get_args(annotation) for choice in choices_of(inner))


@dataclass
class Place:
    """A key of the file that something is wrong with.

    Attributes
    ----------
    steps : where it stands in the parsed file
    shown : how a reader of the file calls it; places in lists are counted from 1
    holder : the part of the file it stands in
    field : the key itself, None where it is unknown
    value : what the file says there
    tried : where a key may hold different things: which of them this is about
    site : the same key before that choice
    """

    steps: tuple[str | int, ...] = ()
    shown: str = ""
    holder: type[Keys] = Workspace
    field: FieldInfo | None = None
    value: Any = None
    tried: Any = None
    site: "Place | None" = None

    def at(self, step: str | int, value: Any) -> None:
        self.steps, self.value = (*self.steps, step), value


def locate(loc: tuple[str | int, ...], parsed: dict[str, Any]) -> Place:
    """The key that pydantic's own path means: the kinds of content that it tried are no part of the file."""
    place = Place(value=parsed)
    annotation: Any = Workspace
    for step in loc:
        members = members_of(annotation)
        if len(members) > 1:
            annotation = next((m for m in members if _is_called(m, str(step))), None)
            if "from_" not in getattr(annotation, "model_fields", {}):
                place.site = place.site or Place(place.steps, place.shown, place.holder, place.field, place.value)
                place.tried = place.tried or annotation
        elif is_part(members[0]):
            place.holder, place.field = members[0], keys_of(members[0]).get(str(step))
            annotation = place.field.annotation if place.field is not None else None
            place.at(step, place.value.get(step) if isinstance(place.value, dict) else None)
            place.shown = f"{place.shown}.{step}" if place.shown else str(step)
        elif isinstance(step, int):
            annotation = next(iter(get_args(members[0])), None)
            if isinstance(place.value, list):
                alone = len(place.steps) == 1 and len(place.value) == 1
                place.at(step, place.value[step])
                place.shown += "" if alone else f"[{step + 1}]"
        else:
            annotation = get_args(members[0])[-1] if get_args(members[0]) else None
            place.at(step, place.value.get(step) if isinstance(place.value, dict) else None)
            place.shown = f"{place.shown}.{step}"
    return place


def _is_called(member: Any, name: str) -> bool:
    """Is this the kind that pydantic calls so?"""
    if is_part(member):
        tag = member.model_fields.get("from_")
        return member.__name__ == name or (tag is not None and name in choices_of(tag.annotation))
    origin = get_origin(member)
    if origin is not None:
        return name.startswith("literal[" if origin is Literal else f"{origin.__name__}[")
    return getattr(member, "__name__", "") == name
