"""The leakage gate: what it says, what it refuses, and that serving follows."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from leadcast.commands import data
from leadcast.errors import WorkspaceError
from leadcast.leaks import find_leaks, leak_lines, leak_lines_of_models, leaks_json, refuse_leaks, suspects_json
from leadcast.mapping import read_history
from leadcast.vocabulary import Vocabulary
from leadcast.workspace import read_workspace

TOML = """
[workspace]
name = "w"
timezone = "UTC"
ends_at = "2026-01-01"

[tables.leads]
file = "leads.csv"

[leads]
table = "leads"
columns = { lead_id = "Id", created_at = "Created", source = "Source", owner = "Rep" }

[leads.attributes]
size = { column = "Size", type = "number" }
industry = "Industry"
tag = "Tag"
reason = { column = "Lost Reason", known = "outcome" }

[[pipelines]]
entity = "lead"
stages = ["new", "won", "lost"]
won = ["won"]
lost = ["lost"]

[[stages]]
entity = "lead"
from = "dates"
table = "leads"
dates = { Won = "won", Lost = "lost" }
columns = { id = "Id" }

[targets.win]
entity = "lead"
stages = ["won"]
horizon_days = 30
"""


def write_leads(folder: Path, toml: str = TOML, rows: int = 1200, **more: np.ndarray) -> None:
    """Leads of two years; size and source matter honestly, the tag is set when a lead is won."""
    rng = np.random.default_rng(3)
    size = np.exp(rng.normal(3, 1, rows)).round()
    source = rng.choice(["web", "fair", "referral"], rows)
    won = rng.random(rows) < 1 / (1 + np.exp(1.2 - 0.7 * (np.log(size) - 3) - (source == "referral")))
    created = np.datetime64("2024-01-01", "h") + np.sort(rng.integers(0, 730 * 24, rows)).astype("timedelta64[h]")
    ended = created + rng.integers(24, 24 * 25, rows).astype("timedelta64[h]")
    closed = ended < np.datetime64("2026-01-01", "h")
    tagged = closed & won & (rng.random(rows) < 0.85) | (rng.random(rows) < 0.05)
    columns = {
        "Id": [f"L{n:05d}" for n in range(rows)], "Created": created.astype(str), "Source": source,
        "Rep": rng.choice(list("abcdef"), rows), "Size": size, "Industry": rng.choice(["steel", "food", "bank"], rows),
        "Tag": np.where(tagged, "will sign", ""), "Lost Reason": np.where(closed & ~won, rng.choice(["price", "time"], rows), ""),
        "Contract": np.where(closed & won, [f"C{n}" for n in range(rows)], ""),
        "Won": np.where(closed & won, ended.astype(str), ""), "Lost": np.where(closed & ~won, ended.astype(str), ""), **more,
    }
    pd.DataFrame(columns).to_csv(folder / "leads.csv", index=False)
    (folder / "leadcast.toml").write_text(toml, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_leads(tmp_path)
    return tmp_path


def test_what_the_won_fill_in_more_often_but_the_lost_as_well_is_suspected_and_used(folder: Path) -> None:
    toml = TOML.replace("[leads.attributes]\n", '[leads.attributes]\njob = "Job"\n')
    (folder / "leadcast.toml").write_text(toml, encoding="utf-8")
    leads = pd.read_csv(folder / "leads.csv", keep_default_na=False)
    filled = np.random.default_rng(5).random(len(leads)) < np.where(leads["Won"] != "", 0.95, 0.6)
    leads.assign(Job=np.where(filled, "buyer", "")).to_csv(folder / "leads.csv", index=False)
    workspace = read_workspace(folder)
    history, found = refuse_leaks(read_history(workspace), workspace)
    assert [plain["column"] for plain in suspects_json(found)] == ["Job"]
    assert "Job" not in [plain["column"] for plain in leaks_json(found)]
    assert any(line.startswith("SUSPECT Job: filled for ") for line in leak_lines_of_models(found))
    assert history.vocabulary.refused == {"lead.tag"}


def test_leaks_are_named_as_in_the_users_file_with_what_becomes_of_them(folder: Path) -> None:
    workspace = read_workspace(folder)
    found = find_leaks(read_history(workspace), workspace)
    assert {(leak.column, leak.attribute, leak.status) for leak in found} == {
        ("Tag", "tag", "refused"), ("Lost Reason", "reason", "kept_out"), ("Contract", None, "unused")}
    assert found[0].column == "Tag", "what a model would see comes first"
    assert leak_lines(found)[0].startswith("LEAK Tag: filled for ")
    assert leak_lines(found)[0].endswith('(refused). Write known = "outcome" (or "stage:NAME") for tag under [leads.attributes]; '
                                         'if it is known that early, write [leaks] allow = ["Tag"].')


def test_training_names_what_a_model_would_see_and_counts_the_rest(folder: Path) -> None:
    workspace = read_workspace(folder)
    lines = leak_lines_of_models(find_leaks(read_history(workspace), workspace))
    assert lines[0].startswith("LEAK Tag: ")
    assert lines[1:] == [
        "No model sees what else looks like a leak (1 kept out by the mapping, 1 not mapped): leadcast check names it."]


def test_a_refused_column_is_no_feature_and_the_vocabulary_carries_it(folder: Path) -> None:
    from features import build_context, contract_of

    workspace = read_workspace(folder)
    whole = read_history(workspace)
    history, _ = refuse_leaks(whole, workspace)
    assert history.vocabulary.refused == {"lead.tag"}
    assert Vocabulary.from_json(json.loads(json.dumps(history.vocabulary.to_json()))) == history.vocabulary
    assert not history.vocabulary.differences(whole.vocabulary) and not whole.vocabulary.differences(history.vocabulary)
    names = {f.name for f in contract_of(build_context(history, "lead")).features}
    assert not {name for name in names if "tag" in name.split("_")}
    assert "tag" in {f.name for f in contract_of(build_context(whole, "lead")).features}
    assert {"size", "source", "industry"} <= names


def test_allowed_by_name_it_is_used_and_still_named(folder: Path) -> None:
    write_leads(folder, TOML + '\n[leaks]\nallow = ["Tag"]\n')
    workspace = read_workspace(folder)
    history, found = refuse_leaks(read_history(workspace), workspace)
    assert not history.vocabulary.refused
    assert [leak.status for leak in found if leak.column == "Tag"] == ["allowed"]


def test_a_misspelt_name_among_the_allowed_is_a_mistake(folder: Path) -> None:
    write_leads(folder, TOML + '\n[leaks]\nallow = ["Tga"]\n')
    workspace = read_workspace(folder)
    with pytest.raises(WorkspaceError, match=r'leaks\.allow: no column .* is called "Tga"; did you mean "tag"\?'):
        find_leaks(read_history(workspace), workspace)


def test_core_columns_are_refused_without_hurting_what_else_needs_them(folder: Path) -> None:
    from features import build_context, contract_of

    table = pd.read_csv(folder / "leads.csv", dtype=str, keep_default_na=False)
    closed = (table["Won"] + table["Lost"]) != ""
    write_leads(folder, Rep=np.where(closed, "closing desk", table["Rep"]))
    workspace = read_workspace(folder)
    history, _ = refuse_leaks(read_history(workspace), workspace)
    assert "lead.owner" in history.vocabulary.refused
    assert not [f.name for f in contract_of(build_context(history, "lead")).features if f.name.startswith("owner")]
    assert set(history.leads["owner"]) >= {"closing desk"}


def test_a_history_without_old_values_is_refused(folder: Path) -> None:
    toml = TOML + """
