"""Being asked to stop, by a signal."""

import signal
import time

SLICE_SECONDS = 0.1


class Stop:
    """How often this process was asked to stop.

    Not a ``threading.Event``: a signal's handler that sets one waits for ever where it interrupts the wait for the same one.
    """

    def __init__(self) -> None:
        self.asked = 0

    def ask(self, *_: object) -> None:
        self.asked += 1

    def listen(self) -> "Stop":
        """Let SIGTERM and Ctrl-C ask."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.ask)
        return self

    def wait(self, seconds: float, times: int = 1) -> None:
        """Wait so long, or until it was asked so many times."""
        until = time.monotonic() + seconds
        while self.asked < times and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, SLICE_SECONDS))
