"""The charts of the forecast: the rows of the page's templates."""

from typing import Any

from serving.report.measure import Measure
from serving.report.tables import Chart
from serving.report.words import NOTHING, capital, count, percent

Row = dict[str, Any]
PIECES = {
    "new": "Created since", "added": "Came in", "reopened": "Open again", "won": "Won", "lost": "Lost",
    "won_elsewhere": "Won in another period", "removed": "Removed", "pushed": "Pushed out", "pulled": "Pulled in",
    "up": "Amount up", "down": "Amount down", "probability": "Chance moved", "ratio": "Usual discount",
    "new_business": "New expected",
}
"""The pieces of a change in the order in which they are told, as people call them."""
SMALL = 1e-9
PARTS = (("won", "Closed won"), ("open", "From open"), ("new", "From new"))


def week_points(measure: Measure) -> list[Row]:
    """A row per week's end, from the period's start through the moment of the look to its end.

    Each holds day, label, today ("today" at one row at most), won, mean, p10 and p90; None where there is none.
    """
    told, words, key = measure.told, measure.words, measure.key
    past = [_point(week, measure, won=week["won"][key]) for week in told["weeks"] if week["won"]]
    ahead = [_point(week, measure, **{name: week[key][name] for name in ("mean", "p10", "p90")})
             for week in told["weeks"] if week[key]]
    start, won = told["period"]["start"], measure.total["won"]
    first = {"day": words.day(start), "label": words.date(start)}
    if measure.phase == "ahead":
        return [_row(**first, won=0.0, mean=0.0, p10=0.0, p90=0.0), *ahead]
    if measure.phase == "over":
        last = past[-1] if past else _row(**first, won=won)
        return [_row(**first, won=0.0), *past[:-1], {**last, "mean": won, "p10": won, "p90": won}]
    now = _row(day=words.day(told["as_of"]), label=words.date(told["as_of"]), today="today", won=won, mean=won, p10=won, p90=won)
    return [_row(**first, won=0.0), *past, now, *ahead]


def _point(week: Row, measure: Measure, **numbers: float) -> Row:
    return _row(day=week["last_day"], label=measure.words.last_day(week["until"]), **numbers)


def _row(**known: Any) -> Row:
    return {"won": None, "mean": None, "p10": None, "p90": None, "today": "", **known}


def fan(measure: Measure) -> Chart:
    """How the period fills up."""
    quota, show = measure.quota, measure.show
    more = {"quota": quota, "goal": "" if quota is None else f"quota {measure.words.money(quota, short=True)}"}
    rows = [{**row, **more, "tip_won": show(row["won"]), "tip_mean": show(row["mean"]),
             "tip_range": NOTHING if row["p10"] is None else f"{show(row['p10'])} to {show(row['p90'])}"}
            for row in week_points(measure)]
    figures, end = measure.total, measure.words.last_day(measure.told["period"]["end"])
    text = f"{show(figures['won'])} was won by {end}" if measure.phase == "over" else (
        f"{show(figures['won'])} is won so far; by {end} {show(figures['total'])} is expected, in 8 of 10 cases between "
        f"{show(figures['p10'])} and {show(figures['p90'])}")
    goal = "" if quota is None else f"; the quota is {measure.words.money(quota, short=True)}"
    return Chart("fan", rows, f"{text}{goal}.", 280)


def standing(measure: Measure) -> Chart:
    """Closed won, open and new as one bar against the quota."""
    figures, quota, show, rows, at = measure.total, measure.quota, measure.show, [], 0.0
    for key, label in PARTS:
        rows.append({"key": key, "label": label, "from": at, "to": at + figures[key], "value": figures[key],
                     "tip": show(figures[key]), "p10": figures["p10"], "p90": figures["p90"], "quota": quota,
                     "range": f"{show(figures['p10'])} to {show(figures['p90'])}",
                     "goal": "" if quota is None else f"quota {measure.words.money(quota, short=True)}"})
        at += figures[key]
    against = "" if quota is None else f", against a quota of {measure.words.money(quota, short=True)}"
    won, opened, new = (row["tip"] for row in rows)
    alt = f"Closed won {won}, from open {measure.what} {opened}, from new ones {new}{against}."
    return Chart("standing", rows, alt, 96)


def steps(measure: Measure) -> list[Row]:
    """The forecast before, what moved, and the forecast now: label, kind (total, up, down), value, from, to, text."""
    changes, key = measure.told["changes"], measure.changed
    at = changes[f"{key}_before"]
    before = _total(measure, f"On {measure.words.short_date(changes['since'])}", at)
    moved = []
    for piece, label in PIECES.items():
        value = changes[key].get(piece) or 0.0
        if abs(value) > SMALL:
            moved.append({"label": label, "kind": "up" if value > 0 else "down", "value": value, "from": at, "to": at + value,
                          "text": measure.show(value, sign=True)})
            at += value
    return [before, *moved, _total(measure, "Now", changes[f"{key}_after"])]


def _total(measure: Measure, label: str, value: float) -> Row:
    return {"label": label, "kind": "total", "value": value, "from": value, "to": value, "text": measure.show(value)}


def waterfall(measure: Measure) -> Chart:
    """What changed since the forecast before."""
    rows = steps(measure)
    told = ", ".join(f"{row['label']} {row['text']}" for row in rows[1:-1]) or "nothing moved"
    alt = f"From {rows[0]['text']} {rows[0]['label'].lower()} to {rows[-1]['text']} now: {told}."
    return Chart("waterfall", rows, alt, 36 + 30 * len(rows))


def categories(measure: Measure) -> Chart:
    """What each forecast category holds, and inside it what the model expects."""
    rows = []
    for row in measure.told["categories"]:
        claimed, wanted = (row["amount"], row["expected_amount"]) if measure.is_money else (row["deals"], row["expected_count"])
        rows.append({"label": capital(row["category"]), "claimed": claimed, "expected": wanted,
                     "tip_claimed": measure.show(claimed), "tip_expected": measure.show(wanted)})
    alt = "; ".join(f"Of {row['tip_claimed']} in {row['label']}, {row['tip_expected']} is expected" for row in rows)
    return Chart("categories", rows, f"{alt}.", 40 + 40 * len(rows))


def held(measure: Measure, points: list[Row], stretch: str) -> Chart:
    """Past forecasts of one stretch ahead against what came."""
    show, words, rows = measure.show, measure.words, []
    for point in points:
        judged = point[measure.key]
        rows.append({**judged, "day": words.day(point["as_of"]), "label": words.date(point["as_of"]),
                     "end": words.last_day(point["end"]), "tip_said": show(judged["said"]), "tip_came": show(judged["came"]),
                     "tip_range": f"{show(judged['p10'])} to {show(judged['p90'])}",
                     "result": "in the range" if judged["held"] else "outside"})
    return Chart("held", rows, held_said(rows, stretch), 240)


def held_said(rows: list[Row], stretch: str) -> str:
    """How many ranges held what came.

    Examples
    --------
    >>> held_said([{"held": True}, {"held": False}], "month")
    'Of 2 forecasts month ahead, the range held what came in 1; 8 of 10 is meant.'
    """
    inside = sum(row["held"] for row in rows)
    return f"Of {count(len(rows))} forecasts {stretch} ahead, the range held what came in {count(inside)}; 8 of 10 is meant."


def share_said(low: float | None, high: float | None) -> str:
    """How little so few replays say of the true share."""
    return "" if low is None else f" With so few, the true share may be anything from {percent(low)} to {percent(high)}."


