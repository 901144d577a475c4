"""Records in, up to 1,000 at once: leads, deals, events, stages, changes of fields, contacts, accounts, owners, quotas, costs."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from leadcast.store.columns import micro
from leadcast.store.intake import Outcome, Put, Receipt, take_in
from leadcast.store.intake_entities import put_leads, put_opportunities
from leadcast.store.intake_events import put_events
from leadcast.store.intake_fields import put_fields
from leadcast.store.intake_parties import put_accounts, put_contacts
from leadcast.store.intake_stages import put_stages
from leadcast.store.intake_team import put_costs, put_owners, put_quotas
from leadcast.store.intake_terms import Terms
from serving.at_hand import desk_of, now_of, request_id_of, store_of
from serving.idempotent import IsOnce, Keep
from serving.limits import owners_allowed
from serving.metrics import count_ingested, note_lags
from serving.problems import FieldError, documented
from serving.record_batches import Accounts, Contacts, Costs, Events, FieldChanges, Leads, Opportunities, Owners, Quotas, Stages
from serving.record_messages import BatchAnswer, ItemResult

SAID: dict[str, Any] = {"response_model": BatchAnswer, "responses": documented(400, 409, 413, 422, 503, 507)}


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["records"])

    @router.put("/leads", **SAID)
    def leads(request: Request, body: Leads, once: IsOnce) -> Response:
        """Leads as they are now, new or known, by `lead_id`.

        A key that an item does not hold leaves the stored value, null clears it. What changed of a known lead is kept in its
        field history, so that every past day can be rebuilt: at the item's `changed_at`, or now. A change older than the newest
        known one of its field is remembered, but the newest stands. `created_at` does not change any more. An attribute that the
        lead does not give itself is its contact's, else its account's.
        """
        return _put(request, once, "leads", body.items, put_leads)

    @router.put("/opportunities", **SAID)
    def opportunities(request: Request, body: Opportunities, once: IsOnce) -> Response:
        """Deals as they are now, by `opportunity_id`; as leads. Amounts are kept in the reporting currency, at the rate of the
        deal's first day."""
        return _put(request, once, "opportunities", body.items, put_opportunities)

    @router.put("/events", **SAID)
    def events(request: Request, body: Events, once: IsOnce) -> Response:
        """What happened. An event that is known is unchanged, however often it comes, and the order does not matter; the same
        `event_id` with another content is rejected. `recorded_at` is now unless it is given: a late event changes nothing that a
        past day saw, but for a deal that begins with an event: that begins when the first of them happened, even if it came late.
        An event about nobody who is known is kept; they may come later."""
        return _put(request, once, "events", body.items, put_events)

    @router.put("/stages", **SAID)
    def stages(request: Request, body: Stages, once: IsOnce) -> Response:
        """Stages that leads and deals entered; won and lost are stages. An entry that is known is unchanged."""
        return _put(request, once, "stages", body.items, put_stages)

    @router.put("/field-history", **SAID)
    def field_history(request: Request, body: FieldChanges, once: IsOnce) -> Response:
        """Changes of columns and attributes, one by one, as a CRM's own history has them. The newest change of a field is what
        the lead or deal holds; an older one is remembered as what it held then."""
        return _put(request, once, "field-history", body.items, put_fields)

    @router.put("/contacts", **SAID)
    def contacts(request: Request, body: Contacts, once: IsOnce) -> Response:
        """Contacts as they are now. Their attributes count for their leads and deals that give none themselves."""
        return _put(request, once, "contacts", body.items, put_contacts)

    @router.put("/accounts", **SAID)
    def accounts(request: Request, body: Accounts, once: IsOnce) -> Response:
        """Accounts as they are now. Their attributes count for leads and deals where neither these nor their contact give any."""
        return _put(request, once, "accounts", body.items, put_accounts)

    @router.put("/owners", **SAID)
    def owners(request: Request, body: Owners, once: IsOnce) -> Response:
        """Who belongs to whom, by owner and `valid_from`; not with a key that is limited to some owners."""
        return _put(request, once, "owners", body.items, put_owners)

    @router.put("/quotas", **SAID)
    def quotas(request: Request, body: Quotas, once: IsOnce) -> Response:
        """What an owner or a region is to win in a period; kept in the reporting currency."""
        return _put(request, once, "quotas", body.items, put_quotas)

    @router.put("/costs", **SAID)
    def costs(request: Request, body: Costs, once: IsOnce) -> Response:
        """What a source, or a campaign of it, cost in a period; kept in the reporting currency. Not with a key that is limited to
        some owners."""
        return _put(request, once, "costs", body.items, put_costs)

    return router


def terms_of(request: Request) -> Terms:
    """The workspace's terms, made once."""
    workspace = desk_of(request).workspace
    kept: Terms | None = getattr(request.app.state, "terms", None)
    if kept is None or kept.workspace is not workspace:
        kept = request.app.state.terms = Terms(workspace)
    return kept


def _put(request: Request, once: IsOnce, resource: str, sent: Sequence[BaseModel], put: Put) -> Response:
    """Write a batch, once for each Idempotency-Key."""
    items = [item.model_dump(exclude_unset=True) for item in sent]
    terms, store = terms_of(request), store_of(request)
    receipt = Receipt(micro(now_of(request)), owners_allowed(request), request_id_of(request))

    def work(keep: Keep) -> BaseModel:
        def seal(connection: Any, outcomes: list[Outcome]) -> None:
            keep(connection, _answer(outcomes))

        answer = _answer(take_in(store, terms, resource, items, receipt, put, seal))
        _count(resource, items, receipt, answer)
        return answer

    return once.answer(work)


def _answer(outcomes: Sequence[Outcome]) -> BatchAnswer:
    results = [ItemResult(index=outcome.index, id=outcome.id, status=outcome.status, errors=[
        FieldError(path=f"items[{outcome.index}].{path}", message=message) for path, message in outcome.errors])
        for outcome in outcomes]
    counted = Counter(result.status for result in results)
    return BatchAnswer(results=results, created=counted["created"], updated=counted["updated"], unchanged=counted["unchanged"],
                       rejected=counted["rejected"])


def _count(resource: str, items: Sequence[dict[str, Any]], receipt: Receipt, answer: BatchAnswer) -> None:
    for status in ("created", "updated", "unchanged", "rejected"):
        count_ingested(resource, status, getattr(answer, status))
    if resource == "events":
        new = [items[result.index]["occurred_at"] for result in answer.results if result.status == "created"]
        note_lags(receipt.now / 1e6 - moment.astimezone(UTC).timestamp() for moment in new)
