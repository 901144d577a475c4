"""A past day for the service to show: a folder of its own with what was known then, so that nothing of the present is touched."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from leadcast.errors import LeadcastError

if TYPE_CHECKING:
    import numpy as np

    from leadcast.history import History
    from leadcast.store import Store
    from leadcast.workspace.model import Workspace

END = "end"
SHARED = ("serving", "backtest", "tuned")
"""Folders of the workspace that are read there, too."""
COPIED = ("calls.jsonl", "drift.json")


@contextmanager
def past_day(opened: "Workspace", data: Path | None, as_of: str) -> "Iterator[np.datetime64]":
    """``with past_day(...) as moment``: whatever this process starts writes into a folder that is gone afterwards.

    Its store is filled from the workspace's or, where that holds nothing yet, from its files; the keys are the workspace's own.
    Models and replays are the present ones, saved forecasts those of that day and before.

    Parameters
    ----------
    as_of : an ISO time; a date, for the beginning of that day in the workspace's time zone; or ``end``: when the newest record
        became known

    Raises
    ------
    LeadcastError : the time cannot be read or lies ahead; nothing was known by then
    """
    from leadcast.moment import minute
    from leadcast.places import STATE, state_folder, tracking_uri
    from leadcast.store import KEYS_URL, URL, open_store, store_url

    present, kept = store_url(opened), dict(os.environ)
    store = open_store(opened)
    then, moment = _known(opened, data, store, as_of)
    store.close()
    with TemporaryDirectory(prefix="leadcast-as-of-") as scratch:
        folder = Path(scratch)
        _share(state_folder(opened), folder, moment)
        _fill(f"sqlite:///{folder / 'store.db'}", then, moment)
        os.environ |= {"MLFLOW_TRACKING_URI": tracking_uri(opened), STATE: scratch, KEYS_URL: present,
                       URL: f"sqlite:///{folder / 'store.db'}"}
        click.echo(f"serve: the company as of {minute(moment)}; the store and saved forecasts stay as they are", err=True)
        try:
            yield moment
        finally:
            os.environ.clear()
            os.environ.update(kept)


def _known(opened: "Workspace", data: Path | None, store: "Store", as_of: str) -> "tuple[History, np.datetime64]":
    """What was on record at the moment that is meant, and the moment."""
    from leadcast.commands.looking import now
    from leadcast.mapping import vocabulary_of
    from leadcast.moment import minute, read_moment
    from leadcast.options import open_history
    from leadcast.store.histories import whole_history
    from leadcast.store.newest import newest_known

    with store.reading() as connection:
        newest = newest_known(connection, now())
    if newest == newest:  # NaT is no time, not even its own
        history = whole_history(store, vocabulary_of(opened), now())
    else:
        _, history = open_history(opened.folder, data)
        newest = history.end
    moment = newest if as_of == END else read_moment(as_of)
    if moment > now():
        raise LeadcastError(f"--as-of {minute(moment)} lies ahead: name a past day, or {END}.")
    then = history.known_at(moment)
    if not then.leads.rows and not then.opportunities.rows:
        raise LeadcastError(f"--as-of {minute(moment)}: there was no lead and no deal yet; the data end at {minute(newest)}.")
    return then, moment


def _share(state: Path, folder: Path, moment: "np.datetime64") -> None:
    """What the present and the past day have in common: by link what is only read, as a copy what may be written."""
    from leadcast.snapshots import FOLDER, list_snapshots

    for name in SHARED:
        if (state / name).is_dir():
            (folder / name).symlink_to((state / name).resolve())
    for name in COPIED:
        if (state / name).is_file():
            shutil.copy2(state / name, folder / name)
    for about in list_snapshots(state / FOLDER):
        if about.as_of <= moment:
            (folder / FOLDER).mkdir(exist_ok=True)
            for file in (state / FOLDER).glob(f"{about.id}*"):
                shutil.copy2(file, folder / FOLDER / file.name)


def _fill(url: str, history: "History", moment: "np.datetime64") -> None:
    from leadcast.show import progress
    from leadcast.store import open_engine
    from leadcast.store.bulk import load_history
    from leadcast.store.migrate import migrate

    store = open_engine(url)
    migrate(store)
    with progress("loading") as step:
        load_history(store, history, moment, lambda table, done, of: step(f"loading {table}", done, of))
    store.close()
