"""leadcast report on the trained workspace: the API's and the terminal's numbers, nothing from later, whole files."""

from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from asked_service import asked_service, filled_store
from click.testing import CliRunner, Result

from leadcast.cli import main
from leadcast.errors import OutputError
from leadcast.replay import Replay
from serving.asked_forecasts import Asked as AskedForecast
from serving.asked_forecasts import look_of
from serving.briefing.accuracy import Backtest, over_by
from serving.outlook import outlook_json
from serving.report.content import NO_REPLAYS, Asked, Content, report_content
from serving.report.files import file_name, write_report
from serving.report.html import html_report
from serving.report.people import MOST_LEADS
from serving.report.workbook import workbook_report

DAY = np.timedelta64(1, "D")


@pytest.fixture(scope="module")
def now(trained) -> Content:
    return report_content(trained.workspace, trained.history, trained.bundles, Asked(trained.history.end))


@pytest.fixture(scope="module")
def past(trained) -> Content:
    return report_content(trained.workspace, trained.history, trained.bundles, Asked(trained.history.end - 20 * DAY))


def run(trained, *arguments: object) -> Result:
    given = ["report", "-w", trained.folder, *arguments]
    return CliRunner().invoke(main, [str(one) for one in given])


def test_totals_are_those_of_leadcast_forecast(trained, now):
    look = look_of(trained.workspace, trained.history, trained.bundles, AskedForecast(trained.history.end, "quarter"))
    told, total = outlook_json(look)["total"], now.outlook["total"]
    assert total["open_deals"] == told["open_deals"] and total["quota"] == (told["goal"] or {}).get("quota")
    for measure in ("count", "amount"):
        assert {name: total[measure][name] for name in ("won", "open", "new", "total")} == {
            name: told[measure][name] for name in ("won", "open", "new", "total")}


def test_the_forecast_is_what_the_page_gets(trained, now, tmp_path):
    with filled_store(trained, tmp_path) as store:
        page = asked_service(trained, store, tmp_path).get("/v1/outlook", anew=True)
    same = ("as_of", "period", "total", "categories", "team", "changes", "risks", "riskiest_in_commit", "money", "what")
    assert {name: now.outlook[name] for name in same} == {name: page[name] for name in same}
    assert [week["week"] for week in now.outlook["weeks"]] == [week["week"] for week in page["weeks"]]


def test_every_part_of_the_page_is_told(now):
    assert set(now.funnel) == {"stages", "bottlenecks", "cohorts", "sources", "response"}
    assert now.lists.deals.rows and 0 < len(now.lists.leads.rows) <= MOST_LEADS
    assert sum(cell["count"] for cell in now.lists.grid) == now.lists.leads.scored <= now.lists.leads.in_all
    assert {model["target"] for model in now.models} == {"mql", "sql", "win"}
    text = html_report(now)
    assert all(f'<section id="{name}"' in text for name in ("forecast", "deals", "leads", "funnel", "model"))
    assert len(text) < 2_000_000 and len(workbook_report(now)) < 1_000_000


def test_the_deals_are_the_most_worthwhile_and_those_with_a_risk(now):
    found = now.lists.deals
    worth = [row["expected_amount"] or 0.0 for row in found.rows]
    assert worth == sorted(worth, reverse=True)
    assert sum(bool(row["risks"]) for row in found.rows) == found.flagged
    assert found.rows[0]["reasons"] and "typical" not in found.rows[0]["reasons"]


def test_nothing_that_became_known_later_is_told(trained, past):
    when = trained.history.end - 20 * DAY
    cut = report_content(trained.workspace, trained.history.known_at(when), trained.bundles, Asked(when))
    for field in fields(Content):
        if field.name not in ("end", "outlook"):
            assert getattr(cut, field.name) == getattr(past, field.name), field.name
    assert {**cut.outlook, "notes": []} == {**past.outlook, "notes": []}
    assert any("learned from data to" in note for note in past.outlook["notes"])


def test_replays_that_were_not_over_are_left_out():
    day = np.datetime64("2026-03-01", "us")
    told = tuple(SimpleNamespace(stretch=f"{length} days", end=day + length * DAY) for length in (7, 28))
    backtest = Backtest("k", day, (Replay(day, day, "opportunity", told=told), Replay(day + 14 * DAY, day, "opportunity", told=(
        SimpleNamespace(stretch="28 days", end=day + 42 * DAY),))))
    kept = over_by(backtest, day + 10 * DAY)
    assert [[one.stretch for one in replay.told] for replay in kept.replays] == [["7 days"]]
    assert over_by(backtest, day) is None and over_by(None, day) is None


def test_a_scope_is_of_its_people_alone(trained):
    owner = next(one for one in trained.history.opportunities["owner"] if one is not None)
    asked = Asked(trained.history.end, "quarter", {"owner": owner}, frozenset({owner}))
    told = report_content(trained.workspace, trained.history, trained.bundles, asked)
    assert told.scope == f"owner {owner}" and told.outlook["scope"]["owner"] == owner
    assert {row["owner"] for row in (*told.lists.deals.rows, *told.lists.leads.rows)} <= {owner}
    assert {node["name"] for node in told.outlook["team"] if node["level"] == "owner"} == {owner}
    assert told.accuracy["notes"] == [NO_REPLAYS]
    assert file_name(told).endswith(f"_owner-{owner}")


def test_people_without_anything_have_an_empty_report(trained):
    asked = Asked(trained.history.end, "quarter", {"owner": "nobody"}, frozenset({"nobody"}))
    told = report_content(trained.workspace, trained.history, trained.bundles, asked)
    text = html_report(told)
    assert "No deals are open." in text and "No leads are open." in text and "entered in this time." in text
    assert workbook_report(told)


def test_a_name_is_one_that_every_system_takes(past):
    odd = {**past.outlook, "scope": {"owner": None, "manager": None, "region": "Nord/Süd ../x"}}
    name = file_name(replace(past, outlook=odd))
    assert name == file_name(past) + "_region-Nord-S-d-..-x" and "/" not in name


def test_the_command_writes_both_files_and_replaces_older_ones(trained, tmp_path):
    out = tmp_path / "new" / "folder"
    first = run(trained, "--out", out)
    assert first.exit_code == 0, first.output
    written = sorted(out.iterdir())
    assert [one.suffix for one in written] == [".html", ".xlsx"]
    assert all(f"Written: {one}" in first.output for one in written)
    assert written[0].name.startswith(f"{trained.workspace.workspace.name}_")


@pytest.mark.parametrize(("arguments", "said"), [
    (("--out", "a.html", "--format", "xlsx"), "the name of one .html file"),
    (("--region", "Nowhere"), "--region Nowhere: nobody is meant by that"),
    (("--period", "soon"), "soon"),
])
def test_a_mistake_is_named_and_nothing_is_written(trained, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    result = run(trained, *arguments)
    assert result.exit_code == 2 and said in result.stderr
    assert not list(tmp_path.iterdir())


def test_a_file_is_there_as_a_whole_or_not_at_all(past, tmp_path):
    one = tmp_path / "one.xlsx"
    one.write_text("old")
    assert write_report(past, one, ("xlsx",)) == [one] and one.read_bytes()[:2] == b"PK"
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        write_report(past, Path(blocked / "x.html"), ("html",))
    assert sorted(place.name for place in tmp_path.iterdir()) == ["file", "one.xlsx"]
