"""The funnel: who reached which stage, who went on, and how long it took."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Request, Response

from leadcast.errors import RequestError
from leadcast.funnel import Funnels, Path, Wanted, funnels_of
from leadcast.funnel_paths import FunnelError
from leadcast.history import History
from leadcast.moment import as_utc
from serving.at_hand import desk_of, now_of
from serving.forecast_answers import Plain, answered, utc
from serving.funnel_messages import FunnelAnswer, FunnelQuery
from serving.heavy import heavy_of
from serving.limits import owners_allowed
from serving.problems import documented
from serving.store_forecasts import period_asked
from serving.whole import whole_of


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["funnel"])

    @router.get("/funnel", responses=documented(422, 503), response_model=FunnelAnswer)
    def funnel(request: Request, query: Annotated[FunnelQuery, Query()]) -> Response:
        """How many of those who entered reached each stage and went on, and how long they stayed, as known at `as_of`.

        With a limited key, its owners' alone.
        """
        return answered(_funnel(request, query))

    return router


def _funnel(request: Request, query: FunnelQuery) -> Plain:
    workspace, now = desk_of(request).workspace, now_of(request)
    when = now if query.as_of is None else as_utc(query.as_of)
    start, end = _span(request, query, when)
    owners, whole = owners_allowed(request), whole_of(request)
    path: Path = query.path or ("deals" if whole.vocabulary.pipelines_of("opportunity") else "leads")
    wanted = Wanted(path, query.pipeline, start, end, query.owner, query.source, query.by, owners)
    with heavy_of(request).turn():
        found = _found(whole.at(now), wanted, when)
    return {"as_of": utc(when), "path": path, "currency": workspace.workspace.currency, **found.to_json()}


def _found(history: History, wanted: Wanted, when: np.datetime64) -> Funnels:
    try:
        return funnels_of(history, wanted, when)
    except FunnelError as mistake:
        raise RequestError(mistake.said, (mistake.field,)) from None


def _span(request: Request, query: FunnelQuery, when: np.datetime64) -> tuple[np.datetime64 | None, np.datetime64 | None]:
    if query.period is not None:
        if query.since is not None or query.until is not None:
            raise RequestError("says from when to when already: leave out from and to", ("period",))
        span = period_asked(desk_of(request).workspace, query.period, when)
        return span.start, span.end
    return (None if query.since is None else as_utc(query.since)), (None if query.until is None else as_utc(query.until))
