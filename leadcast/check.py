"""The data-quality report: what was read, what was turned away and why, and what is worth a look."""

from typing import Any

from rich.console import Console
from rich.table import Table

from leadcast.hints import hints
from leadcast.history import History
from leadcast.moment import is_shown
from leadcast.quality import Finding
from leadcast.show import table

TITLES = {"opportunities": "deals", "stages": "stage entries", "field_history": "changes of fields", "rates": "exchange rates"}
"""Canonical tables in a reader's words, where their own name is none."""


def quality_table(history: History) -> Table:
    """Rows read, kept and rejected, by canonical table."""
    quality = history.quality
    rows = [(TITLES.get(name, name), f"{read:,}", f"{quality.kept.get(name, 0):,}", f"{read - quality.kept.get(name, 0):,}")
            for name, read in quality.read.items()]
    return table("What was read", [("", "left"), ("rows", "right"), ("kept", "right"), ("rejected", "right")], rows,
                 note=_end(history))


def _end(history: History) -> str:
    if not is_shown(history.end):
        return "No date is read: a static export, its rows in the order given."
    return f"The data end at {str(history.end)[:19]} UTC."


def findings_table(title: str, findings: list[Finding]) -> Table:
    """One row per kind of trouble, with how often and an example."""
    columns = [("where", "left"), ("rows", "right"), ("what", "left"), ("for example", "left")]
    return table(title, columns, [(TITLES.get(f.table, f.table), f"{f.rows:,}", f.problem, f.example) for f in findings])


def print_quality(history: History, console: Console) -> None:
    """The whole report on a terminal."""
    findings = sorted(history.quality.findings, key=lambda f: -f.rows)
    console.print(quality_table(history))
    parts = (("Rejected, kept in .leadcast/rejected/ with the reason", [f for f in findings if f.rejected]),
             ("Read, but odd", [f for f in findings if not f.rejected]), ("Worth a look", hints(history)))
    for title, part in parts:
        if part:
            console.print(findings_table(title, part))
    if not any(part for _, part in parts):
        console.print("Nothing odd was found.")


def quality_json(history: History) -> dict[str, Any]:
    """The whole report as plain data."""
    quality = history.quality
    tables = {name: {"read": read, "kept": quality.kept.get(name, 0), "rejected": read - quality.kept.get(name, 0)}
              for name, read in quality.read.items()}
    return {"ends_at": f"{history.end}Z" if is_shown(history.end) else None, "tables": tables,
            "findings": [_plain(f) for f in quality.findings], "hints": [_plain(f) for f in hints(history)]}


def _plain(finding: Finding) -> dict[str, Any]:
    return {"table": finding.table, "problem": finding.problem, "rows": finding.rows, "example": finding.example,
            "rejected": finding.rejected}
