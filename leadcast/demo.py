"""The whole path once, on a simulated CRM or on a real workspace, for someone who watches."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from leadcast.commands.demo_service import DemoError, post, running
from leadcast.show import console, heading, model_lines, progress, replay_shown, score_table_shown, truth_shown

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from leadcast.bundle import Bundle
    from leadcast.history import History
    from leadcast.workspace.model import Workspace
    from training.run import Trained

DAY = np.timedelta64(1, "D")
MONTH = 30 * DAY


def run_demo(workspace: Path | None, data: Path | None, leads: int, seed: int, keep_serving: bool) -> None:
    """Simulate or read, check, train, score, forecast, serve; each step says what it found.

    Raises
    ------
    DemoError : the service does not start, or answers another score than the batch
    """
    from leadcast.mapping import read_history
    from leadcast.workspace import read_workspace

    screen, begun = console(), time.monotonic()
    folder = workspace or _simulated(screen, data or Path("demo"), leads, seed)
    opened = read_workspace(folder, data if workspace else None)
    heading(screen, f"The data: {opened.workspace.name}")
    history = read_history(opened)
    _quality(screen, opened, history)
    bundles = _train(screen, opened, history)
    scores = _scores(screen, history, bundles)
    if workspace is None:
        truth_shown(screen, _against_truth(history, scores, leads, seed))
    if _forecast(screen, opened, history, bundles) and workspace is not None:
        _last_month(screen, opened, history)
    _serve(screen, opened, data if workspace else None, history, scores, keep_serving, begun)


def _simulated(screen: "Console", folder: Path, leads: int, seed: int) -> Path:
    from leadcast.simulate import simulate

    heading(screen, f"A small company's CRM, made up: {leads:,} leads, seed {seed}, in {folder}/")
    with progress("simulating") as step:
        simulate(folder, leads, seed, "crm", lambda done, of: step("simulating", done, of))
    return folder


def _quality(screen: "Console", opened: "Workspace", history: "History") -> None:
    from leadcast.check import print_quality
    from leadcast.mapping import write_rejected

    print_quality(history, screen)
    write_rejected(history.quality, opened.folder / ".leadcast" / "rejected")


def _train(screen: "Console", opened: "Workspace", history: "History") -> "dict[str, Bundle]":
    from serving.registry import load_champions
    from training.run import train

    heading(screen, "The models, judged on the newest outcomes, which no choice has seen")
    left_out: dict[str, str] = {}
    with progress("training") as step:
        trained = train(opened, history, progress=step, left_out=left_out)
    model_lines(screen, [model.bundle for model in trained], left_out)
    _let_them_answer(opened, trained)
    champions = load_champions(opened)
    return {model.target.name: champions[model.target.name] for model in trained}


def _let_them_answer(opened: "Workspace", trained: "list[Trained]") -> None:
    """The demo shows what it has just trained, also where an earlier one left its champions; else leadcast promote decides."""
    from training.registry import data_end, make_champion

    for model in trained:
        if model.registered is not None and not model.registered.champion:
            note = {"why": "chosen by the demo", "data_end": data_end(model.bundle)}
            make_champion(opened, model.registered.name, model.registered.version, note)


def _scores(screen: "Console", history: "History", bundles: "dict[str, Bundle]") -> "pd.DataFrame":
    from leadcast.moment import minute
    from serving.scores import score_table
    from serving.worth import worth_a_call

    scores = score_table(history, bundles, history.end)
    heading(screen, f"Most worth a call, of {len(scores):,} scores as of {minute(history.end)}")
    for entity in ("lead", "opportunity"):
        names = [name for name, bundle in bundles.items() if bundle.entity == entity]
        mine = scores[scores["target"] == names[-1]] if names else scores.iloc[:0]
        if len(mine):
            best, amounts = worth_a_call(history, mine)
            by = "in the end" if mine["won_by"].isna().all() else f"by {mine['won_by'].iloc[0]:%Y-%m-%d}"
            title = f"{'leads' if entity == 'lead' else 'deals'}: {names[-1]} {by}"
            screen.print(score_table_shown(best, title, amounts, history.vocabulary.currency))
    return scores


def _against_truth(history: "History", scores: "pd.DataFrame", leads: int, seed: int) -> "pd.DataFrame":
    """What was said beside the simulation's own probability, for every scored row."""
    from leadcast.simulate.truth import probability, true_lives

    truth, said = true_lives(leads, seed), scores[["entity", "entity_id", "target", "probability", "won_by"]].copy()
    stages = {target.name: target.stages for target in history.vocabulary.targets}
    for name, mine in said.groupby("target", sort=False):
        entity, days = mine["entity"].iloc[0], (mine["won_by"].iloc[0].tz_localize(None).to_datetime64() - history.end) / DAY
        ids = mine["entity_id"].to_numpy(object)
        said.loc[mine.index, "truth"] = probability(truth, entity, ids, history.end, stages[str(name)], float(days))
    return said


