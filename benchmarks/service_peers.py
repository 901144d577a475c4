"""What the service is measured beside: an echo on the same server, and the same model behind bare FastAPI.

Both are started by :mod:`benchmarks.service`; each reads from the environment what it needs.
"""

import gc
import os
from pathlib import Path
from typing import Any

import bentoml
import numpy as np
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict

from leadcast.bundle_files import read_bundle
from serving.reasons import reasons_of

echo = FastAPI()


@echo.get("/readyz")
async def echo_ready() -> str:
    return "ready"


@echo.post("/echo")
async def back(request: Request) -> Response:
    return Response(await request.body(), media_type="application/json")


class Front:
    """As the service's own: the app answers every request, start-up and shut-down stay BentoML's."""

    def __init__(self, app: Any, answers: Any) -> None:
        self.app, self.answers = app, answers

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await (self.answers if scope["type"] == "http" else self.app)(scope, receive, send)


@bentoml.service(name="echo", workers=int(os.environ.get("LEADCAST_WORKERS") or 1), metrics={"enabled": False},
                 logging={"access": {"enabled": False}}, traffic={"timeout": 30}, http={"host": "127.0.0.1"})
class Echo:
    def __init__(self) -> None:
        gc.collect()
        gc.freeze()


Echo.add_asgi_middleware(Front, answers=echo)  # type: ignore[attr-defined]


class Rows(BaseModel):
    """Features that somebody else has computed: what a bare model server takes."""

    model_config = ConfigDict(extra="forbid")
    explain: bool
    rows: list[list[float | None]]


def bare_app() -> FastAPI:
    """The model alone: rows of features in, probabilities (and reasons) out; nothing is read, computed or kept."""
    app, bundle = FastAPI(), read_bundle(Path(os.environ["BENCHMARK_BUNDLE"]))
    bundle.score(bundle.golden.values[:1], True)
    gc.collect()
    gc.freeze()

    @app.get("/readyz")
    async def ready() -> str:
        return "ready"

    @app.post("/score")
    def score(body: Rows) -> dict[str, Any]:
        values = np.array(body.rows, float)
        scored = bundle.score(values, body.explain)
        reasons = reasons_of(bundle, values, scored) if body.explain else None  # type: ignore[arg-type]
        return {"probability": scored.probability.tolist(), "reasons": reasons}

    return app
