"""The curve of a target that is to be won, beside its blend: chosen before the newest slice, fitted on everything."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from features import Context, feature_table
from leadcast.endings import WON, endings_of
from leadcast.history import History
from leadcast.observations import Observations
from leadcast.table import TIME
from leadcast.vocabulary import Target
from training.blend import Model
from training.curve_report import curve_figures
from training.curves import CurveRecipe, Looks, choose_curve, fit_curve, joined, ratios_of
from training.observations import Plan
from training.settings import Settings
from training.shock import past_shock
from training.split import Split
from training.trials import Rows


@dataclass(frozen=True)
class CurveTraining:
    """What the curve of one target is made from; its choice has not seen the newest slice."""

    history: History
    target: Target
    looks: Looks
    recipe: CurveRecipe

    def judged(self, model: Model, start: np.datetime64) -> Model:
        """The older rows' blend with the curve of what was known when the newest slice begins."""
        known = self.looks.as_known(start)
        return joined(model, fit_curve(known, self.recipe), self.recipe, _standing(known))

    def served(self, model: Model) -> Model:
        """The blend with the curve of everything known, the size of the common shock and how amounts change."""
        curve = replace(fit_curve(self.looks, self.recipe), shock=past_shock(self.looks, self.recipe), ratios=self._ratios())
        return joined(model, curve, self.recipe, _standing(self.looks))

    def figures(self, judged: Model, start: np.datetime64) -> dict[str, Any]:
        """How the judged curve did on the newest slice."""
        observations = self.looks.observations
        rows = self.history.rows(self.target.entity, observations.entity_id)
        stage, _ = self.history.stage_at(self.target.entity, rows, observations.as_of)
        return curve_figures(judged, self.looks, stage, start)

    def _ratios(self) -> tuple[float, ...]:
        entity, looks = self.target.entity, self.looks
        if "amount" not in self.history.entities(entity):
            return (1.0,)
        won = np.flatnonzero(looks.endings.event == WON)
        rows, as_of = self.history.rows(entity, looks.observations.entity_id[won]), looks.observations.as_of[won]
        at_win = self.history.entered(entity, self.target.stages).next_known(rows, as_of)
        then, later = (np.asarray(self.history.value_at(entity, "amount", rows, when), float) for when in (as_of, at_win))
        return ratios_of(then, later, looks.observations.entity_id[won])


def curve_training(
    history: History, target: Target, index: Observations, plan: Plan, context: Context, horizon_days: float | None, split: Split,
    seed: int, settings: Settings | None,
) -> CurveTraining | None:
    """The choice of a curve, from what was known when the newest slice begins.

    None for a target that is not won by its stages, where outcomes have no dates, or before any time is over.
    """
    if horizon_days is None or not history.vocabulary.is_win(target) or not len(index):
        return None
    looks = _looks(history, target, index, plan, context)
    known = looks if split.why_not else looks.as_known(split.test_start)
    if not (known.endings.follow > 0).any():
        return None
    recipe = choose_curve(known, horizon_days, seed, settings, history.vocabulary.step_days)
    return CurveTraining(history, target, looks, recipe)


def _looks(history: History, target: Target, index: Observations, plan: Plan, context: Context) -> Looks:
    table = feature_table(history, index, context)
    rows = Rows(table.contract, table.values, np.full(len(index), np.nan), index.weight, index.entity_id)
    return Looks(index, rows, endings_of(history, target, index), np.isin(index.as_of, np.array(plan.days, TIME)))


def _standing(looks: Looks) -> np.ndarray:
    """The rows of everyone open on the last day of the calendar that was looked at, shape (n, p)."""
    as_of = looks.observations.as_of[looks.by_calendar]
    if not len(as_of):
        return looks.rows.values[:0]
    return looks.rows.values[looks.by_calendar & (looks.observations.as_of == as_of.max())]
