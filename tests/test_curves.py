"""Curves over time: won and lost compete, chances rise, and what is read off them can be worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadcast.curves import WinCurves, curves_of

DAYS = np.array([0.0, 10.0, 20.0])
ONE = WinCurves(DAYS, np.array([[0.0, 0.2, 0.3]]), np.array([[0.0, 0.3, 0.45]]))
NO_LOSSES = WinCurves(DAYS, np.array([[0.0, 0.2, 0.3]]), np.zeros((1, 3)))


@pytest.mark.parametrize(("days", "won", "lost"), [(-5.0, 0.0, 0.0), (0.0, 0.0, 0.0), (5.0, 0.1, 0.15), (10.0, 0.2, 0.3),
                                                  (15.0, 0.25, 0.375), (20.0, 0.3, 0.45)])
def test_between_the_days_of_the_grid_chances_grow_evenly(days: float, won: float, lost: float) -> None:
    assert ONE.won_by(days) == pytest.approx([won]) and ONE.lost_by(days) == pytest.approx([lost])
    assert ONE.open_at(days) == pytest.approx([1 - won - lost])


def test_beyond_the_grid_the_last_step_goes_on() -> None:
    # In the last step 0.25 of 0.5 were decided, 0.1 of them won: each further ten days decide half of the rest, 40 % of it won.
    assert ONE.won_by(30.0) == pytest.approx([0.3 + 0.125 * 0.4]) and ONE.lost_by(30.0) == pytest.approx([0.45 + 0.125 * 0.6])
    assert ONE.ever() == pytest.approx([0.3 + 0.25 * 0.4])
    assert ONE.won_by(1e6) == pytest.approx(ONE.ever())


def test_without_losses_nothing_is_said_beyond_the_grid() -> None:
    assert NO_LOSSES.won_by(1000.0) == pytest.approx([0.3]) and NO_LOSSES.ever() == pytest.approx([0.3])
    assert NO_LOSSES.days_until(0.5) == pytest.approx([7.5])


def test_half_of_the_chance_has_come_by_the_expected_close() -> None:
    assert ONE.days_until(0.5) == pytest.approx([10.0])
    late = ONE.days_until(0.9)  # 0.36 of 0.4: 0.06 of the 0.1 beyond the grid
    assert ONE.won_by(float(late[0])) == pytest.approx([0.36], abs=1e-4)


def test_what_is_never_won_has_no_close() -> None:
    never = WinCurves(DAYS, np.zeros((1, 3)), np.array([[0.0, 0.5, 0.6]]))
    assert np.isnan(never.days_until(0.5)).all() and never.ever().tolist() == [0.0]


def test_between_two_days_is_the_difference_and_the_past_counts_for_nothing() -> None:
    assert ONE.between(5.0, 15.0) == pytest.approx([0.15]) and ONE.between(-10.0, 10.0) == pytest.approx([0.2])


def test_hazards_compete_within_a_step() -> None:
    curves = curves_of(DAYS, np.array([[0.1, 0.2]]), np.array([[0.5, 0.0]]))
    assert curves.won.tolist() == [pytest.approx([0.0, 0.1, 0.1 + 0.45 * 0.2])]
    assert curves.lost.tolist() == [pytest.approx([0.0, 0.45, 0.45])]


hazard = st.floats(0.0005, 0.6)


@settings(deadline=None)
@given(st.lists(st.tuples(hazard, hazard), min_size=3, max_size=3), st.floats(0.01, 0.9))
def test_a_curve_brought_to_a_level_has_that_level_and_stays_a_curve(steps: list[tuple[float, float]], level: float) -> None:
    win, lose = (np.array([column]) for column in zip(*steps, strict=True))
    days = np.array([0.0, 7.0, 14.0, 21.0])
    moved = curves_of(days, win, lose).scaled_to(np.array([level]), 12.0)
    assert moved.won_by(12.0) == pytest.approx([level], abs=1e-9)
    assert (np.diff(moved.won) >= 0).all() and (np.diff(moved.lost) >= 0).all()
    assert (moved.won + moved.lost <= 1 + 1e-12).all()


def test_a_curve_brought_to_its_own_level_is_itself() -> None:
    curves = curves_of(DAYS, np.array([[0.1, 0.2], [0.3, 0.05]]), np.array([[0.5, 0.1], [0.2, 0.3]]))
    same = curves.scaled_to(curves.won_by(15.0), 15.0)
    np.testing.assert_allclose(same.won, curves.won, atol=1e-9)
    np.testing.assert_allclose(same.lost, curves.lost, atol=1e-9)
