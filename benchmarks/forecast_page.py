"""The comparison of curves and totals in words: Markdown tables that also read well in a terminal, and the same as plain data."""

import math
import platform
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from benchmarks.forecast_measures import Figures, SaidOfWeek, chance, figures
from benchmarks.forecast_totals import Totals
from benchmarks.product import NAME

WAYS = {NAME: "said", "run rate": "run_rate", "Leadcast's curve + last stretch's new deals": "last_new"}
RARE = 0.01
"""Below such a Brier score wins are rare, and four digits tell nobody apart."""


@dataclass(frozen=True)
class Comparison:
    """What was measured on one workspace.

    Attributes
    ----------
    days : horizons, shape (K,)
    ahead : days of the totals, one of them for each week
    """

    workspace: str
    target: str
    noun: str
    days: np.ndarray
    weeks: list[SaidOfWeek]
    ahead: float
    totals: list[Totals]

    @property
    def methods(self) -> list[str]:
        return list(self.weeks[0].said)

    def figures(self, place: int) -> dict[str, Figures]:
        return {method: figures(self.weeks, method, place) for method in self.methods}


def in_words(found: Comparison) -> str:
    """All tables, as Markdown."""
    first, last = (str(week.as_of)[:10] for week in (found.weeks[0], found.weeks[-1]))
    seen = [len(week.entity_id) for week in found.weeks]
    head = (f"## {found.workspace}, {found.target}: past days, a week apart, {first} to {last}\n\n"
            f"{len(found.weeks)} days; open {found.noun}s on each: {', '.join(map(str, seen))}.\n"
            "Every method was fitted again on every day, on what was known then.")
    return "\n\n".join([head, *(_table(found, place) for place in range(len(found.days))), _totals(found), _seconds(found)])


def about(command: str, day: str) -> str:
    """When, where and how it was measured."""
    return (f"Measured on {day}, Python {platform.python_version()}, {platform.machine()}, one thread for each method, by\n"
            f"`{command}`.\n\n{LEGEND}")


LEGEND = """- *Error*: |sum of chances − wins| ÷ wins, mean over the days. *Bias*: of their sums; above 0 too much was promised.
- *To chance*: the error over what chance alone leaves if Leadcast's chances are all right.
- *Behind*: the Brier score less Leadcast's, its 95 % interval with whole deals drawn; wholly above 0, Leadcast is better.
- *P10 to P90 held*: on how many days the total lay in the range of Leadcast's forecast; four in five are meant to."""


def plain(found: Comparison) -> dict[str, Any]:
    """The same as plain data."""
    horizons = [{"days": float(day), "chance": chance(found.weeks, place),
                 "methods": {name: asdict(one) for name, one in found.figures(place).items()}}
                for place, day in enumerate(found.days)]
    weeks = [{"as_of": f"{week.as_of}Z", "open": len(week.entity_id), "came": week.came.sum(0).tolist(),
              "said": {name: said.sum(0).tolist() for name, said in week.said.items()}, "seconds": week.seconds}
             for week in found.weeks]
    totals = {"days": found.ahead, "weeks": [asdict(one) for one in found.totals], "methods": {
        name: dict(zip(("error", "bias"), _off(found.totals, attribute), strict=True)) for name, attribute in WAYS.items()}}
    return {"workspace": found.workspace, "target": found.target, "horizons": horizons, "totals": totals, "weeks": weeks}


def _table(found: Comparison, place: int) -> str:
    alone, measured = chance(found.weeks, place), found.figures(place)
    digits = 4 if measured[NAME].brier > RARE else 6
    wins = ", ".join(f"{week.came[:, place].sum():.0f}" for week in found.weeks)
    lines = [f"### Within {found.days[place]:g} days (wins of those open: {wins})", "",
             "| method | error | bias | to chance | Brier | AUC | behind |", "| --- |" + " --- |" * 6]
    for method, one in measured.items():
        middle, low, high = (f"{value:+.{digits}f}" for value in one.behind or (0.0, 0.0, 0.0))
        behind = "" if one.behind is None else f"{middle} ({low} to {high})"
        cells = [_bold(method), _percent(one.error), _percent(one.bias, "+"), f"{one.to_chance:.2f}", f"{one.brier:.{digits}f}",
                 f"{one.auc:.3f}", behind]
        lines.append(f"| {' | '.join(cells)} |")
    lines.append(f"| chance alone | {_percent(alone)} |  | 1.00 |  |  |  |")
    return "\n".join(lines)


def _totals(found: Comparison) -> str:
    came = ", ".join(f"{one.came:.0f} ({one.came_new:.0f})" for one in found.totals)
    held = sum(one.low <= one.came <= one.high for one in found.totals)
    lines = [f"### All wins of the next {found.ahead:g} days, {found.noun}s not yet created included", "",
             f"Came (of which new): {came}. P10 to P90 held on {held} of {len(found.totals)} days.", "",
             "| method | error | bias |", "| --- | --- | --- |"]
    for name, attribute in WAYS.items():
        error, bias = _off(found.totals, attribute)
        lines.append(f"| {_bold(name)} | {_percent(error)} | {_percent(bias, '+')} |")
    return "\n".join(lines)


def _off(totals: list[Totals], attribute: str) -> tuple[float, float]:
    """Mean |said - came| / came over the days that brought any, and the bias of their sum."""
    brought = [one for one in totals if one.came > 0]
    if not brought:
        return math.nan, math.nan
    gap = np.array([getattr(one, attribute) - one.came for one in brought])
    came = np.array([one.came for one in brought])
    return float((np.abs(gap) / came).mean()), float(gap.sum() / came.sum())


def _seconds(found: Comparison) -> str:
    each = [f"{method} {np.mean([week.seconds[method] for week in found.weeks]):.1f}" for method in found.methods]
    return f"Seconds to fit and answer, mean of a day: {', '.join(each)}."


def _bold(name: str) -> str:
    return f"**{name}**" if name == NAME else name


def _percent(share: float, sign: str = "") -> str:
    return "" if math.isnan(share) else f"{100 * share:{sign}.1f} %"
