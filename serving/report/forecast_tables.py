"""The tables of the forecast: who brings it, what changed, categories, risks, calls and past forecasts."""

from collections.abc import Mapping, Sequence
from typing import Any

from serving.report.forecast_drawn import steps
from serving.report.measure import Measure
from serving.report.tables import Column, Kind, Table
from serving.report.words import capital

Row = dict[str, Any]
MOST_CHANGES = 10
STAKE_MEANS = ("what is missing if it does not come: amount times the chance that it is not won in the period; of one that only "
               "the model counts on, amount times chance")
WAYS = {
    "run_rate": ("Run rate", "as much as in the same time before"),
    "stage_weighted": ("Stage-weighted", "each stage's usual win rate times its deals"),
    "stage_table": ("Stage table", "win rates by stage and age, and the last new deals"),
    "model_last_new": ("Model, last new deals", "the model's open deals, and as many new ones as before"),
    "commit": ("Reps' commit", "what reps call commit, as if certain"),
    "call": ("Managers' call", "what was called"),
    "probability_amount": ("P × amount", "the chance times the amount, whenever it closes"),
}


def changes(measure: Measure) -> Table:
    """The pieces that add up to the difference."""
    rows = steps(measure) if measure.told["changes"] else []
    return Table("changes", "What changed, in pieces that add up", [
        Column("label", "Piece"),
        Column("value", "Effect", measure.kind, "on what is expected; the first and the last row are the two forecasts"),
    ], rows, none="There was no forecast of this period before.")


def changed_deals(measure: Measure, most: int | None = MOST_CHANGES) -> Table:
    """The deals with the largest effects."""
    found = measure.told["changes"]
    rows = [] if found is None else sorted(found["deals"], key=lambda deal: -abs(deal[measure.changed]))[:most]
    money = [Column("amount_before", "Amount before", "money", on_paper=False),
             Column("amount_after", "Amount now", "money", on_paper=False)] if measure.is_money else []
    return Table("changed-deals", "The largest changes", [
        Column("entity_id", _one(measure)), Column("shown", "Owner"), Column("stage", "Stage"), Column("what", "What moved"),
        *money, Column("probability_before", "Chance before", "percent", on_paper=False),
        Column("probability_after", "Chance now", "percent", on_paper=False),
        Column(measure.changed, "Effect", measure.kind, "on what is expected of the period", signed=True),
    ], rows, none="No deal moved.")


def risks(measure: Measure) -> Table:
    """Open deals that somebody counts on and that may not come."""
    rows = measure.told["risks"]
    amount = [Column("amount", "Amount", "money")] if measure.is_money else []
    stake = [Column("at_stake", "At stake", "money", STAKE_MEANS)] if measure.is_money else []
    return Table("risks", f"The {len(rows)} {measure.what} with most at stake", [
        Column("entity_id", _one(measure)), Column("shown", "Owner"), Column("stage", "Stage"),
        Column("counted_on", "Counted on", meaning="who counts on it: its category, the rep's date, or the model alone"), *amount,
        Column("probability", "Chance", "percent", "to be won in this period", bar=True), *stake,
        Column("expected_close", "Rep's date", "date"),
        Column("closes", "Model's date", "date", "median of its win, if it is won"),
        Column("why", "Why", on_paper=False),
    ], rows, none=f"No open {measure.what} are counted on in this period.")


def categories(measure: Measure) -> Table:
    """The CRM's forecast categories beside the model; of numbers of deals where no amounts are known."""
    name, deals = Column("category", "Category"), Column("deals", capital(measure.what), "count", adds_up=True)
    rows = [{**row, "category": capital(row["category"]),
             "share": row["model_share"] if measure.is_money else _share(row["expected_count"], row["deals"])}
            for row in measure.told["categories"] or []]
    share = Column("share", "Share", "percent", "expected as a share of what stands there")
    wins = Column("expected_count", "Expected wins", "expected", "of these deals in the period", adds_up=True,
                  on_paper=not measure.is_money)
    columns = [name, deals, wins, share] if not measure.is_money else [
        name, deals, Column("amount", "Amount", "money", adds_up=True),
        Column("expected_amount", "Expected", "money", "of these deals in the period", adds_up=True), share, wins,
        Column("rolled_up", "Claimed with those above", "money", "its amount and that of the categories above it, as if certain",
               on_paper=False),
        Column("rolled_up_expected", "Expected of them", "money", on_paper=False)]
    return Table("categories", "Forecast categories beside the model", columns, rows, none="The CRM has no forecast categories.")


def teams(measure: Measure) -> list[Table]:
    """Regions, managers and owners, parents before children; where nobody owns anything, one of stages and one of sources."""
    nodes = measure.told["team"]
    lists = dict.fromkeys(node["level"] for node in nodes if not node["parent"])
    if len(lists) < 2:
        return [_team(measure, nodes)]
    return [_team(measure, [node for node in nodes if node["level"] == level]) for level in lists]


