"""Is it alive, is it ready: open to everybody, for load balancers."""

from fastapi import APIRouter, Request

from serving.at_hand import desk_of
from serving.messages import Health
from serving.problems import documented


def routes() -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/livez")
    async def alive() -> Health:
        """The process answers."""
        return Health(status="alive")

    @router.get("/readyz", responses=documented(503))
    async def ready(request: Request) -> Health:
        """The models are loaded; otherwise 503 with the reason."""
        desk_of(request)
        return Health(status="ready")

    return router
