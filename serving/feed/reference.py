"""The tables of columns in ``docs/export.md``, written from the shapes of the feed.

``python -m serving.feed.reference docs/export.md`` writes them anew between their marks; a test says when that is due.
"""

import re
import sys
from pathlib import Path

from serving.feed.columns import TYPES, Shape
from serving.feed.dimensions import DIMENSIONS
from serving.feed.facts import FACTS

MARKS = re.compile(r"(<!-- columns of (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_PARTS = {"dimensions": DIMENSIONS, "facts": FACTS}


def with_column_tables(page: str) -> str:
    """The page, all between ``<!-- columns of PART -->`` and ``<!-- end -->`` as the feed has it; PART: dimensions, facts."""
    return MARKS.sub(lambda match: match[1] + "\n".join(table_of(shape) for shape in _PARTS[match[2]]) + match[3], page)


def table_of(shape: Shape) -> str:
    """A heading, what a row is, and one line per column: its name, its type, its key, what it means."""
    rows = [f"| `{c.name}` | {TYPES[c.kind]} | {c.key.replace('-> ', '→ ')} | {c.meaning} |" for c in shape.columns]
    if shape.attributes_of:
        noun = {"lead": "leads", "opportunity": "deals"}[shape.attributes_of]
        rows.append(f"| every attribute of {noun} | string, double, bool or timestamp | | by its name in `leadcast.toml` |")
    head = [f"### {shape.name}", "", f"{shape.meaning}.", "", "| column | type | key | meaning |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *rows]) + "\n"


if __name__ == "__main__":
    place = Path(sys.argv[1])
    place.write_text(with_column_tables(place.read_text(encoding="utf-8")), encoding="utf-8")
