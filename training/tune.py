"""Looking for better settings: Optuna on folds forward in time, never on the newest slice; judged on a fold of its own."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import optuna

from features import build_context
from leadcast.errors import TooLittleData
from leadcast.fingerprint import fingerprint
from leadcast.history import History
from leadcast.leaks import refuse_leaks
from leadcast.moment import iso
from leadcast.places import state_folder
from leadcast.vocabulary import Target
from leadcast.workspace.model import Workspace
from training.blend import Rows, choose_recipe, fit_model
from training.calibrate import loss
from training.labels import choose_horizon, label
from training.looks import rows_of
from training.observations import build_index, plan_looks
from training.settings import DEFAULTS, Settings
from training.split import Fold, split_by_time
from training.tuned import Tuned, keep
from training.weights import better_share

Progress = Callable[[str, int, int], None]
ENOUGH = 0.84
"""In so many draws the found settings have to lose less than the defaults: about one standard error."""
STARTUP = 8
FINISHED = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
"""A trial that was interrupted is none."""
RANGES: dict[str, tuple[float, float, bool]] = {
    "learning_rate": (0.01, 0.2, True), "leaves": (4, 32, True), "smallest_leaf": (0.0005, 0.02, True),
    "ridge": (0.1, 100.0, True), "feature_share": (0.2, 1.0, False), "row_share": (0.5, 1.0, False),
    "level_smoothing": (1.0, 100.0, True), "logistic_bends": (2, 8, False), "rare_level": (0.05, 1.0, True),
    "bayes_bins": (4, 16, True), "evenness": (5.0, 100.0, True),
}
"""What is searched, from where to where, and whether by factors (true) or steps."""


def tune(
    workspace: Workspace, history: History, target: Target, trials: int, timeout: float | None = None, seed: int = 0,
    progress: Progress | None = None,
) -> Tuned:
    """Search, judge the best against the defaults, and keep it where it is better.

    A study lies in ``.leadcast/tuning.db`` and goes on where it was left, as long as the data and the seed are the same. A trial
    is the blend's log loss on later rows, fold by fold; one that is worse than most after a fold is given up. The newest fold
    takes no part: on it the best settings and the defaults are compared, both fitted on what lies before.

    Parameters
    ----------
    trials : how many in all, those of earlier runs included; timeout : seconds after which no new one begins

    Raises
    ------
    TooLittleData : the older outcomes do not hold two folds forward in time
    """
    rows, folds, data = _prepared(workspace, history, target)
    study = _study(workspace, f"{target.name}-{data[:16]}-{seed}", seed)
    done = _finished(study)
    if not done:
        study.enqueue_trial({name: getattr(DEFAULTS, name) for name in RANGES})
    if trials > done:
        study.optimize(lambda trial: _objective(trial, rows, folds[:-1], seed), n_trials=trials - done, timeout=timeout,
                       callbacks=[_reporter(target.name, trials, progress)])
    best = _settings(study.best_params)
    found, default = (_losses(rows, folds, seed, settings) for settings in (best, DEFAULTS))
    newest = folds[-1].valid
    weight, entity = rows.weight[newest], rows.entity[newest]
    share = better_share(weight * (default - found), entity, seed) if best != DEFAULTS else 0.0
    pruned = sum(t.state == optuna.trial.TrialState.PRUNED for t in study.trials)
    mean, default_mean = (float(np.average(losses, weights=weight)) for losses in (found, default))
    kept = share >= ENOUGH and mean < default_mean
    tuned = Tuned(target.name, best, _finished(study), pruned, mean, default_mean, share, len(newest), kept, iso(history.end))
    keep(workspace, tuned)
    return tuned


def _prepared(workspace: Workspace, history: History, target: Target) -> tuple[Rows, tuple[Fold, ...], str]:
    """The rows that training would see, and its folds; the newest slice is in none of them."""
    history, _ = refuse_leaks(history, workspace)
    index = build_index(history, target, plan_looks(history, target))
    horizon = choose_horizon(history, target)
    outcome = label(history, target, index, horizon)
    matured, rows = rows_of(history, target, index, outcome, build_context(history, target.entity))
    folds = split_by_time(matured.as_of, rows.outcome, horizon.window, rows.entity).folds
    folds = tuple(fold for fold in folds if fold.later)
    if len(folds) < 2:
        raise TooLittleData(f"{target.name}: the older outcomes hold {len(folds)} folds forward in time; tuning needs two, "
                            "one to search on and one to judge by. The defaults do well on few outcomes.")
    return rows, folds, fingerprint(history)


def _study(workspace: Workspace, name: str, seed: int) -> optuna.Study:
    folder = state_folder(workspace)
    folder.mkdir(parents=True, exist_ok=True)
    optuna.logging.set_verbosity(logging.WARNING)
    storage = f"sqlite:///{(folder / 'tuning.db').resolve()}"
    study = optuna.create_study(
        storage=storage, study_name=name, load_if_exists=True, direction="minimize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=STARTUP, n_warmup_steps=0),
    )
    study.sampler = optuna.samplers.TPESampler(seed=seed + len(study.trials), n_startup_trials=STARTUP)
    return study


def _finished(study: optuna.Study) -> int:
    return sum(trial.state in FINISHED for trial in study.trials)


def _objective(trial: optuna.Trial, rows: Rows, folds: tuple[Fold, ...], seed: int) -> float:
    """Mean log loss of the blend over the folds' later rows; given up early where it is worse than most."""
    settings, losses, sizes = _settings({name: _suggested(trial, name) for name in RANGES}), list[float](), list[int]()
    for step, fold in enumerate(folds):
        losses.append(choose_recipe(rows, (fold,), seed, settings).log_loss["blend"])
        sizes.append(len(fold.valid))
        trial.report(float(np.average(losses, weights=sizes)), step)
        if trial.should_prune() and step + 1 < len(folds):
            raise optuna.TrialPruned
    return float(np.average(losses, weights=sizes))


def _suggested(trial: optuna.Trial, name: str) -> float:
    low, high, by_factor = RANGES[name]
    if isinstance(getattr(DEFAULTS, name), int):
        return trial.suggest_int(name, int(low), int(high), log=by_factor)
    return trial.suggest_float(name, low, high, log=by_factor)


def _settings(chosen: dict[str, Any]) -> Settings:
    return replace(DEFAULTS, **chosen)


def _losses(rows: Rows, folds: tuple[Fold, ...], seed: int, settings: Settings) -> np.ndarray:
    """Log loss of each later row of the newest fold, by a model chosen and fitted on what lies before it."""
    recipe = choose_recipe(rows, folds[:-1], seed, settings)
    model = fit_model(rows.take(folds[-1].train), recipe)
    said = np.clip(model.probability(rows.values[folds[-1].valid]), 1e-12, 1 - 1e-12)
    return loss(np.log(said) - np.log1p(-said), rows.outcome[folds[-1].valid])


def _reporter(target: str, trials: int, progress: Progress | None) -> Callable[[optuna.Study, optuna.trial.FrozenTrial], None]:
    def report(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        if progress is not None:
            finished = [t for t in study.trials if t.state == optuna.trial.TrialState.COMPLETE]
            best = f", best log loss {study.best_value:.4f}" if finished else ""
            progress(f"{target}: trial {trial.number + 1}{best}", trial.number + 1, trials)

    return report
