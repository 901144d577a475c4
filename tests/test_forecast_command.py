"""The forecast's commands on a trained workspace: what adds up, what is kept, what is explained and what is refused."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from leadcast.calls import record_call
from leadcast.cli import main
from leadcast.period import named_period
from leadcast.places import tracking_uri
from leadcast.snapshots import read_snapshot

DAY = np.timedelta64(1, "D")
CALL = ("call", "--period", "month", "--amount", "3", "--by", "Mia")


@dataclass(frozen=True)
class Desk:
    """The trained workspace's models and data, with a place of its own for what is kept."""

    folder: Path
    data: Path
    end: np.datetime64
    quarter: str

    def run(self, command: str, *arguments: object, data: Path | None = None) -> Result:
        given = [command, "-w", self.folder, "--data", data or self.data, *arguments]
        return CliRunner().invoke(main, [str(a) for a in given], catch_exceptions=False)

    def json(self, command: str, *arguments: object) -> Any:
        result = self.run(command, *arguments, "--json")
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    def save(self, *arguments: object) -> str:
        return self.json("forecast", "--period", self.quarter, "--save", *arguments)["saved"]

    def day(self, before: int) -> str:
        return str(self.end - before * DAY)[:10]

    @property
    def forecasts(self) -> Path:
        return self.folder / ".leadcast" / "forecasts"


@pytest.fixture
def desk(trained, tmp_path, monkeypatch) -> Desk:
    (tmp_path / "leadcast.toml").write_bytes((trained.folder / "leadcast.toml").read_bytes())
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tracking_uri(trained.workspace))
    end = trained.history.end
    quarter = f"{str(end + DAY)[:4]}-Q{(int(str(end + DAY)[5:7]) + 2) // 3}"
    return Desk(tmp_path, trained.folder, end, quarter)


def means(part: dict[str, Any]) -> list[float]:
    return [part[what][name] for what in ("count", "amount") for name in ("won", "open", "new", "total")]


# ---- a forecast -----------------------------------------------------------------------------------------------


def test_the_total_is_won_and_open_and_new_and_its_parts(desk):
    look = desk.json("forecast", "--period", desk.quarter, "--by", "region")
    won, of_open, new, total = means(look["total"])[4:]
    assert total == pytest.approx(won + of_open + new) and new > 0 < of_open
    np.testing.assert_allclose(np.sum([means(part) for part in look["parts"].values()], axis=0), means(look["total"]), rtol=1e-9)
    assert look["by"] == "region" and look["saved"] is None and look["against"] is None


def test_what_is_printed_says_the_same(desk):
    look = desk.json("forecast", "--period", desk.quarter)
    said = " ".join(desk.run("forecast", "--period", desk.quarter).stdout.split())
    total = look["total"]["amount"]
    assert f"Forecast of {desk.quarter} as of" in said and "By owner, in EUR" in said
    assert f"revenue EUR {total['won']:,.0f} {total['open']:,.0f} {total['new']:,.0f} {total['total']:,.0f}" in said
    assert "They do not add up to the whole's" in said and f"- The model is {look['model']}." in said
    assert "Forecast categories of the CRM, beside the model" in said and "commit" in said


def test_a_quota_of_ones_own_goes_before_the_tables(desk):
    day = desk.day(20)
    of_table = desk.json("forecast", "--as-of", day)["total"]["goal"]
    own = desk.json("forecast", "--as-of", day, "--quota", 1000)
    assert own["quota"] == own["total"]["goal"]["quota"] == 1000 != (of_table or {}).get("quota")
    assert own["total"]["goal"]["gap"] == pytest.approx(1000 - own["total"]["amount"]["total"])


def test_weeks_fill_the_period_up_to_its_own_total(desk):
    look = desk.json("forecast", "--period", desk.quarter, "--weeks", 60)
    weeks = look["weeks"]
    totals = [week["amount"]["total"] for week in weeks]
    assert 13 <= len(weeks) <= 15 and totals == sorted(totals)
    assert weeks[-1]["until"] == look["period"]["end"] and weeks[-1]["count"] == look["total"]["count"]
    assert desk.json("forecast", "--period", desk.quarter, "--weeks", 2)["weeks"] == weeks[:2]
    said = " ".join(desk.run("forecast", "--period", desk.quarter, "--weeks", 2).stdout.split())
    assert "Total by the end of each week" in said and weeks[1]["week"] in said


