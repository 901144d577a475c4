"""How a score moves: which of its values are worth keeping, and why it is another than before."""

from dataclasses import dataclass
from typing import Literal

Cause = Literal["first", "events", "model", "time", "rebuilt"]
POINT = 1.0
"""By how much a score has to move to be kept at once."""
DAY = 86_400_000_000
"""After so many microseconds it is kept however little it moved, so that a trend finds something near its day."""


@dataclass(frozen=True)
class Said:
    """One kept value of a score; ``at`` in microseconds since 1970."""

    at: int
    score: float
    grade: str
    model: str


def cause_of(before: Said | None, now: Said, has_news: bool) -> Cause | None:
    """Why a score is kept; None where it is not worth keeping.

    A new model goes before news: what moved by it is no work of the lead's. With neither, it is time passing that moved it.

    Parameters
    ----------
    before : the newest value kept; None: there is none
    has_news : did anything become known about the lead or deal since?

    Examples
    --------
    >>> monday, noon = Said(0, 71.0, "B", "m/1"), 43_200_000_000
    >>> cause_of(None, monday, True), cause_of(monday, Said(noon, 71.9, "B", "m/1"), True)
    ('first', None)
    >>> cause_of(monday, Said(noon, 72.0, "B", "m/1"), True), cause_of(monday, Said(noon, 69.9, "C", "m/1"), False)
    ('events', 'time')
    >>> cause_of(monday, Said(noon, 71.0, "B", "m/2"), True), cause_of(monday, Said(86_400_000_000, 71.0, "B", "m/1"), False)
    ('model', 'time')
    """
    if before is None:
        return "first"
    if before.model != now.model:
        return "model"
    if abs(now.score - before.score) < POINT and now.grade == before.grade and now.at - before.at < DAY:
        return None
    return "events" if has_news else "time"
