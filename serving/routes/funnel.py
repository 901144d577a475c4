"""The funnel: who reached which stage, what holds them up, and where they come from."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from leadcast.funnel import Calendar, Thresholds, bottlenecks_of, cohorts_of, funnels_of, responses_of, sources_of
from serving.asked_funnels import answered_leads, funnel_answer
from serving.at_hand import desk_of
from serving.forecast_answers import answered
from serving.funnel_messages import FunnelAnswer, FunnelQuery
from serving.funnel_view_messages import (
    BottlenecksAnswer,
    CohortQuery,
    CohortsAnswer,
    ResponseAnswer,
    ResponseQuery,
    SourcesAnswer,
)
from serving.problems import documented

SAID: dict[str, Any] = {"responses": documented(422, 503)}


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["funnel"])

    @router.get("/funnel", response_model=FunnelAnswer, **SAID)
    def funnel(request: Request, query: Annotated[FunnelQuery, Query()]) -> Response:
        """How many of those who entered reached each stage and went on, and how long they stayed, as known at `as_of`.

        With a limited key, its owners' alone; so with every view.
        """
        return answered(funnel_answer(request, query, funnels_of))

    @router.get("/funnel/bottlenecks", response_model=BottlenecksAnswer, **SAID)
    def bottlenecks(request: Request, query: Annotated[FunnelQuery, Query()]) -> Response:
        """What each stage costs in days and money, the dearest first, and where a stage has become worse than before."""
        keys = desk_of(request).workspace.funnel
        bounds = Thresholds(keys.alarm_points, keys.alarm_least, keys.alarm_days)
        return answered(funnel_answer(request, query, lambda history, wanted, when: bottlenecks_of(
            history, wanted, when, bounds)))

    @router.get("/funnel/cohorts", response_model=CohortsAnswer, **SAID)
    def cohorts(request: Request, query: Annotated[CohortQuery, Query()]) -> Response:
        """By week, month or quarter of creation: the share that had reached a stage after so many weeks. Lost competes, open is
        censored, and a line ends where nobody has been watched longer."""
        zone = desk_of(request).workspace.workspace.timezone
        return answered(funnel_answer(request, query, lambda history, wanted, when: cohorts_of(
            history, wanted, when, query.unit, query.stage, zone)))

    @router.get("/funnel/sources", response_model=SourcesAnswer, **SAID)
    def sources(request: Request, query: Annotated[FunnelQuery, Query()]) -> Response:
        """By source, or another column: what came of it, what it cost where costs are given, and how soon it was served.

        Without a `path`, leads are followed on through their deals where that can be done.
        """
        general, fiscal = desk_of(request).workspace.workspace, desk_of(request).workspace.forecast.fiscal_year_starts
        return answered(funnel_answer(request, query, lambda history, wanted, when: sources_of(
            history, wanted, when, answered_leads(request, history, when), Calendar(general.timezone, fiscal)), widest=True))

    @router.get("/funnel/response", response_model=ResponseAnswer, **SAID)
    def response(request: Request, query: Annotated[ResponseQuery, Query()]) -> Response:
        """How soon leads heard from us first, against how many went on, and the time from MQL to SQL. An association, not a
        cause: who looks promising may be answered sooner."""
        return answered(funnel_answer(request, query, lambda history, wanted, when: responses_of(
            history, wanted, when, query.stage, query.horizon_days, answered_leads(request, history, when)), widest=True))

    return router
