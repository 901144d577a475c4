"""The model on the newest slice, beside the baselines it has to beat."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from leadcast.calibration import log_odds, probability
from leadcast.contract import Contract, Feature
from leadcast.metrics import auc, auc_interval, judge, reliability, reliability_json
from training.blend import Model, Rows
from training.models import fit_base_rate, fit_logistic
from training.split import Split

AGES = ((0.0, "at creation"), (1 / 24, "within 1 h"), (1.0, "within 1 d"), (7.0, "within 7 d"), (30.0, "within 30 d"),
        (90.0, "within 90 d"), (np.inf, "later"))
STAGE_PRIOR = 20.0
FEWEST = 5


@dataclass(frozen=True)
class Evaluation:
    """Figures for the report, and the newest slice's rows for plots."""

    figures: dict[str, Any]
    said: np.ndarray
    outcome: np.ndarray
    weight: np.ndarray


def evaluate(
    model: Model, rows: Rows, split: Split, stage: np.ndarray, age_days: np.ndarray, seed: int
) -> Evaluation:
    """Judge the model fitted on the training slice by the newest one, which no choice has seen.

    Parameters
    ----------
    model : fitted on the training slice
    stage : stage of each row's entity at ``as_of``, shape (n,); age_days : days since its creation, shape (n,)
    """
    newest = rows.take(split.test)
    said = model.probability(newest.values)
    y, w = newest.outcome, newest.weight
    low, high = auc_interval(said, y, w, newest.entity, seed)
    metrics: dict[str, Any] = {"model": {**judge(said, y, w).to_json(), "auc_low": low, "auc_high": high}}
    for name, baseline in _baselines(rows, split.train, split.test, stage).items():
        metrics[name] = judge(baseline, y, w).to_json()
    figures = {
        "metrics": metrics,
        "reliability": reliability_json(reliability(said, y, w, newest.entity)),
        "auc_by_age": _by_age(said, newest, age_days[split.test], seed),
    }
    return Evaluation(figures, said, y, w)


def _baselines(rows: Rows, train: np.ndarray, test: np.ndarray, stage: np.ndarray) -> dict[str, np.ndarray]:
    """Probabilities of the newest slice from simpler ways, each learned from the training slice."""
    old, new = rows.take(train), rows.take(test)
    base = fit_base_rate(old.outcome, old.weight)
    logistic, = fit_logistic(old.values, rows.contract, old.outcome, old.weight, [0.01])
    found = {
        "base_rate": probability(base.log_odds(new.values)),
        "stage_rate": _stage_rate(stage[train], old, stage[test]),
        "logistic": probability(logistic.log_odds(new.values)),
    }
    amount = amount_feature(rows.contract)
    if amount is not None:
        column = [rows.contract.names.index(amount.name)]
        alone, = fit_logistic(old.values[:, column], Contract((amount,)), old.outcome, old.weight, [1.0])
        found["amount_only"] = probability(alone.log_odds(new.values[:, column]))
    return found


def amount_feature(contract: Contract) -> Feature | None:
    """The number that says how much is at stake, if there is one."""
    numbers = [f for f in contract.features if not f.is_category]
    return next((f for f in numbers if f.name == "amount"), next((f for f in numbers if f.name.startswith("amount")), None))


def _stage_rate(stage: np.ndarray, old: Rows, new_stage: np.ndarray) -> np.ndarray:
    """The share of each stage that reached the target, drawn towards the base rate where a stage is rare."""
    base = float(np.average(old.outcome, weights=old.weight))
    count = {s: float((stage == s).sum()) for s in set(stage) | set(new_stage)}
    positive = {s: float(old.outcome[stage == s].sum()) for s in count}
    rate = {s: (positive[s] + STAGE_PRIOR * base) / (count[s] + STAGE_PRIOR) for s in count}
    return probability(log_odds(np.array([rate[s] for s in new_stage])))


def _by_age(said: np.ndarray, newest: Rows, age_days: np.ndarray, seed: int) -> list[dict[str, Any]]:
    """AUC by time since creation; without a figure where a bucket holds fewer than five of either outcome."""
    table, below = [], -np.inf
    for upto, name in AGES:
        rows = np.flatnonzero((age_days > below) & (age_days <= upto))
        below = upto
        y, positives = newest.outcome[rows], int(newest.outcome[rows].sum())
        line: dict[str, Any] = {"age": name, "rows": len(rows), "positives": positives, "auc": None, "low": None, "high": None}
        if min(positives, len(rows) - positives) >= FEWEST:
            line["auc"] = auc(said[rows], y, newest.weight[rows])
            line["low"], line["high"] = auc_interval(said[rows], y, newest.weight[rows], newest.entity[rows], seed)
        table.append(line)
    return [line for line in table if line["rows"]]
