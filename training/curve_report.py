"""The curve on the newest slice: its order, error and level at each day ahead, beside the win rate by stage and time ahead."""

from typing import Any

import numpy as np

from leadcast.metrics.incidence import aalen_johansen
from leadcast.metrics.survival import auc_at, brier_at, calibration_at, integrated_brier
from training.blend import Model
from training.curves import Looks, won_later

FEWEST = 30


def curve_figures(model: Model, looks: Looks, stage: np.ndarray, start: np.datetime64) -> dict[str, Any]:
    """How the curve of a model that was fitted before ``start`` did on the looks from then on; empty where there are too few.

    Censored looks count by inverse probability of censoring. Beside it: the chance by stage and time ahead as known at the
    start (Aalen-Johansen), which is what a careful pipeline table says.

    Parameters
    ----------
    looks : all of them; those by the calendar are judged, as forecasts would be
    stage : of each look, shape (n,)
    """
    newest = np.flatnonzero((looks.observations.as_of >= start) & looks.by_calendar)
    if len(newest) < FEWEST or model.curve is None:
        return {}
    endings = looks.endings.take(newest)
    days = np.array([day for day in model.curve.days[1:] if (endings.follow >= day).sum() >= FEWEST])
    by_stage = _by_stage(looks, stage, start, newest, days)
    told = ~np.isnan(by_stage).any(axis=0)  # days that somebody was watched through before the slice began
    days, by_stage = days[told], by_stage[:, told]
    if not len(days) or not ((endings.event == 1) & (endings.days <= days[-1])).any():
        return {}
    said = won_later(model, looks.rows.values[newest], days)
    about = (endings.days, endings.event)
    levels = calibration_at(*about, said, days, entity=looks.rows.entity[newest])
    both = {"model": said, "stage_table": by_stage}
    figures = {f"{name}_{what}": measure(*about, chance, days) for name, chance in both.items()
               for what, measure in (("auc", auc_at), ("brier", brier_at))}
    return {
        "from": f"{start}Z", "looks": len(newest), "entities": len(set(looks.rows.entity[newest])),
        "integrated_brier": {name: _known(integrated_brier(*about, chance, days)) for name, chance in both.items()},
        "days": [{"days": float(day), **{name: _known(column[place]) for name, column in figures.items()},
                  "said": level.said, "came": _known(level.came), "low": _known(level.low), "high": _known(level.high)}
                 for place, (day, level) in enumerate(zip(days, levels, strict=True))],
    }


def _known(figure: float) -> float | None:
    """None where a figure has no value, such as an AUC before anything was won."""
    return None if np.isnan(figure) else float(figure)


def _by_stage(looks: Looks, stage: np.ndarray, start: np.datetime64, newest: np.ndarray, days: np.ndarray) -> np.ndarray:
    """The win rate of each look's stage by each day, from the looks and endings known at the start; shape (newest, days)."""
    before = np.flatnonzero((looks.observations.as_of < start) & looks.by_calendar)
    known = looks.take(before).as_known(start)
    stages = stage[before].astype(str)
    rates = np.empty((len(newest), len(days)))
    now = stage[newest].astype(str)
    for name in np.unique(now):
        mine = stages == name if (stages == name).sum() >= FEWEST else np.ones(len(stages), bool)
        found = aalen_johansen(known.endings.days[mine], known.endings.event[mine])
        rates[now == name] = found.won_by(days)
    return rates