def test_a_period_that_is_over_has_no_weeks_to_come_and_nothing_uncertain(desk):
    look = desk.json("forecast", "--period", "2025-Q4", "--weeks", 5)
    amount = look["total"]["amount"]
    assert look["weeks"] == [] and amount["total"] == amount["won"] > 0
    assert set(amount["whole"]["values"]) == {amount["won"]}


def test_what_is_known_later_does_not_move_an_earlier_forecast(desk, trained):
    from serving.outlook import outlook

    when = desk.end - 40 * DAY
    look = desk.json("forecast", "--as-of", f"{when}Z", "--period", "month")
    period = named_period(look["period"]["name"], trained.workspace.workspace.timezone)
    known = outlook(trained.history.known_at(when), trained.bundles, when, period)
    assert known.forecast.total.to_json() == look["total"]


# ---- what is kept ---------------------------------------------------------------------------------------------


def test_the_same_data_give_the_same_snapshot(desk):
    first, second = desk.save(), desk.save("--by", "region")
    assert first == second and [path.stem for path in desk.forecasts.iterdir()] == [first]
    assert desk.save("--note", "before the board") != first


def test_a_saved_forecast_is_read_as_it_was_said(desk):
    result = desk.run("forecast", "--period", desk.quarter, "--save", "--note", "before the board")
    saved = result.stdout.splitlines()[0].removeprefix("Saved as ")
    snapshot = read_snapshot(desk.forecasts, saved)
    look = desk.json("forecast", "--period", desk.quarter)
    assert snapshot.about.total == look["total"] and snapshot.about.note == "before the board"
    assert snapshot.about.model == look["model"] and len(snapshot.about.fingerprint) == 64


def test_snapshots_are_listed(desk):
    assert "No forecast is saved in" in desk.run("snapshots").stdout
    earlier, later = desk.save("--as-of", desk.day(14)), desk.save("--note", "before the board")
    assert [about["id"] for about in desk.json("snapshots")] == [earlier, later]
    said = desk.run("snapshots").stdout
    assert later[-16:-8] in said and "before the board" in said and "Saved forecasts" in said


# ---- what changed ---------------------------------------------------------------------------------------------


def test_the_pieces_add_up_to_the_difference(desk):
    earlier, later = desk.save("--as-of", desk.day(14)), desk.save()
    found = desk.json("forecast", "--compare", earlier[-16:], "latest")
    assert (found["before"], found["after"]) == (earlier, later)
    assert sum(found["money"].values()) == pytest.approx(found["money_after"] - found["money_before"], abs=1e-6)
    said = " ".join(desk.run("forecast", "--compare", earlier, later, "--top", 2).stdout.split())
    assert f"Expected of {desk.quarter}: what changed" in said and f"The largest 2 of {len(found['deals']):,} effects" in said
    assert f"From {earlier} to {later}." in said


def test_comparing_needs_neither_data_nor_a_model(desk, monkeypatch):
    earlier = desk.save("--as-of", desk.day(14))
    desk.save()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:////nowhere/mlflow.db")
    result = desk.run("forecast", "--compare", earlier, "latest", data=desk.forecasts)
    assert result.exit_code == 0 and "what changed" in result.stdout


def test_todays_forecast_is_set_against_a_saved_one_of_its_period(desk):
    earlier = desk.save("--as-of", desk.day(14))
    look = desk.json("forecast", "--against", earlier)
    assert look["period"]["name"] == desk.quarter
    assert look["against"]["before"] == earlier
    assert look["against"]["money_after"] == pytest.approx(look["total"]["amount"]["total"])
    said = " ".join(desk.run("forecast", "--against", "latest").stdout.split())
    assert "to the forecast as it is now, which is not saved." in said


# ---- what if --------------------------------------------------------------------------------------------------


