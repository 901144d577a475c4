"""The further views of a funnel in the terminal: bottlenecks, cohorts, sources, first responses."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rich.console import Console

from leadcast.funnel.bottlenecks import sentence
from leadcast.funnel.words import duration_said
from leadcast.show import money, percent, table

if TYPE_CHECKING:
    from leadcast.funnel import Bottlenecks, Cohorts, Responses, Sources
    from leadcast.funnel.cohorts import Cohort, Line
    from leadcast.funnel.response import FirstResponse
    from leadcast.funnel.sources import Source
    from leadcast.funnel.waits import Between

WEEKS_SHOWN = (1, 2, 4, 8, 12, 26, 52, 104)
HOURS = 24.0


def view_shown(screen: Console, view: str, found: Any, title: str, currency: str, top: int) -> None:
    """One of the views, and its notes."""
    shown: dict[str, Callable[..., None]] = {
        "bottlenecks": _bottlenecks, "cohorts": _cohorts, "sources": _sources, "response": _response}
    shown[view](screen, found, title, currency, top)
    for note in found.notes:
        screen.print(f"- {note}", highlight=False, markup=False)


def _bottlenecks(screen: Console, found: "Bottlenecks", title: str, currency: str, top: int) -> None:
    several = len({stage.step.entity for stage in found.stages}) > 1
    rows = []
    for stage in found.stages:
        kind = f"{'deal' if stage.step.entity == 'opportunity' else 'lead'}: " if several else ""
        rows.append([f"{kind}{stage.step.stage}", _days(stage.median_days), _days(stage.won_median_days), _days(stage.extra_days),
                     f"{stage.waiting:,}", _money(stage.money_waiting), f"{stage.lost:,}", _money(stage.delay_cost),
                     _money(stage.drop_cost), _money(stage.cost)])
    headings = ("median", "if won", "extra days", "waiting", "money there", "lost", "by delay", "by loss")
    columns = [("stage", "left"), *((heading, "right") for heading in (*headings, f"{currency} in 30 days"))]
    screen.print(table(title, columns, rows,
                       "Extra days are those beyond the median of won ones. By delay and by loss are money in 30 days."))
    for stage in found.stages:
        said = f" {'Slowest. ' if stage.slowest else ''}{sentence(stage, currency)}"
        screen.print(said, highlight=False, markup=False)
    head = "Alarms:" if found.alarms else "No alarm: no stage does worse than before by more than chance."
    screen.print(f" {head}", highlight=False, markup=False)
    for alarm in found.alarms:
        screen.print(f" - {alarm.sentence}", highlight=False, markup=False)
    if found.groups:
        groups = [[name, f"{entered:,}", worst.step.stage if worst else "", _money(worst.cost) if worst else ""]
                  for name, entered, worst in found.groups[:top]]
        screen.print()
        screen.print(table(f"By {found.by}", [(found.by or "", "left"), ("entered", "right"), ("dearest stage", "left"),
                                             (f"{currency} in 30 days", "right")], groups))


def _cohorts(screen: Console, found: "Cohorts", title: str, currency: str, top: int) -> None:
    weeks = [week for week in WEEKS_SHOWN if week in found.weeks] or [0]

    def line(cohort: "Cohort") -> list[str]:
        return [cohort.name, f"{cohort.entered:,}", f"{cohort.reached:,}", *_at(cohort.share, weeks)]

    pooled = found.pooled
    rows = [*map(line, found.cohorts[-top:]),
            ["all", f"{pooled.entered:,}", f"{pooled.reached:,}", *_at(pooled.share, weeks)],
            ["", "", "from", *_at(pooled.low, weeks)], ["", "", "to", *_at(pooled.high, weeks)]]
    columns = [("entered", "right"), ("reached", "right"), *((f"week {week}", "right") for week in weeks)]
    screen.print(table(f"{title}: reached {found.step.stage}", [(found.unit, "left"), *columns], rows,
                       "Share by the end of so many weeks since creation, as far as it is observed; of all with a 95 % band."))
    if found.groups:
        screen.print(table(f"By {found.by}", [(found.by or "", "left"), *columns], [line(group) for group in found.groups[:top]]))


def _at(share: "Line", weeks: list[int]) -> list[str]:
    return [_percent(share[week]) for week in weeks]


def _sources(screen: Console, found: "Sources", title: str, currency: str, top: int) -> None:
    lines = [*found.sources[:top], found.whole]
    with_costs = found.whole.cost is not None
    places = [name for name in ("mql", "sql", "deals") if getattr(found.whole, name) is not None]
    headings = ["entered", *places, "won", "won of closed", "amount won", f"{currency} a day", "days to win"]
    rows = [[source.name or "all", f"{source.entered:,}", *(_count(getattr(source, name)) for name in places), f"{source.won:,}",
             _percent(source.win_rate), _money(source.amount_won), _money(source.per_day), _days(source.cycle_days)]
            for source in lines]
    screen.print(table(title, [(found.by, "left"), *((heading, "right") for heading in headings)], rows))
    if with_costs:
        screen.print(table(f"What it cost, {currency}", [(found.by, "left"), *((heading, "right") for heading in (
            "cost", "per lead", "per mql", "per sql", "per win", "won per cost"))], [_cost_line(source) for source in lines]))
    for source in found.sources[:top]:
        if source.sentence:
            screen.print(f" {source.sentence}", highlight=False, markup=False)
    if found.whole.response is not None:
        worst = f"{found.worst_served.name}." if found.worst_served else "no source stands out beyond chance."
        screen.print(f" Served worst: {worst}", highlight=False, markup=False)


def _cost_line(source: "Source") -> list[str]:
    told = source.to_json()
    back = told["return_on_cost"]
    return [source.name or "all", *(_money(told[key]) for key in (
        "cost", "cost_per_lead", "cost_per_mql", "cost_per_sql", "cost_per_win")), "" if back is None else f"{back:,.1f}"]


def _response(screen: Console, found: "Responses", title: str, currency: str, top: int) -> None:
    if found.response is not None:
        rows = [[band.label, f"{band.leads:,}", f"{band.reached:,}", _percent(band.share),
                 "" if band.low is None else f"{_percent(band.low)} to {_percent(band.high)}"] for band in found.bands]
        heading = f"{title}: first answered, and reached {found.step.stage} within {found.horizon_days:g} days"
        screen.print(table(heading, [("answered", "left"), ("leads", "right"), ("reached", "right"), ("share", "right"),
                                     ("95 % interval", "right")], rows, f"{found.left_out:,} left out: too young to judge, or in "
                           "the stage from the beginning."))
        screen.print(f" {_waited(found.response)}", highlight=False, markup=False)
        if found.sentence:
            screen.print(f" {found.sentence}", highlight=False, markup=False)
    if found.start is not None and found.end is not None and found.mql_to_sql:
        screen.print(table(f"From {found.start.stage} to {found.end.stage}, days", [(found.by or "", "left"), *((
            heading, "right") for heading in ("came", "went on", "a quarter by", "half by", "three quarters by"))],
            [_between(line) for line in found.mql_to_sql[:top + 1]], f"{found.mql_to_sql[0].skipped:,} passed "
            f"{found.start.stage} without having been there: left out." if found.mql_to_sql[0].skipped else ""))


def _waited(response: "FirstResponse") -> str:
    median = response.median_hours
    half = "not half of them yet" if median is None else f"half within {duration_said(median / HOURS)}"
    return (f"{response.answered:,} of {response.leads:,} have heard from us: {half}, {_percent(response.within_hour) or '-'} "
            f"within an hour, {_percent(response.within_day) or '-'} within a day.")


def _between(line: "Between") -> list[str]:
    return [line.name or "all", f"{line.started:,}", f"{line.arrived:,}", *(_days(day) for day in (
        line.q25_days, line.median_days, line.q75_days))]


def _days(days: float | None) -> str:
    if days is None:
        return ""
    return f"{days:,.1f}" if days >= 1 or not days else f"{days:.2f}" if days >= 0.005 else "<0.01"


def _money(amount: float | None) -> str:
    return "" if amount is None else money(amount)


def _count(count: int | None) -> str:
    return "" if count is None else f"{count:,}"


def _percent(share: float | None) -> str:
    return "" if share is None else "0 %" if not share else percent(share)
