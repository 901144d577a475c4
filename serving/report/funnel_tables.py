"""The tables of the funnel: stages, what each costs, cohorts, sources, responses."""

from collections.abc import Mapping, Sequence
from typing import Any

from serving.report.funnel_said import last_week, told_apart
from serving.report.tables import Column, Table

Row = dict[str, Any]
SHOWN_WEEKS = (1, 2, 4, 6, 8, 12, 16, 20, 26, 39, 52, 78, 104)
MOST_SOURCES = 25
DROP_MEANS = "those lost there × their mean amount × the chance of a win of those who get past it, per 30 days"
DELAY_MEANS = "what 30 days would bring more if won deals had not stayed beyond the median of won deals"


def stages(found: Sequence[Row]) -> Table:
    """Who reached which stage."""
    rows = [{**stage, **{name: None if stage["days"] is None else stage["days"][name] for name in (
        "q25", "median", "q75", "won_median")}} for stage in found]
    return Table("stages", "From stage to stage", [
        Column("stage", "Stage"), Column("reached", "Reached", "count", "came as far as this or further, each once"),
        Column("from_previous", "Of the stage before", "percent", "moved on ÷ at the stage before"),
        Column("overall", "Of all", "percent"), Column("moved_on", "Moved on", "count"),
        Column("still_there", "Still there", "count", "open, in this stage"), Column("lost", "Lost there", "count"),
        Column("q25", "A quarter left by", "days", "those in it still counted too (Kaplan and Meier)", on_paper=False),
        Column("median", "Half left by", "days"), Column("q75", "Three quarters left by", "days", on_paper=False),
        Column("won_median", "Half of won ones", "days"),
    ], rows)


def bottlenecks(cost: Mapping[str, Any]) -> Table:
    """The stages by what they cost, the dearest first."""
    rows = [{**stage, "note": "slowest" if stage["slowest"] else ""} for stage in told_apart(cost["stages"])]
    known = any(row["cost"] is not None for row in rows)
    money = [
        Column("cost", "Cost in 30 days", "money", "lost there and late, together; those of several stages overlap: no sum"),
        Column("drop_cost", "By those lost", "money", DROP_MEANS),
        Column("delay_cost", "By delay", "money", DELAY_MEANS)] if known else []
    waiting = [Column("money_waiting", "With", "money", "their amounts together")] if known else []
    return Table("bottlenecks", "What each stage costs, the dearest first", [
        Column("rank", "#", "count"), Column("stage", "Stage"), Column("note", ""), *money, Column("lost", "Lost there", "count"),
        Column("median_days", "Median stay", "days", "half have left by then; those in it still are counted, too"),
        Column("won_median_days", "Of won ones", "days", "the norm"),
        Column("extra_days", "Beyond it", "days", "mean days beyond the norm, of those who passed or wait there", on_paper=False),
        Column("waiting", "Now there", "count"),
        Column("waiting_median_days", "For", "days", "half of those who stand there now are there for longer",
               on_paper=False), *waiting,
        Column("sentence", "In words", on_paper=False),
    ], rows)


def alarms(found: Sequence[Row]) -> Table | None:
    """Stages that became worse."""
    return Table("alarms", "Alarms", [
        Column("stage", "Stage"), Column("now", "Now", "percent", "went on, or left, by that day"),
        Column("before", "Before", "percent"), Column("day", "By day", "days"), Column("now_count", "Entries now", "count"),
        Column("before_count", "Entries before", "count"),
        Column("sentence", "In words")], found) if found else None


def cohorts(told: Mapping[str, Any]) -> Table:
    """What share of each cohort had reached the stage after so many weeks."""
    weeks = [week for week in SHOWN_WEEKS if week <= last_week(told)]
    rows = [_cohort(one, weeks) for one in told["cohorts"] if one["entered"]]
    return Table("cohorts", f"Share that reached {told['stage']['stage']}, by {told['unit']} of creation", [
        Column("name", told["unit"].capitalize()), Column("entered", "Entered", "count", adds_up=True),
        Column("reached", "Reached", "count", "by now", adds_up=True), Column("lost", "Lost", "count", adds_up=True),
        Column("open", "Open", "count", adds_up=True),
        *(Column(f"w{week}", f"{week} week{'' if week == 1 else 's'}", "percent") for week in weeks),
    ], rows, {"name": "All", **_cohort(told["pooled"], weeks)})


