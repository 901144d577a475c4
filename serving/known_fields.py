"""Which keys a request may have at a path, read off its model, for who writes another."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args

from fastapi import Request
from pydantic import BaseModel


def known_fields(request: Request, place: Sequence[str | int]) -> list[str]:
    """The keys beside the last one of a place; none where the route takes neither body nor query.

    Parameters
    ----------
    place : such as ("body", "items", 0, "emial") or ("query", "onwer")
    """
    route = request.scope.get("route")
    if place[0] == "query":
        asked = getattr(getattr(route, "dependant", None), "query_params", [])
        return [name for field in asked for name in fields_at(field.field_info.annotation, ())]
    body = getattr(route, "body_field", None)
    return [] if body is None else fields_at(body.field_info.annotation, place[1:-1])


def fields_at(annotation: Any, path: Sequence[str | int]) -> list[str]:
    """The keys of whatever models stand at a path of an annotation.

    Examples
    --------
    >>> class Inner(BaseModel):
    ...     name: str
    >>> class Outer(BaseModel):
    ...     items: list[Inner] | None = None
    >>> fields_at(Outer, ()), fields_at(Outer, ("items", 3))
    (['items'], ['name'])
    """
    models = list(_models(annotation))
    for part in path:
        inside = [model.model_fields[str(part)].annotation for model in models if part in model.model_fields]
        if inside:  # an index, or the name of a choice, stays at the same models
            models = [model for found in inside for model in _models(found)]
    return list(dict.fromkeys(field.alias or name for model in models for name, field in model.model_fields.items()))


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
