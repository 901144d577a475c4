"""The service's paths, a module for each kind."""

from fastapi import FastAPI
from starlette.convertors import register_url_convertor

from serving.any_id import AnyId
from serving.routes import (
    calls,
    entities,
    erasure,
    forecasts,
    funnel,
    health,
    ingest,
    ingest_lists,
    jobs,
    ledger,
    metrics,
    models,
    outlook,
    page,
    queue,
    scenarios,
    scores,
    session,
    workspace,
)

KINDS = (health, scores, ledger, models, session, metrics, jobs, erasure, entities, queue, ingest, ingest_lists,
         forecasts, outlook, scenarios, funnel, calls, workspace, page)


def add_routes(app: FastAPI) -> None:
    register_url_convertor("id", AnyId())
    for kind in KINDS:
        app.include_router(kind.routes())
