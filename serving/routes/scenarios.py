"""What if: a forecast, and the same with something changed."""

from fastapi import APIRouter, Request, Response

from leadcast.errors import RequestError
from leadcast.moment import days
from leadcast.snapshots import Snapshot
from leadcast.what_if import WhatIf
from leadcast.workspace.model import Workspace
from serving.asked_scenarios import what_if_asked
from serving.at_hand import caller_of, desk_of
from serving.forecast_answers import Plain, answered, span_told, utc
from serving.heavy import heavy_of
from serving.kept_forecasts import NONE, keep, saved_forecast
from serving.problems import NotFound, documented
from serving.scenario_messages import ScenarioAnswer, ScenarioRequest
from serving.store_forecasts import LONGEST_DAYS, fresh_forecast


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["forecasts"])

    @router.post("/scenarios", responses=documented(400, 404, 409, 422, 503, 507), response_model=ScenarioAnswer)
    def scenario(request: Request, body: ScenarioRequest) -> Response:
        """Change something about a forecast, and tell what would come of it beside what is forecast.

        With a limited key, only about a forecast of its owners' deals made now, which is not kept.
        """
        return answered(_scenario(request, body))

    return router


def _scenario(request: Request, body: ScenarioRequest) -> Plain:
    workspace, limited = desk_of(request).workspace, caller_of(request).limit is not None
    if limited and body.base is not None:
        raise NotFound(NONE)
    if limited and body.save:
        raise RequestError("a key that is limited to some owners keeps no scenario: those are of everybody's deals", ("save",))
    if body.base is not None:
        base = saved_forecast(workspace, body.base)
        if base.about.period.end - base.about.period.start > days(LONGEST_DAYS):
            raise RequestError("its period is too long for a scenario over HTTP; leadcast scenario can do it", ("base",))
        with heavy_of(request).turn():
            return _told(workspace, base, body)
    with fresh_forecast(request, body.period, body.as_of, None, body.quota) as fresh:
        return _told(workspace, fresh.look.snapshot(), body)


def _told(workspace: Workspace, base: Snapshot, body: ScenarioRequest) -> Plain:
    found = what_if_asked(base, body, workspace.workspace.timezone)
    return _answer(found, _save(workspace, found, body) if body.save else None)


def _save(workspace: Workspace, found: WhatIf, body: ScenarioRequest) -> str:
    if body.base is None:
        keep(workspace, found.base)
    return keep(workspace, found.scenario)


def _answer(found: WhatIf, saved: str | None) -> Plain:
    about = found.base.about
    return {**found.to_json(), "as_of": utc(about.as_of), "period": span_told(about.period), "saved": saved}
