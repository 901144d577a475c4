"""A forecast of today, or of a past day, from what the store holds: what the routes of forecasts and scenarios begin with."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from fastapi import Request

from leadcast.bundle import Bundle
from leadcast.errors import RequestError
from leadcast.history import History
from leadcast.moment import NO_TIME, as_utc, days, minute
from leadcast.period import FORMS, Period, PeriodError, read_period
from leadcast.workspace.model import Workspace
from serving.asked_forecasts import Asked, look_of, scored_ids
from serving.at_hand import desk_of, now_of
from serving.forecast_rows import groups_of
from serving.heavy import heavy_of
from serving.limits import owners_allowed
from serving.outlook import Outlook, winning
from serving.whole import whole_of

LONGEST_DAYS, FURTHEST_DAYS = 1_830.0, 3_660.0
"""A period lasts five years at most, and ends ten years ahead at most."""
MOST_PARTS = 500


@dataclass(frozen=True, eq=False)
class Fresh:
    """A forecast just made, from which model, and what is to be said of the moment it is of."""

    look: Outlook
    bundle: Bundle
    notes: tuple[str, ...]


@contextmanager
def fresh_forecast(
    request: Request, period: Period | str | None, as_of: datetime | None, by: str | None, quota: float | None
) -> Iterator[Fresh]:
    """Make a forecast when it is one's turn, and keep the turn for what is worked out from it.

    A caller that is limited to some owners gets the forecast of their deals.

    Raises
    ------
    NotReady : no models, or no store
    RequestError : the period or the column cannot be
    RegistryError : no model speaks of winning
    Refused : 503, too many wait
    """
    desk, now, owners, whole = desk_of(request), now_of(request), owners_allowed(request), whole_of(request)
    when = now if as_of is None else as_utc(as_of)
    span = period if isinstance(period, Period) else period_asked(desk.workspace, period, when)
    check_length(span, when)
    with heavy_of(request).turn():
        history = whole.at(now)
        bundle = winning(history, desk.bundles)
        column = _column(history, bundle, by)
        history = whole.with_events(history, bundle.entity, scored_ids(history, bundle, when))
        look = look_of(desk.workspace, history, desk.bundles, Asked(when, span, column, quota, owners))
        yield Fresh(look, bundle, tuple(hindsight_notes(bundle, when, now)))


def period_asked(workspace: Workspace, text: str | None, when: np.datetime64) -> Period:
    """The period that a request names, in the workspace's calendar.

    Raises
    ------
    RequestError : it is no period
    """
    try:
        return read_period(text, when, workspace.workspace.timezone, workspace.forecast.fiscal_year_starts)
    except PeriodError:
        raise RequestError(f"not a period, or one that ends before it begins: write {FORMS}", ("period",)) from None


def check_length(span: Period, when: np.datetime64) -> None:
    """No period that is longer, or ends farther ahead, than anybody means.

    Raises
    ------
    RequestError : it does
    """
    if span.start < NO_TIME or span.end - span.start > days(LONGEST_DAYS) or span.end > when + days(FURTHEST_DAYS):
        raise RequestError("a period begins in 1970 or later, lasts five years at most and ends within ten years", ("period",))


def _column(history: History, bundle: Bundle, by: str | None) -> str | None:
    """What to add up by; the stage by default where there are too many owners to show."""
    known = groups_of(history, bundle.entity)
    if by is not None and by not in known:
        raise RequestError(f"no column of the {bundle.entity} table to add up by; known are {', '.join(known)}", ("by",))
    if _values(history, bundle, by or "owner") <= MOST_PARTS:
        return by
    if by is None:
        return "stage"
    raise RequestError(f"has more than {MOST_PARTS} values: choose a column that says less", ("by",))


def _values(history: History, bundle: Bundle, name: str) -> int:
    table = history.entities(bundle.entity) if name in history.entities(bundle.entity) else history.leads
    return len(set(table[name])) if name in table else 0


def hindsight_notes(bundle: Bundle, when: np.datetime64, now: np.datetime64) -> list[str]:
    """What is to be said of a forecast as of a moment that the model knows more than, or that nobody knows yet."""
    notes = []
    if bundle.facts.trained_as_of > when:
        notes.append(f"The model learned from data to {minute(bundle.facts.trained_as_of)}, later than {minute(when)}: nobody "
                     "could have known as much then.")
    if when > now:
        notes.append(f"The data end at {minute(now)}; nothing later is known.")
    return notes
