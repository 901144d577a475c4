"""Baselines by hand: naive Bayes in Odoo's manner, and the rate by stage."""

import numpy as np
import pytest

from leadcast.contract import Contract, Feature
from training.baselines import amount_feature, odoo_bayes, stage_rate
from training.blend import Rows

FIELD = Feature("source", "category", "where it came from", "fit", ("fair", "web"))
NUMBER = Feature("amount", "EUR", "what is at stake", "deal")
STAGES = ("new", "mql")


def rows(values: list[list[float]], outcome: list[float], entity: list[str], features: tuple[Feature, ...] = (FIELD,)) -> Rows:
    count = len(outcome)
    return Rows(Contract(features), np.array(values), np.array(outcome), np.ones(count), np.array(entity, object))


@pytest.fixture
def old() -> Rows:
    """a and b won, c and d lost; a is looked at twice and counts once, with its last look."""
    return rows([[1], [0], [0], [1], [0]], [0, 1, 1, 0, 0], ["a", "a", "b", "c", "d"])


OLD_STAGE = np.array(["new", "new", "mql", "new", "mql"], object)


def said(old: Rows, stage: str, source: float) -> float:
    return float(odoo_bayes(old, rows([[source]], [0], ["x"]), OLD_STAGE, np.array([stage], object), STAGES)[0])


def test_counts_are_smoothed_by_a_tenth_and_multiplied_field_by_field(old: Rows) -> None:
    # Won and lost 2.1 each. Fair: won 2.1 of 2.2, lost 1.1 of 2.2. Web: won 0.1, lost 1.1.
    assert said(old, "new", 0) == pytest.approx(2.1 / (2.1 + 1.1))
    assert said(old, "new", 1) == pytest.approx(0.1 / (0.1 + 1.1))


def test_a_stage_counts_for_all_won_and_for_lost_up_to_the_last_reached(old: Rows) -> None:
    # mql: all won (2.1 of 2.1), lost 1.1 of 2.1; new: everyone.
    odds = (2.1 / 1.1) * (2.1 / 1.1)
    assert said(old, "mql", 0) == pytest.approx(odds / (1 + odds))


def test_what_is_missing_or_was_never_counted_says_nothing(old: Rows) -> None:
    assert said(old, "new", np.nan) == pytest.approx(0.5)
    assert said(old, "new", -1.0) == pytest.approx(0.5)
    assert said(old, "elsewhere", np.nan) == pytest.approx(0.5)


def test_the_prior_is_the_share_won() -> None:
    three_lost = rows([[0]] * 4, [1, 0, 0, 0], list("abcd"))
    stage = np.array(["new"] * 4, object)
    unknown = rows([[np.nan]], [0], ["x"])
    found = odoo_bayes(three_lost, unknown, stage, np.array(["new"], object), STAGES)
    assert found[0] == pytest.approx(1.1 / (1.1 + 3.1))


def test_flags_speak_and_what_histories_tell_does_not() -> None:
    flag, age = Feature("newsletter", "yes/no", "", "fit"), Feature("age_days", "days", "", "deal")
    old = rows([[5, 1], [9, 0]], [1, 0], ["a", "b"], (age, flag))
    stage = np.array(["new", "new"], object)
    new = rows([[5, 1], [9, 1]], [0, 0], ["x", "y"], (age, flag))
    found = odoo_bayes(old, new, stage, stage, STAGES)
    assert found[0] == found[1] == pytest.approx(1.1 / (1.1 + 0.1))


def test_numbers_speak_by_their_tenth() -> None:
    """Amounts from 1 to 20, the upper half won: a tenth holds two, 2.1 of a side's 11 where all went its way."""
    old = rows([[n] for n in range(1, 21)], [float(n > 10) for n in range(1, 21)], [str(n) for n in range(20)], (NUMBER,))
    new = rows([[19.5], [-3], [np.nan]], [0, 0, 0], list("xyz"), (NUMBER,))
    found = odoo_bayes(old, new, np.array(["new"] * 20, object), np.array(["new"] * 3, object), STAGES)
    assert found == pytest.approx([2.1 / 2.2, 0.1 / 2.2, 0.5])


def test_the_rate_by_stage_is_drawn_to_the_base_rate() -> None:
    old = rows([[0]] * 4, [1, 1, 0, 0], list("abcd"))
    found = stage_rate(np.array(["mql", "mql", "new", "new"], object), old, np.array(["mql", "new", "other"], object))
    assert found == pytest.approx([(2 + 20 * 0.5) / 22, (0 + 20 * 0.5) / 22, 0.5])


def test_the_amount_is_the_number_called_so_or_that_starts_so() -> None:
    requested = Feature("amount_requested", "EUR", "", "deal")
    assert amount_feature(Contract((FIELD, requested, NUMBER))) is NUMBER
    assert amount_feature(Contract((FIELD, requested))) is requested
    assert amount_feature(Contract((FIELD,))) is None
