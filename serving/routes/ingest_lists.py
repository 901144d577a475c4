"""Records out again, in pages: contacts, accounts, owners, quotas, costs and changes of fields."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from leadcast.store.intake_lists import LISTS, list_page
from leadcast.store.intake_values import time_of
from leadcast.vocabulary import Entity
from serving.at_hand import store_of
from serving.cursors import read_cursor, written_cursor
from serving.limits import owners_allowed
from serving.messages import Id
from serving.problems import documented
from serving.record_batches import AccountPage, ContactPage, CostPage, FieldPage, OwnerPage, QuotaPage

Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str | None, Query(max_length=8_000, description="next of the page before")]
SAID = documented(422, 503)
TIMES = ("changed_at", "recorded_at", "valid_from")


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["records"])

    @router.get("/contacts", responses=SAID)
    def contacts(request: Request, limit: Limit = 50, cursor: Cursor = None) -> ContactPage:
        """Contacts by their ids; with a limited key, those of its owners' leads and deals."""
        return ContactPage(**_page(request, "contacts", limit, cursor))

    @router.get("/accounts", responses=SAID)
    def accounts(request: Request, limit: Limit = 50, cursor: Cursor = None) -> AccountPage:
        """Accounts by their ids; with a limited key, those of its owners' leads and deals."""
        return AccountPage(**_page(request, "accounts", limit, cursor))

    @router.get("/owners", responses=SAID)
    def owners(request: Request, owner: Id | None = None, limit: Limit = 50, cursor: Cursor = None) -> OwnerPage:
        """Who belongs to whom, by owner; one may stand several times, with different `valid_from`."""
        return OwnerPage(**_page(request, "owners", limit, cursor, owner=owner))

    @router.get("/quotas", responses=SAID)
    def quotas(
        request: Request, owner: Id | None = None, period: Id | None = None, limit: Limit = 50, cursor: Cursor = None
    ) -> QuotaPage:
        """What is to be won, by period as it is written; `period` means the same text."""
        return QuotaPage(**_page(request, "quotas", limit, cursor, owner=owner, period=period))

    @router.get("/costs", responses=SAID)
    def costs(
        request: Request, source: Id | None = None, period: Id | None = None, limit: Limit = 50, cursor: Cursor = None
    ) -> CostPage:
        """What campaigns cost, by period as it is written; nothing with a key that is limited to some owners."""
        return CostPage(**_page(request, "costs", limit, cursor, source=source, period=period))

    @router.get("/field-history", responses=SAID)
    def field_history(
        request: Request, entity: Entity | None = None, entity_id: Id | None = None, limit: Limit = 50, cursor: Cursor = None
    ) -> FieldPage:
        """Changes of fields, the oldest first."""
        return FieldPage(**_page(request, "field-history", limit, cursor, entity=entity, entity_id=entity_id))

    return router


def _page(request: Request, resource: str, limit: int, cursor: str | None, **filters: str | None) -> dict[str, Any]:
    kinds = [int if name == "changed_at" else str for name in LISTS[resource].order]
    after = None if cursor is None else read_cursor(cursor, *kinds)
    rows, place = list_page(store_of(request), resource, filters, limit, after, owners_allowed(request))
    items = [{name: time_of(cell) if name in TIMES and cell is not None else cell for name, cell in row.items()} for row in rows]
    return {"items": items, "next": None if place is None else written_cursor(*place)}
