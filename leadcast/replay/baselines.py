"""What simpler ways would have said on a day, each from the history as known then (``history.end`` is that day)."""

from collections.abc import Sequence

import numpy as np

from leadcast.calls import Call
from leadcast.history import History
from leadcast.period import Period
from leadcast.replay.replay import Wins
from leadcast.table import TIME
from leadcast.vocabulary import Entity, Target

MOST_STRETCHES = 4
COMMIT = "commit"


def stage_weighted(history: History, target: Target, rows: np.ndarray, period: Period) -> Wins:
    """Every open deal times the win rate of the stage it stands in: won over won and lost, of the deals that ever stood in it.

    Where the CRM knows expected closes, only deals due by the period's end count, overdue ones too; otherwise all of them,
    whenever they may close, as stage-weighted pipelines usually do. A stage that no closed deal has been in has the rate of all.

    Parameters
    ----------
    rows : of the open deals (or leads)
    """
    stage, _ = history.stage_at(target.entity, rows, _now(history, rows))
    rates, overall = _win_rates(history, target.entity)
    chance = np.fromiter((rates.get(str(name), overall) for name in stage), float, len(stage))
    chance *= due_by(history, target.entity, rows, period)
    return Wins(float(chance.sum()), float(chance @ worth(history, target.entity, rows, _now(history, rows))))


def run_rate(history: History, target: Target, length: np.timedelta64) -> Wins:
    """The mean of the last four stretches of this length; of fewer if the history is shorter, at its pace if it has none."""
    when, money = _past_wins(history, target)
    span = history.end - _begin(history, target.entity)
    stretches = min(MOST_STRETCHES, int(span / length)) if span > np.timedelta64(0, "us") else 0
    if not stretches:
        share = float(length / span) if span > np.timedelta64(0, "us") else 0.0
        return Wins(len(when) * share, float(money.sum()) * share)
    recent = when > history.end - stretches * length
    return Wins(float(recent.sum()) / stretches, float(money[recent].sum()) / stretches)


def last_new(history: History, target: Target, length: np.timedelta64) -> Wins:
    """What the last stretch of this length brought of deals (or leads) that did not exist at its beginning."""
    rows, when = _won_rows(history, target)
    since = history.end - length
    fresh = (when > since) & (history.entities(target.entity)["created_at"][rows] > since)
    return Wins(float(fresh.sum()), float(worth(history, target.entity, rows[fresh], when[fresh]).sum()))


def committed(history: History, entity: Entity, rows: np.ndarray, period: Period) -> Wins | None:
    """Open deals that the reps have in the category commit and that are due by the period's end, each as if it were certain.

    None where no deal has a category, or where its changes are not on record: then only today's is known, not that day's.
    """
    if "category" not in history.entities(entity) or history.changes(entity, "category") is None:
        return None
    names = history.value_at(entity, "category", rows, _now(history, rows))
    inside = np.fromiter((_plain(name) == COMMIT for name in names), bool, len(names)) & due_by(history, entity, rows, period)
    return Wins(float(inside.sum()), float(worth(history, entity, rows[inside], _now(history, rows[inside])).sum()))


def called(calls: Sequence[Call], currency: str) -> Wins | None:
    """What managers said of a period: the team's call, or the owners' together; None where nobody said anything.

    Parameters
    ----------
    calls : those that stood on the day (:func:`leadcast.calls.calls_at`)
    currency : the reporting one; calls in another are left out
    """
    own = [call for call in calls if call.currency == currency]
    heard = [call for call in own if call.owner is None] or own
    if not heard:
        return None
    return Wins(_sum([call.count for call in heard]), _sum([call.amount for call in heard]))


def due_by(history: History, entity: Entity, rows: np.ndarray, period: Period) -> np.ndarray:
    """Is it expected to close before the period's end? True for all where no open one has an expected close; shape (n,)."""
    if "expected_close" not in history.entities(entity):
        return np.ones(len(rows), bool)
    expected = history.value_at(entity, "expected_close", rows, _now(history, rows))
    return np.ones(len(rows), bool) if np.isnat(expected).all() else expected < period.end


def worth(history: History, entity: Entity, rows: np.ndarray, when: np.ndarray) -> np.ndarray:
    """Their amounts as known at ``when``, 0 where there is none; shape (n,)."""
    if "amount" not in history.entities(entity):
        return np.zeros(len(rows))
    return np.nan_to_num(np.asarray(history.value_at(entity, "amount", rows, when), float))


def _win_rates(history: History, entity: Entity) -> tuple[dict[str, float], float]:
    """By stage, and of all that are closed; 0 where none is."""
    rows = np.arange(len(history.ids(entity)))
    rows = rows[history.closed_at(entity, rows, _now(history, rows))]
    won = np.isin(history.stage_at(entity, rows, _now(history, rows))[0].astype(str), list(history.vocabulary.won(entity)))
    first = history.first_stages(entity)[rows]
    rates = {}
    for stage in {name for pipeline in history.vocabulary.pipelines_of(entity) for name in pipeline.stages}:
        stood = (history.entered(entity, [stage]).count_known(rows, _now(history, rows)) > 0) | (first == stage)
        if stood.any():
            rates[stage] = float(won[stood].mean())
    return rates, float(won.mean()) if len(won) else 0.0


def _past_wins(history: History, target: Target) -> tuple[np.ndarray, np.ndarray]:
    """When each win became known, and its money."""
    rows, when = _won_rows(history, target)
    return when, worth(history, target.entity, rows, when)


def _won_rows(history: History, target: Target) -> tuple[np.ndarray, np.ndarray]:
    when = history.entered(target.entity, target.stages).first_known()
    rows = np.flatnonzero(~np.isnat(when))
    return rows, when[rows]


def _begin(history: History, entity: Entity) -> np.datetime64:
    created = history.entities(entity)["created_at"]
    begin = np.fmin.reduce(created) if len(created) else np.datetime64("NaT", "us")
    return history.end if np.isnat(begin) else begin


def _now(history: History, rows: np.ndarray) -> np.ndarray:
    return np.full(len(rows), history.end, TIME)


def _sum(said: Sequence[float | None]) -> float:
    """NaN where one of them did not say."""
    return float(sum(value if value is not None else float("nan") for value in said))


def _plain(name: object) -> str:
    return "".join(str(name or "").lower().replace("_", " ").split())
