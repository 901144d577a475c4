"""A worker's eye on three files: which models answer, what could not take over, and whether the service is being stopped.

It loads new models beside the old ones, off the requests' path, and swaps them in one assignment. Nothing here asks MLflow
once the pointer is there.
"""

import gc
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadcast.errors import BundleError, LeadcastError
from leadcast.workspace.model import Workspace
from serving.canary import prove
from serving.copies import ALARMS, POINTER, Copy, read_alarms, read_copy, read_pointer, serving_folder
from serving.draining import CLOSED, let_nobody_in
from serving.scores import Scorer

if TYPE_CHECKING:
    from leadcast.bundle import Bundle
    from leadcast.vocabulary import Vocabulary

Mark = tuple[int, int, int] | None
log = logging.getLogger("leadcast.service")
EVERY_SECONDS = 0.25
RETRY_SECONDS = 10.0
LAST_SECONDS = 15.0
"""How long a worker without a parent may take to end."""


@dataclass(frozen=True)
class Surroundings:
    """What a worker is started with.

    Attributes
    ----------
    drain : the file that says when the service is being stopped; None where nobody will say
    listening : the descriptor of the socket that it answers on
    parent : the process id of who started it; it does not outlive that
    """

    workspace: Path
    data: Path | None = None
    drain: Path | None = None
    listening: int | None = None
    parent: int | None = None


class Watch(threading.Thread):
    """Keeps an app's ``state`` up to date: ``desk``, ``trouble``, ``alarms``, ``loaded_at`` and ``draining``.

    Parameters
    ----------
    clock : what time a load is said to be from
    """

    def __init__(self, state: Any, around: Surroundings, clock: Callable[[], datetime]) -> None:
        super().__init__(name="watch", daemon=True)
        self.state, self.around, self.clock = state, around, clock
        self.stopped = threading.Event()
        self.failed: dict[str, str] = {}
        self._folder: Path | None = None
        self._pointer: Mark = None
        self._alarms: tuple[Mark, dict[str, str]] = None, {}
        self._tried = time.monotonic()
        self._closed = False

    def open(self) -> None:
        """Load what is to answer; where that fails, ``state.trouble`` says why, and it is tried again after a while."""
        self._tried, self.failed = time.monotonic(), {}
        try:
            self.state.desk = self._open_desk()
            self.state.loaded_at = self.clock()
        except LeadcastError as mistake:
            self._not_ready(str(mistake))
        except Exception:
            log.exception("not ready")
            self._not_ready("The models could not be loaded; the service's log says why.")
        self._follow_alarms()

    def run(self) -> None:
        while not self.stopped.wait(EVERY_SECONDS):
            try:
                self.look()
            except Exception:
                log.exception("the watch goes on")

    def look(self) -> None:
        """One look at everything."""
        self._follow_parent()
        self._follow_drain()
        self._follow_pointer()
        self._follow_alarms()

    def _not_ready(self, trouble: str) -> None:
        if trouble != self.state.trouble:
            log.error("not ready: %s", trouble)
        self.state.trouble = trouble

    def _open_desk(self) -> Any:
        from serving.desk import open_desk

        return open_desk(self.around.workspace, self.around.data, self._load)

    def _load(self, workspace: Workspace) -> "dict[str, Bundle]":
        """The bundles that the pointer names, as far as they can answer; the registry's champions where there is no pointer."""
        from leadcast.mapping import vocabulary_of
        from serving.registry import load_champions

        self._folder = serving_folder(workspace)
        self._pointer = self._mark(POINTER)
        pointer = read_pointer(self._folder)
        if pointer is None:
            return load_champions(workspace)
        scorers = self._scorers(pointer, {}, vocabulary_of(workspace))
        if not scorers:
            raise BundleError("; ".join(self.failed.values()) or "No model is champion. Run leadcast train.")
        return {target: scorer.bundle for target, scorer in scorers.items()}

    def _scorers(self, pointer: Mapping[str, Copy], held: Mapping[str, Scorer], vocabulary: "Vocabulary") -> dict[str, Scorer]:
        assert self._folder is not None
        before = self.failed
        scorers, self.failed = load_scorers(self._folder, pointer, held, vocabulary)
        for target, reason in self.failed.items():
            if before.get(target) != reason:
                log.error("%s: %s", target, reason)
        return scorers

    def _follow_pointer(self) -> None:
        mark = self._mark(POINTER)
        changed = mark is not None and mark != self._pointer
        is_time = time.monotonic() - self._tried > RETRY_SECONDS
        if self.state.desk is None:
            if changed or is_time:
                self.open()
        elif changed or (self.failed and is_time):
            self._pointer, self._tried = mark, time.monotonic()
            self._swap()

    def _swap(self) -> None:
        """Load what has changed beside the old ones, then let all of it answer at once."""
        from leadcast.mapping import vocabulary_of

        desk = self.state.desk
        assert self._folder is not None
        scorers = self._scorers(read_pointer(self._folder) or {}, desk.scorers, vocabulary_of(desk.workspace))
        if scorers and [*map(id, scorers.values())] != [*map(id, desk.scorers.values())]:
            self.state.desk, self.state.loaded_at = replace(desk, scorers=scorers), self.clock()
            log.info("answering: %s", ", ".join(scorer.model for scorer in scorers.values()))
        gc.collect()  # here and now, not during somebody's request

    def _follow_alarms(self) -> None:
        now = self._mark(ALARMS), self.failed
        if now == self._alarms:
            return
        self._alarms = now
        kept = {} if self._folder is None else read_alarms(self._folder)
        self.state.alarms = {**{name: alarm.reason for name, alarm in kept.items()}, **self.failed}

    def _follow_drain(self) -> None:
        if self.around.drain is None:
            return
        try:
            said = self.around.drain.read_text(encoding="utf-8")
        except OSError:
            return
        self.state.draining = True
        if said == CLOSED and self.around.listening is not None and not self._closed:
            self._closed = True
            let_nobody_in(self.around.listening)

    def _follow_parent(self) -> None:
        """Where the parent was killed, nobody would ever stop this process, nor could another take its port."""
        if self.around.parent is not None and os.getppid() != self.around.parent:
            log.error("the process that started this one is gone; it ends as well")
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(LAST_SECONDS)
            os._exit(1)

    def _mark(self, name: str) -> Mark:
        """What changes when a file is replaced; None where it is absent."""
        if self._folder is None:
            return None
        try:
            found = (self._folder / name).stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


def load_scorers(
    folder: Path, pointer: Mapping[str, Copy], held: Mapping[str, Scorer], vocabulary: "Vocabulary"
) -> tuple[dict[str, Scorer], dict[str, str]]:
    """A scorer for every target that the pointer names: the one that is held, or a new one that has shown that it can answer.

    Returns
    -------
    the scorers in the pointer's order, with the old one where the new one cannot answer; and why it cannot, by target
    """
    scorers, failed = {}, {}
    for target, copy in pointer.items():
        old = held.get(target)
        if old is not None and old.bundle.version == copy.version:
            scorers[target] = old
            continue
        try:
            new = Scorer(read_copy(folder, copy))
            prove(new, vocabulary)
            scorers[target] = new
        except Exception as reason:
            said = str(reason) if isinstance(reason, LeadcastError) else f"loading it failed ({type(reason).__name__})"
            failed[target] = f"version {copy.version} cannot answer here: {said}"
            if old is not None:
                scorers[target] = old
    return scorers, failed
