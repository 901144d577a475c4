"""What was answered, and the same answer again."""

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query, Request

from leadcast.errors import BundleError, RegistryError
from leadcast.moment import NO_TIME
from leadcast.store.ledger import Entry, entries, entry
from leadcast.vocabulary import Entity
from serving.at_hand import caller_of, desk_of, store_of
from serving.ledger import reproduce
from serving.ledger_messages import LedgerEntry, LedgerPage, Reproduced
from serving.messages import Id, Score
from serving.past_models import scorer_of
from serving.problems import NotFound, documented

BIGGEST = 2**53


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1/ledger", tags=["ledger"])

    @router.get("", responses=documented(422, 503))
    def answered(
        request: Request, entity: Entity | None = None, entity_id: Annotated[Id | None, Query()] = None,
        request_id: Annotated[Id | None, Query()] = None, limit: Annotated[int, Query(ge=1, le=500)] = 50,
        cursor: Annotated[int | None, Query(ge=1, le=BIGGEST, description="the next of an earlier page")] = None,
    ) -> LedgerPage:
        """The newest answers, of one lead or deal or one request where that is asked; with a limited key, its own alone."""
        caller = caller_of(request)
        mine = None if caller.limit is None else caller.key_id
        found = entries(store_of(request), entity, entity_id, request_id, cursor, limit + 1, mine)
        following = str(found[limit - 1].id) if len(found) > limit else None
        return LedgerPage(items=[_told(one) for one in found[:limit]], next=following)

    @router.get("/{number}", responses=documented(404, 422, 503))
    def reproduced(request: Request, number: int) -> Reproduced:
        """One answer, and the same again from the inputs that were kept and the version that answered, with its reasons."""
        caller, kept = caller_of(request), entry(store_of(request), number) if abs(number) <= BIGGEST else None
        if kept is None or (caller.limit is not None and kept.caller != caller.key_id):
            raise NotFound("The ledger has no entry of this number.")
        return _again(request, kept)

    return router


def _again(request: Request, kept: Entry) -> Reproduced:
    try:
        again = reproduce(kept, scorer_of(desk_of(request), kept.told["target"], kept.told["model"]))
    except (BundleError, RegistryError):
        return Reproduced(entry=_told(kept), agrees=None, again=None,
                          note=f"The model {kept.told['model']} is not to be had any more: retention removed it, or the "
                               "registry does not answer.")
    return Reproduced(entry=_told(kept), agrees=again.agrees, again=Score(**again.row))


def _told(kept: Entry) -> LedgerEntry:
    told: dict[str, Any] = dict(kept.told)
    for name in ("won_by", "expected_close", "close_from", "close_to"):
        told[name] = None if told[name] is None else _moment(told[name])
    as_of = told.pop("as_of")
    told["enough_information"] = bool(told["enough_information"])
    return LedgerEntry(id=kept.id, at=_moment(kept.at), as_of=_moment(as_of) if as_of > NO_TIME.astype(np.int64) else None,
                       request_id=kept.request_id or "", caller=kept.caller or "", source=kept.source,
                       fingerprint=kept.fingerprint, score=Score(**told, reasons=None))


def _moment(micros: int) -> Any:
    return f"{np.datetime64(micros, 'us').item().isoformat()}+00:00"
