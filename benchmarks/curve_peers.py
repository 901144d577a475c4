"""The peers of a curve: each learns from the looks of a past day, and says P(won by each horizon) of everyone open then.

All get the looks, features and endings that Leadcast has, and only times ahead that were over. They run untuned, with the
settings below.
"""

import importlib.util
import math
from collections.abc import Callable

import numpy as np
import pandas as pd

from benchmarks import peers
from benchmarks.past_weeks import PastWeek
from leadcast.contract import Contract
from leadcast.curves import curves_of
from leadcast.endings import LOST, OPEN, WON
from leadcast.metrics.incidence import aalen_johansen
from leadcast.metrics.survival import known_by
from leadcast.table import TIME
from training.curve_rows import step_rows

Peer = Callable[[PastWeek, np.ndarray], np.ndarray]
"""A week and horizons in days, shape (K,), to P(won by each of them), shape (open, K)."""

ROUNDS, LEAVES, RATE = 100, 15, 0.05
STEP_DAYS = 7.0
FEWEST_LOOKS = 30
MOST_LOOKS = 5_000  # of the two that would need minutes for more: evenly over time
BOOST_ROUNDS, BOOST_RATE = 50, 0.1
MOST_BINS = 200


def stage_weighted(week: PastWeek, days: np.ndarray) -> np.ndarray:
    """Each stage's win rate, won / (won + lost) of those that ever stood in it, whatever the horizon: every open deal counts."""
    history, entity = week.history, week.target.entity
    rows = np.arange(len(history.ids(entity)))
    now = np.full(len(rows), week.as_of, TIME)
    closed = history.closed_at(entity, rows, now)
    won = np.isin(history.stage_at(entity, rows, now)[0].astype(str), list(history.vocabulary.won(entity)))
    overall = float(won[closed].mean()) if closed.any() else 0.0
    chance = np.full(len(week.now.stage), overall)
    for name in np.unique(week.now.stage):
        stood = (history.entered(entity, [name]).count_known(rows, now) > 0) | (history.first_stages(entity) == name)
        if (stood & closed).any():
            chance[week.now.stage == name] = won[stood & closed].mean()
    return np.repeat(chance[:, None], len(days), axis=1)


def stage_table(week: PastWeek, days: np.ndarray) -> np.ndarray:
    """Win rate by stage and horizon (Aalen and Johansen 1978) of everyone open on past days; of all for a stage hardly seen."""
    looks = week.known.take(np.flatnonzero(week.by_calendar)) if week.by_calendar.any() else week.known
    chance = np.empty((len(week.now.stage), len(days)))
    for name in np.unique(week.now.stage):
        mine = looks.stage == name
        mine = mine if mine.sum() >= FEWEST_LOOKS else np.ones(len(mine), bool)
        found = aalen_johansen(looks.endings.days[mine], looks.endings.event[mine])
        last = found.won[-1]  # beyond what anybody was watched for, the share won by then
        chance[week.now.stage == name] = np.where(np.isnan(found.won_by(days)), last, found.won_by(days))
    return chance


def binary_trees(week: PastWeek, days: np.ndarray) -> np.ndarray:
    """LightGBM for each horizon: won within it or not, of the looks whose horizon was over."""
    return _each_horizon(week, days, lambda values, outcome: _booster(values, outcome, week.contract, {"objective": "binary"}))