def _team(measure: Measure, nodes: Sequence[Row]) -> Table:
    nested = any(node["parent"] for node in nodes)
    rows = [{**node, **node[measure.key], "indent": len(node["parent"]), "gap": None if node["gap"] is None else -node["gap"],
             "strong": nested and not node["parent"]} for node in nodes]
    levels = list(dict.fromkeys(node["level"] for node in nodes))
    goal = measure.is_money and any(node["quota"] is not None for node in nodes)
    added = ("won", "open", "new", "total")
    figures = [Column(key, label, measure.kind, meaning, adds_up=key in added) for key, label, meaning in (
        ("total", "Expected", "won, from open and from new together"), ("won", "Won", "closed won in the period"),
        ("open", "From open", "expected of open ones"), ("new", "From new", "expected of those not created yet"),
        ("p10", "P10", "ranges do not add up: not everybody is lucky at once"), ("p90", "P90", ""))]
    caption = f"The forecast of {measure.told['period']['name']} by {', '.join(levels)}"
    return Table("team", caption, [
        Column("shown", ", ".join(map(capital, levels)) or "Who"), *figures, *(_goals() if goal else []),
        Column("open_deals", "Open", "count", f"open {measure.what} now", on_paper=not goal),
        *([Column("pipeline", "Pipeline", "money", "amount of the open deals now, whatever their chance")]
          if measure.is_money else []),
    ], rows, _whole(measure), f"There are no {measure.what}.")


def _whole(measure: Measure) -> Row:
    total = measure.told["total"]
    return {**total, **measure.total, "shown": "All", "gap": None if total["gap"] is None else -total["gap"]}


def _goals() -> list[Column]:
    return [Column("quota", "Quota", "money"), Column("reach", "Chance", "percent", "to reach the quota", bar=True),
            Column("gap", "Gap", "money", "expected less quota", signed=True),
            Column("coverage", "Coverage", "times", "open pipeline over what is still to win", on_paper=False)]


def calls(measure: Measure) -> Table | None:
    """What people called, beside what the model expects of the same deals."""
    rows = []
    for call in measure.told["calls"]:
        of_money = call["amount"] is not None
        model = call["model"]
        rows.append({**call, "of": call["owner"] or "everyone's", "called": call["amount"] if of_money else call["count"],
                     "expected": None if model is None else model["amount" if of_money else "count"],
                     "unit": measure.told["currency"] if of_money else measure.what})
    return Table("calls", "Calls beside the model", [
        Column("who", "Who"), Column("of", "Whose deals"), Column("recorded_at", "Said", "date"),
        Column("called", "Called", "expected"),
        Column("expected", "Model", "expected", "expected of the same deals"), Column("unit", "In"),
        Column("reach", "Chance to reach it", "percent"), Column("note", "Note"),
    ], rows) if rows else None


# ---- past forecasts -------------------------------------------------------------------------------------------


def errors(measure: Measure, stretch: Mapping[str, Any]) -> Table:
    """How far off forecasts of one stretch were, beside simpler ways, the nearest first."""
    judged = stretch[measure.key]
    ways = [{**way, "way": WAYS.get(way["name"], (way["name"], ""))[0], "about": WAYS.get(way["name"], ("", ""))[1]}
            for way in judged["baselines"]]
    ours = {"way": "Leadcast", "about": "this forecast", "replays": stretch["replays"], "strong": True}
    rows = [{**judged["model"], **ours}, *ways]
    rows.sort(key=lambda row: float("inf") if row["wape"] is None else row["wape"])
    return Table(f"errors-{stretch['stretch']}", f"How far off, {stretch['stretch']} ahead, beside simpler ways", [
        Column("way", "Way"), Column("about", "What it says"), Column("mae", "Off by", measure.kind, "mean absolute error"),
        Column("wape", "In %", "percent", "all errors over all that came (WAPE)"),
        Column("bias", "Too high by", "percent", "said less came, over what came; below zero: too low",
               signed=True),
        Column("replays", "Days", "count", "past days it was judged on", on_paper=False),
    ], rows)


def points(measure: Measure, backtest: Mapping[str, Any]) -> Table:
    """Every past day's forecast against what came."""
    rows = [{**point[measure.key], "as_of": point["as_of"], "stretch": point["stretch"],
             "until": measure.words.last_day(point["end"])} for point in backtest["points"]]
    return Table("points", "Replayed days", [Column("stretch", "Ahead"), *_judged(measure.kind)], rows)


def saved(measure: Measure, past: Sequence[Row]) -> Table:
    """Saved forecasts of periods that are over."""
    rows = [{**row[measure.key], "as_of": row["as_of"], "until": row["period"]["name"], "note": row["note"]} for row in past]
    return Table("saved", "Saved forecasts of periods that are over", [*_judged(measure.kind), Column("note", "Note")], rows,
                 none="No saved forecast is of a period that is over yet.")


def _judged(kind: Kind) -> list[Column]:
    return [Column("as_of", "Said on", "date"), Column("until", "Until"), Column("said", "Expected", kind),
            Column("p10", "P10", kind), Column("p90", "P90", kind), Column("came", "Came", kind),
            Column("held", "Range held", "yes", "what came lay between P10 and P90")]


def _one(measure: Measure) -> str:
    return "Lead" if measure.told["entity"] == "lead" else "Deal"


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
