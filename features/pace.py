"""Windows that fit the data's own pace: a funnel of hours and one of quarters each get their own."""

from dataclasses import dataclass

import numpy as np

LADDER_HOURS = (1, 6, 24, 72, 168, 336, 720, 2160, 4320, 8760)
USUAL_HOURS = (168, 720, 2160)
QUANTILES = (0.25, 0.5, 0.9)
FEWEST_OUTCOMES = 20
HOUR = np.timedelta64(3600, "s")


@dataclass(frozen=True)
class Window:
    """A lookback window ``(as_of - w, as_of]`` of whole hours."""

    hours: int

    @property
    def slug(self) -> str:
        return f"{self.hours}h" if self.hours < 24 else f"{self.hours // 24}d"

    @property
    def spoken(self) -> str:
        """How it reads after "the last".

        Examples
        --------
        >>> [Window(hours).spoken for hours in (1, 6, 24, 168)]
        ['hour', '6 hours', 'day', '7 days']
        """
        number, unit = (self.hours, "hour") if self.hours < 24 else (self.hours // 24, "day")
        return unit if number == 1 else f"{number} {unit}s"

    @property
    def days(self) -> float:
        return self.hours / 24

    @property
    def length(self) -> np.timedelta64:
        return self.hours * HOUR


def windows_for(hours_to_outcome: np.ndarray) -> tuple[Window, ...]:
    """Three windows of the ladder, near the quartile and the median of the time to an outcome, and near its long end.

    The long end is the ninth decile or, where a few wait far longer than most (a funnel that declines half of its leads
    at once), the time to outcome below which half of all waiting falls: it is those who wait that get scored.
    Fewer than 20 outcomes: 7, 30 and 90 days. Where two share a rung, the later one takes the next free rung.

    Parameters
    ----------
    hours_to_outcome : shape (outcomes,); NaN where creation is undated

    Examples
    --------
    >>> [w.slug for w in windows_for(np.full(40, 20.0 * 24))]
    ['14d', '30d', '90d']
    """
    hours = hours_to_outcome[hours_to_outcome > 0]
    if len(hours) < FEWEST_OUTCOMES:
        return tuple(Window(h) for h in USUAL_HOURS)
    ladder = np.log(LADDER_HOURS)
    rungs: list[int] = []
    quartile, median, decile = np.quantile(hours, QUANTILES)
    for span in (quartile, median, max(decile, _half_of_waiting(hours))):
        nearest = int(np.abs(ladder - np.log(span)).argmin())
        rungs.append(next(r for r in (*range(nearest, len(ladder)), *range(nearest, -1, -1)) if r not in rungs))
    return tuple(Window(LADDER_HOURS[rung]) for rung in sorted(rungs))


def _half_of_waiting(hours: np.ndarray) -> float:
    ordered = np.sort(hours)
    waited = np.cumsum(ordered)
    return float(ordered[np.searchsorted(waited, waited[-1] / 2)])
