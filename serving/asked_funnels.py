"""What a request asks of a funnel, and the answer of a view."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from fastapi import Request

from leadcast.errors import RequestError
from leadcast.funnel import FunnelError, Path, Wanted, widest_path
from leadcast.history import History
from leadcast.moment import as_utc
from leadcast.store.answers import Heard, heard_from_us
from leadcast.table import Table
from leadcast.workspace.model import Workspace
from serving.at_hand import desk_of, now_of, store_of
from serving.forecast_answers import Plain, utc
from serving.funnel_messages import FunnelQuery
from serving.heavy import heavy_of
from serving.limits import owners_allowed
from serving.store_forecasts import period_asked
from serving.whole import whole_of


class View(Protocol):
    """What is counted of a funnel."""

    def to_json(self) -> Plain: ...


Counted = Callable[[History, Wanted, np.datetime64], View]


def funnel_answer(request: Request, query: FunnelQuery, count: Counted, widest: bool = False) -> Plain:
    """A view as an answer holds it.

    Parameters
    ----------
    widest : where no path is asked for, from leads to deals if they can be joined; else deals, or leads

    Raises
    ------
    RequestError : there is no such path, pipeline, column, stage or period
    """
    workspace, now = desk_of(request).workspace, now_of(request)
    when = now if query.as_of is None else as_utc(query.as_of)
    start, end = _span(workspace, query, when)
    where, whole = tuple(_condition(text) for text in query.where), whole_of(request)
    with heavy_of(request).turn():
        history = whole.at(now)
        path = query.path or (widest_path(history) if widest else _usual_path(history))
        wanted = Wanted(path, query.pipeline, start, end, query.owner, query.source, query.by, owners_allowed(request),
                        query.manager, query.region, where)
        try:
            found = count(history, wanted, when).to_json()
        except FunnelError as mistake:
            raise RequestError(mistake.said, (mistake.field,)) from None
    return {"as_of": utc(when), "path": path, "currency": workspace.workspace.currency, **found}


def answered_leads(request: Request, history: History, when: np.datetime64) -> np.ndarray:
    """When each lead was first answered; what leads heard is read once, and again after records changed.

    Raises
    ------
    StoreUnavailable : the database does not answer
    """
    kept: tuple[Table, Heard] | None = getattr(request.app.state, "heard", None)
    if kept is None or kept[0] is not history.leads:  # another table of leads after every write
        kept = request.app.state.heard = history.leads, heard_from_us(store_of(request), history)
    return kept[1].first(when)


def _usual_path(history: History) -> Path:
    return "deals" if history.vocabulary.pipelines_of("opportunity") else "leads"


def _condition(text: str) -> tuple[str, str]:
    column, colon, value = text.partition(":")
    if not (column and colon and value):
        raise RequestError("not a column and its value: write where=segment:enterprise", ("where",))
    return column, value


def _span(
    workspace: Workspace, query: FunnelQuery, when: np.datetime64
) -> tuple[np.datetime64 | None, np.datetime64 | None]:
    if query.period is not None:
        if query.since is not None or query.until is not None:
            raise RequestError("says from when to when already: leave out from and to", ("period",))
        span = period_asked(workspace, query.period, when)
        return span.start, span.end
    return (None if query.since is None else as_utc(query.since)), (None if query.until is None else as_utc(query.until))
