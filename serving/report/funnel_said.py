"""The funnel in sentences: where it leaks, what is slow, who waits; the words of the page."""

from collections.abc import Mapping, Sequence
from typing import Any

from serving.report.tables import Sentence, Tile, Tiles
from serving.report.words import Strong, Words, count, days, percent, plural

Plain = Mapping[str, Any]
LEAST_IN_LINE = 10
LATE_WEEKS = (26, 13, 8, 4, 2)
HOURS = 24.0


def things(path: str) -> str:
    """What a path follows: leads, or deals."""
    return "deals" if path == "deals" else "leads"


def told_apart(stages: Sequence[Plain]) -> list[dict[str, Any]]:
    """Stages under names that tell them apart: where leads and deals both have a "won", it says whose."""
    names = [stage["stage"] for stage in stages]
    return [{**one, "stage": f"{one['stage']} ({_of(one)})" if names.count(one["stage"]) > 1 else one["stage"]} for one in stages]


def leak(cost: Plain, words: Words) -> Sentence:
    """Where it leaks most and what is slowest, with their costs."""
    worst = next((stage for stage in cost["stages"] if stage["rank"] == 1), None)
    slow = next((stage for stage in cost["stages"] if stage["slowest"]), None)
    if worst is None:
        return [f"There is one stage alone, so that no {things(cost['path'])} can leak."]
    if not worst["cost"]:
        return [*_without_money(cost["stages"]), *([] if slow is None else [" The slowest stage is ", Strong(slow["stage"]),
                                                                           f": {stay(slow)}."])]
    told = [Strong(worst["stage"]), " leaks most: it costs about ",
            Strong(f"{words.money(worst['cost'], short=True)} in 30 days"), _why(worst)]
    if slow is None:
        return [*told, "."]
    if slow is worst:
        return [*told, f". It is the slowest stage, too: {stay(slow)}."]
    price = [", and it costs about ", Strong(f"{words.money(slow['cost'], short=True)} in 30 days")] if slow["cost"] else []
    return [*told, ". The slowest stage is ", Strong(slow["stage"]), f": {stay(slow)}", *price, "."]


def _without_money(stages: Sequence[Plain]) -> Sentence:
    most = max(stages, key=lambda stage: stage["lost"])
    if not most["lost"]:
        return ["Nobody has been lost yet."]
    return ["Most are lost in ", Strong(most["stage"]), f": {count(most['lost'])}."]


def _why(stage: Plain) -> str:
    lost = f"the {plural(count(stage['lost']), _of(stage))} lost there"
    if stage["drop_cost"] is None or stage["drop_cost"] < (stage["delay_cost"] or 0.0):
        return ", most of it by staying longer than won deals do"
    return f", most of it through {lost}" if stage["delay_cost"] else f", through {lost}"


def _of(stage: Plain) -> str:
    return "lead" if stage["entity"] == "lead" else "deal"


def stay(stage: Plain) -> str:
    """How long half of them stay in a stage, and the won ones."""
    if stage["median_days"] is None:
        above = stage["median_above_days"]
        return "nobody knows how long they stay" if above is None else (
            f"half have not left yet, it takes them more than {days(above)}")
    won = "" if stage["won_median_days"] is None else f", won ones within {days(stage['won_median_days'])}"
    return f"half leave within {days(stage['median_days'])}{won}"


def alarms(found: Sequence[Plain]) -> Sentence:
    """How many alarms there are, and the first."""
    if not found:
        return ["No alarm: from no stage do clearly fewer go on than before, and in none do they clearly stay longer."]
    first, more = found[0], " More below." if len(found) > 1 else ""
    did = "go on" if first["kind"] == "drop_off" else "leave"
    return [Strong(plural(count(len(found)), "alarm")), f": only {percent(first['now'])} {did} from {first['stage']} within "
            f"{days(first['day'])}, before it was {percent(first['before'])}.{more}"]


def tiles(whole: Plain, cost: Plain, words: Words) -> Tiles:
    """The figures that are read at a glance."""
    slow = next((stage for stage in cost["stages"] if stage["slowest"]), None)
    alarmed, rate = len(cost["alarms"]), whole["velocity"]["win_rate"]
    price = "" if slow is None or slow["cost"] is None else f"; costs {words.money(slow['cost'], short=True)} in 30 days"
    half = "" if slow is None else stay({**slow, "won_median_days": None})
    return Tiles([
        Tile("Entered", count(whole["entered"]), f"{count(whole['open'])} open, {count(whole['lost'])} lost", "main"),
        Tile("Won", count(whole["won"]), f"{percent(rate)} of those decided, {percent(whole['won'] / whole['entered'])} of all",
             "good"),
        Tile("Slowest stage", "not known" if slow is None else slow["stage"], f"{half}{price}", "warn"),
        Tile("Alarms", count(alarmed) if alarmed else "None", "stages that became worse" if alarmed else "no stage became worse",
             "bad" if alarmed else "good"),
    ])


