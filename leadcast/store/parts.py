"""Long lists of ids in parts: a database takes only so many parameters in one statement."""

from collections.abc import Collection, Iterator

AT_ONCE = 5_000


def in_parts(ids: Collection[str]) -> Iterator[list[str]]:
    """The ids in order, so many at a time."""
    asked = sorted(ids)
    yield from (asked[start:start + AT_ONCE] for start in range(0, len(asked), AT_ONCE))
