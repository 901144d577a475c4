"""The report and the bundle of one target, put together from what training found."""

from dataclasses import replace
from typing import Any

import numpy as np

from features import Context, feature_table
from leadcast.bundle import Bundle, Facts, Golden, rung_of, speaking
from leadcast.contract import Contract
from leadcast.history import History
from leadcast.moment import is_shown, minute
from leadcast.observations import Observations, open_at
from leadcast.reference import MOST, Reference
from leadcast.rules import Rules
from leadcast.settled import as_they_came
from leadcast.vocabulary import Target
from training.blend import KINDS, Model, Recipe, Rows
from training.card import write_card
from training.evaluate import Evaluation
from training.evidence import evidence_of
from training.labels import Horizon
from training.observations import DAY, Plan
from training.split import Split
from training.unjudged import not_yet

GOLDEN_ROWS = 20
NOUNS = {"lead": ("lead", "leads"), "opportunity": ("deal", "deals")}
FEWEST_OPEN = 100


def make_report(
    history: History, target: Target, horizon: Horizon, plan: Plan, index: Observations, matured: Observations, rows: Rows,
    split: Split, recipe: Recipe, served: Model, evaluation: Evaluation,
) -> dict[str, Any]:
    """Everything the command line, the card and the registry say about a model, as plain data."""
    undated = history.undated(target.entity)
    first = np.fmin.reduce(history.entities(target.entity)["created_at"])
    span = None if undated else float((history.end - first).astype("int64") / DAY)
    edges = (matured.as_of.min(), matured.as_of.max(), split.test_start) if len(matured) else (None, None, None)
    began, ended, tested = (None if undated or edge is None else minute(edge) for edge in edges)
    speakers = speaking(served.parts, served.curve)
    evidence = evidence_of(speakers, rows.outcome, rows.entity, NOUNS[target.entity], split.why_not)
    return {
        "name": target.name, "entity": target.entity, "stages": list(target.stages), "seed": recipe.seed,
        "trained_as_of": minute(history.end),
        "horizon": {"days": horizon.days, "reason": horizon.reason},
        "observations": {
            "when": plan.describe(target.entity), "after_days": list(plan.after_days), "rows": len(matured),
            "entities": _distinct(rows.entity), "positives": int(rows.outcome.sum()), "unmatured": len(index) - len(matured),
            "from": began, "to": ended, "span_days": span,
        },
        "split": {
            "train_rows": len(split.train), "train_positives": int(rows.outcome[split.train].sum()),
            "test_rows": len(split.test), "test_entities": _distinct(rows.entity[split.test]),
            "test_positives": int(rows.outcome[split.test].sum()), "test_from": tested, "test_to": ended,
            "gap_days": horizon.days, "folds": recipe.folds,
        },
        "members": [{"kind": kind, "weight": weight} for kind, weight in zip(KINDS, recipe.weights, strict=True) if weight],
        "calibrator": {name: getattr(served.calibrator, name) for name in ("kind", "slope", "intercept")},
        "recipe": {"strength": recipe.strength, "rounds": recipe.rounds, **recipe.to_json()},
        "rung": rung_of(speakers), "evidence": evidence,
        "rules": _rules(history, target, rows.contract, served),
        "not_yet": not_yet(rows, NOUNS[target.entity], split.why_not) if split.why_not else None,
        "grid_days": None if served.curve is None else list(served.curve.days),
        "curve_share": 0.0 if served.curve is None else served.curve.share,
        **evaluation.figures,
    }


def make_bundle(
    history: History, target: Target, context: Context, data: str, rows: Rows, served: Model, report: dict[str, Any],
    most: int = MOST,
) -> Bundle:
    """The served model: the recipe fitted on everything matured, with all it needs to score and to be checked.

    ``most`` is the size of its reference population at most: all of them are scored.
    """
    facts = Facts(
        target, report["horizon"]["days"], history.end, data, report["seed"], len(rows.outcome), _distinct(rows.entity),
        int(rows.outcome.sum()),
    )
    golden = rows.values[np.linspace(0, len(rows.values) - 1, min(GOLDEN_ROWS, len(rows.values))).round().astype(int)]
    golden = golden if len(golden) else np.full((1, rows.values.shape[1]), np.nan)
    bare = Bundle(
        facts, rows.contract, served.parts, served.calibrator, history.vocabulary, Reference("", np.empty(0), {}),
        Golden(golden, np.empty(0)), context.latest().to_json(), report, write_card(report), curve=served.curve,
    )
    reference = _reference(bare, history, target, context, rows, most)
    return replace(bare, reference=reference, golden=Golden(golden, bare.log_odds(golden)))


def _reference(bundle: Bundle, history: History, target: Target, context: Context, rows: Rows, most: int) -> Reference:
    """Those open at the end of the data; where they are few, the observations the model was fitted on."""
    now = open_at(history, target, history.end)
    if bundle.facts.horizon_days is None:
        now = as_they_came(history, now)
    if len(now) >= FEWEST_OPEN or not len(rows.values):
        now = now.take(_spread(len(now), most))
        values = feature_table(history, now, context).values
        about = f"open at {minute(history.end)}" if is_shown(history.end) else "open in the export"
    else:
        values, about = rows.values[_spread(len(rows.values), most)], "the observations it was fitted on"
    scored = bundle.score(values, explain=False)
    return Reference.of(about, scored.log_odds, scored.sums, bundle.contract, values)


def _rules(history: History, target: Target, contract: Contract, served: Model) -> dict[str, Any]:
    """What the rules give now, where they speak, and the user's own ones that find no feature."""
    speaking = [part.member for part in served.parts if isinstance(part.member, Rules)]
    given = [{"why": term.why, "points": term.points, "features": [contract.names[place] for place in term.columns]}
             for rules in speaking for term in rules.terms]
    lost = history.vocabulary.rules.without_feature(contract, target.name)
    return {"are_defaults": history.vocabulary.rules.are_defaults, "given": given, "without_feature": [rule.why for rule in lost]}


def _spread(count: int, most: int) -> np.ndarray:
    return np.linspace(0, count - 1, min(count, most)).round().astype(int)


def _distinct(entity: np.ndarray) -> int:
    return len(set(entity))