def _forecast(screen: "Console", opened: "Workspace", history: "History", bundles: "dict[str, Bundle]") -> bool:
    """Is there one to show?"""
    from leadcast.commands.looking import look_at
    from leadcast.errors import RegistryError
    from leadcast.show_forecast import forecast_shown, notes_shown

    try:
        look = look_at(opened, history, bundles, history.end, "quarter" if history.quotas.rows else None)
    except RegistryError as reason:
        heading(screen, "The forecast")
        screen.print(str(reason), highlight=False)
        return False
    heading(screen, f"The forecast: closed won, from open {look.what} and from {look.what} not yet created")
    forecast_shown(screen, look.title, look.forecast, look.currency, look.what, most=8)
    notes_shown(screen, look.notes)
    return True


def _last_month(screen: "Console", opened: "Workspace", history: "History") -> None:
    """Forecast the last 30 days from what was known before them, and show what came."""
    from leadcast.commands.replaying import to_be_won
    from leadcast.errors import TooLittleData
    from leadcast.replay import Stretch
    from serving.replay import replay_of
    from training.run import train

    as_of, target = history.end - MONTH, to_be_won(history)
    heading(screen, f"Replay: the 30 days to {str(history.end)[:10]}, forecast from what was known before, and what came")
    try:
        with progress("training as of then") as step:
            bundle = train(opened, history, [target.name], as_of, progress=step, register=False)[0].bundle
    except TooLittleData as reason:
        screen.print(f"A month earlier there was too little to learn from: {reason}")
        return
    if bundle.curve is None:
        screen.print("A month earlier there was no curve over time to learn: no time ahead of any look was over.")
        return
    told = replay_of(history, bundle, as_of, [Stretch(MONTH / DAY)]).told[0]
    replay_shown(screen, told, history.vocabulary.currency, "leads" if target.entity == "lead" else "deals")


def _serve(
    screen: "Console", opened: "Workspace", data: Path | None, history: "History", scores: "pd.DataFrame", keep: bool,
    begun: float,
) -> None:
    heading(screen, "The service: one lead over HTTP")
    if scores.empty:
        screen.print("Nothing is open, so there is nothing to send: leadcast score --input FILE scores new rows.")
        return
    entity, entity_id = scores[["entity", "entity_id"]].iloc[0]
    sent = _request(opened, history, entity, entity_id)
    with running(opened, data) as address:
        path = f"{address}/v1/score/{'leads' if entity == 'lead' else 'opportunities'}"
        answer = json.loads(post(path, sent.read_bytes()))
        for line in _compare(answer["results"][0].get("scores", []), scores[scores["entity_id"] == entity_id]):
            screen.print(line, highlight=False)
        screen.print(f"\n  curl -s -H 'content-type: application/json' -d @{sent} {path}\n", highlight=False, soft_wrap=True)
        _what_next(screen, opened, time.monotonic() - begun)
        if keep:
            screen.print(f"The service answers on {address} (its paths: {address}/docs). Ctrl-C ends it.", highlight=False)
            _until_interrupted()


def _request(opened: "Workspace", history: "History", entity: Any, entity_id: str) -> Path:
    """The lead's raw rows, in the CRM's own words, as a file that curl can send."""
    from leadcast.rawrecords import RawRecords

    record = RawRecords(opened).of(history, entity, entity_id)
    body = {"as_of": f"{history.end}Z", "skip_bad_rows": True, "records": [record]}
    file = opened.folder / ".leadcast" / "one-record.json"
    file.write_text(json.dumps(body, ensure_ascii=False, indent=1), encoding="utf-8")
    return file


def _compare(answered: list[dict[str, Any]], batch: "pd.DataFrame") -> Iterator[str]:
    over_http = {score["target"]: score for score in answered}
    for row in batch.to_dict("records"):
        got, who = over_http.get(row["target"], {}).get("probability"), f"{row['entity']} {row['entity_id']}, {row['target']}"
        if got != row["probability"]:
            raise DemoError(f"{who}: {got} over HTTP, {row['probability']} in the batch.")
        yield f"  {who}: {got!r} over HTTP, the same as in the batch to the last digit"


def _until_interrupted() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        return


def _what_next(screen: "Console", opened: "Workspace", seconds: float) -> None:
    where = opened.folder
    heading(screen, f"Done in {seconds:.0f} seconds. Where to look next")
    for command, about in (
        (f"leadcast serve -w {where} --as-of end", "the page that managers read, in a browser: http://127.0.0.1:3000"),
        (f"leadcast report -w {where}", "the same as one HTML file and as an Excel workbook"),
        (f"leadcast score -w {where} --out scores.csv", "every open lead and deal with its reasons"),
        (f"leadcast forecast -w {where} --period quarter --by owner", "another period, another column"),
        (f"leadcast features -w {where} --list", "what the models see, in words"),
        (f"mlflow ui --backend-store-uri sqlite:///{where}/.leadcast/mlflow.db", "runs, plots and model cards"),
        ("leadcast init leads.csv deals.csv", "begin with your own files; docs/workspace.md explains leadcast.toml"),
    ):
        screen.print(f"  {command}\n      {about}", highlight=False, soft_wrap=True)
