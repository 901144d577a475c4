"""Heavy work, one at a time in each process, so that scoring stays quick beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, Semaphore

from fastapi import Request

from serving.problems import Refused

MOST_WAITING = 4
LONGEST_WAIT_SECONDS = 20.0
RETRY_SECONDS = 5
_MAKING = Lock()


@dataclass
class OneAtATime:
    """A queue for one: whoever comes when too many wait already is sent away, and so is whoever has waited too long."""

    most_waiting: int = MOST_WAITING
    longest_wait: float = LONGEST_WAIT_SECONDS
    _turn: Semaphore = field(default_factory=lambda: Semaphore(1))
    _lock: Lock = field(default_factory=Lock)
    _here: int = 0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn, and keep it for the block.

        Raises
        ------
        Refused : 503 ``busy``, with Retry-After
        """
        with self._lock:
            if self._here > self.most_waiting:
                raise _busy()
            self._here += 1
        try:
            if not self._turn.acquire(timeout=self.longest_wait):
                raise _busy()
            try:
                yield
            finally:
                self._turn.release()
        finally:
            with self._lock:
                self._here -= 1


def heavy_of(request: Request) -> OneAtATime:
    """The app's own queue, made when it is first asked for."""
    state = request.app.state
    with _MAKING:
        if getattr(state, "heavy", None) is None:
            state.heavy = OneAtATime()
    heavy: OneAtATime = state.heavy
    return heavy


def _busy() -> Refused:
    return Refused(503, "busy", "Forecasts and funnels are made one at a time, and others wait already; try again in a moment.",
                   {"Retry-After": str(RETRY_SECONDS)})
