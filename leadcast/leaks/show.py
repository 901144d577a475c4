"""Findings of the gate for people and for programs."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from leadcast.leaks.leak import Leak, Status

WORDS_OF_REST: dict[Status, str] = {
    "kept_out": "kept out by the mapping", "unused": "not mapped", "event": "among the types of events"}


def leak_lines(leaks: Sequence[Leak]) -> list[str]:
    """``LEAK <column>: <reason>``, one line each, the clearest first; ``SUSPECT`` where an honest column may look so as well."""
    return [f"{'SUSPECT' if leak.status == 'suspect' else 'LEAK'} {leak.column}: {leak.sentence}." for leak in leaks]


def leak_lines_of_models(leaks: Sequence[Leak]) -> list[str]:
    """Only what a model would see, refused, allowed or suspected; ``leadcast check`` names the rest, counted in one line."""
    shown = [leak for leak in leaks if leak.status in ("refused", "allowed", "suspect")]
    rest = Counter(leak.status for leak in leaks if leak not in shown)
    lines = leak_lines(shown)
    if rest:
        counted = ", ".join(f"{rest[status]} {WORDS_OF_REST[status]}" for status in WORDS_OF_REST if rest[status])
        lines.append(f"No model sees what else looks like a leak ({counted}): leadcast check names it.")
    return lines


def leaks_json(leaks: Sequence[Leak]) -> list[dict[str, Any]]:
    """The same as plain data, with all evidence; without what is only suspected."""
    return [_plain(leak) for leak in leaks if leak.status != "suspect"]


def suspects_json(leaks: Sequence[Leak]) -> list[dict[str, Any]]:
    """Columns that are used and that someone should ask about, as plain data."""
    return [_plain(leak) for leak in leaks if leak.status == "suspect"]


def _plain(leak: Leak) -> dict[str, Any]:
    return {"column": leak.column, "table": leak.table, "entity": leak.entity, "attribute": leak.attribute,
             "kind": leak.best.kind, "reason": leak.best.reason, "strength": round(leak.best.strength, 4),
             "evidence": leak.best.figures, "status": leak.status, "remedy": leak.remedy,
             "also": [{"kind": e.kind, "reason": e.reason, "evidence": e.figures} for e in leak.evidence[1:]]}
