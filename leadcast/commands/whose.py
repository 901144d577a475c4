"""What commands that tell of everybody, or of some people, have in common: where the records come from, and whose they are."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leadcast.errors import LeadcastError
from leadcast.options import open_history

if TYPE_CHECKING:
    import numpy as np

    from leadcast.history import History
    from leadcast.workspace.model import Workspace

Command = Callable[..., Any]


def whose_options(command: Command) -> Command:
    """--from, --owner, --manager and --region."""
    for option in reversed((
        click.option("--from", "origin", type=click.Choice(["files", "store"]), default="files", show_default=True,
                     help="The tables that leadcast.toml names, or the store: with what came over HTTP, as of now."),
        click.option("--owner", help="Only what this one owns."),
        click.option("--manager", help="Only what the people of this manager own, as the team is then."),
        click.option("--region", help="Only what the people of this region own."),
    )):
        command = option(command)
    return command


def open_records(workspace: Path, data: Path | None, origin: str) -> "tuple[Workspace, History]":
    """A workspace and everything its files, or its store, hold.

    Raises
    ------
    LeadcastError : the store holds nothing
    """
    if origin == "files":
        return open_history(workspace, data)
    from leadcast.commands.looking import now
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


def scope_of(owner: str | None, manager: str | None, region: str | None) -> dict[str, str]:
    """What was asked for, by its name."""
    given = {"owner": owner, "manager": manager, "region": region}
    return {name: value for name, value in given.items() if value is not None}


def owners_meant(history: "History", when: "np.datetime64", scope: Mapping[str, str]) -> "frozenset[str] | None":
    """Whose leads and deals the scope means; None: everybody's.

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
