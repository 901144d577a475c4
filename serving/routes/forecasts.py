"""Forecasts of a period: made, kept, found again and compared."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from leadcast.errors import RequestError
from leadcast.explanation import Explanation, ExplanationError, explain
from leadcast.moment import as_utc
from leadcast.snapshots import Snapshot
from serving.asked_forecasts import called_beside
from serving.at_hand import caller_of, desk_of, now_of
from serving.calls_kept import readable
from serving.forecast_answers import about_told, answered, explanation_told, forecast_told, snapshot_told
from serving.forecast_messages import Explanation as ExplanationAnswer
from serving.forecast_messages import ForecastAnswer, ForecastRequest, SavedForecasts, SavedWithRows
from serving.kept_forecasts import NONE, keep, saved_forecast, saved_page
from serving.limits import owners_allowed
from serving.messages import Id
from serving.problems import NotFound, Refused, documented
from serving.store_forecasts import fresh_forecast
from serving.weeks import weeks_of

Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str | None, Query(max_length=8_000, description="next of the page before")]
DIFFER = "the two differ in period, currency or kind, the first is the later one, or amounts are beyond reason"


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["forecasts"])

    @router.post("/forecast", responses=documented(400, 404, 409, 422, 503, 507), response_model=ForecastAnswer)
    def forecast(request: Request, body: ForecastRequest) -> Response:
        """Say what a period will bring, from everything the store holds; with a limited key, of its owners' deals alone.

        Whoever is limited sees no saved forecasts and keeps none, since those are of everybody's deals.
        """
        return _forecast(request, body)

    @router.get("/forecasts", responses=documented(409, 422, 503), response_model=SavedForecasts)
    def saved(request: Request, limit: Limit = 50, cursor: Cursor = None) -> Response:
        """Saved forecasts and scenarios, the newest first; with a limited key, none."""
        workspace = desk_of(request).workspace
        found, following = ([], None) if _limited(request) else saved_page(workspace, limit, cursor)
        return answered({"items": [about_told(about) for about in found], "next": following})

    @router.get("/forecasts/{forecast_id}", responses=documented(404, 409, 422, 503), response_model=SavedWithRows)
    def one(
        request: Request, forecast_id: Id, rows: Annotated[bool, Query(description="with its deals, in pages")] = True,
        limit: Limit = 50, cursor: Cursor = None,
    ) -> Response:
        """A saved forecast by its id, the beginning of it, or `latest`."""
        return answered(snapshot_told(_saved(request, forecast_id), rows, limit, cursor))

    @router.get("/forecasts/{before}/compare/{after}", responses=documented(404, 409, 422, 503), response_model=ExplanationAnswer)
    def compared(request: Request, before: Id, after: Id, limit: Limit = 50, cursor: Cursor = None) -> Response:
        """Why two saved forecasts of one period differ, in pieces that add up, and a page of the deals behind them."""
        earlier, later = _saved(request, before), _saved(request, after)
        try:
            found = explain(earlier, later)
        except ExplanationError:
            raise Refused(409, "conflict", f"The two cannot be compared: {DIFFER}.") from None
        return answered(explanation_told(found, limit, cursor))

    return router


def _forecast(request: Request, body: ForecastRequest) -> Response:
    _check(request, body)
    workspace = desk_of(request).workspace
    earlier = _saved(request, body.against) if body.against is not None else None
    period = earlier.about.period if earlier is not None and body.period is None else body.period
    with fresh_forecast(request, period, body.as_of, body.by, body.quota) as fresh:
        look = fresh.look
        weeks = [] if body.weeks is None else weeks_of(look, fresh.bundle, body.weeks, workspace.workspace.timezone)
        later = look.snapshot(body.note) if earlier is not None or body.save else None
        found = None if earlier is None or later is None else _explained(earlier, later)
        at = now_of(request) if body.as_of is None else as_utc(body.as_of)
        with readable():
            called = called_beside(workspace, look, at, owners_allowed(request))
        saved = keep(workspace, later) if later is not None and body.save else None
        return answered(forecast_told(look, fresh.notes, weeks, called, saved, found))


def _check(request: Request, body: ForecastRequest) -> None:
    if body.note and not body.save:
        raise RequestError("is kept with a forecast: set save, too", ("note",))
    if body.save and _limited(request):
        raise RequestError("a key that is limited to some owners keeps no forecast: those are of everybody's deals", ("save",))


def _explained(earlier: Snapshot, later: Snapshot) -> Explanation:
    try:
        return explain(earlier, later)
    except ExplanationError:
        raise RequestError(DIFFER, ("against",)) from None


def _saved(request: Request, which: str) -> Snapshot:
    if _limited(request):
        raise NotFound(NONE)
    return saved_forecast(desk_of(request).workspace, which)


def _limited(request: Request) -> bool:
    return caller_of(request).limit is not None
