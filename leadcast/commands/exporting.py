"""The command that writes a star schema for BI tools."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leadcast.commands.looking import PERIOD_HELP, champions_of, forecasts_folder, now
from leadcast.errors import LeadcastError
from leadcast.options import (
    FOLDER,
    as_of_option,
    json_option,
    moment,
    open_history,
    print_json,
    warn_of_hindsight,
    workspace_options,
)

if TYPE_CHECKING:
    from leadcast.history import History
    from leadcast.show import Step
    from leadcast.snapshots import Snapshot
    from leadcast.workspace.model import Workspace
    from serving.feed.star import Feed

STORE = "store"


@click.command()
@workspace_options
@as_of_option
@click.option("--from", "origin", type=click.Choice(["files", "store"]), default="files", show_default=True,
              help="The tables that leadcast.toml names, or the store: with what came over HTTP, as of now.")
@click.option("--period", default="quarter", show_default=True, help=f"Of the forecast: {PERIOD_HELP}")
@click.option("--owner", help="Only what this one owns.")
@click.option("--manager", help="Only what the people of this manager own, as the team is then.")
@click.option("--region", help="Only what the people of this region own.")
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
    opened, history = open_history(workspace, data) if origin == "files" else _stored_history(workspace, data)
    champions, when = champions_of(opened), moment(as_of, history)
    warn_of_hindsight(champions, when)
    scope = {name: value for name, value in (("owner", owner), ("manager", manager), ("region", region)) if value is not None}
    wanted = Wanted(when, period, _owners(history, when, scope), scope)
    with progress("exporting") as step:
        feed = build_feed(opened, history, champions, _saved(opened), wanted, step)
        manifest = write_feed(feed, out, form) if out is not None else _write_tables(opened, feed, str(into), step)
    if as_json:
        print_json(manifest)
    else:
        _print(manifest, str(out) if out is not None else str(into))


def _stored_history(workspace: Path, data: Path | None) -> "tuple[Workspace, History]":
    """A workspace and everything its store holds now."""
    from leadcast.mapping import vocabulary_of
    from leadcast.store import open_store
    from leadcast.store.histories import whole_history
    from leadcast.workspace import read_workspace

    opened = read_workspace(workspace, data)
    store = open_store(opened)
    try:
        history = whole_history(store, vocabulary_of(opened), now())
    finally:
        store.close()
    if not (history.leads.rows or history.opportunities.rows):
        raise LeadcastError("The store holds no lead and no deal. Fill it with leadcast load, or leave out --from store.")
    return opened, history


def _owners(history: "History", when: Any, scope: dict[str, str]) -> "frozenset[str] | None":
    """Whose leads and deals the scope means.

    Raises
    ------
    LeadcastError : nobody
    """
    from serving.feed.team import owners_in

    found = owners_in(history.owners, when, **scope)
    known = {*history.owners["owner"], *history.leads["owner"], *history.opportunities["owner"]} - {None}
    if found is not None and not found & known:
        said = ", ".join(f"--{name} {value}" for name, value in scope.items())
        raise LeadcastError(f"{said}: nobody is meant by that. Known owners are {', '.join(sorted(known)[:10]) or '(none)'}.")
    return found


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
