"""What a period will bring: arithmetic on scored rows, from expected values to whole distributions."""

from leadcast.forecast.categories import forecast_categories, plain_category
from leadcast.forecast.counts import count_pmf, poisson_binomial
from leadcast.forecast.distribution import Distribution
from leadcast.forecast.rows import NO_ONE, RowsError
from leadcast.forecast.spread import Spread, SpreadError
from leadcast.forecast.total import Forecast, Goal, Measure, Part, period_forecast

__all__ = [
    "NO_ONE", "Distribution", "Forecast", "Goal", "Measure", "Part", "RowsError", "Spread", "SpreadError", "count_pmf",
    "forecast_categories", "period_forecast", "plain_category", "poisson_binomial",
]
