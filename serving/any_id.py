"""Ids in paths: whatever may be an id, also with slashes and line breaks in it."""

from starlette.convertors import PathConvertor


class AnyId(PathConvertor):
    """Starlette's own ends at a line break: who has one in the id could neither be read nor erased."""

    regex = "(?s:.*)"