def test_a_scenario_stands_beside_its_base_and_is_kept(desk):
    base = desk.save("--quota", 100_000)
    found = desk.json("scenario", "--base", "latest", "--set", "drop:largest", "--save", "--note", "without the whale")
    assert found["base"] == base and found["changes"][0].endswith(").") and "is left out" in found["changes"][0]
    assert found["after"]["amount"]["total"] < found["before"]["amount"]["total"]
    kept = read_snapshot(desk.forecasts, found["saved"])
    assert kept.about.base == base and kept.about.total == found["after"] and kept.about.note == "without the whale"
    compared = desk.json("forecast", "--compare", base, found["saved"])
    assert compared["money"]["removed"] == pytest.approx(found["after"]["amount"]["total"] - found["before"]["amount"]["total"])
    said = " ".join(desk.run("scenario", "--base", base, "--set", "drop:largest").stdout.split())
    assert f"What if: {desk.quarter}" in said and "P(quota of 100,000 reached)" in said and "- D0" in said
    assert "scenario, 1 change to" in " ".join(desk.run("snapshots").stdout.split())


def test_a_scenario_of_today_keeps_todays_forecast_too(desk):
    found = desk.json("scenario", "--period", desk.quarter, "--set", "hire:reps=2,start=2026-01-01,ramp_days=0", "--save")
    assert found["after"]["amount"]["new"] > found["before"]["amount"]["new"]
    assert {about["id"] for about in desk.json("snapshots")} == {found["base"], found["saved"]}
    assert found["base"] == desk.save()


def test_a_scenario_from_a_file_and_the_command_line_on_top(desk, tmp_path):
    desk.save()
    deal = read_snapshot(desk.forecasts).rows.query("kind == 'open'")["entity_id"].iloc[0]
    file = tmp_path / "scenario.toml"
    file.write_text(f'note = "hope"\n[deals."{deal}"]\nprobability = 0.5\namount = 7.0\n')
    found = desk.json("scenario", "--base", "latest", "--file", file, "--set", f"amount:{deal}=9")
    [change] = found["changes"]
    assert change.startswith(f"{deal}: amount 9 instead of") and found["note"] == "hope"


# ---- calls ----------------------------------------------------------------------------------------------------


def test_a_call_stands_beside_the_model(desk):
    result = desk.run("call", "--period", desk.quarter, "--amount", 250_000, "--by", "Mia", "--note", "two are safe")
    assert result.stdout == f"Recorded: Mia calls 250,000 EUR for {desk.quarter}.\n"
    [called] = desk.json("forecast", "--period", desk.quarter)["calls"]
    total = desk.json("forecast", "--period", desk.quarter)["total"]
    assert (called["amount"], called["owner"], called["note"]) == (250_000, None, "two are safe")
    assert called["model"] == {"amount": total["amount"]["total"], "count": total["count"]["total"]} and 0 <= called["reach"] <= 1
    said = " ".join(desk.run("forecast", "--period", desk.quarter).stdout.split())
    assert "Calls, beside the model" in said and "(all) 250,000" in said


def test_an_owners_call_stands_beside_the_owners_deals(desk):
    look = desk.json("forecast", "--period", desk.quarter)
    owner, part = next(iter(look["parts"].items()))
    assert desk.run("call", "--period", desk.quarter, "--count", 3, "--owner", owner, "--by", "Mia").exit_code == 0
    [called] = desk.json("forecast", "--period", desk.quarter, "--by", "region")["calls"]
    assert called["model"] == {"amount": part["amount"]["total"], "count": part["count"]["total"]}


def test_a_later_call_counts_and_the_earlier_stays(desk):
    assert desk.run("calls").stdout.startswith("No call is recorded. Record one")
    for amount in (100, 200):
        desk.run("call", "--period", desk.quarter, "--amount", amount, "--by", "Mia")
    desk.run("call", "--period", "2026-11", "--count", 4, "--by", "Mia")
    assert [call["amount"] for call in desk.json("calls", "--period", desk.quarter)] == [200]
    assert [call["amount"] for call in desk.json("calls", "--all")] == [100, 200, None]
    assert "200 EUR" in desk.run("calls").stdout


def test_an_earlier_day_has_the_calls_of_that_day(desk):
    file, period = desk.folder / ".leadcast" / "calls.jsonl", named_period(desk.quarter, "Asia/Singapore")
    for before, amount in ((20, 100.0), (5, 200.0)):
        record_call(file, period, "Mia", desk.end - before * DAY, "EUR", amount)
    looks = [desk.json("forecast", "--period", desk.quarter, "--as-of", desk.day(before)) for before in (30, 10)]
    looks.append(desk.json("forecast", "--period", desk.quarter))
    assert [[call["amount"] for call in look["calls"]] for look in looks] == [[], [100], [200]]


