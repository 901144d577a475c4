"""The service and its companion as child processes: started, started again when they die, and stopped without a lost request."""

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leadcast.errors import LeadcastError
from serving.draining import CLOSED, DRAINING
from serving.stopping import Stop

LOOK_SECONDS = 0.2
WINDOW_SECONDS = 60.0
MOST_DEATHS = 5
"""Within the window; then a vital child is given up, and another waits as long as the window."""
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 4.0
CLOSING_SECONDS = 0.75
"""Every worker looks at the drain file within 0.25 s, and takes who has knocked by then."""
GRACE_SECONDS = 15.0
SIGNAL_WHEN_PARENT_DIES = 1

Tell = Callable[[str], None]


class GaveUp(LeadcastError):
    """A process without which there is no service does not stay alive."""


@dataclass
class Child:
    """A process that is to run.

    Attributes
    ----------
    vital : there is no service without it
    deaths : when it died within the window, in seconds of the monotonic clock
    start_at : when it is to be started, where it does not run
    """

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    vital: bool
    process: "subprocess.Popen[bytes] | None" = None
    deaths: list[float] = field(default_factory=list)
    start_at: float = 0.0


def keep_running(children: Sequence[Child], stop: Stop, tell: Tell) -> None:
    """Start them, and start again what dies, until it is asked to stop.

    Raises
    ------
    GaveUp : a vital one died too often
    """
    while not stop.asked:
        for child in children:
            tend(child, time.monotonic(), tell)
        stop.wait(LOOK_SECONDS)


def tend(child: Child, now: float, tell: Tell) -> None:
    """Start a child that is due, and note the death of one that has died.

    Raises
    ------
    GaveUp : it is vital and died too often
    """
    if child.process is not None and child.process.poll() is not None:
        end = child.process.returncode
        child.process, child.deaths = None, [*(t for t in child.deaths if now - t < WINDOW_SECONDS), now]
        how = f"was killed by {signal.Signals(-end).name}" if end < 0 else f"ended with exit code {end}"
        if child.vital and len(child.deaths) > MOST_DEATHS:
            raise GaveUp(f"The {child.name} {how}, for the {len(child.deaths)}th time within a minute; what it printed says why.")
        pause = pause_after(len(child.deaths))
        child.start_at = now + pause
        tell(f"the {child.name} {how}; it is started again in {pause:g} s")
    if child.process is None and now >= child.start_at:
        child.process = subprocess.Popen(child.command, env=child.environ, start_new_session=True, preexec_fn=end_with_parent)


def pause_after(deaths: int) -> float:
    """Seconds until the next start, after so many deaths within the window.

    Examples
    --------
    >>> [pause_after(n) for n in (1, 2, 3, 5, 6)]
    [0.25, 0.5, 1.0, 4.0, 60.0]
    """
    return WINDOW_SECONDS if deaths > MOST_DEATHS else min(FIRST_PAUSE * 2 ** (deaths - 1), LONGEST_PAUSE)


def drain(file: Path, seconds: float, stop: Stop) -> None:
    """Let the clients leave: every answer closes its connection from now on, and ``/readyz`` says that it goes.

    Parameters
    ----------
    file : what the workers look at
    stop : was asked once; asked again, nothing waits
    """
    if seconds <= 0:
        return
    file.write_text(DRAINING, encoding="utf-8")
    stop.wait(seconds, times=2)
    file.write_text(CLOSED, encoding="utf-8")
    stop.wait(CLOSING_SECONDS, times=2)


def end(child: Child, grace: float = GRACE_SECONDS) -> None:
    """Tell a child to stop, and kill it where it does not within its grace."""
    if child.process is None or child.process.poll() is not None:
        return
    child.process.terminate()
    try:
        child.process.wait(grace)
    except subprocess.TimeoutExpired:
        child.process.kill()
        child.process.wait()


def end_with_parent() -> None:
    """In a child before it becomes its program: where the supervisor is killed, this process is told to stop as well."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SIGNAL_WHEN_PARENT_DIES, signal.SIGTERM)