[tables.changes]
file = "changes.csv"

[field_history]
entity = "lead"
table = "changes"
field = "industry"
columns = { id = "Id", value = "New", changed_at = "At" }
"""
    write_leads(folder, toml)
    leads = pd.read_csv(folder / "leads.csv", dtype=str)
    some = leads.iloc[::3]
    at = (pd.to_datetime(some["Created"]) + pd.Timedelta(hours=12)).astype(str)
    pd.DataFrame({"Id": some["Id"], "New": some["Industry"], "At": at}).to_csv(folder / "changes.csv", index=False)
    workspace = read_workspace(folder)
    found = {leak.column: leak for leak in find_leaks(read_history(workspace), workspace)}
    assert found["Industry"].best.kind == "history"
    assert found["Industry"].remedy.startswith("Map old_value under [field_history.columns]")


def test_a_column_known_at_a_stage_is_judged_among_those_that_reached_it(folder: Path) -> None:
    write_leads(folder, TOML.replace('reason = { column = "Lost Reason", known = "outcome" }',
                                     'reason = { column = "Lost Reason", known = "stage:lost" }'))
    workspace = read_workspace(folder)
    assert "Lost Reason" not in {leak.column for leak in find_leaks(read_history(workspace), workspace)}


def test_check_prints_a_line_per_column_and_ends_well(folder: Path) -> None:
    told = CliRunner().invoke(data.check, ["-w", str(folder)])
    assert told.exit_code == 0
    lines = [line.split(":")[0] for line in told.output.splitlines() if line.startswith("LEAK ")]
    assert lines[0] == "LEAK Tag" and sorted(lines) == ["LEAK Contract", "LEAK Lost Reason", "LEAK Tag"]
    report = json.loads(CliRunner().invoke(data.check, ["-w", str(folder), "--json"]).output)
    first = report["leaks"][0]
    said = [first[key] for key in ("column", "table", "entity", "attribute", "status")]
    assert said == ["Tag", "leads", "lead", "tag", "refused"]
    assert set(report["leaks"][0]) >= {"kind", "reason", "evidence", "remedy"}


def test_training_and_serving_do_without_the_refused_column(folder: Path) -> None:
    from leadcast.leaks import Leak
    from serving.scores import Scorer
    from training.run import train

    workspace = read_workspace(folder)
    leaks: list[Leak] = []
    trained, = train(workspace, read_history(workspace), register=False, leaks=leaks)
    assert [leak.column for leak in leaks if leak.status == "refused"] == ["Tag"]
    assert "tag" not in {f.name for f in trained.bundle.contract.features}
    assert trained.bundle.vocabulary.refused == {"lead.tag"}
    history = read_history(workspace)
    as_it_is, _ = Scorer(trained.bundle).table(history, history.end)
    write_leads(folder, Tag=np.full(1200, "will sign"))
    tagged = read_history(workspace)
    assert len(as_it_is)
    pd.testing.assert_frame_equal(Scorer(trained.bundle).table(tagged, tagged.end)[0], as_it_is)


def test_findings_as_data_are_plain(folder: Path) -> None:
    workspace = read_workspace(folder)
    plain = leaks_json(find_leaks(read_history(workspace), workspace))
    assert json.loads(json.dumps(plain)) == plain


def test_a_type_of_events_that_comes_with_the_outcome_is_named(folder: Path) -> None:
    toml = TOML + """
[tables.letters]
file = "letters.csv"

[[events]]
table = "letters"
type = "{Kind}"
columns = { lead_id = "Id", occurred_at = "At" }
"""
    write_leads(folder, toml)
    leads = pd.read_csv(folder / "leads.csv", dtype=str, keep_default_na=False)
    won = leads[leads["Won"] != ""]
    farewell = pd.DataFrame({"Id": won["Id"], "Kind": "welcome", "At": won["Won"]})
    greeting = pd.DataFrame({"Id": leads["Id"], "Kind": "greeting", "At": leads["Created"]})
    pd.concat([greeting, farewell]).to_csv(folder / "letters.csv", index=False)
    workspace = read_workspace(folder)
    found = [leak for leak in find_leaks(read_history(workspace), workspace) if leak.status == "event"]
    assert [(leak.column, leak.remedy) for leak in found] == [("welcome", 'Write never_inputs = ["welcome"] under [[events]]')]
