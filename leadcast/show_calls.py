"""Managers' calls in the terminal: as they were recorded, and beside the model."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from leadcast.moment import minute
from leadcast.show import money, percent, table

if TYPE_CHECKING:
    from leadcast.called import Called
    from leadcast.calls import Call

TEAM = "(all)"


def calls_table(calls: "Sequence[Call]") -> Table:
    """Calls as they were recorded."""
    rows = [[call.period.name, call.owner or TEAM, *_said(call), call.who, minute(call.recorded_at), call.note] for call in calls]
    columns = [("period", "left"), ("whose", "left"), ("amount", "right"), ("count", "right"),
               *((text, "left") for text in ("by", "recorded", "note"))]
    return table("Calls", columns, rows)


def calls_beside(called: "Sequence[Called]", currency: str, what: str) -> Table:
    """What managers called, beside the model's forecast of the same deals (or leads: ``what``).

    The range and the chance are of what was called: money, or the count where no money was.
    """
    rows = []
    for one in called:
        call, part, measure = one.call, one.part, one.measure
        expected = ["-", "-"] if part is None else [money(part.amount.total), f"{part.count.total:,.1f}"]
        edges = "-" if measure is None else f"{measure.whole.p10:,.0f}–{measure.whole.p90:,.0f}"
        reach = "-" if one.reach is None else percent(one.reach)
        rows.append([call.owner or TEAM, *_said(call, currency), *expected, edges, reach, call.who, str(call.recorded_at)[:10],
                     call.note])
    numbers = (f"called {currency}", what, f"model {currency}", what, "P10–P90", "at least that")
    columns = [("whose", "left"), *((text, "right") for text in numbers), *((text, "left") for text in ("by", "on", "note"))]
    return table("Calls, beside the model", columns, rows)


def _said(call: "Call", currency: str = "") -> list[str]:
    """Amount and count; the currency where it is another than the one that is understood."""
    amount = "" if call.amount is None else money(call.amount, "" if call.currency == currency else call.currency)
    return [amount, "" if call.count is None else f"{call.count:,.0f}"]
