"""What a period will bring: arithmetic on scored rows, from expected values to whole distributions."""

from leadcast.forecast.categories import forecast_categories
from leadcast.forecast.counts import count_pmf, poisson_binomial
from leadcast.forecast.distribution import Distribution
from leadcast.forecast.pace import TimeToWin, win_probability
from leadcast.forecast.rows import RowsError
from leadcast.forecast.spread import Spread, SpreadError
from leadcast.forecast.total import Forecast, Goal, Measure, Part, period_forecast
from leadcast.forecast.weighted import NO_ONE, PARTS, weighted_forecast

__all__ = [
    "NO_ONE", "PARTS", "Distribution", "Forecast", "Goal", "Measure", "Part", "RowsError", "Spread", "SpreadError", "TimeToWin",
    "count_pmf", "forecast_categories", "period_forecast", "poisson_binomial", "weighted_forecast", "win_probability",
]