def logistic(week: PastWeek, days: np.ndarray) -> np.ndarray:
    """Logistic regression for each horizon: numbers imputed by the median, told when missing, scaled; categories as 0 and 1."""
    table = _as_table(week.contract)

    def fit(values: np.ndarray, outcome: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        varies = [name for name, column in table(values).items() if column.nunique(dropna=True) > 1]
        said = peers.logistic(table(values)[varies], outcome)
        return lambda new: said(table(new)[varies])

    return _each_horizon(week, days, fit, MOST_LOOKS)


def hazard_trees(week: PastWeek, days: np.ndarray) -> np.ndarray:
    """LightGBM with three classes (won, lost, open) on steps of seven days, the step a feature."""
    grid = np.arange(math.ceil(days.max() / STEP_DAYS) + 1) * STEP_DAYS
    steps = step_rows(week.known.endings, tuple(grid), np.arange(len(week.known.endings)))
    values = np.column_stack([week.known.values[steps.look], steps.step])
    if not len(values):
        return np.zeros((len(week.now.values), len(days)))
    said = _three_classes(values, steps.event, week.contract)
    hazards = np.stack([said(_with(week.now.values, step)) for step in range(len(grid) - 1)], axis=1)
    win, lose = np.clip(hazards[:, :, WON], 0.0, 1 - 1e-9), hazards[:, :, LOST]
    curves = curves_of(grid, win, np.clip(lose / (1 - win), 0.0, 1.0))
    return np.stack([curves.won_by(float(day)) for day in days], axis=1)


def class_trees(week: PastWeek, days: np.ndarray) -> np.ndarray:
    """One LightGBM for all horizons: won, lost or open by the horizon, which is a feature.

    Looks that are not over by a horizon are left out, and mature ones that ended as late stand for them (censoring weights,
    :func:`~leadcast.metrics.survival.known_by`).
    """
    endings = week.known.endings
    _, stands_for = known_by(endings.days, endings.event, days)
    known, event, weight = [], [], []
    for place, day in enumerate(days):
        mass = np.nan_to_num(stands_for[:, place])
        mine = np.flatnonzero(mass > 0)
        known.append(_with(week.known.values[mine], day))
        event.append(np.where(endings.days[mine] <= day, endings.event[mine], OPEN))
        weight.append(mass[mine])
    said = _three_classes(np.concatenate(known), np.concatenate(event), week.contract, np.concatenate(weight))
    return np.stack([said(_with(week.now.values, day))[:, WON] for day in days], axis=1)


def survival_boost(week: PastWeek, days: np.ndarray) -> np.ndarray:
    """SurvivalBoost of hazardous (Alberge et al. 2025): competing risks by boosting, 50 rounds; categories as numbers."""
    from hazardous import SurvivalBoost

    looks = week.known.take(_some(len(week.known.values), week.known.as_of))
    cut = _cut_at_quantiles(looks.values)
    ended = {"event": looks.endings.event.astype(int), "duration": np.maximum(looks.endings.days, 1e-6)}
    model = SurvivalBoost(n_iter=BOOST_ROUNDS, learning_rate=BOOST_RATE, n_horizons_per_observation=1, random_state=0,
                          ipcw_strategy="kaplan-meier", show_progressbar=False)
    model.fit(cut(looks.values), pd.DataFrame(ended))
    if WON not in model.event_ids_:
        return np.zeros((len(week.now.values), len(days)))
    said = model.predict_cumulative_incidence(cut(week.now.values), times=days)
    return said[:, list(model.event_ids_).index(WON), :]


PEERS: dict[str, Peer] = {
    "stage-weighted pipeline": stage_weighted, "win rate by stage and horizon": stage_table, "logistic per horizon": logistic,
    "LightGBM per horizon": binary_trees, "hazard LightGBM, 7-day steps": hazard_trees,
    "LightGBM, one class model": class_trees, "hazardous SurvivalBoost": survival_boost,
}
NEEDS = {"hazardous SurvivalBoost": "hazardous"}


def available() -> list[str]:
    """The peers whose library is here."""
    return [name for name in PEERS if name not in NEEDS or importlib.util.find_spec(NEEDS[name])]


Fit = Callable[[np.ndarray, np.ndarray], Callable[[np.ndarray], np.ndarray]]


def _each_horizon(week: PastWeek, days: np.ndarray, fit: Fit, most: int | None = None) -> np.ndarray:
    """A model of each horizon from the looks whose horizon was over; their rate where only one outcome is known."""
    said = []
    for day in days:
        outcome = week.known.endings.won_within(float(day))
        mine = np.flatnonzero(~np.isnan(outcome))
        mine = mine if most is None else mine[_some(len(mine), week.known.as_of[mine], most)]
        both = len(np.unique(outcome[mine])) == 2
        rate = outcome[mine].mean() if len(mine) else 0.0
        said.append(fit(week.known.values[mine], outcome[mine])(week.now.values) if both else np.full(len(week.now.values), rate))
    return np.stack(said, axis=1)


def _some(count: int, as_of: np.ndarray, most: int = MOST_LOOKS) -> np.ndarray:
    """At most so many places, evenly over time."""
    order = np.argsort(as_of, kind="stable")
    return order if count <= most else np.sort(order[np.linspace(0, count - 1, most).round().astype(int)])


def _cut_at_quantiles(values: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Rows as numbers of bins, as its trees would cut them (they cut anew in every round); without what never varies."""
    levels = np.linspace(0, 1, MOST_BINS + 1)[1:-1]
    known = [np.unique(column[~np.isnan(column)]) for column in values.T]
    edges = {place: column if len(column) <= MOST_BINS else np.quantile(column, levels, method="nearest")
             for place, column in enumerate(known) if len(column) > 1}

    def cut(new: np.ndarray) -> np.ndarray:
        return np.stack([np.where(np.isnan(new[:, place]), np.nan, np.searchsorted(cuts, new[:, place], "left"))
                         for place, cuts in edges.items()], axis=1)

    return cut


def _three_classes(
    values: np.ndarray, event: np.ndarray, contract: Contract, weight: np.ndarray | None = None
) -> Callable[[np.ndarray], np.ndarray]:
    return _booster(values, event, contract, {"objective": "multiclass", "num_class": 3}, weight)


def _booster(
    values: np.ndarray, outcome: np.ndarray, contract: Contract, objective: dict[str, object], weight: np.ndarray | None = None
) -> Callable[[np.ndarray], np.ndarray]:
    import lightgbm

    categories = [place for place, feature in enumerate(contract.features) if feature.is_category]
    settings = {**objective, "num_leaves": LEAVES, "learning_rate": RATE, "num_threads": 1, "seed": 0, "deterministic": True,
                "force_row_wise": True, "verbosity": -1}
    rows = lightgbm.Dataset(_known(values, categories), outcome, weight=weight, categorical_feature=categories)
    grown = lightgbm.train(settings, rows, ROUNDS)
    return lambda new: np.asarray(grown.predict(_known(new, categories), num_threads=1))


def _with(values: np.ndarray, number: float) -> np.ndarray:
    """The same number as a further feature of all rows."""
    return np.column_stack([values, np.full(len(values), float(number))])


def _known(values: np.ndarray, categories: list[int]) -> np.ndarray:
    """A category never seen is a missing one."""
    values = values.copy()
    values[:, categories] = np.where(values[:, categories] < 0, np.nan, values[:, categories])
    return values


def _as_table(contract: Contract) -> Callable[[np.ndarray], pd.DataFrame]:
    """Rows of a contract as a table whose categories are text."""
    def table(values: np.ndarray) -> pd.DataFrame:
        columns = {f.name: pd.Series(column).astype("Int64").astype("string") if f.is_category else column
                   for f, column in zip(contract.features, values.T, strict=True)}
        return pd.DataFrame(columns)

    return table
