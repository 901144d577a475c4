"""A report as one HTML file: no script, nothing fetched, charts as SVG; to mail, to keep, to print."""

from collections.abc import Sequence
from html import escape

from serving.report.content import Content
from serving.report.forecast_part import forecast_section
from serving.report.funnel_part import funnel_section
from serving.report.html_pieces import chart, heading, said, table, tiles
from serving.report.html_style import STYLE
from serving.report.lists_part import deals_section, leads_section
from serving.report.model_part import model_section
from serving.report.tables import Block, Chart, Heading, Said, Section, Table
from serving.report.words import Words

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""What a browser may do with it: show it."""


def sections_of(content: Content) -> list[Section]:
    """The views of the page that the workspace has, in order."""
    found = (forecast_section(content), deals_section(content), leads_section(content), funnel_section(content),
             model_section(content))
    return [section for section in found if section is not None]


def html_report(content: Content) -> str:
    """The whole file as text."""
    sections, words = sections_of(content), content.words
    title = f"{content.company}, {content.outlook['period']['name']}"
    contents = "".join(f'<li><a href="#{section.name}">{escape(section.title)}</a></li>' for section in sections)
    body = "".join(_section(section, words) for section in sections)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="color-scheme" content="light">\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n<header><h1>{escape(title)}</h1>"
        f'<p class="quiet">As of {escape(words.date(content.outlook["as_of"]))}, of {escape(content.scope)}.</p>'
        f'<nav aria-label="Contents"><ol>{contents}</ol></nav></header>\n<main>\n{body}</main>\n'
        f"{_footer(content)}</body>\n</html>\n")


def _section(section: Section, words: Words) -> str:
    blocks = "\n".join(_block(block, f"{section.name}-{place}", words) for place, block in enumerate(section.blocks))
    return f'<section id="{section.name}" aria-labelledby="{section.name}-title"><h2 id="{section.name}-title">' \
           f"{escape(section.title)}</h2>\n{blocks}\n</section>\n"


def _block(block: Block, name: str, words: Words) -> str:
    if isinstance(block, Chart):
        return chart(block, name)
    if isinstance(block, Table):
        return table(block, words)
    if isinstance(block, Heading):
        return heading(block)
    return said(block) if isinstance(block, Said) else tiles(block)


def _footer(content: Content) -> str:
    lines = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in about(content))
    return f"<footer><dl>{lines}</dl></footer>\n"


def about(content: Content) -> Sequence[tuple[str, str]]:
    """What a reader needs to find out later where the numbers came from."""
    outlook, words = content.outlook, content.words
    period = outlook["period"]
    return [
        ("Company", content.company), ("As of", words.moment(outlook["as_of"]).strftime("%Y-%m-%d %H:%M %Z")),
        ("Period", f"{period['name']}, {words.date(period['start'])} to {words.last_day(period['end'])}"),
        ("Of", content.scope), ("Currency", content.words.currency), ("Days begin in", content.words.timezone or "UTC"),
        ("The data end", words.date(content.end)), ("Fingerprint of the data", content.fingerprint),
        ("Models", ", ".join(model["model"] for model in content.models)), ("Leadcast", content.version),
    ]
