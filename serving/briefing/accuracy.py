"""How past forecasts held: replays of the newest backtest, and saved forecasts whose period is over, against what came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from leadcast.bundle import Bundle
from leadcast.forecast import Distribution
from leadcast.history import History
from leadcast.places import state_folder
from leadcast.replay import Replay, Told, Wins, read_replay, summarise
from leadcast.replay.summary import MEASURES
from leadcast.snapshots import FOLDER, About, SnapshotError, readable_snapshots
from leadcast.table import TIME
from leadcast.vocabulary import Entity
from leadcast.workspace.model import Workspace
from serving.briefing.told import known
from serving.desk import Desk
from serving.forecast_answers import span_told, utc
from serving.forecast_rows import won_between
from serving.outlook import winning
from serving.scores import Scorer

Plain = dict[str, Any]
FOLDER_OF_BACKTESTS, REPORT = "backtest", "report.md"
NO_BACKTEST = "No backtest yet: run leadcast backtest, which replays past weeks and says how far off the forecasts were."
NO_SAVED = "No saved forecast is of a period that is over yet; leadcast work saves one every week."
HINDSIGHT = "{} made with a model that had learned from later data, and cannot be held for foresight."
EVERYBODYS = "Past forecasts are of everybody's deals; a key that is limited to some owners sees none."


@dataclass(frozen=True, eq=False)
class Backtest:
    """The replays of a backtest, oldest first, and when the newest was written."""

    key: str
    made_at: np.datetime64
    replays: tuple[Replay, ...]


def accuracy_told(desk: Desk, history: History, now: np.datetime64, hidden: bool = False) -> Plain:
    """What GET /v1/accuracy answers.

    Parameters
    ----------
    hidden : past forecasts are of everybody's deals, and the caller may not see them

    Raises
    ------
    RegistryError : no model speaks of winning
    ReplayError : a replay cannot be read
    """
    bundle = winning(history, desk.bundles)
    entity, table = bundle.entity, history.entities(bundle.entity)
    past = {"backtest": None, "saved": [], "notes": [EVERYBODYS]} if hidden else past_told(desk.workspace, history, bundle, now)
    return {"entity": entity, "what": "leads" if entity == "lead" else "deals", "currency": history.vocabulary.currency,
            "money": bool("amount" in table and np.nan_to_num(table["amount"]).any()), **past}


def past_told(workspace: Workspace, history: History, bundle: Bundle, now: np.datetime64) -> Plain:
    """``backtest``, ``saved`` and ``notes`` of the answer, of what was over by a moment.

    Raises
    ------
    ReplayError : a replay cannot be read
    """
    backtest = over_by(newest_backtest(workspace, bundle.entity), now)
    saved, damaged = past_forecasts(workspace, history, bundle, now)
    notes = [*([] if backtest else [NO_BACKTEST]), *([] if saved else [NO_SAVED])]
    if hindsight := sum(one["hindsight"] for one in saved):
        notes.append(HINDSIGHT.format("One saved forecast was" if hindsight == 1 else f"{hindsight} saved forecasts were"))
    return {"backtest": None if backtest is None else backtest_told(backtest), "saved": saved,
            "notes": [*notes, *(f"A saved forecast is left out: {why}" for why in damaged)]}


def newest_backtest(workspace: Workspace, entity: Entity) -> Backtest | None:
    """The backtest that was finished last; where none was, the one that has come furthest.

    Raises
    ------
    ReplayError : a file is no whole replay
    """
    folder = state_folder(workspace) / FOLDER_OF_BACKTESTS
    found = [(part, files) for part in (sorted(folder.iterdir()) if folder.is_dir() else ())
             if (files := sorted((part / "replays").glob("*.json")))]
    for part, files in sorted(found, key=lambda one: ((one[0] / REPORT).exists(), _written(one[1])), reverse=True):
        replays = tuple(replay for file in files if (replay := read_replay(file)).entity == entity)
        if any(not replay.left_out for replay in replays):
            return Backtest(part.name, np.datetime64(int(_written(files) * 1e6), "us"), replays)
    return None


def over_by(backtest: Backtest | None, now: np.datetime64) -> Backtest | None:
    """What of a backtest could be judged by a moment."""
    if backtest is None:
        return None
    cut = [replace(replay, told=tuple(told for told in replay.told if told.end <= now)) for replay in backtest.replays]
    kept = tuple(replay for replay in cut if replay.told)
    return replace(backtest, replays=kept) if kept else None


def backtest_told(backtest: Backtest) -> Plain:
    """The errors of each stretch ahead beside simpler ways, and what was said of each day beside what came."""
    said = [replay for replay in backtest.replays if not replay.left_out]
    summary = summarise(said)
    stretches = [{"stretch": part["stretch"], "days": part["days"], "replays": part["replays"],
                  **{measure: _judged(part["total"][measure]) for measure in MEASURES}} for part in summary["stretches"]]
    points = [_point(replay, told) for part in summary["stretches"] for replay in said if (told := replay.of(part["stretch"]))]
    return {"key": backtest.key, "made_at": utc(backtest.made_at), "replays": len(said), "stretches": stretches, "points": points}


def past_forecasts(
    workspace: Workspace, history: History, bundle: Bundle, now: np.datetime64
) -> tuple[list[Plain], list[SnapshotError]]:
    """(saved forecasts whose period is over by now, the newest first, with what was won in it; why others cannot be read).

    Parameters
    ----------
    bundle : who speaks of winning now; of other versions it is not known until when they had learned
    """
    entity, model = bundle.entity, Scorer(bundle).model
    known, damaged = readable_snapshots(state_folder(workspace) / FOLDER)
    over = [about for about in known
            if about.base is None and about.entity == entity and about.total and about.as_of < about.period.end <= now
            and about.currency == history.vocabulary.currency]
    came: dict[tuple[np.datetime64, np.datetime64], Wins] = {}
    for about in over:
        span = about.period.start, about.period.end
        if span not in came:
            came[span] = won_in(history, entity, *span, now)
    return [_past(about, came[about.period.start, about.period.end],
                  hindsight=about.model == model and bool(bundle.facts.trained_as_of > about.as_of))
            for about in reversed(over)], damaged


def won_in(history: History, entity: Entity, start: np.datetime64, end: np.datetime64, now: np.datetime64) -> Wins:
    """What stands as won in ``[start, end)``, as known now."""
    rows = won_between(history, entity, start, end, now)
    if "amount" not in history.entities(entity):
        return Wins(float(len(rows)), 0.0)
    amount = history.value_at(entity, "amount", rows, np.full(len(rows), now, TIME))
    return Wins(float(len(rows)), float(np.nansum(amount)))


def said_and_came(whole: Distribution, came: float) -> Plain:
    """What was said of a total, and what it became.

    Examples
    --------
    >>> said_and_came(Distribution.of_counts(0, np.array([0.25, 0.5, 0.25]), 1.0), 3.0)
    {'said': 1.0, 'p10': 0.0, 'p90': 2.0, 'came': 3.0, 'held': False}
    """
    p10, p90 = whole.p10, whole.p90
    return {"said": whole.mean, "p10": p10, "p90": p90, "came": came, "held": bool(p10 <= came <= p90)}


def _point(replay: Replay, told: Told) -> Plain:
    return {"as_of": utc(replay.as_of), "stretch": told.stretch, "end": utc(told.end),
            **{measure: said_and_came(getattr(told, measure), getattr(told.total, measure)) for measure in MEASURES}}


def _past(about: About, came: Wins, hindsight: bool) -> Plain:
    wholes = {measure: Distribution.from_json(about.total[measure]["whole"]) for measure in MEASURES}
    return {"id": about.id, "as_of": utc(about.as_of), "period": span_told(about.period), "note": about.note,
            "hindsight": hindsight,
            **{measure: said_and_came(whole, getattr(came, measure)) for measure, whole in wholes.items()}}


def _judged(found: Mapping[str, Any]) -> Plain:
    baselines = [{"name": name, "replays": errors["replays"], **_errors(errors)} for name, errors in found["baselines"].items()]
    held = {name: known(found["model"]["coverage"][name]) for name in ("share", "low", "high")}
    return {"said": found["forecast"], "came": found["came"], "model": _errors(found["model"]), "held": held,
            "baselines": baselines}


def _errors(found: Mapping[str, Any]) -> Plain:
    return {name: known(found[name]) for name in ("mae", "wape", "bias", "mape")}


def _written(files: Sequence[Path]) -> float:
    """When the newest was written, seconds since 1970 UTC."""
    return max(file.stat().st_mtime for file in files)
