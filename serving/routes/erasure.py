"""Erasure: a lead or a deal is taken out of everything within reach, and does not come back."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from leadcast.vocabulary import Entity
from serving.at_hand import desk_of, now_of, store_of
from serving.erase import Erased, erase
from serving.erasure_messages import ErasedAnswer, ModelThatSaw
from serving.limits import owners_allowed
from serving.messages import Id
from serving.problems import Refused, documented

DEALS_TOO = "its deals go with it; else they stay without their link to it"
EntityId = Annotated[Id, Path(description="as the CRM names it")]


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["erasure"])
    answers = documented(404, 409, 422, 503, 507)

    @router.delete("/leads/{lead_id:id}", responses=answers)
    def erase_lead(
        request: Request, lead_id: EntityId, with_opportunities: Annotated[bool, Query(description=DEALS_TOO)] = False,
    ) -> ErasedAnswer:
        """Erase a lead: its record, events, scores and answers, rows of files, and its name in saved forecasts."""
        return _erase(request, "lead", lead_id, with_opportunities)

    @router.delete("/opportunities/{opportunity_id:id}", responses=answers)
    def erase_opportunity(request: Request, opportunity_id: EntityId) -> ErasedAnswer:
        """Erase a deal everywhere; saved forecasts keep its amount under a random id, so that their totals hold."""
        return _erase(request, "opportunity", opportunity_id)

    return router


def _erase(request: Request, entity: Entity, entity_id: str, with_opportunities: bool = False) -> ErasedAnswer:
    if getattr(request.app.state, "clock_stands", False):
        raise Refused(409, "conflict", "This service shows a past day, with records of its own: erase in the present one.")
    workspace, store, owners = desk_of(request).workspace, store_of(request), owners_allowed(request)
    return told(erase(workspace, store, entity, entity_id, now_of(request), with_opportunities, owners))


def told(done: Erased) -> ErasedAnswer:
    """What was done, as an answer."""
    models = None if done.models is None else [
        ModelThatSaw(model=one.model, champion=one.is_champion, data_end=one.data_end or None) for one in done.models]
    return ErasedAnswer(entity=done.entity, id=done.entity_id, already=done.already, removed=done.removed, kept=done.kept,
                        models_that_had_seen_it=models, left=done.left, beyond_reach=list(done.beyond_reach))
