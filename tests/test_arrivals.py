"""The pace of what is to come: its level, its week, and how far it was off."""

import numpy as np
import pytest

from leadcast.arrivals import USUAL_CV, learn_arrivals
from leadcast.table import TIME

END = np.datetime64("2026-06-29T00:00", "us")  # a Monday
DAY = np.timedelta64(1, "D")


def every(hours: float, days: int) -> np.ndarray:
    return (END - np.arange(0, days * 24, hours)[1:] * np.timedelta64(3600, "s")).astype(TIME)


def test_an_even_stream_goes_on() -> None:
    pace = learn_arrivals(every(6, 200), END, 28)
    assert pace.per_day == pytest.approx(4.0, rel=0.02)
    _, counts = pace.by_day(END, END + 28 * DAY)
    assert counts.sum() == pytest.approx(28 * 4, rel=0.03)


def test_pieces_of_days_add_up_and_follow_the_week() -> None:
    created = every(1, 120)
    weekday = (created.astype("datetime64[D]").astype(np.int64) + 3) % 7
    pace = learn_arrivals(created[weekday < 5], END, 7)
    assert pace.weekday[5] < 0.1 and pace.weekday[0] > 1.3 and sum(pace.weekday) == pytest.approx(7)
    moments, counts = pace.by_day(END, END + 7 * DAY + np.timedelta64(12, "h"))
    assert len(moments) == 8 and (np.diff(moments) > np.timedelta64(0)).all()
    assert counts[7] == pytest.approx(counts[0] / 2)


def test_a_stream_that_doubled_is_told_by_a_short_window() -> None:
    grown = np.concatenate([every(6, 20), every(12, 200)[39:]])
    assert learn_arrivals(grown, END, 7).per_day > 3.0


def test_nothing_later_counts() -> None:
    created = every(6, 100)
    later = np.concatenate([created, (END + np.arange(1, 50) * DAY).astype(TIME), [np.datetime64("NaT", "us")]])
    assert learn_arrivals(later, END, 14) == learn_arrivals(created, END, 14)


def test_where_nothing_could_be_tried_the_spread_is_the_usual_one() -> None:
    assert learn_arrivals(every(6, 20), END, 28).cv == USUAL_CV
    assert learn_arrivals(np.empty(0, TIME), END, 28).per_day == 0.0


def test_a_restless_stream_has_a_wider_spread_than_an_even_one() -> None:
    rng = np.random.default_rng(0)
    days = np.repeat(np.arange(300), rng.poisson(np.where(np.arange(300) // 14 % 2, 2, 12)))
    restless = learn_arrivals((END - (days + 0.5) * np.timedelta64(86400, "s")).astype(TIME), END, 14)
    assert restless.cv > 2 * learn_arrivals(every(4, 300), END, 14).cv


def test_a_period_that_is_over_brings_nobody() -> None:
    assert learn_arrivals(every(6, 100), END, 14).by_day(END, END - DAY)[1].size == 0
