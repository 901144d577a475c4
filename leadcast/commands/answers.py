"""Commands that answer: scores, and the demo of all of it."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leadcast.errors import LeadcastError
from leadcast.options import (
    FILE,
    FOLDER,
    SEED,
    as_of_option,
    json_option,
    moment,
    open_history,
    read_as_of,
    warn_of_hindsight,
    workspace_options,
)

if TYPE_CHECKING:
    import numpy as np

    from leadcast.bundle import Bundle
    from leadcast.history import History
    from leadcast.workspace.model import Workspace


@click.command()
@workspace_options
@as_of_option
@click.option("--out", "-o", type=FILE, help="Write all of them: .csv, .parquet or .json.")
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="How many per target to print.")
@click.option("--target", "targets", multiple=True, help="Only this target; may be repeated. [default: all]")
@click.option("--input", "-i", "files", multiple=True, metavar="[TABLE=]FILE", help="Score the rows of this file instead: new "
              "leads (or deals) in your own columns. May be repeated for the tables that go with them, as TABLE=FILE.")
@click.option("--curves", type=FILE, help="Write P(won by) and P(lost by) over time: .csv, .parquet or .json.")
@json_option
def score(workspace: Path, data: Path | None, as_of: str | None, out: Path | None, top: int, targets: tuple[str, ...],
          files: tuple[str, ...], curves: Path | None, as_json: bool) -> None:
    """Score every open lead and deal, or every row of a file, with reasons that add up.

    Example: leadcast score --out scores.csv --as-of 2026-03-01   or   leadcast score --input new-leads.csv --out scored.csv
    """
    from leadcast.show import score_lists
    from serving.scores import score_table
    from serving.write import table_json, write_table

    if files and curves:
        raise LeadcastError("--curves is of everyone open in the data, not of the rows of --input: ask for one of them.")
    if files:
        _score_files(workspace, data, as_of, out, top, targets, files, as_json)
        return
    opened, history = open_history(workspace, data)
    champions, when = _champions(opened, targets), moment(as_of, history)
    warn_of_hindsight(champions, when)
    scores = score_table(history, champions, when)
    if curves is not None:
        click.echo(_write_curves(history, champions, when, curves), err=as_json)
    if out is not None:
        write_table(scores, out)
        click.echo(f"{len(scores):,} scores written to {out}.", err=as_json)
    if as_json:
        click.echo(table_json(scores))
    elif out is None and curves is None:
        score_lists(scores, top)


def _write_curves(history: "History", champions: "dict[str, Bundle]", when: "np.datetime64", file: Path) -> str:
    from serving.curve_table import curve_table
    from serving.write import write_table

    table = curve_table(history, champions, when)
    write_table(table, file)
    return f"Curves of {table['entity_id'].nunique():,} written to {file}."


def _champions(opened: "Workspace", targets: tuple[str, ...]) -> "dict[str, Bundle]":
    """The champions of these targets, of all by default."""
    from serving.registry import load_champions

    champions = load_champions(opened)
    absent = [name for name in targets if name not in champions]
    if absent:
        raise LeadcastError(f"--target {absent[0]}: no model of it is registered; there is {', '.join(champions)}.")
    return {name: champions[name] for name in targets} if targets else champions


def _score_files(workspace: Path, data: Path | None, as_of: str | None, out: Path | None, top: int, targets: tuple[str, ...],
                 files: tuple[str, ...], as_json: bool) -> None:
    """Answer every row of files with new leads or deals."""
    from leadcast.mapping import write_rejected
    from leadcast.quality import Quality
    from leadcast.show import answers_shown
    from leadcast.workspace import read_workspace
    from serving.newrows import input_files, score_files
    from serving.write import table_json, write_table

    opened = read_workspace(workspace, data)
    champions, when = _champions(opened, targets), read_as_of(as_of)
    entities = {bundle.entity for bundle in champions.values()} if targets else set()
    given = input_files(opened, files, entities.pop() if len(entities) == 1 else None)
    if when is not None:
        warn_of_hindsight(champions, when)
    answers = score_files(opened, champions, given, when)
    for note in answers.notes:
        click.echo(f"note: {note}", err=True)
    if answers.rejected:
        folder = opened.folder / ".leadcast" / "rejected-input"
        write_rejected(Quality(rejected=answers.rejected), folder)
        click.echo(f"note: rows that could not be read are kept, with their reason, in {folder}", err=True)
    if out is not None:
        write_table(answers.table, out)
        scored = answers.table["probability"].notna().sum()
        click.echo(f"{len(answers.table):,} rows, {scored:,} of them scored {answers.moment}, written to {out}.", err=as_json)
    if as_json:
        click.echo(table_json(answers.table))
    elif out is None:
        answers_shown(answers.table, answers.moment, top)


@click.command()
@click.option("--workspace", "-w", type=click.Path(path_type=Path),
              help="Show it on this workspace. [default: a simulated CRM in ./demo]")
@click.option("--data", type=FOLDER, help="The folder of the workspace's files.")
@click.option("--leads", type=click.IntRange(300), default=4000, show_default=True, help="How many leads to simulate.")
@click.option("--seed", type=SEED, default=7, show_default=True)
def demo(workspace: Path | None, data: Path | None, leads: int, seed: int) -> None:
    """Show everything once, from raw tables to a score over HTTP.

    DEMO_SERVE=0 ends it after the HTTP score; otherwise the service keeps running until Ctrl-C.

    Example: leadcast demo   or   leadcast demo -w examples/loan-funnel --data ../shared/data/bpi-challenge-2012
    """
    from leadcast.demo import run_demo

    run_demo(workspace, data, leads, seed, keep_serving=os.environ.get("DEMO_SERVE") != "0")
