"""The command ``leadcast``. Every room is opened inside the command that needs it, so ``--help`` is quick."""

import json
import os
import sys
from pathlib import Path

import click

import leadcast
from leadcast.errors import LeadcastError
from leadcast.options import (
    FILE,
    FOLDER,
    SEED,
    FrontDoor,
    as_of_option,
    json_option,
    moment,
    open_history,
    read_as_of,
    warn_of_hindsight,
    workspace_options,
)
from leadcast.vocabulary import ENTITIES, Entity


@click.group(cls=FrontDoor, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(leadcast.__version__, prog_name="leadcast")
def main() -> None:
    """Lead scores, win probabilities and sales forecasts from your CRM's own history.

    A workspace is a folder with a leadcast.toml that says where your tables are and what they mean.

    \b
    See it work:    leadcast demo
    Your own data:  leadcast init leads.csv deals.csv   then   check, train, score, forecast, serve
    """


@main.command()
@click.argument("folder", type=FOLDER)
@click.option("--leads", type=click.IntRange(1), default=4000, show_default=True, help="How many leads.")
@click.option("--seed", type=SEED, default=7, show_default=True, help="The same seed writes the same bytes.")
@click.option("--shape", type=click.Choice(["crm", "snapshot", "log", "export"]), default="crm", show_default=True,
              help="What the CRM can say of itself: everything, today's state, one event log, or a static table.")
def simulate(folder: Path, leads: int, seed: int, shape: str) -> None:
    """Write a small company's made-up CRM, with the truth beside it.

    Example: leadcast simulate demo-data --leads 4000 --seed 7
    """
    from leadcast.show import progress
    from leadcast.simulate import simulate as write

    with progress("simulating") as step:
        write(folder, leads, seed, shape, lambda done, of: step("simulating", done, of))
    click.echo(f"{leads:,} leads written to {folder}, with the leadcast.toml that maps them. Next: leadcast check -w {folder}")


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--workspace", "-w", type=FOLDER, default=Path(), show_default="this folder", help="Where it is written.")
@click.option("--force", is_flag=True, help="Replace a leadcast.toml that is there.")
def init(files: tuple[Path, ...], workspace: Path, force: bool) -> None:
    """Look at your files and write a first, commented leadcast.toml.

    What it guessed and you should confirm stands under a comment that starts with QUESTION.

    Example: leadcast init leads.csv deals.csv sessions.csv   then   leadcast check
    """
    from leadcast.draft import QUESTION, draft_workspace

    target = workspace / "leadcast.toml"
    if target.exists() and not force:
        raise LeadcastError(f"{target} is there already and is left as it is; --force replaces it.")
    text = draft_workspace(list(files), workspace)
    workspace.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    asked = text.count(f"{QUESTION}:")
    click.echo(f"{target} written from {len(files)} files, with {asked} questions to answer in it. Next: leadcast check")


@main.command()
@workspace_options
@json_option
def check(workspace: Path, data: Path | None, as_json: bool) -> None:
    """Read everything and say what is there and what is wrong with it.

    Rejected rows are kept, with their reason, in .leadcast/rejected/ beside leadcast.toml.

    Example: leadcast check -w examples/loan-funnel --data ../shared/data/bpi-challenge-2012
    """
    from leadcast.check import print_quality, quality_json
    from leadcast.mapping import write_rejected
    from leadcast.show import console

    opened, history = open_history(workspace, data)
    write_rejected(history.quality, opened.folder / ".leadcast" / "rejected")
    if as_json:
        click.echo(json.dumps(quality_json(history), indent=2))
    else:
        print_quality(history, console())


@main.command()
@workspace_options
@as_of_option
@click.option("--list", "listing", is_flag=True, help="Print every feature with its unit and what it means.")
@click.option("--entity", type=click.Choice(["lead", "opportunity"]), help="Only these. [default: both, or leads for --out]")
@click.option("--out", "-o", type=FILE, help="Write one row per open lead or deal: .csv, .parquet or .json.")
@json_option
def features(workspace: Path, data: Path | None, as_of: str | None, listing: bool, entity: Entity | None, out: Path | None,
             as_json: bool) -> None:
    """Show what the models see.

    Example: leadcast features --list   or   leadcast features --out features.parquet --as-of 2026-03-01
    """
    if not listing and out is None:
        raise click.UsageError("Say what is wanted: --list, or --out FILE.")
    from features import build_context, contract_of, feature_table
    from leadcast.observations import present_at
    from leadcast.show import feature_list
    from serving.write import write_table

    _, history = open_history(workspace, data)
    when = moment(as_of, history)
    kinds: list[Entity] = [entity] if entity else [kind for kind in ENTITIES if len(history.ids(kind))]
    if not kinds:
        raise LeadcastError("There is no lead and no deal to look at; leadcast check says what was read.")
    if listing:
        contracts = {kind: contract_of(build_context(history, kind, when)) for kind in kinds}
        click.echo(json.dumps({k: c.to_json() for k, c in contracts.items()}, indent=2)) if as_json else feature_list(contracts)
    if out is not None:
        present = present_at(history, kinds[0], when)
        rows = feature_table(history, present, build_context(history, kinds[0], when)).readable(present).reset_index()
        write_table(rows, out)
        click.echo(f"{len(rows):,} rows of {len(rows.columns) - 2} features written to {out}.", err=as_json)


@main.command()
@workspace_options
@as_of_option
@click.option("--target", "targets", multiple=True, help="Only this target; may be repeated. [default: all]")
@click.option("--seed", type=SEED, default=0, show_default=True, help="The same data and seed give the same model, bit for bit.")
@json_option
def train(workspace: Path, data: Path | None, as_of: str | None, targets: tuple[str, ...], seed: int, as_json: bool) -> None:
    """Fit, check and register a model for every target.

    Example: leadcast train --target sql --seed 1
    """
    from leadcast.show import console, progress
    from training.report import print_report, report_json
    from training.run import train as fit

    opened, history = open_history(workspace, data)
    left_out: dict[str, str] = {}
    with progress("training") as step:
        models = fit(opened, history, list(targets) or None, read_as_of(as_of), seed, step, left_out=left_out)
    click.echo(json.dumps(report_json(models, left_out), indent=2)) if as_json else print_report(models, console(), left_out)


@main.command()
@workspace_options
@as_of_option
@click.option("--out", "-o", type=FILE, help="Write all of them: .csv, .parquet or .json.")
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="How many per target to print.")
@json_option
def score(workspace: Path, data: Path | None, as_of: str | None, out: Path | None, top: int, as_json: bool) -> None:
    """Score every open lead and deal, with reasons that add up.

    Example: leadcast score --out scores.csv --as-of 2026-03-01
    """
    from leadcast.show import score_lists
    from serving.registry import load_champions
    from serving.scores import score_table
    from serving.write import table_json, write_table

    opened, history = open_history(workspace, data)
    champions, when = load_champions(opened), moment(as_of, history)
    warn_of_hindsight(champions, when)
    scores = score_table(history, champions, when)
    if out is not None:
        write_table(scores, out)
        click.echo(f"{len(scores):,} scores written to {out}.", err=as_json)
    if as_json:
        click.echo(table_json(scores))
    elif out is None:
        score_lists(scores, top)


