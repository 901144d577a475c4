"""Mistakes in [tables]: where a table comes from, how it is cleaned and what it joins."""

import re
from collections.abc import Iterator

from leadcast.workspace.messages import did_you_mean, quoted
from leadcast.workspace.model import Condition, TableSource, Where, Workspace
from leadcast.workspace.sections import unknown

ENDINGS = (".csv", ".csv.gz", ".parquet", ".jsonl")
_EPOCHS = ("iso", "epoch_s", "epoch_ms")
_PASSWORD = re.compile(r"://[^/@:]*:[^/@]+@")
_BRACES = re.compile(r"\{[^{}]+\}")


def table_mistakes(workspace: Workspace) -> Iterator[str]:
    """One line per mistake."""
    for name, source in workspace.tables.items():
        key = f"tables.{name}"
        yield from _origin(key, source)
        yield from _times(key, source)
        yield from where_mistakes(key, source.where)
        for column, template in source.compose.items():
            yield from template_mistakes(f"{key}.compose.{column}", template, needs_column=True)
        yield from _references(key, source, workspace)
    yield from _cycles(workspace)


def _origin(key: str, source: TableSource) -> Iterator[str]:
    """Exactly one of file, query and of."""
    given = [name for name in ("file", "query", "of") if getattr(source, name) is not None]
    if not given:
        yield f'{key}: missing key; say where the table comes from: file = "...", query = "..." or of = "another table".'
    if len(given) > 1:
        yield f"{key}: found {' and '.join(given)}; right would be only one of file, query and of."
    files = [source.file] if isinstance(source.file, str) else source.file
    if files is not None and not files:
        yield f"{key}.file: found an empty list; right would be at least one file name."
    for file in files or ():
        if not file.endswith(ENDINGS):
            yield f'{key}.file: found "{file}"; right would be a file that ends in {quoted(ENDINGS)}.'
    if source.query is not None and (source.url is None) == (source.url_env is None):
        found = "neither url nor url_env" if source.url is None else "both url and url_env"
        yield f'{key}.query: found {found}; right would be one of them: url_env = "CRM_DATABASE_URL".'
    for name in ("url", "url_env"):
        if getattr(source, name) is not None and source.query is None:
            yield f"{key}.{name}: a database's URL without a query; add query = \"SELECT ...\"."
    if source.url is not None and _PASSWORD.search(source.url):
        yield f"{key}.url: holds a password; put the URL into an environment variable and name that with url_env."


def _times(key: str, source: TableSource) -> Iterator[str]:
    for column, style in source.times.items():
        if style not in _EPOCHS and "%" not in style:
            yield (f'{key}.times.{column}: found "{style}"; right would be {quoted(_EPOCHS)} or a format such as "%d.%m.%Y %H:%M"'
                   f"{did_you_mean(style, _EPOCHS)}")
        elif "%" in style and not re.fullmatch(r"(%[aAbBcdfHIjmMpSUwWxXyYzZGuV%]|[^%])*", style):
            yield f'{key}.times.{column}: found "{style}", which has an unknown % code; such as "%d.%m.%Y %H:%M" would be right.'


def where_mistakes(key: str, where: Where) -> Iterator[str]:
    """Conditions that say nothing or can never hold."""
    for column, condition in where.items():
        if isinstance(condition, list) and not condition:
            yield f"{key}.where.{column}: found an empty list, which no row matches; right would be at least one value."
        if isinstance(condition, Condition) and all(value is None for value in condition.model_dump().values()):
            yield f'{key}.where.{column}: found an empty table; right would be a condition such as {{ not_in = ["..."] }}.'


def template_mistakes(key: str, template: str, needs_column: bool = False) -> Iterator[str]:
    """A text composed of ``{column}`` whose braces do not match."""
    rest = _BRACES.sub("", template)
    if "{" in rest or "}" in rest:
        yield f'{key}: found "{template}", whose braces do not match; right would be "{{one_column}}_{{another}}".'
    elif needs_column and rest == template:
        yield f'{key}: found "{template}", which names no column; right would be "{{one_column}}_{{another}}".'
    elif not template.strip():
        yield f'{key}: found an empty text; right would be a name such as "call", or "{{column}}".'


def _references(key: str, source: TableSource, workspace: Workspace) -> Iterator[str]:
    names = list(workspace.tables)
    if source.of is not None and source.of not in names:
        yield unknown(f"{key}.of", source.of, names, "table")
    for number, join in enumerate(source.joins, start=1):
        if join.table not in names:
            yield unknown(f"{key}.joins[{number}].table", join.table, names, "table")
        yield from where_mistakes(f"{key}.joins[{number}]", join.where)
        if not join.columns:
            yield f"{key}.joins[{number}].columns: found nothing to take; right would be at least one of their columns."


def _cycles(workspace: Workspace) -> Iterator[str]:
    """Tables that need themselves, by of or by joins."""
    tables = workspace.tables
    needs = {name: [n for n in (s.of, *(j.table for j in s.joins)) if n in tables] for name, s in tables.items()}
    told: set[frozenset[str]] = set()
    for start in needs:
        circle = _way_back(start, needs)
        if circle and frozenset(circle) not in told:
            told.add(frozenset(circle))
            yield (f"tables.{start}: goes round in a circle: {' -> '.join([*circle, start])}; a table cannot be made of itself. "
                   f"Take one of them as it is in its file: a second table with the same file.")


def _way_back(start: str, needs: dict[str, list[str]]) -> list[str]:
    """The tables on a way from ``start`` back to it; empty where there is none."""
    ways = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for name in needs[way[-1]]:
            if name == start:
                return way
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []
