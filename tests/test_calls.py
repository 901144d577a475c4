"""A manager's calls: the newest one counts from when it was made, and none is ever lost."""

from pathlib import Path

import numpy as np
import pytest

from leadcast.calls import Call, CallError, calls_at, read_calls, record_call
from leadcast.period import named_period

Q1, Q2 = named_period("2026-Q1"), named_period("2026-Q2")


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "us")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "calls.jsonl"


def test_what_is_recorded_is_read(file: Path) -> None:
    call = record_call(file, Q1, " Max ", day("2026-02-01T08:00"), "EUR", 0.1 + 0.2, 3, "ann", "two are “safe”")
    assert call == Call(Q1, "ann", 0.1 + 0.2, 3, "EUR", "two are “safe”", "Max", day("2026-02-01T08:00"))
    assert read_calls(file) == [call]


def test_the_newest_counts_from_when_it_was_made_and_older_ones_stay(file: Path) -> None:
    for month, amount in ((1, 100.0), (2, 80.0), (3, 90.0)):
        record_call(file, Q1, "Max", day(f"2026-0{month}-01"), "EUR", amount)
    moments = ("2025-12-31", "2026-01-01", "2026-02-28", "2026-04-01")
    assert [[call.amount for call in calls_at(file, day(at))] for at in moments] == [[], [100.0], [80.0], [90.0]]
    assert len(read_calls(file)) == 3


def test_of_one_moment_the_last_counts_and_a_late_note_of_an_earlier_one_does_not(file: Path) -> None:
    for when, amount in (("2026-02-01", 1.0), ("2026-02-01", 2.0), ("2026-01-15", 3.0)):
        record_call(file, Q1, "Max", day(when), "EUR", amount)
    assert [call.amount for call in calls_at(file, day("2026-03-01"))] == [2.0]


def test_periods_and_owners_are_called_apart_the_team_first(file: Path) -> None:
    for period, owner in ((Q2, "ann"), (Q1, "bob"), (Q1, "ann"), (Q1, None)):
        record_call(file, period, "Max", day("2026-02-01"), "EUR", 1.0, owner=owner)
    assert [(c.period.name, c.owner) for c in calls_at(file, day("2026-03-01"))] == [
        ("2026-Q1", None), ("2026-Q1", "ann"), ("2026-Q1", "bob"), ("2026-Q2", "ann")]
    assert [c.owner for c in calls_at(file, day("2026-03-01"), named_period("2026-04-01..2026-06-30"))] == ["ann"]


def test_a_count_alone_is_a_call(file: Path) -> None:
    assert record_call(file, Q1, "Max", day("2026-02-01"), "EUR", count=4).amount is None
    assert read_calls(file)[0].count == 4.0


def test_no_file_is_no_calls(file: Path) -> None:
    assert read_calls(file) == calls_at(file, day("2026-03-01")) == []


@pytest.mark.parametrize(("what", "message"), [
    ({}, "A call of 2026-Q1 says how much will be won: give an amount, a count, or both"),
    ({"amount": -1.0}, "The amount of a call is 0 or more, not -1.0"),
    ({"count": float("nan")}, "The count of a call is 0 or more, not nan"),
    ({"amount": 1.0, "who": " "}, "A call has somebody who makes it"),
])
def test_a_call_says_something(file: Path, what: dict[str, object], message: str) -> None:
    with pytest.raises(CallError, match=message):
        record_call(file, Q1, **{"who": "Max", "recorded_at": day("2026-02-01"), "currency": "EUR", **what})
    assert not file.exists()


def test_lines_that_cannot_be_read_are_named_and_left(file: Path) -> None:
    record_call(file, Q1, "Max", day("2026-02-01"), "EUR", 1.0)
    whole = file.read_bytes()
    file.write_bytes(whole + b"oops\n\n" + whole + b'{"who": "Max"}\n\xff\n')
    before = file.read_bytes()
    with pytest.raises(CallError, match=r"calls.jsonl: lines 2, 5, 6 cannot be read as a call; the other 2 can, and nothing was"):
        calls_at(file, day("2026-03-01"))
    assert file.read_bytes() == before


def test_a_line_cut_short_does_not_swallow_the_next(file: Path) -> None:
    record_call(file, Q1, "Max", day("2026-02-01"), "EUR", 1.0)
    file.write_bytes(file.read_bytes() + b'{"who": "M')
    record_call(file, Q1, "Max", day("2026-02-02"), "EUR", 2.0)
    with pytest.raises(CallError, match=r"calls.jsonl: line 2 cannot be read as a call; the other 2 can"):
        read_calls(file)


def test_a_place_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CallError, match=r"file/calls.jsonl cannot be written: "):
        record_call(tmp_path / "file" / "calls.jsonl", Q1, "Max", day("2026-02-01"), "EUR", 1.0)
    with pytest.raises(CallError, match="cannot be read: Is a directory"):
        read_calls(tmp_path)
