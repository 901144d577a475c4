"""The charts of the funnel: the rows of the page's templates."""

from collections.abc import Mapping, Sequence
from typing import Any

from serving.report.funnel_said import LEAST_IN_LINE, last_week, things
from serving.report.tables import Chart
from serving.report.words import count, days, percent

Row = dict[str, Any]
FEW, FEWEST = 30, 10
WON_DOTS = "won-point"


def stages(found: Sequence[Row], entered: int, path: str) -> Chart:
    """How many came as far as each stage, and what became of them there."""
    rows, pieces = [], []
    for order, stage in enumerate(found):
        last, at, reached = order == len(found) - 1, 0, stage["reached"]
        parts = (("won", reached) if last else ("moved on", stage["moved_on"]), ("still there", stage["still_there"]),
                 ("lost there", stage["lost"]))
        for piece, size in parts:
            pieces.append({"order": order, "stage": stage["stage"], "piece": piece, "from": at, "to": at + size, "tip": ""})
            at += size
        before = f"{percent(stage['from_previous'])} of {found[order - 1]['stage']}"
        share = "all that entered" if not order else before if order == 1 else f"{before} · {percent(stage['overall'])} of all"
        rows.append({"order": order, "stage": stage["stage"], "count": reached, "shown": count(reached), "share": share})
    told = ", ".join(f"{row['shown']} reached {row['stage']} ({row['share']})" for row in rows[1:])
    return Chart("funnel", rows, f"Of {count(entered)} {things(path)}, {told}.", 54 * len(rows) + 26, {"pieces": pieces})


def stays(found: Sequence[Mapping[str, Any]]) -> Chart | None:
    """Quartiles of days in each stage; None where nobody is known to have stayed anywhere.

    Parameters
    ----------
    found : stage and its days: q25, median, q75, won_median; one that is not known yet lies beyond all others
    """
    known = [one for one in found if one["days"]["median"] is not None or one["days"]["q25"] is not None]
    if not known:
        return None
    end = 1.04 * max(value for one in known for name in ("q25", "median", "q75", "won_median")
                     if (value := one["days"][name]) is not None)
    rows = []
    for order, one in enumerate(known):
        stay = one["days"]
        middle = "not yet" if stay["median"] is None else days(stay["median"])
        won = "" if stay["won_median"] is None else f" · won {days(stay['won_median'])}"
        half = "half have not left yet" if stay["median"] is None else f"half within {middle}"
        ends = [stay[name] if stay[name] is not None else end for name in ("q25", "q75")]
        rows.append({"order": order, "stage": one["stage"], "median": stay["median"], "won_median": stay["won_median"],
                     "from": ends[0], "to": ends[1], "said": f"{half}{won}{one.get('more', '')}", "middle": middle, "range": "",
                     "norm": ""})
    told = ", ".join(f"{row['stage']} within {row['middle']}" for row in rows)
    return Chart("funnel-stays", rows, f"Half leave {told}.", 50 * len(rows) + 40,
                 without="" if any(row["won_median"] is not None for row in rows) else WON_DOTS)


def cohorts(told: Mapping[str, Any]) -> Chart | None:
    """What share had reached the stage by weeks since creation; None where nobody was watched."""
    weeks, drawn = last_week(told), [one for one in told["cohorts"] if one["entered"] >= LEAST_IN_LINE]
    rows = [{"line": one["name"], "order": order, "week": week, "share": share, "tip": "",
             "tone": 1.0 if len(drawn) < 2 else 0.3 + 0.7 * order / (len(drawn) - 1)}
            for order, one in enumerate(drawn) for week, share in enumerate(one["share"][:weeks + 1]) if share is not None]
    whole = told["pooled"]
    pooled = [{"week": week, "share": share, "low": whole["low"][week], "high": whole["high"][week]}
              for week, share in enumerate(whole["share"][:weeks + 1]) if share is not None]
    if not rows or not pooled:
        return None
    alt = f"All together {percent(pooled[-1]['share'])} reached {told['stage']['stage']} within {pooled[-1]['week']} weeks."
    return Chart("funnel-cohorts", rows, alt, 300, {"pooled": pooled})


def response(told: Mapping[str, Any]) -> Chart | None:
    """First response against conversion; None where too few are known."""
    rows = []
    for order, band in enumerate(told["bands"]):
        few = band["leads"] < FEWEST
        name = "not answered" if band["name"] == "never" else band["label"]
        rows.append({"order": order, "label": f"{name} ({count(band['leads'])})", "few": band["leads"] < FEW, "low": band["low"],
                     "high": band["high"], "drawn": None if few else band["share"], "ends": 0.0 if few else band["high"],
                     "text": "too few" if few else percent(band["share"]), "shown": "", "range": ""})
    if not any(row["drawn"] is not None for row in rows):
        return None
    told_of = ", ".join(f"answered {row['label']} {row['text']}" for row in rows)
    return Chart("funnel-response", rows, f"Share that reached {told['stage']['stage']}: {told_of}.", 40 + 30 * len(rows))
