"""The command that puts the mapped files into the store."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leadcast.options import json_option, open_history, print_json, workspace_options

if TYPE_CHECKING:
    from leadcast.history import History
    from leadcast.store import Store
    from leadcast.workspace.model import Workspace


@click.command()
@workspace_options
@json_option
def load(workspace: Path, data: Path | None, as_json: bool) -> None:
    """Put everything that the mapping reads into the store, which the service answers from.

    Again, it adds what is new: events, stage entries and changes of fields that are known are left as they are; leads, deals,
    owners, quotas and costs are brought to what the files say. All of it or, after an error, nothing. Rejected rows are kept,
    with their reason, in .leadcast/rejected/ beside leadcast.toml. Nobody is scored by it: leadcast refresh does that.

    Example: leadcast load   then   leadcast refresh
    """
    from leadcast.check import quality_table
    from leadcast.mapping import write_rejected
    from leadcast.places import state_folder
    from leadcast.show import console
    from leadcast.store import open_store

    opened, history = open_history(workspace, data)
    write_rejected(history.quality, state_folder(opened) / "rejected")
    store = open_store(opened)
    try:
        written = _load(store, history)
    finally:
        store.close()
    if as_json:
        print_json({"store": store.place, "tables": _counts(history, written)})
        return
    console().print(quality_table(history))
    new = sum(written.values())
    click.echo(f"{new:,} rows are new or changed in the store {_shown(store, opened)}." if new else
               f"The store {_shown(store, opened)} knew all of it already.")
    click.echo("Next: leadcast refresh, then leadcast serve and leadcast work")


def _load(store: "Store", history: "History") -> dict[str, int]:
    from leadcast.commands.looking import now
    from leadcast.show import progress
    from leadcast.store.bulk import load_history

    with progress("loading") as step:
        return load_history(store, history, now(), lambda table, done, of: step(f"loading {table}", done, of))


def _counts(history: "History", written: dict[str, int]) -> dict[str, Any]:
    """By table: rows read, kept and rejected in the mapping, and new or changed in the store."""
    read, kept = history.quality.read, history.quality.kept
    return {name: {"read": read.get(name, 0), "kept": kept.get(name, 0), "rejected": read.get(name, 0) - kept.get(name, 0),
                   "written": count} for name, count in written.items()}


def _shown(store: "Store", opened: "Workspace") -> str:
    """Where the store is, as one says it."""
    return store.place.removeprefix(f"sqlite:///{opened.folder.resolve()}/")
