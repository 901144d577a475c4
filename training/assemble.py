"""The report and the bundle of one target, put together from what training found."""

from dataclasses import replace
from typing import Any

import numpy as np

from features import Context, feature_table
from leadcast.bundle import Bundle, Facts, Golden
from leadcast.history import History
from leadcast.moment import is_shown, minute
from leadcast.observations import Observations, open_at
from leadcast.reference import MOST, Reference
from leadcast.settled import as_they_came
from leadcast.vocabulary import Target
from leadcast.win_times import win_times_of
from training.blend import KINDS, Model, Recipe, Rows
from training.card import write_card
from training.evaluate import Evaluation
from training.labels import Horizon
from training.observations import DAY, Plan
from training.split import Split

GOLDEN_ROWS = 20
FEWEST_OPEN = 100


def make_report(
    history: History, target: Target, horizon: Horizon, plan: Plan, index: Observations, matured: Observations, rows: Rows,
    split: Split, recipe: Recipe, served: Model, evaluation: Evaluation,
) -> dict[str, Any]:
    """Everything the command line, the card and the registry say about a model, as plain data."""
    waits = None if horizon.days is None else win_times_of(history, target, matured)
    undated = history.undated(target.entity)
    first = np.fmin.reduce(history.entities(target.entity)["created_at"])
    span = None if undated else float((history.end - first).astype("int64") / DAY)
    began, ended, tested = (None if undated else minute(m) for m in (matured.as_of.min(), matured.as_of.max(), split.test_start))
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
        "calibrator": {"slope": served.calibrator.slope, "intercept": served.calibrator.intercept},
        "recipe": {"strength": recipe.strength, "rounds": recipe.rounds, "log_loss_on_folds": recipe.log_loss},
        "win_times": None if waits is None else waits.to_json(),
        **evaluation.figures,
    }


def make_bundle(
    history: History, target: Target, context: Context, data: str, rows: Rows, served: Model, report: dict[str, Any]
) -> Bundle:
    """The served model: the recipe fitted on everything matured, with all it needs to score and to be checked."""
    facts = Facts(
        target, report["horizon"]["days"], history.end, data, report["seed"], len(rows.outcome), _distinct(rows.entity),
        int(rows.outcome.sum()),
    )
    golden = rows.values[np.linspace(0, len(rows.values) - 1, min(GOLDEN_ROWS, len(rows.values))).round().astype(int)]
    bare = Bundle(
        facts, rows.contract, served.parts, served.calibrator, history.vocabulary, Reference("", np.empty(0), {}),
        Golden(golden, np.empty(0)), context.latest().to_json(), report, write_card(report),
    )
    return replace(bare, reference=_reference(bare, history, target, context, rows), golden=Golden(golden, bare.log_odds(golden)))


def _reference(bundle: Bundle, history: History, target: Target, context: Context, rows: Rows) -> Reference:
    """Those open at the end of the data; where they are few, the observations the model was fitted on."""
    now = open_at(history, target, history.end)
    if bundle.facts.horizon_days is None:
        now = as_they_came(history, now)
    if len(now) >= FEWEST_OPEN:
        now = now.take(_spread(len(now)))
        values = feature_table(history, now, context).values
        about = f"open at {minute(history.end)}" if is_shown(history.end) else "open in the export"
    else:
        values, about = rows.values[_spread(len(rows.values))], "the observations it was fitted on"
    scored = bundle.score(values)
    return Reference.of(about, scored.log_odds, scored.contributions, bundle.contract, values)


def _spread(count: int) -> np.ndarray:
    return np.linspace(0, count - 1, min(count, MOST)).round().astype(int)


def _distinct(entity: np.ndarray) -> int:
    return len(set(entity))
