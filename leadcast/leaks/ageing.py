"""Filled in with time: who has a value at all tells how long ago one came."""

from collections.abc import Iterator

import numpy as np

from leadcast.leaks.course import Course
from leadcast.leaks.filling import percent
from leadcast.leaks.leak import Evidence
from leadcast.leaks.measures import share_bounds, strata_of
from leadcast.leaks.values import Values

WINDOWS, WINDOW_ROWS = 30, 30
SWING = 0.6
FALL, FALL_AT_LEAST = 0.25, 0.12
OLDER, NEWEST = 0.6, 0.04
CALM, LEVEL = 4.0, 0.25
BESIDE, ABRUPT = 0.02, 0.7
LASTING = 0.25
STEEP = 0.6


def filled_by_age(values: Values, course: Course) -> Iterator[Evidence]:
    """Filled for older rows and missing for later ones, and not because a form was changed on a day, or habits change slowly."""
    windows = int(min(WINDOWS, len(values) // WINDOW_ROWS))
    if windows < 3 or values.filled.all():
        return
    order = np.argsort(course.order, kind="stable")
    place = strata_of(course.order, windows)
    share = np.bincount(place, values.filled, windows) / np.bincount(place, minlength=windows)
    filled = values.filled[order].astype(float)
    fading = [*_not_yet_filled(filled, share)]
    if fading:
        yield from fading
        return
    drops = np.maximum.accumulate(share) - share
    worst = int(np.argmax(drops))
    before = int(np.argmax(share[: worst + 1]))
    size = len(filled) // windows
    falling = filled[before * size : (worst + 1) * size]
    if drops[worst] >= SWING and not _slowly(share[before : worst + 1], windows) and not _on_one_day(
            falling, len(filled) - (worst + 1) * size, float(drops[worst]), len(filled)):
        newest = f", {percent(share[-1])} in the newest" if worst < windows - 1 else ""
        reason = (f"filled for {percent(share[before])} at one time and {percent(share[worst])} later{newest}: "
                  "whether it is filled tells when, not who")
        yield Evidence("age", float(drops[worst]) * 0.5, reason,
                       {"filled_older": round(float(share[before]), 4), "filled_later": round(float(share[worst]), 4)})


def _not_yet_filled(filled: np.ndarray, share: np.ndarray) -> Iterator[Evidence]:
    """Level among the older, falling towards the newest: they have not been asked yet.

    Parameters
    ----------
    filled : 0 or 1 in order of time, shape (n,)
    share : of it in slices of time
    """
    many = len(filled)
    size = max(int(NEWEST * many), WINDOW_ROWS)
    older, newest = filled[: int(OLDER * many)], filled[many - size :]
    fall = float(older.mean() - newest.mean())
    counted = np.array([older.sum(), newest.sum()]), np.array([len(older), size])
    (low, _), (_, high) = share_bounds(*counted)
    sure = float(low - high)
    if fall < FALL or sure < FALL_AT_LEAST or _on_one_day(filled[len(older) // 2 :], 0, fall, many):
        return
    calm = share[: int(OLDER * len(share))]
    half = len(older) // 2
    drift = float(older[:half].mean() - older[half:].mean())
    by_chance = float(older.mean() * (1 - older.mean())) * len(share) / many
    noise = np.sqrt(max(float(calm.var()) - by_chance, 0.0))
    if fall >= CALM * noise and abs(drift) <= LEVEL * fall:
        reason = (f"filled for {percent(float(older.mean()))} of the older and {percent(float(newest.mean()))} of the newest "
                  f"{size:,}, less and less towards them: it is filled in with time")
        yield Evidence("age", 0.6 * fall, reason, {"filled_older": round(float(older.mean()), 4),
                                                   "filled_newest": round(float(newest.mean()), 4), "rows": size})


def _slowly(share: np.ndarray, windows: int) -> bool:
    """Does it fall over the whole time, as habits change? What is filled in later falls within the time that this takes."""
    third = max(windows // 3, 1)
    steepest = max((float(share[at] - share[min(at + third, len(share) - 1)]) for at in range(len(share))), default=0.0)
    return steepest < STEEP * float(share[0] - share[-1])


def _on_one_day(filled: np.ndarray, after: int, fall: float, many: int) -> bool:
    """Does the share fall at one place, and stay down: a field that a form lost?

    Parameters
    ----------
    filled : 0 or 1 in order of time, where it falls
    after : how many rows come after these
    fall : from where to where, as a share
    many : rows of the whole column
    """
    beside = max(int(BESIDE * many), 20)
    if len(filled) < 2 * beside:
        return False
    sums = np.concatenate([[0.0], np.cumsum(filled)])
    at = np.arange(beside, len(filled) - beside + 1)
    steps = ((sums[at] - sums[at - beside]) - (sums[at + beside] - sums[at])) / beside
    best = int(np.argmax(steps))
    return bool(steps[best] >= ABRUPT * fall and len(filled) - at[best] + after >= LASTING * many)
