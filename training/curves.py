"""Fitting the curve of a target that is to be won: hazards, chosen and blended as every model, and how far forecasts are off."""

from dataclasses import dataclass, replace

import numpy as np

from leadcast.calibration import probability
from leadcast.endings import LOST, Endings
from leadcast.hazards import CurveModel, Hazard, growing_of
from leadcast.observations import Observations
from training.blend import Model, Recipe, choose_recipe, fit_model
from training.calibrate import level
from training.curve_rows import MOST_ROWS, choose_days, hazard_rows, step_rows, thinned
from training.ladder import LOWEST
from training.settings import DEFAULTS, Settings
from training.split import make_folds
from training.trials import Rows

MEMBERS = ("logistic", "plain_trees")
CALIBRATORS = ("none", "sigmoid")
SHARE = 0.5
FEWEST_LOST = 5
DAY_US = 86_400_000_000


@dataclass(frozen=True)
class CurveRecipe:
    """How to fit the curve again on other rows: the grid, and the recipe of each hazard (``lose`` is None without losses)."""

    days: tuple[float, ...]
    horizon_days: float
    win: Recipe
    lose: Recipe | None

    @property
    def has_evidence(self) -> bool:
        """Does anything that was learned speak, and not the base rate or rules alone?"""
        return any(c.weight and c.name not in LOWEST for c in self.win.candidates)


@dataclass(frozen=True)
class Looks:
    """Every look at a lead or deal with its features and its ending: what curves are learned from.

    Attributes
    ----------
    rows : features, weight and entity of each; the outcome is not used
    by_calendar : was everyone open looked at on that day, as a forecast would? Boolean, shape (n,)
    """

    observations: Observations
    rows: Rows
    endings: Endings
    by_calendar: np.ndarray

    def __len__(self) -> int:
        return len(self.endings)

    def take(self, places: np.ndarray) -> "Looks":
        return Looks(self.observations.take(places), self.rows.take(places), self.endings.take(places), self.by_calendar[places])

    def as_known(self, moment: np.datetime64) -> "Looks":
        """Those taken by then, with the endings known by then."""
        taken = self.take(np.flatnonzero(self.observations.as_of < moment))
        follow = (moment - taken.observations.as_of).astype("int64") / DAY_US
        return replace(taken, endings=taken.endings.until(follow))


def choose_curve(
    looks: Looks, horizon_days: float, seed: int, settings: Settings | None = None, step_days: float | None = None
) -> CurveRecipe:
    """The grid, and for each hazard the blend and calibrator that lose least on steps that began later (folds in time)."""
    settings = replace(settings or DEFAULTS, members=MEMBERS, calibrators=CALIBRATORS)
    days = choose_days(looks.endings, looks.rows.entity, horizon_days, step_days)
    win, lose = (_choose(looks, days, lost, seed, settings) for lost in (False, True))
    return CurveRecipe(days, horizon_days, win, lose if (looks.endings.event == LOST).sum() >= FEWEST_LOST else None)


def _choose(looks: Looks, days: tuple[float, ...], lost: bool, seed: int, settings: Settings) -> Recipe:
    rows, begins = _hazard(looks, days, lost)
    gap = np.timedelta64(round((days[1] - days[0]) * DAY_US), "us")
    folds = make_folds(begins, rows.outcome, np.arange(len(begins)), gap, rows.entity) if len(begins) else ()
    # No level is carried ahead: hazards have seen the last step, and where rates come and go with the quarter it would bet on
    # the season that is over (Maven, December: 135 wins said with it and 173 without, of 404).
    return replace(choose_recipe(rows, folds, seed, settings), ahead=0.0)


def _hazard(looks: Looks, days: tuple[float, ...], lost: bool, most_rows: int = MOST_ROWS) -> tuple[Rows, np.ndarray]:
    as_of = looks.observations.as_of
    steps = step_rows(looks.endings, days, thinned(np.arange(len(looks)), as_of, len(days) - 1, most_rows))
    rows, mine = hazard_rows(looks.rows, steps, days, lost)
    return rows, steps.begins(as_of, days)[mine]


def fit_curve(looks: Looks, recipe: CurveRecipe, most_rows: int = MOST_ROWS) -> CurveModel:
    """The hazards of a recipe on everything these looks tell."""
    def hazard(lost: bool, of: Recipe) -> Hazard:
        model = fit_model(_hazard(looks, recipe.days, lost, most_rows)[0], of)
        return Hazard(tuple((part.weight, part.member) for part in model.parts), model.calibrator)

    lose = None if recipe.lose is None else hazard(True, recipe.lose)
    return CurveModel(recipe.days, hazard(False, recipe.win), lose, growing_of(looks.rows.contract), recipe.horizon_days)


def joined(model: Model, curve: CurveModel, recipe: CurveRecipe, values: np.ndarray) -> Model:
    """The blend and the curve as one model: half of the log-odds is the curve's, at the level the curve gives those open now.

    A label window ends long before the data do; hazards have seen the last step. So the level is theirs, and so is half of who
    stands where, which was better than either alone (docs/decisions). Without evidence the curve only has the blend's shape.

    Parameters
    ----------
    values : of those open at the end of what was learned from, shape (n, p)
    """
    if not recipe.has_evidence or not len(values):
        return replace(model, curve=curve)
    share = replace(curve, share=SHARE)
    said = share.curves(values)
    wanted = float(said.won_by(curve.horizon_days).mean())
    blended = model.log_odds(values)
    mixed = blended + share.part(said, blended)
    aim = np.full(len(mixed), wanted)
    return replace(model, curve=replace(share, level=level(mixed, aim, np.ones(len(mixed)))))


def won_later(model: Model, values: np.ndarray, days: np.ndarray) -> np.ndarray:
    """P(won by each of the days) as it is served, shape (n, days): the curve, brought to the served probability."""
    assert model.curve is not None
    curves = model.curve.curves(values)
    blended = model.log_odds(values, alone=True)
    served = probability(blended + model.curve.part(curves, blended))
    scaled = curves.scaled_to(served, model.curve.horizon_days)
    return np.stack([scaled.won_by(float(day)) for day in days], axis=1)


def ratios_of(
    amounts_then: np.ndarray, amounts_won: np.ndarray, entity: np.ndarray, most: int = 200
) -> tuple[float, ...]:
    """Equally likely ratios of the amount at the win to the amount at the look, as quantiles; 1 alone where nothing is known.

    Parameters
    ----------
    amounts_then, amounts_won : of looks at deals that were won later, shape (n,); NaN and amounts of 0 or less are left out
    entity : whose look each is, shape (n,): a deal counts once, however often it was looked at
    """
    known = (amounts_then > 0) & (amounts_won > 0)
    if known.sum() < FEWEST_LOST or np.allclose(amounts_then[known], amounts_won[known]):
        return (1.0,)
    _, owner = np.unique(entity[known].astype(str), return_inverse=True)
    ratios, weight = amounts_won[known] / amounts_then[known], 1.0 / np.bincount(owner)[owner]
    count = min(most, len(ratios))
    levels = (np.arange(count) + 0.5) / count
    return tuple(float(x) for x in np.quantile(ratios, levels, weights=weight, method="inverted_cdf"))
