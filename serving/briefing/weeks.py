"""A period week by week from its start: what was closed won by the end of those that are over, what is expected by the others."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from leadcast.bundle import Bundle
from leadcast.forecast import Part
from leadcast.moment import days
from leadcast.period import Period, next_periods
from leadcast.replay import Wins
from leadcast.table import TIME
from serving.outlook import Outlook
from serving.weeks import Week, part_until

MOST_WEEKS = 62
"""Longer periods go by months: nobody reads a hundred weeks."""


@dataclass(frozen=True, eq=False)
class Filled:
    """What a period holds by the end of a week.

    Attributes
    ----------
    until : the first moment after it
    last_day : the last day that counts, where the workspace is
    won : closed won by then, as known now; None where the week is not over
    part : what is expected by then; None where the week is over
    """

    name: str
    until: np.datetime64
    last_day: date
    won: Wins | None
    part: Part | None


def whole_weeks(look: Outlook, bundle: Bundle, timezone: str | None = None) -> list[Filled]:
    """The total of an outlook's period by the end of each of its weeks (months, where they are more than 62).

    The first and the last are cut at the period's ends, so that the last one says what the period's own forecast says.

    Parameters
    ----------
    bundle : the one that the outlook was made with
    timezone : where days begin; default UTC
    """
    entered, amount = _won(look)
    weeks = []
    for week in _weeks(look.period, timezone):
        last_day = Week(week.name, week.end, look.forecast.total).last_day(timezone)
        if week.end <= look.as_of:
            there = entered < week.end
            weeks.append(Filled(week.name, week.end, last_day, Wins(float(there.sum()), float(amount[there].sum())), None))
        else:
            part = look.forecast.total if week.end == look.period.end else part_until(look, bundle, week.end)
            weeks.append(Filled(week.name, week.end, last_day, None, part))
    return weeks


def _weeks(period: Period, timezone: str | None) -> list[Period]:
    """The calendar's weeks or months that reach into the period, cut at its ends."""
    form, length = ("week", 7) if period.end - period.start <= days(7 * MOST_WEEKS) else ("month", 28)
    most = int((period.end - period.start) / days(length)) + 2
    spans = next_periods(form, period.start - days(1), most, timezone)  # which begins with that of the day after
    return [Period(span.name, max(span.start, period.start), min(span.end, period.end)) for span in spans
            if span.start < period.end and span.end > period.start]


def _won(look: Outlook) -> tuple[np.ndarray, np.ndarray]:
    """When those that count as won were won, and their amounts; both of shape (n,)."""
    rows = look.rows[look.rows["kind"] == "won"]
    places = look.known.rows(look.entity, rows["entity_id"])
    _, entered = look.known.stage_at(look.entity, places, np.full(len(places), look.as_of, TIME))
    return entered, np.nan_to_num(rows["amount"].to_numpy(float))
