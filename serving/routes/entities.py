"""Leads and deals as the store knows them, with their scores: in pages, and one alone with all that happened."""

from datetime import UTC, datetime
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path, Query, Request

from leadcast.errors import RequestError
from leadcast.moment import as_utc
from leadcast.store.current import current_of
from leadcast.store.erased import is_erased
from leadcast.store.listing import Wanted, page_of, records_of
from leadcast.store.teams import members
from leadcast.vocabulary import Entity
from serving.at_hand import desk_of, now_of, store_of
from serving.desk import Desk
from serving.entity_messages import Asked, AskedOne, LeadPage, OpportunityPage, WholeLead, WholeOpportunity
from serving.limits import owner_allowed, owners_allowed
from serving.messages import Id
from serving.one_entity import whole_told
from serving.problems import Erased, NotFound, documented
from serving.sorted_cursor import read_place, write_place
from serving.told import flags_of, record_told, score_told


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["leads and opportunities"])

    @router.get("/leads", responses=documented(422, 503))
    def leads(request: Request, asked: Annotated[Asked, Query()]) -> LeadPage:
        """Leads in pages: filtered, and the best first unless asked otherwise, each with its current scores.

        Over all pages each comes exactly once, as long as what they are sorted by does not change meanwhile. When sorted by
        score, one whose score moves between two pages may come twice or not at all; the others are not affected by it.
        """
        return LeadPage(**_page(request, "lead", asked))

    @router.get("/opportunities", responses=documented(422, 503))
    def opportunities(request: Request, asked: Annotated[Asked, Query()]) -> OpportunityPage:
        """Deals in pages: filtered, and the best first unless asked otherwise, each with its current scores."""
        return OpportunityPage(**_page(request, "opportunity", asked))

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


def target_of(desk: Desk, entity: Entity, target: str | None) -> str | None:
    """The target that is asked for; by default the last of the workspace's targets of this kind.

    Raises
    ------
    RequestError : there is no such target of this kind
    """
    known = [scorer.bundle.target.name for scorer in desk.scorers.values() if scorer.bundle.entity == entity]
    if target is None:
        return known[-1] if known else None
    if target not in known:
        raise RequestError(f"no such target; known here: {', '.join(known) or 'none'}", ("target",))
    return target


def _page(request: Request, entity: Entity, asked: Asked) -> dict[str, Any]:
    desk, store, now = desk_of(request), store_of(request), now_of(request)
    question = f"{entity} {asked.model_dump_json(exclude={'cursor', 'limit'})}"
    after = read_place(asked.cursor, question)
    wanted = Wanted(
        target_of(desk, entity, asked.target), _owners(request, asked, now), asked.source, asked.stage,
        {"true": True, "false": False}.get(asked.open), asked.grade, asked.min_probability, _moment(asked.created_after),
        _moment(asked.created_before), _moment(asked.changed_since), asked.q, asked.sort, asked.order == "asc",
    )
    with store.reading() as connection:
        rows, place = page_of(connection, desk.vocabulary, entity, wanted, now, asked.limit, after)
        ids = [getattr(row, f"{entity}_id") for row in rows]
        scores: dict[str, list[dict[str, Any]]] = {one: [] for one in ids}
        for score in current_of(connection, entity, ids):
            scores[score.entity_id].append(score_told(score))
    flags = flags_of(desk.vocabulary, entity)
    items = [record_told(row, scores[one], flags) for row, one in zip(rows, ids, strict=True)]
    return {"items": items, "next": write_place(place, question)}


def _owners(request: Request, asked: Asked, now: np.datetime64) -> frozenset[str] | None:
    """Whose records are asked for and may be seen; None: everybody's."""
    found = [owners_allowed(request), None if asked.owner is None else frozenset([asked.owner])]
    if asked.manager is not None:
        found.append(members(store_of(request), "manager", [asked.manager], now))
    if asked.region is not None:
        found.append(members(store_of(request), "region", [asked.region], now))
    sets = [some for some in found if some is not None]
    return frozenset.intersection(*sets) if sets else None


def _moment(written: datetime | None) -> np.datetime64 | None:
    return None if written is None else as_utc(written.astimezone(UTC))


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
