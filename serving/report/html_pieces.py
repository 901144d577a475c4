"""Pieces of a report as HTML; every text of the data is escaped here, and nowhere else."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from serving.report.charts import drawn
from serving.report.tables import Chart, Column, Heading, Kind, Row, Said, Sentence, Table, Tile, Tiles, known_columns
from serving.report.words import MINUS, NOTHING, Strong, Words, count, days, expected, percent

LONG = ("what", "reasons", "why", "sentence", "about", "doc")
"""Columns of sentences, which need room."""
SHORT = 12
"""A name of so many characters stays on one line."""
_LEFT: tuple[Kind, ...] = ("text", "date", "yes")
_UNBROKEN: tuple[Kind, ...] = ("date",)


def said(block: Said) -> str:
    """A paragraph."""
    kind = "" if block.kind == "plain" else f' class="{block.kind}"'
    return f"<p{kind}>{sentence(block.text)}</p>"


def sentence(parts: Sentence) -> str:
    """A sentence, what stands out in it in bold."""
    told = "".join(f"<strong>{escape(part)}</strong>" if isinstance(part, Strong) else escape(part) for part in parts)
    return told.replace(MINUS, f"{MINUS}&NoBreak;")


def heading(block: Heading) -> str:
    """The title of a part, and what it means."""
    return f"<h3>{escape(block.text)}</h3>" + (f'<p class="quiet">{escape(block.meaning)}</p>' if block.meaning else "")


def tiles(block: Tiles) -> str:
    """Figures side by side."""
    return f'<div class="tiles">{"".join(map(_tile, block.tiles))}</div>'


def _tile(tile: Tile) -> str:
    return (f'<div class="tile {tile.tone}"><span>{escape(tile.label)}</span><b>{escape(tile.value)}</b>'
            f"<span>{escape(tile.note)}</span></div>")


def chart(block: Chart, name: str) -> str:
    """A chart with its message for who does not see it; the keyboard reaches it, since on a phone it scrolls."""
    return f'<figure role="img" tabindex="0" aria-label="{escape(block.alt)}">{drawn(block, name)}</figure>'


def table(block: Table, words: Words) -> str:
    """A table with its caption, or what is said where it is empty."""
    if not block.rows:
        return f'<p class="quiet">{escape(block.none)}</p>'
    columns = [column for column in known_columns(block) if column.on_paper]
    head = "".join(f"<th{_class(column)} scope=\"col\"{_title(column)}>{escape(column.label)}</th>" for column in columns)
    body = "".join(_line(row, columns, words) for row in block.rows)
    foot = "" if block.foot is None else f"<tfoot>{_line(block.foot, columns, words)}</tfoot>"
    caption = escape(block.caption)
    return (f'<div class="frame" tabindex="0" role="region" aria-label="{caption}"><table><caption>{caption}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>{foot}</table></div>")


def _line(row: Row, columns: Sequence[Column], words: Words) -> str:
    first, *others = columns
    indent = row.get("indent")
    style = f' style="padding-left:{16 * indent}px"' if indent else ""
    strong = ' class="strong"' if row.get("strong") else ""
    cells = "".join(f"<td{_class(column)}>{_cell(row, column, words)}</td>" for column in others)
    name = _cell(row, first, words)
    names = _names(first) + (["whole"] if len(name) <= SHORT else [])
    return f'<tr{strong}><th{_attribute(names)} scope="row"{style}>{name}</th>{cells}</tr>'


def _cell(row: Row, column: Column, words: Words) -> str:
    value = row.get(column.key)
    text = escape(shown(value, column.kind, words, column.signed))
    if column.bar and isinstance(value, float | int):
        return f'{text}<span class="bar"><i style="width:{100 * min(max(value, 0.0), 1.0):.0f}%"></i></span>'
    return text


def shown(value: Any, kind: Kind, words: Words, signed: bool = False) -> str:
    """A value as people read it.

    Parameters
    ----------
    signed : with a plus in front of what is more than nothing

    Examples
    --------
    >>> euros = Words("EUR")
    >>> shown(0.25, "percent", euros), shown(123456.5, "money", euros), shown(None, "count", euros), shown("<b>", "text", euros)
    ('25 %', '€123K', '–', '<b>')
    """
    if value is None:
        return "" if kind == "text" else NOTHING
    told = _SHOWN[kind](value, words)
    return f"+{told}" if signed and value > 0 else told


_SHOWN: dict[Kind, Callable[[Any, Words], str]] = {
    "text": lambda value, words: str(value), "money": lambda value, words: words.money(value, short=True),
    "count": lambda value, words: count(value), "expected": lambda value, words: expected(value),
    "percent": lambda value, words: percent(value), "days": lambda value, words: days(value),
    "date": lambda value, words: words.date(value), "times": lambda value, words: f"{count(value, 1)} ×",
    "number": lambda value, words: count(value, 3), "points": lambda value, words: expected(value, sign=True),
    "yes": lambda value, words: "yes" if value else "no",
}


def _class(column: Column) -> str:
    return _attribute(_names(column))


def _names(column: Column) -> list[str]:
    return [*([] if column.kind in _LEFT else ["n"]), *(["whole"] if column.kind in _UNBROKEN else []),
             *(["wide"] if column.key in LONG else ["id"] if column.key == "entity_id" else [])]


def _attribute(names: Sequence[str]) -> str:
    return f' class="{" ".join(names)}"' if names else ""


def _title(column: Column) -> str:
    return f' title="{escape(column.meaning)}"' if column.meaning else ""
