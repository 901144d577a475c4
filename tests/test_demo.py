"""The demo goes through everything once and ends after the HTTP score when asked to."""

import re

from click.testing import CliRunner

from leadcast.cli import main


def test_the_demo_shows_every_step_and_stops(tmp_path, monkeypatch):
    monkeypatch.setenv("DEMO_SERVE", "0")
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["demo", "--leads", "600", "--seed", "3"], catch_exceptions=False)
    assert result.exit_code == 0
    said = result.output
    steps = ("A small company's CRM, made up: 600 leads, seed 3", "The data:", "The models, judged", "Most worth a call",
             "Beside the truth", "The forecast:", "The service: one lead over HTTP", "Where to look next")
    places = [said.index(step) for step in steps]
    assert places == sorted(places)
    assert "the same as in the batch to the last digit" in said
    assert re.search(r"curl -s -H 'content-type: application/json' -d @\S+ http://127\.0\.0\.1:\d+/v1/score/", said)
    assert (tmp_path / "demo" / ".leadcast" / "one-record.json").is_file()


def test_a_demo_on_a_workspace_that_is_not_there_says_so(tmp_path):
    result = CliRunner().invoke(main, ["demo", "-w", str(tmp_path)])
    assert result.exit_code == 2 and "leadcast.toml" in result.stderr
