"""What a report holds where the newest outcomes cannot judge a model yet: the same figures, all of them unknown."""

from dataclasses import fields
from typing import Any

import numpy as np

from leadcast.metrics import Quality, wilson
from training.blend import Rows
from training.evaluate import Evaluation


def unjudged(rows: Rows) -> Evaluation:
    """An evaluation without a figure."""
    names = [*(field.name for field in fields(Quality)), "precision_at_capacity"]
    unknown: dict[str, Any] = dict.fromkeys([*names, *(f"{name}_{end}" for name in names for end in ("low", "high"))])
    figures: dict[str, Any] = {
        "metrics": {"model": unknown, "base_rate": dict.fromkeys(names)}, "against": {}, "capacity": None, "reliability": [],
        "auc_by_age": [], "new_entities": None, "segments": [], "worst_segment": None, "by_stage": [], "learning_curve": [],
        "stability": {"between_looks": None, "after_one_event": None},
        "drift": {"unit": None, "before": [], "periods": [], "cohorts": []},
    }
    nothing = np.empty(0)
    return Evaluation(figures, nothing, nothing, nothing, {}, np.empty((0, rows.values.shape[1])))


def not_yet(rows: Rows, noun: tuple[str, str], why_not: str) -> str:
    """One sentence: that it cannot be judged, how many reached the target, and between what bounds their rate lies."""
    entities, reached = len(set(rows.entity)), len(set(rows.entity[rows.outcome == 1.0]))
    if not entities:
        return f"It cannot be judged yet: {why_not}; no outcome is known."
    low, high = wilson(reached / entities, entities)
    return (f"It cannot be judged yet: {reached:,} of {entities:,} {noun[1]} reached the target ({reached / entities:.1%}, 95 % "
            f"interval {low:.1%} to {high:.1%}), and {why_not}.")
