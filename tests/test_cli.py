"""The command line: quick help, tables for people, JSON for programs, mistakes in one line."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from leadcast.cli import main

LEADS_ONLY = """
[workspace]
name = "leads-only"
timezone = "UTC"
[tables.leads]
file = "leads.csv"
[leads]
table = "leads"
columns = { lead_id = "id", created_at = "created" }
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)


def test_help_is_quick():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = subprocess.run([sys.executable, "-m", "leadcast", "--help"], capture_output=True, text=True, check=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert "leadcast demo" in said
    assert after.ru_utime - before.ru_utime < 0.9, "seconds of its processor; a busy machine does not count"


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_has_help_with_an_example(name):
    said = run(name, "--help").output
    assert "Example: leadcast" in " ".join(said.split())


@pytest.mark.parametrize(("arguments", "said"), [
    (["score", "-w", "NOWHERE"], "leadcast.toml"),
    (["forecast", "-w", "TRAINED", "--period", "soon"], "The period 'soon' is not one: write month, quarter"),
    (["forecast", "-w", "TRAINED", "--by", "colour"], "colour: no column of the opportunity table"),
    (["score", "-w", "TRAINED", "--as-of", "yesterday"], "'yesterday' is not a time: write 2026-03-01"),
    (["score", "-w", "TRAINED", "--as-of", "9999-12-31"], "'9999-12-31' is not between 1970 and 2200"),
    (["score", "-w", "TRAINED", "-o", "scores.xlsx"], "its ending says no known format"),
    (["train", "-w", "TRAINED", "--target", "fame"], "has no fame; it has"),
    (["serve", "-w", "UNTRAINED"], "Run leadcast train"),
    (["score", "-w", "UNTRAINED"], "Run leadcast train"),
])
def test_a_mistake_is_one_line_and_exit_code_2(trained, tmp_path, arguments, said):
    for name in ("leadcast.toml",):
        (tmp_path / name).write_bytes((trained.folder / name).read_bytes())
    folders = {"NOWHERE": tmp_path / "no", "TRAINED": trained.folder, "UNTRAINED": tmp_path}
    if arguments[0] == "score" and "UNTRAINED" in arguments:
        arguments = [*arguments, "--data", trained.folder]
    result = run(*(folders.get(a, a) if isinstance(a, str) else a for a in arguments))
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ") and said in " ".join(result.stderr.split())


@pytest.mark.parametrize("ending", ["csv", "parquet", "json"])
def test_score_writes_what_score_table_says(trained, tmp_path, ending):
    file = tmp_path / f"scores.{ending}"
    result = run("score", "-w", trained.folder, "-o", file)
    assert result.exit_code == 0 and f"{len(trained.scores):,} scores written" in result.output
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet, "json": pd.read_json}[ending]
    found = read(file) if ending != "json" else pd.DataFrame(json.loads(file.read_text(encoding="utf-8")))
    assert found["entity_id"].astype(str).tolist() == trained.scores["entity_id"].tolist()
    assert found["probability"].tolist() == trained.scores["probability"].tolist()
    reasons = found["reasons"][0] if ending == "json" else json.loads(found["reasons"][0])
    assert reasons == trained.scores["reasons"][0]


def test_score_prints_the_best_of_each_target(trained):
    said = run("score", "-w", trained.folder, "--top", 3).output
    for target, mine in trained.scores.groupby("target"):
        assert f"{target} by " in said and f"the best {min(3, len(mine))} of {len(mine):,}" in said
        assert mine["entity_id"].iloc[0] in said


def test_score_as_json_is_for_programs(trained):
    rows = json.loads(run("score", "-w", trained.folder, "--json").stdout)
    assert [row["probability"] for row in rows] == trained.scores["probability"].tolist()


def test_an_earlier_day_is_scored_as_it_was_known_then(trained):
    rows = json.loads(run("score", "-w", trained.folder, "--json", "--as-of", str(trained.history.end)[:10]).stdout)
    assert {row["as_of"] for row in rows} == {str(trained.history.end)[:10] + "T00:00:00Z"}


