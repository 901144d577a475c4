"""A briefing as JSON holds it; the types are in serving.briefing.messages."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from leadcast.forecast import Distribution, Measure, Part
from serving.briefing.briefing import Briefing
from serving.briefing.changes import ChangedDeal, Changes
from serving.briefing.risks import Risk
from serving.briefing.team import Node
from serving.briefing.weeks import Filled
from serving.forecast_answers import call_told, span_told, utc

Plain = dict[str, Any]


def briefing_told(briefing: Briefing, scope: Mapping[str, str | None], notes: Sequence[str] = ()) -> Plain:
    """What GET /v1/outlook answers, without when it was made.

    Parameters
    ----------
    scope : the owner, manager and region that were asked for
    notes : more to be said of the moment it is of
    """
    look = briefing.look
    return {
        "as_of": utc(look.as_of), "period": span_told(look.period), "entity": look.entity, "what": look.what,
        "currency": look.currency, "money": briefing.in_money, "model": look.model,
        "scope": {name: scope.get(name) for name in ("owner", "manager", "region")},
        "total": _whole(look.forecast.total, briefing.distribution),
        "weeks": [_week(week) for week in briefing.weeks],
        "categories": _categories(briefing),
        "team": [_node(node) for node in briefing.team],
        "changes": None if briefing.changes is None else _changes(briefing.changes, briefing.names),
        "risks": [_risk(risk, briefing.names) for risk in briefing.risks],
        "riskiest_in_commit": None if briefing.riskiest_in_commit is None else _risk(briefing.riskiest_in_commit, briefing.names),
        "calls": [{**one.to_json(), **call_told(one.call)} for one in briefing.calls],
        "notes": [*briefing.notes, *notes],
    }


def figures(measure: Measure) -> Plain:
    """A measure in short, without its distribution."""
    return {"won": measure.won, "open": measure.open, "new": measure.new, "total": measure.total, **_quantiles(measure.whole)}


def known(value: float) -> float | None:
    """A number, or None for what is none."""
    return float(value) if math.isfinite(value) else None


def _quantiles(whole: Distribution) -> Plain:
    return {"p10": whole.p10, "p50": whole.p50, "p90": whole.p90}


def _standing(part: Part) -> Plain:
    goal = part.goal
    return {"count": figures(part.count), "amount": figures(part.amount),
            **({"quota": None, "reach": None, "gap": None, "coverage": None} if goal is None else goal.to_json()),
            "pipeline": part.pipeline, "open_deals": part.open_deals}


def _whole(part: Part, distribution: Distribution) -> Plain:
    return {**_standing(part), "margin": None if part.margin is None else figures(part.margin), "slips": part.slips,
            "slipped": part.slipped, "without_amount": part.without_amount, "distribution": distribution.to_json()}


def _week(week: Filled) -> Plain:
    part = week.part
    ranges = {name: None if part is None else _range(getattr(part, name)) for name in ("count", "amount")}
    return {"week": week.name, "until": utc(week.until), "last_day": week.last_day.isoformat(),
            "won": None if week.won is None else {"count": week.won.count, "amount": week.won.amount}, **ranges}


def _range(measure: Measure) -> Plain:
    return {"mean": measure.total, **_quantiles(measure.whole)}


def _categories(briefing: Briefing) -> list[Plain] | None:
    table = briefing.look.categories
    if table is None:
        return None
    return [{str(name): known(value) if isinstance(value, float) else value for name, value in row.items()}
            for row in table.reset_index().to_dict("records")]


def _node(node: Node) -> Plain:
    return {"level": node.level, "name": node.name, "shown": node.shown, "parent": list(node.parent), **_standing(node.part)}


def _changes(changes: Changes, names: Mapping[str, str]) -> Plain:
    pieces = changes.pieces
    sums = {name: getattr(pieces, name) for name in ("money_before", "money_after", "count_before", "count_after")}
    return {"since": utc(changes.since), "days": changes.days, "saved": changes.saved, "rebuilt": changes.saved is None,
            "note": changes.note, **sums, "money": dict(pieces.money), "count": dict(pieces.count),
            "deals": [_deal(deal, names) for deal in changes.deals], "deals_in_all": changes.deals_in_all}


def _deal(deal: ChangedDeal, names: Mapping[str, str]) -> Plain:
    (chance_before, chance_after), (before, after) = deal.probability, deal.amount
    return {"entity_id": deal.entity_id, **_owner(deal.owner, names), "stage": deal.stage, "piece": deal.piece, "what": deal.what,
            "money": deal.money, "count": deal.count, "probability_before": chance_before, "probability_after": chance_after,
            "amount_before": known(before), "amount_after": known(after), "pieces": dict(deal.pieces)}


def _risk(risk: Risk, names: Mapping[str, str]) -> Plain:
    return {"entity_id": risk.entity_id, **_owner(risk.owner, names), "stage": risk.stage, "category": risk.category,
            "amount": known(risk.amount), "probability": float(np.clip(risk.probability, 0.0, 1.0)), "at_stake": risk.at_stake,
            "counted_on": risk.counted_on, "expected_close": utc(risk.expected_close), "closes": utc(risk.closes),
            "why": risk.why}


def _owner(owner: str | None, names: Mapping[str, str]) -> Plain:
    return {"owner": owner, "shown": None if owner is None else names.get(owner, owner)}
