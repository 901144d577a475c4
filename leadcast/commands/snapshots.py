"""Commands on saved forecasts: a list of them, and scenarios."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from leadcast.commands.looking import PERIOD_HELP, champions_of, forecasts_folder, keep, look_at, read_saved
from leadcast.errors import LeadcastError
from leadcast.options import (
    FILE,
    as_of_option,
    json_option,
    moment,
    open_history,
    print_json,
    workspace_options,
)

if TYPE_CHECKING:
    from leadcast.overrides import Overrides
    from leadcast.snapshots import Snapshot
    from leadcast.what_if import WhatIf
    from leadcast.workspace.model import Workspace


@click.command()
@workspace_options
@json_option
def snapshots(workspace: Path, data: Path | None, as_json: bool) -> None:
    """List the forecasts that were saved, and the scenarios on them.

    Example: leadcast snapshots
    """
    from leadcast.show import console
    from leadcast.show_comparison import about_json, snapshots_table
    from leadcast.snapshots import list_snapshots
    from leadcast.workspace import read_workspace

    folder = forecasts_folder(read_workspace(workspace, data))
    known = list_snapshots(folder)
    if as_json:
        print_json([about_json(about) for about in known])
    elif known:
        console().print(snapshots_table(known))
    else:
        click.echo(f"No forecast is saved in {folder}. Save one with leadcast forecast --save.")


@click.command()
@workspace_options
@as_of_option
@click.option("--base", metavar="ID", help="A saved forecast: its id, a beginning of it, or latest. [default: today's forecast]")
@click.option("--period", help=f"Of today's forecast, without --base: {PERIOD_HELP}")
@click.option("--quota", type=float, metavar="AMOUNT", help="Of today's forecast, without --base: what is to be won.")
@click.option("--file", "-f", type=FILE, help="A scenario as TOML or JSON.")
@click.option("--set", "texts", multiple=True, metavar="CHANGE", help="amount:DEAL=50000, close:DEAL=2026-03-20, "
              "probability:DEAL=0.9, drop:DEAL, drop:largest, rate:region=North*1.1 or hire:reps=2,start=2026-04-01; may be "
              "repeated.")
@click.option("--save", is_flag=True, help="Keep the scenario as a snapshot, and print its id.")
@click.option("--note", default="", help="A note to keep with it.")
@json_option
def scenario(workspace: Path, data: Path | None, as_of: str | None, base: str | None, period: str | None, quota: float | None,
             file: Path | None, texts: tuple[str, ...], save: bool, note: str, as_json: bool) -> None:
    """Change something about a forecast, and show what would come of it beside what is forecast.

    Example: leadcast scenario --base latest --set drop:largest --set "rate:region=North*1.1"
    """
    from leadcast.what_if import what_if
    from leadcast.workspace import read_workspace

    wanted = _wanted(file, texts)
    if note and not save:
        raise LeadcastError("--note is kept with a snapshot: write --save too.")
    if base is not None and (as_of or period or quota is not None):
        raise LeadcastError("--as-of, --period and --quota say what today's forecast is to be made of; with --base it is there "
                            "already. Leave them out, or leave out --base.")
    opened = read_workspace(workspace, data)
    start = read_saved(opened, base) if base is not None else _today(workspace, data, as_of, period, quota)
    found = what_if(start, wanted, opened.workspace.timezone, note)
    saved = _save(opened, found, base is None, as_json) if save else None
    if as_json:
        print_json({**found.to_json(), "saved": saved})
    else:
        _print(found)


def _wanted(file: Path | None, texts: tuple[str, ...]) -> "Overrides":
    """What a file says, and the command line on top of it."""
    from leadcast.overrides import TEXTS, Overrides, overrides_from_texts, read_overrides

    wanted = overrides_from_texts(texts, read_overrides(file) if file is not None else None)
    if wanted == Overrides(note=wanted.note):
        raise LeadcastError(f"A scenario changes something: write --set, such as {', '.join(TEXTS)}, or name a --file.")
    return wanted


def _today(workspace: Path, data: Path | None, as_of: str | None, period: str | None, quota: float | None) -> "Snapshot":
    """The forecast that ``leadcast forecast`` would make now."""
    opened, history = open_history(workspace, data)
    champions, when = champions_of(opened), moment(as_of, history)
    return look_at(opened, history, champions, when, period, quota=quota).snapshot()


def _save(opened: "Workspace", found: "WhatIf", with_base: bool, as_json: bool) -> str:
    if with_base:
        click.echo(f"The forecast it starts from is saved as {keep(opened, found.base)}", err=as_json)
    saved = keep(opened, found.scenario)
    click.echo(f"Saved as {saved}", err=as_json)
    return saved


def _print(found: "WhatIf") -> None:
    from leadcast.show import console
    from leadcast.show_comparison import side_by_side
    from leadcast.show_forecast import notes_shown

    screen = console()
    screen.print(side_by_side(found, "leads" if found.base.about.entity == "lead" else "deals"))
    notes_shown(screen, found.scenario.about.changes)