def _cohort(one: Mapping[str, Any], weeks: Sequence[int]) -> Row:
    share = one["share"]
    return {**one, **{f"w{week}": share[week] if week < len(share) else None for week in weeks}}


def sources(told: Mapping[str, Any]) -> Table:
    """What each source brought and cost."""
    lines = [*told["sources"], told["whole"]]
    reached = [Column(key, label, "count", f"reached {label}", adds_up=True) for key, label in (
        ("mql", "MQL"), ("sql", "SQL"), ("deals", "Deals")) if told["whole"][key] is not None and told["path"] != "deals"]
    money = any(line["amount_won"] is not None for line in lines)
    paid = [Column("amount_won", "Amount won", "money", adds_up=True),
            Column("average_amount", "Won deal", "money", "mean amount")]
    rows = [_source(line) for line in told["sources"][:MOST_SOURCES]]
    whole = {**_source(told["whole"]), "name": "All"}
    return Table("sources", f"What each {told['by']} brought", [
        Column("name", told["by"].replace("_", " ").capitalize()),
        Column("entered", "Deals" if told["path"] == "deals" else "Leads", "count", adds_up=True), *reached,
        Column("won", "Won", "count", adds_up=True), Column("win_rate", "Win rate", "percent", "won ÷ (won + lost)", bar=True),
        *(paid if money else []), Column("cycle_days", "To the win", "days", "mean days from creation to the win"),
        *(_costs() if told["whole"]["cost"] is not None else []),
    ], rows, whole)


def _costs() -> list[Column]:
    priced = (("cost_per_lead", "Per lead"), ("cost_per_mql", "Per MQL"), ("cost_per_sql", "Per SQL"),
              ("cost_per_win", "Per win"))
    return [Column("cost", "Cost", "money", "campaign costs of the time, spread evenly over their days", adds_up=True),
            *(Column(key, label, "money") for key, label in priced),
            Column("return_on_cost", "Return", "times", "amount won ÷ cost")]


def served(told: Mapping[str, Any]) -> Table | None:
    """How soon each source was served, who waits longest first; None where nobody knows."""
    rows = sorted((_source(line) for line in told["sources"][:MOST_SOURCES] if line["response"]),
                  key=lambda row: row["served_rank"] or MOST_SOURCES + 1)
    if not rows:
        return None
    return Table("served", "How soon they heard from us", [
        Column("served_rank", "#", "count", "1 waits longest; empty: too few to tell"), Column("name", "Source"),
        Column("median", "Half wait", "days", "to the first event from us; those who still wait counted, too"),
        Column("q75", "Three quarters", "days"), Column("within_hour", "Within an hour", "percent"),
        Column("within_day", "Within a day", "percent"),
        Column("conversion", f"→ {told['stage']['stage']}", "percent",
               f"reached it within {told['horizon_days']:g} days, of those that are as old"),
        Column("judged", "Of", "count", "how many are old enough to tell"),
        Column("sentence", "In words", on_paper=False)], rows)


def _source(line: Mapping[str, Any]) -> Row:
    response = line["response"] or {}
    hours = {name: response.get(f"{name}_hours") for name in ("median", "q75")}
    return {**line, "name": line["name"] or "All", **{name: None if hour is None else hour / 24 for name, hour in hours.items()},
            "within_hour": response.get("within_hour"), "within_day": response.get("within_day")}


def response(told: Mapping[str, Any]) -> Table:
    """First response against conversion, as numbers."""
    rows = [{**band, "label": "not answered" if band["name"] == "never" else band["label"]} for band in told["bands"]]
    return Table("response", f"First answered, and reached {told['stage']['stage']} within {told['horizon_days']:g} days", [
        Column("label", "Answered"), Column("leads", "Leads", "count", adds_up=True),
        Column("reached", "Reached", "count", adds_up=True), Column("share", "Share", "percent"),
        Column("low", "At least", "percent", "of its 95 % interval"), Column("high", "At most", "percent")], rows)
