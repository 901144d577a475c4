"""A snapshot is what a forecast said: the same after reading, the same name for the same content, and nothing changes it."""

import json
import stat
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from leadcast.errors import SchemaError
from leadcast.period import named_period
from leadcast.snapshot_rows import checked_rows
from leadcast.snapshots import About, Snapshot, SnapshotError, list_snapshots, read_snapshot, write_snapshot

ABOUT = About(np.datetime64("2026-02-15T08:00", "us"), named_period("2026-Q1"), "opportunity", "EUR", "acme-win/3", "ab" * 32,
              {"ratios": [1.0, 0.9]}, {"mean": 0.1 + 0.2}, 1000.0, "before the board")
ROWS = pd.DataFrame({
    "entity_id": ["a", "b", "new:0"], "kind": ["won", "open", "new"],
    "expected": [1.0, 0.1 + 0.2, 2.5], "amount": [10.0, np.nan, 7.0],
    "expected_close": np.array(["2026-02-01T12:30:00.000001", "NaT", "NaT"], "datetime64[us]"), "owner": ["ann", None, "bøb"],
    "strategic": [True, False, False],
})


def snapshot(about: About = ABOUT, rows: pd.DataFrame = ROWS, **closed: str) -> Snapshot:
    return Snapshot(about, rows, closed)


def test_what_is_read_is_what_was_saved_to_the_last_bit(tmp_path: Path) -> None:
    saved = snapshot(c="lost", d="won", e="lost")
    read = read_snapshot(tmp_path, write_snapshot(tmp_path, saved))
    pd.testing.assert_frame_equal(read.rows, saved.rows, check_exact=True)
    assert read.rows["owner"].tolist() == ["ann", None, "bøb"]
    assert read.about == replace(ABOUT, id=saved.id)
    assert dict(read.closed) == {"c": "lost", "d": "won", "e": "lost"}
    assert read.id == saved.id


def test_the_file_is_plain_json_with_null_for_what_is_missing(tmp_path: Path) -> None:
    name = write_snapshot(tmp_path, snapshot())
    data = json.loads((tmp_path / f"{name}.json").read_text(), parse_constant=lambda word: pytest.fail(word))
    assert data["rows"]["amount"] == {"kind": "number", "values": [10.0, None, 7.0]}
    assert data["rows"]["expected_close"]["values"] == ["2026-02-01T12:30:00.000001", None, None]


def test_the_name_says_moment_and_period_and_comes_from_the_content(tmp_path: Path) -> None:
    name = write_snapshot(tmp_path, snapshot())
    assert name.startswith("20260215T080000_2026-Q1_") and len(name.rpartition("_")[2]) == 16
    assert write_snapshot(tmp_path, snapshot()) == name
    assert write_snapshot(tmp_path, snapshot(replace(ABOUT, note="after the board"))) != name
    assert len(list(tmp_path.iterdir())) == 2


def test_saving_again_does_not_touch_the_file(tmp_path: Path) -> None:
    path = tmp_path / f"{write_snapshot(tmp_path, snapshot())}.json"
    before = path.stat()
    write_snapshot(tmp_path, snapshot())
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_a_snapshot_is_read_only_and_leaves_nothing_beside(tmp_path: Path) -> None:
    name = write_snapshot(tmp_path / "new" / "folder", snapshot())
    assert [p.name for p in (tmp_path / "new" / "folder").iterdir()] == [f"{name}.json"]
    assert stat.S_IMODE((tmp_path / "new" / "folder" / f"{name}.json").stat().st_mode) == 0o444


def test_another_kind_of_text_column_is_the_same_content() -> None:
    assert snapshot(rows=ROWS.astype({"owner": object, "kind": "category"})).id == snapshot().id


@pytest.mark.parametrize("change", [lambda text: text.replace("10.0", "99.0"), lambda text: text[:-20]])
def test_a_changed_file_is_found_out(tmp_path: Path, change) -> None:
    path = tmp_path / f"{write_snapshot(tmp_path, snapshot())}.json"
    path.chmod(0o644)
    path.write_text(change(path.read_text()))
    for again in (lambda: read_snapshot(tmp_path, path.stem), lambda: write_snapshot(tmp_path, snapshot())):
        with pytest.raises(SnapshotError, match=rf"{path.name} is not as it was saved .* Restore the file from a copy, or"):
            again()


