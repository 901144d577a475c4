"""One shape for every error: RFC 9457 ``application/problem+json``, with paths and never with a value of the request."""

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from leadcast.errors import LeadcastError, RequestError
from leadcast.store import StoreFull, StoreUnavailable
from serving.known_fields import known_fields
from serving.request_id import CURRENT

MEDIA_TYPE = "application/problem+json"
LONGEST_KEY, MOST_ERRORS = 100, 100
"""Of what is told: an answer does not grow with the mistakes of a request."""
log = logging.getLogger("leadcast.service")


class FieldError(BaseModel):
    """What is wrong with one field."""

    path: str = Field(description="where, such as records[2].sessions[0].started_ms")
    message: str


class Problem(BaseModel):
    """An error as RFC 9457 describes it."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str = Field(description="the same for every error of this kind; for programs")
    request_id: str = Field(default="", description="the same as the header X-Request-ID, and in the service's log")
    errors: list[FieldError] = Field(default_factory=list)


class Refused(LeadcastError):
    """A request that is answered with an error of its own, such as 401 or 413."""

    def __init__(self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.headers = status, code, dict(headers or {})


class NotReady(LeadcastError):
    """The service runs but has no models to answer with."""


class NotFound(LeadcastError):
    """There is nothing of the name that a path gives."""


class Erased(LeadcastError):
    """What a path names was erased for good."""


def path_text(path: Sequence[str | int]) -> str:
    """A path as one reads it.

    Examples
    --------
    >>> path_text(("records", 2, "sessions", 0, "started_ms"))
    'records[2].sessions[0].started_ms'
    """
    return "".join(f"[{part}]" if isinstance(part, int) else f".{_short(part)}" for part in path).removeprefix(".")


def _short(key: str) -> str:
    """A sender's own key may be as long as the body, and hold half of a surrogate pair."""
    short = key if len(key) <= LONGEST_KEY else f"{key[:LONGEST_KEY]}…"
    return short.encode("utf-8", "replace").decode()


def problem(
    status: int, code: str, detail: str, errors: Sequence[FieldError] = (), headers: Mapping[str, str] | None = None
) -> JSONResponse:
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, code=code, request_id=CURRENT.get(),
                   errors=list(errors))
    return JSONResponse(body.model_dump(), status, headers, MEDIA_TYPE)


def told(mistake: LeadcastError) -> JSONResponse:
    """The answer to a mistake of ours or of the user's that has a status of its own; else 422."""
    if isinstance(mistake, Refused):
        return problem(mistake.status, mistake.code, str(mistake), headers=mistake.headers)
    if isinstance(mistake, StoreUnavailable):  # its own words name the database
        return problem(503, "store_unavailable", "The store does not answer, so nothing was read or written; try again.",
                       headers={"Retry-After": "5"})
    if isinstance(mistake, StoreFull):
        return problem(507, "store_full", "The store has no room left: nothing was written. Free some space and send it again.")
    if isinstance(mistake, NotReady):
        return problem(503, "not_ready", str(mistake), headers={"Retry-After": "5"})
    if isinstance(mistake, NotFound):
        return problem(404, "not_found", str(mistake))
    if isinstance(mistake, Erased):
        return problem(410, "erased", str(mistake))
    return problem(422, "invalid_request", str(mistake))


def add_handlers(app: FastAPI, known: Sequence[str]) -> None:
    """Give every error of the app the one shape; ``known`` are a request's keys where its route does not say."""
    app.add_exception_handler(RequestValidationError, partial(_invalid, known=known))
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(LeadcastError, _mistake)
    app.add_exception_handler(Exception, _bug)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of a route, for OpenAPI."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {s: {"description": HTTPStatus(s).phrase, "content": {MEDIA_TYPE: schema}} for s in (*statuses, 500)}


async def _invalid(request: Request, error: Exception, known: Sequence[str]) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(e["type"] == "json_invalid" for e in found):
        return problem(400, "not_json", "The body is not JSON.")
    errors = [FieldError(path=path_text(e["loc"][1:]) or "body", message=_said(e, known_fields(request, e["loc"]) or known))
              for e in found[:MOST_ERRORS]]
    more = f" of the first {MOST_ERRORS} of {len(found):,} mistakes" if len(found) > MOST_ERRORS else ""
    return problem(422, "invalid_request", f"The request cannot be used; errors says why{more}.", errors)


def _said(error: Mapping[str, Any], known: Sequence[str]) -> str:
    """A mistake in our own words, where pydantic's do not say what to do."""
    if error["type"] == "extra_forbidden":
        return f"unknown key; known here: {', '.join(known)}"
    return str(error["msg"]).removeprefix("Value error, ")


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, UnicodeDecodeError):
        return problem(400, "not_json", "The body is not JSON in UTF-8.")
    details = {404: ("no_such_path", "There is nothing here; /docs lists what is."),
               405: ("method_not_allowed", "This path does not answer that method; /docs says which.")}
    code, detail = details.get(error.status_code, ("http_error", HTTPStatus(error.status_code).phrase + "."))
    answer = problem(error.status_code, code, detail)
    answer.headers.update(error.headers or {})
    if error.status_code == 405:
        answer.headers["Allow"] = ", ".join(_allowed(request))
    return answer


def _allowed(request: Request) -> list[str]:
    """Every method of a path; Starlette names those of the first route alone."""
    return [method for method in ("GET", "POST", "PUT", "DELETE")
            if any(route.matches({**request.scope, "method": method})[0] == Match.FULL for route in request.app.routes)]


async def _mistake(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, LeadcastError)
    if isinstance(error, StoreUnavailable | StoreFull):
        log.warning("%s", error)
    errors = getattr(error, "errors", None)
    if errors:
        said = str(error)  # no record can be used, or no id
        return problem(422, "invalid_request", f"{said[:1].upper()}{said[1:]}; errors says why.", errors)
    if isinstance(error, RequestError):
        return problem(422, "invalid_request", "The request cannot be used; errors says why.",
                       [FieldError(path=path_text(error.path) or "body", message=str(error))])
    return told(error)


async def _bug(_: Request, error: Exception) -> JSONResponse:
    return problem(500, "unexpected", "Something went wrong inside the service; its log says what.")
