"""The service as the demo starts it: ready when it is given, stopped when it is done."""

import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError

from leadcast.errors import LeadcastError

if TYPE_CHECKING:
    from leadcast.workspace.model import Workspace

PATIENCE_SECONDS = 90


class DemoError(LeadcastError):
    """A step of the demo did not give what it promises."""


@contextmanager
def running(opened: "Workspace", data: Path | None) -> Iterator[str]:
    """The address of the service, ready, as a process of its own; stopped at the end.

    Raises
    ------
    DemoError : it does not get ready
    """
    from serving.keeper import catch_up
    from serving.launch import start

    catch_up(opened, datetime.now(UTC), data)
    log = opened.folder / ".leadcast" / "service.log"
    address, process = start(opened, data, log)
    try:
        _wait_until_ready(address, process, log)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_until_ready(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/readyz", timeout=2).close()
            return
        except (URLError, OSError):
            time.sleep(0.25)
    raise DemoError(f"The service did not get ready; {log} says why.")


def post(address: str, body: bytes) -> bytes:
    """What the service answers to JSON."""
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return bytes(answer.read())
