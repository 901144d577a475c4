"""The command that replays the past: trained on what was known then, said then, and what came."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leadcast.options import FOLDER, SEED, json_option, open_history, print_json, workspace_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadcast.history import History
    from leadcast.replay import Replay
    from leadcast.workspace.model import Workspace


@click.command()
@workspace_options
@click.option("--periods", type=click.IntRange(1), default=8, show_default=True, help="How many past days, the newest ones.")
@click.option("--every", default="week", show_default=True, help="How far apart: week, month (the first of each), or days.")
@click.option("--ahead", metavar="LIST", help="Stretches to forecast from each day, by commas: days, or week, month, quarter, "
              "year of the calendar, with what is won in it already. [default: 1, 2, 4 times --every; month,quarter for month]")
@click.option("--refit", type=click.IntRange(1), default=1, show_default=True, help="So many past days share a model, for speed.")
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Processes; each reads the data itself.")
@click.option("--fresh", is_flag=True, help="Do again what an earlier run has done.")
@click.option("--out", "-o", type=FOLDER, help="Where report.md, replays.csv and the plots go. [default: .leadcast/backtest/KEY]")
@click.option("--mlflow/--no-mlflow", "log", default=True, show_default=True, help="Log a run of the experiment NAME-backtest.")
@click.option("--seed", type=SEED, default=0, show_default=True)
@json_option
def backtest(
    workspace: Path, data: Path | None, periods: int, every: str, ahead: str | None, refit: int, workers: int, fresh: bool,
    out: Path | None, log: bool, seed: int, as_json: bool,
) -> None:
    """Replay past days: train on what was known then, forecast what lay ahead, and compare with what came.

    Beside it what simpler ways would have said: stage-weighted pipeline, win rate by stage and horizon, run rate, the reps' own
    commit. An interrupted run goes on where it was. No model is registered.

    Example: leadcast backtest --periods 12 --every week --ahead 7,14,28   or   leadcast backtest --every month
    """
    from leadcast.commands.replaying import Wish, backtest_folder, replay_past
    from leadcast.replay import read_stretches, summarise
    from leadcast.replay.stretch import read_every, usual_stretches
    from leadcast.show import progress

    apart = read_every(every)
    wish = Wish(periods, apart, read_stretches(ahead) if ahead else usual_stretches(apart), refit, seed)
    opened, history = open_history(workspace, data)
    with progress("replaying") as step:
        key, replays = replay_past(opened, history, wish, data, workers, fresh, step)
    summary, folder = summarise(replays, seed), out or backtest_folder(opened, key)
    _leave(opened, history, replays, summary, folder)
    if log:
        stretches = ", ".join(stretch.name for stretch in wish.stretches)
        said = {"periods": periods, "every": every, "ahead": stretches, "refit": refit, "seed": seed, "key": key}
        _log(opened, summary, folder, said)
    if as_json:
        about = {"key": key, "folder": str(folder), "entity": replays[0].entity, "currency": history.vocabulary.currency}
        print_json({**about, **summary, "days": [_day(replay) for replay in replays]})
    else:
        _show(replays, summary, history.vocabulary.currency, folder)


def _leave(opened: "Workspace", history: "History", replays: "Sequence[Replay]", summary: dict[str, Any], folder: Path) -> None:
    """Report, spreadsheet and plots in a folder."""
    import pandas as pd

    from leadcast.replay.lines import spreadsheet
    from leadcast.replay.words import report
    from serving.write import write_table
    from training.plots.replays import draw_replays

    company = opened.workspace.name
    plots = draw_replays(company, replays, summary)
    write_table(pd.DataFrame(spreadsheet(replays)), folder / "replays.csv")
    page = report(company, replays, summary, history.vocabulary.currency, list(plots))
    for name, text in {"report.md": page, **plots}.items():
        (folder / name).write_text(text, encoding="utf-8")


def _log(opened: "Workspace", summary: dict[str, Any], folder: Path, parameters: dict[str, Any]) -> None:
    from leadcast.replay.lines import metrics
    from training.tracking import log_run

    files = [file for file in folder.iterdir() if file.suffix in (".md", ".csv", ".svg")]
    log_run(opened, f"{opened.workspace.name}-backtest", parameters, metrics(summary), files)


def _show(replays: "Sequence[Replay]", summary: dict[str, Any], currency: str, folder: Path) -> None:
    from leadcast.replay.words import notes_of, nouns, said_of, tables
    from leadcast.show import console, table

    screen = console()
    screen.print(said_of(replays), highlight=False)
    for found in tables(summary, nouns(replays[0].entity), currency):
        screen.print()
        screen.print(table(found.title, found.columns, found.rows, found.note))
    for note in notes_of(replays):
        screen.print(note, highlight=False)
    screen.print(f"Report, plots and every day's numbers: {folder}", highlight=False, soft_wrap=True)


def _day(replay: "Replay") -> dict[str, Any]:
    """A replay without its single deals."""
    plain = replay.to_json()
    told = [{name: value for name, value in one.items() if name not in ("p", "by_stage", "came")} for one in plain["told"]]
    return {**{name: plain[name] for name in ("as_of", "trained_as_of", "rung", "left_out", "notes")}, "told": told}
