"""What a report is made from: the answers that the page gets, for one moment, period and scope, as plain data."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import leadcast
from leadcast.bundle import Bundle
from leadcast.fingerprint import fingerprint
from leadcast.funnel import (
    Calendar,
    FunnelError,
    Thresholds,
    Wanted,
    bottlenecks_of,
    cohorts_of,
    funnels_of,
    responses_of,
    sources_of,
    widest_path,
)
from leadcast.history import History
from leadcast.moment import days, is_shown
from leadcast.period import Period
from leadcast.workspace.model import Workspace
from serving.briefing.accuracy import past_told
from serving.briefing.before import saved_before
from serving.briefing.briefing import briefing_of
from serving.briefing.question import span_of
from serving.briefing.told import briefing_told
from serving.forecast_answers import utc
from serving.kept_drift import kept_drift
from serving.model_told import told_of
from serving.outlook import winning
from serving.report.people import Lists, lists_of
from serving.report.words import Words
from serving.scores import Scorer
from serving.store_forecasts import hindsight_notes

Plain = dict[str, Any]
Step = Callable[[str, int, int], None]
FUNNEL_DAYS = 365.0
"""Whom the funnel counts: those created within so many days, as the page begins with."""
VIEWS = ("stages", "bottlenecks", "cohorts", "sources", "response")
NO_REPLAYS = "Past forecasts are of everybody's deals; a report of some people's shows none."


@dataclass(frozen=True)
class Asked:
    """What a report is of.

    Attributes
    ----------
    as_of : UTC; nothing that became known later is told
    period : in words, or itself
    scope : the owner, manager and region that were asked for, and what they mean as ``owners``; None: everybody's
    calls_at : the calls that stood then are told; default ``as_of``
    """

    as_of: np.datetime64
    period: Period | str = "quarter"
    scope: Mapping[str, str] | None = None
    owners: frozenset[str] | None = None
    calls_at: np.datetime64 | None = None


@dataclass(frozen=True)
class Content:
    """Everything that a report tells.

    Attributes
    ----------
    outlook : as GET /v1/outlook answers
    accuracy : as GET /v1/accuracy
    lists : open deals and leads
    funnel : by view, as GET /v1/funnel and those below it; None where no pipeline is declared
    models : by target, what GET /v1/models/{target} says of each
    """

    company: str
    words: Words
    outlook: Plain
    accuracy: Plain
    lists: Lists
    funnel: Mapping[str, Plain] | None
    models: Sequence[Plain]
    fingerprint: str
    version: str
    end: str | None

    @property
    def scope(self) -> str:
        """Whose deals and leads these are, in words."""
        told = [f"{name} {value}" for name, value in self.outlook["scope"].items() if value is not None]
        return ", ".join(told) or "everybody"


def report_content(
    workspace: Workspace, history: History, bundles: Mapping[str, Bundle], asked: Asked, step: Step = lambda *_: None
) -> Content:
    """Ask everything that the page asks.

    Parameters
    ----------
    history : with events; may reach further than ``asked.as_of``

    Raises
    ------
    PeriodError : the period cannot be read
    RegistryError : no model speaks of winning
    CallError, SnapshotError, ReplayError : a file beside the workspace cannot be read
    BundleError : the workspace's columns mean something else than when a model was trained
    """
    as_of, known = asked.as_of, history.known_at(asked.as_of) if asked.as_of < history.end else history
    step("the forecast", 0, 5)
    outlook = _outlook(workspace, history, bundles, asked)
    step("past forecasts", 1, 5)
    accuracy = _accuracy(workspace, history, winning(history, bundles), asked)
    step("deals and leads", 2, 5)
    lists = lists_of(known, bundles, as_of, asked.owners, workspace.risks, workspace.workspace.timezone)
    step("the funnel", 3, 5)
    funnel = _funnel(workspace, history, asked)
    step("the models", 4, 5)
    models = [_model(workspace, bundle, asked) for bundle in bundles.values()]
    words = Words(workspace.workspace.currency, workspace.workspace.timezone)
    return Content(workspace.workspace.name, words, outlook, accuracy, lists, funnel, models, fingerprint(known),
                   leadcast.__version__, utc(history.end) if is_shown(history.end) else None)


def _outlook(workspace: Workspace, history: History, bundles: Mapping[str, Bundle], asked: Asked) -> Plain:
    when, bundle = asked.as_of, winning(history, bundles)
    span = asked.period if isinstance(asked.period, Period) else span_of(workspace, asked.period, when)
    before = saved_before(workspace, span, when, bundle.entity, history.vocabulary.currency)
    made = briefing_of(workspace, history, bundles, when, span, asked.owners, before, asked.calls_at)
    return briefing_told(made, asked.scope or {}, hindsight_notes(bundle, when, history.end))


def _accuracy(workspace: Workspace, history: History, bundle: Bundle, asked: Asked) -> Plain:
    """Past forecasts whose time was over by the moment."""
    if asked.owners is not None:
        return {"backtest": None, "saved": [], "notes": [NO_REPLAYS]}
    return past_told(workspace, history, bundle, asked.as_of)


def _funnel(workspace: Workspace, history: History, asked: Asked) -> Mapping[str, Plain] | None:
    if not history.vocabulary.pipelines:
        return None
    end = min(asked.as_of, history.end)
    start = end - days(FUNNEL_DAYS) if is_shown(end) else None
    usual = "deals" if history.vocabulary.pipelines_of("opportunity") else "leads"
    widest = widest_path(history)
    paths = {"sources": widest, "response": widest} if widest != "deals" else {}
    counted = _counters(workspace, history, asked.as_of)
    found = {}
    for view in VIEWS:
        path = paths.get(view, usual)
        wanted = Wanted(path, start=start, owners=asked.owners)  # type: ignore[arg-type]
        try:
            told = counted[view](wanted).to_json()
        except FunnelError:
            continue
        found[view] = {"path": path, "start": None if start is None else utc(start), **told}
    return found


def _counters(workspace: Workspace, history: History, as_of: np.datetime64) -> Mapping[str, Callable[[Wanted], Any]]:
    zone, fiscal, keys = workspace.workspace.timezone, workspace.forecast.fiscal_year_starts, workspace.funnel
    bounds = Thresholds(keys.alarm_points, keys.alarm_least, keys.alarm_days)
    return {
        "stages": lambda wanted: funnels_of(history, wanted, as_of),
        "bottlenecks": lambda wanted: bottlenecks_of(history, wanted, as_of, bounds),
        "cohorts": lambda wanted: cohorts_of(history, wanted, as_of, "month", None, zone),
        "sources": lambda wanted: sources_of(history, wanted, as_of, None, Calendar(zone, fiscal)),
        "response": lambda wanted: responses_of(history, wanted, as_of),
    }


def _model(workspace: Workspace, bundle: Bundle, asked: Asked) -> Plain:
    told, scorer = told_of(bundle, asked.owners), Scorer(bundle)
    drift = kept_drift(workspace, bundle.target.name, scorer.model, asked.as_of)
    plain = {name: _plain(value) for name, value in told.items()}
    return {**plain, "target": bundle.target.name, "entity": bundle.entity, "model": scorer.model,
            "trained_as_of": utc(bundle.facts.trained_as_of) if is_shown(bundle.facts.trained_as_of) else None,
            "horizon_days": bundle.facts.horizon_days, "rows": bundle.facts.rows, "positives": bundle.facts.positives,
            "reliability": bundle.report.get("reliability") or [], "drift": _plain(drift)}


def _plain(told: Any) -> Any:
    if isinstance(told, list):
        return [_plain(one) for one in told]
    if isinstance(told, dict):
        return {name: _plain(one) for name, one in told.items()}
    return told.model_dump() if hasattr(told, "model_dump") else told
