"""How a period fills up: what is expected by the end of each of its next weeks."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from leadcast.bundle import Bundle
from leadcast.forecast import Part, period_forecast
from leadcast.period import Period, next_periods
from serving.outlook import Outlook, spread_of

_DAY = np.timedelta64(86_400_000_000, "us")


@dataclass(frozen=True, eq=False)
class Week:
    """What a period holds by the end of a week: closed won, and what is expected until then.

    Attributes
    ----------
    until : the first moment after it
    """

    name: str
    until: np.datetime64
    part: Part

    def last_day(self, timezone: str | None = None) -> date:
        """The last day that counts, as a calendar there shows it."""
        last: datetime = (self.until - np.timedelta64(1, "us")).astype("datetime64[us]").item()
        return last.replace(tzinfo=UTC).astimezone(ZoneInfo(timezone) if timezone else UTC).date()

    def to_json(self) -> dict[str, Any]:
        return {"week": self.name, "until": f"{self.until}Z", "count": self.part.count.to_json(),
                "amount": self.part.amount.to_json()}


def weeks_of(look: Outlook, bundle: Bundle, most: int, timezone: str | None = None) -> list[Week]:
    """The total of an outlook's period by the end of each of the next weeks, the last one cut at the period's end.

    The same curves, the same pace of new business and the shock of that far ahead; the last week of a period ends with the
    period's own forecast.

    Parameters
    ----------
    bundle : the one that the outlook was made with
    most : so many weeks at most, Monday to Sunday; none where the period is over
    timezone : where days begin; default UTC
    """
    weeks: list[Week] = []
    period = look.period
    begins = max(look.as_of, period.start - _DAY)  # next_periods begins with the week of the day after
    for week in next_periods("week", begins, most, timezone):
        until = min(week.end, period.end)
        if look.as_of < until and period.start < until and (not weeks or until > weeks[-1].until):
            weeks.append(Week(week.name, until, part_until(look, bundle, until)))
    return weeks


def part_until(look: Outlook, bundle: Bundle, until: np.datetime64) -> Part:
    """What a period holds by a moment within it that is still to come; at its end, the period's own forecast."""
    made, start = look.made, look.period.start
    since, ahead = (max(float((edge - look.as_of) / _DAY), 0.0) for edge in (start, until))
    expected = look.rows["expected"].to_numpy(copy=True)
    kind = look.rows["kind"].to_numpy()
    expected[kind == "open"] = made.curves.between(since, ahead)
    expected[kind == "new"] = made.coming.wins_between(look.as_of, start, until)
    spread = spread_of(bundle, made, look.as_of, Period("", start, until), look.spread.seed)
    return period_forecast(look.rows[["kind", "amount"]].assign(expected=expected), spread).total
