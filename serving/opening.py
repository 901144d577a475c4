"""What a worker opens before it answers: the gate's settings, the log, the store; a store that does not answer is tried again."""

import logging
import os
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from leadcast.errors import LeadcastError
from serving.gate_settings import SettingError, read_gate_settings
from serving.request_log import SERVICE, set_up_logging
from serving.watch import Surroundings

EVERY_SECONDS = 5.0
log = logging.getLogger(SERVICE)


def open_up(state: Any, around: Surroundings, environ: Mapping[str, str]) -> None:
    """Set ``state.gate_settings``, ``state.bound`` and ``state.store``; never raises.

    Settings that cannot be used keep the door shut: ``state.store`` stays None, and ``state.store_trouble`` says why.
    """
    set_up_logging()
    state.bound = bound_to(around.listening)
    try:
        state.gate_settings = read_gate_settings(environ)
    except SettingError as mistake:
        log.error("%s", mistake)
        state.store_trouble = str(mistake)
        return
    if not _open_store(state, around):
        threading.Thread(target=_keep_trying, args=(state, around), name="store", daemon=True).start()


def bound_to(listening: int | None) -> str | None:
    """The address that a listening socket is bound to; None: unknown, or a socket in the file system."""
    if listening is None:
        return None
    with suppress(OSError), socket.socket(fileno=os.dup(listening)) as door:
        if door.family in (socket.AF_INET, socket.AF_INET6):
            return str(door.getsockname()[0])
    return None


def _open_store(state: Any, around: Surroundings) -> bool:
    from leadcast.store import KEYS_URL, open_engine, open_store
    from leadcast.workspace import read_workspace

    try:
        if url := os.environ.get(KEYS_URL):
            state.key_store = open_engine(url)
        state.store = open_store(read_workspace(around.workspace, around.data))
    except LeadcastError as mistake:
        if str(mistake) != state.store_trouble:
            log.error("the store is not open: %s", mistake)
        state.store_trouble = str(mistake)
    except Exception as bug:
        log.error("the store could not be opened", exc_info=bug)
        state.store_trouble = "The store could not be opened; the service's log says why."
    return state.store is not None


def _keep_trying(state: Any, around: Surroundings) -> None:
    pause = threading.Event()
    while not pause.wait(EVERY_SECONDS):
        if _open_store(state, around):
            log.info("the store is open")
            return
