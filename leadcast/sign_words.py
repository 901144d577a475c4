"""Risk flags in words: a short name of each, and why it is there, with its numbers."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from leadcast.signs import FLAGS

WORDS = {"stalled": "stalled", "pushed": "pushed out", "silent": "silent", "single_contact": "single contact",
         "overdue": "close date past"}
Sign = Mapping[str, Any]
"""The signs of one lead or deal as plain values, by the names of :class:`leadcast.signs.Signs`."""


def flags_told(flags: Iterable[str], sign: Sign) -> list[dict[str, str]]:
    """Each flag with its word and its sentence, in the order of ``FLAGS``.

    Examples
    --------
    >>> told = flags_told(["overdue", "stalled"], {
    ...     "stage": "negotiation", "stage_age_days": 41.3, "stage_norm_days": 18.0, "days_to_close": -1.0})
    >>> [one["text"] for one in told]
    ['in negotiation for 41 days, where those that moved on took 18 (median)', "its owner's close date was 1 day ago"]
    """
    given = set(flags)
    return [{"flag": flag, "word": WORDS[flag], "text": _TEXTS[flag](sign)} for flag in FLAGS if flag in given]


def _stalled(sign: Sign) -> str:
    took = in_days(sign["stage_norm_days"]).removesuffix(" days")
    return f"in {sign['stage']} for {in_days(sign['stage_age_days'])}, where those that moved on took {took} (median)"


def _pushed(sign: Sign) -> str:
    return f"its owner moved the expected close out {_times(int(sign['pushes']))}"


def _silent(sign: Sign) -> str:
    if sign["last_event_at"] is None:
        return f"no event since it was created {in_days(sign['quiet_days'])} ago"
    return f"no event from us or from them for {in_days(sign['quiet_days'])}"


def _single_contact(sign: Sign) -> str:
    count = int(sign["contacts"])
    return "one contact in all its events" if count == 1 else f"only {count} contacts in all its events"


def _overdue(sign: Sign) -> str:
    past = max(round(-sign["days_to_close"]), 1)  # signs that an earlier version kept may hold parts of days
    return f"its owner's close date was {past:,} day{'' if past == 1 else 's'} ago"


_TEXTS: dict[str, Callable[[Sign], str]] = {
    "stalled": _stalled, "pushed": _pushed, "silent": _silent, "single_contact": _single_contact, "overdue": _overdue}


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def in_days(days: float) -> str:
    """A length of time for people: whole days, below three days to the tenth.

    Examples
    --------
    >>> in_days(41.3), in_days(1.0), in_days(2.44), in_days(0.02)
    ('41 days', '1 day', '2.4 days', 'less than 0.1 days')
    """
    if days < 0.1:
        return "less than 0.1 days"
    told = f"{days:.0f}" if days >= 3 else f"{days:.1f}".removesuffix(".0")
    return f"{told} day" if told == "1" else f"{told} days"
