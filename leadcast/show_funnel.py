"""A funnel in the terminal: its stages, what it brings, and the same by group."""

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from leadcast.show import money, percent, table

if TYPE_CHECKING:
    from leadcast.funnel import Funnels
    from leadcast.funnel.counts import Funnel, Stage, Velocity

HEADINGS = ("reached", "of before", "overall", "moved on", "lost", "still there", "median", "quartiles", "if won")
DAYS = "The last three are days in the stage, those who are in it still counted too: median, quartiles, median if won in the end."


def funnels_shown(screen: Console, found: "Funnels", title: str, currency: str, top: int) -> None:
    """The whole funnel, what it brings a day, the groups and the notes."""
    screen.print(_stages(found.whole, title))
    for line in [_outcome(found.whole), *_brings(found.whole.velocity, currency)]:
        screen.print(f" {line}", highlight=False)
    if found.groups:
        screen.print()
        screen.print(_groups(found, currency, top))
    for note in found.notes:
        screen.print(f"- {note}", highlight=False, markup=False)


def _stages(funnel: "Funnel", title: str) -> Table:
    several = len({stage.step.entity for stage in funnel.stages}) > 1
    rows = [[_name(stage) if several else stage.step.stage, *_cells(stage)] for stage in funnel.stages]
    if several:  # "won" of a lead would look like the win of its deal
        rows[sum(stage.step.entity == "lead" for stage in funnel.stages) - 1][0] = "lead: converted"
    return table(title, [("stage", "left"), *((heading, "right") for heading in HEADINGS)], rows, DAYS)


def _name(stage: "Stage") -> str:
    return f"{'deal' if stage.step.entity == 'opportunity' else 'lead'}: {stage.step.stage}"


def _cells(stage: "Stage") -> list[str]:
    days = stage.days
    quartiles = "" if days is None else f"{_days(days.q25)} to {_days(days.q75)}"
    stay = ["", "", ""] if days is None else [_days(days.median), quartiles, _days(days.won_median)]
    return [f"{stage.reached:,}", _percent(stage.from_previous), _percent(stage.overall),
            "" if stage.moved_on is None else f"{stage.moved_on:,}", f"{stage.lost:,}", f"{stage.still_there:,}", *stay]


def _outcome(funnel: "Funnel") -> str:
    return f"{funnel.entered:,} entered: {funnel.won:,} won, {funnel.lost:,} lost, {funnel.open:,} open."


def _brings(velocity: "Velocity", currency: str) -> list[str]:
    """How the velocity comes about, where it can be told.

    Examples
    --------
    >>> from leadcast.funnel.counts import Velocity
    >>> _brings(Velocity(120, 0.25, 9_000.0, 90.0, 3_000.0), "EUR")
    ['Velocity: 3,000 EUR a day = 120 open x 25 % won x 9,000 EUR / 90.0 days.']
    """
    count, rate, amount, cycle = velocity.opportunities, velocity.win_rate, velocity.average_amount, velocity.cycle_days
    if velocity.per_day is None or rate is None or amount is None or cycle is None:
        return []
    return [f"Velocity: {money(velocity.per_day, currency)} a day = {count:,} open x {percent(rate)} won x "
            f"{money(amount, currency)} / {cycle:,.1f} days."]


def _groups(found: "Funnels", currency: str, top: int) -> Table:
    """One row per group: how many entered, what share of each stage went on, the win rate and the velocity."""
    between = [stage.step.stage for stage in found.whole.stages[1:]]
    rows = []
    for group in found.groups[:top]:
        velocity = group.velocity
        rows.append([group.name, f"{group.entered:,}", *(_percent(stage.from_previous) for stage in group.stages[1:]),
                     f"{group.won:,}", _percent(velocity.win_rate), "" if velocity.per_day is None else money(velocity.per_day)])
    headings = ("entered", *(f"to {stage}" for stage in between), "won", "won of closed", f"{currency} a day")
    note = "" if len(found.groups) <= top else f"{len(found.groups) - top} more; --top shows them."
    return table(f"By {found.by}", [(found.by or "", "left"), *((heading, "right") for heading in headings)], rows, note)


def _percent(share: float | None) -> str:
    return "" if share is None else "0 %" if not share else percent(share)


def _days(days: float | None) -> str:
    return "-" if days is None else "<0.1" if 0 < days < 0.05 else f"{days:,.1f}"
