"""Order and outcome of rows without dates, from tables as people export them."""

from pathlib import Path

import numpy as np
import pytest

from leadcast.history import History
from leadcast.mapping import read_history
from leadcast.workspace import read_workspace

MAPPING = """
[workspace]
name = "export"
[tables.rows]
file = "rows.csv"
[leads]
table = "rows"
{order}
columns = {{ lead_id = "Id"{column} }}
[[pipelines]]
entity = "lead"
stages = ["new", "won", "lost"]
won = ["won"]
lost = ["lost"]
[[stages]]
entity = "lead"
from = "outcome"
table = "rows"
columns = {{ id = "Id", stage = "Converted" }}
{endings}
"""


def read(folder: Path, rows: str, endings: str, column: str = "", order: str = "") -> History:
    (folder / "rows.csv").write_text(rows)
    (folder / "leadcast.toml").write_text(MAPPING.format(order=order, column=column, endings=endings))
    return read_history(read_workspace(folder))


def endings(history: History) -> dict[str, str]:
    return dict(zip(history.stages["entity_id"], history.stages["stage"], strict=True))


def in_order(history: History) -> list[str]:
    return history.ids("lead")[np.argsort(history.leads["order"], kind="stable")].tolist()


@pytest.mark.parametrize(("ids", "expected"), [
    (["10", "9", "100"], ["9", "10", "100"]),
    (["L-10", "L-9", "L-100"], ["L-9", "L-10", "L-100"]),
    (["2024-03-01", "2023-12-31", "2024-01-15"], ["2023-12-31", "2024-01-15", "2024-03-01"]),
    (["b7", "a12", "a3"], ["a3", "a12", "b7"]),
])
def test_numbers_times_and_texts_stand_as_people_sort_them(tmp_path: Path, ids: list[str], expected: list[str]) -> None:
    rows = "Id,Converted\n" + "".join(f"{i},1\n" for i in ids)
    assert in_order(read(tmp_path, rows, 'won = ["1"]', ', order = "Id"')) == expected


def test_a_row_without_a_place_counts_as_the_newest_and_is_told(tmp_path: Path) -> None:
    history = read(tmp_path, "Id,No,Converted\na,2,1\nb,,0\nc,1,1\n", 'won = ["1"]', ', order = "No"')
    assert in_order(history) == ["c", "a", "b"]
    assert ("order is missing; taken as the newest", 1) in [(f.problem, f.rows) for f in history.quality.findings]


def test_the_file_s_own_order(tmp_path: Path) -> None:
    assert in_order(read(tmp_path, "Id,Converted\nz,1\na,1\n", 'won = ["1"]', order='order = "file"')) == ["z", "a"]


def test_numbers_and_flags_in_any_spelling_are_outcomes(tmp_path: Path) -> None:
    history = read(tmp_path, "Id,Converted\na,1.0\nb,0\nc,\n", "won = [1]\nlost = [0]", order='order = "file"')
    assert endings(history) == {"a": "won", "b": "lost"}
    history = read(tmp_path, "Id,Converted\na,True\nb,FALSE\n", "won = [true]\nlost = [false]", order='order = "file"')
    assert endings(history) == {"a": "won", "b": "lost"}


def test_every_other_value_and_no_value_may_mean_something(tmp_path: Path) -> None:
    rows = "Id,Converted\na,S17\nb,\nc,S18\n"
    history = read(tmp_path, rows, 'won = ["*"]\nblank = "lost"', order='order = "file"')
    assert endings(history) == {"a": "won", "b": "lost", "c": "won"}
    assert endings(read(tmp_path, rows, 'won = ["*"]', order='order = "file"')) == {"a": "won", "c": "won"}


def test_a_third_value_in_no_list_is_rejected_by_name(tmp_path: Path) -> None:
    history = read(tmp_path, "Id,Converted\na,Won\nb,Pending\n", 'won = ["Won"]\nlost = ["Lost"]', order='order = "file"')
    reason = "the outcome is in none of the lists won, lost and open of stages"
    assert history.quality.rejected["stages.rows"]["reason"].tolist() == [reason]
