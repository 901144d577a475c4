"""The model on the newest slice, beside the baselines it has to beat."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from features import Context
from leadcast.history import History
from leadcast.metrics import Draws, auc, auc_interval, bands, difference, judge, precision_at, reliability, reliability_json
from leadcast.observations import Observations
from leadcast.vocabulary import Target
from leadcast.workspace.model import Team
from training.baselines import baselines
from training.blend import Model, Recipe, Rows
from training.capacity import capacity_of
from training.groups import Newest, segment_names, segments, worst
from training.periods import in_order, periods, said_and_came, unit_of
from training.split import Split
from training.steadiness import after_one_event, between_looks, learning_curve

AGES = ((0.0, "at creation"), (1 / 24, "within 1 h"), (1.0, "within 1 d"), (7.0, "within 7 d"), (30.0, "within 30 d"),
        (90.0, "within 90 d"), (np.inf, "later"))
FEWEST = 5
SHOWN_ROWS = 400


@dataclass(frozen=True)
class Setting:
    """Whose rows they are: what the evaluation needs besides the numbers.

    Attributes
    ----------
    observations : of all rows, in their order
    team : how much work the team can take up
    """

    history: History
    target: Target
    context: Context
    observations: Observations
    team: Team

    @property
    def undated(self) -> bool:
        return self.history.undated(self.target.entity)

    def places(self) -> np.ndarray:
        return self.history.rows(self.target.entity, self.observations.entity_id)

    def stage(self) -> np.ndarray:
        """The stage each row's entity stands in at ``as_of``, shape (n,)."""
        return self.history.stage_at(self.target.entity, self.places(), self.observations.as_of)[0]

    def created(self) -> np.ndarray:
        """When each row's entity was created, NaT where nobody knows; shape (n,)."""
        return self.history.entities(self.target.entity)["created_at"][self.places()]

    def open_stages(self) -> list[str]:
        """The stages of the entity's pipelines in order, without those that end them."""
        pipelines = self.history.vocabulary.pipelines_of(self.target.entity)
        return list(dict.fromkeys(stage for p in pipelines for stage in p.stages if stage not in p.closed))


@dataclass(frozen=True)
class Evaluation:
    """Figures for the report; what was said and came on the newest slice, and a sample of its rows, for plots.

    Attributes
    ----------
    said, outcome, weight : of the newest slice, shape (n,)
    others : what each baseline said, by name
    sample : values of at most 400 of its rows, evenly spread
    """

    figures: dict[str, Any]
    said: np.ndarray
    outcome: np.ndarray
    weight: np.ndarray
    others: dict[str, np.ndarray]
    sample: np.ndarray


