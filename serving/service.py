"""The BentoML service: it loads the models that answer, stays up without them, and hands every request to our app.

``leadcast serve`` checks everything first, starts this and keeps it running; ``LEADCAST_WORKSPACE=DIR bentoml serve
serving.service:Leadcast`` starts it alone. ``LEADCAST_WORKERS`` is how many processes answer, ``LEADCAST_DATA`` the folder of the
workspace's files, ``LEADCAST_DRAIN`` the file that says when it is being stopped.
"""

import gc
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bentoml

from serving.app import build_app
from serving.clock import shifted
from serving.draining import Draining
from serving.gate import Gate
from serving.opening import open_up
from serving.watch import Surroundings, Watch


def wall() -> datetime:
    return datetime.now(UTC)


now = shifted(wall, os.environ)
app = build_app(now)
app.state.wall, app.state.clock_stands = wall, now is not wall


class Front:
    """Our app answers every HTTP request, so that one error shape holds; start-up and shut-down stay BentoML's."""

    def __init__(self, app: Any, answers: Any) -> None:
        self.app, self.answers = app, answers

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await (self.answers if scope["type"] == "http" else self.app)(scope, receive, send)


def surroundings() -> Surroundings:
    """What this process was started with: by BentoML, which hands over its socket, and by whoever started that."""
    given = {name: Path(text) for name in ("DATA", "DRAIN") if (text := os.environ.get(f"LEADCAST_{name}"))}
    listening = int(sys.argv[sys.argv.index("--fd") + 1]) if "--fd" in sys.argv else None
    return Surroundings(Path(os.environ.get("LEADCAST_WORKSPACE", ".")), given.get("DATA"), given.get("DRAIN"), listening,
                        os.getppid())


@bentoml.service(
    name="leadcast", workers=int(os.environ.get("LEADCAST_WORKERS") or 1), metrics={"enabled": False},
    logging={"access": {"enabled": False}}, traffic={"timeout": 30}, http={"host": "127.0.0.1"},
)
class Leadcast:
    """Its constructor never raises: that would leave a port that accepts and never answers."""

    def __init__(self) -> None:
        around = surroundings()
        open_up(app.state, around, os.environ)
        watch = Watch(app.state, around, now)
        watch.open()
        gc.collect()
        gc.freeze()  # what is loaded now lives as long as the process: full collections need not walk it
        watch.start()


Leadcast.add_asgi_middleware(Front, answers=Draining(Gate(app, app.state), app.state))  # type: ignore[attr-defined]
