"""Saved forecasts in the terminal: a list of them, what lies between two, and a scenario beside its base."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table

from leadcast.moment import minute
from leadcast.show import money, percent, table
from leadcast.show_forecast import has_money

if TYPE_CHECKING:
    from leadcast.explanation import Explanation
    from leadcast.forecast import Measure, Part
    from leadcast.snapshots import About
    from leadcast.what_if import WhatIf

WORDS = {
    "new": "new", "added": "there before, now in it", "won": "won", "lost": "lost", "won_elsewhere": "won outside of the period",
    "removed": "removed", "reopened": "reopened", "pushed": "pushed to a later date", "pulled": "pulled to an earlier date",
    "up": "amount up", "down": "amount down", "probability": "probability changed", "ratio": "amounts at the win",
    "new_business": "not created yet",
}
SHORT = 8
"""Digits of the last part of an id that are shown; sixteen are there, and the beginning is enough."""


def waterfall(explanation: "Explanation", before: "About", after: "About") -> Table:
    """The earlier total, each piece that is not 0, the later total."""
    rows = [[f"{minute(before.as_of)}, {_kind(before)}", money(explanation.money_before), f"{explanation.count_before:,.1f}"]]
    for piece, amount in explanation.money.items():
        count = explanation.count[piece]
        if amount or count:
            rows.append([f"  {WORDS[piece]}", _change(amount), f"{count:+,.1f}"])
    rows.append([f"{minute(after.as_of)}, {_kind(after)}", money(explanation.money_after), f"{explanation.count_after:,.1f}"])
    columns = [("", "left"), (explanation.currency, "right"), ("wins", "right")]
    made = table(f"Expected of {after.period.name}: what changed", columns, rows)
    made.rows[0].end_section = made.rows[-2].end_section = True
    return made


def _kind(about: "About") -> str:
    return "forecast" if about.base is None else "scenario"


def effects(explanation: "Explanation", most: int) -> Table:
    """The deals that moved the forecast most."""
    deals = explanation.deals
    rows = []
    for deal in deals.head(most).to_dict("records"):
        why = [WORDS[piece] for piece in WORDS if deal.get(piece)]
        rows.append([deal["entity_id"], ", ".join(why), _change(deal["money"]), f"{deal['count']:+.2f}",
                     _from_to(percent(deal["probability_before"]), percent(deal["probability_after"]), deal),
                     _from_to(money(deal["amount_before"]), money(deal["amount_after"]), deal)])
    numbers = (explanation.currency, "wins", "chance", "amount")
    columns = [("id", "left"), ("why", "left"), *((text, "right") for text in numbers)]
    return table(f"The largest {len(rows)} of {len(deals):,} effects", columns, rows)


def _from_to(before: str, after: str, deal: Mapping[Any, Any]) -> str:
    """Both sides where they differ; nothing of the side on which it was not there."""
    sides = [text if deal[f"probability_{side}"] or deal[f"amount_{side}"] == deal[f"amount_{side}"] else ""
             for side, text in (("before", before), ("after", after))]
    return sides[0] if sides[0] == sides[1] else f"{sides[0]} → {sides[1]}".strip()


def _change(amount: float) -> str:
    return f"{amount:+,.0f}"


# ---- a list ---------------------------------------------------------------------------------------------------


def snapshots_table(known: "Sequence[About]") -> Table:
    """Saved forecasts and scenarios, the newest last."""
    rows = [[_short(about.id), f"{str(about.as_of)[:16]}Z", about.period.name, *_told(about), about.model.rpartition("/")[2],
             _noted(about)] for about in known]
    columns = [*((text, "left") for text in ("id", "as of", "period")), ("total", "right"), ("P10–P90", "right"),
               *((text, "left") for text in ("model", "note"))]
    note = "Name one by the beginning of its id; latest is the newest that is no scenario."
    return table("Saved forecasts", columns, rows, note)


def _short(name: str) -> str:
    return name.rpartition("_")[2][:SHORT]


def _noted(about: "About") -> str:
    """The note, and of a scenario where it comes from."""
    if about.base is None:
        return about.note
    count = len(about.changes)
    of_base = f"scenario, {count} change{'s' if count != 1 else ''} to {_short(about.base)}"
    return f"{of_base}: {about.note}" if about.note else of_base


def _told(about: "About") -> list[str]:
    """Total and range in money, or in wins where nothing has an amount."""
    from leadcast.forecast import Distribution

    if not about.total:
        return ["-", "-"]
    in_money = about.total["amount"]["total"] != 0 or about.total["pipeline"] != 0
    told = about.total["amount" if in_money else "count"]
    whole = Distribution.from_json(told["whole"])
    total = money(told["total"], about.currency) if in_money else f"{told['total']:,.1f} wins"
    return [total, f"{whole.p10:,.0f}–{whole.p90:,.0f}"]


def about_json(about: "About") -> dict[str, Any]:
    """What a list of snapshots holds of each, as plain data."""
    period = about.period
    span = {"name": period.name, "start": f"{period.start}Z", "end": f"{period.end}Z"}
    return {
        "id": about.id, "as_of": f"{about.as_of}Z", "period": span, "entity": about.entity, "currency": about.currency,
        "model": about.model, "fingerprint": about.fingerprint, "total": dict(about.total), "quota": about.quota,
        "note": about.note, "changes": list(about.changes), "base": about.base,
    }


# ---- side by side ---------------------------------------------------------------------------------------------


def side_by_side(found: "WhatIf", what: str) -> Table:
    """A base and a scenario: the same lines of both, and the difference."""
    about, before, after = found.base.about, found.before, found.after
    counts = _figures(before.count), _figures(after.count)
    rows = [_line(f"{what}: {name}", counts[0][name], counts[1][name], 1) for name in ("total", "P10", "P90")]
    if has_money(before) or has_money(after):
        old, new = _figures(before.amount), _figures(after.amount)
        rows += [_line(f"{about.currency}: {name}", old[name], new[name], 0) for name in old]
        if before.margin is not None and after.margin is not None:
            rows.append(_line(f"margin {about.currency}: total", before.margin.total, after.margin.total, 0))
    rows += _goal_lines(before, after)
    columns = [("", "left"), ("forecast", "right"), ("scenario", "right"), ("difference", "right")]
    return table(f"What if: {about.period.name} as of {minute(about.as_of)}", columns, rows)


def _figures(measure: "Measure") -> dict[str, float]:
    return {"closed won": measure.won, "from open": measure.open, "from new": measure.new, "total": measure.total,
            "P10": measure.whole.p10, "P50": measure.whole.p50, "P90": measure.whole.p90}


def _line(name: str, before: float, after: float, digits: int) -> list[str]:
    return [name, f"{before:,.{digits}f}", f"{after:,.{digits}f}", f"{after - before:+,.{digits}f}"]


def _goal_lines(before: "Part", after: "Part") -> list[list[str]]:
    if before.goal is None or after.goal is None:
        return []
    points = 100 * (after.goal.reach - before.goal.reach)
    reached = [percent(goal.reach) for goal in (before.goal, after.goal)]
    return [[f"P(quota of {money(before.goal.quota)} reached)", *reached, f"{points:+.0f} points"],
            _line("gap to quota", before.goal.gap, after.goal.gap, 0)]
