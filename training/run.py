"""Training on one screen: a history in, one registered bundle per target out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from features import Context, build_context
from leadcast.bundle import Bundle
from leadcast.errors import TooLittleData, WorkspaceError
from leadcast.fingerprint import fingerprint
from leadcast.history import History
from leadcast.leaks import Leak, leaks_json, refuse_leaks
from leadcast.observations import Observations
from leadcast.vocabulary import Entity, Target
from leadcast.workspace.model import Team, Workspace
from training import registry
from training.assemble import make_bundle, make_report
from training.blend import choose_recipe, fit_model
from training.evaluate import Evaluation, Setting, evaluate
from training.judged import make_judged, with_evidence
from training.labels import choose_horizon, label
from training.looks import rows_of
from training.observations import build_index, plan_looks
from training.page import keep_page, model_page
from training.plots import draw_figures
from training.registry import Registered
from training.settings import Settings
from training.split import split_by_time
from training.tracking import answers
from training.tuned import settings_of
from training.unjudged import unjudged
from training.with_curve import curve_training

Progress = Callable[[str, int, int], None]
STEPS = 6


@dataclass(frozen=True)
class Trained:
    """One target's model: its bundle (report and card inside), how it did on the newest slice, and where it is registered.

    ``newest`` are the observations of that slice, in the order of the evaluation's rows; ``judged`` is the bundle that was
    judged on them, fitted on the older rows only; ``page`` is the model report, where it was written.
    """

    target: Target
    bundle: Bundle
    evaluation: Evaluation
    newest: Observations
    judged: Bundle | None = None
    page: Path | None = None
    registered: Registered | None = None

    @property
    def report(self) -> dict[str, Any]:
        return self.bundle.report


def train(
    workspace: Workspace, history: History, targets: Sequence[str] | None = None, as_of: np.datetime64 | None = None,
    seed: int = 0, progress: Progress | None = None, register: bool = True, left_out: dict[str, str] | None = None,
    leaks: list[Leak] | None = None,
) -> list[Trained]:
    """Fit, judge and register a model for each target.

    Parameters
    ----------
    targets : names; default: all of the workspace
    as_of : train on what was known then, UTC; default: the end of the data
    progress : called with (what is done now, steps done, steps in all)
    left_out : filled with target -> reason for those with too little data; without it the first such target raises
    leaks : filled with what the leakage gate found; refused columns become no feature, here or when serving

    Raises
    ------
    TooLittleData : a target has too few matured outcomes (or, with ``left_out``, all of them have)
    WorkspaceError : a name in ``targets`` is not a target of the workspace
    RegistryError : the model registry does not answer; found before the work begins
    """
    if register:
        answers(workspace)
    history, found = refuse_leaks(history if as_of is None else history.known_at(as_of), workspace)
    if leaks is not None:
        leaks += found
    wanted, contexts, data, done = _wanted(history, targets), dict[Entity, Context](), fingerprint(history), list[Trained]()
    step = _steps(progress, len(wanted))
    for target in wanted:
        step(f"{target.name}: reading histories")
        if target.entity not in contexts:
            contexts[target.entity] = build_context(history, target.entity)
        try:
            trained = fit_target(history, target, contexts[target.entity], data, seed, step, workspace.team,
                                 settings_of(workspace, target.name, history.end))
        except TooLittleData as reason:
            if left_out is None:
                raise
            left_out[target.name] = str(reason)
            continue
        step(f"{target.name}: registering" if register else f"{target.name}: done")
        done.append(_registered(workspace, trained, found) if register else trained)
    if not done:
        why = " ".join((left_out or {}).values()) or "leadcast.toml names none: add [targets.win] with its entity and stages."
        raise TooLittleData("No target can be trained. " + why)
    return done


def fit_target(
    history: History, target: Target, context: Context, data: str, seed: int, step: Callable[[str], None] = lambda text: None,
    team: Team | None = None, settings: Settings | None = None,
) -> Trained:
    """One target from history to judged bundle."""
    plan = plan_looks(history, target)
    horizon = choose_horizon(history, target)
    index = build_index(history, target, plan)
    outcome = label(history, target, index, horizon)
    step(f"{target.name}: features of {int((~np.isnan(outcome)).sum()):,} observations")
    matured, rows = rows_of(history, target, index, outcome, context)
    split = split_by_time(matured.as_of, rows.outcome, horizon.window, rows.entity)
    step(f"{target.name}: folds forward in time")
    recipe = choose_recipe(rows, split.folds, seed, settings)
    curve = curve_training(history, target, index, plan, context, horizon.days, split, seed, settings)
    step(f"{target.name}: the newest slice")
    judged = None if split.why_not else fit_model(rows.take(split.train), recipe)
    if judged is not None and curve is not None:
        judged = curve.judged(judged, split.test_start)
    setting = Setting(history, target, context, matured, team or Team())
    evaluation = unjudged(rows) if judged is None else evaluate(judged, rows, split, setting, recipe, seed)
    step(f"{target.name}: fitting everything matured")
    served = fit_model(rows, recipe)
    if curve is not None:
        served = curve.served(served)
        told = {} if judged is None else curve.figures(judged, split.test_start)
        evaluation = replace(evaluation, figures={**evaluation.figures, "curve": told})
    report = make_report(history, target, horizon, plan, index, matured, rows, split, recipe, served, evaluation)
    twin = None if judged is None else make_judged(
        history, target, context, data, rows.take(split.train), judged, report, split.test_start)
    bundle = make_bundle(history, target, context, data, rows, served, report)
    bundle = with_evidence(bundle, twin, history, rows, matured, recipe)
    return Trained(target, bundle, evaluation, matured.take(split.test), twin)


def _wanted(history: History, targets: Sequence[str] | None) -> list[Target]:
    known = {target.name: target for target in history.vocabulary.targets}
    unknown = [name for name in targets or () if name not in known]
    if unknown:
        raise WorkspaceError(f"[targets] in leadcast.toml has no {', '.join(unknown)}; it has {', '.join(known) or 'none'}.")
    return [known[name] for name in (known if targets is None else targets)]


def _registered(workspace: Workspace, trained: Trained, leaks: Sequence[Leak]) -> Trained:
    company = workspace.workspace.name
    figures = draw_figures(f"{company} {trained.target.name}", trained.evaluation, trained.bundle)
    page = model_page(company, trained.bundle, figures, leaks_json(leaks))
    registered = registry.register(workspace, trained.bundle, figures, trained.judged, page)
    return replace(trained, registered=registered, page=keep_page(workspace, trained.target.name, page))


def _steps(progress: Progress | None, targets: int) -> Callable[[str], None]:
    """A counter over all steps of all targets."""
    taken = count()

    def step(text: str) -> None:
        if progress is not None:
            progress(text, next(taken), STEPS * targets)

    return step
