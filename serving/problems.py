"""One shape for every error: RFC 9457 ``application/problem+json``, with paths and never with a value of the request."""

from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from leadcast.errors import LeadcastError, RequestError

MEDIA_TYPE = "application/problem+json"


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
    errors: list[FieldError] = Field(default_factory=list)


class NotReady(LeadcastError):
    """The service runs but has no models to answer with."""


def path_text(path: Sequence[str | int]) -> str:
    """A path as one reads it.

    Examples
    --------
    >>> path_text(("records", 2, "sessions", 0, "started_ms"))
    'records[2].sessions[0].started_ms'
    """
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def problem(status: int, code: str, detail: str, errors: Sequence[FieldError] = ()) -> JSONResponse:
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, code=code, errors=list(errors))
    return JSONResponse(body.model_dump(), status, media_type=MEDIA_TYPE)


def add_handlers(app: FastAPI, known: Sequence[str]) -> None:
    """Give every error of the app the one shape; ``known`` are a request's keys, for who writes another."""
    app.add_exception_handler(RequestValidationError, partial(_invalid, known=known))
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(LeadcastError, _mistake)
    app.add_exception_handler(Exception, _bug)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of a route, for OpenAPI."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {s: {"description": HTTPStatus(s).phrase, "content": {MEDIA_TYPE: schema}} for s in (*statuses, 500)}


async def _invalid(_: Request, error: Exception, known: Sequence[str]) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(e["type"] == "json_invalid" for e in found):
        return problem(400, "not_json", "The body is not JSON.")
    errors = [FieldError(path=path_text(e["loc"][1:]) or "body", message=_said(e, known)) for e in found]
    return problem(422, "invalid_request", "The request cannot be used; errors says why.", errors)


def _said(error: Mapping[str, Any], known: Sequence[str]) -> str:
    """A mistake in our own words, where pydantic's do not say what to do."""
    if error["type"] == "extra_forbidden":
        return f"unknown key; known here: {', '.join(known)}"
    return str(error["msg"]).removeprefix("Value error, ")


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, UnicodeDecodeError):
        return problem(400, "not_json", "The body is not JSON in UTF-8.")
    details = {404: ("no_such_path", "There is nothing here; /docs lists what is."),
               405: ("method_not_allowed", "This path does not answer that method; /docs says which.")}
    code, detail = details.get(error.status_code, ("http_error", HTTPStatus(error.status_code).phrase + "."))
    answer = problem(error.status_code, code, detail)
    answer.headers.update(error.headers or {})
    return answer


async def _mistake(_: Request, error: Exception) -> JSONResponse:
    if isinstance(error, NotReady):
        return problem(503, "not_ready", str(error))
    errors = getattr(error, "errors", None)
    if errors:
        return problem(422, "invalid_request", "No record can be used; errors says why.", errors)
    if isinstance(error, RequestError):
        return problem(422, "invalid_request", "The request cannot be used; errors says why.",
                       [FieldError(path=path_text(error.path) or "body", message=str(error))])
    return problem(422, "invalid_request", str(error))


async def _bug(_: Request, error: Exception) -> JSONResponse:
    return problem(500, "unexpected", "Something went wrong inside the service; its log says what.")
