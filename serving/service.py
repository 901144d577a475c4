"""The BentoML service: it loads the registered models once, stays up without them, and hands every request to our app.

``leadcast serve`` checks everything first and then starts this; ``LEADCAST_WORKSPACE=DIR bentoml serve
serving.service:Leadcast`` does the same without the check.
"""

import gc
import logging
import os
from datetime import UTC, datetime
from typing import Any

import bentoml

from leadcast.errors import LeadcastError
from serving.app import build_app
from serving.desk import open_desk

log = logging.getLogger("leadcast.service")
app = build_app(lambda: datetime.now(UTC))


class Front:
    """Our app answers every HTTP request, so that one error shape holds; start-up and shut-down stay BentoML's."""

    def __init__(self, app: Any, answers: Any) -> None:
        self.app, self.answers = app, answers

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await (self.answers if scope["type"] == "http" else self.app)(scope, receive, send)


@bentoml.service(
    name="leadcast", workers=1, metrics={"enabled": False}, logging={"access": {"enabled": False}},
    traffic={"timeout": 30}, http={"host": "127.0.0.1"},
)
class Leadcast:
    """Loads inside a try: a constructor that raises would leave a port that accepts and never answers."""

    def __init__(self) -> None:
        try:
            app.state.desk = open_desk(os.environ.get("LEADCAST_WORKSPACE", "."), os.environ.get("LEADCAST_DATA"))
        except LeadcastError as mistake:
            app.state.trouble = str(mistake)
            log.error("not ready: %s", mistake)
        except Exception:
            app.state.trouble = "The models could not be loaded; the service's log says why."
            log.exception("not ready")
        gc.collect()
        gc.freeze()  # what is loaded now lives as long as the process: full collections need not walk it


Leadcast.add_asgi_middleware(Front, answers=app)  # type: ignore[attr-defined]
