"""Commands that look at data: what is there, what is wrong with it, what the models see."""

from pathlib import Path

import click

from leadcast.errors import LeadcastError
from leadcast.options import FILE, FOLDER, SEED, as_of_option, json_option, moment, open_history, print_json, workspace_options
from leadcast.vocabulary import ENTITIES, Entity


@click.command()
@click.argument("folder", type=FOLDER)
@click.option("--leads", type=click.IntRange(1), default=4000, show_default=True, help="How many leads.")
@click.option("--seed", type=SEED, default=7, show_default=True, help="The same seed writes the same bytes.")
@click.option("--shape", default="crm", show_default=True,
              type=click.Choice(["crm", "snapshot", "log", "export", "salesforce", "hubspot", "odoo", "dynamics"]),
              help="What the CRM can say of itself: everything, today's state, one event log, a static table; "
                   "or the export of a well-known CRM.")
def simulate(folder: Path, leads: int, seed: int, shape: str) -> None:
    """Write a small company's made-up CRM, with the truth beside it.

    Example: leadcast simulate demo-data --leads 4000 --seed 7
    """
    from leadcast.show import progress
    from leadcast.simulate import simulate as write

    with progress("simulating") as step:
        write(folder, leads, seed, shape, lambda done, of: step("simulating", done, of))
    click.echo(f"{leads:,} leads written to {folder}, with the leadcast.toml that maps them. Next: leadcast check -w {folder}")


@click.command()
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


@click.command()
@workspace_options
@json_option
def check(workspace: Path, data: Path | None, as_json: bool) -> None:
    """Read everything and say what is there and what is wrong with it.

    Rejected rows are kept, with their reason, in .leadcast/rejected/ beside leadcast.toml.

    Example: leadcast check -w examples/loan-funnel --data ../shared/data/bpi-challenge-2012
    """
    from leadcast.check import print_quality, quality_json
    from leadcast.leaks import find_leaks, leak_lines, leaks_json, suspects_json
    from leadcast.mapping import write_rejected
    from leadcast.show import console

    opened, history = open_history(workspace, data)
    write_rejected(history.quality, opened.folder / ".leadcast" / "rejected")
    leaks = find_leaks(history, opened)
    if as_json:
        print_json({**quality_json(history), "leaks": leaks_json(leaks), "suspects": suspects_json(leaks)})
    else:
        print_quality(history, console())
        for line in leak_lines(leaks):
            click.echo(line)


@click.command()
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
    from leadcast.leaks import refuse_leaks
    from leadcast.observations import present_at
    from leadcast.show import feature_list
    from serving.write import write_table

    opened, whole = open_history(workspace, data)
    history, _ = refuse_leaks(whole, opened)
    when = moment(as_of, history)
    kinds: list[Entity] = [entity] if entity else [kind for kind in ENTITIES if len(history.ids(kind))]
    if not kinds:
        raise LeadcastError("There is no lead and no deal to look at; leadcast check says what was read.")
    if listing:
        contracts = {kind: contract_of(build_context(history, kind, when)) for kind in kinds}
        print_json({k: c.to_json() for k, c in contracts.items()}) if as_json else feature_list(contracts)
    if out is not None:
        present = present_at(history, kinds[0], when)
        rows = feature_table(history, present, build_context(history, kinds[0], when)).readable(present).reset_index()
        write_table(rows, out)
        click.echo(f"{len(rows):,} rows of {len(rows.columns) - 2} features written to {out}.", err=as_json)
