"""Which members speak, with what weight, and how their sum is calibrated: all from predictions for later, unseen rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from leadcast.bundle import Part, blend
from leadcast.calibration import Calibration, Calibrator, probability
from leadcast.hazards import CurveModel
from training.calibrate import choose_calibrator, level_ahead, loss, set_level
from training.ladder import LOWEST, climb
from training.settings import DEFAULTS, Settings
from training.split import Fold
from training.trials import Rows, Trial, fit_member, try_members, untried, valid_rows

__all__ = ["KINDS", "Candidate", "Model", "Recipe", "Rows", "choose_recipe", "fit_model"]

KINDS = ("rules", "base_rate", "bayes", "logistic", "trees")
NOT_LATER = "chosen on others of the same time, not on later ones, since the label window leaves no room for that"
UNTRIED_TEXT = "there are too few outcomes to try anything on later rows"


@dataclass(frozen=True)
class Candidate:
    """One member as the folds found it.

    Attributes
    ----------
    chosen : what was settled on the folds: a penalty, a number of rounds
    log_loss : over all folds' later rows, and fold by fold; NaN where there was no fold
    """

    name: str
    weight: float
    chosen: dict[str, float]
    log_loss: float
    log_loss_by_fold: tuple[float, ...]


@dataclass(frozen=True)
class Recipe:
    """How to fit the model again on other rows, decided once on folds.

    Attributes
    ----------
    candidates : every member tried, in the ladder's order, with its weight in the blend
    calibrator : the shape of the correction; its level is set by the rows that are fitted
    calibration : kind of calibrator -> log loss on folds left out
    ahead : by how much later outcomes keep running ahead of the level of older ones, in log-odds
    log_loss : of each candidate and of the blend over all folds' later rows
    why : one sentence for people
    later : whether the folds' rows were later ones; if not, they were of other leads (or deals)
    """

    candidates: tuple[Candidate, ...]
    calibrator: Calibration
    calibration: dict[str, float]
    ahead: float
    log_loss: dict[str, float]
    folds: int
    seed: int
    settings: Settings
    why: str
    later: bool = True

    @property
    def weights(self) -> tuple[float, ...]:
        """The weight of each kind of member, in the order of ``KINDS``."""
        return tuple(sum(c.weight for c in self.candidates if kind_of(c.name) == kind) for kind in KINDS)

    @property
    def strength(self) -> float | None:
        return next((c.chosen["strength"] for c in self.candidates if "strength" in c.chosen), None)

    @property
    def rounds(self) -> int | None:
        return next((int(c.chosen["rounds"]) for c in self.candidates if "rounds" in c.chosen), None)

    def to_json(self) -> dict[str, Any]:
        """Plain data for the bundle and the report."""
        return {
            "candidates": [
                {"name": c.name, "kind": kind_of(c.name), "weight": c.weight, "chosen": c.chosen,
                 "log_loss": _number(c.log_loss), "log_loss_by_fold": list(c.log_loss_by_fold)} for c in self.candidates],
            "calibrator": self.calibrator.to_json(), "calibration_log_loss": self.calibration, "level_ahead": self.ahead,
            "log_loss_on_folds": self.log_loss, "folds": self.folds, "later": self.later, "seed": self.seed,
            "settings": self.settings.to_json(), "why": self.why,
        }


@dataclass(frozen=True)
class Model:
    """Members with their weights, the calibrator of their sum, and the curve over time where there is one."""

    parts: tuple[Part, ...]
    calibrator: Calibration
    curve: CurveModel | None = None

    def log_odds(self, values: np.ndarray, alone: bool = False) -> np.ndarray:
        """Calibrated log-odds, shape (n,); ``alone``: without the curve's part."""
        blended = blend(self.parts, values)
        blended = blended + self.calibrator.part(blended)
        if alone or self.curve is None:
            return blended
        return blended + self.curve.part(self.curve.curves(values) if self.curve.share else None, blended)

    def probability(self, values: np.ndarray) -> np.ndarray:
        """Calibrated probabilities, shape (n,)."""
        return probability(self.log_odds(values))


