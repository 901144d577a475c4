"""A period's forecast in the terminal: the whole, its parts, and what stands beside it."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from leadcast.show import money, percent, table

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from leadcast.forecast import Forecast, Measure, Part

SPREAD_OF_PARTS = ("Each P10–P90 is that part's own. They do not add up to the whole's: that everyone has a bad period at "
                   "once is rarer than that one has.")
WHOLE = ("closed won", "from open", "from new", "total", "P10", "P50", "P90")


def forecast_shown(
    screen: Console, title: str, forecast: "Forecast", currency: str, what: str, most: int | None = None
) -> None:
    """The whole, what it means for the quota, and the parts; with ``most``, the smaller parts in one row.

    Parameters
    ----------
    what : deals or leads
    """
    screen.print(_whole(title, forecast.total, currency, what))
    for line in said_of(forecast.total, currency, what):
        screen.print(f" {line}", highlight=False)
    if forecast.by is not None and len(forecast.parts) > 1:
        screen.print()
        screen.print(_parts(forecast, currency, what, most))


def _whole(title: str, part: "Part", currency: str, what: str) -> Table:
    rows = [[what, *_counts(part.count)]]
    rows += [[f"revenue {currency}", *_moneys(part.amount)]] if has_money(part) else []
    rows += [[f"margin {currency}", *_moneys(part.margin)]] if part.margin is not None and has_money(part) else []
    return table(title, [("", "left"), *((heading, "right") for heading in WHOLE)], rows)


def _counts(measure: "Measure") -> list[str]:
    whole = measure.whole
    return [f"{measure.won:,.0f}", *(f"{mean:,.1f}" for mean in (measure.open, measure.new, measure.total)),
            *(f"{edge:,.0f}" for edge in (whole.p10, whole.p50, whole.p90))]


def _moneys(measure: "Measure") -> list[str]:
    whole = measure.whole
    return [money(amount) for amount in (measure.won, measure.open, measure.new, measure.total, whole.p10, whole.p50, whole.p90)]


def has_money(part: "Part") -> bool:
    """Does anything have an amount? Leads often have none, and then only counts say something."""
    return part.amount.total != 0 or part.pipeline != 0


def said_of(part: "Part", currency: str, what: str) -> list[str]:
    """The quota, the open pipeline and what may slip, a sentence each.

    Examples
    --------
    >>> import pandas as pd
    >>> from leadcast.forecast import Spread, period_forecast
    >>> rows = pd.DataFrame({"kind": ["won", "open"], "expected": [1, 0.25], "amount": [100.0, 80.0], "slips": [None, 0.5]})
    >>> for line in said_of(period_forecast(rows, Spread(), quota=140.0).total, "EUR", "deals"):
    ...     print(line)
    Quota 140 EUR: reached with a chance of 25 %, 20 EUR below it on average.
    Still to win: 40 EUR; the open pipeline is 2.0 times that.
    Open now: 1 deals, 80 EUR; of those due in the period 0.5 are expected to slip past its end, 40 EUR.
    """
    said = []
    if part.goal is not None:
        goal = part.goal
        gap = f"{money(abs(goal.gap), currency)} {'below' if goal.gap > 0 else 'above'} it on average"
        said.append(f"Quota {money(goal.quota, currency)}: reached with a chance of {percent(goal.reach)}, {gap}.")
        if goal.coverage is not None:
            still = money(goal.quota - part.amount.won, currency)
            said.append(f"Still to win: {still}; the open pipeline is {goal.coverage:,.1f} times that.")
    has = has_money(part)
    pipeline = f", {money(part.pipeline, currency)}" if has else ""
    slipped = f", {money(part.slipped, currency)}" if has else ""
    slips = f"; of those due in the period {part.slips:,.1f} are expected to slip past its end{slipped}" if part.slips > 0 else ""
    return [*said, f"Open now: {part.open_deals:,} {what}{pipeline}{slips}."]


# ---- parts ----------------------------------------------------------------------------------------------------


def _parts(forecast: "Forecast", currency: str, what: str, most: int | None) -> Table:
    """One row per part in money, or in counts where nothing has an amount, and the whole."""
    in_money = has_money(forecast.total)
    parts = sorted(forecast.parts.items(), key=lambda item: -(item[1].amount if in_money else item[1].count).total)
    shown, rest = (parts, []) if most is None or len(parts) <= most + 1 else (parts[:most], [part for _, part in parts[most:]])
    quotas = any(part.goal is not None for part in (forecast.total, *forecast.parts.values()))
    rows = [_part_cells(name, [part], in_money, quotas) for name, part in shown]
    rows += [_part_cells(f"{len(rest)} others", rest, in_money, quotas)] if rest else []
    rows.append(_part_cells("total", [forecast.total], in_money, quotas))
    headings = [*([what] if in_money else []), "won", "from open", "from new", "total", "P10–P90",
                *(["quota", "reached"] if quotas else [])]
    about = f"By {forecast.by}, in {currency}" if in_money else f"By {forecast.by}, number of {what}"
    made = table(about, [(str(forecast.by), "left"), *((heading, "right") for heading in headings)], rows, SPREAD_OF_PARTS)
    made.rows[-2].end_section = True
    return made


def _part_cells(name: str, parts: "Sequence[Part]", in_money: bool, quotas: bool) -> list[str]:
    """A part, or several in one row: their means add up, their ranges do not."""
    measures = [part.amount if in_money else part.count for part in parts]
    write = money if in_money else "{:,.1f}".format
    means = [sum(getattr(measure, name) for measure in measures) for name in ("won", "open", "new", "total")]
    deals = [f"{sum(part.count.total for part in parts):,.1f}"] if in_money else []
    cells = [name, *deals, *(write(mean) for mean in means), _range(measures[0]) if len(parts) == 1 else ""]
    if not quotas:
        return cells
    goals = [part.goal for part in parts if part.goal is not None]
    quota = money(sum(goal.quota for goal in goals)) if goals else ""
    return [*cells, quota, percent(goals[0].reach) if len(parts) == 1 and goals else ""]


def _range(measure: "Measure") -> str:
    return f"{measure.whole.p10:,.0f}–{measure.whole.p90:,.0f}"


# ---- beside it ------------------------------------------------------------------------------------------------


def categories_table(categories: "pd.DataFrame", currency: str, what: str) -> Table:
    """The CRM's forecast categories, what the model expects of each, and both added up the way a team reads them."""
    rows = [[name, f"{row['deals']:,.0f}", money(row["amount"]), money(row["expected_amount"]), _share(row["model_share"]),
             _added_up(row["rolled_up"]), _added_up(row["rolled_up_expected"])]
            for name, row in categories.iterrows()]
    headings = [(text, "right") for text in (what, currency, "model expects", "of it", "added up", "model's added up")]
    note = "Added up: this category and those above it, as if all of it came; beside that, what the model expects of the same."
    return table("Forecast categories of the CRM, beside the model", [("category", "left"), *headings], rows, note)


def _share(share: float) -> str:
    return "-" if share != share else percent(share)


def _added_up(amount: float) -> str:
    return "" if amount != amount else money(amount)


def weeks_table(weeks: "Iterable[tuple[str, date, Part]]", currency: str, what: str) -> Table:
    """The total by the end of each week: (name, last day, part)."""
    listed = list(weeks)
    in_money = any(has_money(part) for *_, part in listed)
    rows = [[name, str(day), f"{part.count.total:,.1f}", _range(part.count),
             *([money(part.amount.total), _range(part.amount)] if in_money else [])] for name, day, part in listed]
    headings = [(text, "right") for text in (what, "P10–P90", *([currency, "P10–P90"] if in_money else []))]
    return table("Total by the end of each week", [("week", "left"), ("to", "left"), *headings], rows)


def notes_shown(screen: Console, notes: Iterable[str]) -> None:
    """What is to be known beside the numbers."""
    for note in notes:
        screen.print(f" - {note}", highlight=False)
