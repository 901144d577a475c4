"""Scores of leads and deals: of those the store knows, or of whole records in the request."""

from functools import partial

import numpy as np
from fastapi import APIRouter, Request, Response
from pydantic_core import to_json

from leadcast.moment import as_utc, iso
from leadcast.vocabulary import Entity
from serving.answers import Answer, answer_ids, answer_records
from serving.at_hand import caller_of, desk_of, now_of, request_id_of, store_of
from serving.in_turn import in_turn
from serving.ledger import Asked, record
from serving.limits import owners_allowed
from serving.messages import ScoreAnswer, ScoreRequest
from serving.metrics import Source, count_scores
from serving.problems import documented


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1/score", tags=["scores"])
    answers = documented(400, 422, 503, 507)

    @router.post("/leads", responses=answers, response_model=ScoreAnswer)
    async def score_leads(request: Request, body: ScoreRequest) -> Response:
        """Score leads for every target that is still open: by their ids in the store, or from whole records."""
        return await in_turn(request, partial(_score, request, "lead", body))

    @router.post("/opportunities", responses=answers, response_model=ScoreAnswer)
    async def score_opportunities(request: Request, body: ScoreRequest) -> Response:
        """Score deals: by their ids, or from whole records, with their lead's and contact's rows: a deal sees their history."""
        return await in_turn(request, partial(_score, request, "opportunity", body))

    return router


def _score(request: Request, entity: Entity, body: ScoreRequest) -> Response:
    desk, store, now = desk_of(request), store_of(request), now_of(request)
    as_of = now if body.as_of is None else as_utc(body.as_of)
    if body.ids is not None:
        source: Source = "store"
        answer = answer_ids(desk, store, entity, body, as_of, owners_allowed(request))
    else:
        source, answer = "record", answer_records(desk, entity, body, as_of)
    record(store, Asked(now, request_id_of(request), caller_of(request).key_id, source), answer.scores)
    for scores in answer.scores:
        count_scores(scores.target, scores.model, scores.grade, source, int(scores.unseen.sum()))
    return _json(as_of, answer)


def _json(as_of: np.datetime64, answer: Answer) -> Response:
    """The answer as :class:`ScoreAnswer` writes it, without building a model of each score: a thousand of them count."""
    told = {"as_of": iso(as_of), "results": answer.results}
    return Response(to_json(told, inf_nan_mode="null"), media_type="application/json")