def test_a_file_of_another_kind_is_named(tmp_path: Path) -> None:
    (tmp_path / "20260101T000000_2026-Q1_0123456789abcdef.json").write_text("hello\n")
    with pytest.raises(SnapshotError, match=r"0123456789abcdef.json cannot be read as a snapshot: changed or cut short"):
        list_snapshots(tmp_path)


def test_another_format_is_named(tmp_path: Path) -> None:
    path = tmp_path / f"{write_snapshot(tmp_path, snapshot())}.json"
    path.chmod(0o644)
    path.write_text(path.read_text().replace("leadcast-snapshot/1", "leadcast-snapshot/9"))
    with pytest.raises(SnapshotError, match="has the format 'leadcast-snapshot/9', and here 'leadcast-snapshot/1' is read"):
        list_snapshots(tmp_path)


def at(day: str, note: str = "") -> Snapshot:
    return snapshot(replace(ABOUT, as_of=np.datetime64(day, "us"), note=note))


def test_snapshots_are_listed_newest_last_and_other_files_are_not(tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").write_text("{}\n")
    (tmp_path / "notes.json").write_text("{}\n")
    for day in ("2026-03-01", "2026-01-05", "2026-02-01"):
        write_snapshot(tmp_path, at(day))
    assert [str(s.as_of)[:10] for s in list_snapshots(tmp_path)] == ["2026-01-05", "2026-02-01", "2026-03-01"]
    assert list_snapshots(tmp_path)[0] == replace(at("2026-01-05").about, id=at("2026-01-05").id)
    assert list_snapshots(tmp_path / "nowhere") == []


def test_a_scenario_knows_its_base_and_is_not_the_latest(tmp_path: Path) -> None:
    base = at("2026-03-01")
    scenario = base.scenario(base.rows.assign(amount=1.0), {"mean": 2.0}, ("b: amount 1 instead of -.",), "what if")
    again = scenario.scenario(base.rows.assign(amount=2.0), {}, ())
    for each in (again, scenario, base):
        write_snapshot(tmp_path, each)
    assert (scenario.about.base, again.about.base) == (base.id, scenario.id)
    assert (scenario.about.note, scenario.about.changes) == ("what if", ("b: amount 1 instead of -.",))
    assert (scenario.about.total, scenario.about.quota) == ({"mean": 2.0}, base.about.quota)
    assert read_snapshot(tmp_path).id == base.id
    assert read_snapshot(tmp_path, scenario.id).about.base == base.id


def test_the_latest_is_a_scenario_where_there_is_nothing_else(tmp_path: Path) -> None:
    scenario = snapshot().scenario(ROWS, {}, ())
    write_snapshot(tmp_path, scenario)
    assert read_snapshot(tmp_path, "latest").id == scenario.id


def test_the_beginning_or_the_last_part_is_enough_where_it_is_the_only_one(tmp_path: Path) -> None:
    names = [write_snapshot(tmp_path, at(day)) for day in ("2026-02-01", "2026-03-01")]
    assert read_snapshot(tmp_path, "202602").id == names[0]
    assert read_snapshot(tmp_path, names[1].rpartition("_")[2][:8]).id == names[1]


@pytest.mark.parametrize(("which", "message"), [
    ("2026", "'2026' is the beginning of 2 snapshots, such as 20260201T.*, 20260301T.* Write more of it"),
    ("2031", "There is no snapshot '2031'; the newest are 20260201T.* Write an id, its beginning, its last part or latest"),
    ("", "There is no snapshot ''"),
    ("20260101T000000_../../etc_0123456789abcdef", "There is no snapshot"),
])
def test_which_one_is_asked_must_be_clear(tmp_path: Path, which: str, message: str) -> None:
    for day in ("2026-02-01", "2026-03-01"):
        write_snapshot(tmp_path, at(day))
    with pytest.raises(SnapshotError, match=message):
        read_snapshot(tmp_path, which)


def test_no_snapshots_at_all(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match=r"No snapshot is saved in .* Save one with leadcast forecast --save"):
        read_snapshot(tmp_path)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SnapshotError, match=r"2026-Q1_.*json cannot be written: "):
        write_snapshot(tmp_path / "file", snapshot())