def test_features_are_listed_with_unit_and_meaning(trained):
    listed = json.loads(run("features", "-w", trained.folder, "--list", "--json").stdout)
    assert set(listed) == {"lead", "opportunity"}
    assert all(feature["doc"] and feature["unit"] for feature in listed["lead"])
    assert "meaning" in run("features", "-w", trained.folder, "--list", "--entity", "lead").output


def test_features_are_written_one_row_per_open_lead(trained, tmp_path):
    result = run("features", "-w", trained.folder, "--out", tmp_path / "features.parquet")
    rows = pd.read_parquet(tmp_path / "features.parquet")
    assert f"{len(rows):,} rows of {rows.shape[1] - 2} features" in result.output
    assert not rows["entity_id"].duplicated().any()


def test_features_hold_categories_by_name(trained, tmp_path):
    run("features", "-w", trained.folder, "--out", tmp_path / "features.csv")
    rows = pd.read_csv(tmp_path / "features.csv")
    assert set(rows["stage"]) <= {stage for p in trained.history.vocabulary.pipelines_of("lead") for stage in p.stages}


@pytest.mark.parametrize("ending", ["csv", "parquet", "json"])
def test_features_of_no_deal_are_an_empty_table(tmp_path, ending):
    (tmp_path / "leads.csv").write_text("id,created\n1,2026-01-01\n")
    (tmp_path / "leadcast.toml").write_text(LEADS_ONLY)
    result = run("features", "-w", tmp_path, "--entity", "opportunity", "--out", tmp_path / f"features.{ending}")
    assert result.exit_code == 0 and "0 rows of" in result.output
    (tmp_path / "leads.csv").write_text("id,created\n")
    result = run("features", "-w", tmp_path, "--out", tmp_path / f"features.{ending}")
    assert result.exit_code == 2 and "There is no lead and no deal to look at" in result.stderr


def test_features_ask_what_is_wanted(trained):
    result = run("features", "-w", trained.folder)
    assert result.exit_code == 2 and "Say what is wanted: --list, or --out FILE." in result.stderr


def test_check_counts_rows_and_keeps_the_rejected(trained):
    counted = json.loads(run("check", "-w", trained.folder, "--json").stdout)
    assert "leads" in json.dumps(counted)
    assert "leads" in run("check", "-w", trained.folder).output


def test_train_says_how_it_did(trained, tmp_path):
    (tmp_path / "leadcast.toml").write_bytes((trained.folder / "leadcast.toml").read_bytes())  # a store of its own
    result = run("train", "-w", tmp_path, "--data", trained.folder, "--target", next(iter(trained.bundles)), "--json")
    report = json.loads(result.stdout)
    assert list(report["targets"]) == [next(iter(trained.bundles))]


def test_simulate_says_where_the_mapping_is(tmp_path):
    result = run("simulate", tmp_path / "crm", "--leads", 20, "--seed", 3)
    assert result.exit_code == 0 and "20 leads written" in result.output
    assert any(Path(tmp_path / "crm").iterdir())


@pytest.mark.parametrize("command", [["train", "-w", "x"], ["simulate", "x"], ["demo"]])
def test_a_seed_below_zero_is_refused_at_once(command):
    result = run(*command, "--seed", "-1")
    assert result.exit_code == 2 and "-1 is not in the range 0<=x<=" in result.stderr


def test_a_past_day_says_that_the_models_know_more(trained):
    day = str(trained.history.end - np.timedelta64(30, "D"))
    for command, models in (("score", ", ".join(trained.bundles)), ("forecast", "win")):
        result = run(command, "-w", trained.folder, "--json", "--as-of", day)
        assert json.loads(result.stdout) and result.stderr.startswith(f"note: {models} learned from data to ")
    assert run("score", "-w", trained.folder, "--json").stderr == ""


def test_rejected_rows_that_cannot_be_kept_are_a_mistake_with_a_way_out(tmp_path):
    (tmp_path / "leads.csv").write_text("id,created\n1,2026-01-01\n")
    (tmp_path / "leadcast.toml").write_text(LEADS_ONLY)
    (tmp_path / ".leadcast").write_text("a file where a folder should be")
    result = run("check", "-w", tmp_path)
    assert result.exit_code == 2 and "Make the workspace's folder writable" in result.stderr
