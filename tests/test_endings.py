"""How looks ended, and from when on endings are on record."""

import numpy as np
import pytest

from leadcast.endings import LOST, OPEN, WON, Endings, endings_of
from leadcast.history import History
from leadcast.mapping import read_history
from leadcast.observations import Observations
from leadcast.records import records_from
from leadcast.simulate import true_history
from leadcast.table import TIME
from leadcast.vocabulary import Pipeline, Target, Vocabulary
from leadcast.workspace import read_workspace

WIN = Target("win", "opportunity", ("won",))
VOCABULARY = Vocabulary(pipelines=(Pipeline("opportunity", "default", ("talk", "offer", "won", "lost"), ("won",), ("lost",)),),
                        targets=(WIN,))
DEALS = """
opportunity_id created_at
fast           2026-01-01
slow           2026-01-01
gone           2026-01-01
back           2026-01-01
"""
STAGES = """
entity      entity_id stage entered_at recorded_at
opportunity fast      won   2026-01-11 2026-01-12
opportunity gone      lost  2026-01-06 -
opportunity back      lost  2026-01-04 -
opportunity back      offer 2026-01-20 -
opportunity back      won   2026-01-25 -
"""


@pytest.fixture(scope="module")
def history(written) -> History:
    return written(VOCABULARY, end="2026-01-31", opportunities=DEALS, stages=STAGES)


def look(history: History, *pairs: tuple[str, str]) -> Endings:
    ids, moments = zip(*pairs, strict=True)
    looks = Observations("opportunity", np.array(ids, object), np.array(moments, TIME), np.ones(len(ids)))
    return endings_of(history, WIN, looks)


def test_an_ending_counts_from_when_it_was_known(history: History) -> None:
    found = look(history, ("fast", "2026-01-01"), ("slow", "2026-01-01"), ("gone", "2026-01-01"))
    assert found.event.tolist() == [WON, OPEN, LOST]
    assert found.days.tolist() == [11.0, 30.0, 5.0] and found.follow.tolist() == [30.0, 30.0, 30.0]


def test_what_was_lost_and_comes_back_has_an_ending_for_each_time(history: History) -> None:
    found = look(history, ("back", "2026-01-01"), ("back", "2026-01-21"))
    assert found.event.tolist() == [LOST, WON] and found.days.tolist() == [3.0, 4.0]


def test_as_known_earlier_what_ended_later_is_open(history: History) -> None:
    found = look(history, ("fast", "2026-01-01"), ("gone", "2026-01-01")).until(np.array([10.0, 10.0]))
    assert found.event.tolist() == [OPEN, LOST] and found.days.tolist() == [10.0, 5.0]
    assert found.follow.tolist() == [10.0, 10.0]


def test_won_within_is_not_known_before_the_time_is_over(history: History) -> None:
    found = look(history, ("fast", "2026-01-01"), ("fast", "2026-01-11"), ("slow", "2026-01-01"), ("gone", "2026-01-25"))
    assert found.won_within(11.0).tolist()[:3] == [1.0, 1.0, 0.0] and np.isnan(found.won_within(11.0)[3])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_records_of_the_simulated_company_reach_back_to_the_beginning(seed: int) -> None:
    history = true_history(1500, seed)
    assert [records_from(history, target) for target in history.vocabulary.targets] == [None, None, None]


def test_wins_that_are_on_record_late_are_found(written) -> None:
    """Forty deals of January were won in ten days each, but wins are written down from March on only."""
    days = np.arange(np.datetime64("2026-01-01"), np.datetime64("2026-05-20"))
    deals = "opportunity_id created_at\n" + "\n".join(f"d{n} {day}" for n, day in enumerate(days))
    wins = [(n, day + 10) for n, day in enumerate(days) if day + 10 >= np.datetime64("2026-03-01")]
    stages = "entity entity_id stage entered_at\n" + "\n".join(f"opportunity d{n} won {day}" for n, day in wins)
    history = written(VOCABULARY, end="2026-06-01", opportunities=deals, stages=stages)
    assert str(records_from(history, WIN))[:10] == "2026-03-01"


def test_the_workspace_says_from_when_records_are(written) -> None:
    vocabulary = Vocabulary(pipelines=VOCABULARY.pipelines, targets=(WIN,), records_from="2026-02-01")
    assert records_from(written(vocabulary, opportunities=DEALS), WIN) == np.datetime64("2026-02-01", "us")


@pytest.mark.parametrize(("example", "data", "day"), [
    ("maven", "maven-crm-sales-opportunities", "2017-03-01"), ("loan-funnel", "bpi-challenge-2012", None)])
def test_records_of_the_real_data(repository, shared_data, example: str, data: str, day: str | None) -> None:
    history = read_history(read_workspace(repository / "examples" / example, shared_data / data))
    win = next(t for t in history.vocabulary.targets if t.name == "win")
    found = records_from(history, win)
    assert (found is None and day is None) or str(found)[:10] == day