# ---- curves ---------------------------------------------------------------------------------------------------


def test_curves_rise_and_agree_with_the_scores(desk, trained):
    file = desk.folder / "curves.parquet"
    result = desk.run("score", "--curves", file)
    table = pd.read_parquet(file)
    assert f"Curves of {table['entity_id'].nunique():,} written to {file}." in result.stdout
    assert (table.groupby("entity_id")[["won_by", "lost_by"]].diff().fillna(0) >= 0).all(axis=None)
    assert (table["won_by"] + table["lost_by"]).between(0, 1 + 1e-8).all()
    assert (table["won_by"] <= table["won_ever"] + 1e-8).all()
    scores = trained.scores[trained.scores["target"] == table["target"].iloc[0]].set_index("entity_id")
    first = table.drop_duplicates("entity_id").set_index("entity_id").loc[scores.index]
    assert first["won_ever"].to_numpy() == pytest.approx(scores["won_ever"].to_numpy(float), abs=1e-8)
    assert (first["expected_close"] == scores["expected_close"]).all()


# ---- mistakes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("arguments", "said"), [
    (["forecast", "--quota", "-1"], "--quota -1: an amount is 0 or more."),
    (["forecast", "--quota", "nan"], "--quota nan: an amount is 0 or more."),
    (["forecast", "--note", "x"], "--note is kept with a snapshot: write --save too."),
    (["forecast", "--compare", "a", "b"], "No snapshot is saved in"),
    (["forecast", "--compare", "a", "b", "--save"], "only --top and --json go with it."),
    (["forecast", "--against", "latest"], "Save one with leadcast forecast --save."),
    (["forecast", "--period", "FY2026-Q9"], "The period 'FY2026-Q9' is not one: write month, quarter"),
    (["forecast", "--by", "colour"], "colour: no column of the opportunity table to add up by"),
    (["scenario"], "A scenario changes something: write --set, such as amount:DEAL=50000"),
    (["scenario", "--set", "colour:a=1"], "'colour:a=1' is no change of a forecast"),
    (["scenario", "--set", "drop:D9"], "No deal 'D9' is in the forecast"),
    (["scenario", "--set", "drop:largest", "--note", "x"], "--note is kept with a snapshot: write --save too."),
    (["scenario", "--base", "latest", "--set", "drop:largest"], "No snapshot is saved in"),
    (["scenario", "--base", "latest", "--period", "month", "--set", "drop:largest"], "with --base it is there already."),
    (["scenario", "--file", "nowhere.toml"], "nowhere.toml cannot be read: No such file or directory."),
    (["call", "--period", "soon", "--amount", "1", "--by", "Mia"], "The period 'soon' is not one"),
    (["call", "--period", "month", "--by", "Mia"], "give an amount, a count, or both."),
    (["call", "--period", "month", "--amount", "-3", "--by", "Mia"], "The amount of a call is 0 or more, not -3.0."),
    (["call", "--period", "month", "--amount", "3", "--by", " "], "A call has somebody who makes it: give their name."),
    ([*CALL, "--currency", "USD"], "--currency USD: calls are kept in the reporting currency, EUR"),
    ([*CALL, "--owner", "u0l"], "--owner u0l: nobody of that name in the data; did you mean"),
    (["score", "--curves", "curves.xlsx"], "its ending says no known format"),
    (["score", "--curves", "curves.csv", "--input", "leads.csv"], "not of the rows of --input"),
])
def test_a_mistake_is_one_clear_line(desk, arguments, said):
    result = desk.run(*arguments)
    assert result.exit_code == 2 and result.stderr.startswith("error: ") and said in " ".join(result.stderr.split())


def test_a_change_within_a_saved_forecast_is_found_out(desk):
    saved = desk.forecasts / f"{desk.save()}.json"
    saved.chmod(0o644)
    saved.write_text(saved.read_text().replace("won", "wan", 1))
    result = desk.run("forecast", "--compare", "latest", "latest")
    assert result.exit_code == 2 and "is not as it was saved" in result.stderr
