"""What a manager reads first: a period's outlook, kept ready; and how past forecasts held."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from leadcast.moment import as_utc
from leadcast.replay import ReplayError
from leadcast.store.prepared import Prepared, note_asked
from serving.at_hand import caller_of, desk_of, now_of, store_of
from serving.briefing.accuracy import accuracy_told
from serving.briefing.accuracy_messages import AccuracyAnswer
from serving.briefing.make import Freshness, kept_answer, make_and_keep, told
from serving.briefing.messages import OutlookAnswer, OutlookAsked
from serving.briefing.question import STANDARD, Question, asked_question
from serving.calls_kept import readable
from serving.forecast_answers import answered
from serving.heavy import heavy_of
from serving.problems import Refused, documented
from serving.store_forecasts import check_length, period_asked
from serving.whole import whole_of
from serving.whose import owners_asked


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["forecasts"])

    @router.get("/outlook", responses=documented(409, 422, 503), response_model=OutlookAnswer)
    def outlook(request: Request, asked: Annotated[OutlookAsked, Query()]) -> Response:
        """What a period will bring, week by week and by whom, what changed since the week before, and which deals carry the risk.

        Answered at once from what the companion keeps ready, `made_at` some moment; only a question that nobody has asked
        before waits. With a limited key, of its owners' deals alone.
        """
        return _outlook(request, asked)

    @router.get("/accuracy", responses=documented(409, 503), response_model=AccuracyAnswer)
    def accuracy(request: Request) -> Response:
        """Past forecasts against what came: of the newest backtest, and of saved forecasts whose period is over.

        They are of everybody's deals: with a limited key, none.
        """
        desk, now, whole = desk_of(request), now_of(request), whole_of(request)
        with heavy_of(request).turn(), _readable():
            return answered(accuracy_told(desk, whole.at(now), now, hidden=caller_of(request).limit is not None))

    return router


def _outlook(request: Request, asked: OutlookAsked) -> Response:
    desk, store, now = desk_of(request), store_of(request), now_of(request)
    when = now if asked.as_of is None else as_utc(asked.as_of)
    check_length(period_asked(desk.workspace, asked.period or STANDARD, when), when)
    question = asked_question(desk.workspace, asked, owners_asked(request, asked, now), now)
    freshness = Freshness.of(store, desk, now)
    answer = kept_answer(store, question)
    if answer is None or not _is_good_enough(answer, freshness, question, asked.anew):
        with heavy_of(request).turn(), readable():
            answer = kept_answer(store, question)  # somebody may have made it while this one waited
            if answer is None or not _is_good_enough(answer, freshness, question, asked.anew):
                answer, _ = make_and_keep(store, desk, whole_of(request), question, now, now)
    note_asked(store, answer, now)
    fresh = freshness.is_fresh(answer.made_from, answer.made_at, question.is_past(answer.made_at))
    return Response(told(answer, fresh), media_type="application/json")


def _is_good_enough(answer: Prepared, freshness: Freshness, question: Question, anew: bool) -> bool:
    of_the_past = question.is_past(answer.made_at)
    if freshness.is_fresh(answer.made_from, answer.made_at, of_the_past):
        return True
    return not anew and (of_the_past or not freshness.is_forgotten(answer.made_at))


@contextmanager
def _readable() -> Iterator[None]:
    """A replay that cannot be read is told as 409."""
    try:
        yield
    except ReplayError as damaged:
        raise Refused(409, "conflict", str(damaged)) from None