def kind_of(name: str) -> str:
    """The kind of a candidate's member."""
    return "trees" if name.endswith("trees") else name


def choose_recipe(rows: Rows, folds: tuple[Fold, ...], seed: int, settings: Settings | None = None) -> Recipe:
    """Try the members on every fold, weigh them in log-odds and calibrate the blend.

    Folds over leads (or deals) instead of time know nothing of change: more is asked of them, and no level is carried ahead.
    Without folds there is no evidence, and the rules speak, shrunken towards what came true.
    """
    settings = settings or DEFAULTS
    if not folds:
        name, chosen = untried(rows)
        candidate = Candidate(name, 1.0, chosen, float("nan"), ())
        return Recipe((candidate,), Calibrator(), {}, 0.0, {}, 0, seed, settings, UNTRIED_TEXT)
    later = all(fold.later for fold in folds)
    trials = try_members(rows, folds, seed, settings)
    valid, fold = valid_rows(folds)
    y, entity = rows.outcome[valid], rows.entity[valid]
    # Several looks at one entity are not several outcomes; and what learned from little says little of what learns from all.
    each = rows.weight[valid] * np.array([len(f.train) for f in folds])[fold]
    each = each * len(set(entity)) / each.sum()
    predicted = np.stack([t.predicted for t in trials])
    weights = climb([t.name for t in trials], predicted, y, each, entity, fold, settings, seed, later)
    blended = (np.array(weights)[:, None] * predicted).sum(0)
    candidates = tuple(_candidate(t, w, y, each, fold) for t, w in zip(trials, weights, strict=True))
    losses = {c.name: c.log_loss for c in candidates} | {"blend": float(np.average(loss(blended, y), weights=each))}
    calibrator: Calibration = Calibrator()
    tried: dict[str, float] = {}
    if not _is_bottom(candidates):
        calibrator, tried = choose_calibrator(blended, y, each, fold, settings.calibrators)
    ahead = level_ahead(blended, y, each, fold) if later else 0.0
    why = _why(candidates, losses, later)
    return Recipe(candidates, calibrator, tried, ahead, losses, len(folds), seed, settings, why, later)


def fit_model(rows: Rows, recipe: Recipe) -> Model:
    """The members that weigh anything, fitted on these rows, and their sum calibrated: the shape of the recipe, which comes from
    predictions for unseen rows, at the level of these rows, moved ahead where later outcomes kept running ahead."""
    speaking = [c for c in recipe.candidates if c.weight]
    parts = tuple(Part(c.weight, fit_member(c.name, c.chosen, rows, recipe.seed, recipe.settings)) for c in speaking)
    if [c.name for c in speaking] == ["rules"]:
        return Model(parts, Calibrator())  # they have their own level, which few outcomes move only as far as they count
    blended = blend(parts, rows.values)
    return Model(parts, set_level(recipe.calibrator, blended, rows.outcome, rows.weight, recipe.ahead))


def _is_bottom(candidates: tuple[Candidate, ...]) -> bool:
    return all(c.name in LOWEST for c in candidates if c.weight)


def _candidate(trial: Trial, weight: float, outcome: np.ndarray, each: np.ndarray, fold: np.ndarray) -> Candidate:
    lost = loss(trial.predicted, outcome)
    by_fold = tuple(float(np.average(lost[fold == f], weights=each[fold == f])) for f in np.unique(fold))
    return Candidate(trial.name, weight, trial.chosen, float(np.average(lost, weights=each)), by_fold)


def _why(candidates: tuple[Candidate, ...], losses: dict[str, float], later: bool) -> str:
    speaking = [c.name.replace("_", " ") for c in candidates if c.weight]
    where, so = ("later rows", "") if later else ("rows of others", f"; {NOT_LATER}")
    if len(speaking) > 1:
        return f"the blend of {', '.join(speaking)} loses less on {where} than any of them alone{so}"
    best = min(losses, key=lambda name: losses[name]).replace("_", " ")
    return f"{speaking[0]} alone: no blend is better on {where} (the least loss there: {best}){so}"


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value
