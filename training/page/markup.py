"""Small pieces of HTML, every text escaped; figures as inline SVG that follow light and dark."""

import re
from collections.abc import Iterable, Sequence
from html import escape

from training.plots.style import ACCENT, GRID, INK, MUTED, PALE, PAPER, WARM

COLOURS = {INK: "ink", MUTED: "muted", ACCENT: "accent", PALE: "pale", WARM: "warm", GRID: "grid"}
_ID = re.compile(r'(\bid="|url\(#|xlink:href="#)([^")]+)')
_FONT = re.compile(r"font: ([\d.]+px)[^;\"]*")


def section(title: str, *parts: str) -> str:
    """A part of the page under its heading; nothing where it has no parts."""
    inner = "\n".join(part for part in parts if part)
    name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    return f'<section aria-labelledby="{name}">\n<h2 id="{name}">{escape(title)}</h2>\n{inner}\n</section>' if inner else ""


def paragraph(text: str, kind: str = "") -> str:
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def bullets(lines: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def table(caption: str, headings: Sequence[str], rows: Sequence[Sequence[str]], strong: Iterable[int] = ()) -> str:
    """A table whose first column names the row; ``strong`` rows stand out."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in headings)
    marked, named = set(strong), escape(caption)
    body = "".join(_row(row, number in marked) for number, row in enumerate(rows))
    return (f'<div class="wide" tabindex="0" role="region" aria-label="{named}"><table><caption>{named}</caption>'
            f"<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>")


def _row(cells: Sequence[str], strong: bool) -> str:
    first, *others = (escape(cell) for cell in cells)
    plain = "".join(f"<td>{cell}</td>" for cell in others)
    return f'<tr{" class=strong" if strong else ""}><th scope="row">{first}</th>{plain}</tr>\n'


def folded(summary: str, inner: str) -> str:
    return f"<details><summary>{escape(summary)}</summary>{inner}</details>"


def picture(svg: str, number: int, alt: str, caption: str) -> str:
    """A figure with words for those who cannot see it."""
    shown = inlined(svg, number).replace("<svg ", f'<svg role="img" aria-label="{escape(alt)}" ', 1)
    return f"<figure>{shown}<figcaption>{escape(caption)}</figcaption></figure>"


def inlined(svg: str, number: int) -> str:
    """A figure as it goes inside a page: colours by name, ids of its own, no paper, no fixed size, the reader's own font."""
    text = svg[svg.index("<svg "):]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r' (width|height)="[\d.]+pt"', "", text, count=2)
    text = _ID.sub(rf"\g<1>f{number}-\g<2>", text)
    text = _FONT.sub(r"font: \1 var(--font)", text)
    text = text.replace(f"fill: {PAPER}", "fill: none", 1)
    for colour, name in COLOURS.items():
        text = text.replace(colour, f"var(--{name})")
    return text
