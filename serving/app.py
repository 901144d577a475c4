"""The service's paths: request model, desk, response model; one error shape."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request

import leadcast
from leadcast.vocabulary import Entity
from serving.messages import Health, ModelCard, ScoreAnswer, ScoreRequest
from serving.problems import NotReady, Problem, add_handlers, documented

if TYPE_CHECKING:
    from serving.desk import Desk

Clock = Callable[[], datetime]


def build_app(clock: Clock) -> FastAPI:
    """The FastAPI app, without a desk at first: it is alive but not ready until ``app.state.desk`` is set.

    Parameters
    ----------
    clock : what "now" is where a request has no ``as_of``; timezone-aware
    """
    app = FastAPI(title="Leadcast", version=leadcast.__version__, redoc_url=None, docs_url="/docs",
                  description="Scores of leads and deals with reasons that add up.")
    app.state.desk, app.state.trouble = None, "The models are being loaded; try again in a moment."
    add_handlers(app, known=list(ScoreRequest.model_fields))

    @app.get("/livez", tags=["health"])
    async def alive() -> Health:
        """The process answers."""
        return Health(status="alive")

    @app.get("/readyz", tags=["health"], responses=documented(503))
    async def ready(request: Request) -> Health:
        """The models are loaded; otherwise 503 with the reason."""
        _desk(request)
        return Health(status="ready")

    @app.get("/v1/models", tags=["models"], responses=documented(503))
    async def models(request: Request) -> list[ModelCard]:
        """Which models answer, and what they say of themselves."""
        return _desk(request).models()

    @app.post("/v1/score/leads", tags=["scores"], responses=documented(400, 422, 503))
    def score_leads(request: Request, body: ScoreRequest) -> ScoreAnswer:
        """Score the leads of each record for every target that is still open."""
        return _score(request, "lead", body)

    @app.post("/v1/score/opportunities", tags=["scores"], responses=documented(400, 422, 503))
    def score_opportunities(request: Request, body: ScoreRequest) -> ScoreAnswer:
        """Score the deals of each record; send the lead's and contact's rows along, a deal sees their history."""
        return _score(request, "opportunity", body)

    def _score(request: Request, entity: Entity, body: ScoreRequest) -> ScoreAnswer:
        return _desk(request).answer(entity, body, (body.as_of or clock()).astimezone(UTC))

    _describe_problems(app)
    return app


def _desk(request: Request) -> "Desk":
    if request.app.state.desk is None:
        raise NotReady(request.app.state.trouble)
    desk: Desk = request.app.state.desk
    return desk


def _describe_problems(app: FastAPI) -> None:
    """Put the error shape among OpenAPI's schemas, where the documented answers point."""
    build = app.openapi

    def openapi() -> dict[str, Any]:
        schema = build()
        parts = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        defined = parts.pop("$defs", {})
        schema["components"]["schemas"] |= {**defined, "Problem": parts}
        for unused in ("HTTPValidationError", "ValidationError"):
            schema["components"]["schemas"].pop(unused, None)
        return schema

    app.openapi = openapi  # type: ignore[method-assign]
