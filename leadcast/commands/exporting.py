"""The command that writes a star schema for BI tools."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leadcast.commands.looking import PERIOD_HELP, champions_of, forecasts_folder
from leadcast.commands.whose import open_records, owners_meant, scope_of, whose_options
from leadcast.errors import LeadcastError
from leadcast.options import (
    FOLDER,
    as_of_option,
    json_option,
    moment,
    print_json,
    warn_of_hindsight,
    workspace_options,
)

if TYPE_CHECKING:
    from leadcast.show import Step
    from leadcast.snapshots import Snapshot
    from leadcast.workspace.model import Workspace
    from serving.feed.star import Feed

STORE = "store"


@click.command()
@workspace_options
@as_of_option
@click.option("--period", default="quarter", show_default=True, help=f"Of the forecast: {PERIOD_HELP}")
@whose_options
@click.option("--out", "-o", type=FOLDER, help="Write files into this folder: a new one, or one of an earlier export.")
@click.option("--format", "form", type=click.Choice(["parquet", "csv"]), default="parquet", show_default=True,
              help="Of the files.")
@click.option("--into", metavar="store|URL", help="Write tables bi_* into the store's database, or into another.")
@json_option
def export(workspace: Path, data: Path | None, as_of: str | None, origin: str, period: str, owner: str | None,
           manager: str | None, region: str | None, out: Path | None, form: Any, into: str | None, as_json: bool) -> None:
    """Write scores, forecasts and the funnel as a star schema that Power BI, Tableau or Metabase reads.

    Example: leadcast export --out feed   or   leadcast export --out feed --format csv   or   leadcast export --into store
    """
    from leadcast.show import progress
    from serving.feed.files import check_place, write_feed
    from serving.feed.star import Wanted, build_feed

    if (out is None) == (into is None):
        raise LeadcastError("Say where to: --out FOLDER for files, or --into store (or a database's URL) for tables.")
    if out is not None:
        check_place(out)
    opened, history = open_records(workspace, data, origin)
    champions, when = champions_of(opened), moment(as_of, history)
    warn_of_hindsight(champions, when)
    scope = scope_of(owner, manager, region)
    wanted = Wanted(when, period, owners_meant(history, when, scope), scope)
    with progress("exporting") as step:
        feed = build_feed(opened, history, champions, _saved(opened), wanted, step)
        manifest = write_feed(feed, out, form) if out is not None else _write_tables(opened, feed, str(into), step)
    if as_json:
        print_json(manifest)
    else:
        _print(manifest, str(out) if out is not None else str(into))


def _saved(opened: "Workspace") -> "list[Snapshot]":
    from leadcast.snapshots import list_snapshots, read_snapshot

    folder = forecasts_folder(opened)
    return [read_snapshot(folder, about.id) for about in list_snapshots(folder)]


def _write_tables(opened: "Workspace", feed: "Feed", into: str, step: "Step") -> dict[str, Any]:
    """Write into the store's database or another, and return the manifest with the rows that are there."""
    from leadcast.store import open_engine, open_store
    from leadcast.store.feed import write_tables

    store = open_store(opened) if into == STORE else open_engine(into)
    try:
        return write_tables(store, feed.tables, feed.manifest(), step)
    finally:
        store.close()


def _print(manifest: dict[str, Any], place: str) -> None:
    from leadcast.show import console, table

    screen = console()
    rows = [[told["name"], f"{told['rows']:,}", told["meaning"]] for told in manifest["tables"]]
    screen.print(table(f"Written to {place}", [("table", "left"), ("rows", "right"), ("a row is", "left")], rows))
    for note in manifest["notes"]:
        screen.print(note, highlight=False)
