"""How long a forecast of very many open deals takes: python -m benchmarks.forecast_speed.

A model of winning is trained on a simulated company; its open deals, as they stood on many days, are repeated until there are
enough. Timed are their probabilities and curves, and the forecasts of the next 13 weeks, each the whole from now to that week's
end with its distributions of wins and of money. What is trained, simulated and read is not timed.
"""

import json
import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import click
import numpy as np

from benchmarks.forecast_load import Load, make_load
from features import feature_table
from leadcast.calibration import probability
from leadcast.curves import WinCurves
from leadcast.forecast import period_forecast
from serving.scores import Scorer

WEEKS = 13
MOST_SECONDS, MOST_ARITHMETIC = 40.0, 1.0


@dataclass(frozen=True)
class Speed:
    """What was measured.

    Attributes
    ----------
    seconds : medians, by what is done; those of ``parts`` add up to "all of it" but for what they share
    features_per_row : seconds to compute one row's features, which "all of it" does not hold
    megabytes : peak memory of the process, before the scoring and in all
    """

    deals: int
    distinct_looks: int
    distinct_deals: int
    features: int
    rung: str
    seconds: dict[str, float]
    features_per_row: float
    megabytes: tuple[float, float]


@click.command(help=__doc__)
@click.option("--deals", default=100_000, show_default=True, help="How many open deals.")
@click.option("--leads", default=12_000, show_default=True, help="The size of the simulated company.")
@click.option("--times", default=3, show_default=True, help="Medians of so many runs.")
@click.option("--seed", default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print plain data.")
def main(deals: int, leads: int, times: int, seed: int, as_json: bool) -> None:
    click.echo("Simulating and training ...", err=True)
    found = measure(make_load(deals, leads, seed), times)
    click.echo(json.dumps(found.__dict__, indent=1) if as_json else in_words(found))


def measure(load: Load, times: int = 3) -> Speed:
    """Medians of every step, one after the other, and of all of it in one go."""
    bundle, values = load.bundle, load.values
    assert bundle.curve is not None
    before = _megabytes()
    raw = bundle.curve.curves(values)
    served = probability(bundle.log_odds(values))
    curves = bundle.curves(values)
    expected = [curves.won_by(7.0 * week) for week in range(1, WEEKS + 1)]
    rows = [load.forecast_rows(chance, 7.0 * week) for week, chance in enumerate(expected, start=1)]
    steps: dict[str, Callable[[], object]] = {
        "served probability": lambda: bundle.log_odds(values),
        "  of it the curve's own part": lambda: bundle.curve.curves(values),  # type: ignore[union-attr]
        "curves at the served probability": lambda: bundle.curves(values),
        "  of it bringing them to it": lambda: raw.scaled_to(served, bundle.curve.horizon_days),  # type: ignore[union-attr]
        "chances of 13 weeks read off": lambda: [curves.won_by(7.0 * week) for week in range(1, WEEKS + 1)],
        "13 forecasts, arithmetic alone": lambda: [
            period_forecast(table, load.spread(7.0 * week)) for week, table in enumerate(rows, start=1)],
        "the last of them by owner": lambda: period_forecast(rows[-1], load.spread(7.0 * WEEKS), by="owner"),
        "all of it": lambda: _all(load),
    }
    seconds = {name: median_seconds(step, times) for name, step in steps.items()}
    context, looks = Scorer(bundle).context, load.looks.take(np.arange(min(len(load.looks), 5_000)))
    per_row = median_seconds(lambda: feature_table(load.history, looks, context), 1) / len(looks)
    return Speed(len(values), len(load.looks), load.distinct_deals, values.shape[1], bundle.rung, seconds, per_row,
                 (before, _megabytes()))


def in_words(found: Speed) -> str:
    """What was measured beside what is aimed at."""
    whole, arithmetic = found.seconds["all of it"], found.seconds["13 forecasts, arithmetic alone"]
    lines = [f"{found.deals:,} open deals x {WEEKS} weeks, {found.features} features, {found.rung}; {os.cpu_count()} cores, "
             f"{platform.machine()}",
             f"({found.distinct_looks:,} different looks at {found.distinct_deals:,} simulated deals, repeated)", ""]
    lines += [f"{name:<36}{took:8.2f} s{took / whole:8.0%}" for name, took in found.seconds.items()]
    lines += ["", f"target for 100,000, all of it: under {MOST_SECONDS:.3g} s: {_verdict(whole, MOST_SECONDS)}",
              f"target for 100,000, arithmetic: under {MOST_ARITHMETIC:.3g} s: {_verdict(arithmetic, MOST_ARITHMETIC)}",
              f"not in it, features from the history: {found.features_per_row * found.deals:.0f} s for as many different looks "
              f"({1e6 * found.features_per_row:.0f} µs each, measured on up to 5,000)",
              f"peak memory: {found.megabytes[0]:,.0f} MB before the scoring, {found.megabytes[1]:,.0f} MB in all"]
    return "\n".join(lines)


def median_seconds(call: Callable[[], object], times: int) -> float:
    """Median time of a call."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def _all(load: Load) -> list[object]:
    """As a forecast does it: curves of the open deals once, then every week's forecast from them."""
    curves: WinCurves = load.bundle.curves(load.values)
    return [period_forecast(load.forecast_rows(curves.won_by(ahead), ahead), load.spread(ahead))
            for ahead in 7.0 * np.arange(1, WEEKS + 1)]


def _verdict(seconds: float, most: float) -> str:
    return f"met ({seconds:.2f} s)" if seconds < most else f"missed ({seconds:.2f} s, {seconds / most:.1f} times)"


def _megabytes() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024.0**2 if sys.platform == "darwin" else 1024.0)


if __name__ == "__main__":
    main()
