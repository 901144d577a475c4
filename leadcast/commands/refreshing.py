"""The command that makes the store's current scores anew."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from leadcast.options import json_option, print_json, read_as_of, workspace_options

if TYPE_CHECKING:
    import numpy as np

    from leadcast.store import Store
    from serving.desk import Desk


@click.command()
@workspace_options
@click.option("--as-of", metavar="TIME", help="Score as known then: a date or an ISO time, UTC without offset. [default: now]")
@click.option("--waiting", is_flag=True, help="Only those with news since their current score.")
@json_option
def refresh(workspace: Path, data: Path | None, as_of: str | None, waiting: bool, as_json: bool) -> None:
    """Score every open lead and deal of the store anew, and keep the scores.

    leadcast work does it all the time; by hand it is for the first time, after leadcast load. A current score never goes back:
    one of a later time than --as-of stays. Exit code 3: another process is at it, and nothing was done.

    Example: leadcast load   then   leadcast refresh
    """
    from leadcast.commands.looking import now
    from leadcast.show import progress
    from leadcast.store import open_store
    from serving.desk import open_desk
    from serving.refresh import AlreadyRefreshing, refresh_all

    when, desk = read_as_of(as_of), open_desk(workspace, data)
    store = open_store(desk.workspace)
    try:
        if waiting:
            _say_taken_up(_catch_up(store, desk, when), as_json)
            return
        with progress("scoring") as step:
            done = refresh_all(store, desk, now(), step, clock=now, as_of=when)
    except AlreadyRefreshing as busy:
        click.echo(f"error: {busy}", err=True)
        raise SystemExit(3) from None
    finally:
        store.close()
    if as_json:
        print_json(done.to_json())
    else:
        click.echo(f"Scored {done.scored['lead']:,} leads and {done.scored['opportunity']:,} deals that are open. {done.moved:,} "
                   f"scores moved by a point or a grade; {done.left:,} left, as their target is reached or they are closed.")


def _catch_up(store: "Store", desk: "Desk", when: "np.datetime64 | None") -> int:
    """Score who has news, until nobody has."""
    from leadcast.commands.looking import now
    from serving.refresh import AlreadyRefreshing, is_anybody_waiting, refresh_waiting

    taken_up = 0
    while count := refresh_waiting(store, desk, now(), as_of=when):
        taken_up += count
    if not taken_up and is_anybody_waiting(store, now() if when is None else when):
        raise AlreadyRefreshing("Another process refreshes these scores: nothing was done. Wait for it to end.")
    return taken_up


def _say_taken_up(count: int, as_json: bool) -> None:
    if as_json:
        print_json({"taken_up": count})
    else:
        click.echo(f"Scored {count:,} leads and deals with news." if count else "Nobody has news.")