@main.command()
@workspace_options
@as_of_option
@click.option("--period", help="month, quarter, week, year, 2026, 2026-Q1, 2026-03, 2026-W07 or FROM..TO. "
              "[default: the month of the day after --as-of]")
@click.option("--by", default="owner", show_default=True, help="A column of the deals: owner, manager, region, or an attribute.")
@json_option
def forecast(workspace: Path, data: Path | None, as_of: str | None, period: str | None, by: str, as_json: bool) -> None:
    """Say what a period will bring: closed won plus open deals times their probability.

    Example: leadcast forecast --period 2026-Q1 --by owner
    """
    from leadcast.period import read_period
    from leadcast.show import console, forecast_shown
    from serving.outlook import outlook, outlook_json
    from serving.registry import load_champions

    opened, history = open_history(workspace, data)
    champions, when = load_champions(opened), moment(as_of, history)
    warn_of_hindsight(champions, when)
    look = outlook(history, champions, when, read_period(period, when, opened.workspace.timezone), by)
    if as_json:
        click.echo(json.dumps(outlook_json(look), indent=2))
    else:
        console().print(forecast_shown(look.total, look.parts, look.title, look.currency, look.note))


@main.command()
@workspace_options
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True, help="The port on 127.0.0.1.")
def serve(workspace: Path, data: Path | None, port: int) -> None:
    """Start the scoring service on the registered models.

    Example: leadcast serve --port 3000   then   curl http://127.0.0.1:3000/readyz
    """
    from leadcast.workspace import read_workspace
    from serving.launch import command, environment, port_is_taken
    from serving.registry import load_champions

    opened = read_workspace(workspace, data)
    load_champions(opened)
    if port_is_taken(port):
        raise LeadcastError(f"Port {port} is taken; choose another with --port.")
    click.echo(f"Leadcast answers on http://127.0.0.1:{port} (its paths: /docs). Ctrl-C ends it.", err=True)
    sys.stderr.flush()
    os.execve(sys.executable, command(port), environment(opened, data))


@main.command()
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
