"""What card, page and terminal say of a curve over time."""

from typing import Any

MOST_DAYS = 6
FIGURES = (("model_auc", ".3f"), ("stage_table_auc", ".3f"), ("model_brier", ".4f"), ("stage_table_brier", ".4f"),
           ("said", ".1%"), ("came", ".1%"))
HEADINGS = ("days ahead", "AUC", "by stage", "Brier", "by stage", "said", "came", "95 % band")


def curve_sentence(report: dict[str, Any]) -> str:
    """What the curve is and how it did on the newest slice; empty where there is none."""
    grid = report.get("grid_days")
    if not grid:
        return ""
    part = ("the probability takes its level and half of its log-odds from this curve." if report.get("curve_share") else
            "the curve rests on too little to be a part of the probability, and only follows it.")
    told = f"Won, lost and open compete in {len(grid) - 1} steps of {grid[1]:g} days; {part}"
    found = report.get("curve") or {}
    if not found:
        return f"{told} It cannot be judged on the newest slice yet."
    ours, table = (_number(found["integrated_brier"][name], ".4f") for name in ("model", "stage_table"))
    return (f"{told} On {found['looks']:,} looks by the calendar at {found['entities']:,}, from {found['from'][:10]}: integrated "
            f"Brier score {ours}, beside {table} for the win rate by stage and time ahead.")


def curve_lines(report: dict[str, Any]) -> list[list[str]]:
    """Rows under ``HEADINGS``, at most six days of the grid, evenly spread and the last among them."""
    lines = (report.get("curve") or {}).get("days", [])
    step = max(1, -(-len(lines) // MOST_DAYS))
    chosen = lines[::-1][::step][::-1]
    return [[f"{line['days']:g}", *(_number(line[name], form) for name, form in FIGURES),
             f"{_number(line['low'], '.1%')} to {_number(line['high'], '.1%')}"] for line in chosen]


def _number(figure: float | None, form: str) -> str:
    return "–" if figure is None else format(figure, form)
