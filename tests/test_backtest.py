"""leadcast backtest on a small simulated CRM: what it leaves, that it goes on where it was, and that it cannot see ahead."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from leadcast.bundle import Bundle
from leadcast.calls import record_call
from leadcast.cli import main
from leadcast.commands.replaying import BacktestError, Wish, replay_past, to_be_won
from leadcast.errors import TooLittleData
from leadcast.history import History
from leadcast.mapping import read_history
from leadcast.replay import Stretch, Wins, read_replay, replay_file
from leadcast.simulate import simulate
from leadcast.workspace import read_workspace
from leadcast.workspace.model import Workspace
from serving.replay import Calendar, replay_of, what_came
from training.run import train

OPTIONS = ("--periods", "2", "--every", "30", "--ahead", "14,30", "--seed", "1")
DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class World:
    """A simulated company, its history, and a model fitted 30 days before the end."""

    folder: Path
    workspace: Workspace
    history: History
    bundle: Bundle

    @property
    def as_of(self) -> np.datetime64:
        return self.history.end - 30 * DAY


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("backtest")
    simulate(folder, 600, 5, "crm")
    workspace = read_workspace(folder)
    history = read_history(workspace)
    bundle = train(workspace, history, [to_be_won(history).name], history.end - 30 * DAY, 1, register=False)[0].bundle
    return World(folder, workspace, history, bundle)


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["backtest", "-w", str(folder), *arguments], catch_exceptions=False)


def answered(folder: Path, *arguments: str) -> dict[str, Any]:
    ran = run(folder, *OPTIONS, "--no-mlflow", "--json", *arguments)
    assert ran.exit_code == 0, ran.output
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


@pytest.fixture(scope="module")
def first(world: World) -> dict[str, Any]:
    return answered(world.folder, "--workers", "1")


def test_each_past_day_is_fitted_on_what_was_known_and_compared(world: World, first: dict[str, Any]) -> None:
    days = first["days"]
    assert [day["as_of"] for day in days] == [f"{world.history.end - k * 30 * DAY}Z" for k in (2, 1)]
    assert all(day["trained_as_of"] == day["as_of"] and not day["left_out"] for day in days)
    assert [(part["stretch"], part["replays"]) for part in first["stretches"]] == [("14 days", 2), ("30 days", 2)]
    for told in (told for day in days for told in day["told"]):
        assert told["count"]["mean"] == pytest.approx(sum(told[part][0] for part in ("won", "open", "new")))
        assert {"stage_weighted", "stage_table", "probability_amount", "run_rate", "last_new"} <= set(told["baselines"])


def test_it_leaves_a_report_a_spreadsheet_and_plots(first: dict[str, Any]) -> None:
    folder = Path(first["folder"])
    page = (folder / "report.md").read_text()
    assert page.startswith("# ") and "**Wins: the whole, deals not created yet included**" in page and "| 14 days | 2 |" in page
    for plot in ("forecast_fan.svg", "coverage.svg", "errors.svg"):
        assert (folder / plot).read_text().startswith("<?xml") and f"({plot})" in page
    lines = (folder / "replays.csv").read_text().splitlines()
    assert len(lines) == 1 + 2 * 2
    assert lines[0].startswith("as_of,trained_as_of,left_out,stretch,end,open_deals,chance_error,won_count")


def test_a_second_run_does_nothing_again(world: World, first: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.run.train", lambda *_, **__: pytest.fail("it is there already"))
    assert answered(world.folder) == first


def test_an_interrupted_run_goes_on_and_gives_the_same(world: World, first: dict[str, Any], tmp_path: Path) -> None:
    folder = Path(first["folder"]) / "replays"
    kept, lost = sorted(folder.iterdir())
    before, made = lost.read_bytes(), kept.stat().st_mtime_ns
    lost.unlink()
    again = answered(world.folder, "--out", str(tmp_path / "elsewhere"))
    assert again == {**first, "folder": str(tmp_path / "elsewhere")} and (tmp_path / "elsewhere" / "report.md").is_file()
    assert lost.read_bytes() == before and kept.stat().st_mtime_ns == made


@pytest.mark.long
def test_two_processes_give_the_same(world: World, first: dict[str, Any]) -> None:
    assert answered(world.folder, "--workers", "2", "--fresh") == first


def test_what_is_printed(world: World, first: dict[str, Any]) -> None:
    said = run(world.folder, *OPTIONS, "--no-mlflow").stdout
    assert re.search(r"^2 past days from \S+ to \S+, 2 models, each fitted on what was known then\.", said)
    parts = "Wins: the whole", "Money", "beside simpler ways", "Wins of the deals that were", "P(won by then)", first["folder"]
    assert all(part in said for part in parts)


def test_mlflow_gets_a_run_of_its_own(world: World, first: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert run(world.folder, *OPTIONS).exit_code == 0
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{world.folder / '.leadcast' / 'mlflow.db'}")
    experiment = client.get_experiment_by_name(f"{world.workspace.workspace.name}-backtest")
    kept, = client.search_runs([experiment.experiment_id])
    assert kept.data.params["ahead"] == "14 days, 30 days" and kept.data.params["key"] == first["key"]
    wape = first["stretches"][1]["total"]["count"]["model"]["wape"]
    assert kept.data.metrics["30_days/total_count_wape"] == pytest.approx(wape)
    files = {file.path for file in client.list_artifacts(kept.info.run_id)}
    assert files == {"report.md", "replays.csv", "forecast_fan.svg", "coverage.svg", "errors.svg"}
    assert not client.search_registered_models()


def test_what_was_said_and_came_in_a_stretch_is_blind_to_what_lies_behind_it(world: World) -> None:
    """The history that ends with the stretch gives the same, to the last digit."""
    cut = world.history.known_at(world.as_of + 14 * DAY)
    stretch = [Stretch(14.0)]
    whole, early = (replay_of(history, world.bundle, world.as_of, stretch).to_json() for history in (world.history, cut))
    assert whole == early and whole["told"]


def test_the_model_of_a_day_is_the_one_of_data_cut_on_that_day(world: World) -> None:
    known = world.history.known_at(world.as_of)
    again = train(world.workspace, known, [world.bundle.target.name], world.as_of, 1, register=False)[0].bundle
    replays = [replay_of(world.history, bundle, world.as_of, [Stretch(30.0)]).to_json() for bundle in (world.bundle, again)]
    assert replays[0] == replays[1]


def test_what_came_is_each_win_once(world: World) -> None:
    """Every win that became known in the stretch, of open ones or of others; one that waits for nobody is no win."""
    history, target = world.history, world.bundle.target
    replay = replay_of(history, world.bundle, world.as_of, [Stretch(30.0)])
    told = replay.told[0]
    won = history.entered(target.entity, target.stages).first_known()
    inside = (won > world.as_of) & (won <= world.as_of + 30 * DAY)
    assert told.came_open.count + told.came_new.count == inside.sum() and told.came.sum() == told.came_open.count
    ids = history.ids(target.entity)[inside]
    assert set(replay.entity_id[told.came == 1]) == set(ids) & set(replay.entity_id)
    period = Stretch(30.0).period(world.as_of)
    nobody = what_came(history, target, np.empty(0, object), world.as_of, period)
    assert nobody.open.count == 0 and nobody.new.count == inside.sum()


def test_a_calendar_period_begins_with_what_is_won_in_it_already(world: World) -> None:
    month = Stretch(None, "month")
    as_of = np.datetime64(str(world.as_of)[:7] + "-15", "us") - (31 * DAY if str(world.as_of)[8:10] < "15" else 0 * DAY)
    told, = replay_of(world.history, world.bundle, as_of, [month]).told
    target = world.bundle.target
    won = world.history.known_at(as_of).entered(target.entity, target.stages).first_known()
    assert told.won.count == (won >= month.period(as_of).start).sum() and told.count.p10 >= told.won.count


def test_managers_calls_of_a_period_are_judged_as_they_stood(world: World, tmp_path: Path) -> None:
    month, file = Stretch(None, "month"), tmp_path / "calls.jsonl"
    as_of = np.datetime64(str(world.history.end - 70 * DAY)[:7] + "-10", "us")
    period = month.period(as_of)
    for recorded_at, amount in ((as_of - DAY, 1_000.0), (as_of + DAY, 2_000.0)):
        record_call(file, period, "ann", recorded_at, world.history.vocabulary.currency, amount, count=3.0)
    replay = replay_of(world.history, world.bundle, as_of, [month, Stretch(14.0)], Calendar(calls=file))
    assert replay.told[0].baselines["call"] == Wins(3.0, 1_000.0) and "call" not in replay.told[1].baselines


def test_a_day_with_too_little_is_listed_with_the_reason(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_early(*_: Any, **__: Any) -> None:
        raise TooLittleData("Nobody had come yet.")

    monkeypatch.setattr("training.run.train", too_early)
    ran = run(world.folder, "--periods", "2", "--every", "11", "--ahead", "30", "--no-mlflow", "--workers", "1")
    assert ran.exit_code == 0, ran.stderr
    days = ", ".join(str(world.history.end - k * 11 * DAY)[:10] for k in (4, 3))
    assert "2 past days, and on none was there enough to learn from." in ran.stdout
    assert f"Left out: {days}. Nobody had come yet." in ran.stdout


def test_a_day_without_a_curve_to_learn_is_left_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    flat = [type("Trained", (), {"bundle": replace(world.bundle, curve=None)})]
    monkeypatch.setattr("training.run.train", lambda *_, **__: flat)
    _, (replay,) = replay_past(world.workspace, world.history, Wish(1, 12.0, (Stretch(12.0),)))
    assert replay.left_out.startswith("no time ahead of any look at win was over then") and replay.told == ()


def test_refits_are_shared(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = []

    def remembered(*arguments: Any, **named: Any) -> Any:
        fitted.append(arguments[3])
        return [type("Trained", (), {"bundle": world.bundle})]

    monkeypatch.setattr("training.run.train", remembered)
    wish = Wish(4, 10.0, (Stretch(10.0),), refit=2)
    _, replays = replay_past(world.workspace, world.history, wish)
    assert fitted == [world.history.end - 40 * DAY, world.history.end - 20 * DAY] and len(replays) == 4


def without_targets(history: History, keep: Iterator[str]) -> History:
    kept = set(keep)
    return replace(history, vocabulary=replace(history.vocabulary, targets=tuple(
        target for target in history.vocabulary.targets if target.name in kept)))


def test_a_backtest_needs_something_to_win(world: World) -> None:
    with pytest.raises(BacktestError, match="A backtest needs a target whose stages are the won ones"):
        to_be_won(without_targets(world.history, iter(["mql"])))


def test_a_backtest_needs_a_stretch_that_is_over(world: World) -> None:
    ran = run(world.folder, "--ahead", "3000", "--no-mlflow")
    assert ran.exit_code == 2 and "hold no past day of which 3000 days ahead would be over by now. Ask" in ran.stderr


def test_what_cannot_be_read_is_one_line(world: World, first: dict[str, Any]) -> None:
    assert run(world.folder, "--ahead", "soon").stderr.startswith("error: --ahead soon: write days")
    file = replay_file(Path(first["folder"]) / "replays", world.as_of)
    whole = file.read_text()
    file.write_text(whole[:200])
    ran = run(world.folder, *OPTIONS, "--no-mlflow")
    file.write_text(whole)
    assert ran.exit_code == 2 and f"{file.name} is no replay" in ran.stderr and "--fresh" in ran.stderr
    assert read_replay(file).as_of == world.as_of