def test_numbers_must_be_finite() -> None:
    with pytest.raises(SnapshotError, match="spread, total and quota hold finite numbers"):
        _ = snapshot(replace(ABOUT, quota=float("nan"))).id


@pytest.mark.parametrize(("closed", "message"), [
    ({"x": "paused"}, "A closed deal is lost or won, not paused"), ({"b": "lost"}, "b is closed and stands in the rows"),
])
def test_a_closed_deal_is_lost_or_won_and_in_no_row(closed: dict[str, str], message: str) -> None:
    with pytest.raises(SnapshotError, match=message):
        Snapshot(ABOUT, ROWS, closed)


@pytest.mark.parametrize(("columns", "message"), [
    ({"kind": "maybe"}, "kind is none of won, open, new in 3 of them, such as a, b, new:0"),
    ({"entity_id": "a"}, "entity_id stands twice in 2 of them, such as a, a"),
    ({"entity_id": ["a", None, "c"]}, "entity_id is missing in 1"),
    ({"expected": [1.0, np.nan, 1.0]}, "expected is missing or below 0 in 1 of them, such as b"),
    ({"expected": [0.5, 0.5, 1.0]}, "a won deal's expected is not 1 in 1 of them, such as a"),
    ({"expected": [1.0, 1.5, 1.0]}, "an open deal's expected is above 1 in 1 of them, such as b"),
    ({"amount": [1.0, np.inf, 1.0]}, "amount is infinite in b"),
    ({"amount": "much"}, "amount holds texts, and numbers are needed"),
    ({"amount": pd.Timestamp("2026-01-01")}, "amount holds times, and numbers are needed"),
    ({"expected_close": "soon"}, "expected_close holds 'soon', and times are needed"),
    ({"owner": [["ann"], None, None]}, r"owner holds \['ann'\]; only texts and finite numbers can be kept"),
])
def test_rows_that_cannot_be_are_named(columns: dict[str, object], message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        checked_rows(ROWS.assign(**columns))


def test_a_probability_rounded_beyond_its_ends_is_at_its_end() -> None:
    rows = ROWS.assign(kind="open", expected=[1 + 1e-12, -1e-12, 0.5])
    assert checked_rows(rows)["expected"].tolist() == [1.0, 0.0, 0.5]


def test_missing_columns_are_named() -> None:
    with pytest.raises(SchemaError, match="lack kind, expected; they have entity_id, amount"):
        checked_rows(ROWS[["entity_id", "amount"]])


def test_aware_times_become_utc_and_empty_columns_their_own_kind() -> None:
    rows = checked_rows(ROWS.assign(created_at=pd.Timestamp("2026-01-01T01:00+01:00"), expected_close=None, amount=None))
    assert rows["created_at"].tolist() == [pd.Timestamp("2026-01-01")] * 3
    assert (rows["expected_close"].dtype, rows["amount"].dtype) == (np.dtype("datetime64[us]"), np.dtype(float))


def test_no_rows_can_be_kept_too(tmp_path: Path) -> None:
    read = read_snapshot(tmp_path, write_snapshot(tmp_path, snapshot(rows=ROWS.iloc[:0])))
    assert read.rows.dtypes.tolist() == checked_rows(ROWS.iloc[:0]).dtypes.tolist()


def test_ten_thousand_rows_are_quick(tmp_path: Path) -> None:
    n = 10_000
    rows = pd.DataFrame({"entity_id": [f"D-{k}" for k in range(n)], "kind": "open", "expected": np.linspace(0, 1, n),
                         "amount": np.linspace(1, 1e6, n), "owner": "ann"})
    begun = time.process_time()
    assert len(read_snapshot(tmp_path, write_snapshot(tmp_path, snapshot(rows=rows))).rows) == n
    assert time.process_time() - begun < 2.0, "seconds of this process; a busy machine does not count"
