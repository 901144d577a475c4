"""A past day again: what would have been said of the stretches ahead of it, from what was known then, and what came."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leadcast.bundle import Bundle
from leadcast.calls import calls_at
from leadcast.endings import WON, endings_of
from leadcast.forecast import period_forecast
from leadcast.history import History
from leadcast.metrics.forecasting import chance_error
from leadcast.observations import Observations
from leadcast.period import Period
from leadcast.replay import Replay, Stretch, Told, Wins
from leadcast.replay.baselines import called, committed, last_new, run_rate, stage_weighted, worth
from leadcast.replay.stage_table import StageTable, stage_table
from leadcast.table import TIME
from leadcast.vocabulary import Target
from serving.forecast_rows import ForecastRows, forecast_rows
from serving.outlook import spread_of, warnings_of

_DAY = np.timedelta64(86_400_000_000, "us")


@dataclass(frozen=True)
class Calendar:
    """How periods are read, and what managers have called of them."""

    timezone: str | None = None
    fiscal_start_month: int = 1
    calls: Path | None = None


@dataclass(frozen=True, eq=False)
class Came:
    """What was won in a period after a forecast of it was made: of those open then, and of those not there yet.

    Attributes
    ----------
    won : of each open one, 1 = it was won, shape (n,)
    """

    open: Wins
    new: Wins
    won: np.ndarray


def what_came(history: History, target: Target, open_ids: np.ndarray, as_of: np.datetime64, period: Period) -> Came:
    """What became known as won after ``as_of`` and within the period.

    An open one counts by its first ending: lost, opened again and won is a win of one that was not open, as new ones are.

    Parameters
    ----------
    open_ids : those that were open at ``as_of``, shape (n,)
    """
    rows = np.arange(len(history.ids(target.entity)))
    when = history.entered(target.entity, target.stages).next_known(rows, np.full(len(rows), as_of, TIME))
    inside = (when >= period.start) & (when < period.end) & ~_won_already(history, target, rows, as_of)
    places = history.rows(target.entity, open_ids)
    endings = endings_of(history, target, Observations.at(target.entity, open_ids, as_of))
    won = inside[places] & (endings.event == WON)
    inside[places[won]] = False
    new = np.flatnonzero(inside)
    return Came(_wins(history, target, places[won], when), _wins(history, target, new, when), won.astype(float))


def replay_of(
    history: History, bundle: Bundle, as_of: np.datetime64, stretches: Sequence[Stretch], calendar: Calendar | None = None,
    seed: int = 0,
) -> Replay:
    """What a model says of the stretches ahead of a day, what simpler ways say, and what came; of those that are over.

    Parameters
    ----------
    history : reaches to what came; what is said comes from what was known at ``as_of``
    bundle : fitted at ``as_of`` or earlier
    """
    calendar = calendar or Calendar()
    known, target = history.known_at(as_of), bundle.target
    table, told, made = stage_table(known, target), [], None
    for stretch in stretches:
        period = stretch.period(as_of, calendar.timezone, calendar.fiscal_start_month)
        if stretch.over(period, history.end):
            made = forecast_rows(known, bundle, as_of, period)
            told.append(_told(history, known, bundle, made, period, stretch, table, calendar, seed))
    ids = np.empty(0, object) if made is None else _open_ids(made)
    stage = known.stage_at(target.entity, known.rows(target.entity, ids), np.full(len(ids), as_of, TIME))[0]
    notes = tuple(warnings_of(bundle))
    return Replay(as_of, bundle.facts.trained_as_of, target.entity, bundle.rung, ids, stage, tuple(told), notes)


def _told(
    history: History, known: History, bundle: Bundle, made: ForecastRows, period: Period, stretch: Stretch, table: StageTable,
    calendar: Calendar, seed: int,
) -> Told:
    target, as_of, ids = bundle.target, known.end, _open_ids(made)
    part = period_forecast(made.table, spread_of(bundle, made, as_of, period, seed)).total
    rows = known.rows(target.entity, ids)
    now = np.full(len(rows), as_of, TIME)
    days = float((period.end - as_of) / _DAY)
    p = made.table["expected"][made.table["kind"] == "open"].to_numpy(float)
    by_stage = table.chance(known.stage_at(target.entity, rows, now)[0], days)
    money, won = worth(known, target.entity, rows, now), Wins(part.count.won, part.amount.won)
    came = what_came(history, target, ids, as_of, period)
    length = period.end - max(period.start, as_of)
    said: dict[str, Wins | None] = {
        "stage_weighted": stage_weighted(known, target, rows, period),
        "stage_table": Wins(float(by_stage.sum()), float(by_stage @ money)),
        "probability_amount": _probability_amount(bundle, made, money), "run_rate": won + run_rate(known, target, length),
        "last_new": last_new(known, target, length), "commit": _plus(won, committed(known, target.entity, rows, period)),
        "call": _call(known, calendar, period, stretch),
    }
    return Told(
        stretch.name, days, period.end, won, Wins(part.count.open, part.amount.open), Wins(part.count.new, part.amount.new),
        part.count.whole, part.amount.whole, came.open, came.new, chance_error(p),
        {name: wins for name, wins in said.items() if wins is not None}, p, by_stage, came.won,
    )


def _probability_amount(bundle: Bundle, made: ForecastRows, money: np.ndarray) -> Wins:
    """Every open one times the probability that is served, of the model's own horizon, whatever the stretch."""
    assert bundle.curve is not None
    chance = made.curves.won_by(bundle.curve.horizon_days)
    return Wins(float(chance.sum()), float(chance @ money))


def _call(known: History, calendar: Calendar, period: Period, stretch: Stretch) -> Wins | None:
    if calendar.calls is None or stretch.days is not None:
        return None
    return called(calls_at(calendar.calls, known.end, period), known.vocabulary.currency)


def _plus(won: Wins, more: Wins | None) -> Wins | None:
    return None if more is None else won + more


def _won_already(history: History, target: Target, rows: np.ndarray, as_of: np.datetime64) -> np.ndarray:
    """Whatever stands as won and enters a won stage once more is no new win; shape (n,)."""
    stage, _ = history.stage_at(target.entity, rows, np.full(len(rows), as_of, TIME))
    return np.isin(stage.astype(str), target.stages)


def _open_ids(made: ForecastRows) -> np.ndarray:
    return made.table["entity_id"][made.table["kind"] == "open"].to_numpy(object)


def _wins(history: History, target: Target, rows: np.ndarray, when: np.ndarray) -> Wins:
    return Wins(float(len(rows)), float(worth(history, target.entity, rows, when[rows]).sum()))
