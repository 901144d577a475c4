"""Whom to work on now."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from leadcast.errors import RequestError
from serving.at_hand import desk_of, now_of, store_of
from serving.desk import Desk
from serving.problems import documented
from serving.queue import queue_of
from serving.queue_messages import AskedQueue, Queue
from serving.whose import owners_asked


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["queue"])

    @router.get("/queue", responses=documented(422, 503))
    def queue(request: Request, asked: Annotated[AskedQueue, Query()]) -> Queue:
        """Whom to work on now, the most worthwhile first, each with the reasons of its score.

        In this order: deals with an amount by probability times amount; then those without one, as all leads, by probability;
        among equals who has waited longest for a touch from us; then by id. Only who is open now and has a current score.
        """
        desk, now = desk_of(request), now_of(request)
        target, owners = _target(desk, asked.target), owners_asked(request, asked, now)
        return Queue(**queue_of(store_of(request), desk, target, owners, now, asked.limit, asked.explain))

    return router


def _target(desk: Desk, asked: str | None) -> str:
    """The target that is asked for; by default the last one of leads or, where there is none, of deals.

    Raises
    ------
    RequestError : there is no such target
    """
    if asked is None:
        of_leads = [name for name, scorer in desk.scorers.items() if scorer.bundle.entity == "lead"]
        return of_leads[-1] if of_leads else list(desk.scorers)[-1]
    if asked not in desk.scorers:
        raise RequestError(f"no such target; known here: {', '.join(desk.scorers)}", ("target",))
    return asked
