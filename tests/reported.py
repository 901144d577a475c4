"""What a report of a small company tells, with numbers that can be checked by eye."""

import copy
from dataclasses import replace
from typing import Any

from serving.report.content import Content
from serving.report.people import Listed, Lists
from serving.report.words import Words

QUARTER = {"name": "2026-Q1", "start": "2025-12-31T23:00:00Z", "end": "2026-03-31T22:00:00Z"}
NOTHING = {"won": 0.0, "open": 0.0, "new": 0.0, "total": 0.0, "p10": 0.0, "p50": 0.0, "p90": 0.0}


def figures(won: float, opened: float, new: float) -> dict[str, float]:
    total = won + opened + new
    return {"won": won, "open": opened, "new": new, "total": total, "p10": total - 10, "p50": total, "p90": total + 10}


def standing(won: float, opened: float, new: float, quota: float | None = None, deals: int = 1) -> dict[str, Any]:
    """Money of so much each, and a deal of 10 for each 10 of it."""
    total = won + opened + new
    goal = {"quota": quota, "reach": None if quota is None else 0.25, "gap": None if quota is None else quota - total,
            "coverage": None if quota is None else 1.5}
    return {"count": figures(won / 10, opened / 10, new / 10), "amount": figures(won, opened, new), **goal,
            "pipeline": 2 * opened, "open_deals": deals}


def node(level: str, name: str, *parent: str, shown: str | None = None, **more: Any) -> dict[str, Any]:
    return {"level": level, "name": name, "shown": shown or name, "parent": list(parent), **more}


def team() -> list[dict[str, Any]]:
    """North: ann 30 + 20 + 4 and bob 10 + 10 + 6; South: cid 0 + 10 + 10. Together 40 + 40 + 20 = 100."""
    return [
        node("region", "North", **standing(40, 30, 10, 70, 2)),
        node("owner", "ann", "North", shown="Ann", **standing(30, 20, 4, 50)),
        node("owner", "bob", "North", **standing(10, 10, 6, 20)),
        node("region", "South", **standing(0, 10, 10, 50)),
        node("owner", "cid", "South", **standing(0, 10, 10, 50))]


def outlook() -> dict[str, Any]:
    won = {"count": 4.0, "amount": 40.0}
    ahead = {"mean": 100.0, "p10": 90.0, "p50": 100.0, "p90": 110.0}
    pieces = {"won": 15.0, "lost": -5.0, "new_business": -10.0}
    risk = {"entity_id": "D7", "owner": "ann", "shown": "Ann", "stage": "offer", "category": "commit", "amount": 20.0,
            "probability": 0.4, "at_stake": 12.0, "counted_on": "commit", "expected_close": "2026-03-20T23:30:00Z",
            "closes": None, "why": "commit, but 40 % likely"}
    deal = {"entity_id": "D1", "owner": "ann", "shown": "Ann", "stage": "won", "piece": "won", "what": "won", "money": 15.0,
            "count": 0.5, "probability_before": 0.5, "probability_after": 1.0, "amount_before": 30.0, "amount_after": 30.0}
    return {
        "as_of": "2026-02-15T12:00:00Z", "period": QUARTER, "entity": "opportunity", "what": "deals", "currency": "EUR",
        "money": True, "model": "acme-win/1", "scope": {"owner": None, "manager": None, "region": None},
        "total": {**standing(40, 40, 20, 120, 3), "margin": None, "slips": 0.5, "slipped": 9.0, "without_amount": 2},
        "weeks": [
            {"week": "2026-W06", "until": "2026-02-08T23:00:00Z", "last_day": "2026-02-08", "won": won, "count": None,
             "amount": None},
            {"week": "2026-W13", "until": "2026-03-31T22:00:00Z", "last_day": "2026-03-31", "won": None,
             "count": {name: value / 10 for name, value in ahead.items()}, "amount": ahead}],
        "categories": [
            {"category": "closed", "deals": 4, "amount": 40.0, "expected_count": 4.0, "expected_amount": 40.0, "model_share": 1.0,
             "rolled_up": 40.0, "rolled_up_expected": 40.0},
            {"category": "commit", "deals": 2, "amount": 50.0, "expected_count": 1.0, "expected_amount": 20.0, "model_share": 0.4,
             "rolled_up": 90.0, "rolled_up_expected": 60.0}],
        "team": team(),
        "changes": {"since": "2026-02-08T12:00:00Z", "days": 7.0, "saved": "s", "rebuilt": False, "note": "",
                    "money_before": 100.0, "money_after": 100.0, "count_before": 10.0, "count_after": 10.0, "money": pieces,
                    "count": {name: value / 10 for name, value in pieces.items()}, "deals": [deal], "deals_in_all": 1},
        "risks": [risk], "riskiest_in_commit": risk, "calls": [], "notes": ["A note."],
    }


