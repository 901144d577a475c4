"""Signing in on the page: a key is exchanged for a cookie that scripts cannot read."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from leadcast.moment import as_utc
from leadcast.store.api_keys import read_ring
from serving.at_hand import store_of
from serving.clock import wall_time
from serving.known_keys import key_store
from serving.problems import Refused, documented
from serving.sessions import COOKIE, HOURS, session_of


class SignIn(BaseModel):
    """A key, as ``leadcast keys add`` has printed it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"key": "lc_0f5a78450c18_secret"}]})

    key: str = Field(min_length=1, max_length=200)


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1/session", tags=["session"])

    @router.post("", status_code=204, responses=documented(401, 422, 503))
    def sign_in(request: Request, body: SignIn) -> Response:
        """Exchange a key for a session of 12 hours, as a cookie (HttpOnly, SameSite=Strict); it ends with the key.

        With a session, whatever changes something needs the header ``X-Requested-With: leadcast``.
        """
        store_of(request)  # says so where it is not open
        ring, now = read_ring(key_store(request.app.state)), as_utc(wall_time(request.app.state))
        key = ring.holder(body.key, now)
        if key is None:
            raise Refused(401, "wrong_key", "The key is unknown, has expired or was revoked.", {"WWW-Authenticate": "Bearer"})
        answer = Response(status_code=204)
        answer.set_cookie(COOKIE, session_of(ring, key, now), max_age=HOURS * 3600, httponly=True, samesite="strict",
                          secure=request.url.scheme == "https")
        return answer

    @router.delete("", status_code=204, responses=documented())
    def sign_out() -> Response:
        """Forget the session."""
        answer = Response(status_code=204)
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return answer

    return router
