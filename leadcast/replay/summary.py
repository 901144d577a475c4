"""All replays together: how far off, how wide, how often held, and how it compares with simpler ways; by stretch ahead."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from leadcast.forecast.distribution import LEVELS
from leadcast.metrics import Draws, auc
from leadcast.metrics.crps import crps_from_quantiles
from leadcast.metrics.forecasting import bias, coverage, loss_difference, mae, pinball, wape
from leadcast.replay.replay import OF_ALL, OF_NEW, OF_OPEN, Replay, Told, Wins

MEASURES = ("count", "amount")
Pick = Callable[[Told], Wins | None]
PINBALL = (0.1, 0.5, 0.9)
_DAY = np.timedelta64(86_400_000_000, "us")


def summarise(replays: Sequence[Replay], seed: int = 0) -> dict[str, Any]:
    """Plain data; what cannot be told is NaN.

    Returns
    -------
    ``stretches``, a list of
      ``stretch``, ``days``, ``replays``;
      ``total`` and ``open``, by ``count`` and ``amount``: ``forecast`` and ``came`` (means), ``model`` (``mae``, ``wape``,
      ``bias``, ``mape``; for the total ``crps``, ``pinball`` and ``coverage`` of P10-P90; for the wins of open ones ``chance``
      and ``times_chance``) and ``baselines`` (by name, the same errors and ``replays``, how many days it could speak of);
      ``new`` likewise, forecast, came and errors only;
      ``probability`` of open ones: ``brier``, ``stage_brier``, ``auc``, ``stage_auc`` (means over the replays), ``difference`` of
      the Brier score, model less table, with ``low`` and ``high`` of its 95 % band by entity, ``entities`` and ``looks``
    """
    told = [replay for replay in replays if not replay.left_out]
    names = list(dict.fromkeys(one.stretch for replay in told for one in replay.told))
    return {
        "replays": len(told), "left_out": [{"as_of": f"{r.as_of}Z", "why": r.left_out} for r in replays if r.left_out],
        "stretches": [_stretch([(replay, one) for replay in told if (one := replay.of(name))], seed) for name in names],
    }


def total_ways() -> dict[str, Pick]:
    """Simpler ways to tell the whole: each by what it says of a day."""
    ways: dict[str, Pick] = {name: lambda told, name=name: told.baselines.get(name) for name in OF_ALL}  # type: ignore[misc]
    return {
        "run_rate": ways.pop("run_rate"),
        "stage_weighted": lambda told: _added(told.won, told.baselines.get("stage_weighted")),
        "stage_table": lambda told: _added(told.won, told.baselines.get("stage_table"), told.baselines.get(OF_NEW)),
        "model_last_new": lambda told: _added(told.won, told.open, told.baselines.get(OF_NEW)),
        **ways,
    }


def open_ways() -> dict[str, Pick]:
    """Simpler ways to tell what open deals bring."""
    return {name: lambda told, name=name: told.baselines.get(name) for name in OF_OPEN}  # type: ignore[misc]


def errors(said: Sequence[float], came: Sequence[float]) -> dict[str, float]:
    """Mean absolute error, the same over what came (both summed), bias, and the mean of |error| / what came where anything came.

    Examples
    --------
    >>> errors([12.0, 8.0], [10.0, 10.0])
    {'mae': 2.0, 'wape': 0.2, 'bias': 0.0, 'mape': 0.2}
    """
    predicted, actual = np.array(said, float), np.array(came, float)
    some = actual > 0
    each = np.abs(predicted - actual)[some] / actual[some]
    return {"mae": mae(predicted, actual), "wape": wape(predicted, actual), "bias": bias(predicted, actual),
            "mape": float(each.mean()) if some.any() else float("nan")}


def overlap_of(days: float, as_of: np.ndarray) -> float:
    """How many replays share one stretch of time: its days over those between replays."""
    if len(as_of) < 2:
        return 1.0
    return max(1.0, days / float(np.median(np.diff(np.sort(as_of)) / _DAY)))


def _stretch(pairs: list[tuple[Replay, Told]], seed: int) -> dict[str, Any]:
    told = [one for _, one in pairs]
    days = float(np.mean([one.days for one in told]))
    overlap = overlap_of(days, np.array([replay.as_of for replay, _ in pairs]))
    return {
        "stretch": told[0].stretch, "days": days, "replays": len(told),
        "total": {measure: _total(told, measure, overlap) for measure in MEASURES},
        "open": {measure: _open(told, measure) for measure in MEASURES},
        "new": {measure: _part(told, measure, lambda t: t.new, lambda t: t.came_new) for measure in MEASURES},
        "probability": _probability(pairs, seed),
    }


def _part(told: list[Told], measure: str, said: Callable[[Told], Wins], came: Callable[[Told], Wins]) -> dict[str, Any]:
    predicted, actual = ([getattr(of(one), measure) for one in told] for of in (said, came))
    return {"forecast": float(np.mean(predicted)), "came": float(np.mean(actual)), "model": errors(predicted, actual)}


def _total(told: list[Told], measure: str, overlap: float) -> dict[str, Any]:
    found = _part(told, measure, lambda t: t.said, lambda t: t.total)
    actual = np.array([getattr(one.total, measure) for one in told])
    spread = [getattr(one, measure) for one in told]
    held = coverage(np.array([x.p10 for x in spread]), np.array([x.p90 for x in spread]), actual, min(overlap, float(len(told))))
    found["model"] |= {
        "crps": float(crps_from_quantiles(LEVELS, np.array([x.quantile(LEVELS) for x in spread]), actual).mean()),
        "pinball": {f"{q:g}": pinball(q, np.array([float(x.quantile(q)) for x in spread]), actual) for q in PINBALL},
        "coverage": {"share": held.share, "low": held.low, "high": held.high},
    }
    return {**found, "baselines": _baselines(told, measure, total_ways(), lambda t: t.total)}


def _open(told: list[Told], measure: str) -> dict[str, Any]:
    found = _part(told, measure, lambda t: t.open, lambda t: t.came_open)
    if measure == "count":
        wins = float(np.nanmean([one.chance * one.open.count if one.open.count else 0.0 for one in told]))
        came = found["came"]
        found["model"] |= {"chance": wins / came if came else float("nan"),
                           "times_chance": found["model"]["mae"] / wins if wins else float("nan")}
    return {**found, "baselines": _baselines(told, measure, open_ways(), lambda t: t.came_open)}


def _baselines(told: list[Told], measure: str, ways: dict[str, Pick], came: Callable[[Told], Wins]) -> dict[str, Any]:
    found = {}
    for name, way in ways.items():
        pairs = [(getattr(said, measure), getattr(came(one), measure)) for one in told if (said := way(one)) is not None]
        pairs = [(said, actual) for said, actual in pairs if said == said]
        if pairs:
            found[name] = {"replays": len(pairs), **errors(*zip(*pairs, strict=True))}
    return found


def _probability(pairs: list[tuple[Replay, Told]], seed: int) -> dict[str, Any] | None:
    """None where nobody was open on any of the days."""
    pairs = [(replay, told) for replay, told in pairs if len(told.p)]
    if not pairs:
        return None
    p, by_stage, came = ([getattr(told, name) for _, told in pairs] for name in ("p", "by_stage", "came"))
    ours, theirs = ([(x - y) ** 2 for x, y in zip(said, came, strict=True)] for said in (p, by_stage))
    ids = np.concatenate([replay.entity_id for replay, _ in pairs])
    weight = np.concatenate([np.full(len(told.p), 1.0 / len(told.p)) for _, told in pairs])
    gap, low, high = loss_difference(np.concatenate(ours), np.concatenate(theirs), Draws(ids, weight, seed))
    return {
        "brier": _mean_of_means(ours), "stage_brier": _mean_of_means(theirs),
        "difference": gap, "low": low, "high": high, "auc": _auc(p, came),
        "stage_auc": _auc(by_stage, came), "entities": len(set(ids)), "looks": len(ids),
    }


def _mean_of_means(losses: list[np.ndarray]) -> float:
    return float(np.mean([loss.mean() for loss in losses]))


def _auc(said: list[np.ndarray], came: list[np.ndarray]) -> float:
    """Mean over the days on which some were won and some were not; NaN where there is no such day."""
    found = [auc(p, y, np.ones(len(p))) for p, y in zip(said, came, strict=True) if 0 < y.sum() < len(y)]
    return float(np.mean(found)) if found else float("nan")


def _added(*parts: Wins | None) -> Wins | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    total = known[0]
    for part in known[1:]:
        total = total + part
    return total