def deals() -> Listed:
    row = {"entity_id": "D7", "owner": "ann", "shown": "Ann", "stage": "offer", "stage_age_days": 20.0, "stage_norm_days": 8.0,
           "category": "commit", "amount": 20.0, "probability": 0.5, "grade": "A", "score": 91.0, "trend": -2.5,
           "expected_amount": 10.0, "promised_close": "2026-03-20T23:30:00Z", "expected_close": None, "risks": "stalled",
           "why": "in offer for 20 days", "reasons": "+ Stage: offer", "source": "fair", "account_id": "A1",
           "created_at": "2026-01-05T08:00:00Z"}
    calm = {**row, "entity_id": "D8", "risks": "", "why": "", "amount": 30.0, "expected_amount": 15.0, "source": None}
    return Listed("opportunity", [calm, row], 2, 1, 50.0, 25.0, 1.0, 2, "win", 90.0, ("won",))


def funnel() -> dict[str, Any]:
    """500 -> 300 -> 120: 60 % and 40 %, 24 % overall."""
    stay = {"known": 9, "q25": 2.0, "median": 5.0, "q75": None, "won_median": 4.0}
    stages = [
        {"entity": "opportunity", "stage": name, "reached": reached, "moved_on": moved, "lost": lost, "still_there": there,
         "from_previous": before, "overall": reached / 500, "days": None if moved is None else stay}
        for name, reached, moved, lost, there, before in (
            ("talk", 500, 300, 150, 50, None), ("offer", 300, 120, 100, 80, 0.6), ("won", 120, None, 0, 0, 0.4))]
    velocity = {"opportunities": 500, "win_rate": 0.3, "average_amount": 1000.0, "cycle_days": 30.0, "per_day": 5000.0}
    costs = [
        {"entity": "opportunity", "stage": stage, "rank": rank, "reached": 9, "median_days": 5.0, "won_median_days": 4.0,
         "waiting": 3, "waiting_median_days": 6.0, "money_waiting": 90.0, "extra_days": 1.0, "extra_days_in_all": 9.0, "lost": 7,
         "delay_cost": delay, "drop_cost": drop, "slowest": rank == 1, "stays": 20, "median_above_days": None,
         "cost": (delay or 0) + drop, "sentence": f"{stage}."}
        for rank, (stage, delay, drop) in enumerate((("offer", 2_000.0, 50_000.0), ("talk", None, 20_000.0)), 1)]
    head = {"path": "deals", "start": "2025-02-15T12:00:00Z", "pipelines": ["sales"], "notes": ["Counted."]}
    return {
        "stages": {**head, "whole": {"name": None, "entered": 500, "won": 120, "lost": 250, "open": 130, "stages": stages,
                                     "velocity": velocity}},
        "bottlenecks": {**head, "entered": 500, "window_days": 365.0, "won_per_30_days": 9_000.0, "stages": costs, "alarms": []}}


def report_of(**changed: Any) -> Content:
    """The company's report, with some of it as the test wants it; without models."""
    known: dict[str, Any] = {
        "company": "acme", "words": Words("EUR", "Europe/Berlin"), "outlook": outlook(),
        "accuracy": {"backtest": None, "saved": [], "notes": ["No backtest yet."]}, "lists": Lists(deals(), None, []),
        "funnel": funnel(), "models": [], "fingerprint": "f" * 64, "version": "0.1.0", "end": "2026-02-15T12:00:00Z"}
    return Content(**{**known, **changed})


def bare_report() -> Content:
    """Of a company where nobody owns anything, nothing has an amount, and there are no quotas, categories or stages."""
    told = copy.deepcopy(outlook())
    without = {"quota": None, "reach": None, "gap": None, "coverage": None, "amount": NOTHING, "pipeline": 0.0, "slipped": 0.0}
    told |= {"money": False, "categories": None, "team": [], "changes": None, "risks": [], "riskiest_in_commit": None}
    told["total"] |= without
    rows = [{**row, "amount": None, "expected_amount": None, "owner": None, "shown": None} for row in deals().rows]
    listed = replace(deals(), rows=rows, amount=None, expected_amount=None)
    return report_of(outlook=told, lists=Lists(listed, None, []), funnel=None)
