"""Dates and numbers that know how long it took, where the history has dates."""

from collections.abc import Iterator

import numpy as np

from leadcast.leaks.course import Course
from leadcast.leaks.leak import Evidence
from leadcast.leaks.measures import rank_correlation
from leadcast.leaks.values import Values

LIFELONG = 0.6
LEAST = 40
AGE = 0.5
NEAR_DAYS = 1.0
AT_THE_END = 0.3
AFTER = 0.2


def knows_the_life(values: Values, course: Course) -> Iterator[Evidence]:
    """Does a number, or the time from creation to a date, rise with the days that each took from creation to its end?"""
    days = values.days
    measure = values.numbers if days is None else days - course.created
    if measure is None:
        return
    lives = course.life
    rhos, weights = [], []
    for group in _groups(course):
        rows = group & ~np.isnan(measure) & ~np.isnan(lives) & (lives > 0)
        if rows.sum() >= LEAST and np.unique(measure[rows][:2000]).size > 5:
            rhos.append(rank_correlation(measure[rows], lives[rows]))
            weights.append(int(rows.sum()))
    if not rhos:
        return
    rho, n = float(np.average(rhos, weights=weights)), sum(weights)
    if abs(rho) >= LIFELONG and abs(rho) - 3 / np.sqrt(n) >= LIFELONG - 0.15:
        what = "the time from creation to it" if days is not None else "it"
        reason = f"{what} goes with how long each took to its end (rank correlation {rho:.2f} over {n:,}): it is known only then"
        yield Evidence("duration", abs(rho), reason, {"rank_correlation": round(rho, 4), "rows": n})


def is_the_age_of_the_open(values: Values, course: Course) -> Iterator[Evidence]:
    """A number that is larger the longer ago the open began, and not so for the closed, goes on until the end.

    It needs no dates: days open, or calls so far, of a table that knows only the order.
    """
    closing = next((q for q in course.questions if q.closing), None)
    if closing is None or values.numbers is None or values.measured is None:
        return
    has = values.filled
    open_, closed = has & (closing.outcome == 0), has & (closing.outcome == 1)
    if min(open_.sum(), closed.sum()) < LEAST:
        return
    rho, rho_closed = (rank_correlation(values.numbers[rows], course.order[rows]) for rows in (open_, closed))
    if rho <= -AGE and rho + 3 / np.sqrt(open_.sum()) <= rho_closed - AGE / 2:
        reason = (f"is the larger the longer ago the open began (rank correlation {rho:.2f} with the order, over "
                  f"{int(open_.sum()):,}), not so for the closed ({rho_closed:.2f}): it goes on until the end")
        yield Evidence("duration", -rho, reason, {"rank_correlation_open": round(rho, 4), "rows": int(open_.sum()),
                                                  "rank_correlation_closed": round(rho_closed, 4)})


def lies_after(values: Values, course: Course) -> Iterator[Evidence]:
    """Dates at the outcome, and dates that record something after the creation; planned dates are neither."""
    days = values.days
    if days is None:
        return
    closed = ~np.isnan(days) & ~np.isnan(course.ended) & (course.ended > course.created + NEAR_DAYS)
    if closed.sum() >= LEAST:
        near = float((np.abs(days[closed] - course.ended[closed]) <= NEAR_DAYS).mean())
        if near >= AT_THE_END:
            yield Evidence("date", 0.6 + 0.4 * near, f"{100 * near:.0f} % of the closed have it within a day of their end",
                           {"share_near_end": round(near, 4), "rows": int(closed.sum())})
    has = ~np.isnan(days) & ~np.isnan(course.created)
    if has.sum() >= LEAST:
        later = float((days[has] > course.created[has] + NEAR_DAYS).mean())
        planned = max(float((days[has] > course.end + NEAR_DAYS).mean()), _after_its_end(days, closed, course) - 0.05)
        if later >= AFTER and planned < 0.01:
            reason = (f"{100 * later:.0f} % of its dates lie after the creation, none after the end of the data: it records what "
                      "happened later")
            yield Evidence("date", 0.3 + 0.4 * later, reason, {"share_after_creation": round(later, 4), "rows": int(has.sum())})


def _after_its_end(days: np.ndarray, closed: np.ndarray, course: Course) -> float:
    """The share of the closed whose date lies after their end: dates that are planned do."""
    return float((days[closed] > course.ended[closed] + NEAR_DAYS).mean()) if closed.any() else 0.0


def _groups(course: Course) -> list[np.ndarray]:
    """The closed, each outcome apart: who is won took another time than who is lost."""
    ended = ~np.isnan(course.ended)
    question = next((q for q in course.questions if not q.closing and "of its deal" not in q.name), None)
    return [ended] if question is None else [ended & (question.outcome == 1), ended & (question.outcome != 1)]
