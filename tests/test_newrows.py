"""A file of new rows to score: every row answered once, the same as a request, and nothing lost."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from leadcast.cli import main
from leadcast.errors import SourceError
from leadcast.mapping import ReferenceTables, read_history
from leadcast.workspace import read_workspace
from serving.answers import answer_records
from serving.desk import Desk
from serving.messages import ScoreRequest
from serving.newrows import input_files, score_files
from serving.registry import load_champions
from serving.scores import Scorer
from training.run import train

MAPPING = """
[workspace]
name = "export"
[tables.people]
file = "people.csv"
missing = ["Select"]
[leads]
table = "people"
where = { Country = "NL" }
columns = { lead_id = "Id", order = "Id", source = "Channel" }
attributes = { size = { column = "Size", type = "number" } }
[[pipelines]]
entity = "lead"
stages = ["new", "won", "lost"]
won = ["won"]
lost = ["lost"]
[[stages]]
entity = "lead"
from = "outcome"
table = "people"
columns = { id = "Id", stage = "Converted" }
won = [1]
lost = [0]
"""


def people(count: int, seed: int) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    size, channel = draw.normal(size=count).round(3), draw.choice(["web", "fair"], count)
    won = draw.random(count) < 1 / (1 + np.exp(0.5 - 1.5 * size - (channel == "fair")))
    return pd.DataFrame({"Id": np.arange(1000, 1000 + count), "Country": "NL", "Channel": channel, "Size": size,
                         "Converted": won.astype(int)})


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    people(600, 1).to_csv(folder / "people.csv", index=False)
    (folder / "leadcast.toml").write_text(MAPPING)
    workspace = read_workspace(folder)
    train(workspace, read_history(workspace))
    return folder


@pytest.fixture
def answered(export: Path, tmp_path: Path):  # type: ignore[no-untyped-def]
    def answer(text: str):  # type: ignore[no-untyped-def]
        (tmp_path / "new.csv").write_text(text)
        workspace = read_workspace(export)
        return score_files(workspace, load_champions(workspace), {"people": tmp_path / "new.csv"})

    return answer


def test_every_row_is_answered_once_and_says_why_it_has_no_score(answered) -> None:  # type: ignore[no-untyped-def]
    rows = "7,NL,web,0.5,\n,NL,web,0.1,\n8,BE,web,1,\n7,NL,fair,2,\n9,NL,fair,1,1\n"
    table = answered(f"Id,Country,Channel,Size,Converted\n{rows}").table
    assert table["row"].tolist() == [1, 2, 3, 4, 5]
    assert table["entity_id"].tolist()[0] == "7" and 0 < table["probability"][0] < 1
    assert table["note"].tolist()[1:] == ["lead_id is missing", "left out by where in leadcast.toml",
                                          "a second row with this lead_id", "closed, or the target is reached already"]
    assert table["probability"].notna().tolist() == [True, False, False, False, False]


def test_outcome_and_id_may_be_absent_and_values_never_seen_are_counted(answered) -> None:  # type: ignore[no-untyped-def]
    answers = answered("Country,Channel,Size\nNL,moon,0.5\nNL,web,\n")
    assert answers.table["entity_id"].tolist() == ["row 1", "row 2"]
    assert answers.table["unseen"].tolist() == [1, 0] and answers.table["probability"].notna().all()
    assert answers.notes == []


def test_no_made_up_date_is_shown(answered) -> None:  # type: ignore[no-untyped-def]
    answers = answered("Id,Country,Channel,Size\n7,NL,web,0.5\n")
    assert answers.moment == "as they came"
    assert answers.table[["as_of", "won_by", "expected_close"]].isna().all(axis=None)


def test_mapped_columns_that_are_not_there_are_told(answered) -> None:  # type: ignore[no-untyped-def]
    assert answered("Id,Country,Chanel\n7,NL,web\n").notes == [
        "people: not in the file, so missing in every row: Channel, Size",
        "people: no column Channel; did you mean it with Chanel?"]


def test_a_file_of_something_else_is_refused(answered) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SourceError, match=r"none of its columns \(a, b\) is one that leadcast.toml maps for the table people"):
        answered("a,b\n1,2\n")


def test_an_empty_or_absent_file_is_told_of_the_file_that_was_given(answered, export: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SourceError, match=r"^--input .*new\.csv, read as \[tables\.people\] says: it is empty"):
        answered("")
    with pytest.raises(SourceError, match=r"^--input .*nope\.csv: there is no such file\.$"):
        score_files(read_workspace(export), {}, {"people": tmp_path / "nope.csv"})


def test_a_row_of_a_file_and_the_same_over_http_have_the_same_probability(export: Path, tmp_path: Path) -> None:
    workspace, new = read_workspace(export), people(60, 2).drop(columns="Converted")
    new.to_csv(tmp_path / "new.csv", index=False)
    new.to_parquet(tmp_path / "new.parquet")
    champions = load_champions(workspace)
    table = score_files(workspace, champions, {"people": tmp_path / "new.csv"}).table
    desk = Desk(workspace, {"win": Scorer(champions["win"])}, ReferenceTables(workspace))
    records = [{"people": row} for row in new.to_dict("records")]
    answer = answer_records(desk, "lead", ScoreRequest(records=records), np.datetime64("2026-03-01", "us"))
    said = [(score["entity_id"], score["probability"]) for result in answer.results for score in result["scores"]]
    assert said == list(zip(table["entity_id"], table["probability"], strict=True))
    again = score_files(workspace, champions, {"people": tmp_path / "new.parquet"}).table
    pd.testing.assert_frame_equal(again, table, check_exact=True)


def test_new_rows_with_their_events_are_scored_as_the_batch_does(trained, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    folder, tables = trained.folder, trained.workspace.tables
    names = [name for name, table in tables.items() if table.of is None and not table.reference]
    files = {name: folder / str(tables[name].file) for name in names if isinstance(tables[name].file, str)}
    table = score_files(trained.workspace, trained.bundles, files, trained.history.end, explain=False).table
    scored, expected = (set(zip(t["target"], t["entity_id"], t["probability"], strict=True))
                        for t in (table[table["probability"].notna()], trained.scores))
    assert scored == expected and len(expected) > 40


def test_the_command_writes_every_row(export: Path, tmp_path: Path) -> None:
    people(30, 3).drop(columns="Converted").to_csv(tmp_path / "new.csv.gz", index=False)
    out = tmp_path / "scored.csv"
    ran = CliRunner().invoke(main, ["score", "-w", str(export), "--input", str(tmp_path / "new.csv.gz"), "--out", str(out)])
    assert ran.exit_code == 0 and "30 rows, 30 of them scored as they came, written to" in ran.output
    assert pd.read_csv(out)["row"].tolist() == list(range(1, 31))
    shown = CliRunner().invoke(main, ["score", "-w", str(export), "--input", f"people={tmp_path / 'new.csv.gz'}", "--top", "2"])
    assert "win: the first 2 of 30 rows, as they came" in shown.output


def test_which_table_a_file_is_for(export: Path) -> None:
    workspace = read_workspace(export)
    assert input_files(workspace, ["new.csv"], None) == {"people": Path("new.csv")}
    assert input_files(workspace, ["people=a=b.csv"], None) == {"people": Path("a=b.csv")}
    with pytest.raises(SourceError, match='there is no table "calls" under'):
        input_files(workspace, ["calls=calls.csv"], None)
    with pytest.raises(SourceError, match="there is a file for the table people already"):
        input_files(workspace, ["a.csv", "b.csv"], None)


def test_a_forecast_of_a_period_says_what_it_lacks(export: Path) -> None:
    ran = CliRunner().invoke(main, ["forecast", "-w", str(export)])
    assert ran.exit_code == 2 and "the outcomes of win have no dates. Map when it was won" in ran.output


def test_the_service_s_card_shows_no_made_up_date(export: Path) -> None:
    workspace = read_workspace(export)
    scorers = {target: Scorer(bundle) for target, bundle in load_champions(workspace).items()}
    card, = Desk(workspace, scorers, ReferenceTables(workspace)).models()
    assert card.trained_as_of is None and card.horizon_days is None