def velocity(whole: Plain, cost: Plain, words: Words) -> Sentence:
    """How much money runs through; empty where that cannot be told."""
    told = whole["velocity"]
    if told["per_day"] is None:
        return []
    equation = (f"{count(told['opportunities'])} open {things(cost['path'])} × {percent(told['win_rate'])} win rate × "
                f"{words.money(told['average_amount'])} average won deal ÷ {days(told['cycle_days'])} mean to the win = ")
    pace = "" if cost["won_per_30_days"] is None else (
        f" {words.money(cost['won_per_30_days'], short=True)} were won in 30 days on average, over "
        f"{days(cost['window_days'])}.")
    return [equation, Strong(f"{words.money(told['per_day'], short=True)} a day"), ".", pace]


# ---- cohorts, sources, responses --------------------------------------------------------------------------------


def last_week(told: Plain) -> int:
    """The last week worth showing: a little beyond the last change of the whole.

    Examples
    --------
    >>> last_week({"weeks": list(range(40)), "pooled": {"share": [0.0, 0.1, 0.3] + [0.3] * 37}})
    8
    """
    share, last = told["pooled"]["share"], 0
    for week in range(1, len(share)):
        if share[week] is not None and share[week - 1] is not None and share[week] - share[week - 1] > 0.0005:
            last = week
    return min(len(told["weeks"]) - 1, max(8, -int(-last * 1.15 // 1)))


def cohorts(told: Plain) -> Sentence:
    """What share comes to the stage, how soon, and whether newer ones do better."""
    pooled, stage, what = told["pooled"], told["stage"]["stage"], things(told["path"])
    known = [week for week, share in enumerate(pooled["share"][:last_week(told) + 1]) if share is not None]
    end = known[-1] if known else None
    if end is None or not pooled["share"][end] > 0:
        return [f"Nobody of {count(pooled['entered'])} {what} has reached {stage} yet."]
    half = next(week for week in known if pooled["share"][week] >= pooled["share"][end] / 2)
    return [Strong(f"{percent(pooled['share'][end])} of {what} reach {stage}"),
            f" within {plural(count(end), 'week')} (in 95 of 100 cases between {percent(pooled['low'][end])} and "
            f"{percent(pooled['high'][end])}); half of those do so within {plural(count(half), 'week')}.", _newest(told, stage)]


def _newest(told: Plain, stage: str) -> str:
    """The newer half of the cohorts against the older one, at the last week that most have been watched for."""
    old = [cohort for cohort in told["cohorts"] if cohort["entered"] >= LEAST_IN_LINE]
    for week in LATE_WEEKS:
        seen = [cohort for cohort in old if len(cohort["share"]) > week and cohort["share"][week] is not None]
        if len(seen) >= max(4, 0.6 * len(old)):
            before, after = _mean(seen[:len(seen) // 2], week), _mean(seen[len(seen) // 2:], week)
            way = "as many as" if abs(after - before) < 0.01 else "more than" if after > before else "fewer than"
            return (f" After {week} weeks, {percent(after)} of the newer cohorts had reached {stage}, {way} of the older ones "
                    f"({percent(before)}).")
    return ""


def _mean(cohorts_seen: Sequence[Plain], week: int) -> float:
    entered = sum(cohort["entered"] for cohort in cohorts_seen)
    return float(sum(cohort["share"][week] * cohort["entered"] for cohort in cohorts_seen) / entered)


def sources(told: Plain, words: Words) -> Sentence:
    """Who is served worst, and who brings most."""
    worst, rows = told["worst_served"], told["sources"]
    if not rows:
        return []
    most = max(rows, key=lambda row: row["amount_won"] or 0.0)
    brought = ["Most was won from ", Strong(str(most["name"])), f": {words.money(most['amount_won'], short=True)} in "
               f"{plural(count(most['won']), 'deal')}."] if most["amount_won"] else [
        "Most came from ", Strong(str(rows[0]["name"])), f": {count(rows[0]['entered'])} {things(told['path'])}."]
    if worst is None:
        return [*(["No source stands out as served worse than the others. "] if told["whole"]["response"] else []), *brought]
    wait, of_all = worst["response"]["median_hours"], told["whole"]["response"]["median_hours"]
    waits = ": half of its leads have not heard from us yet" if wait is None else (
        f": half of its leads wait {days(wait / HOURS)} or longer for a first response")
    all_wait = "" if of_all is None else f" (all: {days(of_all / HOURS)})"
    return ["Worst served: ", Strong(str(worst["name"])), f"{waits}{all_wait}, and {percent(worst['conversion'])} reach "
            f"{told['stage']['stage']} within {told['horizon_days']:g} days (all: {percent(told['whole']['conversion'])}). ",
            *brought]


def response(told: Plain) -> Sentence:
    """How soon leads hear from us; why nothing is known of it."""
    found = told["response"]
    if found is None:
        return []
    half = [Strong("Half of the leads have not heard from us yet")] if found["median_hours"] is None else [
        "Half of the leads hear from us within ", Strong(days(found["median_hours"] / HOURS))]
    day = "" if found["within_day"] is None else f"; {percent(found['within_day'])} within a day"
    return [*half, f"{day}. {told['sentence']}"]
