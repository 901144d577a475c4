"""Findings of the gate for people and for programs."""

from collections.abc import Sequence
from typing import Any

from leadcast.leaks.leak import Leak


def leak_lines(leaks: Sequence[Leak]) -> list[str]:
    """``LEAK <column>: <reason>``, one line each, the clearest first."""
    return [f"LEAK {leak.column}: {leak.sentence}." for leak in leaks]


def leaks_json(leaks: Sequence[Leak]) -> list[dict[str, Any]]:
    """The same as plain data, with all evidence."""
    return [{"column": leak.column, "table": leak.table, "entity": leak.entity, "attribute": leak.attribute,
             "kind": leak.best.kind, "reason": leak.best.reason, "strength": round(leak.best.strength, 4),
             "evidence": leak.best.figures, "status": leak.status, "remedy": leak.remedy,
             "also": [{"kind": e.kind, "reason": e.reason, "evidence": e.figures} for e in leak.evidence[1:]]} for leak in leaks]
