"""The FastAPI app: its paths, its error shape, and what they reach for."""

import re
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

import leadcast
from serving.at_hand import Clock
from serving.described import add_examples, describe_gate
from serving.messages import ScoreRequest
from serving.problems import Problem, add_handlers
from serving.routes import add_routes


def operation_name(route: APIRoute) -> str:
    """What a path is called where programs are made from OpenAPI; Salesforce takes letters and digits, and names actions by it.

    Examples
    --------
    >>> operation_name(APIRoute("/v1/score/leads", print, methods=["POST"]))
    'postScoreLeads'
    >>> operation_name(APIRoute("/v1/jobs/{job_id}/file", print, methods=["GET"]))
    'getJobsJobIdFile'
    """
    (method,) = route.methods or {"GET"}
    words = re.findall("[a-z]+", route.path_format.removeprefix("/v1"))
    return method.lower() + "".join(word.capitalize() for word in words)


def build_app(clock: Clock) -> FastAPI:
    """The FastAPI app, without desk and store at first: it is alive but not ready until ``app.state.desk`` is set.

    Parameters
    ----------
    clock : what "now" is where a request has no ``as_of``; timezone-aware
    """
    app = FastAPI(title="Leadcast", version=leadcast.__version__, redoc_url=None, docs_url="/docs", redirect_slashes=False,
                  description="Scores of leads and deals with reasons that add up.", generate_unique_id_function=operation_name)
    app.state.clock = clock
    app.state.desk, app.state.trouble = None, "The models are being loaded; try again in a moment."
    app.state.loaded_at, app.state.alarms, app.state.draining = None, {}, False
    app.state.store, app.state.store_trouble = None, "The store is being opened; try again in a moment."
    add_handlers(app, known=list(ScoreRequest.model_fields))
    add_routes(app)
    _describe_problems(app)
    return app


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
        describe_gate(schema)
        add_examples(schema)
        return schema

    app.openapi = openapi  # type: ignore[method-assign]
