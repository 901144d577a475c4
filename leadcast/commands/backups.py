"""The command that makes a backup."""

from datetime import UTC, datetime
from pathlib import Path

import click

from leadcast.options import json_option, print_json, workspace_options


@click.command()
@workspace_options
@click.argument("place", type=click.Path(path_type=Path))
@json_option
def backup(workspace: Path, data: Path | None, place: Path, as_json: bool) -> None:
    """Copy the store, the models and everything else in .leadcast into a new folder or a tar file, while the service runs.

    Example: leadcast backup backups/2026-03-01.tar.gz
    """
    from leadcast.backup import make_backup
    from leadcast.store import store_url
    from leadcast.workspace import read_workspace

    opened = read_workspace(workspace, data)
    made = make_backup(opened, place, datetime.now(UTC).isoformat(timespec="seconds"))
    elsewhere = not store_url(opened).startswith("sqlite")
    if as_json:
        print_json({"place": str(made.place), "files": made.files, "bytes": made.size, "databases": made.databases,
                    "store": "elsewhere" if elsewhere else "included"})
        return
    click.echo(f"{made.files:,} files, {made.size / 1e6:,.1f} MB, of them the databases {', '.join(made.databases) or '(none)'}: "
               f"{made.place}")
    if elsewhere:
        click.echo("The store is not in it: LEADCAST_STORE_URL names a database of its own. Back it up with pg_dump.", err=True)
