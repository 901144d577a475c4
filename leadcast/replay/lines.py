"""Replays for programs: a line per day and stretch for a spreadsheet, and named figures for a tracker."""

from collections.abc import Sequence
from typing import Any

from leadcast.replay.replay import Replay, Told


def spreadsheet(replays: Sequence[Replay]) -> list[dict[str, Any]]:
    """One line per day and stretch, every number with all its digits; days that were left out with their reason."""
    lines: list[dict[str, Any]] = []
    for replay in replays:
        about = {"as_of": f"{replay.as_of}Z", "trained_as_of": f"{replay.trained_as_of}Z", "left_out": replay.left_out}
        lines += [about] if replay.left_out else [{**about, **_line(told)} for told in replay.told]
    return lines


def metrics(summary: dict[str, Any]) -> dict[str, float]:
    """The figures of every stretch under a name of their own, ``7_days/total_count_wape``; what cannot be told is left out."""
    found: dict[str, float] = {}
    for part in summary["stretches"]:
        place = part["stretch"].replace(" ", "_")
        for scope in ("total", "open", "new"):
            for measure, figures in part[scope].items():
                prefix = f"{place}/{scope}_{measure}"
                found |= _numbers(prefix, figures["model"])
                for way, errors in figures.get("baselines", {}).items():
                    found |= _numbers(f"{prefix}.{way}", errors)
        found |= _numbers(f"{place}/probability", part["probability"] or {})
    return found


def _line(told: Told) -> dict[str, Any]:
    wins = {"won": told.won, "open": told.open, "new": told.new, "total": told.said, "came_open": told.came_open,
            "came_new": told.came_new, "came_total": told.total, **told.baselines}
    return {
        "stretch": told.stretch, "end": f"{told.end}Z", "open_deals": len(told.p), "chance_error": told.chance,
        **{f"{name}_{part}": getattr(pair, part) for name, pair in wins.items() for part in ("count", "amount")},
        **{f"{part}_p{level}": float(getattr(told, part).quantile(level / 100))
           for part in ("count", "amount") for level in (10, 50, 90)},
    }


def _numbers(prefix: str, figures: dict[str, Any]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, value in figures.items():
        if isinstance(value, dict):
            found |= _numbers(f"{prefix}_{name}", value)
        elif value == value:
            found[f"{prefix}_{name}"] = float(value)
    return found
