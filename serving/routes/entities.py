"""Leads and deals as the store knows them, with their scores: in pages, and one alone with all that happened."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from leadcast.store.erased import is_erased
from leadcast.store.listing import records_of
from leadcast.vocabulary import Entity
from serving.at_hand import desk_of, now_of, store_of
from serving.entity_messages import AskedOne, LeadPage, OpportunityPage, WholeLead, WholeOpportunity
from serving.limits import owner_allowed, owners_allowed
from serving.list_messages import AskedGrid, AskedLeads, AskedOpportunities, Grid
from serving.lists import grid_told, page_told
from serving.messages import Id
from serving.one_entity import whole_told
from serving.problems import Erased, NotFound, documented
from serving.whose import owners_asked


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["leads and opportunities"])

    @router.get("/leads", responses=documented(422, 503))
    def leads(request: Request, asked: Annotated[AskedLeads, Query()]) -> LeadPage:
        """Leads in pages: filtered, and the best first unless asked otherwise, each with its current scores.

        Over all pages each comes exactly once, as long as what they are sorted by does not change meanwhile. When sorted by
        score, one whose score moves between two pages may come twice or not at all; the others are not affected by it.
        """
        return LeadPage(**_page(request, "lead", asked))

    @router.get("/opportunities", responses=documented(422, 503))
    def opportunities(request: Request, asked: Annotated[AskedOpportunities, Query()]) -> OpportunityPage:
        """Deals in pages: filtered, and the best first unless asked otherwise, each with its current scores."""
        return OpportunityPage(**_page(request, "opportunity", asked))

    @router.get("/lead-grid", responses=documented(422, 503))
    def grid(request: Request, asked: Annotated[AskedGrid, Query()]) -> Grid:
        """How many leads stand where in fit and engagement, of those with a current score for the target, and their chances."""
        now = now_of(request)
        return Grid(**grid_told(store_of(request), desk_of(request), asked, owners_asked(request, asked, now), now))

    @router.get("/leads/{lead_id:id}", responses=documented(404, 410, 422, 503))
    def lead(request: Request, lead_id: Annotated[Id, Path()], asked: Annotated[AskedOne, Query()]) -> WholeLead:
        """One lead: its record, what happened, its scores now with reasons, and how and why they moved."""
        return WholeLead(**_whole(request, "lead", lead_id, asked))

    @router.get("/opportunities/{opportunity_id:id}", responses=documented(404, 410, 422, 503))
    def opportunity(
        request: Request, opportunity_id: Annotated[Id, Path()], asked: Annotated[AskedOne, Query()]
    ) -> WholeOpportunity:
        """One deal: its record, what happened, its scores now with reasons, and how and why they moved."""
        return WholeOpportunity(**_whole(request, "opportunity", opportunity_id, asked))

    return router


def _page(request: Request, entity: Entity, asked: AskedLeads | AskedOpportunities) -> dict[str, Any]:
    now = now_of(request)
    return page_told(store_of(request), desk_of(request), entity, asked, owners_asked(request, asked, now), now)


def _whole(request: Request, entity: Entity, one: str, asked: AskedOne) -> dict[str, Any]:
    desk, store, now = desk_of(request), store_of(request), now_of(request)
    with store.reading() as connection:
        record = next(iter(records_of(connection, desk.vocabulary, entity, [one], now)), None)
        erased = record is None and bool(is_erased(connection, entity, [one]))
    if record is None and erased and owners_allowed(request) is None:
        raise Erased(f"This {entity} was erased.")
    if record is None or not owner_allowed(request, record.owner):
        raise NotFound(f"The store has no {entity} of this id.")
    return whole_told(store, desk, entity, record, now, asked.explain, asked.events_limit, asked.moves_limit)