def evaluate(model: Model, rows: Rows, split: Split, setting: Setting, recipe: Recipe, seed: int) -> Evaluation:
    """Judge the model fitted on the training slice by the newest one, which no choice has seen.

    Everything is in order of time with the gap of the label window in between; bands draw whole entities, and the figures for
    entities that the training slice does not know at all stand beside the others.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):  # a matrix product may round differently on more threads
        return _evaluate(model, rows, split, setting, recipe, seed)


def _evaluate(model: Model, rows: Rows, split: Split, setting: Setting, recipe: Recipe, seed: int) -> Evaluation:
    test, observations = rows.take(split.test), setting.observations.take(split.test)
    said, stage = model.probability(test.values), setting.stage()
    draws = Draws(test.entity, test.weight, seed)
    others = baselines(rows.take(split.train), test, stage[split.train], stage[split.test], setting.open_stages())
    newest = Newest(said, test.outcome, test.weight, test.entity)
    tables = segments(newest, segment_names(setting.history, rows.contract, test.values, observations))
    capacity = capacity_of(setting.team, setting.target.entity, observations, setting.undated)
    figures = {
        "metrics": _metrics(said, others, test, draws, capacity["share"]),
        "against": {name: _against(said, other, test, draws) for name, other in others.items()},
        "capacity": capacity,
        "reliability": reliability_json(reliability(said, test.outcome, test.weight, test.entity)),
        "auc_by_age": _by_age(said, test, _age_days(setting)[split.test], seed),
        "new_entities": _new_entities(newest, set(rows.entity[split.train])),
        "segments": tables, "worst_segment": worst(tables),
        "by_stage": _by_stage(newest, stage[split.test]),
        "learning_curve": learning_curve(rows, split.train, setting.observations.as_of, test, recipe, said, draws),
        "stability": _stability(model, said, observations, setting, split),
        "drift": _drift(newest, rows, split, setting),
    }
    sample = np.linspace(0, len(said) - 1, min(SHOWN_ROWS, len(said))).round().astype(int)
    return Evaluation(figures, said, test.outcome, test.weight, others, test.values[sample])


def _metrics(said: np.ndarray, others: dict[str, np.ndarray], test: Rows, draws: Draws, share: float) -> dict[str, Any]:
    """Every figure of the model with its band, and of each baseline."""
    y, w = test.outcome, test.weight
    found = {name: {**judge(p, y, w).to_json(), "precision_at_capacity": _known(precision_at(p, y, w, share))}
             for name, p in {"model": said, **others}.items()}
    for name, (low, high) in bands(said, y, draws, share).items():
        found["model"] |= {f"{name}_low": _known(low), f"{name}_high": _known(high)}
    return found


def _against(said: np.ndarray, other: np.ndarray, test: Rows, draws: Draws) -> dict[str, Any]:
    """The model minus a baseline, paired; who is better is said where the band of the difference excludes 0."""
    found: dict[str, Any] = {}
    for name, (value, low, high) in difference(said, other, test.outcome, draws).items():
        ours = high < 0 if name == "log_loss" else low > 0
        theirs = low > 0 if name == "log_loss" else high < 0
        found[name] = {"difference": _known(value), "low": _known(low), "high": _known(high),
                       "better": "model" if ours else "baseline" if theirs else "neither"}
    return found


def _new_entities(newest: Newest, known: set[str]) -> dict[str, Any] | None:
    """The newest slice without anyone the training slice has seen before; None where nobody is new."""
    rows = np.flatnonzero([name not in known for name in newest.entity])
    return {**newest.line(rows), "of_entities": len(set(newest.entity))} if len(rows) else None


def _by_stage(newest: Newest, stage: np.ndarray) -> list[dict[str, Any]]:
    names = sorted({str(name) for name in stage})
    return [{"value": name, **newest.line(np.flatnonzero(stage.astype(str) == name))} for name in names]


def _stability(model: Model, said: np.ndarray, observations: Observations, setting: Setting, split: Split) -> dict[str, Any]:
    event = None if setting.undated else after_one_event(
        setting.history, setting.target, setting.context, model, split.test_start, observations.as_of.max())
    return {"between_looks": between_looks(said, observations), "after_one_event": event}


def _drift(newest: Newest, rows: Rows, split: Split, setting: Setting) -> dict[str, Any]:
    """What was said and what came over time; where there are no dates, in order."""
    as_of = setting.observations.as_of
    if setting.undated:
        return {"unit": None, "before": [], "periods": in_order(newest), "cohorts": []}
    unit = unit_of(as_of[split.test])
    old = split.train
    before = periods(as_of[old], rows.outcome[old], rows.weight[old], rows.entity[old], unit)
    created = setting.created()[split.test]
    return {"unit": unit, "before": before, "periods": said_and_came(newest, as_of[split.test], unit),
            "cohorts": said_and_came(newest, created, unit)}


def _age_days(setting: Setting) -> np.ndarray:
    """Days since creation, NaN where it has no date; shape (n,)."""
    return np.asarray((setting.observations.as_of - setting.created()) / np.timedelta64(1, "D"))


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


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
