"""Managers' own calls of a period: recorded, and listed."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from leadcast.calls import Call, calls_at, read_calls, record_call
from leadcast.errors import RequestError
from leadcast.period import Period
from serving.at_hand import caller_of, desk_of, now_of, store_of
from serving.call_messages import CallRequest, Calls
from serving.calls_kept import calls_file, known_owners, readable, writable
from serving.cursors import read_cursor, written_cursor
from serving.forecast_answers import answered, call_told
from serving.forecast_messages import Call as CallAnswer
from serving.idempotent import IsOnce, Keep
from serving.limits import owners_allowed
from serving.messages import Id
from serving.problems import documented
from serving.store_forecasts import period_asked
from serving.whole import whole_of

Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str | None, Query(max_length=8_000, description="next of the page before")]


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1/calls", tags=["forecasts"])

    @router.get("", responses=documented(409, 422, 503), response_model=Calls)
    def calls(
        request: Request, period: Annotated[Id | None, Query(description="only of this one")] = None,
        every: Annotated[bool, Query(alias="all", description="earlier versions too, as they were recorded")] = False,
        limit: Limit = 50, cursor: Cursor = None,
    ) -> Response:
        """The calls that stand: the newest of each period and owner; with a limited key, of its owners alone."""
        start = 0 if cursor is None else max(read_cursor(cursor, int)[0], 0)
        found = _calls(request, period, every)
        following = written_cursor(start + limit) if len(found) > start + limit else None
        return answered({"items": [call_told(call) for call in found[start:start + limit]], "next": following})

    @router.post("", status_code=201, responses=documented(400, 409, 422, 503, 507), response_model=CallAnswer)
    def call(request: Request, once: IsOnce, body: CallRequest) -> Response:
        """Record what somebody says a period will bring, beside the model's forecast; with a limited key, of its owners alone."""
        def record(keep: Keep) -> CallAnswer:
            write = _checked(request, body)
            if once.key is None:
                return CallAnswer(**call_told(write()))
            with store_of(request).writing() as connection:  # a store that has no room says so before the call stands in its file
                answer = CallAnswer(**call_told(write()))
                keep(connection, answer)
            return answer

        return once.answer(record, 201)

    return router


def _calls(request: Request, text: str | None, every: bool) -> list[Call]:
    workspace, now, owners = desk_of(request).workspace, now_of(request), owners_allowed(request)
    period = None if text is None else period_asked(workspace, text, now)
    with readable():
        found = read_calls(calls_file(workspace)) if every else calls_at(calls_file(workspace), now, period)
    return [call for call in found if (period is None or _same(call.period, period)) and (owners is None or call.owner in owners)]


def _same(one: Period, other: Period) -> bool:
    return bool(one.start == other.start and one.end == other.end)


def _checked(request: Request, body: CallRequest) -> Callable[[], Call]:
    """What records a call that may be made."""
    workspace, now = desk_of(request).workspace, now_of(request)
    who, reporting = (body.who or caller_of(request).name).strip(), workspace.workspace.currency
    if not who:
        raise RequestError("a call has somebody who makes it: give their name", ("who",))
    if body.currency is not None and body.currency.upper() != reporting:
        raise RequestError(f"calls are kept in the reporting currency, {reporting}: convert the amount", ("currency",))
    period = period_asked(workspace, body.period, now)
    _check_owner(request, body.owner)

    def write() -> Call:
        with writable():
            return record_call(calls_file(workspace), period, who, now, reporting, body.amount, body.count, body.owner, body.note)

    return write


def _check_owner(request: Request, owner: str | None) -> None:
    allowed = owners_allowed(request)
    if owner is None:
        if allowed is not None:
            raise RequestError("a key that is limited to some owners calls their deals alone: name one of them", ("owner",))
    elif (allowed is not None and owner not in allowed) or owner not in known_owners(whole_of(request).at(now_of(request))):
        raise RequestError("nobody of that name in the data", ("owner",))
