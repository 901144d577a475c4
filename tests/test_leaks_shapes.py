"""What the gate makes of single columns: codes, filling that changes with age, ages of the open."""

import numpy as np

from leadcast.leaks.course import Course, Question
from leadcast.leaks.judge import judge
from leadcast.leaks.values import Values

ROWS = 3000
NOISE = 0.2


def undated_course(rng: np.random.Generator, open_newest: int = 0) -> Course:
    """Rows in order, a third won, the newest still open; no dates."""
    outcome = (rng.random(ROWS) < 1 / 3).astype(float)
    outcome[ROWS - open_newest :] = np.nan
    closed = (~np.isnan(outcome)).astype(float)
    questions = (Question("win", "the won", "the lost", outcome),
                 Question("close", "the closed", "the open", closed, closing=True))
    unknown = np.full(ROWS, np.nan)
    return Course(np.arange(ROWS) * 1.0, tuple(q for q in questions if q.asked), unknown, unknown, np.nan)


def kinds(raw: np.ndarray, course: Course) -> set[str]:
    return {evidence.kind for evidence in judge(Values(raw), course)}


def with_noise(rng: np.random.Generator, truth: np.ndarray) -> np.ndarray:
    return truth ^ (rng.random(len(truth)) < NOISE)


def test_a_letter_in_the_middle_of_a_code_that_goes_with_the_outcome_is_found() -> None:
    rng = np.random.default_rng(1)
    course = undated_course(rng)
    letter = np.where(with_noise(rng, course.questions[0].outcome == 1), "K", "M")
    around = rng.integers(1000, 9999, ROWS), letter, rng.integers(10, 99, ROWS)
    codes = np.array([f"Q{first}{middle}{last}" for first, middle, last in zip(*around, strict=True)], dtype=object)
    assert kinds(codes, course) == {"code"}
    assert judge(Values(codes), course)[0].reason.startswith("the character at place 6 of this code tells the won from the lost")
    assert kinds(rng.permutation(codes), course) == set(), "the same codes, dealt out by chance"


def test_a_digit_in_the_middle_of_a_number_that_goes_with_the_outcome_is_found() -> None:
    rng = np.random.default_rng(2)
    course = undated_course(rng)
    digit = 2 * rng.integers(0, 5, ROWS) + with_noise(rng, course.questions[0].outcome == 1)
    numbers = (rng.integers(100, 999, ROWS) * 100_000 + digit * 10_000 + rng.integers(0, 9999, ROWS)).astype(float)
    assert "code" in kinds(numbers, course)
    assert kinds(rng.permutation(numbers), course) == set()


def test_a_field_that_a_form_lost_on_one_day_is_left_alone() -> None:
    rng = np.random.default_rng(3)
    values = np.where(rng.random(ROWS) < 0.9, rng.choice(["a", "b"], ROWS), None)
    values[2000:] = None
    assert kinds(values, undated_course(rng)) == set()


def test_a_field_that_the_newest_have_less_and_less_is_refused_with_a_fifth_of_noise() -> None:
    rng = np.random.default_rng(4)
    asked = rng.exponential(300, ROWS) < np.arange(ROWS)[::-1]
    values = np.where(with_noise(rng, asked), "answer", None)
    course = undated_course(rng)
    assert kinds(values, course) == {"age"}
    assert "it is filled in with time" in judge(Values(values), course)[0].reason
    assert kinds(rng.permutation(values), course) == set()


def test_a_slow_change_over_the_whole_time_is_no_late_filling() -> None:
    rng = np.random.default_rng(5)
    values = np.where(rng.random(ROWS) < np.linspace(0.8, 0.3, ROWS), "answer", None)
    assert kinds(values, undated_course(rng)) == set()


def test_days_open_are_found_without_any_date() -> None:
    rng = np.random.default_rng(6)
    course = undated_course(rng, open_newest=600)
    days = np.where(np.arange(ROWS) >= ROWS - 600, np.arange(ROWS)[::-1] * 0.1, np.exp(rng.normal(3, 1, ROWS))).round(1)
    days = np.where(rng.random(ROWS) < NOISE, rng.permutation(days), days)
    assert "duration" in kinds(days, course)
    assert "longer ago the open began" in next(e.reason for e in judge(Values(days), course) if e.kind == "duration")


def test_a_word_for_blank_is_a_blank() -> None:
    rng = np.random.default_rng(7)
    course = undated_course(rng)
    asked = with_noise(rng, (course.questions[0].outcome == 1) | (rng.random(ROWS) < 0.4))
    values = np.where(asked, rng.choice(["small", "large"], ROWS), "Unknown").astype(object)
    assert kinds(values, course) == {"filling"}
