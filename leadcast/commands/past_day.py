"""A past day for the service to show: a store of its own with what was known then, so that nothing of the present is touched."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leadcast.errors import LeadcastError

if TYPE_CHECKING:
    import numpy as np

    from leadcast.history import History
    from leadcast.store import Store
    from leadcast.workspace.model import Workspace

END = "end"
FILE = "as-of.db"


def past_day(opened: "Workspace", data: Path | None, as_of: str) -> "np.datetime64":
    """Make that store, name it in ``LEADCAST_STORE_URL`` for all that this process starts, and return the moment.

    It is filled from the workspace's store or, where that holds nothing yet, from its files; the keys are the workspace's.

    Parameters
    ----------
    as_of : a date or an ISO time, or ``end``: when the newest record became known

    Raises
    ------
    LeadcastError : the time cannot be read or lies ahead; nothing was known by then
    """
    from leadcast.commands.looking import now
    from leadcast.moment import minute, read_moment
    from leadcast.store import URL, open_store
    from leadcast.store.api_keys import copy_keys

    present = open_store(opened)
    history, newest = _known(opened, data, present)
    moment = newest if as_of == END else read_moment(as_of)
    if moment > now():
        raise LeadcastError(f"--as-of {minute(moment)} lies ahead: name a past day, or {END}.")
    then = history.known_at(moment)
    if not then.leads.rows and not then.opportunities.rows:
        raise LeadcastError(f"--as-of {minute(moment)}: there was no lead and no deal yet; the data end at {minute(newest)}.")
    past = _empty_store(opened)
    _fill(past, then, moment)
    copy_keys(present, past)
    present.close()
    past.close()
    os.environ[URL] = past.place
    click.echo(f"serve: the company as of {minute(moment)}, in a store of its own ({FILE}); the other stays as it is", err=True)
    return moment


def _known(opened: "Workspace", data: Path | None, store: "Store") -> "tuple[History, np.datetime64]":
    """Everything on record, and when the newest of it became known."""
    from leadcast.commands.looking import now
    from leadcast.mapping import vocabulary_of
    from leadcast.options import open_history
    from leadcast.store.histories import whole_history
    from leadcast.store.newest import newest_known

    with store.reading() as connection:
        newest = newest_known(connection, now())
    if newest == newest:  # NaT is no time, not even its own
        return whole_history(store, vocabulary_of(opened), now()), newest
    _, history = open_history(opened.folder, data)
    return history, history.end


def _empty_store(opened: "Workspace") -> "Store":
    from leadcast.places import state_folder
    from leadcast.store import open_engine
    from leadcast.store.migrate import migrate

    file = state_folder(opened) / FILE
    for old in file.parent.glob(f"{FILE}*"):
        old.unlink()
    store = open_engine(f"sqlite:///{file.resolve()}")
    migrate(store)
    return store


def _fill(store: "Store", history: "History", moment: "np.datetime64") -> None:
    from leadcast.show import progress
    from leadcast.store.bulk import load_history

    with progress("loading") as step:
        load_history(store, history, moment, lambda table, done, of: step(f"loading {table}", done, of))
