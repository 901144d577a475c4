"""Shares won, lost and open over time against tables worked out by hand, other libraries and known truth."""

from typing import Any

import numpy as np
import pytest

from leadcast.errors import SchemaError
from leadcast.metrics.incidence import aalen_johansen, censoring_survival, kaplan_meier


def watched(rows: int, seed: int, decimals: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Deals won at rate 0.04 and lost at 0.06 a day, watched for a random time."""
    rng = np.random.default_rng(seed)
    outcome, end = rng.exponential(10.0, rows), rng.exponential(15.0, rows)
    kind = rng.choice([1, 2], rows, p=[0.4, 0.6])
    duration = np.minimum(outcome, end) if decimals is None else np.minimum(outcome, end).round(decimals)
    return duration, np.where(outcome <= end, kind, 0)


def won_in_truth(days: np.ndarray | float) -> np.ndarray:
    return 0.4 * (1 - np.exp(-np.asarray(days) / 10.0))


def test_shares_by_hand() -> None:
    # day 1: 1 of 4 won; day 2: one leaves; day 3: 1 of 2 lost, of the 3/4 left; day 4: the last is won
    found = aalen_johansen(np.array([4.0, 1.0, 3.0, 2.0]), np.array([1, 1, 2, 0]))
    assert found.days.tolist() == [1, 2, 3, 4]
    assert found.won.tolist() == [0.25, 0.25, 0.25, 0.625]
    assert found.lost.tolist() == [0, 0, 0.375, 0.375]
    assert found.open.tolist() == [0.75, 0.75, 0.375, 0]


def test_a_share_is_read_from_the_last_step() -> None:
    found = aalen_johansen(np.array([4.0, 1.0, 3.0, 2.0]), np.array([1, 1, 2, 0]))
    assert found.won_by(np.array([0.0, 0.9, 1.0, 3.9, 4.0, 99.0])).tolist() == [0, 0, 0.25, 0.25, 0.625, 0.625]
    assert found.lost_by(np.array([2.9, 3.0])).tolist() == [0, 0.375]


def test_nothing_is_said_of_days_to_which_no_one_was_watched() -> None:
    found = aalen_johansen(np.array([1.0, 2.0]), np.array([1, 0]))
    assert found.won_by(np.array([2.0])).tolist() == [0.5]
    assert np.isnan(found.won_by(np.array([2.1]))).all() and np.isnan(found.lost_by(np.array([2.1]))).all()


def test_an_outcome_comes_before_the_end_of_observation_at_the_same_day() -> None:
    assert aalen_johansen(np.array([2.0, 2.0]), np.array([0, 1])).won.tolist() == [0.5]
    assert censoring_survival(np.array([2.0, 2.0, 3.0]), np.array([0, 1, 2])).share.tolist() == [0.5, 0.5]


def test_deals_watched_late_are_not_counted_before() -> None:
    # day 1: first and last are watched, one lost: 1/2. Day 3: three watched, one lost: 1/2 / 3. Day 4: 1 of 2 won, of 1/3
    found = aalen_johansen(np.array([4.0, 3.0, 5.0, 1.0]), np.array([1, 2, 0, 2]), entry=np.array([0.0, 2.0, 2.0, 0.0]))
    assert found.at_risk.tolist() == [2, 3, 2, 1]
    assert found.won.tolist() == pytest.approx([0, 0, 1 / 6, 1 / 6])
    assert found.lost.tolist() == pytest.approx([1 / 2, 2 / 3, 2 / 3, 2 / 3])


def test_who_enters_at_a_day_is_not_at_risk_at_it() -> None:
    found = aalen_johansen(np.array([1.0, 3.0]), np.array([1, 1]), entry=np.array([0.0, 1.0]))
    assert found.at_risk.tolist() == [1, 1]


def test_a_weight_of_two_is_the_row_twice() -> None:
    duration, event, weight = np.array([1.0, 2.0, 3.0]), np.array([1, 0, 2]), np.array([1.0, 2.0, 3.0])
    twice = np.repeat(np.arange(3), weight.astype(int))
    weighted, repeated = aalen_johansen(duration, event, weight=weight), aalen_johansen(duration[twice], event[twice])
    assert weighted.won.tolist() == pytest.approx(repeated.won.tolist())
    assert weighted.won_variance(3.0) == pytest.approx(repeated.won_variance(3.0))


def test_survival_by_hand_and_just_before_a_step() -> None:
    found = kaplan_meier(np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, False, True, False]))
    assert found.share.tolist() == pytest.approx([3 / 4, 3 / 4, 3 / 8, 3 / 8])
    assert found.at(np.array([0.5, 1.0, 9.0])).tolist() == pytest.approx([1, 3 / 4, 3 / 8])
    assert found.before(np.array([1.0, 3.0, 3.1])).tolist() == pytest.approx([1, 3 / 4, 3 / 8])


def test_open_times_not_yet_censored_is_the_share_still_watched() -> None:
    duration, event = watched(300, seed=1, decimals=0)  # whole days: many ties
    for day in (0.0, 3.0, 10.0):
        shares = aalen_johansen(duration, event)
        still = 1 - shares.won_by(np.array([day])) - shares.lost_by(np.array([day]))
        assert still * censoring_survival(duration, event).at(np.array([day])) == pytest.approx((duration > day).mean())


def test_without_censoring_shares_and_variance_are_the_plain_ones() -> None:
    rng = np.random.default_rng(0)
    duration, event = rng.integers(1, 9, 60).astype(float), rng.integers(1, 3, 60)
    found = aalen_johansen(duration, event)
    for day in (0.5, 3.0, 8.0):
        plain = ((duration <= day) & (event == 1)).mean()
        assert found.won_by(np.array([day])) == pytest.approx(plain)
        assert found.won_variance(day) == pytest.approx(plain * (1 - plain) / 60)


def test_the_truth_is_found_and_the_variance_says_how_nearly() -> None:
    days = np.array([2.0, 8.0, 16.0])
    runs = [aalen_johansen(*watched(250, seed)) for seed in range(400)]
    shares = np.array([run.won_by(days) for run in runs])
    said = np.mean([[run.won_variance(day) for day in days] for run in runs], axis=0)
    assert np.abs(shares.mean(0) - won_in_truth(days)).max() < 4 * np.sqrt(said / 400).max()
    assert shares.var(0) == pytest.approx(said, rel=0.2)


def test_entry_mends_what_deals_that_ended_before_records_would_distort() -> None:
    rng = np.random.default_rng(2)
    outcome, entry = rng.exponential(10.0, 60_000), rng.choice([0.0, 5.0, 10.0], 60_000)
    event, seen = rng.choice([1, 2], 60_000, p=[0.4, 0.6]), outcome > entry
    late, blind = (aalen_johansen(outcome[seen], event[seen], given) for given in (entry[seen], None))
    assert late.won_by(np.array([8.0])) == pytest.approx(won_in_truth(8.0), abs=0.01)
    assert float(blind.won_by(np.array([8.0]))[0]) < won_in_truth(8.0) - 0.05


@pytest.mark.parametrize("late", [False, True])
def test_the_same_as_another_library(late: bool) -> None:
    lifelines = pytest.importorskip("lifelines")
    duration, event = watched(400, seed=3)
    entry = np.random.default_rng(4).choice([0.0, 0.4], 400) * duration if late else None
    found = aalen_johansen(duration, event, entry)
    for cause, ours in ((1, found.won_by), (2, found.lost_by)):
        fitter: Any = lifelines.AalenJohansenFitter(calculate_variance=False)
        theirs = fitter.fit(duration, event, event_of_interest=cause, entry=entry).cumulative_density_.iloc[:, 0]
        assert ours(theirs.index.to_numpy()) == pytest.approx(theirs.to_numpy())
    theirs = lifelines.KaplanMeierFitter().fit(duration, event > 0, entry=entry).survival_function_.iloc[:, 0]
    assert kaplan_meier(duration, event > 0, entry).at(theirs.index.to_numpy()) == pytest.approx(theirs.to_numpy())


@pytest.mark.parametrize(
    ("duration", "event", "more", "said"),
    [
        ([1.0, 2.0], [1], {}, r"duration, event and weight need the same length, above 0; they have 2, 1 and 2\. Pass one"),
        ([], [], {}, r"above 0; they have 0, 0 and 0"),
        ([1.0, -1.0, np.nan], [1, 1, 1], {}, r"duration must be days >= 0; 2 of 3 are negative or missing\. Count from as_of"),
        ([1.0, 2.0], [1, 3], {}, r"event must be 0 \(still open\), 1 \(won\) or 2 \(lost\); found 3\. Translate it first"),
        ([1.0, 2.0], [1, 0], {"weight": [0.0, 0.0]}, r"weights must be >= 0 and not all 0; 2 of 2 are not above 0\. Leave out"),
        ([1.0, 2.0], [1, 0], {"entry": [0.0, 2.0]}, r"entry must be one day per row, before its duration; found 2 for 2 rows, 1"),
        ([1.0, 2.0], [1, 0], {"entry": [0.0]}, r"found 1 for 2 rows\. Leave out rows that ended before they were watched"),
    ],
)
def test_what_cannot_be_counted_is_named(duration: list[float], event: list[int], more: dict[str, Any], said: str) -> None:
    with pytest.raises(SchemaError, match=said):
        aalen_johansen(np.array(duration), np.array(event), **{name: np.array(values) for name, values in more.items()})
